"""The lecture kit: frames that fit, what a lecturer leaves out, predicting, presenting, the deck, and no barriers."""

import io
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.reader import Reader

MEASURE = (Path(__file__).parent / "measure.js").read_text()
SIZES = [(1920, 1080), (1280, 720), (1024, 768), (390, 844)]
WIDE = SIZES[:3]

OVER = """() => {
  const main = document.querySelector(".lp-main");
  const rolls = [...main.querySelectorAll("*")].filter((node) => node.checkVisibility()
    && /auto|scroll/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth + 1);
  return [main.scrollWidth - main.clientWidth, main.scrollHeight - main.clientHeight, rolls.length];
}"""

SMALLEST = (
    "() => Math.min(...shownText().map((text) => Number.parseFloat(getComputedStyle(text.parentElement).fontSize)))"
)

# Words outside tables: what an audience has to read.
WORDS = """() => {
  const clone = document.querySelector(".lp-main").innerText;
  const cells = [...document.querySelectorAll(".lp-main table")].map((table) => table.innerText).join(" ");
  const count = (text) => text.split(/\\s+/).filter((word) => /[\\p{L}\\p{N}]/u.test(word)).length;
  return count(clone) - count(cells);
}"""


def measured(reader: Reader, what: str, *given: object) -> object:
    """Return what a measurement of measure.js, or a function beside them, says."""
    return reader.page.evaluate(f"(given) => {{ {MEASURE}; return ({what})(...given); }}", list(given))


def resized(reader: Reader, size: tuple[int, int]) -> None:
    """Give the frame another size and wait until it is drawn in it."""
    reader.page.set_viewport_size({"width": size[0], "height": size[1]})
    reader.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.parametrize(("view", "sizes"), [("masked-scores", SIZES), ("convolution", WIDE)])
def test_a_frame_needs_no_scrollbar_and_its_text_is_a_fiftieth_of_its_height(visit, view: str, sizes: list):
    reader = visit(viewport={"width": 1280, "height": 720})
    reader.open(view=view, embed=1)
    for size in sizes:
        resized(reader, size)
        wide, tall, rolls = reader.page.evaluate(OVER)
        assert (wide <= 1, tall <= 1, rolls) == (True, True, 0), (size, wide, tall, rolls)
        assert size[1] / measured(reader, SMALLEST) <= 50, size


@pytest.mark.parametrize(("kind", "share", "steps"), [("l", 30, 5), ("xl", 26, 2)])
def test_larger_type_is_as_large_as_it_says_and_still_fits(reader: Reader, kind: str, share: int, steps: int):
    """Matrices side by side do not fit a frame in the largest type: they are drawn smaller rather than cut off."""
    reader.open(view="masked-scores", embed=1, type=kind, theme="projector")
    for step in range(5):
        assert step >= steps or 720 / measured(reader, SMALLEST) <= share
        wide, tall, _ = reader.page.evaluate(OVER)
        assert (wide <= 1, tall <= 1) == (True, True)
        reader.page.keyboard.press("ArrowRight")
    assert measured(reader, "faintText", 7) == []


def test_a_frame_shows_what_the_lecturer_left_on(reader: Reader):
    reader.open(view="masked-scores", embed=1, step=3, hide="title,caption,steps,tokens,link")
    shown = {
        part: reader.page.locator(part).first.is_visible() for part in ("h1", ".lx-caption", ".lx-bar", ".lp-page-link")
    }
    assert not any(shown.values()), shown
    assert reader.page.locator('.lp-controls [data-focus="tokens"]').count() == 0
    assert reader.page.locator(".lp-controls select").first.is_visible()
    reader.page.keyboard.press("ArrowRight")
    reader.page.wait_for_function("() => new URLSearchParams(location.search).get('step') === '4'")
    assert reader.state()["hide"] == "title,caption,steps,tokens,link"


def test_the_discreet_link_opens_the_same_state_on_the_full_page(reader: Reader):
    reader.open(view="masked-scores", embed=1, theme="dark")
    reader.page.keyboard.press("ArrowRight")
    link = reader.page.locator(".lp-page-link")
    expect(link).to_have_attribute("href", re.compile(r"/\?v=1&view=masked-scores&step=1$"))


