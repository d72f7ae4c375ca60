"""The dot product against the lecture's numbers, numpy and scipy's arithmetic."""

import math

import numpy as np
import pytest
import torch

from models.errors import LecternError
from tests.viz.drawing import drawn, walk
from viz.vectors import Vectors


def test_the_default_gives_the_numbers_that_the_lecture_prints() -> None:
    found = walk("dot-product").arrays()
    assert found["reference"].tolist() == [[3, 4]]
    assert found["vectors"].tolist() == [[4, 3], [1, 4], [-4, 3], [-2, -3]]
    assert found["dots"].tolist() == [[24, 19, 0, -18]]
    caption = drawn("dot-product").spec.caption
    for part in ("[4, 3] gives 24", "[1, 4] gives 19", "[−4, 3] gives 0", "[−2, −3] gives −18"):
        assert part in caption


def test_cosines_lengths_and_softmax_agree_with_torch() -> None:
    found = walk("dot-product").arrays()
    r, v = torch.tensor([[3.0, 4.0]], dtype=torch.float64), torch.from_numpy(found["vectors"])
    assert found["cosines"][0] == pytest.approx(torch.cosine_similarity(r, v).tolist(), abs=1e-12)
    assert found["lengths"][:, 0] == pytest.approx(v.norm(dim=1).tolist(), abs=1e-12)
    assert found["length"].tolist() == [[5]]
    assert found["shares"][0] == pytest.approx(torch.softmax(r @ v.T, 1)[0].tolist(), abs=1e-12)


def test_a_vector_twice_as_long_doubles_its_dot_product_and_keeps_its_cosine() -> None:
    once, twice = (walk("dot-product", vectors=((a, b),)).arrays() for a, b in ((1.0, 4.0), (2.0, 8.0)))
    assert twice["dots"][0, 0] == 2 * once["dots"][0, 0]
    assert twice["cosines"][0, 0] == pytest.approx(once["cosines"][0, 0], abs=1e-12)


def test_the_plane_shows_the_arrows_of_the_state_and_grows_with_them() -> None:
    plane, _ = drawn("dot-product", vectors=((9.0, 1.0), (0.0, 0.0))).figures
    assert isinstance(plane, Vectors)
    assert plane.points.tolist() == [[3, 4], [9, 1], [0, 0]]
    assert plane.fields == ("reference", "vectors", "vectors")
    assert plane.high == 9


def test_a_vector_of_nothing_has_no_direction_and_is_shown_all_the_same() -> None:
    found = walk("dot-product", vectors=((0.0, 0.0),)).arrays()
    assert found["cosines"].tolist() == [[0]]
    assert np.isfinite(found["shares"]).all()


def test_the_share_of_the_winner_is_told() -> None:
    share = 1 / (1 + math.exp(-5) + math.exp(-24) + math.exp(-42))
    assert f"{100 * share:.1f} %" in walk("dot-product").steps[2].caption


@pytest.mark.parametrize("state", [{"reference": ((1.0, 2.0, 3.0),)}, {"vectors": ()}, {"vectors": ((1.0,),)}])
def test_vectors_of_another_size_get_a_sentence(state: dict) -> None:
    with pytest.raises(LecternError, match="two numbers"):
        drawn("dot-product", **state)
