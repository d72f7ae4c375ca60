"""A deck from several states: links -> one page for reveal.js that needs no network, PowerPoint, or a PDF hand-out.

The states stand in the deck as they were collected: a slide each, at the step and the cell that the link names.
"""

import base64
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from models.errors import LecternError
from viz.bundle import bundle
from viz.export import POLICY, POWERPOINT, has_plot, packed, plotly, shell
from viz.held import held
from viz.sheet.slide import Options, caption_of, link_of, slide
from viz.sheet.svg import to_svg
from viz.view import Drawn, draw
from viz.views import find

MOST_SLIDES = 60
DECK_CSS = Path(__file__).parent.parent / "assets" / "deck" / "deck.css"


@dataclass(frozen=True)
class DeckFormat:
    """How a deck is written to one kind of file."""

    media_type: str
    write: Callable[[Sequence[Drawn], Options], bytes]


def read_deck(query: str, execute: Callable[[Any], Any]) -> list[Drawn]:
    """Return the views of a query string `s=LINK&s=LINK...`, each link as the address bar has it, drawn in order."""
    links = parse_qs(query).get("s", [])
    if not links:
        raise LecternError("The deck is empty: add a state with “Add to deck” first.")
    if len(links) > MOST_SLIDES:
        raise LecternError(f"A deck holds {MOST_SLIDES} states and this one has {len(links)}: make two of it.")
    return [_drawn(link, execute) for link in links]


def _drawn(link: str, execute: Callable[[Any], Any]) -> Drawn:
    query = link.partition("?")[2] if link.startswith(("http", "/", "?")) else link
    asked = dict(parse_qsl(query, keep_blank_values=True))
    view = find(asked.pop("view", ""))
    return draw(view, urlencode(asked), execute)


def write_deck(deck: Sequence[Drawn], extension: str, options: Options) -> bytes:
    """Return the deck as a file of this kind; raises a sentence for a kind that is not written."""
    if extension not in DECKS:
        raise LecternError(f"A deck is one of {', '.join('.' + e for e in DECKS)}, not .{extension[:20]}.")
    return DECKS[extension].write(deck, options)


def to_html(deck: Sequence[Drawn], options: Options) -> bytes:
    """Return one page: reveal.js's own markup, a small runner, and every figure alive in its slide."""
    page = PAGE.format(
        title=html.escape(deck[0].view.question),
        policy=POLICY,
        styles=DECK_CSS.read_text(),
        theme=options.theme,
        slides="\n".join(_section(drawn, options) for drawn in deck),
        shell=held(shell(options.theme).encode()),
        plotly=plotly() if any(map(has_plot, deck)) else "",
        script=bundle("runner"),
    )
    return page.encode()


def _section(drawn: Drawn, options: Options) -> str:
    question, alt = html.escape(drawn.view.question), html.escape(drawn.spec.alt)
    link = link_of(drawn, options)
    whole = f' <a href="{html.escape(link)}">Open</a>' if link else ""
    plot = ' data-plotly=""' if has_plot(drawn) else ""
    said = html.escape(f"{drawn.view.misconception} {drawn.view.not_shown}")
    return (
        f'<section data-lectern="{drawn.view.key}"{plot}><h2>{question}</h2>'
        f'<div class="deck-frame" data-title="{question}">{_poster(drawn, options, alt)}</div>'
        f'<p class="deck-caption">{html.escape(caption_of(drawn, options))}{whole}</p>'
        f'<aside class="notes">{said}</aside><script type="text/plain">{packed(drawn)}</script></section>'
    )


def _poster(drawn: Drawn, options: Options, alt: str) -> str:
    """Return the picture that stands for the figure until it is there, and on paper; none for a page of its own."""
    try:
        data = base64.b64encode(to_svg(slide(drawn, options))).decode()
    except LecternError:
        return ""
    return f'<img class="deck-poster" alt="{alt}" src="data:image/svg+xml;base64,{data}">'


def to_pptx(deck: Sequence[Drawn], options: Options) -> bytes:
    """Return a PowerPoint file with a slide for each state."""
    from viz.pptx import to_pptx as written

    return written(deck, options, steps=False)


def to_pdf(deck: Sequence[Drawn], options: Options) -> bytes:
    """Return a hand-out on A4: two states a page, each with a QR code that opens it."""
    from viz.handout import handout
    from viz.sheet.pdf import to_pdf as written

    return written(handout(deck, options))


DECKS = {
    "html": DeckFormat("text/html; charset=utf-8", to_html),
    "pptx": DeckFormat(POWERPOINT, to_pptx),
    "pdf": DeckFormat("application/pdf", to_pdf),
}

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{styles}
</style>
<body class="deck-{theme}">
<main class="reveal"><div class="slides">
{slides}
</div></main>
<p class="deck-place" role="status"></p>
<script type="text/plain" class="deck-shell">{shell}</script>
<script type="text/plain" class="deck-plotly">{plotly}</script>
<script type="module">
{script}
lectern.start(document);
</script>
</body>
</html>
"""
