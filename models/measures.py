"""Arrays -> arrays: what is computed from attention weights and vectors. Pure numpy."""

import numpy as np
from jaxtyping import Bool, Float

from models.errors import LecternError


def cosine(left: Float[np.ndarray, "a width"], right: Float[np.ndarray, "b width"]) -> Float[np.ndarray, "a b"]:
    """Return the cosine of every row of left with every row of right, from -1 to 1; 0 where a row is all zeros."""
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :]
    return np.clip(left @ right.T / np.where(lengths == 0, 1, lengths), -1, 1)


def pca_2d(vectors: Float[np.ndarray, "n width"]) -> tuple[Float[np.ndarray, "n 2"], float]:
    """Return the first two principal components of the rows, and the share of the variance that they keep (0 to 1).

    Signs are fixed so that a component's largest loading is positive: the same vectors always give the same picture.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    points = np.zeros((len(vectors), 2))
    points[:, : len(axes)] = centred @ axes.T
    total = float((lengths**2).sum())
    return points, float((lengths[:2] ** 2).sum() / total) if total else 1.0


def merge_words(
    weights: Float[np.ndarray, "query key"], query_words: list[list[int]], key_words: list[list[int]]
) -> Float[np.ndarray, "rows columns"]:
    """Return weights between words: attention *to* the pieces of a word is summed, attention *from* them averaged.

    Row sums stay what they were. Each word is the list of its positions. Source: Clark et al. 2019, section 4.1.
    """
    to_words = np.add.reduceat(weights[:, np.concatenate(key_words)], _starts(key_words), axis=1)
    from_words = np.add.reduceat(to_words[np.concatenate(query_words)], _starts(query_words), axis=0)
    return from_words / np.array([[len(word)] for word in query_words], weights.dtype)


def _starts(words: list[list[int]]) -> np.ndarray:
    """Return where each word starts once their positions stand one after another."""
    return np.cumsum([0, *(len(word) for word in words[:-1])])


def hide(
    weights: Float[np.ndarray, "query key"],
    queries: Bool[np.ndarray, "query"],
    keys: Bool[np.ndarray, "key"],
    *,
    renormalise: bool,
) -> Float[np.ndarray, "kept_queries kept_keys"]:
    """Return the weights between the kept positions; with `renormalise` each row is divided by what is left of it.

    A row of which nothing is left stays 0.
    """
    kept = weights[np.ix_(queries, keys)]
    if not renormalise:
        return kept
    total = kept.sum(axis=1, keepdims=True)
    return kept / np.where(total == 0, 1, total)


def max_pool(weights: Float[np.ndarray, "query key"], size: int) -> Float[np.ndarray, "rows columns"]:
    """Return the largest weight in each block, at most `size` blocks a side, so that single bright cells survive.

    Blocks are as equal as they can be; a matrix that is small enough comes back as it is.
    """
    if min(weights.shape) < 1:
        raise LecternError(f"There is nothing to pool in a matrix of shape {weights.shape}.")
    return pooled(weights, *(pool_starts(n, size) for n in weights.shape))


def pool_starts(count: int, size: int) -> np.ndarray:
    """Return where each of at most `size` blocks of `count` positions starts; the blocks are as equal as can be."""
    return np.linspace(0, count, min(count, size), endpoint=False).astype(int)


def pooled(
    weights: Float[np.ndarray, "query key"], rows: np.ndarray, columns: np.ndarray
) -> Float[np.ndarray, "rows columns"]:
    """Return the largest number in each block of rows and columns; of blocks, the places where they start are given."""
    if len(rows) == 1:  # several times faster than reduceat
        tall = weights.max(axis=0, keepdims=True)
    else:
        tall = weights if len(rows) == len(weights) else np.maximum.reduceat(weights, rows, axis=0)
    return tall if len(columns) == tall.shape[1] else np.maximum.reduceat(tall, columns, axis=1)
