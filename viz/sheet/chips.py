"""Rows of tokens on a sheet, with ids and numbers below each, and lines between rows that are linked."""

import numpy as np

from viz.chips import ChipRow, Chips
from viz.sheet.fonts import cut, width
from viz.sheet.marks import SMALL, Box, Mark, Path, Rect, Text, middle
from viz.sheet.palette import Palette, mix
from viz.sheet.told import Ramp, Told
from viz.state import State
from viz.words import counted, number

SIZES = (30.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 15.0)
GAP = 10.0
FAINTEST = 0.05
Line = list[int]


def told(figure: Chips, state: State) -> Told:
    """Return the words of a figure of chips."""
    shaded = any(row.shades is not None for row in figure.rows)
    ramps = (Ramp("weight", 0.0, 1.0, "Shade of a token"),) if shaded else ()
    return Told(figure.title, figure.note, ramps=ramps)


def paint(figure: Chips, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks of all rows in the largest type that fits; what still does not fit is said to be left out.

    Labels stand above their rows; beside them where there are so many rows that it takes that to show them all.
    """
    if _height(figure, SIZES[-1], box.width) > box.height and (beside := _beside(figure, box, colours)):
        return beside
    size = next((size for size in SIZES if _height(figure, size, box.width) <= box.height), SIZES[-1])
    free = max(0.0, box.height - _height(figure, size, box.width))
    space = min(60.0, free / max(1, len(figure.rows))) if figure.links else min(24.0, free / max(1, len(figure.rows)))
    marks: list[Mark] = []
    places: list[list[Box]] = []
    y = box.y + min(40.0, max(0.0, free - space * (len(figure.rows) - 1)) / 3)
    for place, row in enumerate(figure.rows):
        rest = len(figure.rows) - place
        if place and y + 30 + _pitch(row, size) + (SMALL if rest > 1 else -0.3 * size) > box.bottom:
            marks.append(Text(box.x, y + 4, f"… and {counted(rest, 'more row')}", SMALL, colours["soft"]))
            break
        ink = colours["soft"] if row.role == "plain" else colours.role(row.role)
        label = cut(row.label, 18, box.width, True)
        if figure.links:  # lines pass behind the words
            marks.append(Rect(box.x, y, width(label, 18, True) + 4, 24, colours["paper"]))
        marks.append(Text(box.x, y + 18, label, 18, ink, True))
        y += 30
        found, drawn, y = _row(row, size, Box(box.x, y, box.width, box.bottom - y), colours)
        places.append(found)
        marks += drawn
        y += 14 + space
    return [*_links(figure, places, colours), *marks]


def _beside(figure: Chips, box: Box, colours: Palette) -> list[Mark]:
    """Return rows of one line each, with their labels to the left, in the largest type that fits; else nothing."""
    labels = max(width(row.label, SMALL, True) for row in figure.rows) + 2 * GAP
    for size in SIZES:
        pitches = [_pitch(row, size) for row in figure.rows]
        short = all(len(_lines(row, size, box.width - labels)) == 1 for row in figure.rows)
        if short and sum(pitches) <= box.height:
            break
    else:
        return []
    space = min(GAP, (box.height - sum(pitches)) / len(pitches))
    marks: list[Mark] = []
    places: list[list[Box]] = []
    y = box.y
    for row, pitch in zip(figure.rows, pitches, strict=True):
        ink = colours["soft"] if row.role == "plain" else colours.role(row.role)
        marks.append(Text(box.x, middle(y + 0.85 * size, SMALL), row.label, SMALL, ink, True))
        found, drawn, _ = _row(row, size, Box(box.x + labels, y, box.width - labels, pitch), colours)
        places.append(found)
        marks += drawn
        y += pitch + space
    return [*_links(figure, places, colours), *marks]


def _row(row: ChipRow, size: float, box: Box, colours: Palette) -> tuple[list[Box], list[Mark], float]:
    """Return where each chip stands, the marks, and where the row ends."""
    tall, pitch = 1.7 * size, _pitch(row, size)
    places: list[Box] = []
    marks: list[Mark] = []
    y = box.y
    lines = _lines(row, size, box.width)
    for place, line in enumerate(lines):
        if y + pitch - 0.3 * size > box.bottom and place:
            left = sum(map(len, lines[place:]))
            marks.append(Text(box.x, min(y + SMALL, box.bottom - 2), f"… and {left} more", SMALL, colours["soft"]))
            return places, marks, y + 24
        x = box.x
        for chip in line:
            wide = _width(row, chip, size)
            spot = Box(x, y, wide, tall)
            places.append(spot)
            marks += _chip(row, chip, spot, size, colours)
            x += wide + (2.0 if _joined(row, chip + 1) else GAP)
        y += pitch
    return places, marks, y


def _chip(row: ChipRow, chip: int, spot: Box, size: float, colours: Palette) -> list[Mark]:
    shaded = row.shades is not None
    share = float(row.shades[chip]) if row.shades is not None else 0.0
    back = mix(colours["weight-low"], colours["weight-high"], share) if shaded else colours["raised"]
    marked, special = chip in row.marked, bool(row.special) and row.special[chip]
    edge, line = (colours["accent"], 3.0) if marked else (colours["line"], 1.2)
    ink = colours.ink_on(back) if shaded else colours["soft"] if special else colours.role(row.role)
    centre = spot.x + spot.width / 2
    text = cut(row.texts[chip], size, spot.width - 0.5 * size, marked)
    marks: list[Mark] = [
        Rect(spot.x, spot.y, spot.width, spot.height, back, edge, line, 6),
        Text(centre, middle(spot.y + spot.height / 2, size), text, size, ink, marked, "middle"),
    ]
    for place, below in enumerate(_below(row, chip)):
        base = spot.bottom + 4 + SMALL + place * 20
        marks.append(Text(centre, base, below, SMALL, colours["soft"], anchor="middle"))
    return marks


def _below(row: ChipRow, chip: int) -> list[str]:
    ids = [str(row.ids[chip])] if row.ids else []
    return ids if row.values is None else [*ids, number(float(row.values[chip]), row.digits)]


def _width(row: ChipRow, chip: int, size: float) -> float:
    text = width(row.texts[chip], size, True) + 0.9 * size
    return min(360.0, max([text, 1.6 * size, *(width(below, SMALL) + 4 for below in _below(row, chip))]))


def _joined(row: ChipRow, chip: int) -> bool:
    if not 0 < chip < len(row.groups):
        return False
    return row.groups[chip] is not None and row.groups[chip] == row.groups[chip - 1]


def _pitch(row: ChipRow, size: float) -> float:
    return 2.0 * size + 20 * (bool(row.ids) + (row.values is not None))


def _lines(row: ChipRow, size: float, room: float) -> list[Line]:
    lines: list[Line] = [[]]
    x = 0.0
    for chip in range(len(row.texts)):
        wide = _width(row, chip, size)
        if x + wide > room and lines[-1]:
            lines.append([])
            x = 0.0
        lines[-1].append(chip)
        x += wide + GAP
    return lines


def _height(figure: Chips, size: float, room: float) -> float:
    return sum(44 + len(_lines(row, size, room)) * _pitch(row, size) for row in figure.rows)


def _links(figure: Chips, places: list[list[Box]], colours: Palette) -> list[Mark]:
    """Return the links as lines, the strongest on top, between the edges of two rows."""
    if figure.links is None or max(figure.links.start, figure.links.end) >= len(places):
        return []
    start, end = places[figure.links.start], places[figure.links.end]
    weights = figure.links.weights[: len(start), : len(end)]
    rows = figure.rows[figure.links.start], figure.rows[figure.links.end]
    under = [20.0 * len(_below(row, 0)) + 4 for row in rows]  # the numbers below the chips stay free
    found = sorted((float(weights[i, j]), int(i), int(j)) for i, j in np.argwhere(weights >= FAINTEST))
    marks: list[Mark] = []
    for weight, i, j in found:
        (upper, below), (lower, _) = sorted(((start[i], under[0]), (end[j], under[1])), key=lambda spot: spot[0].y)
        points = ((upper.x + upper.width / 2, upper.bottom + below), (lower.x + lower.width / 2, lower.y))
        marks.append(Path(points, mix(colours["paper"], colours["weight-high"], 0.2 + 0.8 * weight), 1 + 6 * weight))
    return marks
