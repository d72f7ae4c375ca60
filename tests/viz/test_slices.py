"""Windows, arcs and taken-apart cells, against the trace, against eager attention, and against pooling by hand."""

from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from models.errors import LecternError
from models.trace import Trace
from tests.viz.drawing import eager_output, traced
from viz.attention_arcs import reached
from viz.pack import pack, unpack
from viz.slices import arc_slice, cell_slice, head_slice
from viz.state import encode
from viz.views import find

SENTENCE = "Your unbelievable cat is a lovely photosynthesizer."
LONG = " ".join(["the old man walked along the river bank and watched the boats"] * 30)
MODELS = ["bert-tiny", "gpt-tiny"]
both_models = pytest.mark.parametrize("model", MODELS)


def asked(part: Any, view: str = "attention", **values: Any) -> Any:
    """Return a slice as the page gets it: packed and unpacked."""
    return unpack(pack(part(find(view), urlencode({name: encode(v) for name, v in values.items()}), traced)))


def trace_of(**state: Any) -> Trace:
    view = find("attention")
    return traced(view.runs(view.state(**state))[0])


def pooled_by_hand(weights: np.ndarray, size: int) -> np.ndarray:
    """Return the brightest cell of each block, one block after another."""
    edges = [[n * i // min(n, size) for i in range(min(n, size) + 1)] for n in weights.shape]
    rows, columns = (list(pairwise(side)) for side in edges)
    return np.array([[weights[a:b, c:d].max() for c, d in columns] for a, b in rows])


@both_models
def test_a_short_head_comes_as_exact_numbers_and_equals_eager_attention(model: str) -> None:
    found = asked(head_slice, text=SENTENCE, model=model, layer=3, head=1)
    expected = eager_output(model, SENTENCE).attentions[3][0, 1].numpy()
    assert found["pooled"] is None
    np.testing.assert_allclose(found["weights"], expected, atol=1e-5)
    assert (found["layer"], found["head"]) == (3, 1)


@both_models
def test_a_long_head_comes_as_bytes_a_pixel_each_that_are_its_weights_to_half_a_step(model: str) -> None:
    found, trace = (
        asked(head_slice, text=LONG, model=model, layer=2, head=2),
        trace_of(text=LONG, model=model),
    )
    weights = trace.weights("self", 2, 2)
    assert found["weights"] is None
    assert found["pooled"].shape == weights.shape
    assert np.abs(found["pooled"] / 255 * found["high"] - weights).max() <= 0.5 / 255 * found["high"] + 1e-7


@both_models
@pytest.mark.parametrize("size", [7, 64, 100, 311])
def test_a_pooled_head_keeps_the_brightest_cell_of_every_block(model: str, size: int) -> None:
    found = asked(head_slice, text=LONG, model=model, layer=1, head=0, size=size)
    expected = pooled_by_hand(trace_of(text=LONG, model=model).weights("self", 1, 0), size)
    assert found["pooled"].shape == expected.shape
    assert found["high"] == pytest.approx(expected.max())
    assert np.abs(found["pooled"] / 255 * found["high"] - expected).max() <= 0.5 / 255 * found["high"] + 1e-7


@both_models
@pytest.mark.parametrize(
    ("rows", "columns"), [((0, 1), (0, 360)), ((17, 18), (3, 9)), ((100, 300), (50, 250)), ((359, 360), (359, 360))]
)
@pytest.mark.parametrize("special", ["show", "hide", "renormalise"])
def test_every_window_equals_that_part_of_the_trace(model: str, rows: Any, columns: Any, special: str) -> None:
    of = {"text": LONG, "model": model, "special": special, "layer": 1, "head": 3}
    entire = asked(head_slice, **of, size=1024)
    weights = trace_of(**of).weights("self", 1, 3)
    kept = [i for i, mark in enumerate(trace_of(**of).special) if special == "show" or not mark]
    weights = weights[np.ix_(kept, kept)]
    if special == "renormalise":
        weights = weights / weights.sum(axis=1, keepdims=True)
    found = asked(head_slice, **of, rows="{}:{}".format(*rows), columns="{}:{}".format(*columns))
    np.testing.assert_allclose(found["weights"], weights[slice(*rows), slice(*columns)], atol=1e-6)
    assert entire["rows"] == [0, len(weights)]


def test_merged_words_have_the_same_windows_as_the_whole() -> None:
    of = {"text": f"{SENTENCE} {SENTENCE}", "words": True, "special": "renormalise", "layer": 2, "head": 1}
    entire = asked(head_slice, **of)["weights"]
    for start in range(len(entire)):
        row = asked(head_slice, **of, rows=f"{start}:{start + 1}")["weights"]
        np.testing.assert_allclose(row, entire[start : start + 1], atol=1e-6)


def test_a_head_at_the_length_of_bert_is_at_most_300_kilobytes() -> None:
    found = head_slice(find("attention"), urlencode({"text": "the old man " * 400, "layer": 0, "head": 0}), traced)
    assert found["pooled"].shape == (512, 512)  # type: ignore[attr-defined]
    assert len(pack(found)) <= 300_000


@both_models
@pytest.mark.parametrize("mass", [0.1, 0.5, 0.9, 1.0])
def test_arcs_are_the_largest_weights_of_each_query_until_the_share_is_reached(model: str, mass: float) -> None:
    found = asked(arc_slice, text=SENTENCE, model=model, layer=2, heads="0,3", mass=mass)
    for place, head in enumerate([0, 3]):
        weights = trace_of(text=SENTENCE, model=model).weights("self", 2, head).astype(np.float64)
        mine = found["head"] == head
        drawn = 0.0
        for query, row in enumerate(weights):
            keys = set(found["key"][mine & (found["query"] == query)].tolist())
            falling = sorted(row, reverse=True)
            needed = next(n for n in range(1, len(row) + 1) if sum(falling[:n]) >= mass * row.sum() * (1 - 1e-8))
            assert len(keys) == min(needed, int((row > 0).sum()))
            assert sum(row[key] for key in keys) == pytest.approx(sum(falling[:needed]), abs=1e-6)
            drawn += sum(row[key] for key in keys)
        assert found["hidden"][place] == pytest.approx(1 - drawn / weights.sum(), abs=1e-6)
    assert not found["capped"]


def test_of_too_many_arcs_the_strongest_stay_and_the_hidden_share_counts_the_others() -> None:
    found = asked(arc_slice, text=LONG, layer=0, heads="0,1,2,3", mass=1)
    weights = np.stack([trace_of(text=LONG).weights("self", 0, head) for head in range(4)])
    assert found["capped"]
    assert len(found["weight"]) == 4000
    np.testing.assert_allclose(found["weight"], np.sort(weights.ravel())[::-1][:4000], atol=1e-7)
    for head in range(4):
        share = weights[head][found["query"][found["head"] == head], found["key"][found["head"] == head]].sum()
        assert found["hidden"][head] == pytest.approx(1 - share / weights[head].sum(), abs=1e-5)


def test_of_equal_weights_only_as_many_are_drawn_as_the_share_needs() -> None:
    assert reached(np.full((2, 10), 0.1, np.float32), 0.5).sum(axis=1).tolist() == [5, 5]
    assert reached(np.zeros((1, 4), np.float32), 0.9).sum() == 0


@both_models
@pytest.mark.parametrize("layer", [0, 3])
def test_a_cell_taken_apart_leads_from_the_vector_to_the_weight_of_eager_attention(model: str, layer: int) -> None:
    found = asked(cell_slice, text=SENTENCE, model=model, layer=layer, head=2, query_at=4, key_at=3)
    expected = eager_output(model, SENTENCE).attentions[layer][0, 2, 4].numpy()
    np.testing.assert_allclose(found["row_weights"], expected, atol=1e-5)
    assert found["equal"]
    assert found["difference"] == pytest.approx(0, abs=1e-5)
    assert found["model_from"] == "the model family's own attention code"
    assert found["recomputed"] == pytest.approx(float(expected[3]), abs=1e-5)
    by_hand = sum(float(a) * float(b) for a, b in zip(found["q"], found["k"], strict=True))
    assert found["raw"] == pytest.approx(by_hand, rel=1e-5)
    assert found["scaled"] == pytest.approx(by_hand / len(found["q"]) ** 0.5, rel=1e-5)
    assert found["recomputed"] == pytest.approx(np.exp(found["masked"] - found["top"]) / found["sum"], rel=1e-5)
    sizes = np.abs(found["products"])[found["order"]]
    assert (np.diff(sizes) <= 0).all()
    for side, name in (("query", "q"), ("key", "k")):
        column = found[f"w_{name}_column"].astype(np.float64)
        projected = float(found[f"x_{side}"] @ column) + found[f"b_{name}"]
        assert projected == pytest.approx(found[f"{name}_component"], abs=1e-4)


def test_a_hidden_cell_has_minus_infinity_before_softmax_and_a_weight_of_zero() -> None:
    found = asked(cell_slice, text=SENTENCE, model="gpt-tiny", layer=1, head=0, query_at=2, key_at=5)
    assert (found["hidden"], found["masked"], found["recomputed"], found["equal"]) == (True, "-inf", 0.0, True)


def test_of_merged_words_the_pair_of_pieces_with_the_largest_weight_is_taken_apart_with_a_sentence() -> None:
    of = {"text": SENTENCE, "words": True, "special": "hide", "layer": 2, "head": 1}
    found = asked(cell_slice, **of, query_at=1, key_at=6)
    assert (found["query"], found["key"]) == ("unbelievable", "photosynthesizer")
    assert "pieces" in found["note"]
    weights = trace_of(**of).weights("self", 2, 1)
    assert found["weight"] == pytest.approx(float(weights[found["query_at"], found["key_at"]]), abs=1e-7)


@pytest.mark.parametrize(
    "text", ["שלום עולם, מה שלומך היום?", "我 喜欢 这 只 猫 。", "😀 cat 👩‍👩‍👧 e\u0301", "مرحبا cat 日本語"]
)
@both_models
def test_rows_of_any_script_are_the_rows_of_the_trace_in_reading_order(model: str, text: str) -> None:
    trace = trace_of(text=text, model=model)
    for row in range(len(trace.tokens)):
        found = asked(head_slice, text=text, model=model, layer=1, head=1, rows=f"{row}:{row + 1}")["weights"]
        np.testing.assert_allclose(found[0], trace.weights("self", 1, 1)[row], atol=1e-6)


@pytest.mark.parametrize(
    ("part", "values", "told"),
    [
        (head_slice, {"layer": 99}, "There is no layer 99, head 0"),
        (head_slice, {"head": 99}, "There is no layer 0, head 99"),
        (head_slice, {"rows": "5:5"}, "There is nothing in rows"),
        (head_slice, {"rows": "x"}, "rows needs whole numbers"),
        (head_slice, {"size": 0}, "size goes from 1"),
        (head_slice, {"origin": 7}, "There is no figure 7"),
        (arc_slice, {"heads": "0,77"}, "There is no layer 0, head 77"),
        (arc_slice, {"mass": "nan"}, "mass needs a share"),
        (cell_slice, {"query_at": 4000}, "query_at goes from 0"),
    ],
)
def test_what_is_not_there_gets_a_sentence(part: Any, values: dict[str, Any], told: str) -> None:
    with pytest.raises(LecternError, match=told):
        asked(part, **values)


def test_a_view_without_heads_has_no_slices() -> None:
    with pytest.raises(LecternError, match="has no heads"):
        asked(head_slice, view="convolution")
