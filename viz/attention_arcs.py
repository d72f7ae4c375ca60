"""The arcs of some heads: the largest weights of each query, until a share of its weight is reached."""

import numpy as np

from viz.attention_shown import BLOCK, Shown

MOST_ARCS = 4000


def arcs(shown: Shown, layer: int, heads: list[int], mass: float, rows: range, columns: range) -> dict[str, object]:
    """Return arcs as columns (query, key, head, weight), the strongest first, and which share of a head is left out.

    Each query gives its largest weights, until they add up to `mass` of what it gives inside the window. If that makes
    more than MOST_ARCS, the strongest of all stay; `capped` says so, and `hidden` counts what is left out either way.
    """
    found = [_strongest(shown, layer, head, mass, rows, columns) for head in heads]
    query, key, weight = (np.concatenate([part[i] for part in found]) for i in range(3))
    head = np.repeat(np.array(heads, np.int32), [len(part[0]) for part in found])
    order = np.argsort(-np.abs(weight), kind="stable")[:MOST_ARCS]
    drawn = [float(np.abs(weight[order][head[order] == one]).sum(dtype=np.float64)) for one in heads]
    totals = [part[3] for part in found]
    hidden = [max(0.0, 1 - part / total) if total else 0.0 for part, total in zip(drawn, totals, strict=True)]
    return {
        "layer": layer,
        "heads": heads,
        "mass": mass,
        "query": query[order].astype(np.int32),
        "key": key[order].astype(np.int32),
        "head": head[order],
        "weight": weight[order].astype(np.float32),
        "hidden": np.array(hidden, np.float32),
        "capped": len(weight) > MOST_ARCS,
        "most": MOST_ARCS,
    }


def _strongest(
    shown: Shown, layer: int, head: int, mass: float, rows: range, columns: range
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return query, key and weight of a head's arcs, no more than could be drawn, and the sum of all its weights."""
    query, key, weight = (np.empty(0, kind) for kind in (np.int64, np.int64, np.float32))
    total = 0.0
    for start in range(rows.start, rows.stop, BLOCK):
        block = shown.rows(layer, head, start, min(start + BLOCK, rows.stop))[:, columns.start : columns.stop]
        total += float(np.abs(block).sum(dtype=np.float64))
        r, c = np.nonzero(reached(np.abs(block), mass))
        query = np.concatenate([query, r + start])
        key = np.concatenate([key, c + columns.start])
        weight = np.concatenate([weight, block[r, c]])
        if len(weight) > 4 * MOST_ARCS:  # one more than can be drawn stays, so that it is known that some were left out
            most = np.argpartition(-np.abs(weight), MOST_ARCS)[: MOST_ARCS + 1]
            query, key, weight = query[most], key[most], weight[most]
    return query, key, weight, total


def reached(sizes: np.ndarray, mass: float) -> np.ndarray:
    """Return which cells of each row are its largest ones that together reach `mass` of the row, as booleans.

    Of equal cells the first ones count. A row of zeros has none.
    """
    falling = -np.sort(-sizes, axis=1)
    sums = np.cumsum(falling, axis=1, dtype=np.float64)
    goal = sums[:, -1:] * mass
    count = np.minimum((sums < goal * (1 - 1e-9)).sum(axis=1) + 1, sizes.shape[1])
    least = falling[np.arange(len(sizes)), count - 1][:, None]
    chosen = (sizes >= least) & (sizes > 0)
    for row in np.flatnonzero(chosen.sum(axis=1) > count):
        chosen[row] = False
        chosen[row, np.argsort(-sizes[row], kind="stable")[: count[row]]] = True
    return chosen
