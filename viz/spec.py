"""What to draw: figures as plain data. The page draws them, exports write them, and tests read them."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from viz.scene import Grid, Role, Walk


@dataclass(frozen=True)
class Heads:
    """The attention figure: one head as a matrix and as arcs, and an overview of all heads to choose from.

    - weights: [query, key] of the chosen head, float32.
    - overview: [layer, head, pooled query, pooled key] as bytes, 255 standing for `overview_high`; max-pooled, so
      that a single bright cell survives.
    - all: [layer, head, query, key] for figures that leave the server, so that every head can still be chosen.
    - origin: which of the view's forward passes this is, for the route that sends other heads.
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
    type: str = "heads"
    local: tuple[str, ...] = ("layer", "head")

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


Figure = Walk | Heads | Plot | Page


@dataclass(frozen=True)
class Term:
    """One piece of a formula; `term` is the name by which a step lights it up."""

    text: str
    role: Role = "plain"
    term: str | None = None
    style: Literal["sub", "sup"] | None = None


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
    - filled: what controls show for fields that are empty because something else fills them; not part of the link.
    """

    figures: tuple[Figure, ...]
    alt: str
    caption: str
    formula: tuple[Term, ...] = ()
    notices: tuple[str, ...] = ()
    limits: dict[str, int] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
