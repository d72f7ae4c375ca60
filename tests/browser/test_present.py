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


NOW = """() => [...document.querySelectorAll(
    '.lp-turn [aria-pressed="true"], .lx-dot.is-now, .lx-step-count, .lx-caption, .lx-verdict, .lx-quiz-prompt')]
  .filter((node) => node.offsetParent).map((node) => node.title || node.textContent).join("|")"""
MOST_PRESSES = 16


def wrong(reader: Reader) -> list[str]:
    """Return what is wrong with what is presented now."""
    words, smallest, over = (reader.page.evaluate(script) for script in (WORDS, TYPE, OVER))
    many = [f"{len(words)} words: {' '.join(words)}"] if not 0 < len(words) <= MOST_WORDS else []
    small = [f"type of {smallest} px"] if smallest < SMALLEST - 0.01 else []
    return [*many, *small, *([f"{over} px too much"] if max(over) > 1 else [])]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_a_presented_view_says_at_most_forty_words_in_type_for_a_hall_at_every_step(reader: Reader, view: View):
    reader.page.set_viewport_size({"width": 1280, "height": 720})
    reader.open(view=view.key)
    reader.page.get_by_role("button", name="Present").click()
    reader.page.wait_for_function("document.querySelector('.lectern').classList.contains('lp-present')")
    reader.page.wait_for_timeout(300)
    seen = []
    while (now := reader.page.evaluate(NOW)) not in seen and len(seen) < MOST_PRESSES:
        seen.append(now)
        assert wrong(reader) == [], f"after {len(seen) - 1} presses"
        titled = reader.page.locator(".lx-panel:has(> .lx-panel-title)").filter(visible=True)
        assert all(panel.locator("canvas").first.is_visible() for panel in titled.all())
        reader.page.keyboard.press("PageDown")
        reader.page.wait_for_timeout(150)
    turns = reader.page.locator(".lp-turn .lp-quiet")
    shown = [turn.get_attribute("aria-pressed") for turn in turns.all()]
    assert not shown or shown[-1] == "true" or len(seen) == MOST_PRESSES, "the keys do not reach the last figure"
