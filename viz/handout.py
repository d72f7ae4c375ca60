"""A deck on paper: A4, two states a page, each with what people get wrong and a QR code that opens it."""

from collections.abc import Sequence
from dataclasses import replace

import segno

from viz.qr import MOST_LETTERS
from viz.sheet.fonts import wrap
from viz.sheet.marks import WIDTH, Circle, Mark, Path, Picture, Rect, Sheet, Text
from viz.sheet.palette import palette
from viz.sheet.slide import Options, link_of, slide
from viz.view import Drawn

# A4 upright in units of the same size on paper as on a slide: 210 by 297 mm at 96 a inch.
PAPER = (794.0, 1123.0)
EDGE = 48.0
PER_PAGE = 2
CODE = 104.0


def handout(deck: Sequence[Drawn], options: Options) -> list[Sheet]:
    """Return the pages of the hand-out."""
    pages = [deck[start : start + PER_PAGE] for start in range(0, len(deck), PER_PAGE)]
    return [_page(states, number, len(pages), options) for number, states in enumerate(pages, 1)]


def _page(states: Sequence[Drawn], number: int, count: int, options: Options) -> Sheet:
    colours = palette("light")
    place = Text(
        PAPER[0] - EDGE, PAPER[1] - 24, f"Lectern, page {number} of {count}", 10, colours["soft"], anchor="end"
    )
    marks: list[Mark] = [place]
    for row, drawn in enumerate(states):
        marks += _state(drawn, EDGE + row * (PAPER[1] - 2 * EDGE) / PER_PAGE, options)
    return Sheet(states[0].view.question, states[0].spec.alt, "#ffffff", tuple(marks), *PAPER)


def _state(drawn: Drawn, top: float, options: Options) -> list[Mark]:
    colours = palette("light")
    shown = slide(drawn, replace(options, theme="light"))
    times = (PAPER[0] - 2 * EDGE) / WIDTH
    tall = shown.height * times
    frame = Rect(EDGE, top, PAPER[0] - 2 * EDGE, tall, shown.background, colours["line"], 1)
    inside = [placed(mark, EDGE, top, times) for mark in shown.marks]
    link = link_of(drawn, options)
    has_code = bool(link) and len(link) <= MOST_LETTERS
    code = _code(link, PAPER[0] - EDGE - CODE - 4, top + tall + 10) if has_code else []
    room = PAPER[0] - 2 * EDGE - (CODE + 24 if has_code else 0)
    y = top + tall + 24
    words: list[Mark] = []
    for head, said in (("What people get wrong", drawn.view.misconception), ("Not shown", drawn.view.not_shown)):
        words.append(Text(EDGE, y, head, 11, colours["ink"], True))
        for line in wrap(said, 11, room, 3):
            y += 15
            words.append(Text(EDGE, y, line, 11, colours["ink"]))
        y += 21
    return [frame, *inside, *code, *words]


def placed(mark: Mark, left: float, top: float, times: float) -> Mark:
    """Return a mark moved and made smaller or larger."""
    if isinstance(mark, Path):
        points = tuple((left + x * times, top + y * times) for x, y in mark.points)
        return replace(mark, points=points, line=mark.line * times, dash=tuple(part * times for part in mark.dash))
    x, y = left + mark.x * times, top + mark.y * times
    if isinstance(mark, Text):
        return replace(mark, x=x, y=y, size=mark.size * times)
    if isinstance(mark, Circle):
        return replace(mark, x=x, y=y, radius=mark.radius * times, line=mark.line * times)
    width, height = mark.width * times, mark.height * times
    if isinstance(mark, Picture):
        return replace(mark, x=x, y=y, width=width, height=height)
    smaller = replace(mark, x=x, y=y, width=width, height=height)
    return replace(smaller, line=mark.line * times, radius=mark.radius * times)


def _code(link: str, left: float, top: float) -> list[Mark]:
    """Return the QR code of a link as rectangles, a run of dark modules each."""
    rows = [list(row) for row in segno.make(link, error="m", micro=False).matrix_iter(border=2)]
    side = CODE / len(rows)
    marks: list[Mark] = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                marks.append(Rect(left + x * side, top + y * side, (end - x) * side, side + 0.05, "#000000"))
            x = end + 1
    return marks
