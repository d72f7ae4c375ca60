"""The heads of one layer: side by side, joined, projected; how much each adds, and the output without some of them."""

from typing import TYPE_CHECKING

import numpy as np

from viz import knobs
from viz.attention_terms import ATTENTION_PAPER, chosen_kind
from viz.candidates import Numbers, listed, numbers
from viz.head_shares import head_shares
from viz.matrices import Matrices
from viz.scene import QUERY_BY_KEY, SHARES, Dot, Join, Look, Step, Times, Walk, numbered, signed
from viz.spec import Link, Spec, Term
from viz.state import State, knob, within
from viz.view import Run, View
from viz.words import and_list, quote, shorten

if TYPE_CHECKING:
    from models.trace import Projection, Trace

COLUMNS = 64


class MultiHead(State):
    """What may be chosen: sentence, model, layer, the head that is shown in detail, and heads that are off."""

    text: str = knobs.sentence("Your cat is a lovely cat", max_length=2_000)
    model: str = knobs.model("bert-tiny")
    layer: int = knobs.layer()
    head: int = knobs.head("Head in detail")
    off: Numbers = knob("", "Heads switched off", max_length=200, help="Numbers with commas; or press a bar.")


def runs(state: MultiHead) -> tuple[Run, ...]:
    """Ask for the forward pass with the layer's projections."""
    return (Run(state.model, state.text, detail=state.layer),)


def build(state: MultiHead, traces: tuple["Trace", ...]) -> Spec:
    """Return each head's share of the output, and the way from heads to output."""
    (trace,) = traces
    kind, _ = chosen_kind(trace, "auto")
    layer, no_layer = within(state.layer, trace.n_layers(kind), "layer")
    count = trace.n_heads(kind)
    head, no_head = within(state.head, count, "head")
    off = tuple(sorted({one for one in numbers(state.off) if one < count}))
    walk = _walk(trace, kind, layer, head, off)
    bars = head_shares(trace, kind, layer, off)
    named = and_list([f"head {one}" for one in off]) if off else "no head"
    caption = (
        f"{quote(shorten(state.text))} in {trace.model.name}, layer {layer}: {count} heads joined and projected, "
        f"{named} switched off. {bars.alt}"
    )
    limits = {"layer": trace.n_layers(kind) - 1, "head": count - 1}
    changed = {"layer": layer, "head": head, "off": listed(off)}
    return Spec((bars, walk), walk.alt, caption, FORMULA, notices=(*no_layer, *no_head), limits=limits, changed=changed)


def _walk(trace: "Trace", kind: str, layer: int, chosen: int, off: tuple[int, ...]) -> Walk:
    queries = tuple(trace.target_tokens if kind in ("decoder", "cross") else trace.tokens)
    keys = tuple(trace.target_tokens if kind == "decoder" else trace.tokens)
    m = Matrices()
    for head in range(trace.n_heads(kind)):
        _head(m, trace, kind, layer, head, queries, keys, on=head not in off)
    on = tuple(f"on{head}" for head in range(trace.n_heads(kind)))
    width = sum(m[key].values.shape[1] for key in on)
    look: Look = {**signed(*(m[key].values for key in on)), "row_role": "query"}
    m.derive("joined", "Heads side by side", Join(on), queries, numbered(width), **look)
    _project(m, trace, kind, layer, queries)
    alt = f"{len(on)} heads of {trace.model.name}, layer {layer}, joined to {width} numbers a token and projected."
    return Walk("From heads to the layer's output", m, _steps(m, chosen, off, len(on)), alt)


