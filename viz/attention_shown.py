"""Attention weights as they are shown, any rows of any head: special tokens hidden or not, sub-words merged or not.

Nothing here holds more than the rows that are asked for: of a long text, a head is many megabytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.errors import LecternError
from models.measures import hide, merge_words, pool_starts, pooled
from viz.attention_sides import Side, Special, sides, word_groups
from viz.spec import MOST_CELLS

if TYPE_CHECKING:
    from models.trace import Trace

EXACT = MOST_CELLS  # a window with more cells is pooled
MOST_PIXELS = 512
BLOCK = 128  # rows at a time


# [row, key] numbers of a layer and a head, some rows at a time, on the positions of a trace.
Rows = Callable[[int, int, slice], np.ndarray]


@dataclass(frozen=True)
class Shown:
    """One kind of attention of a trace as it is shown; `numbers` gives something else than the weights of a head."""

    trace: "Trace"
    kind: str
    special: Special = "show"
    words: bool = False
    numbers: Rows | None = None
    signed: bool = False

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """The shown tokens: queries and keys."""
        if self.special == "show" and not self.words:
            return sides(self.trace, self.kind)
        query, key = (side.only(side.kept(self.special)) for side in sides(self.trace, self.kind))
        return (query.merged(), key.merged()) if self.words else (query, key)

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return self.trace.n_layers(self.kind)

    @property
    def heads(self) -> int:
        """How many heads a layer has."""
        return self.trace.n_heads(self.kind)

    @property
    def shape(self) -> tuple[int, int]:
        """How many queries and keys are shown."""
        return len(self.sides[0].tokens), len(self.sides[1].tokens)

    def rows(self, layer: int, head: int, start: int, stop: int) -> np.ndarray:
        """Return [row, key] numbers of the shown rows from start to stop."""
        if self.special == "show" and not self.words:
            return self._numbers(layer, head, slice(start, stop))
        groups = self._groups[0][start:stop]
        places = self._places[0][groups[0][0] : groups[-1][-1] + 1]
        block = self._numbers(layer, head, slice(places[0], places[-1] + 1))[places - places[0]]
        every = np.ones(len(block), bool)
        kept = hide(block, every, self._kept_keys, renormalise=self.special == "renormalise")
        if not self.words:
            return kept
        own = [[place - groups[0][0] for place in group] for group in groups]
        return merge_words(kept, own, self._groups[1])

    def seen_rows(self, layer: int, head: int, start: int, stop: int) -> np.ndarray:
        """Return the same rows of weights, perhaps without the last keys, where those are hidden from all of them."""
        if self.special != "show" or self.words or self.numbers is not None:
            return self.rows(layer, head, start, stop)
        return self.trace.layers[self.kind][layer].seen_weights(head, slice(start, stop))

    def pieces(self, query: int, key: int) -> tuple[list[int], list[int]]:
        """Return the positions in the trace that a shown query and a shown key are made of."""
        found = zip(self._places, self._groups, (query, key), strict=True)
        rows, columns = ([int(places[i]) for i in groups[at]] for places, groups, at in found)
        return rows, columns

    def _numbers(self, layer: int, head: int, rows: slice) -> np.ndarray:
        if self.numbers is not None:
            return self.numbers(layer, head, rows)
        return self.trace.weights(self.kind, layer, head, rows)

    @cached_property
    def _kept_keys(self) -> np.ndarray:
        return sides(self.trace, self.kind)[1].kept(self.special)

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """The positions that are kept, of queries and of keys."""
        query, key = (np.flatnonzero(side.kept(self.special)) for side in sides(self.trace, self.kind))
        return query, key

    @cached_property
    def _groups(self) -> tuple[list[list[int]], list[list[int]]]:
        """Which of the kept positions each shown token is made of."""
        query, key = (side.only(side.kept(self.special)) for side in sides(self.trace, self.kind))
        if not self.words:
            return [[i] for i in range(len(query.tokens))], [[i] for i in range(len(key.tokens))]
        return word_groups(query.words), word_groups(key.words)


def blocks(count: int, starts: np.ndarray, most: int = BLOCK) -> Iterator[tuple[int, int]]:
    """Yield first and last pooled row of blocks of about `most` rows; `starts` says where each pooled row starts."""
    per = max(1, most * len(starts) // count)
    for first in range(0, len(starts), per):
        yield first, min(first + per, len(starts))


def pool(shown: Shown, layer: int, head: int, rows: range, columns: range, size: int) -> np.ndarray:
    """Return a window of a head pooled to at most `size` blocks a side: each keeps its largest number.

    Where numbers have a sign, a block keeps the one that is furthest from 0.
    """
    if max(len(rows), len(columns)) <= size:
        return shown.rows(layer, head, rows.start, rows.stop)[:, columns.start : columns.stop]
    tall, wide = pool_starts(len(rows), size), pool_starts(len(columns), size)
    result = np.empty((len(tall), len(wide)), np.float32)
    for first, last in blocks(len(rows), tall):
        start, stop = tall[first], tall[last] if last < len(tall) else len(rows)
        part = shown.rows(layer, head, rows.start + int(start), rows.start + int(stop))[:, columns.start : columns.stop]
        result[first:last] = furthest(part, tall[first:last] - start, wide, shown.signed)
    return result


def furthest(part: np.ndarray, rows: np.ndarray, columns: np.ndarray, signed: bool) -> np.ndarray:
    """Return the largest number in each block, or the one furthest from 0."""
    high = pooled(part, rows, columns)
    if not signed:
        return high
    low = -pooled(-part, rows, columns)
    return np.where(-low > high, low, high)


def whole(shown: Shown, layer: int, head: int) -> np.ndarray:
    """Return [query, key] numbers of a whole head, float32."""
    return shown.rows(layer, head, 0, shown.shape[0]).astype(np.float32, copy=False)


def as_bytes(numbers: np.ndarray, high: float, signed: bool) -> np.ndarray:
    """Return numbers from 0 to `high` as bytes from 0 to 255; signed ones as 1 to 255, with 128 for 0."""
    scaled = numbers * np.float32((127 if signed else 255) / high)
    if signed:
        scaled += np.float32(128)
    return np.rint(scaled, out=scaled).astype(np.uint8)


def brightest(numbers: np.ndarray) -> float:
    """Return the largest absolute number, 1 where all are 0."""
    return float(max(numbers.max(initial=0), -numbers.min(initial=0))) or 1.0


def window(
    shown: Shown, layer: int, head: int, rows: range, columns: range, size: int = MOST_PIXELS
) -> dict[str, object]:
    """Return a part of a head: exact where it has at most EXACT cells, else as bytes, pooled to `size` pixels.

    `high` is the weight that 255 stands for (with a sign: 1 to 255 stand for -high to high, and 128 for 0).
    """
    told: dict[str, object] = {"layer": layer, "head": head, "rows": [rows.start, rows.stop]}
    told |= {"columns": [columns.start, columns.stop], "signed": shown.signed}
    if len(rows) * len(columns) <= EXACT:
        part = shown.rows(layer, head, rows.start, rows.stop)[:, columns.start : columns.stop]
        return told | {"weights": part.astype(np.float32, copy=False), "pooled": None, "high": brightest(part)}
    part = pool(shown, layer, head, rows, columns, size)
    high = brightest(part)
    return told | {"weights": None, "pooled": as_bytes(part, high, shown.signed), "high": high}


def checked(shown: Shown, layer: int, head: int) -> None:
    """Raise a sentence for a layer or a head that is not there."""
    if not (0 <= layer < shown.layers and 0 <= head < shown.heads):
        raise LecternError(
            f"There is no layer {layer}, head {head}: this model has layers 0 to {shown.layers - 1} and heads 0 to "
            f"{shown.heads - 1}."
        )
