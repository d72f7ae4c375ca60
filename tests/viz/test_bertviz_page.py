"""BertViz's own pages on our runs: nothing is loaded from a network, and no token can end a script."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.errors import LecternError
from tests.viz.drawing import drawn, eager_output, traced
from tests.viz.test_export import LOADING
from tests.viz.test_export import Page as Parsed
from viz.bertviz_page import bertviz_page
from viz.spec import Page
from viz.view import Run

SENTENCE = "Your cat is a lovely cat"
TOOLS = ["bertviz-head", "bertviz-model"]

# BertViz leaves the file of its script open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*bertviz:ResourceWarning")
both_tools = pytest.mark.parametrize("tool", TOOLS)


def page(tool: str, **state: Any) -> Page:
    (found,) = drawn("attention", tool=tool, **state).figures
    assert isinstance(found, Page)
    return found


def parameters(html: str) -> dict[str, Any]:
    """Return what BertViz hands to its script."""
    found, _ = json.JSONDecoder().raw_decode(html, html.index("const params = ") + len("const params = "))
    return found


@both_tools
def test_no_element_of_the_page_loads_anything(tool: str) -> None:
    parsed = Parsed(page(tool, text=SENTENCE).html)
    assert {tag for tag, _ in parsed.tags} <= {"meta", "body", "script", "div", "span", "select", "option", "html"}
    for tag, attributes in parsed.tags:
        assert not (LOADING & attributes.keys()), (tag, attributes)


@both_tools
def test_the_addresses_that_bertviz_gives_to_require_go_to_a_stand_in_that_loads_nothing(tool: str) -> None:
    html = page(tool, text=SENTENCE).html
    stand_in, call = html.index("window.require = { config() {} };"), html.index("require.config(")
    assert stand_in < call
    addresses = [match.start() for match in re.finditer(r"['\"](https?:)?//(cdn|[\w.-]*jsdelivr|unpkg)", html)]
    end = html.index(");", call)
    assert addresses
    assert all(call < address < end for address in addresses)


@both_tools
def test_d3_and_jquery_are_in_the_page_before_they_are_asked_for(tool: str) -> None:
    html = page(tool, text=SENTENCE).html
    asked = html.index("requirejs([")
    assert html.index("d3js.org v5") < asked
    assert html.index("jQuery") < asked
    assert set(re.findall(r"requirejs\(\[(.*?)\]", html)) == {"'jquery', 'd3'"}


@both_tools
@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_bertviz_is_given_the_weights_of_transformers_own_attention(tool: str, model: str) -> None:
    (given,) = parameters(page(tool, text=SENTENCE, model=model).html)["attention"]
    right = np.array([layer[0].numpy() for layer in eager_output(model, SENTENCE).attentions])
    assert np.abs(np.array(given["attn"]) - right).max() < 1e-5


def test_the_head_view_opens_at_the_chosen_layer() -> None:
    assert parameters(page("bertviz-head", text=SENTENCE, layer=2).html)["layer"] == 2


@both_tools
@pytest.mark.parametrize("token", ["</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "</SCRIPT ", "a<b"])
def test_no_token_ends_the_script_or_begins_an_element(tool: str, token: str) -> None:
    trace = traced(Run("bert-tiny", SENTENCE))
    evil = replace(trace, source=replace(trace.source, tokens=(token, *trace.source.tokens[1:])))
    drawn_calm, drawn_evil = (
        bertviz_page(one, "self", 0, model_view=tool == "bertviz-model").html.lower() for one in (trace, evil)
    )
    for mark in ("</script", "<script", "<!--", "<img"):
        assert drawn_evil.count(mark) == drawn_calm.count(mark), mark
    (given,) = parameters(bertviz_page(evil, "self", 0, model_view=tool == "bertviz-model").html)["attention"]
    assert given["left_text"][0] == token


@both_tools
def test_beyond_64_tokens_a_sentence_says_what_to_do(tool: str) -> None:
    assert page(tool, text="a " * 62).height > 0
    with pytest.raises(LecternError, match=r"this text has 65 tokens: shorten it to 64"):
        drawn("attention", tool=tool, text="a " * 63)


@both_tools
def test_the_page_is_tall_enough_and_says_in_words_what_it_is(tool: str) -> None:
    short, long = page(tool, text="cat"), page(tool, text="cat " * 40)
    assert long.height >= short.height > 100
    assert short.alt.startswith("BertViz, ")
    assert "layer 0" in short.alt
