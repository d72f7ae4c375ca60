"""Labelled horizontal bars, ranked or in an order of their own, with every number printed at its bar."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from viz.scene import Grid, Role


@dataclass(frozen=True)
class Bars:
    """Bars from top to bottom.

    - values: one number a bar, on a scale from `low` to `high`; where `low` is negative a bar starts at 0.
    - details: a sentence for each bar, told when it is under the pointer or the focus; empty for none.
    - mark: the bar that stands out, for instance the argmax.
    - pick, picks: the state field that choosing a bar writes, and what each bar writes; None where bars are only read.
    - second: another number a bar, drawn as a thin one below it, for instance a sampled frequency.
    - cut: a line after so many bars, with its label, for instance what top-k keeps.
    - log: the scale is logarithmic; `low` and `high` are then above 0, and a smaller number has no bar.
    """

    title: str
    labels: tuple[str, ...]
    values: Float[np.ndarray, "bar"]
    alt: str
    value_label: str = "value"
    details: tuple[str, ...] = ()
    unit: str = ""
    digits: int = 3
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    mark: int | None = None
    pick: str | None = None
    picks: tuple[str, ...] = ()
    second: Float[np.ndarray, "bar"] | None = None
    second_label: str = ""
    cut: int | None = None
    cut_label: str = ""
    role: Role = "plain"
    note: str = ""
    type: str = "bars"
    local: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = lengths(self.values, self.details, self.picks, self.second)
        if any(count != len(self.labels) for count in counts):
            raise ValueError(f"bars {self.title!r} need one of everything a label ({len(self.labels)}), not {counts}")
        if not np.isfinite(self.values).all() or self.high <= self.low or (self.log and self.low <= 0):
            raise ValueError(f"bars {self.title!r} need finite numbers and a scale that goes up, above 0 if it is log")

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the numbers of the bars."""
        return {"values": self.values} | ({} if self.second is None else {"second": self.second})

    def tables(self) -> list[Grid]:
        """Return label and numbers, a row for each bar."""
        columns = ("", self.value_label, *([] if self.second is None else [self.second_label]))
        numbers = zip(*self.arrays().values(), strict=True)
        rows = tuple((label, *map(float, row)) for label, row in zip(self.labels, numbers, strict=True))
        return [Grid(self.title, columns, rows)]


def lengths(*parts: Sized | None) -> list[int]:
    """Return the lengths of those optional parts of a figure that are there: neither None nor an empty tuple."""
    return [len(part) for part in parts if part is not None and not (isinstance(part, tuple) and not part)]
