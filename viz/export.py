"""A drawn view -> a file. One function for each format; pictures are drawn by `viz.sheet`."""

import csv
import html
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from models.errors import LecternError
from viz.bundle import bundle
from viz.cite import to_bib
from viz.held import held, in_digits
from viz.pack import jsonable, pack
from viz.plotly_js import plotly_js
from viz.sheet import svg
from viz.sheet.slide import PLAIN, Options, caption_of, link_of, picture, slide, told_of
from viz.sheet.told import Told
from viz.spec import Plot
from viz.view import Drawn
from viz.words import still

CSS = Path(__file__).parent.parent / "assets" / "css"


@dataclass(frozen=True)
class Format:
    """How a view is written to one kind of file."""

    media_type: str
    write: Callable[[Drawn, Options], bytes]


def to_json(drawn: Drawn, options: Options) -> bytes:
    """Return the whole figure as JSON: every array as nested lists, minus infinity as "-inf"."""
    whole = drawn.response() | {"caption": full_caption(drawn, options), "link": link_of(drawn, options)}
    return json.dumps(jsonable(whole), ensure_ascii=False, indent=1).encode()


def to_npz(drawn: Drawn, options: Options) -> bytes:
    """Return the numbers as a NumPy archive, by name; with the figure's place before it if there are several."""
    several = len(drawn.figures) > 1
    arrays = {
        f"{place}.{name}" if several else name: values
        for place, figure in enumerate(drawn.figures)
        for name, values in figure.arrays().items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, caption=np.array(full_caption(drawn, options)), allow_pickle=False, **arrays)
    return buffer.getvalue()


def to_csv(drawn: Drawn, options: Options) -> bytes:
    """Return every table behind the figures, each under its title, with an empty line between them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_harmless(full_caption(drawn, options))])
    for table in (table for figure in drawn.figures for table in figure.tables()):
        writer.writerows([[], [_harmless(table.title)], [_harmless(name) for name in table.columns]])
        writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows)
    return buffer.getvalue().encode()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from reading a token as a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def to_html(drawn: Drawn, options: Options) -> bytes:
    """Return one HTML file that draws the figure by itself: modules, styles and numbers are inside."""
    return standalone(drawn, options)


def standalone(drawn: Drawn, options: Options, head: str = "", foot: str = "") -> bytes:
    """Return that file with more in its head, for instance metadata, and at its foot."""
    page = _page(
        title=html.escape(f"{drawn.view.question} {drawn.view.title}, Lectern"),
        head=head,
        alt=html.escape(drawn.spec.alt),
        caption=html.escape(full_caption(drawn, options)),
        packed=packed(drawn),
        plotly=plotly() if has_plot(drawn) else "",
        foot=foot,
    )
    return page.encode()


def shell(theme: str) -> str:
    """Return that file with @figure@ and @plotly@ where the numbers and the library belong, for many figures in one."""
    page = _page(title="Lectern", head="", alt="", caption="", packed="@figure@", plotly="@plotly@", foot="")
    return page.replace('<main class="lectern', f'<main data-theme="{theme}" class="lectern')


def _page(**parts: str) -> str:
    return PAGE.format(
        policy=POLICY,
        first_styles=(CSS / "tokens.css").read_text(),
        styles=held("\n".join((CSS / name).read_text() for name in ("figures.css", "page.css")).encode()),
        opener=bundle("held"),
        script=held(f"{bundle('standalone')}export const start = lectern.start;\n".encode()),
        **parts,
    )


def packed(drawn: Drawn) -> str:
    """Return the whole figure as a file carries it."""
    return held(pack(drawn.response()))


@cache
def plotly() -> str:
    """Return the plotting library as a file carries it."""
    return in_digits(plotly_js())


def has_plot(drawn: Drawn) -> bool:
    """Return whether a figure needs the plotting library."""
    return any(isinstance(figure, Plot) for figure in drawn.figures)


def to_svg(drawn: Drawn, options: Options) -> bytes:
    """Return the picture of the state as SVG with real text."""
    return svg.to_svg(slide(drawn, options))


def to_png(drawn: Drawn, options: Options) -> bytes:
    """Return the picture of the state as PNG."""
    from viz.sheet.png import to_png as written

    return written(slide(drawn, options), options.scale)


def to_pdf(drawn: Drawn, options: Options) -> bytes:
    """Return the picture of the state as a page of PDF with its fonts inside."""
    from viz.sheet.pdf import to_pdf as written

    return written([slide(drawn, options)])


def to_pptx(drawn: Drawn, options: Options) -> bytes:
    """Return a PowerPoint file: a slide for each step or figure."""
    from viz.pptx import to_pptx as written

    return written([drawn], options)


def to_tex(drawn: Drawn, options: Options) -> bytes:
    """Return the picture of the state as a Beamer frame in TikZ."""
    from viz.sheet.tikz import to_tikz

    told = told_of(drawn, options)
    one = told[0] if len(told) == 1 else Told(still(drawn.view.lead))
    return to_tikz(picture(drawn, options), drawn.view.question, one.subtitle, f"{one.words} {one.arithmetic}".strip())


def full_caption(drawn: Drawn, options: Options) -> str:
    """Return the caption that goes with every file: what is shown, what the colours mean, and the link."""
    return f"{caption_of(drawn, options)} {link_of(drawn, options)}".strip()


def export(drawn: Drawn, extension: str, options: Options = PLAIN) -> bytes:
    """Return the view as a file of this kind; raises a sentence for a kind that is not written."""
    if extension not in FORMATS:
        raise LecternError(
            f"There is no export to “.{extension[:20]}”. There are: {', '.join('.' + e for e in FORMATS)}."
        )
    return FORMATS[extension].write(drawn, options)


POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

FORMATS = {
    "html": Format("text/html; charset=utf-8", to_html),
    "svg": Format("image/svg+xml", to_svg),
    "png": Format("image/png", to_png),
    "pdf": Format("application/pdf", to_pdf),
    "pptx": Format(POWERPOINT, to_pptx),
    "tex": Format("application/x-tex; charset=utf-8", to_tex),
    "csv": Format("text/csv; charset=utf-8", to_csv),
    "npz": Format("application/octet-stream", to_npz),
    "json": Format("application/json", to_json),
    "bib": Format("application/x-bibtex; charset=utf-8", to_bib),
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
{head}<style>
{first_styles}
</style>
<body>
<main class="lectern lectern-alone" data-ready="0"><noscript>{alt}</noscript></main>
<footer class="lectern lectern-caption">{caption}</footer>
{foot}<script type="text/plain" class="lectern-figure">{packed}</script>
<script type="text/plain" class="lectern-styles">{styles}</script>
<script type="text/plain" class="lectern-script">{script}</script>
<script type="text/plain" class="lectern-plotly">{plotly}</script>
<script type="module">
{opener}
const part = (name) => document.querySelector(name);
const styles = document.createElement("style");
styles.textContent = await new Response(await lectern.held(part(".lectern-styles"))).text();
document.head.append(styles);
const figure = await import(await lectern.heldScript(part(".lectern-script")));
figure.start(part("main"), part(".lectern-figure"), part(".lectern-plotly"));
</script>
</body>
</html>
"""
