"""Scaled scores + mask = masked scores, then softmax, as a walkthrough; and what goes wrong with 0 instead of −∞."""

import numpy as np

from viz.matrices import Matrices
from viz.scene import QUERY_BY_KEY, SHARES, Add, Look, Softmax, Step, Walk, Where, signed
from viz.words import counted, quote

MOST_EDITABLE = 16
ABOUT_MASK = "The mask holds 0 where a query may look and −∞ where it may not. Press a cell to switch it."


def blind(mask: np.ndarray, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence where a row may look at nothing."""
    rows = [label for label, row in zip(labels, mask, strict=True) if np.isneginf(row).all()]
    if not rows:
        return ()
    return (f"{quote(rows[0])} may look at nothing: its softmax is 0 divided by 0, which is shown as weights of 0.",)


def mask_walk(
    scores: np.ndarray,
    mask: np.ndarray,
    labels: tuple[str, ...],
    *,
    source: str,
    digits: int,
    edit_scores: bool = False,
    sink: float | None = None,
) -> Walk:
    """Return the steps from scaled scores to weights, and what 0 instead of −∞ would let through."""
    look: Look = {**QUERY_BY_KEY, **signed(scores), "digits": digits}
    shares: Look = {**QUERY_BY_KEY, **SHARES}
    switch: Look = {**QUERY_BY_KEY, "edit": "mask" if len(labels) <= MOST_EDITABLE else None, "digits": 0}
    m = Matrices()
    m.given("scores", "Scaled scores", scores, labels, labels, source, edit="scores" if edit_scores else None, **look)
    m.given("mask", "Mask", mask, labels, labels, ABOUT_MASK, choices=(0.0, float("-inf")), **switch)
    m.derive("masked", "Masked scores", Add("scores", "mask"), labels, labels, **look)
    m.derive("weights", "Attention weights", Softmax("masked", sink), labels, labels, **shares)
    m.derive("zeroed", "0 instead of −∞", Where("scores", "mask", 0.0), labels, labels, **look)
    m.derive("leaked", "Weights that leak", Softmax("zeroed", sink), labels, labels, **shares)
    alt = f"Scores, mask, masked scores and weights of {counted(len(labels), 'token')}, as four matrices in steps."
    return Walk("Masked scores", m, _steps(m, labels), alt)


def _steps(m: Matrices, labels: tuple[str, ...]) -> tuple[Step, ...]:
    return (
        Step("Scaled scores", _about_scores(m["scores"].values), ("scores",), term="scores"),
        Step(
            "The mask",
            f"{int(np.isneginf(m['mask'].values).sum())} cells of the mask are −∞: there a query may not look.",
            ("scores", "+", "mask"),
            term="mask",
        ),
        Step(
            "Masked scores",
            f"{_reach(m['mask'].values, labels)} A score plus −∞ is −∞.",
            ("scores", "+", "mask", "=", "masked"),
            focus=_first_hidden(m["mask"].values),
            term="mask",
        ),
        Step(
            "Softmax by row",
            "Softmax takes e to the power of each score. For −∞ that is 0: a hidden position gets a weight of 0, "
            "and each row still adds up to 1.",
            ("masked", "→", "weights"),
            term="softmax",
        ),
        Step("Zero is not hidden", _about_leak(m), ("zeroed", "→", "leaked", "≠", "weights"), term="softmax"),
    )


def _about_scores(scores: np.ndarray) -> str:
    sums = np.isclose(scores.sum(axis=1), 1.0) & (scores >= 0).all(axis=1)
    if sums.any():
        return "Some rows already add up to 1, but these are scores and not weights: softmax is still to come."
    return "One row for each query, one column for each key: how well they match, divided by √d."


def _reach(mask: np.ndarray, labels: tuple[str, ...]) -> str:
    row = min(2, len(labels) - 1)
    seen = [quote(label) for label, hidden in zip(labels, np.isneginf(mask[row]), strict=True) if not hidden]
    if len(seen) == len(labels):
        return f"{quote(labels[row])} may look at every position."
    if not seen:
        return f"{quote(labels[row])} may look at nothing."
    return f"{quote(labels[row])} may look at {', '.join(seen)}. The rest is hidden."


def _first_hidden(mask: np.ndarray) -> tuple[tuple[str, int, int], ...]:
    hidden = np.argwhere(np.isneginf(mask))
    if not len(hidden):
        return ()
    row, column = map(int, hidden[len(hidden) - 1])
    return (("masked", row, column),)


def _about_leak(m: Matrices) -> str:
    hidden = np.isneginf(m["mask"].values)
    if not hidden.any():
        return "Nothing is hidden here, so both are the same. Choose another mask."
    leak = np.where(hidden, m["leaked"].values, 0).sum(axis=1)
    row = int(leak.argmax())
    return (
        f"For 0, e to the power of it is 1. With 0 in the hidden cells, {quote(m['leaked'].rows[row])} would give "
        f"{leak[row]:.0%} of its attention to what it must not see."
    )
