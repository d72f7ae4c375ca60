"""Tokens as chips, in one row or several, with what belongs to each printed below it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from viz.bars import lengths
from viz.scene import Grid, Role


@dataclass(frozen=True)
class ChipRow:
    """One row of tokens.

    - ids: the rows of the vocabulary, printed below; values: numbers printed below.
    - shades: 0 to 1, the colour of each chip.
    - special: added by the tokenizer; marked: positions that stand out; groups: chips of one group hang together,
      for instance the pieces of a word, None for a chip of its own.
    - details: a sentence for each chip; picks: what choosing a chip writes into the figure's `pick` field.
    """

    label: str
    texts: tuple[str, ...]
    role: Role = "plain"
    ids: tuple[int, ...] = ()
    values: Float[np.ndarray, "chip"] | None = None
    value_label: str = "value"
    digits: int = 2
    shades: Float[np.ndarray, "chip"] | None = None
    special: tuple[bool, ...] = ()
    marked: tuple[int, ...] = ()
    groups: tuple[int | None, ...] = ()
    details: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = (self.ids, self.values, self.shades, self.special, self.groups, self.details, self.picks)
        counts = lengths(*parts)
        if any(count != len(self.texts) for count in counts):
            raise ValueError(f"row {self.label!r} needs one of everything a token ({len(self.texts)}), not {counts}")

    def table(self) -> Grid:
        """Return position, token, id and value, a row for each chip."""
        parts = {
            "position": range(len(self.texts)),
            "token": self.texts,
            "id": self.ids or None,
            self.value_label: None if self.values is None else [float(value) for value in self.values],
        }
        given = {name: part for name, part in parts.items() if part is not None}
        return Grid(self.label, tuple(given), tuple(zip(*given.values(), strict=True)))


@dataclass(frozen=True)
class Links:
    """Lines from the chips of one row to those of another, each as strong as its weight; both ways."""

    start: int
    end: int
    weights: Float[np.ndarray, "start end"]


@dataclass(frozen=True)
class Chips:
    """Rows of chips; `pick` is the state field that choosing one writes, None where chips are only read."""

    title: str
    rows: tuple[ChipRow, ...]
    alt: str
    pick: str | None = None
    links: Links | None = None
    note: str = ""
    type: str = "chips"
    local: tuple[str, ...] = ()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return ids and values by the place of their row, and the weights of the links."""
        ids = {f"ids{i}": np.array(row.ids, np.int32) for i, row in enumerate(self.rows) if row.ids}
        values = {f"values{i}": row.values for i, row in enumerate(self.rows) if row.values is not None}
        return ids | values | ({} if self.links is None else {"links": self.links.weights})

    def tables(self) -> list[Grid]:
        """Return a table for each row of chips, and one for the links."""
        tables = [row.table() for row in self.rows]
        return tables if self.links is None else [*tables, self._links(self.links)]

    def _links(self, links: Links) -> Grid:
        start, end = self.rows[links.start], self.rows[links.end]
        rows = tuple((text, *map(float, row)) for text, row in zip(start.texts, links.weights, strict=True))
        return Grid(f"{start.label} to {end.label}", ("", *end.texts), rows)
