"""The shapes that signatures state are checked while the tests run, so that a wrong one cannot pass unseen."""

import jaxtyping
import numpy as np
import pytest

from models import measures
from models.trace import Layer
from models.worked import convolution

REFUSED = (jaxtyping.TypeCheckError, TypeError)


def test_vectors_of_different_width_are_refused() -> None:
    with pytest.raises(REFUSED, match="width"):
        measures.cosine(np.zeros((2, 3)), np.zeros((2, 4)))


def test_a_picture_with_channels_is_refused_where_a_plane_is_wanted() -> None:
    with pytest.raises(REFUSED, match="rows columns"):
        convolution.conv2d(np.zeros((3, 4, 4)), np.ones((2, 2)))


def test_a_layer_whose_queries_and_keys_differ_in_width_is_refused() -> None:
    query, key = np.zeros((2, 3, 8), np.float32), np.zeros((2, 3, 4), np.float32)
    with pytest.raises(REFUSED):
        Layer(query, key, key, scale=1.0)
