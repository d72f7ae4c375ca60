"""Gaps filled over the whole vocabulary: the numbers on the screen are those of transformers' own BERT."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from models.errors import LecternError
from tests.viz.drawing import BUNDLED, drawn
from viz.bars import Bars
from viz.chips import Chips
from viz.spec import Plot
from viz.view import Drawn

COURSE = "The [MASK] is very cute"


@cache
def bert() -> tuple[Any, Any]:
    folder = BUNDLED / "bert-tiny"
    model = transformers.BertForPreTraining.from_pretrained(folder, attn_implementation="eager")
    return transformers.AutoTokenizer.from_pretrained(folder), model.eval()


def output(text: str, hidden: tuple[int, ...] = ()) -> Any:
    tokenizer, model = bert()
    inputs = tokenizer(text, return_tensors="pt")
    inputs["input_ids"][0, list(hidden)] = tokenizer.mask_token_id
    with torch.inference_mode():
        return model(**inputs, output_attentions=True, output_hidden_states=True)


def shares(text: str, place: int, hidden: tuple[int, ...] = ()) -> np.ndarray:
    return torch.softmax(output(text, hidden).prediction_logits[0, place].double(), 0).numpy()


def only(found: Drawn, kind: type, place: int = 0) -> Any:
    return [figure for figure in found.figures if isinstance(figure, kind)][place]


def test_the_courses_gap_shows_the_ten_likeliest_of_the_whole_vocabulary() -> None:
    bars = only(drawn("masked-lm"), Bars)
    right = shares(COURSE, 2)
    np.testing.assert_allclose(bars.values, np.sort(right)[::-1][:10], atol=1e-5)
    assert [bert()[0].convert_tokens_to_ids(label) for label in bars.labels] == np.argsort(-right)[:10].tolist()
    assert f"All other tokens together: {1 - bars.values.sum():.3f}" in bars.note


def test_a_click_hides_a_token_and_another_shows_it_again() -> None:
    tokens = only(drawn("masked-lm", text="The cat is very cute"), Chips)
    assert tokens.rows[0].picks[2] == "2"
    found = drawn("masked-lm", text="The cat is very cute", masked="2")
    assert only(found, Chips).rows[0].texts[2] == "[MASK]"
    assert only(found, Chips).rows[0].picks[2] == ""
    assert only(found, Chips).rows[0].picks[4] == "2,4"
    np.testing.assert_allclose(only(found, Bars).values[0], shares("The cat is very cute", 2, (2,)).max(), atol=1e-5)
    assert "Hidden here: “cat”" in only(found, Bars).note


def test_special_tokens_and_gaps_of_the_text_stay_as_they_are() -> None:
    row = only(drawn("masked-lm", masked="4"), Chips).rows[0]
    assert [row.picks[place] for place in (0, 2, 6)] == ["4", "4", "4"]


def test_the_gap_looks_where_eager_attention_looks() -> None:
    row = only(drawn("masked-lm", layer=1), Chips).rows[1]
    right = output(COURSE).attentions[1][0].mean(0)[2].numpy()
    np.testing.assert_allclose(row.values, right, atol=1e-5)
    assert row.values.sum() == pytest.approx(1, abs=1e-5)


def test_the_curves_are_the_head_on_each_hidden_state() -> None:
    plot = only(drawn("masked-lm"), Plot)
    states = output(COURSE).hidden_states
    best = int(shares(COURSE, 2).argmax())
    with torch.inference_mode():
        right = [float(torch.softmax(bert()[1].cls.predictions(state)[0, 2], 0)[best]) for state in states]
    np.testing.assert_allclose(plot.data[0]["y"], right, atol=1e-5)


def test_of_several_gaps_one_is_chosen() -> None:
    found = drawn("masked-lm", text="The [MASK] is very [MASK]", gap=1)
    right = shares("The [MASK] is very [MASK]", 5)
    assert only(found, Bars).values[0] == pytest.approx(right.max(), abs=1e-5)
    assert only(found, Bars).title == "The gap at position 5"
    (sentence,) = drawn("masked-lm", gap=5).notices
    assert sentence.startswith("There is no gap 5")


def test_a_text_without_a_gap_asks_for_a_click() -> None:
    found = drawn("masked-lm", text="The cat sat")
    assert len(found.figures) == 1
    assert "click a token to hide it" in found.spec.caption


def test_a_decoder_has_no_gaps_and_says_so() -> None:
    with pytest.raises(LecternError, match="was not trained on masked words"):
        drawn("masked-lm", model="gpt-tiny")


def test_hidden_positions_that_are_no_numbers_are_left_out() -> None:
    (sentence,) = drawn("masked-lm", masked="2;x").notices
    assert "whole numbers" in sentence
