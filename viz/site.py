"""Every view at its default as static pages: an index, a page each, a picture each. Any web server can serve them."""

import html
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from viz.export import CSS, standalone
from viz.sheet.marks import HEIGHT, WIDTH
from viz.sheet.png import to_png
from viz.sheet.slide import Options, slide
from viz.view import Drawn, View

SITE_CSS = CSS.parent / "deck" / "site.css"
NAME = "Lectern"
ABOUT = "Interactive figures for attention, transformers and embeddings, computed by real models."


def write_site(folder: Path, every: Sequence[Drawn], address: str) -> list[Path]:
    """Write a page for each view into a folder and return them; `address` is where it will be served, or empty.

    With an address, previews show pictures and search engines find every page.
    """
    options = Options(address=address and f"{address.rstrip('/')}/")
    pages = [_write(folder / drawn.view.key, drawn, options) for drawn in every]
    index = folder / "index.html"
    index.write_text(_index([drawn.view for drawn in every], options))
    if options.address:
        places = ["", *(f"{drawn.view.key}/" for drawn in every)]
        (folder / "sitemap.xml").write_text(_sitemap([options.address + place for place in places]))
        (folder / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {options.address}sitemap.xml\n")
    return [index, *pages]


def _write(folder: Path, drawn: Drawn, options: Options) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture.png").write_bytes(to_png(slide(drawn, replace(options, scale=1)), 1))
    page = folder / "index.html"
    page.write_bytes(standalone(drawn, options, head=_metadata(drawn, options), foot=BACK))
    return page


def _metadata(drawn: Drawn, options: Options) -> str:
    view = drawn.view
    place = f"{options.address}{view.key}/"
    picture = f"{place}picture.png" if options.address else "picture.png"
    return _tags(
        f"{view.question} {view.title}, {NAME}", f"{view.lead} {drawn.spec.alt}", place, picture, drawn.spec.alt
    ) + _learning(view, place, picture)


def _tags(title: str, about: str, place: str, picture: str, alt: str) -> str:
    """Return what search engines and previews of links read."""
    properties = {
        "og:type": "website",
        "og:site_name": NAME,
        "og:title": title,
        "og:description": about,
        "og:image": picture,
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
        "og:image:alt": alt,
        **({"og:url": place} if "//" in place else {}),
    }
    named = {"description": about, "twitter:card": "summary_large_image"}
    tags = [f'<meta name="{name}" content="{html.escape(text)}">' for name, text in named.items()]
    tags += [f'<meta property="{name}" content="{html.escape(text)}">' for name, text in properties.items()]
    canonical = [f'<link rel="canonical" href="{html.escape(place)}">'] if "//" in place else []
    return "\n".join([*tags, *canonical, ""])


def _learning(view: View, place: str, picture: str) -> str:
    """Return the view as a learning resource in the words of schema.org."""
    about = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "name": f"{view.title}: {view.question}",
        "description": view.lead,
        "learningResourceType": "interactive figure",
        "about": view.chapter,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "image": picture,
        **({"url": place} if "//" in place else {}),
    }
    return f'<script type="application/ld+json">{json.dumps(about).replace("<", chr(92) + "u003c")}</script>\n'


BACK = '<nav class="lectern lectern-caption"><a href="../">All figures</a></nav>\n'


def _index(views: list[View], options: Options) -> str:
    chapters = "".join(
        f"<section><h2>{html.escape(chapter)}</h2><ul>{''.join(map(_card, members))}</ul></section>\n"
        for chapter, members in groupby(views, key=lambda view: view.chapter)
    )
    first = views[0]
    picture = f"{options.address}{first.key}/picture.png"
    return INDEX.format(
        about=html.escape(ABOUT),
        head=_tags(f"{NAME}: {ABOUT}", ABOUT, options.address, picture, f"The figure “{first.title}”"),
        styles="\n".join(path.read_text() for path in (CSS / "tokens.css", SITE_CSS)),
        chapters=chapters,
        keys=json.dumps([view.key for view in views]),
    )


def _card(view: View) -> str:
    picture = f'<img src="{view.key}/picture.png" width="{WIDTH}" height="{HEIGHT}" loading="lazy" alt="">'
    words = f"<strong>{html.escape(view.title)}</strong><span>{html.escape(view.question)}</span>"
    return f'<li><a href="{view.key}/">{picture}{words}</a></li>'


def _sitemap(places: list[str]) -> str:
    entries = "".join(f"<url><loc>{html.escape(place)}</loc></url>" for place in places)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>\n'
    )


# A link to the full page (?view=KEY&...) leads to the page of its view: a static site has each at its default only.
INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lectern: {about}</title>
{head}<style>
{styles}
</style>
<body class="lectern">
<main>
<h1>Lectern</h1>
<p>{about}</p>
{chapters}</main>
<script>
const view = new URLSearchParams(location.search).get("view");
if ({keys}.includes(view)) location.replace(`${{view}}/`);
</script>
</body>
</html>
"""
