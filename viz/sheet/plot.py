"""A chart on a sheet: the few kinds of plotly traces that our views use, drawn without plotly.

Scatter (lines, markers, text), bars upright or lying, heatmaps; axes linear, logarithmic or of names; lines and notes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from viz.sheet.axes import Axis, axis_of
from viz.sheet.fonts import cut, width
from viz.sheet.marks import SMALL, Box, Circle, Mark, Path, Picture, Rect, Text, middle
from viz.sheet.palette import Palette, mix, pixels
from viz.sheet.told import Ramp, Told
from viz.spec import Plot
from viz.state import State
from viz.words import number

LEGEND = 28.0
Trace = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """Where numbers stand on the sheet."""

    box: Box
    x: Axis
    y: Axis

    def at(self, x: object, y: object) -> tuple[float, float]:
        """Return the point of the sheet for a point of the chart."""
        return self.box.x + self.x.share(x) * self.box.width, self.box.bottom - self.y.share(y) * self.box.height


def told(figure: Plot, state: State) -> Told:
    """Return the words of a chart."""
    maps = [trace for trace in figure.data if trace.get("type") == "heatmap"]
    ramps = tuple(_ramp(trace, figure.title) for trace in maps)
    return Told(figure.title, figure.table.title if figure.table.title != figure.title else "", ramps=ramps)


def _ramp(trace: Trace, title: str) -> Ramp:
    low, high = _ends(trace)
    colour = "signed" if trace.get("colorscale") == "scale:signed" else "weight"
    bar = trace.get("colorbar") or {}
    named = bar.get("title") or {}
    what = named.get("text") if isinstance(named, dict) else named
    return Ramp(colour, low, high, str(what or trace.get("name") or title))  # type: ignore[arg-type]


def paint(figure: Plot, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks of a chart: grid, data, notes and legend."""
    traces = [trace for trace in figure.data if trace.get("visible", True) is True]
    named = [t for t in traces if t.get("name") and t.get("type") != "heatmap" and t.get("showlegend", True)]
    keys = named if len(named) > 1 else []
    lines = _legend_lines(keys, box.width)
    frame = _frame(figure, traces, box.less(top=LEGEND * len(lines) + 6))
    marks: list[Mark] = [*_legend(lines, box, traces, colours), *_grid(figure, frame, colours)]
    for place, trace in enumerate(traces):
        marks += PAINTERS.get(trace.get("type", "scatter"), _scatter)(trace, place, frame, colours, traces)
    return [*marks, *_shapes(figure, frame, colours), *_notes(figure, frame, colours)]


def listed(thing: Any) -> list:
    """Return a column of a trace as a list, whatever it is held in."""
    return [] if thing is None else thing.tolist() if isinstance(thing, np.ndarray) else list(thing)


def colour_of(thing: object, place: int, colours: Palette) -> str:
    """Return a colour by role, series or hex; the place in the series where it is none of these."""
    if isinstance(thing, str):
        kind, _, name = thing.partition(":")
        if thing == "role:faint":
            return mix(colours["paper"], colours["soft"], 0.5)
        if kind == "role" and name in colours.colours:
            return colours[name]
        if kind == "series":
            return colours[f"series-{int(name) % 8}"]
        if len(thing) == 7 and thing.startswith("#"):
            return thing
    return colours[f"series-{place % 8}"]


def _frame(figure: Plot, traces: list[Trace], box: Box) -> Frame:
    layout = figure.layout
    x = axis_of(list(_along(traces, "x")), layout.get("xaxis", {}), _pad(traces, "x"))
    y = axis_of(list(_along(traces, "y")), layout.get("yaxis", {}), _pad(traces, "y"))
    left = max([width(text, SMALL) for _, text in y.marks(8)] or [20.0])
    left = min(left, 0.4 * box.width) + 14 + (26 if _axis_title(layout, "yaxis") else 0)
    inner = box.less(left=left, top=8, right=16, bottom=30 + (26 if _axis_title(layout, "xaxis") else 0))
    same = layout.get("yaxis", {}).get("scaleanchor") == "x"
    return _square(inner, x, y) if same else Frame(inner, x, y)


