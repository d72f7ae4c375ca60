"""A sheet -> TikZ for Beamer: a document that compiles by itself, and a frame in it to copy into a deck.

pdfLaTeX, LuaLaTeX and XeLaTeX take it. Letters that Computer Modern does not have (Chinese, Arabic) need one of the
last two and a font that has them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from viz.sheet.latex import escaped, url
from viz.sheet.marks import Circle, Mark, Path, Picture, Rect, Sheet, Text

# TeX holds a picture in its memory: more cells than this are drawn as the mean of their neighbours.
MOST_CELLS = 5000
ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}

DOCUMENT = r"""% {title}
% {caption}
% {link}
% Compiles by itself. For your own deck, copy the packages and the colours into its preamble, and the frame.
\documentclass[aspectratio=169]{{beamer}}
\usepackage{{iftex}}
\ifpdftex\usepackage[utf8]{{inputenc}}\usepackage[T1]{{fontenc}}\usepackage{{lmodern}}\fi
\usepackage{{tikz}}
\usetikzlibrary{{patterns.meta}}
{colours}
\setbeamertemplate{{navigation symbols}}{{}}
\begin{{document}}
\begin{{frame}}
\frametitle{{{title}}}
{subtitle}\centering
\resizebox{{\textwidth}}{{!}}{{%
\begin{{tikzpicture}}[x=1pt, y=-1pt, inner sep=0pt, outer sep=0pt, line join=round]
\useasboundingbox (0, 0) rectangle ({width}, {height});
{marks}
\end{{tikzpicture}}}}\par
{words}\raggedright\tiny {caption} \href{{{address}}}{{Open this figure.}}\par
\end{{frame}}
\end{{document}}
"""


def to_tikz(sheet: Sheet, title: str, subtitle: str = "", words: str = "") -> bytes:
    """Return the sheet as a Beamer document with one frame; what had to be made coarser is said in a comment."""
    pictures = sum(isinstance(mark, Picture) for mark in sheet.marks)
    coarse = [_coarse(mark, MOST_CELLS // pictures) if isinstance(mark, Picture) else mark for mark in sheet.marks]
    lost = [f"% {len(a.pixels)} rows of cells are drawn as {len(b.pixels)}" for a, b in _pairs(sheet.marks, coarse)]
    marks = [*lost, *(line for mark in coarse for line in WRITERS[type(mark)](mark))]
    colours = sorted({colour for mark in coarse for colour in _colours(mark)})
    return DOCUMENT.format(
        title=escaped(title),
        caption=escaped(sheet.caption),
        link=sheet.link,
        address=url(sheet.link),
        colours="\n".join(rf"\definecolor{{{_name(c)}}}{{HTML}}{{{c[1:].upper()}}}" for c in colours),
        subtitle=rf"\framesubtitle{{{escaped(subtitle)}}}" + "\n" if subtitle else "",
        words=rf"{{\raggedright\small {escaped(words)}\par}}" + "\n" if words else "",
        width=_n(sheet.width),
        height=_n(sheet.height),
        marks="\n".join(marks),
    ).encode()


def _colours(mark: Mark) -> list[str]:
    if isinstance(mark, Picture):
        return [_hex(pixel) for pixel in np.unique(mark.pixels.reshape(-1, 3), axis=0)]
    named = (getattr(mark, name, None) for name in ("fill", "stroke", "hatch"))
    return [colour for colour in named if colour]


def _rect(mark: Rect) -> list[str]:
    rounded = f", rounded corners={_n(mark.radius)}pt" if mark.radius else ""
    place = f"({_n(mark.x)}, {_n(mark.y)}) rectangle +({_n(mark.width)}, {_n(mark.height)});"
    lines = [rf"\path[{_paint(mark)}{rounded}] {place}"]
    if mark.hatch:
        stripes = rf"pattern={{Lines[angle=45, distance=8pt, line width=3.5pt]}}, pattern color={_name(mark.hatch)}"
        lines.append(rf"\path[{stripes}{rounded}] {place}")
    return lines


def _text(mark: Text) -> list[str]:
    size = rf"\fontsize{{{_n(mark.size)}}}{{{_n(mark.size)}}}\selectfont"
    turned = f", rotate={_n(-mark.turn)}" if mark.turn else ""
    look = f"anchor={ANCHORS[mark.anchor]}, text={_name(mark.fill)}{turned}"
    words = rf"\textbf{{{escaped(mark.text)}}}" if mark.bold else escaped(mark.text)
    return [rf"\node[{look}] at ({_n(mark.x)}, {_n(mark.y)}) {{{size} {words}}};"]


def _path(mark: Path) -> list[str]:
    points = [f"({_n(x)}, {_n(y)})" for x, y in mark.points]
    if mark.curve:
        pieces = zip(points[1::3], points[2::3], points[3::3], strict=True)
        line = points[0] + "".join(f" .. controls {one} and {two} .. {end}" for one, two, end in pieces)
    else:
        line = " -- ".join(points)
    gaps = [f"o{'n' if i % 2 == 0 else 'ff'} {_n(part)}pt" for i, part in enumerate(mark.dash)]
    dash = f", dash pattern={' '.join(gaps)}" if gaps else ""
    return [rf"\path[{_paint(mark)}{dash}] {line}{' -- cycle' if mark.closed else ''};"]


def _circle(mark: Circle) -> list[str]:
    return [rf"\path[{_paint(mark)}] ({_n(mark.x)}, {_n(mark.y)}) circle[radius={_n(mark.radius)}pt];"]


def _picture(mark: Picture) -> list[str]:
    """Draw each run of equal cells as one rectangle."""
    pixels = mark.pixels
    rows, columns, _ = pixels.shape
    across, down = mark.width / columns, mark.height / rows
    lines = []
    for row in range(rows):
        start = 0
        for column in range(1, columns + 1):
            if column == columns or (pixels[row, column] != pixels[row, start]).any():
                place = f"({_n(mark.x + start * across)}, {_n(mark.y + row * down)})"
                size = f"({_n((column - start) * across)}, {_n(down)})"
                lines.append(rf"\fill[{_name(_hex(pixels[row, start]))}] {place} rectangle +{size};")
                start = column
    return lines


def _coarse(mark: Picture, most: int) -> Picture:
    """Return a picture of at most so many cells, in sixteenths of each colour so that they share names."""
    pixels, side = mark.pixels, 1
    while -(-pixels.shape[0] // side) * -(-pixels.shape[1] // side) > max(16, most):
        side += 1
    rows, columns = (range(0, length, side) for length in pixels.shape[:2])
    means = [[pixels[r : r + side, c : c + side].reshape(-1, 3).mean(0) for c in columns] for r in rows]
    return replace(mark, pixels=np.minimum(255, np.round(np.array(means) / 16) * 16).astype(np.uint8))


def _pairs(before: Sequence[Mark], after: Sequence[Mark]) -> list[tuple[Picture, Picture]]:
    """Return the pictures that lost cells, as they were and as they are."""
    pairs = zip(before, after, strict=True)
    both = [(a, b) for a, b in pairs if isinstance(a, Picture) and isinstance(b, Picture)]
    return [(a, b) for a, b in both if a.pixels.shape != b.pixels.shape]


def _paint(mark: Rect | Path | Circle) -> str:
    fill = [f"fill={_name(mark.fill)}"] if mark.fill else []
    draw = [f"draw={_name(mark.stroke)}", f"line width={_n(mark.line)}pt"] if mark.stroke else []
    return ", ".join([*fill, *draw])


def _hex(pixel: np.ndarray) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in pixel)


def _name(colour: str) -> str:
    return f"L{colour[1:]}"


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"


WRITERS: dict[type[Mark], Callable[[Any], list[str]]] = {
    Rect: _rect,
    Text: _text,
    Path: _path,
    Circle: _circle,
    Picture: _picture,
}
