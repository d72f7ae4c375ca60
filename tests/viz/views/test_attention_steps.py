"""The five steps against torch's own scaled dot-product attention and the model's own linear layers."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.errors import LecternError
from models.trace import Layer, ModelInfo, Tokens, Trace
from tests.viz.drawing import drawn, eager, eager_output, walk
from viz.attention_terms import scores_before_mask
from viz.attention_walk import attention_walk
from viz.scene import Given
from viz.views.attention_steps import model_head

SENTENCE = "Your cat is a lovely cat"
PLACES = [("bert-tiny", 0, 0), ("bert-tiny", 3, 2), ("gpt-tiny", 0, 1), ("gpt-tiny", 4, 3)]

CAT = """
.268 .119 .134 .148 .179 .152 / .124 .278 .201 .128 .154 .115 / .147 .132 .262 .097 .218 .145 /
.210 .128 .206 .212 .119 .125 / .146 .158 .152 .143 .227 .174 / .195 .114 .203 .103 .157 .229
"""

every_place = pytest.mark.parametrize(("model", "layer", "head"), PLACES)


def numbers(**state: Any) -> dict[str, np.ndarray]:
    return walk("attention-steps", **state).arrays()


def projected(model: str, layer: int, head: int) -> tuple[torch.Tensor, ...]:
    """Return x, q, k and v of one head, through the model's own modules."""
    plain, states = eager(model)[1], eager_output(model, SENTENCE).hidden_states
    with torch.inference_mode():
        if model == "bert-tiny":
            attention = plain.encoder.layer[layer].attention.self
            x = states[layer][0]
            parts = [map_(x) for map_ in (attention.query, attention.key, attention.value)]
        else:
            x = plain.h[layer].ln_1(states[layer][0])
            parts = list(plain.h[layer].attn.c_attn(x).chunk(3, dim=-1))
    width = parts[0].shape[1] // plain.config.num_attention_heads
    return x, *(part[:, head * width : (head + 1) * width] for part in parts)


@every_place
def test_queries_keys_and_values_are_what_the_models_own_layers_give(model: str, layer: int, head: int) -> None:
    found = numbers(text=SENTENCE, model=model, layer=layer, head=head)
    for name, right in zip(("x", "q", "k", "v"), projected(model, layer, head), strict=True):
        assert np.abs(found[name] - right.numpy()).max() < 1e-4, name


@every_place
def test_the_output_is_torchs_scaled_dot_product_attention(model: str, layer: int, head: int) -> None:
    found = numbers(text=SENTENCE, model=model, layer=layer, head=head)
    _, q, k, v = projected(model, layer, head)
    right = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=model == "gpt-tiny")[0]
    assert np.abs(found["output"] - right.numpy()).max() < 1e-5


@every_place
def test_the_scores_stage_by_stage_and_the_weights(model: str, layer: int, head: int) -> None:
    found = numbers(text=SENTENCE, model=model, layer=layer, head=head)
    _, q, k, _ = projected(model, layer, head)
    raw = (q @ k.T).numpy()
    assert np.abs(found["raw"] - raw).max() < 1e-4
    assert np.abs(found["scaled"] - raw / np.sqrt(q.shape[1])).max() < 1e-4
    hidden = np.triu(np.ones(raw.shape, bool), 1) if model == "gpt-tiny" else np.zeros(raw.shape, bool)
    assert np.array_equal(np.isneginf(found["mask"]), hidden)
    assert np.array_equal(np.isneginf(found["masked"]), hidden)
    right = eager_output(model, SENTENCE).attentions[layer][0, head].numpy()
    assert np.abs(found["weights"] - right).max() < 1e-5


def test_a_wrong_scale_would_be_noticed() -> None:
    _, q, k, v = projected("bert-tiny", 1, 1)
    right = F.scaled_dot_product_attention(q[None], k[None], v[None])[0].numpy()
    wrong = F.scaled_dot_product_attention(q[None], k[None], v[None], scale=1.0)[0].numpy()
    found = numbers(text=SENTENCE, layer=1, head=1)["output"]
    assert np.abs(found - right).max() < 1e-5
    assert np.abs(found - wrong).max() > 1e-3


def test_every_matrix_of_a_model_but_its_inputs_and_its_mask_is_explained() -> None:
    matrices = walk("attention-steps", text=SENTENCE).matrices
    given = {key for key, matrix in matrices.items() if isinstance(matrix.source, Given)}
    assert given == {"x", "w_q", "w_k", "w_v", "b_q", "b_k", "b_v", "mask"}


def test_the_steps_go_through_the_formula_from_the_inside_out() -> None:
    steps = walk("attention-steps", text=SENTENCE).steps
    assert [step.term for step in steps] == [
        "scores",
        "scores",
        "output",
        "scores",
        "scale",
        "mask",
        "softmax",
        "output",
    ]


def test_a_layer_beyond_the_last_shows_the_last_with_its_projections() -> None:
    found = drawn("attention-steps", text=SENTENCE, layer=99)
    assert len(found.notices) == 1
    last = numbers(text=SENTENCE, layer=3)
    assert all(np.array_equal(values, last[key]) for key, values in found.figures[0].arrays().items())


def test_cross_attention_of_a_model_that_has_none_is_said_not_to_be_there() -> None:
    (sentence,) = drawn("attention-steps", kind="cross").notices
    assert sentence == "bert-tiny has no cross-attention: its self-attention is shown."