def _square(box: Box, x: Axis, y: Axis) -> Frame:
    """Make a unit of both axes the same length, by widening the range of the one that has room."""
    unit = min(box.width / ((x.high - x.low) or 1), box.height / ((y.high - y.low) or 1))

    def widened(axis: Axis, room: float) -> Axis:
        middle_, half = (axis.low + axis.high) / 2, room / unit / 2
        return Axis(middle_ - half, middle_ + half, step=axis.step)

    return Frame(box, widened(x, box.width), widened(y, box.height))


def _along(traces: list[Trace], axis: str) -> Iterator[object]:
    for trace in traces:
        if trace.get("type") == "heatmap":
            shape = np.shape(trace["z"])
            yield from listed(trace.get(axis)) or list(range(shape[1] if axis == "x" else shape[0]))
        else:
            yield from listed(trace.get(axis))
        if trace.get("type") == "bar" and axis == ("x" if trace.get("orientation") == "h" else "y"):
            yield 0


def _pad(traces: list[Trace], axis: str) -> float:
    """Return how much of the range stays free at each end: half a bar, half a cell, room for labels."""
    kinds = {trace.get("type", "scatter") for trace in traces}
    if kinds == {"heatmap"}:
        counts = [np.shape(trace["z"])[1 if axis == "x" else 0] for trace in traces]
        return 0.5 / max(1, max(counts) - 1)
    if "bar" in kinds:
        return 0.08
    texts = any("text" in str(trace.get("mode", "")) for trace in traces)
    return 0.14 if texts else 0.05


def _axis_title(layout: dict, axis: str) -> str:
    title = layout.get(axis, {}).get("title") or ""
    return str(title.get("text") or "") if isinstance(title, dict) else str(title)


def _grid(figure: Plot, frame: Frame, colours: Palette) -> list[Mark]:
    box = frame.box
    marks: list[Mark] = []
    longest = max([width(text, SMALL) for _, text in frame.x.marks(10)] or [20.0])
    for share, text in frame.x.marks(max(2, min(16, int(box.width / (longest + 16))))):
        if not -0.001 <= share <= 1.001:
            continue
        x = box.x + share * box.width
        marks.append(Path(((x, box.y), (x, box.bottom)), colours["line"], 1))
        marks.append(Text(x, box.bottom + 20, cut(text, SMALL, box.width / 2), SMALL, colours["soft"], anchor="middle"))
    for share, text in frame.y.marks(max(2, int(box.height / (34 if not frame.y.names else 20)))):
        if not -0.001 <= share <= 1.001:
            continue
        y = box.bottom - share * box.height
        marks.append(Path(((box.x, y), (box.right, y)), colours["line"], 1))
        label = cut(text, SMALL, 0.4 * (box.x + box.width))
        marks.append(Text(box.x - 8, middle(y, SMALL), label, SMALL, colours["soft"], anchor="end"))
    across, up = _axis_title(figure.layout, "xaxis"), _axis_title(figure.layout, "yaxis")
    if across:
        centre = box.x + box.width / 2
        marks.append(Text(centre, box.bottom + 46, cut(across, 18, box.width), 18, colours["ink"], anchor="middle"))
    if up:
        left = box.x - 14 - max([width(text, SMALL) for _, text in frame.y.marks(8)] or [20.0])
        label = cut(up, 18, box.height)
        marks.append(Text(left, box.y + box.height / 2, label, 18, colours["ink"], anchor="middle", turn=-90))
    return marks


