"""In a slide: the figure and nothing around it, no scrollbar, no stolen focus, and the deck keeps its arrow keys."""

from collections.abc import Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import FrameLocator

from tests.browser.reader import DRAWN, Reader
from tests.browser.server import Server

DECK = """<!doctype html><title>a deck</title><style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<button>before</button><iframe src="{address}" width="1280" height="660"></iframe>
<script>
window.told = [];
window.keys = [];
addEventListener("message", ({{ data }}) => {{
  if (typeof data === "string" && data.startsWith("{{")) told.push(data);
}});
addEventListener("keydown", (event) => keys.push(event.key));
</script>"""

OVER = """() => {
  const page = document.scrollingElement;
  return [page.scrollWidth - innerWidth, page.scrollHeight - innerHeight];
}"""


@pytest.fixture
def deck(server: Server) -> Iterator[str]:
    """The address of a slide, on a port of its own, that holds the masked scores in a frame."""
    page = DECK.format(address=escape(server.url(view="masked-scores", embed=1)))

    class Slide(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(page.encode())

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    slides = ThreadingHTTPServer(("127.0.0.1", 0), Slide)
    Thread(target=slides.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{slides.server_port}"
    slides.shutdown()
    slides.server_close()


def opened(visit, deck: str) -> tuple[Reader, FrameLocator]:
    """Open the slide and wait for the figure in it."""
    reader = visit(also=(deck,))
    reader.page.goto(f"http://{deck}/")
    frame = reader.page.frame_locator("iframe")
    frame.locator(DRAWN).wait_for(timeout=60_000)
    return reader, frame


@pytest.mark.parametrize(
    "state",
    [{"view": "masked-scores"}, {"view": "masked-scores", "step": 3}, {"view": "convolution"}, {"view": "attention"}],
    ids=lambda state: " ".join(map(str, state.values())),
)
def test_an_embedded_figure_stands_alone_and_needs_no_scrollbar(reader: Reader, state: dict):
    reader.open(embed=1, **state)
    assert reader.page.locator("header, nav, aside").count() == 0
    assert reader.page.locator("h1").is_visible()
    wide, tall = reader.page.evaluate(OVER)
    assert (wide <= 0, tall <= 0) == (True, True), f"{tall} px too high, {wide} px too wide"
    assert reader.state()["embed"] == "1"


def test_every_step_of_masked_scores_fits_a_slide(reader: Reader):
    reader.open(view="masked-scores", embed=1)
    for _ in range(5):
        assert reader.page.evaluate("document.scrollingElement.scrollHeight <= innerHeight")
        reader.page.keyboard.press("ArrowRight")


def test_a_deck_keeps_its_focus_until_somebody_clicks(visit, deck: str):
    reader, _ = opened(visit, deck)
    assert reader.page.evaluate("document.activeElement.tagName") == "BODY"
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.evaluate("keys") == ["ArrowRight"]
    assert reader.page.evaluate("told") == []


def test_arrow_keys_step_and_at_the_last_step_the_deck_goes_on(visit, deck: str):
    reader, frame = opened(visit, deck)
    frame.locator("h1").click()
    count = frame.locator(".lx-step-count")
    for step in range(2, 6):
        reader.page.keyboard.press("ArrowRight")
        assert count.text_content().startswith(f"{step} of 5")
    assert reader.page.evaluate("told") == []
    reader.page.keyboard.press("ArrowRight")
    reader.page.wait_for_function("told.length > 0")
    assert reader.page.evaluate("told") == ['{"method":"next"}']
    assert count.text_content().startswith("5 of 5")
    assert reader.page.evaluate("document.activeElement.tagName") == "BODY"
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.evaluate("keys") == ["ArrowRight"]


def test_at_the_first_step_the_deck_goes_back(visit, deck: str):
    reader, frame = opened(visit, deck)
    frame.locator("h1").click()
    reader.page.keyboard.press("PageUp")
    reader.page.wait_for_function("told.length > 0")
    assert reader.page.evaluate("told") == ['{"method":"prev"}']


def test_a_walkthrough_that_is_not_shown_takes_no_key(reader: Reader):
    reader.open(view="multi-head", embed=1, type="l")
    reader.page.locator("h1").click()
    reader.page.keyboard.press("ArrowRight")
    assert "step" not in reader.state()
    reader.page.locator(".lp-turn button").nth(1).click()
    reader.page.locator("h1").click()
    reader.page.keyboard.press("ArrowRight")
    assert reader.state()["step"] == "1"  # counted from 0


def test_a_cell_under_the_cursor_keys_keeps_them_and_page_keys_still_step(visit, deck: str):
    reader, frame = opened(visit, deck)
    frame.locator('td[data-matrix="scores"]').first.focus()
    reader.page.keyboard.press("ArrowRight")
    assert frame.locator(".lx-step-count").text_content().startswith("1 of 5")
    assert frame.locator('td[data-focus="cell:scores:0:1"]').evaluate("(cell) => cell === document.activeElement")
    reader.page.keyboard.press("PageDown")
    assert frame.locator(".lx-step-count").text_content().startswith("2 of 5")
