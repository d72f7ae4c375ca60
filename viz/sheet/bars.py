"""Bars on a sheet: label, bar and number in a line each, from the top."""

import math

from viz.bars import Bars
from viz.sheet.fonts import cut, width
from viz.sheet.marks import SMALL, Box, Mark, Path, Rect, Text, middle
from viz.sheet.palette import Palette, mix
from viz.sheet.told import Told
from viz.state import State
from viz.words import number

MOST_PITCH = 46.0
LEAST_PITCH = 21.0


def told(figure: Bars, state: State) -> Told:
    """Return the words of a figure of bars."""
    return Told(figure.title, figure.note)


def paint(figure: Bars, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks of the bars; those that do not fit are counted below."""
    head = 30.0 if figure.second is not None else 6.0
    cuts = 26.0 if figure.cut is not None else 0.0
    count = len(figure.labels)
    shown = min(count, max(1, int((box.height - head - cuts) // LEAST_PITCH)))
    if shown < count:
        shown = max(1, shown - 1)
    pitch = min(MOST_PITCH, (box.height - head - cuts) / (shown + (shown < count)))
    size = min(24.0, max(SMALL, 0.52 * pitch))
    marks = _legend(figure, box, colours) if figure.second is not None else []
    left = min(0.42 * box.width, max(width(text, size, True) for text in figure.labels[:shown])) + 14
    right = max(_number_width(figure, i, size) for i in range(shown)) + 14
    track = Box(box.x + left, box.y + head, max(40.0, box.width - left - right), pitch)
    y = track.y
    for place in range(shown):
        marks += _bar(figure, place, Box(track.x, y, track.width, pitch), size, left - 12, colours)
        y += pitch
        if figure.cut == place + 1:
            marks.append(Path(((track.x, y + 2), (track.right, y + 2)), colours["accent"], 2, dash=(6, 5)))
            marks.append(Text(track.right, y + 20, figure.cut_label, SMALL, colours["accent"], anchor="end"))
            y += cuts
    if shown < count:
        marks.append(Text(track.x, y + SMALL, f"… and {count - shown} more", SMALL, colours["soft"]))
    return marks


def _bar(figure: Bars, place: int, line: Box, size: float, room: float, colours: Palette) -> list[Mark]:
    value, marked = float(figure.values[place]), place == figure.mark
    ink = _ink(figure, value, marked, colours)
    tall = line.height * (0.44 if figure.second is not None else 0.62)
    top = line.y + (line.height - tall) / 2 - (0.12 * line.height if figure.second is not None else 0)
    base = middle(line.y + line.height / 2, size)
    label = cut(figure.labels[place], size, room, marked)
    marks: list[Mark] = [Text(line.x - 12, base, label, size, colours["ink"], marked, "end")]
    start, long = extent(figure, value)
    marks.append(Rect(line.x + start * line.width, top, max(1.5, long * line.width), tall, ink, radius=3))
    if figure.second is not None:
        start, long = extent(figure, float(figure.second[place]))
        x, wide = line.x + start * line.width, max(1.5, long * line.width)
        marks.append(Rect(x, top + tall + 2, wide, tall * 0.4, _second(colours)))
    marks.append(Text(line.right + 12, base, _numbers(figure, place), size, colours["ink"], marked))
    return marks


def extent(figure: Bars, value: float) -> tuple[float, float]:
    """Return where a bar starts and how long it is, as shares of the track."""
    if figure.log:
        low, high = math.log(figure.low), math.log(figure.high)
        return 0.0, max(0.0, min(1.0, (math.log(max(value, figure.low)) - low) / (high - low)))
    zero, end = (min(1.0, max(0.0, (part - figure.low) / (figure.high - figure.low))) for part in (0.0, value))
    return min(zero, end), abs(end - zero)


def printed(figure: Bars, value: float) -> str:
    """Return a number as it stands at its bar; one too small to be told from 0 is said to be smaller."""
    least = 10.0**-figure.digits
    if 0 < value < least / 2:
        return f"< {number(least, figure.digits)}{figure.unit}"
    return f"{number(value, figure.digits)}{figure.unit}"


def _numbers(figure: Bars, place: int) -> str:
    first = printed(figure, float(figure.values[place]))
    return first if figure.second is None else f"{first} | {printed(figure, float(figure.second[place]))}"


def _number_width(figure: Bars, place: int, size: float) -> float:
    return width(_numbers(figure, place), size, True)


def _ink(figure: Bars, value: float, marked: bool, colours: Palette) -> str:
    whole = colours["signed-low"] if value < 0 else colours["accent" if figure.role == "plain" else figure.role]
    return whole if marked or figure.mark is None else mix(colours["paper"], whole, 0.6)


def _second(colours: Palette) -> str:
    return mix(colours["paper"], colours["soft"], 0.75)


def _legend(figure: Bars, box: Box, colours: Palette) -> list[Mark]:
    marks: list[Mark] = []
    x = box.x
    first = colours["accent" if figure.role == "plain" else figure.role]
    for label, ink in ((figure.value_label, first), (figure.second_label, _second(colours))):
        marks += [Rect(x, box.y + 4, 22, 14, ink, radius=2), Text(x + 30, box.y + 17, label, SMALL, colours["ink"])]
        x += 60 + width(label, SMALL)
    return marks
