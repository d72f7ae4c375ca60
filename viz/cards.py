"""Small pictures of the views for the start page, baked with the default figures: a light and a dark one each.

A card shows the part of a view that says most at the width of a hand: one figure at one step, in our own drawing.
"""

import io
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageChops

from viz.chips import Chips
from viz.scene import Walk
from viz.sheet.marks import Box, Mark, Sheet
from viz.sheet.palette import palette
from viz.sheet.png import rasterised
from viz.sheet.slide import PAINTERS
from viz.sheet.svg import to_svg
from viz.spec import Figure, Heads
from viz.view import Drawn

CARDS = Path(__file__).parent.parent / "assets" / "cards"
THEMES = ("light", "dark")
# Pixels: twice the size on the page.
WIDTH, HEIGHT = 640, 360
MARGIN = 0.045
LARGEST = 1.35
DRAWN_AT = 3


@dataclass(frozen=True)
class Card:
    """Which figures, at which step, with which panels of a head, how many rows of chips, and how many units wide.

    More units make smaller text.
    """

    figures: tuple[int, ...] = (0,)
    step: int = 0
    panels: tuple[str, ...] = ("matrix", "arcs")
    rows: int = 3
    units: float = 480.0


PLAIN = Card()
SHOWN: dict[str, Card] = {
    "positional-encoding": Card(units=560),
    "tokens": Card(units=480),
    "embedding-lookup": Card(units=560),
    "block": Card((2,), units=560),
    "translation": Card(units=500),
    "teacher-forcing": Card(units=520),
    "output": Card((1,), units=520),
    "attention-steps": Card(step=6, units=640),
    "masked-scores": Card(step=3, units=640),
    "attention": Card(units=520),
    "bert-vs-gpt": Card((0, 1), panels=("matrix",), units=640),
    "masked-lm": Card(units=500),
    "next-token": Card((1,), units=520),
    "logit-lens": Card(rows=2, units=500),
    "question-answering": Card(units=640),
    "contextual-embeddings": Card((1,), units=560),
}


def card(drawn: Drawn, theme: str) -> bytes:
    """Return the card of a view as WebP bytes, WIDTH by HEIGHT pixels."""
    paper = palette(theme)["paper"]
    shown = SHOWN.get(drawn.view.key, PLAIN)
    marks = tuple(_marks(drawn, shown, theme))
    sheet = Sheet(drawn.view.title, "", paper, marks, width=shown.units, height=shown.units * HEIGHT / WIDTH)
    pixels = Image.open(io.BytesIO(rasterised(to_svg(sheet), DRAWN_AT * WIDTH))).convert("RGB")
    buffer = io.BytesIO()
    _framed(pixels, paper).save(buffer, "WEBP", quality=75, method=6)
    return buffer.getvalue()


def _marks(drawn: Drawn, shown: Card, theme: str) -> list[Mark]:
    figures = [drawn.figures[place] for place in shown.figures]
    box = Box(12, 12, shown.units - 24, shown.units * HEIGHT / WIDTH - 24)
    state = drawn.state.model_copy(update={"step": shown.step})
    marks: list[Mark] = []
    for figure, part in zip(figures, box.columns((1.0,) * len(figures), 24.0), strict=True):
        at = state if isinstance(figure, Walk) else drawn.state
        marks += PAINTERS[figure.type].paint(_part(figure, shown), part, palette(theme), at)
    return marks


def _part(figure: Figure, shown: Card) -> Figure:
    if isinstance(figure, Heads):
        return replace(figure, panels=shown.panels)
    return replace(figure, rows=figure.rows[: shown.rows]) if isinstance(figure, Chips) else figure


def _framed(pixels: Image.Image, paper: str) -> Image.Image:
    """Return what is drawn in the middle of a card, enlarged a little where it is small."""
    blank = Image.new("RGB", pixels.size, paper)
    drawn = pixels.crop(ImageChops.difference(pixels, blank).getbbox())
    room = (WIDTH * (1 - 2 * MARGIN), HEIGHT - 2 * MARGIN * WIDTH)
    share = min(room[0] / drawn.width, room[1] / drawn.height, LARGEST / DRAWN_AT)
    small = drawn.resize((round(drawn.width * share), round(drawn.height * share)), Image.Resampling.LANCZOS)
    framed = Image.new("RGB", (WIDTH, HEIGHT), paper)
    framed.paste(small, ((WIDTH - small.width) // 2, (HEIGHT - small.height) // 2))
    return framed


def write_cards(drawn: Drawn) -> list[Path]:
    """Write the cards of a view to assets/cards and return where they are."""
    CARDS.mkdir(parents=True, exist_ok=True)
    paths = [CARDS / f"{drawn.view.key}-{theme}.webp" for theme in THEMES]
    for path, theme in zip(paths, THEMES, strict=True):
        path.write_bytes(card(drawn, theme))
    return paths