def table(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in values)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("tokens", [1, 3, 5])
def test_the_example_by_hand_can_be_edited_in_the_link(causal: bool, tokens: int) -> None:
    random = np.random.default_rng(tokens)
    x, w_q, w_k, w_v = (random.normal(size=shape) for shape in ((tokens, 4), (4, 3), (4, 3), (4, 2)))
    state = {"x": table(x), "w_q": table(w_q), "w_k": table(w_k), "w_v": table(w_v)}
    found = numbers(source="hand", causal=causal, **state)
    q, k, v = (torch.from_numpy(x @ w) for w in (w_q, w_k, w_v))
    right = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal)[0]
    assert np.abs(found["output"] - right.numpy()).max() < 1e-12
    assert np.array_equal(found["x"], x)


def test_the_example_by_hand_can_be_followed_with_pencil_and_paper() -> None:
    found = numbers(source="hand")
    assert found["q"].tolist() == [[2, 0], [0, 4], [2, 2]]
    assert found["k"].tolist() == [[1, 2], [2, 0], [2, 2]]
    assert found["v"].tolist() == [[1, 1], [2, 6], [2, 4]]
    assert found["raw"].tolist() == [[2, 4, 4], [8, 0, 8], [6, 4, 8]]
    assert found["scaled"][0, 0] == pytest.approx(1.41421356, abs=1e-8)
    assert found["weights"].sum(axis=1) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "state",
    [{"x": ()}, {"x": ((1.0,),)}, {"w_q": ((1.0,),)}, {"w_v": ()}, {"w_k": ((1.0,), (1.0,), (1.0,), (1.0,))}],
    ids=str,
)
def test_tables_that_do_not_fit_together_get_a_sentence(state: dict) -> None:
    with pytest.raises(LecternError, match="back to the example"):
        drawn("attention-steps", source="hand", **state)


def test_numbers_as_large_as_a_link_may_hold_do_not_overflow() -> None:
    huge = tuple((1e6,) * 4 for _ in range(3))
    found = numbers(source="hand", x=huge, w_q=((1e6,) * 2,) * 4, w_k=((1e6,) * 2,) * 4, w_v=((1e6,) * 2,) * 4)
    assert np.isfinite(found["output"]).all()


def test_the_lectures_weights_are_printed_exactly() -> None:
    found = walk("attention-steps", source="course")
    printed = [[float(cell) for cell in row.split()] for row in CAT.split("/")]
    assert found.matrices["weights"].values.tolist() == printed
    assert found.matrices["weights"].rows == ("YOUR", "CAT", "IS", "A", "LOVELY", "CAT")
    assert found.matrices["weights"].digits == 3
    assert found.matrices["sums"].values[:, 0] == pytest.approx([sum(row) for row in printed], abs=1e-12)
    assert found.matrices["output"].values == pytest.approx(np.array(printed), abs=1e-12)


def trace_of(layer: Layer) -> Trace:
    """Return a trace with one layer of a family that does more than BERT and GPT-2 do."""
    words = tuple("abcd")
    info = ModelInfo("test", "test", "test", "decoder", None, 1, 8)
    tokens = Tokens(words, words, (0, 1, 2, 3), (False,) * 4, (0,) * 4, (0, 1, 2, 3))
    return Trace(info, "a b c d", None, tokens, Tokens((), (), (), (), (), ()), {"self": (layer,)})


def rich_layer(**extras: Any) -> Layer:
    random = np.random.default_rng(3)
    query, key, value = (random.normal(size=(heads, 4, 8)).astype(np.float32) for heads in (4, 2, 2))
    hidden = np.triu(np.ones((1, 4, 4), bool), 1)
    return Layer(query, key, value, scale=0.5, hidden=hidden, **extras)


EXTRAS: list[dict[str, Any]] = [
    {},
    {"softcap": 2.0},
    {"bias": np.random.default_rng(4).normal(size=(4, 4, 4)).astype(np.float32)},
    {"sink": np.array([0.5, 1.0, -1.0, 2.0], np.float32)},
    {"softcap": 1.0, "bias": np.ones((1, 4, 4), np.float32), "sink": np.zeros(4, np.float32)},
]


@pytest.mark.parametrize("extras", EXTRAS, ids=lambda extras: "+".join(extras) or "none")
def test_soft_caps_position_biases_sinks_and_shared_keys_are_steps_whose_rules_hold(extras: dict) -> None:
    trace = trace_of(rich_layer(**extras))
    found = attention_walk("test", model_head(trace, "self", 0, 3))
    assert max(found.residuals().values()) < 1e-5
    assert ("capped" in found.matrices) == ("softcap" in extras)
    assert ("bias" in found.matrices) == ("bias" in extras)
    assert (found.matrices["weights"].values.sum(axis=1) < 0.999).all() == ("sink" in extras)


@pytest.mark.parametrize("extras", EXTRAS, ids=lambda extras: "+".join(extras) or "none")
def test_scores_before_the_mask_and_the_mask_together_are_the_masked_scores(extras: dict) -> None:
    trace = trace_of(rich_layer(**extras))
    found = scores_before_mask(trace, "self", 0, 2) + trace.mask("self", 0)
    assert np.allclose(found, trace.scores("self", 0, 2, stage="masked"), rtol=0, atol=1e-5)


def test_without_projections_queries_are_shown_as_they_are_with_the_reason() -> None:
    found = attention_walk("test", model_head(trace_of(rich_layer()), "self", 0, 0))
    assert isinstance(found.matrices["q"].source, Given)
    assert "detail" in found.matrices["q"].source.note
    assert "x" not in found.matrices
