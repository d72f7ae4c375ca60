"""A sheet -> SVG with real text: the same marks, in the order in which they stand."""

import base64
import io
import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from viz.sheet.fonts import STACK
from viz.sheet.marks import Circle, Mark, Path, Picture, Rect, Sheet, Text

ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}" '
    'width="{width}" height="{height}" role="img" aria-labelledby="title alt" font-family="{stack}">'
)


def to_svg(sheet: Sheet) -> bytes:
    """Return the sheet as one SVG file that loads nothing."""
    hatches = list(dict.fromkeys(m.hatch for m in sheet.marks if isinstance(m, Rect) and m.hatch))
    parts = [
        HEAD.format(width=_n(sheet.width), height=_n(sheet.height), stack=STACK),
        f'<title id="title">{_words(sheet.title)}</title>',
        f'<desc id="alt">{_words(f"{sheet.alt} {sheet.caption} {sheet.link}".strip())}</desc>',
        *(["<defs>", *map(_pattern, hatches), "</defs>"] if hatches else []),
        f'<rect width="100%" height="100%" fill="{sheet.background}"/>',
        *(WRITERS[type(mark)](mark) for mark in sheet.marks),
        "</svg>",
    ]
    return "\n".join(parts).encode()


def _rect(mark: Rect) -> str:
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" height="{_n(mark.height)}"'
    if mark.radius:
        place += f' rx="{_n(mark.radius)}"'
    plain = f"<rect {place}{_paint(mark)}/>"
    return f'{plain}<rect {place} fill="url(#{_name(mark.hatch)})"/>' if mark.hatch else plain


def _text(mark: Text) -> str:
    turned = f' transform="rotate({_n(mark.turn)} {_n(mark.x)} {_n(mark.y)})"' if mark.turn else ""
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    bold = ' font-weight="700"' if mark.bold else ""
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}"'
    line = f'<text {place}{bold}{anchor}{turned} fill="{mark.fill}" xml:space="preserve">{_words(mark.text)}</text>'
    return f"<a xlink:href={quoteattr(_legal(mark.link))}>{line}</a>" if mark.link else line


def _path(mark: Path) -> str:
    (first, *rest) = (f"{_n(x)} {_n(y)}" for x, y in mark.points)
    steps = f"M{first} {'C' if mark.curve else 'L'}{' '.join(rest)}" + ("Z" if mark.closed else "")
    dash = f' stroke-dasharray="{" ".join(map(_n, mark.dash))}"' if mark.dash else ""
    return f'<path d="{steps}"{dash} stroke-linejoin="round"{_paint(mark)}/>'


def _circle(mark: Circle) -> str:
    return f'<circle cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"{_paint(mark)}/>'


def _picture(mark: Picture) -> str:
    data = base64.b64encode(png_of(mark)).decode()
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" height="{_n(mark.height)}"'
    sharp = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
    return f'<image {place} {sharp} xlink:href="data:image/png;base64,{data}"/>'


def png_of(mark: Picture) -> bytes:
    """Return the pixels of a picture as PNG bytes, enlarged so that no viewer blurs them."""
    rows, columns, _ = mark.pixels.shape
    times = max(1, min(16, round(2 * mark.width / columns)), min(16, round(2 * mark.height / rows)))
    buffer = io.BytesIO()
    Image.fromarray(mark.pixels.repeat(times, 0).repeat(times, 1)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _paint(mark: Rect | Path | Circle) -> str:
    fill = f' fill="{mark.fill or "none"}"'
    return f'{fill} stroke="{mark.stroke}" stroke-width="{_n(mark.line)}"' if mark.stroke else fill


def _pattern(colour: str) -> str:
    return (
        f'<pattern id="{_name(colour)}" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="4" height="8" fill="{colour}"/></pattern>'
    )


def _name(colour: str | None) -> str:
    return f"hatch-{(colour or '')[1:]}"


def _words(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    """Return the text without the characters that XML does not allow."""
    return ILLEGAL.sub("", text)


def _n(number: float) -> str:
    """Write a length with at most two decimals."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


WRITERS: dict[type[Mark], Callable[[Any], str]] = {
    Rect: _rect,
    Text: _text,
    Path: _path,
    Circle: _circle,
    Picture: _picture,
}
