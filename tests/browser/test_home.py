"""The start page, its search, and the guided tour, as a student goes through them."""

import pytest

from tests.browser.reader import Reader
from viz.tour import STOPS
from viz.views import VIEWS

SENTENCE = "The king saw the river"
CARDS = ".lp-cards li:not([hidden]) a"
LOADED = """() => [...document.querySelectorAll(".lp-card img")].map((image) => {
  image.loading = "eager";
  return image.decode().then(() => image.naturalWidth);
})"""


def test_the_start_page_has_every_view_in_teaching_order_with_a_picture(reader: Reader):
    reader.open()
    assert reader.state() == {}
    cards = reader.page.locator(CARDS)
    assert cards.evaluate_all("(links) => links.map((link) => link.dataset.key)") == [view.key for view in VIEWS]
    assert reader.page.locator(".lp-card-question").all_inner_texts() == [view.question for view in VIEWS]
    widths = reader.page.evaluate(f"async () => Promise.all(({LOADED})())")
    assert widths == [640] * len(VIEWS)
    assert "light" in cards.first.locator("img").get_attribute("src")
    reader.page.evaluate("document.querySelector('.lectern').dataset.theme = 'dark'")
    reader.page.wait_for_selector('.lp-card img[src$="convolution-dark.webp"]')


def test_the_search_is_reached_with_a_slash_and_filters_while_one_types(reader: Reader):
    reader.open()
    reader.page.keyboard.press("/")
    assert reader.focused() == "search"
    reader.page.keyboard.type("softmax")
    found = reader.page.locator(CARDS).count()
    assert 1 < found < len(VIEWS)
    assert reader.page.locator(".lp-count").inner_text() == f"{found} of {len(VIEWS)} figures."
    reader.page.keyboard.type(" zebra")
    assert reader.page.locator(CARDS).count() == 0
    assert reader.page.locator(".lp-home h2:visible").count() == 0
    reader.page.keyboard.press("Escape")
    assert reader.page.locator(CARDS).count() == len(VIEWS)
    reader.page.keyboard.type("decoder not look ahead")
    first = reader.page.locator(CARDS).first.get_attribute("data-key")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector(f'[data-view="{first}"][data-ready="1"]')


def test_back_and_the_name_of_the_page_lead_home(reader: Reader):
    reader.open()
    with reader.redrawn():
        reader.page.locator('.lp-card[data-key="masked-scores"]').click()
    assert reader.state() == {"v": "1", "view": "masked-scores"}
    reader.page.go_back()
    reader.page.locator(".lp-home").wait_for()
    assert reader.state() == {}
    reader.page.go_forward()
    reader.page.wait_for_selector('[data-view="masked-scores"][data-ready="1"]')
    assert not reader.page.locator(".lp-home").is_visible()
    reader.page.locator(".lp-brand").click()
    reader.page.locator(".lp-home").wait_for()
    assert reader.page.title() == "Lectern"
    assert reader.page.locator(".lp-stage").is_visible() is False


def test_a_link_with_a_state_but_no_view_opens_the_default_view(reader: Reader):
    reader.open(text=SENTENCE)
    assert reader.state()["view"] == "attention"
    assert reader.sentence.input_value() == SENTENCE


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_start_page_needs_no_sideways_scrolling(visit, size: tuple[int, int]):
    reader = visit(viewport={"width": size[0], "height": size[1]})
    reader.open()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_tour_carries_the_reader_s_sentence_to_the_last_stop_and_back(reader: Reader):
    reader.open()
    reader.page.locator('[data-focus="tour"]').fill(SENTENCE)
    reader.page.get_by_role("button", name="Start the tour").click()
    for number, stop in enumerate(STOPS, 1):
        reader.page.wait_for_selector(f'[data-view="{stop.view}"][data-ready="1"]', timeout=60_000)
        words = reader.page.locator(".lp-tour-words")
        words.filter(has_text=f"Step {number} of {len(STOPS)}.").wait_for()
        state = reader.state()
        assert (state["tour"], state[stop.field]) == (str(number), SENTENCE)
        assert reader.notices == []
        if number < len(STOPS):
            reader.page.locator('[data-focus="tour:Next"]').click()
    assert reader.page.locator('[data-focus="tour:Next"]').is_disabled()
    with reader.redrawn():
        reader.page.go_back()
    assert reader.state()["tour"] == str(len(STOPS) - 1)
    reader.page.locator(".lp-tour-words").filter(has_text=f"Step {len(STOPS) - 1} of").wait_for()
    reader.page.locator('[data-focus="tour:leave"]').click()
    assert "tour" not in reader.state()
    assert not reader.page.locator(".lp-tour").is_visible()


@pytest.mark.parametrize("number", ["99", "x", "2"])
def test_a_number_that_is_no_stop_of_this_view_is_ignored(reader: Reader, number: str):
    reader.open(view="masked-scores", tour=number)
    reader.page.wait_for_function("() => !location.search.includes('tour')")
    assert not reader.page.locator(".lp-tour").is_visible()
    assert reader.notices == []


def test_the_sentence_can_be_changed_on_the_way(reader: Reader):
    reader.open(view="attention", model="gpt-tiny", text=SENTENCE, tour=6)
    reader.type_sentence("A small boat")
    reader.page.locator('[data-focus="tour:Next"]').click()
    reader.page.wait_for_selector('[data-view="multi-head"][data-ready="1"]', timeout=60_000)
    assert reader.state()["text"] == "A small boat"
    assert reader.state()["tour"] == "7"
