"""A drawn view -> a sheet of 16:9: title, figures, what happens, legend, caption and link."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from models.errors import LecternError
from viz.scene import Walk
from viz.sheet import bars, chips, heads, plot, vectors, walk
from viz.sheet.fonts import cut, width, wrap
from viz.sheet.marks import HEIGHT, SMALL, WIDTH, Box, Mark, Path, Rect, Sheet, Text
from viz.sheet.palette import Palette, mix, palette
from viz.sheet.place import positions
from viz.sheet.told import Ramp, Told, meaning
from viz.spec import Figure
from viz.state import State
from viz.view import Drawn
from viz.words import number, still

MARGIN = 44.0
# The height of a picture without title and caption.
BARE = 460.0
SCALES = (1, 2, 4)
PAINTERS: dict[str, Any] = {
    "walk": walk,
    "heads": heads,
    "plot": plot,
    "bars": bars,
    "chips": chips,
    "vectors": vectors,
}


@dataclass(frozen=True)
class Options:
    """How a picture is made.

    - address: where the page is, so that the link leads there.
    - scale: pixels for each unit of a PNG.
    - figure: which of several figures, counted from 0; None is all of them.
    """

    address: str = "http://localhost:7860/"
    theme: str = "light"
    scale: int = 2
    figure: int | None = None


PLAIN = Options()


def read_options(query: str, address: str = PLAIN.address) -> Options:
    """Return how a query string wants its picture; raises a sentence for what cannot be."""
    asked = dict(parse_qsl(query))
    theme = asked.get("theme", PLAIN.theme)
    return Options(
        address,
        PLAIN.theme if theme == "auto" else palette(theme).theme,
        _whole(asked, "scale") or PLAIN.scale,
        _whole(asked, "figure"),
    )


def _whole(asked: dict[str, str], name: str) -> int | None:
    text = asked.get(name, "")
    if text and not (text.isdecimal() and len(text) < 4):
        raise LecternError(f"“{name}={text[:20]}” is not a whole number.")
    return int(text) if text else None


def link_of(drawn: Drawn, options: Options = PLAIN) -> str:
    """Return the whole address that opens the state; nothing where nobody knows where the page is."""
    return f"{options.address}?{drawn.link()}" if options.address else ""


def caption_of(drawn: Drawn, options: Options = PLAIN) -> str:
    """Return what stands below a picture: model, layer, head and text, and what the colours mean."""
    figures = _figures(drawn, options)
    words = [meaning(_told(figure, drawn.state), options.theme) for figure in figures if figure.type in PAINTERS]
    meant = " ".join(dict.fromkeys(word for word in words if word))
    caption = drawn.spec.caption.strip()
    if "Hatched cells are −∞." in caption:
        meant = meant.replace("Hatched cells are −∞.", "").strip()
    return " ".join(part for part in (caption, meant) if part)


def slide(drawn: Drawn, options: Options = PLAIN) -> Sheet:
    """Return the sheet of a view at its state; raises a sentence for a figure that is a page of its own."""
    colours = palette(options.theme)
    told = told_of(drawn, options)
    marks, top = _heading(drawn, told, colours)
    caption, link = caption_of(drawn, options), link_of(drawn, options)
    below, bottom = _footer(caption, link, colours)
    said, bottom = _words(explained(told), bottom, colours)
    marks += [*_body(drawn, options, top, bottom), *said, *below]
    return Sheet(title_of(drawn), drawn.spec.alt, colours["paper"], tuple(marks), caption=caption, link=link)


def picture(drawn: Drawn, options: Options = PLAIN, height: float = BARE) -> Sheet:
    """Return the figures and their legend alone, for a slide that has a title and a caption of its own."""
    told_of(drawn, options)
    marks = tuple(_body(drawn, options, 16, height - 4))
    caption, link = caption_of(drawn, options), link_of(drawn, options)
    paper = palette(options.theme)["paper"]
    return Sheet(title_of(drawn), drawn.spec.alt, paper, marks, height=height, caption=caption, link=link)


def explained(told: list[Told]) -> Told:
    """Return the words that stand below the figures: those of the one that has steps, or of the first with any."""
    return max(told, key=lambda one: (bool(one.arithmetic), one.subtitle.startswith("Step "), bool(one.words)))


def title_of(drawn: Drawn) -> str:
    """Return the title of a picture: question and view."""
    return f"{drawn.view.question} {drawn.view.title}"


def _body(drawn: Drawn, options: Options, top: float, bottom: float) -> list[Mark]:
    colours, figures, told = palette(options.theme), _figures(drawn, options), told_of(drawn, options)
    legend, bottom = _legend(told, bottom, colours)
    box = Box(MARGIN, top, WIDTH - 2 * MARGIN, bottom - top - 6)
    return [*_figure_marks(figures, told, box, colours, drawn.state), *legend]


def stops(drawn: Drawn, options: Options = PLAIN) -> list[tuple[Drawn, Options]]:
    """Return what a lecture shows one after the other: each step of a walkthrough, each figure where there are several.

    A step that sweeps over many cells is one stop; one over few cells has a stop for each.
    """
    found = []
    for place, figure in enumerate(drawn.figures):
        if options.figure in (None, place):
            chosen = replace(options, figure=place if len(drawn.figures) > 1 else None)
            found += [(there, chosen) for there in (_walked(drawn, figure) if isinstance(figure, Walk) else [drawn])]
    return found


def _walked(drawn: Drawn, figure: Walk) -> list[Drawn]:
    states = []
    for place in positions(figure):
        cell = ",".join(map(str, place.cell)) if place.cell and place.index else ""
        states.append(drawn.state.model_copy(update={"step": place.step, "cell": cell}))
    return [replace(drawn, state=state) for state in states]


def told_of(drawn: Drawn, options: Options = PLAIN) -> list[Told]:
    """Return the words of every figure that is drawn; raises a sentence for one that is a page of its own."""
    figures = _figures(drawn, options)
    for figure in figures:
        if figure.type not in PAINTERS:
            raise LecternError(
                f"“{figure.title}” is a page of its own and cannot be drawn as a picture: choose “Drawn by Lectern”, "
                "or export it as .html."
            )
    return [_told(figure, drawn.state) for figure in figures]


def _figures(drawn: Drawn, options: Options) -> tuple[Any, ...]:
    if options.figure is None:
        return drawn.figures
    if not 0 <= options.figure < len(drawn.figures):
        raise LecternError(f"There is no figure {options.figure}: this view has figures 0 to {len(drawn.figures) - 1}.")
    return (drawn.figures[options.figure],)


def _told(figure: Figure, state: State) -> Told:
    told: Told = PAINTERS[figure.type].told(figure, state)
    return replace(told, words=still(told.words), arithmetic=still(told.arithmetic))


def _heading(drawn: Drawn, told: list[Told], colours: Palette) -> tuple[list[Mark], float]:
    room = WIDTH - 2 * MARGIN
    size = next((s for s in (38.0, 34.0, 30.0) if width(drawn.view.question, s, True) <= room), 30.0)
    subtitle = told[0].subtitle if len(told) == 1 else still(drawn.view.lead)
    marks: list[Mark] = [Text(MARGIN, 62, cut(drawn.view.question, size, room, True), size, colours["ink"], True)]
    if subtitle:
        marks.append(Text(MARGIN, 94, cut(subtitle, 21, room), 21, colours["soft"]))
    return marks, 112.0


def _footer(caption: str, link: str, colours: Palette) -> tuple[list[Mark], float]:
    room = WIDTH - 2 * MARGIN
    shown = cut(link, SMALL, room)
    lines = wrap(caption, SMALL, room, 3)
    bottom = HEIGHT - 20.0
    marks: list[Mark] = [Text(MARGIN, bottom, shown, SMALL, colours["accent"], link=link)] if link else []
    for place, line in enumerate(reversed(lines)):
        marks.append(Text(MARGIN, bottom - 22 * (place + 1), line, SMALL, colours["soft"]))
    top = bottom - 22 * len(lines) - 24
    marks.append(Path(((MARGIN, top), (WIDTH - MARGIN, top)), colours["line"], 1))
    return marks, top


def _words(told: Told, bottom: float, colours: Palette) -> tuple[list[Mark], float]:
    """Return the explanation and the sum of the chosen cell, and where they begin."""
    room = WIDTH - 2 * MARGIN
    lines = wrap(told.words, 22, room, 2)
    sums = wrap(told.arithmetic, 20, room, 1)
    marks: list[Mark] = []
    y = bottom - 16
    for line in reversed(sums):
        marks.append(Text(MARGIN, y, line, 20, colours["accent"]))
        y -= 30
    for line in reversed(lines):
        marks.append(Text(MARGIN, y, line, 22, colours["ink"]))
        y -= 28
    return marks, y + 2 if marks else bottom - 4


def _legend(told: list[Told], bottom: float, colours: Palette) -> tuple[list[Mark], float]:
    """Return one bar for each colour scale, and where the legend begins."""
    ramps = list(dict.fromkeys(ramp for one in told for ramp in one.ramps))
    hatched = any(one.hatched for one in told)
    if not ramps and not hatched:
        return [], bottom
    x, y, marks = MARGIN, bottom - 14, []
    for ramp in ramps:
        wide = _ramp_width(ramp)
        if x + wide > WIDTH - MARGIN:
            break
        marks += _ramp(ramp, x, y, colours)
        x += wide + 36
    if hatched and x + 60 < WIDTH - MARGIN:
        swatch = Rect(x, y - 14, 28, 18, colours["hatch-a"], colours["line"], 1, 3, colours["hatch-b"])
        marks += [swatch, Text(x + 36, y, "−∞", SMALL, colours["soft"])]
    return marks, y - 30


BAR = 110.0
PIECES = 22


def _ramp_width(ramp: Ramp) -> float:
    low, high = number(ramp.low, ramp.digits), number(ramp.high, ramp.digits)
    return BAR + 16 + width(low, SMALL) + width(high, SMALL) + 12 + min(330.0, width(ramp.what, SMALL))


def _ramp(ramp: Ramp, x: float, y: float, colours: Palette) -> list[Mark]:
    low, high = number(ramp.low, ramp.digits), number(ramp.high, ramp.digits)
    soft = colours["soft"]
    marks: list[Mark] = [Text(x, y, low, SMALL, soft)]
    x += width(low, SMALL) + 8
    for piece in range(PIECES):
        value = ramp.low + (ramp.high - ramp.low) * piece / (PIECES - 1)
        fill = colours.shade(value, ramp.colour, ramp.low, ramp.high)
        marks.append(Rect(x + piece * BAR / PIECES, y - 13, BAR / PIECES + 0.5, 16, fill))
    marks.append(Rect(x, y - 13, BAR, 16, None, mix(colours["line"], colours["soft"], 0.3), 1))
    x += BAR + 8
    marks.append(Text(x, y, high, SMALL, soft))
    x += width(high, SMALL) + 12
    marks.append(Text(x, y, cut(ramp.what, SMALL, 330), SMALL, colours["ink"]))
    return marks


def _figure_marks(figures: tuple[Any, ...], told: list[Told], box: Box, colours: Palette, state: State) -> list[Mark]:
    if len(figures) == 1:
        return list(PAINTERS[figures[0].type].paint(figures[0], box, colours, state))
    marks: list[Mark] = []
    for figure, one, part in zip(figures, told, _tiles(figures, box, state), strict=True):
        lines = wrap(one.subtitle, 18, part.width, 2, True)
        marks += [Text(part.x, part.y + 18 + 22 * i, line, 18, colours["ink"], True) for i, line in enumerate(lines)]
        marks += PAINTERS[figure.type].paint(figure, part.less(top=12 + 22 * len(lines)), colours, state)
    return marks


def _tiles(figures: tuple[Any, ...], box: Box, state: State) -> list[Box]:
    """Return a box for each figure: side by side up to three, in two rows from four on."""
    if len(figures) <= 3:
        return box.columns(tuple(_share(figure, state) for figure in figures), 36.0)
    half = -(-len(figures) // 2)
    upper = replace(box, height=(box.height - 20) / 2)
    lower = replace(upper, y=upper.bottom + 20)
    return [*upper.columns((1.0,) * half, 36.0), *lower.columns((1.0,) * half, 36.0)][: len(figures)]


def _share(figure: Any, state: State) -> float:
    """Return how much of the width a figure wants: a walkthrough more for each matrix of its step."""
    if not isinstance(figure, Walk):
        return 1.0
    return 0.75 + 0.25 * len(figure.steps[min(state.step, len(figure.steps) - 1)].layout)
