"""Parts of an attention figure, as the page asks for them: a window of a head, arcs, one cell taken apart.

An address is the query string of the figure and a few parameters more, so that every answer can be kept for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from models.errors import LecternError
from viz.attention_arcs import arcs
from viz.attention_cell import positions, taken_apart
from viz.attention_pairs import pair_blocks
from viz.attention_shown import MOST_PIXELS, Shown, checked, window
from viz.view import Run, View
from viz.words import quote, shorten

Execute = Callable[[Any], Any]
LARGEST_SIZE = 1024
# What differs from part to part of one figure; the rest of its query, with a long text in it, is read once.
OWN = frozenset(["layer", "head", "rows", "columns", "size", "heads", "mass", "query_at", "key_at", "origin"])


def head_slice(view: View, query: str, execute: Execute) -> dict[str, object]:
    """Return a window of a head: `rows=a:b`, `columns=c:d`, both the whole head if not given; `size` in pixels."""
    asked, shown, state = _opened(view, query, execute)
    rows, columns = _window(asked, shown)
    told = window(shown, state.layer, state.head, rows, columns, _whole(asked, "size", MOST_PIXELS, 1, LARGEST_SIZE))
    entire = (len(rows), len(columns)) == shown.shape
    return told | {"blocks": pair_blocks(shown, state.layer, state.head) if entire else None}


def arc_slice(view: View, query: str, execute: Execute) -> dict[str, object]:
    """Return the arcs of some heads of a layer: `heads=0,3`, `mass=0.9`, and a window as for a head."""
    asked, shown, state = _opened(view, query, execute)
    heads = [_number(part, "heads") for part in asked.get("heads", str(state.head)).split(",")]
    heads = list(dict.fromkeys(heads))
    for head in heads:
        checked(shown, state.layer, head)
    mass = _share(asked.get("mass", "0.9"))
    return arcs(shown, state.layer, heads, mass, *_window(asked, shown))


def cell_slice(view: View, query: str, execute: Execute) -> dict[str, object]:
    """Return one cell taken apart: `query_at`, `key_at`."""
    from models.own import own_row

    asked, shown, state = _opened(view, query, execute)
    row = _whole(asked, "query_at", 0, 0, shown.shape[0] - 1)
    column = _whole(asked, "key_at", 0, 0, shown.shape[1] - 1)
    q, k, note = positions(shown, state.layer, state.head, row, column)
    run = view.runs(state)[_origin(asked, view, state)]
    if not isinstance(run, Run):
        raise LecternError("This figure has no cells to take apart.")
    run = replace(run, detail=state.layer)
    trace = execute(run)
    own = own_row(run.model, trace, shown.kind, state.layer, state.head, q)
    told = taken_apart(trace, shown.kind, state.layer, state.head, q, k, own)
    tokens = {"query": shown.sides[0].tokens[row], "key": shown.sides[1].tokens[column]}
    return told | tokens | {"note": " ".join(filter(None, [note, told["note"]])) or None}  # type: ignore[list-item]


def _opened(view: View, query: str, execute: Execute) -> tuple[dict[str, str], Shown, Any]:
    if view.shown is None:
        raise LecternError(f"The view “{view.key}” has no heads to choose from.")
    asked = read_query(query)
    state: Any = view.state.read(asked)[0]
    origin = _origin(asked, view, state)
    shown = view.shown(state, tuple(execute(run) for run in view.runs(state)), origin)
    checked(shown, state.layer, state.head)
    return asked, shown, state


def read_query(query: str) -> dict[str, str]:
    """Return what a query string says, field by field."""
    own: list[str] = []
    shared: list[str] = []
    for part in query.split("&"):
        (own if part.partition("=")[0] in OWN else shared).append(part)
    return dict(_shared("&".join(shared))) | dict(parse_qsl("&".join(own), keep_blank_values=True))


@lru_cache(maxsize=256)
def _shared(query: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query, keep_blank_values=True))


def _origin(asked: Mapping[str, str], view: View, state: Any) -> int:
    given = asked.get("origin", "0")
    if given not in map(str, range(len(view.runs(state)))):
        raise LecternError(f"There is no figure {given[:20]} in this view.")
    return int(given)


def _window(asked: Mapping[str, str], shown: Shown) -> tuple[range, range]:
    rows, columns = (_part(asked, name, n) for name, n in zip(("rows", "columns"), shown.shape, strict=True))
    return rows, columns


def _part(asked: Mapping[str, str], name: str, count: int) -> range:
    """Return the positions that `a:b` asks for, cut to those there are."""
    start, colon, stop = asked.get(name, f"0:{count}").partition(":")
    first, last = _number(start, name), _number(stop, name) if colon else _number(start, name) + 1
    found = range(min(first, count), min(last, count))
    if not found:
        raise LecternError(
            f"There is nothing in {name}={quote(shorten(asked[name], 20))}: ask for a part of 0:{count}, as start:end."
        )
    return found


def _whole(asked: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    number = _number(asked.get(name, str(default)), name)
    if not low <= number <= high:
        raise LecternError(f"{name} goes from {low} to {high}, and {number} was asked for.")
    return number


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise LecternError(f"{name} needs whole numbers, and {quote(shorten(text, 20))} came.")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise LecternError(f"mass needs a share above 0 and at most 1, and {quote(shorten(text, 20))} came.")
    return share
