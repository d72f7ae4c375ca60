"""The five steps of scaled dot-product attention: for a head of a real model, by hand, and for the course's weights."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.worked import attention as worked
from models.worked import course, masks
from viz.attention_terms import ATTENTION_FORMULA, ATTENTION_PAPER, chosen_kind, described, need
from viz.attention_walk import Head, Linear, attention_walk
from viz.scene import QUERY_BY_KEY, SHARES, Dot, Given, Look, Matrix, Step, Walk, derived
from viz.spec import Spec
from viz.state import NumberTable, State, knob, within
from viz.view import Run, View
from viz.words import counted, number

if TYPE_CHECKING:
    from models.trace import Projection, Trace

MODEL = {"source": ["model"]}
HAND_EDITS = {"x": "x", "w_q": "w_q", "w_k": "w_k", "w_v": "w_v"}


class AttentionSteps(State):
    """What may be chosen: a head of a model, an example by hand, or the course's weights."""

    source: Literal["model", "hand", "course"] = knob(
        "model",
        "Numbers of",
        options={"model": "a model", "hand": "an example by hand", "course": "the lecture (weights only)"},
    )
    text: str = knob("Your cat is a lovely cat", "Sentence", when=MODEL, top=True, max_length=200_000)
    model: str = knob("bert-tiny", "Model", kind="model", when=MODEL, top=True, max_length=200)
    kind: Literal["auto", "encoder", "decoder", "cross"] = knob(
        "auto",
        "Attention",
        when=MODEL,
        options={"auto": "the model's own", "encoder": "encoder", "decoder": "decoder", "cross": "cross"},
    )
    layer: int = knob(0, "Layer", when=MODEL, ge=0, le=999)
    head: int = knob(0, "Head", when=MODEL, ge=0, le=999)
    causal: bool = knob(False, "Look-ahead mask", when={"source": ["hand"]})
    x: NumberTable = knob(worked.X, "X", kind="hidden")
    w_q: NumberTable = knob(worked.W_Q, "WQ", kind="hidden")
    w_k: NumberTable = knob(worked.W_K, "WK", kind="hidden")
    w_v: NumberTable = knob(worked.W_V, "WV", kind="hidden")


def runs(state: AttentionSteps) -> tuple[Run, ...]:
    """Ask for the forward pass with the chosen layer's projections, where a model is shown."""
    return (Run(state.model, state.text, detail=state.layer),) if state.source == "model" else ()


def build(state: AttentionSteps, traces: tuple["Trace", ...]) -> Spec:
    """Return the walkthrough for one of the three sources."""
    if traces:
        return _of_model(state, traces[0])
    return _by_hand(state) if state.source == "hand" else _of_course()


def _of_model(state: AttentionSteps, trace: "Trace") -> Spec:
    kind, no_kind = chosen_kind(trace, state.kind)
    layer, no_layer = within(state.layer, trace.n_layers(kind), "layer")
    head, no_head = within(state.head, trace.n_heads(kind), "head")
    for stage in ("raw", "scaled", "masked"):
        need(trace, kind, stage)
    whose = described(trace, kind, layer, head)
    walk = attention_walk(f"One head of {trace.model.name}", model_head(trace, kind, layer, head))
    return Spec(
        (walk,),
        walk.alt,
        f"{whose}, in steps. Blue queries, orange keys, green values.",
        formula=ATTENTION_FORMULA,
        notices=(*no_kind, *no_layer, *no_head),
        limits={"layer": trace.n_layers(kind) - 1, "head": trace.n_heads(kind) - 1},
        changed={"layer": layer, "head": head},
    )


def model_head(trace: "Trace", kind: str, layer: int, head: int) -> Head:
    """Return the numbers of one head of a trace, with its projections where they can be told apart."""
    projections, note = _projections(trace, kind, layer, head)
    queries = trace.target_tokens if kind in ("decoder", "cross") else trace.tokens
    keys = trace.target_tokens if kind == "decoder" else trace.tokens
    return Head(
        queries=tuple(queries),
        keys=tuple(keys),
        q=trace.query(kind, layer, head),
        k=trace.key(kind, layer, head),
        v=trace.value(kind, layer, head),
        raw=trace.scores(kind, layer, head, stage="raw"),
        scaled=trace.scores(kind, layer, head, stage="scaled"),
        masked=trace.scores(kind, layer, head, stage="masked"),
        weights=trace.weights(kind, layer, head),
        mask=trace.mask(kind, layer),
        scale=trace.scale(kind, layer),
        bias=trace.bias(kind, layer, head),
        cap=trace.softcap(kind, layer),
        sink=trace.sink(kind, layer, head),
        note=note,
        **projections,
    )


def _projections(trace: "Trace", kind: str, layer: int, head: int) -> tuple[dict, str]:
    try:
        found = trace.projection(kind, layer, head)
    except LecternError as why:
        return {}, str(why)
    note = found.note or "The model's own numbers."
    cross = kind == "cross"
    linear = {
        "q": Linear("x", found.w_q, found.b_q),
        "k": Linear("x_key" if cross else "x", found.w_k, found.b_k),
        "v": Linear("x_key" if cross else "x", found.w_v, found.b_v),
    }
    parts = {"x": found.x, "x_key": found.x_key if cross else None, "projections": linear}
    return parts | ({"unrotated": _unrotated(found)} if found.rotated else {}), note


