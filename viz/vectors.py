"""Arrows in the plane: vectors of two numbers, to be read and to be dragged."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from viz.scene import Grid, Role


@dataclass(frozen=True)
class Vectors:
    """Arrows from the origin, on a square from `low` to `high`.

    - roles: the colour of each arrow.
    - fields: the state field that holds each arrow as "x,y", those of one field as its rows "x,y;x,y"; None for one
      that cannot be moved.
    - step: how far an arrow key moves an arrow, and what a drag is rounded to.
    - angle: the two arrows between which the angle is drawn at first; then it is that of the arrow touched last.
    """

    title: str
    labels: tuple[str, ...]
    points: Float[np.ndarray, "arrow 2"]
    alt: str
    roles: tuple[Role, ...]
    fields: tuple[str | None, ...]
    low: float = -5.0
    high: float = 5.0
    step: float = 0.5
    angle: tuple[int, int] | None = None
    note: str = ""
    type: str = "vectors"
    local: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = {len(self.labels), len(self.points), len(self.roles), len(self.fields)}
        if len(counts) != 1 or self.points.shape[1:] != (2,) or not np.isfinite(self.points).all():
            raise ValueError(f"vectors {self.title!r} need a label, a role, a field and two finite numbers each")

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrows, [arrow, (x, y)]."""
        return {"points": self.points}

    def tables(self) -> list[Grid]:
        """Return x and y, a row for each arrow."""
        rows = tuple((label, float(x), float(y)) for label, (x, y) in zip(self.labels, self.points, strict=True))
        return [Grid(self.title, ("", "x", "y"), rows)]
