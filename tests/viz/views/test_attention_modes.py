"""Heads taken together, rollout, weights times values, differences, switched-off heads: against numpy by hand."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from models.errors import LecternError
from tests.viz.drawing import drawn, eager, eager_output, heads, traced
from viz.bars import Bars
from viz.spec import Heads
from viz.views import find

TEXT = "The old man sat by the river bank ."
MODELS = ["bert-tiny", "gpt-tiny"]
both_models = pytest.mark.parametrize("model", MODELS)


def figure(**state: Any) -> Heads:
    (found,) = heads("attention", **state)
    return found


def attentions(model: str, text: str = TEXT) -> np.ndarray:
    return np.array([layer[0].numpy() for layer in eager_output(model, text).attentions])


@both_models
@pytest.mark.parametrize("over", ["heads", "layers", "all"])
@pytest.mark.parametrize("how", ["mean", "max"])
def test_heads_taken_together_equal_numpy_over_the_axis(model: str, how: str, over: str) -> None:
    every = attentions(model)
    chosen = {"heads": every[2], "layers": every[:, 1], "all": every.reshape(-1, *every.shape[2:])}[over]
    found = figure(text=TEXT, model=model, show=how, over=over, layer=2, head=1)
    np.testing.assert_allclose(found.weights, getattr(chosen, how)(axis=0), atol=1e-5)
    assert found.mode == how
    assert not found.signed


@both_models
@pytest.mark.parametrize("layer", [0, 3])
def test_rollout_is_the_product_of_half_mean_and_half_identity(model: str, layer: int) -> None:
    product_of_layers = np.eye(attentions(model).shape[-1])
    for weights in attentions(model)[: layer + 1]:
        mixed = 0.5 * weights.mean(axis=0).astype(np.float64) + 0.5 * np.eye(len(product_of_layers))
        product_of_layers = mixed / mixed.sum(axis=1, keepdims=True) @ product_of_layers
    found = figure(text=TEXT, model=model, show="rollout", layer=layer)
    np.testing.assert_allclose(found.weights, product_of_layers, atol=1e-5)
    assert found.weights.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_weights_times_the_length_of_values_are_the_lengths_of_what_each_token_brings() -> None:
    model, layer, head = eager("bert-tiny")[1], 2, 3
    part = model.encoder.layer[layer].attention
    with torch.inference_mode():
        state = eager_output("bert-tiny", TEXT).hidden_states[layer][0]
        width = part.self.attention_head_size
        mine = slice(head * width, (head + 1) * width)
        value = part.self.value(state)[:, mine]
        brought = value @ part.output.dense.weight[:, mine].T
    expected = np.linalg.norm(attentions("bert-tiny")[layer, head][:, :, None] * brought.numpy()[None], axis=2)
    found = figure(text=TEXT, show="value-norm", layer=layer, head=head)
    np.testing.assert_allclose(found.weights, expected, rtol=1e-3, atol=1e-5)
    assert any("Kobayashi" in note for note in found.notes)


@both_models
def test_a_difference_of_two_heads_is_signed(model: str) -> None:
    found = figure(text=TEXT, model=model, show="difference", layer=1, head=2, other_head="3.0")
    every = attentions(model)
    np.testing.assert_allclose(found.weights, every[1, 2] - every[3, 0], atol=2e-5)
    assert found.signed
    assert found.weights.min() < 0 < found.weights.max()


def test_a_difference_of_two_sentences_with_as_many_tokens_is_that_of_the_same_head() -> None:
    other = "The old man sat by the river side ."
    found = figure(text=TEXT, show="difference", other="text", other_text=other, layer=1, head=2)
    expected = attentions("bert-tiny")[1, 2] - attentions("bert-tiny", other)[1, 2]
    np.testing.assert_allclose(found.weights, expected, atol=2e-5)


def test_a_model_minus_itself_is_nothing() -> None:
    assert not figure(text=TEXT, show="difference", other="model", other_model="bert-tiny").weights.any()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"other": "text", "other_text": "One two three four five six seven eight nine ten"}, "as many tokens"),
        ({"other": "model", "other_model": "gpt-tiny"}, "tokens"),
        ({"other": "head", "other_head": "99.0"}, "no head 99.0"),
    ],
)
def test_what_cannot_be_subtracted_gets_a_sentence(state: dict[str, Any], told: str) -> None:
    with pytest.raises(LecternError, match=told):
        drawn("attention", text=TEXT, show="difference", **state)


@both_models
def test_with_heads_switched_off_later_layers_and_the_prediction_change_and_are_told(model: str) -> None:
    found = drawn("attention", text=TEXT, model=model, off="0.1,1.2", layer=3)
    whole = figure(text=TEXT, model=model, layer=3)
    (changed,) = (one for one in found.figures if isinstance(one, Heads))
    prediction, layers = (one for one in found.figures if isinstance(one, Bars))
    assert changed.ablated == ((0, 1), (1, 2))
    assert np.abs(changed.weights - whole.weights).max() > 1e-4
    assert layers.values[0] == 0
    assert (layers.values[1:] > 0).all()
    assert prediction.second is not None
    assert np.abs(prediction.values - prediction.second).max() > 0
    assert any(note.startswith("Without these heads") for note in changed.notes)


def test_a_head_that_is_not_there_is_named_and_the_others_are_switched_off() -> None:
    found = drawn("attention", text=TEXT, off="0.1,9.0")
    assert "There is no layer and head 9.0 to switch off." in found.notices


def test_statistics_equal_those_of_numpy_by_hand() -> None:
    text = "the cat sat and the cat ran and the cat"
    for model in MODELS:
        found, every = figure(text=text, model=model), attentions(model, text).astype(np.float64)
        n = every.shape[-1]
        words, told = found.queries, found.statistics
        offsets = {"previous": -1, "next": 1, "self": 0}
        for key, offset in offsets.items():
            by_hand = np.diagonal(every, offset, axis1=2, axis2=3).mean(axis=2)
            np.testing.assert_allclose(told[key], by_hand, atol=1e-5)
        np.testing.assert_allclose(told["first"], every[:, :, 1:, 0].mean(axis=2), atol=1e-5)
        logs = np.log2(np.where(every > 0, every, 1))
        np.testing.assert_allclose(told["entropy"], -(every * logs).sum(axis=3).mean(axis=2), atol=1e-4)
        apart = np.abs(np.arange(n)[:, None] - np.arange(n))
        np.testing.assert_allclose(told["distance"], (every * apart).sum(axis=3).mean(axis=2), atol=1e-4)
        same = [[q != k and words[q] == words[k] for k in range(n)] for q in range(n)]
        after = [[0 < k <= q and words[k - 1] == words[q] for k in range(n)] for q in range(n)]
        for key, cells in (("same", np.array(same)), ("induction", np.array(after))):
            rows = cells.any(axis=1)
            np.testing.assert_allclose(told[key], (every * cells).sum(axis=3)[:, :, rows].mean(axis=2), atol=1e-5)


def test_patterns_are_named_exactly_where_their_measure_reaches_what_the_definition_says() -> None:
    found = figure(text="the cat sat and the cat sat and the cat sat", model="gpt-tiny")
    least = {"previous": 0.5, "next": 0.5, "first": 0.5, "separator": 0.5, "self": 0.5, "same": 0.5, "induction": 0.4}
    expected = {
        (key, *map(int, place))
        for key, limit in least.items()
        if key in found.statistics
        for place in np.argwhere(found.statistics[key] >= limit)
    }
    assert {(p["measure"], p["layer"], p["head"]) for p in found.patterns} == expected


def test_a_pair_has_the_shares_that_go_from_each_sentence_to_each() -> None:
    found = figure(text="The cat sat.", pair="It was tired.", layer=1, head=1)
    assert found.blocks is not None
    second = np.array(found.query_segments, bool)
    for (i, rows), (j, columns) in product(enumerate([~second, second]), enumerate([~second, second])):
        by_hand = found.weights[np.ix_(rows, columns)].sum(axis=1).mean()
        assert found.blocks["sums"][i, j] == pytest.approx(by_hand, abs=1e-5)
    assert found.blocks["query"] == int(second.argmax())
    assert figure(text="The cat sat.").blocks is None


def test_other_heads_of_every_mode_come_from_the_same_source_as_the_figure() -> None:
    view = find("attention")
    for show in ("mean", "max", "rollout", "value-norm", "difference"):
        state = view.state(text=TEXT, show=show, layer=2, head=1)
        assert view.shown is not None
        shown = view.shown(state, tuple(traced(run) for run in view.runs(state)), 0)
        expected = figure(text=TEXT, show=show, layer=2, head=1).weights
        np.testing.assert_allclose(shown.rows(2, 1, 3, 6), expected[3:6], atol=1e-6)
