"""Drawn views -> a PowerPoint file: a slide for each step or figure, with text that can be edited."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Emu, Pt

from viz.sheet.fonts import width, wrap
from viz.sheet.marks import HEIGHT, WIDTH
from viz.sheet.palette import Palette, palette
from viz.sheet.png import to_png
from viz.sheet.slide import BARE, MARGIN, PLAIN, Options, caption_of, link_of, picture, stops, told_of
from viz.sheet.told import Told
from viz.view import Drawn
from viz.words import still

# A slide of 13.33 by 7.5 inches has 1280 by 720 units of this many English Metric Units.
UNIT = 9525
TITLE_ONLY = 5
# A text box has eight units of air inside.
WIDER = 1.5  # a viewer that lacks the font of the theme may take one as much wider than ours
LEFT = MARGIN - 8
ROOM = WIDTH - 2 * LEFT
# The same state gives the same file.
BEGINNING = (2000, 1, 1, 0, 0, 0)


def to_pptx(every: Sequence[Drawn], options: Options = PLAIN, *, steps: bool = True) -> bytes:
    """Return the views as one file of slides, in their order: each step of a walkthrough, or only the one it is at."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(WIDTH * UNIT), Emu(HEIGHT * UNIT)
    for drawn in every:
        for there, chosen in stops(drawn, options) if steps else [(drawn, options)]:
            _slide(deck, there, chosen)
    about = deck.core_properties
    about.title, about.author = every[0].view.question, "Lectern"
    about.created = about.modified = datetime(*BEGINNING)
    buffer = io.BytesIO()
    deck.save(buffer)
    return _timeless(buffer.getvalue())


def _slide(deck: Any, drawn: Drawn, options: Options) -> None:
    colours = palette(options.theme)
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = _rgb(colours["paper"])
    told = told_of(drawn, options)
    one = told[0] if len(told) == 1 else Told(still(drawn.view.lead))
    _title(slide.shapes.title, drawn.view.question, colours)
    _text(slide, one.subtitle, 66, 32, 21, colours["soft"])
    shown = slide.shapes.add_picture(io.BytesIO(to_png(picture(drawn, options), 2)), 0, _u(104), _u(WIDTH), _u(BARE))
    shown.name = "Figure"
    shown._element.nvPicPr.cNvPr.set("descr", f"{drawn.spec.alt} {caption_of(drawn, options)}")
    _text(slide, "\n".join(part for part in (one.words, one.arithmetic) if part), 564, 76, 20, colours["ink"])
    _caption(slide, drawn, options, colours)
    slide.notes_slide.notes_text_frame.text = notes(drawn, options)


def notes(drawn: Drawn, options: Options = PLAIN) -> str:
    """Return what the speaker reads: explanation, arithmetic, what people get wrong, caption and link."""
    said = [part for told in told_of(drawn, options) for part in (told.subtitle, told.words, told.arithmetic)]
    view = drawn.view
    more = [f"What people get wrong: {view.misconception}", f"What this does not show: {view.not_shown}"]
    return "\n\n".join(part for part in [*said, *more, caption_of(drawn, options), link_of(drawn, options)] if part)


def _title(shape: Any, text: str, colours: Palette) -> None:
    shape.left, shape.top, shape.width, shape.height = (_u(part) for part in (LEFT, 18, ROOM, 54))
    shape.text_frame.text = text
    shape.text_frame.word_wrap = True
    line = shape.text_frame.paragraphs[0]
    line.alignment = 1
    _font(line.font, min(38.0, 38.0 * ROOM / (WIDER * width(text, 38, True))), colours["ink"], bold=True)


def _caption(slide: Any, drawn: Drawn, options: Options, colours: Palette) -> None:
    lines = wrap(caption_of(drawn, options), 15, WIDTH - 2 * MARGIN, 2)
    frame = _text(slide, " ".join(lines), 642, 72, 15, colours["soft"])
    link = link_of(drawn, options)
    if not link:
        return
    run = frame.add_paragraph().add_run()
    run.text = link if len(link) <= 150 else f"{link[:149]}…"
    _font(run.font, 15, colours["accent"])
    run.hyperlink.address = link


def _text(slide: Any, text: str, top: float, height: float, size: float, colour: str) -> Any:
    shape = slide.shapes.add_textbox(_u(LEFT), _u(top), _u(ROOM), _u(height))
    frame = shape.text_frame
    frame.word_wrap = True
    frame.margin_top = frame.margin_bottom = 0
    for place, words in enumerate(text.split("\n")):
        line = frame.paragraphs[0] if not place else frame.add_paragraph()
        line.text = words
        _font(line.font, size, colour)
    return frame


def _font(font: Any, size: float, colour: str, bold: bool = False) -> None:
    font.size = Pt(size * 0.75)
    font.bold = bold
    font.color.rgb = _rgb(colour)


def _u(units: float) -> Emu:
    return Emu(round(units * UNIT))


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour[1:].upper())


def _timeless(data: bytes) -> bytes:
    """Return the same archive without the time at which it was written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, BEGINNING), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
