"""Figures in a notebook: the same that the page shows, interactive, with no server and no network."""

import html
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from models.errors import LecternError


@dataclass(frozen=True)
class Shown:
    """A figure as Jupyter shows it: a page of its own in a frame."""

    page: str
    height: int

    def _repr_html_(self) -> str:
        frame = f'width="100%" height="{self.height}" style="border:0" loading="lazy" title="Lectern"'
        return f'<iframe srcdoc="{html.escape(self.page)}" {frame}></iframe>'


def show(view: str, *, height: int = 640, **state: Any) -> Shown | None:
    """Show a view in the cell: `show("masked-scores", text="The cat sat", source="model")`.

    The fields are those of the link; raises a sentence for one that the view does not have. Outside of a notebook the
    figure is returned and not shown.
    """
    shown = Shown(_page(view, state), height)
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return shown
    ipython.display.display(shown)
    return None


def _page(key: str, state: dict[str, Any]) -> str:
    """Return the view's file of HTML; everything heavy is imported only now."""
    from viz.export import export
    from viz.state import encode
    from viz.view import draw, execute
    from viz.views import find

    view = find(key)
    unknown = [name for name in state if name not in view.state.model_fields]
    if unknown:
        known = ", ".join(view.state.model_fields)
        raise LecternError(f"The view “{key}” has no “{unknown[0]}”. It has: {known}.")
    query = urlencode({name: encode(value) for name, value in state.items()})
    return export(draw(view, query, execute), "html").decode()
