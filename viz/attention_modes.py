"""What can be looked at besides one head: heads taken together, rollout, weights times values, differences.

Each is a source of rows on the positions of a trace, so that hiding, merging, windows and arcs work for all of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np

from models.errors import LecternError
from models.trace import Detail, Trace
from viz.attention_shown import Rows, Shown
from viz.words import counted

if TYPE_CHECKING:
    from viz.attention_sides import Side

Over = Literal["heads", "layers", "all"]
MOST_ROLLED = 1024


def together(trace: Trace, kind: str, how: Literal["mean", "max"], over: Over) -> Rows:
    """Return mean or maximum over the heads of the layer, over this head in all layers, or over all heads."""
    join: np.ufunc = np.add if how == "mean" else np.maximum

    def rows(layer: int, head: int, part: slice) -> np.ndarray:
        places = _places(trace, kind, layer, head, over)
        total = trace.weights(kind, *places[0], part).copy()
        for place in places[1:]:
            join(total, trace.weights(kind, *place, part), out=total)
        return total / np.float32(len(places)) if how == "mean" else total

    return rows


def _places(trace: Trace, kind: str, layer: int, head: int, over: Over) -> list[tuple[int, int]]:
    every = [(i, j) for i in range(trace.n_layers(kind)) for j in range(trace.layers[kind][i].heads)]
    if over == "heads":
        return [place for place in every if place[0] == layer]
    return every if over == "all" else [place for place in every if place[1] == head]


_ROLLED: WeakKeyDictionary[Trace, dict[str, list[np.ndarray]]] = WeakKeyDictionary()


def rollout(trace: Trace, kind: str) -> Rows:
    """Return attention rollout up to the layer: the product over layers of (mean over heads + identity) / 2.

    Source: Abnar and Zuidema 2020, section 3: half of what goes on from a layer is what came in.
    """
    if len(trace.mask(kind, 0)) > MOST_ROLLED:
        raise LecternError(
            f"Rollout multiplies whole matrices, so it takes at most {counted(MOST_ROLLED, 'token')}: shorten the text."
        )

    def rows(layer: int, head: int, part: slice) -> np.ndarray:
        known = _ROLLED.setdefault(trace, {})
        if kind not in known:
            known[kind] = _rolled(trace, kind)
        return known[kind][layer][part]

    return rows


def _rolled(trace: Trace, kind: str) -> list[np.ndarray]:
    """Return [query, input position] of each layer; rows add up to 1."""
    found: list[np.ndarray] = []
    for layer in range(trace.n_layers(kind)):
        mean = together(trace, kind, "mean", "heads")(layer, 0, slice(None))
        mixed = (mean + np.eye(len(mean), dtype=np.float32)) / 2
        mixed /= mixed.sum(axis=1, keepdims=True)
        found.append(mixed @ found[-1] if found else mixed)
    return found


def times_value_norm(trace: Trace, kind: str) -> Rows:
    """Return each weight times the length of what it brings: ‖w · (x W_V + b_V) W_O‖, where W_O is known.

    Source: Kobayashi et al. 2020, equation 6. Without W_O the length of the value itself is taken; see `norm_note`.
    """

    def rows(layer: int, head: int, part: slice) -> np.ndarray:
        value, detail = trace.value(kind, layer, head), trace.details.get(kind)
        known = isinstance(detail, Detail) and detail.layer == layer
        brought = value @ detail.heads[head].w_o if known else value  # type: ignore[union-attr]
        return trace.weights(kind, layer, head, part) * np.linalg.norm(brought, axis=1).astype(np.float32)

    return rows


def norm_note(trace: Trace, kind: str) -> str:
    """Say what a weight is multiplied by."""
    if isinstance(trace.details.get(kind), Detail):
        return "Each weight is multiplied by the length of what it brings, (x W_V + b_V) W_O (Kobayashi et al. 2020)."
    return (
        "Each weight is multiplied by the length of the value it reads: W_O could not be told apart in this "
        "architecture, so this is not quite the measure of Kobayashi et al. 2020."
    )


@dataclass(frozen=True)
class Difference(Shown):
    """One matrix minus another, cell by cell: of two heads, or of the same head in two texts or models."""

    signed: bool = True
    other: Shown | None = None
    place: tuple[int, int] | None = None

    def rows(self, layer: int, head: int, start: int, stop: int) -> np.ndarray:
        """Return the difference of these shown rows."""
        mine = super().rows(layer, head, start, stop)
        if self.other is None:
            return mine
        return mine - self.other.rows(*(self.place or (layer, head)), start, stop)


def difference(one: Shown, other: Shown, place: tuple[int, int] | None, *, same_tokens: bool) -> Difference:
    """Return one minus another; raises a sentence where their cells do not stand for the same places."""
    if one.shape != other.shape:
        raise LecternError(
            f"A difference needs as many tokens on both sides, and these have {one.shape[0]} and {other.shape[0]}: "
            "change a word, and keep the number of tokens."
        )
    if same_tokens and _tokens(one.sides) != _tokens(other.sides):
        raise LecternError(
            "A difference of two models needs the same tokens from both, and these cut the text differently: choose a "
            "model with the same vocabulary."
        )
    last = (other.layers - 1, other.heads - 1)
    if place is None and (one.layers, one.heads) != (other.layers, other.heads):
        raise LecternError(
            f"These models have {one.layers} layers of {one.heads} heads and {other.layers} of {other.heads}: a "
            "difference needs as many of both."
        )
    if place is not None and (place[0] > last[0] or place[1] > last[1]):
        raise LecternError(f"There is no head {place[0]}.{place[1]} to subtract: the last one is {last[0]}.{last[1]}.")
    return Difference(one.trace, one.kind, one.special, one.words, other=other, place=place)


def _tokens(pair: tuple["Side", "Side"]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return pair[0].tokens, pair[1].tokens