def _scatter(trace: Trace, place: int, frame: Frame, colours: Palette, traces: list[Trace]) -> list[Mark]:
    xs, ys = listed(trace.get("x")), listed(trace.get("y"))
    mode = str(trace.get("mode") or "lines+markers")
    marks: list[Mark] = []
    if "lines" in mode:
        for piece in _pieces(xs, ys, frame):
            line = trace.get("line") or {}
            ink = colour_of(line.get("color"), place, colours)
            dash = DASHES.get(str(line.get("dash")), ())
            marks.append(Path(tuple(piece), ink, 1.3 * float(line.get("width", 2.5)), dash=dash))
    for index, (x, y) in enumerate(zip(xs, ys, strict=False)):
        if y is None or x is None:
            continue
        marks += _point(trace, index, frame.at(x, y), mode, place, frame, colours)
    return marks


def _point(
    trace: Trace, index: int, point: tuple[float, float], mode: str, place: int, frame: Frame, colours: Palette
) -> list[Mark]:
    marker = trace.get("marker") or {}
    ink = marker.get("color", (trace.get("line") or {}).get("color"))
    ink = ink[index] if isinstance(ink, list | tuple) else ink
    size = marker.get("size", 8)
    size = float(size[index] if isinstance(size, list | tuple) else size)
    fill = _marker_ink(ink, marker, place, colours)
    marks: list[Mark] = []
    if "markers" in mode:
        symbol = marker.get("symbol")
        symbol = symbol[index] if isinstance(symbol, list | tuple) else symbol
        marks.append(_symbol(symbol, *point, 0.6 * size, fill, colours))
    texts = trace.get("text")
    if "text" in mode and texts is not None:
        text = texts if isinstance(texts, str) else listed(texts)[index]
        marks += _label(str(text), point, str(trace.get("textposition", "top center")), size, frame, colours)
    return marks


def _marker_ink(ink: object, marker: dict, place: int, colours: Palette) -> str:
    if isinstance(ink, int | float):
        values = [float(v) for v in marker["color"]] if isinstance(marker["color"], list | tuple) else [float(ink)]
        low, high = marker.get("cmin", min(values)), marker.get("cmax", max(values))
        colour = "signed" if marker.get("colorscale") == "scale:signed" else "weight"
        return colours.shade(float(ink), colour, float(low), float(high))  # type: ignore[arg-type]
    return colour_of(ink, place, colours)


def _symbol(symbol: object, x: float, y: float, r: float, fill: str, colours: Palette) -> Mark:
    shapes = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        "cross": ((-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2),
                  (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4)),
        "triangle-up": ((0, -1.3), (1.2, 0.9), (-1.2, 0.9)),
    }  # fmt: skip
    numbered = {1: "square", 2: "diamond", 3: "cross", 4: "cross", 5: "triangle-up"}
    corners = shapes.get(numbered.get(symbol, "") if isinstance(symbol, int) else str(symbol))
    if corners is None:
        return Circle(x, y, r, fill)
    return Path(tuple((x + r * a, y + r * b) for a, b in corners), None, 1, fill, closed=True)


def _label(
    text: str, point: tuple[float, float], where: str, size: float, frame: Frame, colours: Palette
) -> list[Mark]:
    """Return a label that stays inside the frame."""
    x, y = point
    away = 0.6 * size + 6
    y += {"top": -away, "bottom": away + 12}.get(where.split()[0], 0.34 * SMALL)
    side = where.split()[-1]
    half = width(text, SMALL) / 2
    x += {"right": away + half, "left": -away - half}.get(side, 0.0)
    x = min(max(x, frame.box.x + half + 2), max(frame.box.right - half + 10, frame.box.x + half + 2))
    return [Text(x, max(y, frame.box.y + 12), text, SMALL, colours["ink"], anchor="middle")]


def _pieces(xs: list, ys: list, frame: Frame) -> Iterator[list[tuple[float, float]]]:
    """Yield the unbroken pieces of a line: a missing number breaks it."""
    piece: list[tuple[float, float]] = []
    for x, y in zip(xs, ys, strict=False):
        if x is None or y is None or (isinstance(y, float) and math.isnan(y)):
            if len(piece) > 1:
                yield piece
            piece = []
        else:
            piece.append(frame.at(x, y))
    if len(piece) > 1:
        yield piece


