"""The address bar is the whole state: what is typed, chosen and clicked survives a reload, a link, and Back."""

from urllib.parse import parse_qsl, urlsplit

import numpy as np

from models import run
from tests.browser.reader import DRAWN, Reader, close_to

FIRST, SECOND = "Your cat is a lovely cat", "The king and the queen sat by the river"


def weights_of(text: str, layer: int = 0, head: int = 0, model: str = "bert-tiny") -> np.ndarray:
    """Return the model's own weights."""
    return run(model, text).weights("self", layer, head)


def test_typing_a_sentence_changes_figure_and_address_and_back_undoes_it(reader: Reader):
    reader.open(view="attention")
    assert reader.state() == {"v": "1", "view": "attention"}
    close_to(reader.matrix("weights"), weights_of(FIRST))
    reader.type_sentence(SECOND)
    assert reader.state()["text"] == SECOND
    close_to(reader.behind()["weights"], weights_of(SECOND))
    with reader.redrawn():
        reader.page.go_back()
    assert reader.sentence.input_value() == FIRST
    close_to(reader.matrix("weights"), weights_of(FIRST))
    with reader.redrawn():
        reader.page.go_forward()
    close_to(reader.behind()["weights"], weights_of(SECOND))


def test_a_pause_in_typing_is_enough_and_the_field_keeps_focus_and_caret(reader: Reader):
    reader.open(view="attention")
    reader.sentence.click()
    with reader.redrawn():
        reader.page.keyboard.press("End")
        reader.page.keyboard.type(" too")
    close_to(reader.matrix("weights"), weights_of(f"{FIRST} too"))
    assert reader.focused() == "text"
    with reader.redrawn():
        reader.page.keyboard.type(" much")
    assert reader.sentence.input_value() == f"{FIRST} too much"


def test_a_reload_and_another_person_with_the_link_see_the_same(visit):
    one, other = visit(), visit()
    one.open(view="attention", text=SECOND, layer=3, head=2, special="hide", theme="dark")
    seen = one.behind()["weights"]
    one.page.reload()
    one.drawn()
    close_to(one.behind()["weights"], seen, 0)
    other.page.goto(one.page.url)
    other.drawn()
    close_to(other.behind()["weights"], seen, 0)
    assert other.state() == one.state()
    assert other.sentence.input_value() == SECOND
    close_to(seen, weights_of(SECOND, 3, 2)[1:-1, 1:-1])


def test_another_head_is_chosen_in_the_overview_by_mouse_and_by_keyboard(reader: Reader):
    reader.open(view="attention")
    overview = reader.page.locator(".lx-overview")
    overview.scroll_into_view_if_needed()
    place = reader.page.locator(".lx-place")
    name = overview.evaluate("(canvas) => canvas.getAttribute('aria-label')")
    assert name.startswith("layer 0, head 0, of 4 layers by 4 heads")
    box = overview.bounding_box()
    cell = (box["width"] - 44) / 4
    overview.click(position={"x": 44 + 2.5 * cell, "y": 42 + 1.5 * cell})
    reader.page.wait_for_selector('.lx-place[data-layer="1"][data-head="2"]')
    close_to(reader.matrix("weights"), weights_of(FIRST, 1, 2))
    assert (reader.state()["layer"], reader.state()["head"]) == ("1", "2")
    overview.focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector('.lx-place[data-layer="2"][data-head="3"]')
    assert place.text_content() == "layer 2, head 3"
    close_to(reader.matrix("weights"), weights_of(FIRST, 2, 3))
    assert reader.focused() == "overview"
    assert reader.page.locator('input[data-focus="layer"]').input_value() == "2"
    assert (reader.state()["layer"], reader.state()["head"]) == ("2", "3")
    reader.page.reload()
    reader.drawn()
    close_to(reader.matrix("weights"), weights_of(FIRST, 2, 3))


def test_a_head_of_a_long_text_is_fetched_from_the_server(reader: Reader):
    text = " ".join([SECOND] * 20)
    reader.open(view="attention", text=text)
    overview = reader.page.locator(".lx-overview")
    overview.focus()
    reader.page.keyboard.press("ArrowDown")
    with reader.page.expect_response(lambda answer: "/lectern/head/" in answer.url):
        reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector('.lx-place[data-layer="1"]')
    shown = reader.behind()["weights"]
    close_to(shown, weights_of(text, 1)[:256, :64])


def test_sentence_model_layer_and_head_are_kept_from_view_to_view(reader: Reader):
    reader.open(view="attention", text=SECOND, model="gpt-tiny", layer=1, head=3)
    with reader.redrawn():
        reader.page.get_by_role("link", name="Queries, keys, values").click()
    assert {k: reader.state()[k] for k in ("view", "text", "model", "layer", "head")} == {
        "view": "attention-steps", "text": SECOND, "model": "gpt-tiny", "layer": "1", "head": "3"
    }  # fmt: skip
    assert reader.sentence.input_value() == SECOND
    with reader.redrawn():
        reader.page.get_by_role("link", name="Convolution").click()
    with reader.redrawn():
        reader.page.get_by_role("link", name="All heads").click()
    close_to(reader.behind()["weights"], weights_of(SECOND, 1, 3, "gpt-tiny"))
    assert reader.page.title() == "All heads · Lectern"
    assert reader.page.locator(".lp-chapters a[aria-current]").text_content() == "All heads"


def test_a_model_is_chosen_from_the_list_by_name(reader: Reader):
    reader.open(text=FIRST)
    reader.page.locator(".lp-choose-model[data-focus=model]").click()
    rows = reader.page.locator(".lp-model-row")
    rows.first.wait_for()
    assert rows.count() >= 22
    assert "here" in rows.filter(has_text="gpt-tiny").text_content()
    with reader.redrawn():
        rows.filter(has_text="gpt-tiny").click()
    assert reader.state()["model"] == "gpt-tiny"
    close_to(reader.matrix("weights"), weights_of(FIRST, model="gpt-tiny"))
    assert (np.triu(reader.matrix("weights"), 1) == 0).all()


def test_the_link_in_use_in_slides_opens_the_same_picture_embedded(visit):
    one, slide = visit(), visit()
    one.open(view="attention", text=FIRST, model="gpt-tiny", layer=2, head=1)
    one.page.get_by_role("button", name="Use in slides").click()
    link, frame, _ = one.page.locator(".lp-code").evaluate_all("(fields) => fields.map((field) => field.value)")
    assert "embed" not in link
    assert link == one.page.url
    assert "embed=1" in frame
    slide.page.set_content(frame, wait_until="commit")
    slide.page.frame_locator("iframe").locator(DRAWN).wait_for(timeout=60_000)
    slide.open(**dict(parse_qsl(urlsplit(slide.page.frames[-1].url).query)))
    close_to(slide.matrix("weights"), weights_of(FIRST, 2, 1, "gpt-tiny"))