def _head(
    m: Matrices, trace: "Trace", kind: str, layer: int, head: int, queries: tuple[str, ...],
    keys: tuple[str, ...], *, on: bool,
) -> None:  # fmt: skip
    weights, values = trace.weights(kind, layer, head), trace.value(kind, layer, head)
    columns, of = (
        numbered(values.shape[1]),
        f"Weights of head {head}: see Queries, keys, values for where they come from.",
    )
    shares: Look = {**QUERY_BY_KEY, **SHARES, "symbol": f"A{head}"}
    green: Look = {**signed(values), "row_role": "value", "symbol": f"V{head}"}
    blue: Look = {**signed(values), "row_role": "query", "symbol": f"Z{head}"}
    w, v, z, switch = (f"{letter}{head}" for letter in "wvzg")
    m.given(w, f"Weights, head {head}", weights, queries, keys, of, **shares)
    m.given(v, f"Values, head {head}", values, keys, columns, "This head's values.", **green)
    m.derive(z, f"Output, head {head}", Dot(w, v), queries, columns, **blue)
    state, note = np.full((1, 1), float(on)), "1 where the head is on, 0 where it is switched off."
    m.given(switch, f"Switch, head {head}", state, ("switch",), ("on",), note, digits=0)
    m.derive(f"on{head}", f"Head {head} as it counts", Times(z, switch), queries, columns, **blue)


def _project(m: Matrices, trace: "Trace", kind: str, layer: int, queries: tuple[str, ...]) -> None:
    """Put the output projection, as many of its columns as can be looked at, and what it gives."""
    parts: list[Projection] = [trace.projection(kind, layer, head) for head in range(trace.n_heads(kind))]
    w_o = np.concatenate([part.w_o for part in parts])
    columns = numbered(min(w_o.shape[1], COLUMNS))
    shown = w_o[:, : len(columns)]
    note = f"Learned: {w_o.shape[0]} × {w_o.shape[1]} numbers, the first {len(columns)} columns are shown."
    m.given("w_o", "Output projection", shown, numbered(len(w_o)), columns, note, symbol="WO", **signed(shown))
    bias = parts[0].b_o
    if bias is not None:
        row = bias[None, : len(columns)]
        m.given("b_o", "Bias", row, ("bias",), columns, "Learned, added once.", **signed(row))
    rule = Dot("joined", "w_o", bias=None if bias is None else "b_o")
    rows = rule.evaluate({key: matrix.values for key, matrix in m.items()})
    look: Look = {**signed(rows), "row_role": "query", "symbol": "O"}
    m.derive("output", "Output of the layer's attention", rule, queries, columns, **look)


def _steps(m: Matrices, chosen: int, off: tuple[int, ...], count: int) -> tuple[Step, ...]:
    size = m["z0"].values.shape[1]
    switched = f" {and_list([f'Head {one}' for one in off])}: zeros." if off else ""
    return (
        Step(
            f"Head {chosen} mixes values by its own weights",
            f"Every head does this by itself, with {size} numbers a token.",
            (f"w{chosen}", "×", f"v{chosen}", "=", f"z{chosen}"),
            term="head",
        ),
        Step(
            "All heads side by side",
            f"Nothing is mixed yet: columns 0 to {size - 1} are head 0, and so on, {count} times.{switched}",
            ("joined",),
            term="joined",
        ),
        Step(
            "One projection mixes them",
            "Here the heads meet for the first time: every number of the output reads all of them.",
            ("joined", "×", "w_o", "=", "output"),
            term="output",
        ),
    )


FORMULA = (
    Term("MultiHead = ", term="output"),
    Term("concat(", term="joined"),
    Term("A₁V₁", role="value", term="head"),
    Term(", …, ", term="joined"),
    Term("AₕVₕ", role="value", term="head"),
    Term(") ", term="joined"),
    Term("W", term="output"),
    Term("O", style="sup", term="output"),
)

VIEW = View(
    key="multi-head",
    title="Multi-head attention",
    chapter="The Transformer",
    question="Why several heads, and how do they become one output?",
    lead="Each head looks in its own way at fewer numbers; one matrix joins what they found.",
    state=MultiHead,
    build=build,
    runs=runs,
    misconception="Heads do not each read a slice of the word's vector: every head projects the whole vector. The "
    "joined output is split by head, the input is not.",
    not_shown="What later layers make of it. A head that adds little here may still matter, and the other way round.",
    references=(
        ATTENTION_PAPER,
        Link("Michel et al. 2019, Are sixteen heads really better than one?", "https://arxiv.org/abs/1905.10650"),
    ),
)
