"""A drawn view -> a file: HTML that works by double click, JSON, NPZ, CSV. One function for each format."""

import base64
import csv
import gzip
import html
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import LecternError
from viz.bundle import bundle
from viz.pack import jsonable, pack
from viz.plotly_js import plotly_js
from viz.spec import Plot
from viz.view import Drawn

CSS = Path(__file__).parent.parent / "assets" / "css"


@dataclass(frozen=True)
class Format:
    """How a view is written to one kind of file."""

    media_type: str
    write: Callable[[Drawn], bytes]


def to_json(drawn: Drawn) -> bytes:
    """Return the whole figure as JSON: every array as nested lists, minus infinity as "-inf"."""
    return json.dumps(jsonable(drawn.response()), ensure_ascii=False, indent=1).encode()


def to_npz(drawn: Drawn) -> bytes:
    """Return the numbers as a NumPy archive, by name; with the figure's place before it if there are several."""
    several = len(drawn.figures) > 1
    arrays = {
        f"{place}.{name}" if several else name: values
        for place, figure in enumerate(drawn.figures)
        for name, values in figure.arrays().items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, caption=np.array(drawn.spec.caption), allow_pickle=False, **arrays)
    return buffer.getvalue()


def to_csv(drawn: Drawn) -> bytes:
    """Return every table behind the figures, each under its title, with an empty line between them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_harmless(drawn.spec.caption)])
    for table in (table for figure in drawn.figures for table in figure.tables()):
        writer.writerows([[], [_harmless(table.title)], [_harmless(name) for name in table.columns]])
        writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows)
    return buffer.getvalue().encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from reading a token as a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def to_html(drawn: Drawn) -> bytes:
    """Return one HTML file that draws the figure by itself: modules, styles and numbers are inside."""
    styles = "\n".join((CSS / name).read_text() for name in ("tokens.css", "figures.css", "page.css"))
    packed = base64.b64encode(gzip.compress(pack(drawn.response()), 9, mtime=0)).decode()
    page = PAGE.format(
        title=html.escape(f"{drawn.view.question} {drawn.view.title}, Lectern"),
        policy=POLICY,
        styles=styles,
        alt=html.escape(drawn.spec.alt),
        caption=html.escape(drawn.spec.caption),
        packed=packed,
        plotly=base64.b64encode(plotly_js()).decode() if _has_plot(drawn) else "",
        script=bundle("standalone"),
    )
    return page.encode()


def _has_plot(drawn: Drawn) -> bool:
    return any(isinstance(figure, Plot) for figure in drawn.figures)


def export(drawn: Drawn, extension: str) -> bytes:
    """Return the view as a file of this kind; raises a sentence for a kind that is not written."""
    if extension not in FORMATS:
        raise LecternError(
            f"There is no export to “.{extension[:20]}”. There are: {', '.join('.' + e for e in FORMATS)}."
        )
    return FORMATS[extension].write(drawn)


FORMATS = {
    "html": Format("text/html; charset=utf-8", to_html),
    "json": Format("application/json", to_json),
    "npz": Format("application/octet-stream", to_npz),
    "csv": Format("text/csv; charset=utf-8", to_csv),
}

# What such a file may do: run what is inside it, and ask nobody for anything.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-src 'self' about: data: blob:"
)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{styles}
</style>
<body>
<main class="lectern lectern-alone" data-ready="0"><noscript>{alt}</noscript></main>
<footer class="lectern lectern-caption">{caption}</footer>
<script type="text/plain" class="lectern-figure">{packed}</script>
<script type="text/plain" class="lectern-plotly">{plotly}</script>
<script type="module">
{script}
const part = (name) => document.querySelector(name);
lectern.start(part("main"), part(".lectern-figure"), part(".lectern-plotly"));
</script>
</body>
</html>
"""
