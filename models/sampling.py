"""Logits -> what is said next: shares over the whole vocabulary, what temperature and cuts make of them, and draws."""

import numpy as np
from jaxtyping import Float, Int

Scores = Float[np.ndarray, "*before vocabulary"]
Shares = Float[np.ndarray, "vocabulary"]


def softmax(logits: Scores, temperature: float = 1.0) -> Scores:
    """Return probabilities over the whole vocabulary, each row adding up to 1; float64.

    A temperature below 1 sharpens, above 1 flattens; it divides the logits before the exponential.
    """
    scaled = logits.astype(np.float64) / temperature
    grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def entropy(shares: Float[np.ndarray, "*before vocabulary"]) -> Float[np.ndarray, "*before"]:
    """Return the mean surprise in bits: 0 where one token is certain, log2(vocabulary) where all are alike."""
    logs = np.log2(shares, where=shares > 0, out=np.zeros_like(shares))
    return -(shares * logs).sum(axis=-1)


def in_order(shares: Shares) -> Int[np.ndarray, "vocabulary"]:
    """Return the ids from the likeliest to the least likely; of equals the smaller id comes first."""
    return np.argsort(-shares, kind="stable")


def allowed(shares: Shares, top_k: int = 0, top_p: float = 1.0) -> int:
    """Return how many of the likeliest tokens may be drawn: top-k first, then top-p of what is left.

    top_k: 0 for no limit. top_p: the fewest tokens whose probabilities reach it (Holtzman et al. 2020), 1 for all.
    """
    ordered = np.sort(shares)[::-1][: top_k or len(shares)]
    if top_p >= 1:
        return len(ordered)
    reached = np.cumsum(ordered / ordered.sum())
    return int(np.searchsorted(reached, top_p)) + 1


def shaped(logits: Float[np.ndarray, "vocabulary"], temperature: float, top_k: int, top_p: float) -> Shares:
    """Return the probabilities that tokens are really drawn with: 0 for what was cut off, and the rest adds up to 1."""
    shares = softmax(logits, temperature)
    kept = in_order(shares)[: allowed(shares, top_k, top_p)]
    left = np.zeros_like(shares)
    left[kept] = shares[kept] / shares[kept].sum()
    return left


def drawn(shares: Shares, count: int, seed: int) -> Int[np.ndarray, "vocabulary"]:
    """Return how often each token comes in `count` independent draws; the same for the same seed."""
    return np.random.default_rng(seed).multinomial(count, shares)


def bits(share: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Return the surprise of tokens of these probabilities: -log2 p, 1 bit for a coin toss."""
    return -np.log2(np.maximum(share.astype(np.float64), np.finfo(np.float64).tiny))
