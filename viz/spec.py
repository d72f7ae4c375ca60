"""What to draw: figures as plain data. The page draws them, exports write them, and tests read them."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from models.head_measures import Measure
from viz.bars import Bars
from viz.chips import Chips
from viz.scene import Grid, Role, Walk
from viz.vectors import Vectors

MOST_CELLS = 65_536


@dataclass(frozen=True)
class Heads:
    """The attention figure: one head as a matrix and as arcs, and an overview of all heads to choose from.

    - weights: [query, key] of the chosen head, float32. Sent only where it has at most MOST_CELLS cells, else
    - pooled: the same as bytes, max-pooled to at most 512 pixels a side; 255 stands for `pooled_high`.
    - overview: [layer, head, pooled query, pooled key] as bytes, 255 standing for `overview_high`; max-pooled, so
      that a single bright cell survives.
    - statistics: by the key of one of the `measures`, [layer, head]; patterns: the heads whose habit has a name.
    - blocks: for a pair of sentences, where the second starts, and how much weight goes from each to each.
    - all: [layer, head, query, key] for figures that leave the server, so that every head can still be chosen.
    - origin: which of the view's forward passes this is, for the route that sends other heads.
    - mode: what the numbers are: the weights of a head, or how they were made from several; `signed` if some are
      negative: then bytes from 1 to 255 stand for -high to high, and 128 for 0.
    - inspect: whether the cell inspector has something to say; ablated: the [layer, head] that are switched off.
    - mass: the share of each query's weight that arcs show, 0 for as much as can be read; keeps: the fields of the
      state in which the page keeps what the reader set (that share, the heads of the arcs, the part that is seen, what
      heads are sorted by, the locked cell).
    """

    title: str
    kind: str
    causal: bool
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    query_special: tuple[bool, ...]
    key_special: tuple[bool, ...]
    query_segments: tuple[int, ...]
    key_segments: tuple[int, ...]
    layers: int
    heads: int
    layer: int
    head: int
    weights: np.ndarray
    overview: np.ndarray | None
    overview_high: float
    alt: str
    panels: tuple[str, ...] = ("matrix", "arcs", "overview")
    notes: tuple[str, ...] = ()
    all: np.ndarray | None = None
    origin: int = 0
    pooled: np.ndarray | None = None
    pooled_high: float = 1.0
    statistics: dict[str, np.ndarray] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    patterns: tuple[dict[str, Any], ...] = ()
    blocks: dict[str, Any] | None = None
    mode: str = "head"
    signed: bool = False
    inspect: bool = False
    ablated: tuple[tuple[int, int], ...] = ()
    mass: float = 0.0
    keeps: tuple[str, ...] = ()
    type: str = "heads"
    local: tuple[str, ...] = ("layer", "head")

    def wire(self) -> dict[str, Any]:
        """Return what is sent to the page: everything but a matrix with more cells than it could show as numbers."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        return told if self.weights.size <= MOST_CELLS else told | {"weights": None}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the chosen head's weights."""
        return {"weights": self.weights}

    def tables(self) -> list[Grid]:
        """Return the chosen head's weights, one row a query."""
        rows = tuple((token, *map(float, row)) for token, row in zip(self.queries, self.weights, strict=True))
        return [Grid(f"{self.title}, layer {self.layer}, head {self.head}", ("query", *self.keys), rows)]


@dataclass(frozen=True)
class Plot:
    """A plotly figure: traces and layout as plain data, with colours by role ("role:query", "series:0")."""

    title: str
    data: tuple[dict[str, Any], ...]
    layout: dict[str, Any]
    alt: str
    table: Grid
    type: str = "plot"
    local: tuple[str, ...] = ()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the numeric columns of the table behind the plot."""
        columns = zip(*self.table.rows, strict=True)
        named = zip(self.table.columns, columns, strict=False)
        return {name: np.array(c) for name, c in named if all(isinstance(x, int | float) for x in c)}

    def tables(self) -> list[Grid]:
        """Return the table behind the plot."""
        return [self.table]


@dataclass(frozen=True)
class Page:
    """A whole HTML page in a frame without access to ours: BertViz's own views."""

    title: str
    html: str
    height: int
    alt: str
    type: str = "page"
    local: tuple[str, ...] = ()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return nothing: the page draws what another tool computed from the same weights."""
        return {}

    def tables(self) -> list[Grid]:
        """Return nothing, see `arrays`."""
        return []


Figure = Walk | Heads | Plot | Page | Bars | Chips | Vectors


@dataclass(frozen=True)
class Term:
    """One piece of a formula, tied to what shows it.

    - term: the name by which a step of the walkthrough lights it up.
    - at: the figure that shows it, and for chips the row, counted from 0: (2,) or (0, 1).
    """

    text: str
    role: Role = "plain"
    term: str | None = None
    style: Literal["sub", "sup"] | None = None
    at: tuple[int, ...] | None = None


def tied(formula: tuple[Term, ...], **places: tuple[int, ...]) -> tuple[Term, ...]:
    """Return a formula whose terms, by name, are shown at these places as well."""
    return tuple(replace(term, at=places.get(term.term or "", term.at)) for term in formula)


@dataclass(frozen=True)
class Link:
    """A reference: what it is and where it is found, if it is on the web."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Spec:
    """What a view shows for one state: figures side by side, words around them.

    - caption: what an export prints below the picture: model, layer, head, text, what the colours mean.
    - limits: the largest value of a number in this model, by field.
    - changed: fields that had to be corrected, with the value that is shown.
    - code: Python that makes these numbers with plain transformers, to copy; empty where there is none.
    - filled: what controls show for fields that are empty because something else fills them; not part of the link.
    """

    figures: tuple[Figure, ...]
    alt: str
    caption: str
    formula: tuple[Term, ...] = ()
    code: str = ""
    notices: tuple[str, ...] = ()
    limits: dict[str, int] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
