"""All spans of a context at once: where an answer starts by where it ends."""

import numpy as np

from models.asks import Pointed
from models.spans import sums
from viz.matrices import Matrices
from viz.scene import Given, Look, Step, Walk, largest

WINDOW = 24


def context_tokens(found: Pointed) -> tuple[str, ...]:
    """Return the tokens of the context."""
    return tuple(found.tokens.tokens[place] for place in found.context)


def span_matrix(found: Pointed, longest: int, best: tuple[int, int, float]) -> Walk:
    """Return start x end around the best answer, as long contexts do not fit; impossible spans are minus infinity."""
    names, table = context_tokens(found), sums(found, longest)
    first = max(0, min(best[0] - WINDOW // 3, len(names) - WINDOW))
    window = slice(first, first + WINDOW)
    part, labels = table[window, window], names[window]
    inside = np.array(found.context)[window]
    starts, ends = found.start[inside][:, None].astype(np.float64), found.end[inside][None, :].astype(np.float64)
    top = largest(part, starts, ends)
    scale: Look = {"colour": "signed", "low": -top, "high": top, "digits": 1}
    told = Given("Start logit of the row + end logit of the column; hatched: it ends before it starts, or is too long.")
    own = "A logit of the model."
    m = Matrices()
    m.given("start", "Start", starts, labels, ("logit",), own, row_role="query", **scale)
    m.known("sums", "Start + end", part, labels, labels, told, row_role="query", column_role="key", **scale)
    m.given("end", "End", ends, ("logit",), labels, own, column_role="key", **scale)
    focus = (("sums", best[0] - first, best[1] - first),) if best[1] - first < len(labels) else ()
    steps = (
        Step("Every span at once", _about(len(names)), ("sums",), focus=focus, term="sum"),
        Step("What is added", "One logit for each token as a start, one as an end.", ("start", "end"), term="start"),
    )
    return Walk("Start × end", m, steps, f"Sums of logits for the spans of {len(labels)} tokens.")


def _about(count: int) -> str:
    cut = f" Shown are {WINDOW} of {count} tokens, around the answer." if count > WINDOW else ""
    return f"Row: where it starts, column: where it ends. The largest sum is the answer.{cut}"
