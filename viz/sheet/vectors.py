"""Arrows in the plane on a sheet, with their coordinates, and the angle between two of them."""

import math

import numpy as np

from viz.sheet.axes import ticks
from viz.sheet.fonts import width
from viz.sheet.marks import SMALL, Box, Mark, Path, Rect, Text, middle
from viz.sheet.palette import Palette
from viz.sheet.told import Told
from viz.state import State
from viz.vectors import Vectors
from viz.words import number

Point = tuple[float, float]


def told(figure: Vectors, state: State) -> Told:
    """Return the words of a figure of arrows."""
    return Told(figure.title, figure.note)


def paint(figure: Vectors, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks: a square plane with the arrows, and their numbers beside it."""
    side = min(box.height, box.width if box.width < 620 else box.width * 0.6)
    left = box.x + (0.0 if box.width < 620 else max(0.0, (box.width - side - 320) / 2))
    plane = Box(left, box.y, side, side)

    def at(point: np.ndarray) -> Point:
        x, y = (float((part - figure.low) / (figure.high - figure.low)) for part in point)
        return plane.x + x * side, plane.bottom - y * side

    marks = [*_grid(figure, plane, colours, at), *_angle(figure, colours, at)]
    for place in range(len(figure.labels)):
        marks += _arrow(figure, place, plane, colours, at)
    if box.width >= 620:
        marks += _list(figure, Box(plane.right + 40, box.y, box.right - plane.right - 40, side), colours)
    return marks


def _grid(figure: Vectors, plane: Box, colours: Palette, at) -> list[Mark]:  # type: ignore[no-untyped-def]
    marks: list[Mark] = [Rect(plane.x, plane.y, plane.width, plane.height, colours["raised"], colours["line"])]
    for tick in ticks(figure.low, figure.high, 10):
        axis = math.isclose(tick, 0, abs_tol=1e-9)
        ink, line = (colours["soft"], 2.0) if axis else (colours["line"], 1.0)
        (x, y), origin = at(np.array([tick, tick])), at(np.zeros(2))
        marks += [Path(((x, plane.y), (x, plane.bottom)), ink, line), Path(((plane.x, y), (plane.right, y)), ink, line)]
        if not axis and plane.x + 12 < x < plane.right - 12:
            text = number(tick, 0 if float(tick).is_integer() else 1)
            marks.append(Text(x, min(plane.bottom - 4, origin[1] + 19), text, SMALL, colours["soft"], anchor="middle"))
            left = max(plane.x + 20, origin[0] - 7)
            marks.append(Text(left, middle(y, SMALL), text, SMALL, colours["soft"], anchor="end"))
    return marks


def _arrow(figure: Vectors, place: int, plane: Box, colours: Palette, at) -> list[Mark]:  # type: ignore[no-untyped-def]
    start, end = at(np.zeros(2)), at(figure.points[place])
    ink = colours["accent"] if figure.roles[place] == "plain" else colours.role(figure.roles[place])
    label = figure.labels[place]
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    if math.hypot(end[0] - start[0], end[1] - start[1]) < 1:
        return [Text(end[0] + 8, end[1] - 8, label, 22, ink, True)]
    tips = [(end[0] - 16 * math.cos(along + turn), end[1] - 16 * math.sin(along + turn)) for turn in (0.42, -0.42)]
    x = min(max(end[0] + 18 * math.cos(along), plane.x + 14), plane.right - width(label, 22, True) - 6)
    y = min(max(end[1] + 18 * math.sin(along), plane.y + 14), plane.bottom - 12)
    neck = (end[0] - 10 * math.cos(along), end[1] - 10 * math.sin(along))
    return [
        Path((start, neck), ink, 4),
        Path((end, tips[0], tips[1]), None, 1, ink, closed=True),
        Text(x, middle(y, 22), label, 22, ink, True),
    ]


def _angle(figure: Vectors, colours: Palette, at) -> list[Mark]:  # type: ignore[no-untyped-def]
    if figure.angle is None:
        return []
    one, other = (figure.points[place] for place in figure.angle)
    if not np.linalg.norm(one) or not np.linalg.norm(other):
        return []
    start, end = (math.atan2(float(y), float(x)) for x, y in (one, other))
    turn = (end - start + math.pi) % (2 * math.pi) - math.pi
    reach = 0.13 * (figure.high - figure.low)
    steps = [start + turn * part / 24 for part in range(25)]
    arc = tuple(at(reach * np.array([math.cos(step), math.sin(step)])) for step in steps)
    x, y = at(1.45 * reach * np.array([math.cos(start + turn / 2), math.sin(start + turn / 2)]))
    degrees = f"{number(abs(math.degrees(turn)), 0)}°"
    return [Path(arc, colours["soft"], 2), Text(x, middle(y, 20), degrees, 20, colours["ink"], anchor="middle")]


def _list(figure: Vectors, box: Box, colours: Palette) -> list[Mark]:
    marks: list[Mark] = []
    y = box.y + 30
    for label, point, role in zip(figure.labels, figure.points, figure.roles, strict=True):
        ink = colours["accent"] if role == "plain" else colours.role(role)
        x, y_ = (number(float(part), 0 if float(part).is_integer() else 2) for part in point)
        marks += [Text(box.x, y, label, 24, ink, True), Text(box.x + 150, y, f"({x}, {y_})", 24, colours["ink"])]
        y += 40
    return marks
