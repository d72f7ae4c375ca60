"""Presenting any view: a hall reads few words in large type, nothing is cut off, and nothing scrolls."""

from pathlib import Path

import pytest

from tests.browser.reader import Reader
from viz.view import View
from viz.views import VIEWS

MEASURE = (Path(__file__).parent / "measure.js").read_text()
MOST_WORDS = 40
SMALLEST = 720 / 40  # pixels: a number in a cell; whole sentences are larger

# What has to be read beside the picture: no cell, token, tick or number, no label of a row or bar.
WORDS = """() => {
  const main = document.querySelector(".lp-main");
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const own = parent.closest("table, .lx-chip, .lx-chip-label, svg, canvas, .lx-bars, .lx-live");
    if (own || !parent.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const { width, height } = range.getBoundingClientRect();
    const seen = width > 1 && height > 1;
    words.push(...walker.currentNode.textContent.split(/\\s+/).filter((word) => seen && /\\p{L}/u.test(word)));
  }
  return words;
}"""
TYPE = f"""() => {{ {MEASURE};
  return Math.min(...shownText().map((text) => Number.parseFloat(getComputedStyle(text.parentElement).fontSize))); }}"""
OVER = """() => {
  const main = document.querySelector(".lp-main");
  return [main.scrollWidth - main.clientWidth, main.scrollHeight - main.clientHeight];
}"""


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_a_presented_view_says_at_most_forty_words_in_type_for_a_hall(reader: Reader, view: View):
    reader.page.set_viewport_size({"width": 1280, "height": 720})
    reader.open(view=view.key)
    reader.page.get_by_role("button", name="Present").click()
    reader.page.wait_for_function("document.querySelector('.lectern').classList.contains('lp-present')")
    reader.page.wait_for_timeout(300)
    words = reader.page.evaluate(WORDS)
    assert 0 < len(words) <= MOST_WORDS, " ".join(words)
    assert reader.page.evaluate(TYPE) >= SMALLEST - 0.01
    assert max(reader.page.evaluate(OVER)) <= 1
    titled = reader.page.locator(".lx-panel:has(> .lx-panel-title)").filter(visible=True)
    assert all(panel.locator("canvas").first.is_visible() for panel in titled.all())
