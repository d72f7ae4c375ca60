"""Positional encoding against the formula of the paper, torch, and the models' own tables."""

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from models.errors import LecternError
from models.worked import positions
from tests.viz.drawing import BUNDLED, drawn, walk
from viz.spec import Plot


def test_every_cell_is_the_formula_of_the_paper() -> None:
    found = walk("positional-encoding", count=7, width=6).matrices["encoding"].values
    for pos in range(7):
        for i in range(3):
            angle = pos / 10_000 ** (2 * i / 6)
            assert found[pos, 2 * i] == pytest.approx(math.sin(angle), abs=1e-12)
            assert found[pos, 2 * i + 1] == pytest.approx(math.cos(angle), abs=1e-12)
    assert np.allclose(found, positions.encoding(7, 6), atol=1e-15)


def test_the_encoding_is_the_one_that_transformers_gives_to_marian_but_for_the_order_of_columns() -> None:
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    table = MarianSinusoidalPositionalEmbedding(9, 8)
    weight = table.create_weight() if hasattr(table, "create_weight") else table.weight
    theirs = weight.detach().numpy() if isinstance(weight, torch.Tensor) else np.asarray(weight)
    ours = positions.encoding(9, 8)
    assert np.allclose(theirs, np.concatenate([ours[:, 0::2], ours[:, 1::2]], axis=1), atol=1e-6)


def test_likeness_depends_on_the_distance_only() -> None:
    near = walk("positional-encoding").matrices["near"].values
    for distance in range(1, 20):
        assert np.ptp(np.diag(near, distance)) < 1e-9
    assert near[0, 1] > near[0, 3]


def test_the_curve_is_the_row_of_the_chosen_position() -> None:
    found = drawn("positional-encoding", position=5)
    curve = found.figures[1]
    assert isinstance(curve, Plot)
    near = walk("positional-encoding", position=5).matrices["near"].values
    assert [row[1] for row in curve.table.rows] == pytest.approx(near[5].tolist(), abs=1e-12)


@pytest.mark.parametrize(("model", "name"), [("bert-tiny", "position_embeddings.weight"), ("gpt-tiny", "wpe.weight")])
def test_learned_rows_are_those_in_the_file_of_the_model(model: str, name: str) -> None:
    weights = load_file(BUNDLED / model / "model.safetensors")
    table = next(values for key, values in weights.items() if key.endswith(name)).astype(np.float32)
    found = walk("positional-encoding", source="model", model=model, count=12).matrices
    assert np.array_equal(found["learned"].values, table[:12])


def test_without_positions_every_word_keeps_its_output_in_any_order() -> None:
    found = walk("positional-encoding", source="without").matrices
    one, other = found["z1"], found["z2"]
    for word in set(one.rows):
        here, there = one.values[one.rows.index(word)], other.values[other.rows.index(word)]
        assert here == pytest.approx(there, abs=1e-12)


def test_the_outputs_without_positions_are_attention_by_torch() -> None:
    found = walk("positional-encoding", source="without").matrices
    x = torch.from_numpy(found["x1"].values)[None]
    expected = torch.nn.functional.scaled_dot_product_attention(x, x, x, scale=1.0)[0].numpy()
    assert found["z1"].values == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("state", [{"width": 512, "count": 128}, {"source": "without"}, {"source": "model"}])
def test_every_cell_follows_its_rule(state: dict) -> None:
    assert max(walk("positional-encoding", **state).residuals().values()) < 1e-5


def test_other_words_in_the_other_order_get_a_sentence() -> None:
    with pytest.raises(LecternError, match="exactly the words"):
        drawn("positional-encoding", source="without", order="a cat")
