"""In a real reveal.js deck, old and new, on another origin: no key press is lost, a slide comes back as it was left."""

from collections.abc import Iterator
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Page
from pypdf import PdfReader

from tests.browser.reader import DRAWN, Reader
from tests.browser.server import Server

MODULES = Path(__file__).parents[1] / "js" / "node_modules"
PRESSES = 50

SLIDES = """<section>one</section>
<section><iframe src="{walk}" width="1180" height="664"></iframe></section>
<section>three</section>
<section><iframe data-src="{cell}" width="1180" height="664"></iframe></section>
<section>five</section>"""
DECK = """<!doctype html><html lang="en"><title>a deck</title>
<link rel="stylesheet" href="/{version}/dist/reveal.css">
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="/{version}/dist/reveal.js"></script>
<script>
Reveal.initialize({{ transition: "none", width: 1280, height: 720, margin: 0, maxScale: 1, hash: false }});
</script>"""


@pytest.fixture
def deck(server: Server) -> Iterator[Any]:
    """A function that returns the address of a deck with a version of reveal.js; localhost is another site."""
    pages: dict[str, bytes] = {}

    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(MODULES))

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path not in pages and path != "/favicon.ico":
                return super().do_GET()
            self.send_response(200 if path in pages else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            return self.wfile.write(pages.get(path, b"")) and None

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    slides = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    Thread(target=slides.serve_forever, daemon=True).start()

    walk, cell = server.url(view="masked-scores", embed=1), server.url(view="masked-scores", embed=1, step=2)
    frames = SLIDES.format(walk=escape(walk), cell=escape(cell))

    def address(version: str, slides_of: str = frames) -> str:
        pages["/"] = DECK.format(version=version, slides=slides_of).encode()
        return f"http://localhost:{slides.server_port}/"

    yield address
    slides.shutdown()
    slides.server_close()


def figure(page: Page) -> Frame | None:
    """The figure on the slide that is shown, drawn; None where the slide has none."""
    frame = page.query_selector(".present iframe")
    inside = frame.content_frame() if frame else None
    if inside:
        inside.wait_for_selector(DRAWN, timeout=60_000)
    return inside


def place(page: Page) -> tuple[int, str]:
    """The slide, and the step on it."""
    inside = figure(page)
    return page.evaluate("Reveal.getIndices().h"), inside.locator(".lx-step-count").inner_text() if inside else ""


def pressed(page: Page, key: str) -> tuple[int, str]:
    """Press a key and wait until slide or step has changed; fail where neither does."""
    before = place(page)
    page.keyboard.press(key)
    for _ in range(100):
        page.wait_for_timeout(20)
        if place(page) != before:
            return place(page)
    raise AssertionError(f"{key} was lost at {before}")


def opened(visit, address: str) -> Page:
    """Open a deck and wait until reveal.js is ready."""
    reader: Reader = visit(also=(urlsplit(address).netloc,))
    reader.page.goto(address)
    reader.page.wait_for_function("window.Reveal && Reveal.isReady()")
    return reader.page


@pytest.mark.parametrize("version", ["reveal.js", "reveal6"])
def test_fifty_key_presses_go_through_slides_and_steps_without_one_lost(visit, deck, version: str):
    page = opened(visit, deck(version))
    seen = [place(page)]
    forward, clicked = True, -1
    for _ in range(PRESSES):
        slide, _ = seen[-1]
        forward = slide == 0 or (forward and slide < 4)
        inside = figure(page)
        if inside and slide != clicked:
            inside.locator("h1" if slide == 1 else "td.lx-cell:not(.lx-editable), .lx-matrix-name").last.click()
            clicked = slide
        seen.append(pressed(page, "ArrowRight" if forward else "PageUp"))
        if seen[-1][0] != clicked:
            clicked = -1
    steps = {where for where in seen if where[1]}
    assert len(seen) == PRESSES + 1
    assert {slide for slide, _ in seen} == {0, 1, 2, 3, 4}
    assert len({step for slide, step in steps if slide == 1}) == 5


@pytest.mark.parametrize("version", ["reveal.js", "reveal6"])
def test_a_slide_comes_back_at_the_step_where_it_was_left(visit, deck, version: str):
    page = opened(visit, deck(version))
    for slide, presses, step in ((1, 2, "3 of 5"), (3, 1, "4 of 5")):
        page.evaluate(f"Reveal.slide({slide})")
        figure(page).locator("h1").click()
        for _ in range(presses):
            pressed(page, "ArrowRight")
        page.evaluate("Reveal.slide(0)")
        page.wait_for_timeout(200)
        page.evaluate(f"Reveal.slide({slide})")
        page.wait_for_timeout(200)
        assert place(page)[1].startswith(step)
    page.reload()
    page.evaluate("Reveal.slide(3)")
    assert place(page)[1].startswith("3 of 5"), "a deck that is opened anew starts from its links"


@pytest.mark.parametrize("version", ["reveal.js", "reveal6"])
def test_a_printed_deck_shows_the_poster_and_not_an_empty_frame(visit, deck, server: Server, version: str):
    reader: Reader = visit()
    reader.open(view="masked-scores")
    reader.page.get_by_role("button", name="Use in slides").click()
    reader.page.locator("dialog select").first.select_option("reveal")
    block = reader.page.locator(".lp-frame-section .lp-code").input_value()
    address = deck(version, f"<section>one</section>{block}")
    reader.own = (*reader.own, urlsplit(address).netloc)
    reader.page.goto(f"{address}?print-pdf")
    reader.page.wait_for_function("document.querySelectorAll('.pdf-page').length === 2")
    poster = reader.page.locator(".pdf-page img")
    poster.evaluate("(image) => image.decode()")
    reader.page.emulate_media(media="print")
    assert not reader.page.locator("iframe").is_visible()
    pages = PdfReader(BytesIO(reader.page.pdf(prefer_css_page_size=True, print_background=True))).pages
    assert [len(page.images) for page in pages] == [0, 1]
    width, height = pages[1].images[0].image.size
    assert width >= 1280
    assert abs(width / height - 16 / 9) < 0.05
    colours = pages[1].images[0].image.convert("RGB").getcolors(1 << 24)
    assert len(colours) > 100, "the picture is empty"
