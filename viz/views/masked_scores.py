"""Scaled scores + mask = masked scores, then softmax: the course's look-ahead mask, and any decoder's own."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.worked import course, masks
from viz import knobs
from viz.attention_terms import ATTENTION_PAPER, ATTENTION_WEIGHTS, described, scores_before_mask
from viz.mask_walk import MOST_EDITABLE, blind, mask_walk
from viz.spec import Spec, tied
from viz.state import MaskTable, NumberTable, State, knob, within
from viz.view import Run, View

if TYPE_CHECKING:
    from models.trace import Trace

MODEL = {"source": ["model"]}


class MaskedScores(State):
    """What may be chosen: where the scores come from, and what the mask hides."""

    source: Literal["course", "model"] = knob(
        "course", "Scores from", options={"course": "the lecture, to edit", "model": "a decoder's head"}
    )
    labels: str = knob("<s> Ton chat est", "Tokens", when={"source": ["course"]}, max_length=400)
    scores: NumberTable = knob(course.LOOK_AHEAD_SCORES, "Scores", kind="hidden")
    mask: MaskTable = knob((), "Mask", kind="hidden")
    preset: Literal["given", "causal", "bidirectional", "padding", "window"] = knob(
        "given",
        "Mask",
        options={
            "given": "as given",
            "causal": "causal (look-ahead)",
            "bidirectional": "bidirectional (none)",
            "padding": "padding",
            "window": "sliding window",
        },
        clears=("mask",),
    )
    padded: int = knob(1, "Padding tokens at the end", when={"preset": ["padding"]}, ge=0, le=64, clears=("mask",))
    window: int = knob(2, "Window, in tokens", when={"preset": ["window"]}, ge=1, le=512, clears=("mask",))
    text: str = knobs.sentence("The cat sat on the mat", when=MODEL)
    model: str = knobs.model("gpt-tiny", when=MODEL)
    layer: int = knobs.layer(when=MODEL)
    head: int = knobs.head(when=MODEL)


def runs(state: MaskedScores) -> tuple[Run, ...]:
    """Ask for the decoder's forward pass where its scores are wanted."""
    return (Run(state.model, state.text),) if state.source == "model" else ()


def build(state: MaskedScores, traces: tuple["Trace", ...]) -> Spec:
    """Return the walkthrough over the course's scores or over those of a head."""
    return _of_model(state, traces[0]) if traces else _of_lecture(state)


def _of_lecture(state: MaskedScores) -> Spec:
    labels = tuple(state.labels.split()[:MOST_EDITABLE])
    if not labels:
        raise LecternError("Type at least one token, for instance “<s> Ton chat est”.")
    scores = _resized(np.array(state.scores, dtype=float), len(labels))
    mask = _mask(state, len(labels), masks.causal(len(labels)))
    walk = mask_walk(
        scores, mask, labels, source="The lecture's example; every score can be edited.", digits=1, edit_scores=True
    )
    caption = f"Masked scores of {' '.join(labels)}; mask: {_named(state)}. Hatched cells are −∞."
    notices = (*_left_out(state), *blind(mask, labels))
    return Spec((walk,), walk.alt, caption, formula=FORMULA, notices=notices)


def _left_out(state: MaskedScores) -> tuple[str, ...]:
    count = len(state.labels.split())
    return (f"Only the first {MOST_EDITABLE} of {count} tokens are shown.",) if count > MOST_EDITABLE else ()


def _of_model(state: MaskedScores, trace: "Trace") -> Spec:
    kind = "decoder" if "decoder" in trace.kinds else trace.kinds[0]
    layer, no_layer = within(state.layer, trace.n_layers(kind), "layer")
    head, no_head = within(state.head, trace.n_heads(kind), "head")
    scores = scores_before_mask(trace, kind, layer, head)
    labels = tuple(trace.target_tokens if kind == "decoder" else trace.tokens)
    mask = _mask(state, len(labels), trace.mask(kind, layer))
    whose = described(trace, kind, layer, head)
    sink = trace.sink(kind, layer, head)
    walk = mask_walk(scores, mask, labels, source=f"Scaled scores of {whose}.", digits=2, sink=sink)
    own = not state.mask and state.preset == "given"
    bidirectional = own and not np.isneginf(mask).any()
    about = (f"{trace.model.name} hides nothing, so its own mask is all zeros.",) if bidirectional else ()
    caption = f"Masked scores of {whose}; mask: {_named(state)}. Hatched cells are −∞."
    return Spec(
        (walk,),
        walk.alt,
        caption,
        formula=FORMULA,
        notices=(*no_layer, *no_head, *about, *blind(mask, labels)),
        limits={"layer": trace.n_layers(kind) - 1, "head": trace.n_heads(kind) - 1},
        changed={"layer": layer, "head": head},
    )


def _mask(state: MaskedScores, size: int, given: np.ndarray) -> np.ndarray:
    if state.mask:
        return _resized(np.array(state.mask, dtype=float), size)
    presets = {
        "given": lambda: given,
        "causal": lambda: masks.causal(size),
        "bidirectional": lambda: masks.bidirectional(size),
        "padding": lambda: masks.padding(size, min(state.padded, size)),
        "window": lambda: masks.sliding_window(size, state.window),
    }
    return presets[state.preset]()


def _named(state: MaskedScores) -> str:
    names = {"given": "as given", "causal": "causal", "bidirectional": "none", "padding": "padding", "window": "window"}
    return "edited by hand" if state.mask else names[state.preset]


def _resized(table: np.ndarray, size: int) -> np.ndarray:
    """Return a square table of this size: cells that are new hold 0."""
    resized = np.zeros((size, size))
    rows, columns = (min(n, size) for n in table.shape)
    resized[:rows, :columns] = table[:rows, :columns]
    return resized


FORMULA = tied(ATTENTION_WEIGHTS, scale=(0,))

VIEW = View(
    key="masked-scores",
    title="Masked scores",
    chapter="Attention",
    question="Why can the decoder not look ahead?",
    lead="A score of minus infinity becomes a weight of exactly zero.",
    state=MaskedScores,
    build=build,
    runs=runs,
    misconception="A masked score is not zero. Zero is an ordinary score, and softmax would give it weight.",
    not_shown="Which of these weights matter for the prediction, and that every head of every layer does this.",
    references=(ATTENTION_PAPER,),
)
