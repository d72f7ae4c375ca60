"""A walkthrough at one step: its matrices and operators from left to right, as large as fits."""

from dataclasses import replace

import numpy as np

from viz.scene import SHARES, Look, Matrix, Walk, largest, signed
from viz.sheet.marks import Box, Mark
from viz.sheet.matrix import Fit, draw_matrix, numbered_fit, operator, shaded_fit, title_lines
from viz.sheet.palette import Palette
from viz.sheet.place import Place, arithmetic, light, place_of, positions
from viz.sheet.told import Ramp, Told
from viz.state import State

OPERATOR = 52.0
TITLE = 52.0
TEXTS = (38.0, 34.0, 30.0, 28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 17.0, 16.0)
# A matrix with more columns than this is shaded, so that its neighbours keep their numbers.
WIDE = 16
TALL = 14
MOST_ACROSS = 34.0
LEAST_WIDTH = 80.0


def told(walk: Walk, state: State) -> Told:
    """Return the words of a walkthrough at its step."""
    place = place_of(walk, state)
    step = walk.steps[place.step]
    places = positions(walk)
    where = f"Step {place.step + 1} of {len(walk.steps)}: {step.title}" if len(places) > 1 else walk.title
    matrices = _matrices(walk, place)
    sum_ = arithmetic(walk, place.cell) if place.cell and place.cell[0] in [m.key for m in matrices] else ""
    hatched = any(np.isneginf(matrix.values).any() for matrix in matrices)
    return Told(where, step.caption, sum_, _ramps(matrices), hatched)


def paint(walk: Walk, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks of a walkthrough at its step."""
    place = place_of(walk, state)
    matrices = _matrices(walk, place)
    fits = fit(matrices, box, len(walk.steps[place.step].layout) - len(matrices))
    heading = max((22.0 * len(title_lines(m, f)) + 8 for m, f in zip(matrices, fits, strict=True)), default=0)
    signs = [part for part in walk.steps[place.step].layout if part not in walk.matrices]
    whole = sum(f.width for f in fits) + OPERATOR * len(signs)
    tall = max(f.height for f in fits)
    x, y = box.x + max(0.0, (box.width - whole) / 2), box.y + heading + max(0.0, (box.height - heading - tall) / 2)
    marks: list[Mark] = []
    waiting = iter(zip(matrices, fits, strict=True))
    centre = y + max(f.top for f in fits) + min(f.rows * f.down for f in fits) / 2
    for part in walk.steps[place.step].layout:
        if part not in walk.matrices:
            marks.append(operator(part, x + OPERATOR / 2, centre, colours))
            x += OPERATOR
            continue
        matrix, size = next(waiting)
        down = y + max(f.top for f in fits) - size.top
        marks += draw_matrix(matrix, size, x, down, colours, light(walk, place, part))
        x += size.width
    return marks


def _matrices(walk: Walk, place: Place) -> list[Matrix]:
    """Return the matrices of the step; one too large for numbers is shaded, or there would be nothing to see."""
    found = [walk.matrices[part] for part in walk.steps[place.step].layout if part in walk.matrices]
    return [_shaded(m) if m.colour == "plain" and (len(m.rows) > TALL or len(m.columns) > WIDE) else m for m in found]


def _shaded(matrix: Matrix) -> Matrix:
    scale: Look = signed(matrix.values) if (matrix.values < 0).any() else SHARES | {"high": largest(matrix.values)}
    return replace(matrix, colour=scale["colour"], low=scale["low"], high=scale["high"])


def fit(matrices: list[Matrix], box: Box, signs: int) -> list[Fit]:
    """Return the largest sizes with which the matrices stand side by side; with numbers wherever they fit."""
    room, tall = box.width - OPERATOR * signs, box.height - TITLE
    bare = [i > 0 and m.rows == matrices[i - 1].rows for i, m in enumerate(matrices)]
    for limit in (WIDE, 8, 0):
        for text in TEXTS:
            fits = _with_numbers(matrices, bare, text, room, tall, limit)
            if fits:
                return fits
    return _with_numbers(matrices, bare, TEXTS[-1], room, tall, -1) or []


def _with_numbers(
    matrices: list[Matrix], bare: list[bool], text: float, room: float, tall: float, limit: int
) -> list[Fit] | None:
    """Return sizes with numbers in matrices of at most `limit` columns, shades in the others; None if too large."""
    pairs = list(zip(matrices, bare, strict=True))
    fits = [numbered_fit(m, text, bare=b) if m.values.shape[1] <= limit else None for m, b in pairs]
    if any(f.height > tall for f in fits if f):
        return None
    wide = [(m, b) for (m, b), f in zip(pairs, fits, strict=True) if f is None]
    free = room - sum(f.width for f in fits if f) - sum(shaded_fit(m, 0, 0, bare=b).left for m, b in wide)
    columns = sum(m.values.shape[1] for m, _ in wide)
    across = min(MOST_ACROSS, free / columns) if columns else 0.0
    if free < 0 or (wide and across < 0.6 and limit >= 0):
        return None
    pitch = next((f.down for f in fits if f), 30.0)
    pitches = _pitches([m.values.shape[1] for m, _ in wide], free)
    shaded = iter([_all_shaded(m, each, tall, pitch, b) for (m, b), each in zip(wide, pitches, strict=True)])
    found = [f or next(shaded) for f in fits]
    if sum(f.width for f in found) <= room + 1:
        return found
    return None if limit >= 0 else [replace(f, title=0.0) for f in found]


def _pitches(columns: list[int], free: float) -> list[float]:
    """Return how wide the cells of each matrix are: all alike, but no matrix so narrow that it cannot be seen."""
    alike = min(MOST_ACROSS, free / max(1, sum(columns)))
    least = [min(count * MOST_ACROSS, LEAST_WIDTH) for count in columns]
    narrow = [count * alike < width for count, width in zip(columns, least, strict=True)]
    rest = free - sum(width for width, is_narrow in zip(least, narrow, strict=True) if is_narrow)
    shared = sum(count for count, is_narrow in zip(columns, narrow, strict=True) if not is_narrow)
    others = max(0.3, min(MOST_ACROSS, rest / max(1, shared)))
    pairs = zip(columns, least, narrow, strict=True)
    return [width / count if is_narrow else others for count, width, is_narrow in pairs]


def _all_shaded(matrix: Matrix, across: float, tall: float, pitch: float, bare: bool) -> Fit:
    top = shaded_fit(matrix, across, pitch, bare=bare).top
    rows = max(1, matrix.values.shape[0])
    return shaded_fit(matrix, across, max(18.0 / rows, min(pitch, (tall - top) / rows)), bare=bare)


def _ramps(matrices: list[Matrix]) -> tuple[Ramp, ...]:
    """Return one scale for all matrices that share it."""
    known: dict[tuple, list[Matrix]] = {}
    for matrix in matrices:
        if matrix.colour != "plain":
            known.setdefault((matrix.colour, matrix.low, matrix.high), []).append(matrix)
    return tuple(
        Ramp(same[0].colour, same[0].low, same[0].high, ", ".join(m.title for m in same), max(m.digits for m in same))
        for same in known.values()
        if same[0].colour != "plain"
    )
