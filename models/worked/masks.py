"""Additive attention masks: 0 where a query may look, minus infinity where it may not. Rows are queries."""

import numpy as np
from jaxtyping import Float

Mask = Float[np.ndarray, "query key"]


def bidirectional(size: int) -> Mask:
    """Return a mask that hides nothing, as in BERT."""
    return np.zeros((size, size))


def causal(size: int) -> Mask:
    """Return the look-ahead mask: a query sees itself and what came before (Vaswani et al. 2017, section 3.2.3)."""
    return _hidden(np.triu(np.ones((size, size), bool), 1))


def padding(size: int, padded: int) -> Mask:
    """Return a mask that hides the last `padded` keys from every query."""
    return _hidden(np.arange(size)[None, :].repeat(size, 0) >= size - padded)


def sliding_window(size: int, window: int) -> Mask:
    """Return a causal mask in which a query sees itself and the `window` - 1 positions before it (Mistral 7B, 2023)."""
    distance = np.arange(size)[:, None] - np.arange(size)[None, :]
    return _hidden((distance < 0) | (distance >= window))


def _hidden(where: np.ndarray) -> Mask:
    return np.where(where, -np.inf, 0.0)