def _bars(trace: Trace, place: int, frame: Frame, colours: Palette, traces: list[Trace]) -> list[Mark]:
    lying = trace.get("orientation") == "h"
    names, values = (listed(trace.get(axis)) for axis in (("y", "x") if lying else ("x", "y")))
    group = [t for t in traces if t.get("type") == "bar"]
    axis, length = (frame.y, frame.box.height) if lying else (frame.x, frame.box.width)
    slot = length / max(1.0, abs(axis.high - axis.low)) * 0.8
    thick = slot / len(group)
    offset = -slot / 2 + thick * group.index(trace)
    marks: list[Mark] = []
    inks = (trace.get("marker") or {}).get("color")
    texts = listed(trace.get("text")) if not isinstance(trace.get("text"), str) else []
    for index, (name, value) in enumerate(zip(names, values, strict=False)):
        ink = colour_of(inks[index] if isinstance(inks, list | tuple) else inks, place, colours)
        (x0, y0), (x1, y1) = (frame.at(*((v, name) if lying else (name, v))) for v in (0, value))
        text = str(texts[index]) if index < len(texts) else ""
        if lying:
            marks.append(Rect(min(x0, x1), y1 + offset, abs(x1 - x0), thick - 1, ink))
            marks.append(Text(x1 + 6, middle(y1 + offset + thick / 2, SMALL), text, SMALL, colours["ink"]))
        else:
            marks.append(Rect(x1 + offset, min(y0, y1), thick - 1, abs(y1 - y0), ink))
            marks.append(Text(x1 + offset + thick / 2, y1 - 6, text, SMALL, colours["ink"], anchor="middle"))
    return [mark for mark in marks if not isinstance(mark, Text) or mark.text]


def _heatmap(trace: Trace, place: int, frame: Frame, colours: Palette, traces: list[Trace]) -> list[Mark]:
    z = np.array(trace["z"], float)
    rows, columns = z.shape
    low, high = _ends(trace)
    colour = "signed" if trace.get("colorscale") == "scale:signed" else "weight"
    xs, ys = listed(trace.get("x")) or list(range(columns)), listed(trace.get("y")) or list(range(rows))
    (x0, y0), (x1, y1) = frame.at(xs[0], ys[0]), frame.at(xs[-1], ys[-1])
    across = (x1 - x0) / max(1, columns - 1) if columns > 1 else frame.box.width
    down = (y1 - y0) / max(1, rows - 1) if rows > 1 else frame.box.height
    shades = pixels(np.nan_to_num(z, nan=low), colours, colour, low, high)  # type: ignore[arg-type]
    upright = shades if down > 0 else shades[::-1]
    straight = upright if across > 0 else upright[:, ::-1]
    left, top = min(x0, x1) - abs(across) / 2, min(y0, y1) - abs(down) / 2
    marks: list[Mark] = [Picture(left, top, abs(across) * columns, abs(down) * rows, straight)]
    digits = 2 if np.abs(z).max(initial=0) < 100 else 0
    size = min(22.0, 0.5 * abs(down), abs(across) / 2.6)
    if size >= SMALL:
        for (row, column), value in np.ndenumerate(z):
            ink = colours.ink_on(colours.shade(float(value), colour, low, high))  # type: ignore[arg-type]
            x, y = x0 + column * across, middle(y0 + row * down, size)
            marks.append(Text(x, y, number(float(value), digits), size, ink, anchor="middle"))
    return marks


def _ends(trace: Trace) -> tuple[float, float]:
    z = np.array(trace["z"], float)
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if trace.get("colorscale") == "scale:signed" and trace.get("zmin") is None:
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    low, high = (float(trace.get(key, plain)) for key, plain in (("zmin", low), ("zmax", high)))
    return (low, high) if high > low else (low, low + 1)


