"""A view: a question, a state, and a pure function from state and traces to a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viz.spec import Figure, Link, Spec
from viz.state import State, controls

if TYPE_CHECKING:
    import numpy as np

    from models.trace import Trace

URL_VERSION = 1


@dataclass(frozen=True)
class Run:
    """One forward pass that a view asks for; `detail` names the layer whose projections it wants."""

    model: str
    text: str
    pair: str | None = None
    target: str | None = None
    detail: int | None = None
    hidden: bool = False
    logits: bool = False


def no_runs(state: Any) -> tuple[Run, ...]:
    """Ask for no forward pass: worked examples need no model."""
    return ()


@dataclass(frozen=True)
class View:
    """One view. `runs` says which forward passes a state needs, `build` makes the picture from their traces.

    `head` returns [query, key] weights of the state's layer and head, for views in which heads are browsed.
    """

    key: str
    title: str
    chapter: str
    question: str
    lead: str
    state: type[State]
    build: Callable[[Any, tuple["Trace", ...]], Spec]
    misconception: str
    not_shown: str
    references: tuple[Link, ...] = ()
    runs: Callable[[Any], tuple[Run, ...]] = no_runs
    head: Callable[[Any, "Trace"], "np.ndarray"] | None = None


@dataclass(frozen=True)
class Drawn:
    """A view at one state: the state as it is really shown, the spec, and what a person should know of it."""

    view: View
    state: State
    spec: Spec
    notices: tuple[str, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures, from left to right."""
        return self.spec.figures

    def link(self) -> str:
        """Return the query string that opens this state."""
        query = self.state.query()
        return f"v={URL_VERSION}&view={self.view.key}" + (f"&{query}" if query else "")

    def response(self) -> dict[str, Any]:
        """Return what the page gets, as `viz.pack` writes it."""
        view, spec = self.view, self.spec
        return {
            "view": view.key,
            "title": view.title,
            "question": view.question,
            "lead": view.lead,
            "state": self.state.plain() | spec.filled,
            "query": self.link(),
            "controls": controls(self.state, spec.limits),
            "figures": spec.figures,
            "formula": spec.formula,
            "misconception": view.misconception,
            "not_shown": view.not_shown,
            "references": view.references,
            "notices": self.notices,
            "caption": spec.caption,
            "alt": spec.alt,
        }


def draw(view: View, query: str, execute: Callable[[Run], "Trace"]) -> Drawn:
    """Return the view at the state that a query string asks for.

    `execute` turns a `Run` into a `Trace`. Raises `LecternError` with a sentence where the input cannot be shown.
    """
    state, left_out = view.state.read(query)
    traces = tuple(execute(run) for run in view.runs(state))
    spec = view.build(state, traces)
    about = [notice for trace in traces for notice in trace.notices]
    notices = tuple(dict.fromkeys([*left_out, *about, *spec.notices]))
    return Drawn(view, state.model_copy(update=spec.changed), spec, notices)


def execute(run: Run) -> "Trace":
    """Execute a forward pass with any model, folders included: for Python and the command line."""
    from models import run as run_model

    return run_model(
        run.model, run.text, run.pair, target=run.target, detail=run.detail, hidden=run.hidden, logits=run.logits
    )
