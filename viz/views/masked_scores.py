"""Scaled scores + mask = masked scores, then softmax: the course's look-ahead mask, and any decoder's own."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.worked import course, masks
from viz.attention_terms import ATTENTION_FORMULA, ATTENTION_PAPER, described, scores_before_mask
from viz.scene import QUERY_BY_KEY, SHARES, Add, Given, Look, Matrix, Softmax, Step, Walk, Where, derived, signed
from viz.spec import Spec
from viz.state import MaskTable, NumberTable, State, knob, within
from viz.view import Run, View
from viz.words import counted, quote

if TYPE_CHECKING:
    from models.trace import Trace

MODEL = {"source": ["model"]}
MOST_EDITABLE = 16


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
    text: str = knob("The cat sat on the mat", "Sentence", when=MODEL, top=True, max_length=200_000)
    model: str = knob("gpt-tiny", "Model", kind="model", when=MODEL, top=True, max_length=200)
    layer: int = knob(0, "Layer", when=MODEL, ge=0, le=999)
    head: int = knob(0, "Head", when=MODEL, ge=0, le=999)


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
    walk = _walk(
        scores, mask, labels, source="The lecture's example; every score can be edited.", digits=1, edit_scores=True
    )
    caption = f"Masked scores of {' '.join(labels)}; mask: {_named(state)}. Hatched cells are −∞."
    notices = (*_left_out(state), *_blind(mask, labels))
    return Spec((walk,), walk.alt, caption, formula=ATTENTION_FORMULA, notices=notices)


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
    walk = _walk(scores, mask, labels, source=f"Scaled scores of {whose}.", digits=2, sink=sink)
    own = not state.mask and state.preset == "given"
    bidirectional = own and not np.isneginf(mask).any()
    about = (f"{trace.model.name} hides nothing, so its own mask is all zeros.",) if bidirectional else ()
    caption = f"Masked scores of {whose}; mask: {_named(state)}. Hatched cells are −∞."
    return Spec(
        (walk,),
        walk.alt,
        caption,
        formula=ATTENTION_FORMULA,
        notices=(*no_layer, *no_head, *about, *_blind(mask, labels)),
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


def _blind(mask: np.ndarray, labels: tuple[str, ...]) -> tuple[str, ...]:
    rows = [label for label, row in zip(labels, mask, strict=True) if np.isneginf(row).all()]
    if not rows:
        return ()
    return (f"{quote(rows[0])} may look at nothing: its softmax is 0 divided by 0, which is shown as weights of 0.",)


def _walk(
    scores: np.ndarray,
    mask: np.ndarray,
    labels: tuple[str, ...],
    *,
    source: str,
    digits: int,
    edit_scores: bool = False,
    sink: float | None = None,
) -> Walk:
    look: Look = {**QUERY_BY_KEY, **signed(scores), "digits": digits}
    shares: Look = {**QUERY_BY_KEY, **SHARES}
    m: dict[str, Matrix] = {}
    m["scores"] = Matrix(
        "scores", "Scaled scores", scores, labels, labels, Given(source), edit="scores" if edit_scores else None, **look
    )
    m["mask"] = Matrix(
        "mask",
        "Mask",
        mask,
        labels,
        labels,
        Given("The mask holds 0 where a query may look and −∞ where it may not. Press a cell to switch it."),
        edit="mask" if len(labels) <= MOST_EDITABLE else None,
        choices=(0.0, float("-inf")),
        digits=0,
        **QUERY_BY_KEY,
    )
    m["masked"] = derived(m, "masked", "Masked scores", Add("scores", "mask"), labels, labels, **look)
    m["weights"] = derived(m, "weights", "Attention weights", Softmax("masked", sink), labels, labels, **shares)
    m["zeroed"] = derived(m, "zeroed", "0 instead of −∞", Where("scores", "mask", 0.0), labels, labels, **look)
    m["leaked"] = derived(m, "leaked", "Weights that leak", Softmax("zeroed", sink), labels, labels, **shares)
    alt = f"Scores, mask, masked scores and weights of {counted(len(labels), 'token')}, as four matrices in steps."
    return Walk("Masked scores", m, _steps(m, labels), alt)


def _steps(m: dict[str, Matrix], labels: tuple[str, ...]) -> tuple[Step, ...]:
    return (
        Step("Scaled scores", _about_scores(m["scores"].values), ("scores",), term="scores"),
        Step(
            "The mask",
            f"{int(np.isneginf(m['mask'].values).sum())} cells of the mask are −∞: there a query may not look.",
            ("scores", "+", "mask"),
            term="mask",
        ),
        Step(
            "Masked scores",
            f"{_reach(m['mask'].values, labels)} A score plus −∞ is −∞.",
            ("scores", "+", "mask", "=", "masked"),
            focus=_first_hidden(m["mask"].values),
            term="mask",
        ),
        Step(
            "Softmax by row",
            "Softmax takes e to the power of each score. For −∞ that is 0: a hidden position gets a weight of 0, "
            "and each row still adds up to 1.",
            ("masked", "→", "weights"),
            term="softmax",
        ),
        Step("Zero is not hidden", _about_leak(m), ("zeroed", "→", "leaked", "≠", "weights"), term="softmax"),
    )


def _about_scores(scores: np.ndarray) -> str:
    sums = np.isclose(scores.sum(axis=1), 1.0) & (scores >= 0).all(axis=1)
    if sums.any():
        return "Some rows already add up to 1, but these are scores and not weights: softmax is still to come."
    return "One row for each query, one column for each key: how well they match, divided by √d."


def _reach(mask: np.ndarray, labels: tuple[str, ...]) -> str:
    row = min(2, len(labels) - 1)
    seen = [quote(label) for label, hidden in zip(labels, np.isneginf(mask[row]), strict=True) if not hidden]
    if len(seen) == len(labels):
        return f"{quote(labels[row])} may look at every position."
    if not seen:
        return f"{quote(labels[row])} may look at nothing."
    return f"{quote(labels[row])} may look at {', '.join(seen)}. The rest is hidden."


def _first_hidden(mask: np.ndarray) -> tuple[tuple[str, int, int], ...]:
    hidden = np.argwhere(np.isneginf(mask))
    if not len(hidden):
        return ()
    row, column = map(int, hidden[len(hidden) - 1])
    return (("masked", row, column),)


def _about_leak(m: dict[str, Matrix]) -> str:
    hidden = np.isneginf(m["mask"].values)
    if not hidden.any():
        return "Nothing is hidden here, so both are the same. Choose another mask."
    leak = np.where(hidden, m["leaked"].values, 0).sum(axis=1)
    row = int(leak.argmax())
    return (
        f"For 0, e to the power of it is 1. With 0 in the hidden cells, {quote(m['leaked'].rows[row])} would give "
        f"{leak[row]:.0%} of its attention to what it must not see."
    )


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
