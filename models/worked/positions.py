"""Positional encoding by sine and cosine, and rows for words that stand in for learned ones."""

import numpy as np
from jaxtyping import Float


def frequencies(width: int) -> Float[np.ndarray, "{width}"]:
    """Return 1 / 10000^(2i/width), twice for each i: for a sine and a cosine (Vaswani et al. 2017, section 3.5)."""
    pairs = np.arange(width) // 2
    return 10_000.0 ** (-2 * pairs / width)


def encoding(count: int, width: int) -> Float[np.ndarray, "{count} {width}"]:
    """Return the encoding of positions 0 to count - 1: sines in even columns, cosines in odd ones."""
    angle = np.arange(count)[:, None] * frequencies(width)
    return np.where(np.arange(width) % 2 == 0, np.sin(angle), np.cos(angle))


def word_rows(count: int, width: int = 4) -> Float[np.ndarray, "{count} {width}"]:
    """Return a row of quarters for each of some words, no two alike: an example that anybody can add up."""
    numbers = np.random.default_rng(3).integers(-6, 7, size=(count, width)) / 4
    return numbers + np.arange(count)[:, None] * np.eye(width)[0] / 8
