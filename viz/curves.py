"""Curves over positions or layers, as a plot with its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from viz.scene import Grid
from viz.spec import Plot

BY_LAYER = "layer (0: embedding output)"
MOST_TICKS = 14


@dataclass(frozen=True)
class Curve:
    """One line: a number for every place; a place whose number is not finite is left out."""

    name: str
    values: np.ndarray
    colour: str = ""
    dash: str = "solid"


def curves(
    title: str,
    drawn: Sequence[Curve],
    *,
    alt: str,
    x: str = BY_LAYER,
    y: str,
    places: Sequence[str] | None = None,
    named: Mapping[int, str] | None = None,
    marked: int | None = None,
    height: int = 340,
    **axis: Any,
) -> Plot:
    """Return the curves in one plot; `places` names their points, else they are counted from 0.

    named: what the axis says at some places, instead of the names of as many as there is room for; marked: the place
    at which a line stands; axis: plotly's own settings of the upright axis.
    """
    count = len(drawn[0].values)
    names = list(places or range(count))
    rows = tuple((name, *(_cell(curve.values[i]) for curve in drawn)) for i, name in enumerate(names))
    data = tuple(_line(curve, names, i) for i, curve in enumerate(drawn) if np.isfinite(curve.values).any())
    ticks: dict[str, Any] = {"type": "category", "nticks": 12} if places else {"dtick": 1 if count <= MOST_TICKS else 4}
    if named:
        ticks |= {"tickvals": list(named), "ticktext": list(named.values()), "tickangle": 0}
    layout = {
        "xaxis": {"title": {"text": x}, **ticks},
        "yaxis": {"title": {"text": y}, **axis},
        "height": height,
        **({} if marked is None else {"shapes": [_upright(marked)]}),
    }
    return Plot(title, data, layout, alt, Grid(title, (x, *(curve.name for curve in drawn)), rows))


def _cell(value: float) -> object:
    return float(value) if np.isfinite(value) else ""


def _line(curve: Curve, names: list, series: int) -> dict[str, Any]:
    kept = [(name, float(value)) for name, value in zip(names, curve.values, strict=True) if np.isfinite(value)]
    colour = curve.colour or f"series:{series}"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": curve.name,
        "x": [name for name, _ in kept],
        "y": [value for _, value in kept],
        "line": {"color": colour, "width": 3, "dash": curve.dash},
        "marker": {"size": 8, "color": colour, "symbol": series},
        "hovertemplate": "%{x}: %{y:.3f}",
    }


def _upright(place: int) -> dict[str, Any]:
    line = {"color": "role:accent", "width": 2, "dash": "dash"}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line}
