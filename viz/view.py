"""A view: a question, a state, and a pure function from state and traces to a picture."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Union

from viz.spec import Figure, Link, Spec
from viz.state import State, controls

if TYPE_CHECKING:
    from models.asks import Answer, Ask
    from models.trace import Trace
    from viz.attention_shown import Shown

URL_VERSION = 1


@dataclass(frozen=True)
class Run:
    """One forward pass that a view asks for.

    `detail` names the layer whose projections it wants, `off` heads that are switched off: kind, layer, head; `most` is
    how many tokens an encoder-decoder writes at most.
    """

    model: str
    text: str
    pair: str | None = None
    target: str | None = None
    most: int | None = None
    detail: int | None = None
    hidden: bool = False
    logits: bool = False
    off: tuple[tuple[str, int, int], ...] = ()


Request = Union[Run, "Ask"]


def no_runs(state: Any) -> tuple[Request, ...]:
    """Ask for no forward pass: worked examples need no model."""
    return ()


@dataclass(frozen=True)
class View:
    """One view. `runs` says what a state asks of models, `build` makes the picture from what comes back, in order.

    A `Run` gives a `Trace`; one of `models.asks` gives its answer.

    `shown` returns what is looked at in one of the figures, for views in which heads are browsed: its state has a
    `layer` and a `head`.
    """

    key: str
    title: str
    chapter: str
    question: str
    lead: str
    state: type[State]
    build: Callable[[Any, tuple[Any, ...]], Spec]
    misconception: str
    not_shown: str
    references: tuple[Link, ...] = ()
    runs: Callable[[Any], tuple[Request, ...]] = no_runs
    shown: Callable[[Any, tuple["Trace", ...], int], "Shown"] | None = None


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
        return link_to(self.view, self.state)

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
            "code": spec.code,
            "misconception": view.misconception,
            "not_shown": view.not_shown,
            "references": view.references,
            "notices": self.notices,
            "caption": spec.caption,
            "alt": spec.alt,
        }


def link_to(view: View, state: State) -> str:
    """Return the query string that opens a view at a state."""
    query = state.query()
    return f"v={URL_VERSION}&view={view.key}" + (f"&{query}" if query else "")


def draw(view: View, query: str, execute: Callable[[Any], "Trace | Answer"]) -> Drawn:
    """Return the view at the state that a query string asks for.

    `execute` turns a `Run` into a `Trace`, and a question into its answer.
    Raises `LecternError` with a sentence where the input cannot be shown.
    """
    state, left_out = view.state.read(query)
    traces = tuple(execute(run) for run in view.runs(state))
    spec = view.build(state, traces)
    about = [notice for trace in traces for notice in trace.notices]
    notices = tuple(dict.fromkeys([*left_out, *about, *spec.notices]))
    return Drawn(view, state.model_copy(update=spec.changed), spec, notices)


def execute(run: Request, *, public: bool = False) -> Any:
    """Run or ask a model: any, folders included; for somebody on the page catalogue keys and hub ids only."""
    if not isinstance(run, Run):
        from models.answering import answer, answer_public

        return (answer_public if public else answer)(run)
    from models import runner

    asked = asdict(run)
    return (runner.run_public if public else runner.run)(asked.pop("model"), **asked)
