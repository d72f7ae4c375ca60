"""What a sheet is made of. Lengths are units of the sheet, y grows downwards, colours are "#rrggbb"."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

WIDTH = 1280
HEIGHT = 720
# The smallest text is a fiftieth of the height, so that it is read from the back row.
SMALL = 16.0

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Rect:
    """A rectangle; `hatch` is the colour of diagonal stripes over its fill."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0
    radius: float = 0.0
    hatch: str | None = None


@dataclass(frozen=True)
class Text:
    """One line of text. `y` is its baseline; `turn` turns it by degrees, clockwise, around (x, y)."""

    x: float
    y: float
    text: str
    size: float
    fill: str
    bold: bool = False
    anchor: Anchor = "start"
    turn: float = 0.0
    link: str | None = None


@dataclass(frozen=True)
class Path:
    """Lines through points; `curve` makes them cubic curves: every three points after the first are one piece."""

    points: tuple[tuple[float, float], ...]
    stroke: str | None = None
    line: float = 1.0
    fill: str | None = None
    dash: tuple[float, ...] = ()
    curve: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Circle:
    """A disc around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0


@dataclass(frozen=True)
class Picture:
    """Cells too many to draw one by one: pixels [row, column, rgb] uint8, each a sharp rectangle."""

    x: float
    y: float
    width: float
    height: float
    pixels: np.ndarray


Mark = Rect | Text | Path | Circle | Picture


@dataclass(frozen=True)
class Box:
    """Where something may be drawn."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def less(self, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> "Box":
        """Return the box with so much taken off at each side."""
        return Box(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)

    def columns(self, shares: tuple[float, ...], gap: float) -> list["Box"]:
        """Return boxes side by side whose widths are in these shares."""
        free = self.width - gap * (len(shares) - 1)
        boxes, x = [], self.x
        for share in shares:
            width = free * share / sum(shares)
            boxes.append(replace(self, x=x, width=width))
            x += width + gap
        return boxes


@dataclass(frozen=True)
class Sheet:
    """A finished picture: its marks from back to front, and its words for those who do not see it."""

    title: str
    alt: str
    background: str
    marks: tuple[Mark, ...]
    width: float = WIDTH
    height: float = HEIGHT
    caption: str = ""
    link: str = ""
    notes: tuple[str, ...] = field(default=())


def middle(centre: float, size: float) -> float:
    """Return the baseline that puts letters of this size around a height."""
    return centre + 0.34 * size
