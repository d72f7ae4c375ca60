"""Attention of any model on any sentence: one head as a heatmap and as arcs, and all heads to choose from."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from viz.attention_figure import Special, attention_figure, shown_weights
from viz.attention_terms import ATTENTION_FORMULA, ATTENTION_PAPER, CLARK, NOT_EXPLANATION, chosen_kind, described
from viz.bertviz_page import bertviz_page
from viz.spec import Link, Page, Spec
from viz.state import State, knob, within
from viz.view import Run, View

if TYPE_CHECKING:
    from models.trace import Trace

Kind = Literal["auto", "encoder", "decoder", "cross"]


class Attention(State):
    """What may be chosen: sentence, model, which attention, layer and head, and how tokens are shown."""

    text: str = knob("Your cat is a lovely cat", "Sentence", top=True, max_length=200_000)
    pair: str = knob("", "Second sentence (may stay empty)", max_length=200_000)
    model: str = knob("bert-tiny", "Model", kind="model", top=True, max_length=200)
    kind: Kind = knob(
        "auto",
        "Attention",
        options={"auto": "the model's own", "encoder": "encoder", "decoder": "decoder", "cross": "cross"},
        help="Encoder-decoder models have three kinds; every other model has one.",
    )
    layer: int = knob(0, "Layer", ge=0, le=999)
    head: int = knob(0, "Head", ge=0, le=999)
    special: Special = knob(
        "show",
        "Special tokens",
        options={"show": "shown", "hide": "hidden", "renormalise": "hidden, rows renormalised"},
    )
    words: bool = knob(False, "Merge sub-words")
    tool: Literal["lectern", "bertviz-head", "bertviz-model"] = knob(
        "lectern",
        "Drawn by",
        options={"lectern": "Lectern", "bertviz-head": "BertViz, head view", "bertviz-model": "BertViz, model view"},
    )


def runs(state: Attention) -> tuple[Run, ...]:
    """Ask for one forward pass over the sentence or the pair."""
    return (Run(state.model, state.text, pair=state.pair.strip() or None),)


def build(state: Attention, traces: tuple["Trace", ...]) -> Spec:
    """Return the attention figure, or BertViz's page on the same run."""
    (trace,) = traces
    kind, no_kind = chosen_kind(trace, state.kind)
    layer, no_layer = within(state.layer, trace.n_layers(kind), "layer")
    head, no_head = within(state.head, trace.n_heads(kind), "head")
    figure = (
        attention_figure(trace, kind, layer, head, special=state.special, words=state.words)
        if state.tool == "lectern"
        else bertviz_page(trace, kind, layer, model_view=state.tool == "bertviz-model")
    )
    notes = () if isinstance(figure, Page) else figure.notes
    whole = state.special != "hide" and trace.sink(kind, layer, head) is None
    return Spec(
        (figure,),
        figure.alt,
        " ".join(
            [
                f"{described(trace, kind, layer, head)}. Rows are queries, columns are keys"
                + (", each row adds up to 1." if whole else "."),
                *notes,
            ]
        ),
        formula=ATTENTION_FORMULA,
        notices=(*no_kind, *no_layer, *no_head),
        limits={"layer": trace.n_layers(kind) - 1, "head": trace.n_heads(kind) - 1},
        changed={"layer": layer, "head": head},
    )


def head_weights(state: Attention, trace: "Trace") -> np.ndarray:
    """Return the weights of the state's layer and head under the state's options."""
    kind, _ = chosen_kind(trace, state.kind)
    if state.layer >= trace.n_layers(kind) or state.head >= trace.n_heads(kind):
        raise LecternError(f"{trace.model.name} has no layer {state.layer}, head {state.head}.")
    return shown_weights(trace, kind, state.layer, state.head, special=state.special, words=state.words)


VIEW = View(
    key="attention",
    title="All heads",
    chapter="Attention",
    question="Which words does each word look at?",
    lead="Every head of every layer has its own answer. Choose a head; each row shows where one token looks.",
    state=Attention,
    build=build,
    runs=runs,
    head=head_weights,
    misconception="A large weight does not mean that the word decided the prediction: weights say where a head reads, "
    "not what it does with it.",
    not_shown="The values that are read, and how much this head adds to the result. See Queries, keys, values.",
    references=(
        ATTENTION_PAPER,
        CLARK,
        NOT_EXPLANATION,
        Link("Vig 2019, BertViz", "https://arxiv.org/abs/1906.05714"),
    ),
)