def _shapes(figure: Plot, frame: Frame, colours: Palette) -> list[Mark]:
    marks: list[Mark] = []
    for shape in figure.layout.get("shapes", ()):
        line = shape.get("line") or {}
        ends = [_on(shape, frame, end) for end in ("0", "1")]
        ink, wide = colour_of(line.get("color"), 0, colours), 1.3 * float(line.get("width", 2))
        if shape.get("type") == "line":
            marks.append(Path(tuple(ends), ink, wide, dash=DASHES.get(str(line.get("dash")), ())))
        else:
            (x0, y0), (x1, y1) = ends
            marks.append(Rect(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0), None, ink, wide))
    return marks


def _on(shape: dict, frame: Frame, end: str) -> tuple[float, float]:
    x = shape[f"x{end}"] if shape.get("xref") == "paper" else frame.x.share(shape[f"x{end}"])
    y = shape[f"y{end}"] if shape.get("yref") == "paper" else frame.y.share(shape[f"y{end}"])
    return frame.box.x + float(x) * frame.box.width, frame.box.bottom - float(y) * frame.box.height


def _notes(figure: Plot, frame: Frame, colours: Palette) -> list[Mark]:
    marks: list[Mark] = []
    for note in figure.layout.get("annotations", ()):
        shape = {"x0": note["x"], "y0": note["y"], "xref": note.get("xref"), "yref": note.get("yref")}
        x, y = _on(shape, frame, "0")
        anchor = {"left": "start", "right": "end"}.get(str(note.get("xanchor")), "middle")
        ink = colour_of((note.get("font") or {}).get("color", "role:ink"), 0, colours)
        marks.append(Text(x, y - 4, _plain(str(note.get("text", ""))), SMALL, ink, anchor=anchor))  # type: ignore[arg-type]
    return marks


def _plain(text: str) -> str:
    return text.replace("<b>", "").replace("</b>", "").replace("<br>", " ")


def _legend_lines(keys: list[Trace], room: float) -> list[list[Trace]]:
    lines: list[list[Trace]] = []
    x = room
    for trace in keys:
        wide = 58 + width(str(trace["name"]), SMALL)
        if x + wide > room:
            lines.append([])
            x = 0.0
        lines[-1].append(trace)
        x += wide
    return lines


def _legend(lines: list[list[Trace]], box: Box, traces: list[Trace], colours: Palette) -> list[Mark]:
    marks: list[Mark] = []
    for row, line in enumerate(lines):
        x, y = box.x, box.y + row * LEGEND
        for trace in line:
            place = traces.index(trace)
            ink, drawn = _key(trace, place, x, y + 12, colours)
            marks += [*drawn, Text(x + 36, y + 17, cut(str(trace["name"]), SMALL, box.width - 40), SMALL, ink)]
            x += 58 + width(str(trace["name"]), SMALL)
    return marks


def _key(trace: Trace, place: int, x: float, y: float, colours: Palette) -> tuple[str, list[Mark]]:
    marker, line = trace.get("marker") or {}, trace.get("line") or {}
    ink = marker.get("color", line.get("color"))
    fill = colour_of(ink[0] if isinstance(ink, list | tuple) and ink else ink, place, colours)
    mode = str(trace.get("mode") or "lines+markers")
    if trace.get("type") == "bar":
        return colours["ink"], [Rect(x, y - 7, 26, 14, fill, radius=2)]
    drawn: list[Mark] = []
    if "lines" in mode:
        dash = DASHES.get(str(line.get("dash")), ())
        drawn.append(Path(((x, y), (x + 28, y)), colour_of(line.get("color"), place, colours), 3.5, dash=dash))
    if "markers" in mode:
        symbol = marker.get("symbol")
        drawn.append(_symbol(None if isinstance(symbol, list) else symbol, x + 14, y, 6, fill, colours))
    return colours["ink"], drawn


DASHES = {"dot": (2.0, 6.0), "dash": (10.0, 7.0), "dashdot": (10.0, 5.0, 2.0, 5.0)}
PAINTERS = {"scatter": _scatter, "bar": _bars, "heatmap": _heatmap}