def test_an_answer_is_nowhere_on_the_page_until_it_was_guessed(reader: Reader):
    reader.open(view="masked-scores", step=3)
    answer = reader.matrix("weights")[2]
    reader.page.get_by_role("button", name="Predict first").click()
    assert reader.state()["predict"] == "1"
    reader.page.locator(".lx-quiz").wait_for()
    hidden = reader.page.locator('td[data-matrix="weights"][data-row="2"]')
    assert hidden.all_inner_texts() == ["?"] * 4
    assert not reader.page.locator("details.lx-details").is_visible()
    assert f"{answer.max():.2f}" not in reader.page.locator(".lp-main").inner_html()
    reader.page.keyboard.press("1")
    verdict = reader.page.locator(".lx-verdict")
    assert verdict.inner_text() == f"Not “<s>”. The answer: chat, {answer.max():.2f}."
    assert reader.matrix("weights")[2].tolist() == answer.tolist()


def test_a_guess_is_checked_and_the_next_key_reveals_before_it_goes_on(reader: Reader):
    reader.open(view="masked-scores", step=2, predict=1)
    reader.page.locator(".lx-quiz .lx-button").filter(has_text="It becomes −∞").click()
    assert reader.page.locator(".lx-verdict.is-right").inner_text() == "Right: It becomes −∞."
    assert reader.focused() == "verdict"
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.locator(".lx-quiz").is_visible()
    reader.page.keyboard.press("ArrowRight")
    assert reader.state()["step"] == "3"
    assert reader.page.locator(".lx-verdict").inner_text().startswith("The answer: chat")
    reader.page.keyboard.press("ArrowRight")
    assert reader.state()["step"] == "4"


def test_presenting_is_large_says_little_and_knows_its_keys(reader: Reader):
    reader.open(view="masked-scores")
    before = measured(reader, SMALLEST)
    reader.page.get_by_role("button", name="Present").click()
    assert reader.page.locator("header, nav, aside").filter(visible=True).count() == 0
    for _ in range(9):
        assert reader.page.evaluate(WORDS) <= 40
        assert measured(reader, SMALLEST) >= 720 / 33 > before
        assert reader.page.locator("td.is-selected:visible").count() <= 1
        reader.page.keyboard.press("ArrowRight")
    assert reader.page.locator(".lx-dot.is-now").get_attribute("title").startswith("5:")
    reader.page.keyboard.press("q")
    code = reader.page.locator("dialog img.lp-qr")
    code.evaluate("(image) => image.decode()")
    assert code.bounding_box()["height"] > 350
    reader.page.keyboard.press("?")
    assert "Page Down" in reader.page.locator("dialog .lp-keys").inner_text()
    reader.page.keyboard.press("Escape")
    reader.page.locator("dialog").wait_for(state="detached")
    reader.page.keyboard.press("Escape")
    reader.page.get_by_role("button", name="Present").wait_for()
    assert measured(reader, SMALLEST) == before


def decoded(picture: bytes) -> list[str]:
    """Return what a phone reads in a screenshot."""
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


def test_the_code_on_the_screen_is_read_as_the_link_beside_it(reader: Reader):
    reader.open(view="masked-scores", step=2, labels="chat noir est là")
    reader.page.get_by_role("button", name="Use in slides").click()
    code = reader.page.locator("dialog img.lp-qr")
    code.evaluate("(image) => image.decode()")
    link = reader.page.locator("dialog .lp-code, dialog input").first.input_value()
    assert link == reader.page.url
    assert decoded(reader.page.screenshot()) == [link]
    reader.page.get_by_role("button", name="Close").click()
    reader.page.get_by_role("button", name="Present").click()
    reader.page.keyboard.press("q")
    reader.page.locator("dialog img.lp-qr").evaluate("(image) => image.decode()")
    assert decoded(reader.page.screenshot()) == [link]


def test_states_are_collected_put_in_order_and_kept(reader: Reader):
    for view in ("masked-scores", "convolution"):
        reader.open(view=view)
        reader.page.get_by_role("button", name="Use in slides").click()
        reader.page.get_by_role("button", name="Add to deck").click()
    reader.page.get_by_role("button", name="Open deck (2)").click()
    lines = reader.page.locator(".lp-deck li a")
    queries = lines.evaluate_all("(links) => links.map((link) => link.search)")
    assert queries == ["?v=1&view=masked-scores", "?v=1&view=convolution"]
    reader.page.locator('[data-focus="deck:1:up"]').focus()
    reader.page.keyboard.press("Alt+ArrowUp")
    assert reader.focused() == "deck:0:up"
    assert lines.evaluate_all("(links) => links.map((link) => link.search)") == queries[::-1]
    reader.page.locator('[data-focus="deck:1:remove"]').click()
    reader.page.reload()
    reader.drawn()
    reader.page.get_by_role("button", name="Use in slides").click()
    reader.page.get_by_role("button", name="Open deck (1)").click()
    assert lines.evaluate_all("(links) => links.map((link) => link.search)") == queries[1:]
