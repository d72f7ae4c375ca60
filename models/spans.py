"""Spans of a context as answers: the sum of a start and an end logit for each (Devlin et al. 2019, section 4.2)."""

import numpy as np

from models.asks import Pointed

BEST = 5


def sums(found: Pointed, longest: int) -> np.ndarray:
    """Return [start, end] sums of logits over the context; minus infinity where no span is: backwards, or too long."""
    inside = list(found.context)
    total = found.start[inside].astype(np.float64)[:, None] + found.end[inside].astype(np.float64)[None, :]
    lengths = np.arange(len(inside))[None, :] - np.arange(len(inside))[:, None]
    return np.where((lengths >= 0) & (lengths < longest), total, -np.inf)


def spans(found: Pointed, longest: int) -> list[tuple[int, int, float]]:
    """Return the best spans as (first, last, sum), positions counted in the context."""
    table = sums(found, longest)
    order = np.argsort(-table, axis=None, kind="stable")[:BEST]
    pairs = (np.unravel_index(place, table.shape) for place in order)
    return [(int(i), int(j), float(table[i, j])) for i, j in pairs if np.isfinite(table[i, j])]