def _unrotated(found: "Projection") -> dict[str, np.ndarray]:
    def product(x: np.ndarray, w: np.ndarray, b: np.ndarray | None) -> np.ndarray:
        return x @ w if b is None else x @ w + b

    return {"q": product(found.x, found.w_q, found.b_q), "k": product(found.x_key, found.w_k, found.b_k)}


def _by_hand(state: AttentionSteps) -> Spec:
    x, w_q, w_k, w_v = (np.array(table, dtype=float) for table in (state.x, state.w_q, state.w_k, state.w_v))
    for name, w in (("WQ", w_q), ("WK", w_k), ("WV", w_v)):
        if x.ndim != 2 or w.ndim != 2 or w.shape[0] != x.shape[1]:
            raise LecternError(
                f"{name} needs as many rows as X has columns ({x.shape[-1]}): take it back to the example."
            )
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    if q.shape != k.shape:
        raise LecternError("WQ and WK need the same number of columns: take them back to the example.")
    mask = masks.causal(len(x)) if state.causal else masks.bidirectional(len(x))
    scale = float(q.shape[1] ** -0.5)
    masked = q @ k.T * scale + mask
    labels = tuple(worked.TOKENS[i] if i < len(worked.TOKENS) else f"token {i}" for i in range(len(x)))
    linear = {name: Linear("x", w) for name, w in (("q", w_q), ("k", w_k), ("v", w_v))}
    head = Head(
        labels, labels, q, k, v, q @ k.T, q @ k.T * scale, masked, worked.softmax(masked), mask, scale, x, None, linear,
        note="An example by hand: X and the three W can be edited, everything else follows.", edit=HAND_EDITS, digits=2,
    )  # fmt: skip
    walk = attention_walk("Attention by hand", head)
    caption = f"Scaled dot-product attention of {counted(len(x), 'token')} by hand."
    return Spec((walk,), walk.alt, caption, formula=ATTENTION_FORMULA)


def _of_course() -> Spec:
    tokens = course.CAT_TOKENS
    weights = np.array(course.CAT_WEIGHTS)
    m: dict[str, Matrix] = {}
    printed = Given("Printed in the lecture: the weights are given, the scores behind them are not.")
    shares: Look = {**QUERY_BY_KEY, **SHARES, "symbol": "A", "digits": 3}
    m["weights"] = Matrix("weights", "Attention weights", weights, tokens, tokens, printed, **shares)
    to_add = Given("A column of ones, to add up a row.")
    m["ones"] = Matrix("ones", "Ones", np.ones((len(tokens), 1)), tokens, ("1",), to_add, digits=0)
    rows: Look = {"row_role": "query", "digits": 3}
    m["sums"] = derived(m, "sums", "Row sums", Dot("weights", "ones"), tokens, ("sum",), **rows)
    one_hot = Given("To see the mixture, each token gets a value of its own: 1 in one place, 0 elsewhere.")
    values: Look = {**SHARES, "row_role": "value", "symbol": "V", "digits": 0}
    m["v"] = Matrix("v", "Values V", np.eye(len(tokens)), tokens, tokens, one_hot, **values)
    mixed: Look = {**SHARES, "row_role": "query", "symbol": "Z", "digits": 3}
    m["output"] = derived(m, "output", "Output", Dot("weights", "v"), tokens, tokens, **mixed)
    alt = "Six by six weights of YOUR CAT IS A LOVELY CAT, and their sums."
    walk = Walk("The lecture's weights", m, _course_steps(m), alt)
    caption = "Self-attention weights of “YOUR CAT IS A LOVELY CAT” as the lecture prints them."
    return Spec((walk,), walk.alt, caption, formula=ATTENTION_FORMULA)


def _course_steps(m: dict[str, Matrix]) -> tuple[Step, ...]:
    sums = m["sums"].values
    spread = f"between {number(sums.min(), 3)} and {number(sums.max(), 3)}"
    return (
        Step(
            "The weights",
            "Row by row: how much each word looks at every word, itself included.",
            ("weights",),
            term="softmax",
        ),
        Step(
            "Every row adds up to 1",
            f"The printed weights are rounded, so the sums lie {spread}.",
            ("weights", "×", "ones", "=", "sums"),
            term="softmax",
        ),
        Step(
            "Weights times values",
            "With one value for each word, the output shows the mixture itself.",
            ("weights", "×", "v", "=", "output"),
            term="output",
        ),
    )


VIEW = View(
    key="attention-steps",
    title="Queries, keys, values",
    chapter="Attention",
    question="Where does an attention weight come from?",
    lead="Five steps from a token's vector to what a head hands on. Press any cell to see its arithmetic.",
    state=AttentionSteps,
    build=build,
    runs=runs,
    misconception="A token does not attend to what it looks like but to what its query asks for: Q and K are different "
    "projections, so the weights are not symmetric.",
    not_shown="The other heads of the layer, and the output projection W_O that joins them.",
    references=(ATTENTION_PAPER,),
)
