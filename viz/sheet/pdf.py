"""Sheets -> PDF, a page each: vectors, real text, and the letters that are used of every font inside the file."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from fpdf import FPDF
from fpdf.drawing import PaintedPath
from PIL import Image

from viz.sheet.fonts import faces, runs, width
from viz.sheet.marks import Circle, Mark, Path, Picture, Rect, Sheet, Text
from viz.sheet.palette import parse_hex

# A page is as wide as a slide of PowerPoint, 13.33 inches: a unit of the sheet is 0.75 points.
POINT = 0.75
# The same state gives the same file.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
STRIPE = 11.3


def to_pdf(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as the pages of one PDF file with embedded fonts."""
    first = sheets[0]
    page = FPDF(unit="pt", format=(first.width * POINT, first.height * POINT))
    page.set_auto_page_break(False)
    page.set_margin(0)
    page.c_margin = 0
    page.set_creation_date(BEGINNING)
    page.set_title(first.title)
    page.set_subject(f"{first.alt} {first.caption}".strip())
    page.set_keywords(first.link)
    page.set_creator("Lectern")
    page.set_lang("en")
    for place, face in enumerate(faces()):
        page.add_font(f"f{place}", "", str(face.regular))
        page.add_font(f"f{place}", "B", str(face.bold))
    for sheet in sheets:
        _draw(page, sheet)
    return bytes(page.output())


def _draw(page: FPDF, sheet: Sheet) -> None:
    page.add_page(format=(sheet.width * POINT, sheet.height * POINT))
    for mark in (Rect(0, 0, sheet.width, sheet.height, sheet.background), *sheet.marks):
        WRITERS[type(mark)](page, mark)


def _rect(page: FPDF, mark: Rect) -> None:
    place = (mark.x * POINT, mark.y * POINT, mark.width * POINT, mark.height * POINT)
    round_, radius = mark.radius > 0, mark.radius * POINT
    if mark.hatch:
        page.set_fill_color(*parse_hex(mark.fill or "#ffffff"))
        page.rect(*place, style="F", round_corners=round_, corner_radius=radius)
        _stripes(page, mark)
    style = _paint(page, None if mark.hatch else mark.fill, mark.stroke, mark.line)
    if style:
        page.rect(*place, style=style, round_corners=round_, corner_radius=radius)


def _stripes(page: FPDF, mark: Rect) -> None:
    """Draw diagonal stripes inside a rectangle."""
    page.set_draw_color(*parse_hex(mark.hatch or "#000000"))
    page.set_line_width(STRIPE / 2 * 0.7 * POINT)
    right, bottom, start = mark.x + mark.width, mark.y + mark.height, mark.x + mark.y
    with page.rect_clip(*(part * POINT for part in (mark.x, mark.y, mark.width, mark.height))):
        total = start - start % STRIPE
        while total < right + bottom:
            total += STRIPE
            x = max(mark.x, total - bottom)
            end = min(right, total - mark.y)
            page.line(x * POINT, (total - x) * POINT, end * POINT, (total - end) * POINT)


def _text(page: FPDF, mark: Text) -> None:
    long = width(mark.text, mark.size, mark.bold)
    x = mark.x - {"start": 0.0, "middle": long / 2, "end": long}[mark.anchor]
    page.set_text_color(*parse_hex(mark.fill))
    if mark.turn:
        with page.rotation(-mark.turn, mark.x * POINT, mark.y * POINT):
            _runs(page, mark, x)
    else:
        _runs(page, mark, x)
    if mark.link:
        page.link(x * POINT, (mark.y - mark.size) * POINT, long * POINT, 1.3 * mark.size * POINT, mark.link)


def _runs(page: FPDF, mark: Text, x: float) -> None:
    for face, piece in runs(mark.text, mark.bold):
        page.set_font(f"f{face}", "B" if mark.bold else "", mark.size * POINT)
        page.text(x * POINT, mark.y * POINT, piece)
        x += width(piece, mark.size, mark.bold)


def _path(page: FPDF, mark: Path) -> None:
    points = [(x * POINT, y * POINT) for x, y in mark.points]
    with page.drawing_context() as drawing:
        path = PaintedPath(*points[0])
        path.style.fill_color = mark.fill
        path.style.stroke_color = mark.stroke
        path.style.stroke_width = mark.line * POINT
        path.style.stroke_dash_pattern = [part * POINT for part in mark.dash] or None
        path.style.stroke_join_style = "round"
        path.style.auto_close = mark.closed
        if mark.curve:
            for one, two, end in zip(points[1::3], points[2::3], points[3::3], strict=True):
                path.curve_to(*one, *two, *end)
        else:
            for x, y in points[1:]:
                path.line_to(x, y)
        drawing.add_item(path)


def _circle(page: FPDF, mark: Circle) -> None:
    style = _paint(page, mark.fill, mark.stroke, mark.line)
    page.circle(mark.x * POINT, mark.y * POINT, mark.radius * POINT, style=style)


def _picture(page: FPDF, mark: Picture) -> None:
    page.image(Image.fromarray(mark.pixels), mark.x * POINT, mark.y * POINT, mark.width * POINT, mark.height * POINT)


def _paint(page: FPDF, fill: str | None, stroke: str | None, line: float) -> str:
    """Choose colours and return what fpdf calls the way to paint: "DF", "F", "D" or nothing at all."""
    if fill:
        page.set_fill_color(*parse_hex(fill))
    if stroke:
        page.set_draw_color(*parse_hex(stroke))
        page.set_line_width(line * POINT)
    return ("D" if stroke else "") + ("F" if fill else "")


WRITERS: dict[type[Mark], Callable[[FPDF, Any], None]] = {
    Rect: _rect,
    Text: _text,
    Path: _path,
    Circle: _circle,
    Picture: _picture,
}
