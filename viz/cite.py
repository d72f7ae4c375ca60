"""How to cite a figure: a BibTeX entry that names the view, the model and the link to the state."""

from viz.sheet.latex import escaped, url
from viz.sheet.slide import PLAIN, Options, link_of
from viz.view import Drawn

YEAR = 2026


def to_bib(drawn: Drawn, options: Options = PLAIN) -> bytes:
    """Return a BibTeX entry of the figure at its state."""
    view = drawn.view
    fields = {
        "author": "{Lectern}",
        "title": f"{{{escaped(f'{view.title}: {view.question}')}}}",
        "year": str(YEAR),
        "howpublished": rf"Interactive figure, \url{{{url(link_of(drawn, options))}}}",
        "note": escaped(drawn.spec.caption.strip()),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{lectern-{view.key},\n{lines}\n}}\n".encode()
