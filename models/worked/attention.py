"""Attention small enough for pencil and paper: three tokens of width 4, heads of width 2."""

import numpy as np
from jaxtyping import Float

TOKENS = ("the", "cat", "sleeps")
X = ((1.0, 0.0, 1.0, 0.0), (0.0, 2.0, 0.0, 2.0), (1.0, 1.0, 1.0, 1.0))
W_Q = ((1.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.0, 1.0))
W_K = ((0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0))
W_V = ((1.0, 0.0), (0.0, 2.0), (0.0, 1.0), (1.0, 1.0))


def softmax(scores: Float[np.ndarray, "query key"]) -> Float[np.ndarray, "query key"]:
    """Return each row as shares that add up to 1; a row of minus infinity only gives zeros."""
    top = scores.max(axis=1, keepdims=True)
    shares = np.exp(scores - np.where(np.isinf(top), 0.0, top))
    total = shares.sum(axis=1, keepdims=True)
    return shares / np.where(total == 0, 1.0, total)
