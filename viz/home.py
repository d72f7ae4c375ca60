"""What the start page tells of each view, beside its title: a line, and the words by which it is found."""

from typing import Any

from viz.state import controls
from viz.tour import told
from viz.view import View
from viz.views import VIEWS


def home() -> dict[str, Any]:
    """Return the views in teaching order, and the guided tour."""
    return {"views": [_line(view) for view in VIEWS], "tour": told()}


def _line(view: View) -> dict[str, str]:
    return {"key": view.key, "lead": view.lead, "terms": _terms(view)}


def _terms(view: View) -> str:
    """Return what else the view is about: its knobs, what people get wrong, and what it refers to."""
    knobs = [f"{control['label']} {control['help']}" for control in controls(view.state(), {})]
    return " ".join([view.key, *knobs, view.misconception, *(link.text for link in view.references)])
