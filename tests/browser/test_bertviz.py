"""BertViz's own head view and model view draw on the same run, in a frame without access to the page or the network."""

import json
import re

import pytest
from playwright.sync_api import Frame

from models import run
from tests.browser.reader import Reader, close_to, inner

TEXT = "the cat sat on the mat"


def drawn(reader: Reader, selector: str) -> Frame:
    """Return BertViz's frame once it has drawn."""
    reader.page.locator("iframe.lx-page").wait_for()
    frame = inner(reader.page)
    frame.wait_for_selector(selector, state="attached", timeout=30_000)
    return frame


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_the_head_view_draws_its_tokens_and_lines(reader: Reader, model: str):
    reader.open(view="attention", text=TEXT, model=model, tool="bertviz-head", layer=1)
    trace = run(model, TEXT)
    frame = drawn(reader, "svg line")
    shown = frame.locator("svg text").all_text_contents()
    assert [text.strip() for text in shown if text.strip()] == trace.tokens * 2
    assert frame.locator("svg line").count() >= len(trace.tokens) ** 2
    assert frame.locator("select").first.input_value() == "1"


def test_the_head_view_carries_the_model_s_own_weights(reader: Reader):
    reader.open(view="attention", text=TEXT, tool="bertviz-head")
    frame = drawn(reader, "svg line")
    carried = re.search(r'"attn": (\[\[\[\[.*?\]\]\]\])', frame.content())
    weights = run("bert-tiny", TEXT).all_weights("self", 0)
    for head, numbers in enumerate(json.loads(carried[1])[0]):
        close_to(_array(numbers), weights[head], 1e-6)


def _array(numbers: list[list[float]]):
    import numpy as np

    return np.array(numbers)


def test_the_model_view_draws_every_head_and_enlarges_the_one_that_is_clicked(reader: Reader):
    reader.open(view="attention", text=TEXT, tool="bertviz-model")
    frame = drawn(reader, "svg .attn_head, svg g")
    assert frame.locator("svg line").count() >= 16
    before = frame.locator("svg line").count()
    frame.locator("svg rect").nth(5).click(force=True)
    frame.wait_for_function("(before) => document.querySelectorAll('svg line').length > before", arg=before)


def test_the_frame_cannot_reach_the_page_around_it(reader: Reader):
    reader.open(view="attention", text=TEXT, tool="bertviz-head")
    frame = drawn(reader, "svg line")
    assert reader.page.locator("iframe.lx-page").get_attribute("sandbox") == "allow-scripts"
    reach = "() => { try { return String(window.parent.document.title); } catch (refusal) { return refusal.name; } }"
    assert frame.evaluate(reach) == "SecurityError"


def test_markup_in_the_text_is_only_text_there_too(reader: Reader):
    text = "</script><script>window.broken = 1</script> cat"
    reader.open(view="attention", text=text, tool="bertviz-head")
    frame = drawn(reader, "svg line")
    assert frame.evaluate("window.broken === undefined")
    shown = [part.strip() for part in frame.locator("svg text").all_text_contents() if part.strip()]
    assert shown == run("bert-tiny", text).tokens * 2


def test_a_text_too_long_for_bertviz_is_refused_in_a_sentence(reader: Reader):
    reader.open(view="attention", text="cat " * 80)
    with reader.redrawn():
        reader.page.locator('select[data-focus="tool"]').select_option("bertviz-model")
    (sentence,) = reader.notices
    assert "shorten it to 64" in sentence
    with reader.redrawn():
        reader.page.locator('select[data-focus="tool"]').select_option("lectern")
    assert reader.notices == []
