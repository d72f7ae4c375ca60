"""What the attention views share: the formula with its terms, how a head is named, and scores up to the mask."""

from typing import TYPE_CHECKING

import numpy as np

from models.errors import LecternError
from viz.spec import Link, Term, tied
from viz.words import quote, shorten

if TYPE_CHECKING:
    from models.trace import Trace

ATTENTION_FORMULA = (
    Term("softmax(", term="softmax"),
    Term(" Q", role="query", term="scores"),
    Term("K", role="key", term="scores"),
    Term("T", role="key", term="scores", style="sup"),
    Term(" / √d", term="scale"),
    Term("k", term="scale", style="sub"),
    Term(" + M", term="mask"),
    Term(" )", term="softmax"),
    Term(" V", role="value", term="output"),
)
ATTENTION_WEIGHTS = ATTENTION_FORMULA[:-1]
HEAD_FORMULA = tied(ATTENTION_WEIGHTS, softmax=(0,), scores=(0,), scale=(0,), mask=(0,))

ATTENTION_PAPER = Link("Vaswani et al. 2017, Attention Is All You Need, equation 1", "https://arxiv.org/abs/1706.03762")
NOT_EXPLANATION = Link("Jain and Wallace 2019, Attention is not Explanation", "https://arxiv.org/abs/1902.10186")
CLARK = Link("Clark et al. 2019, What Does BERT Look At?", "https://arxiv.org/abs/1906.04341")

KIND_NAMES = {
    "self": "self-attention",
    "encoder": "encoder self-attention",
    "decoder": "decoder self-attention",
    "cross": "cross-attention",
}


def described(trace: "Trace", kind: str, layer: int, head: int) -> str:
    """Name a head in a caption: model, revision, which attention, layer, head and text."""
    revision = f" @ {trace.model.revision[:8]}" if trace.model.revision else ""
    pair = f" / {quote(shorten(trace.pair))}" if trace.pair else ""
    place = f"{KIND_NAMES[kind]}, layer {layer}, head {head}"
    return f"{trace.model.name}{revision}, {place}, on {quote(shorten(trace.text))}{pair}"


def chosen_kind(trace: "Trace", asked: str) -> tuple[str, tuple[str, ...]]:
    """Return the kind of attention to show, and a sentence where the model does not have the one that was asked for."""
    if asked in trace.kinds:
        return asked, ()
    first = "cross" if "cross" in trace.kinds and asked == "auto" else trace.kinds[0]
    if asked == "auto":
        return first, ()
    return first, (f"{trace.model.name} has no {KIND_NAMES[asked]}: its {KIND_NAMES[first]} is shown.",)


def need(trace: "Trace", kind: str, stage: str) -> None:
    """Raise a sentence where this model does not show a stage of its attention."""
    if stage not in trace.stages(kind):
        raise LecternError(trace.why_not(kind) or f"{trace.model.name} does not show its {stage} scores.")


def scores_before_mask(trace: "Trace", kind: str, layer: int, head: int) -> np.ndarray:
    """Return [query, key] scaled scores with the model's soft-cap and position bias, everything but the mask."""
    need(trace, kind, "scaled")
    scores = trace.scores(kind, layer, head, stage="scaled").astype(np.float64)
    cap, bias = trace.softcap(kind, layer), trace.bias(kind, layer, head)
    capped = scores if cap is None else cap * np.tanh(scores / cap)
    return capped if bias is None else capped + bias
