"""Attention of any model on any sentence: one head as a heatmap and as arcs, and all heads to choose from."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from models.asks import SwitchedOff, SwitchOff
from models.catalogue import find
from viz.attention_figure import heads_figure, notes
from viz.attention_modes import Over, difference, norm_note, rollout, times_value_norm, together
from viz.attention_shown import Shown
from viz.attention_sides import Special
from viz.attention_terms import (
    ATTENTION_PAPER,
    CLARK,
    HEAD_FORMULA,
    KIND_NAMES,
    NOT_EXPLANATION,
    chosen_kind,
    described,
    need,
)
from viz.attention_written import progress
from viz.bertviz_page import bertviz_page
from viz.knobs import LAST
from viz.spec import Figure, Heads, Link, Spec
from viz.state import State, knob, within
from viz.switched_off import change_figures, change_words
from viz.view import Request, Run, View

if TYPE_CHECKING:
    from models.trace import Trace

Kind = Literal["auto", "encoder", "decoder", "cross"]
Mode = Literal["head", "mean", "max", "rollout", "value-norm", "difference"]
PANELS = {"both": ("matrix", "arcs", "overview"), "matrix": ("matrix", "overview"), "arcs": ("arcs", "overview")}
HEAD = r"[0-9]{1,3}\.[0-9]{1,3}"


class Attention(State):
    """What may be chosen: sentence, model, which attention, layer and head, and how tokens are shown."""

    text: str = knob("Your cat is a lovely cat", "Sentence", top=True, max_length=200_000, clears=("written",))
    pair: str = knob("", "Second sentence (may stay empty)", max_length=200_000)
    model: str = knob("bert-tiny", "Model", kind="model", top=True, max_length=200, clears=("written",))
    kind: Kind = knob(
        "auto",
        "Attention",
        options={"auto": "the model's own", "encoder": "encoder", "decoder": "decoder", "cross": "cross"},
        help="Encoder-decoder models have three kinds; every other model has one.",
    )
    layer: int = knob(0, "Layer", ge=0, le=999)
    head: int = knob(0, "Head", ge=0, le=999)
    written: int = knob(
        LAST,
        "Tokens written",
        ge=0,
        le=LAST,
        help="What the decoder has written so far: step through it.",
    )
    special: Special = knob(
        "show",
        "Special tokens",
        options={"show": "shown", "hide": "hidden", "renormalise": "hidden, rows renormalised"},
    )
    words: bool = knob(False, "Merge sub-words")
    show: Mode = knob(
        "head",
        "Show",
        options={
            "head": "the weights of one head",
            "mean": "the mean of several heads",
            "max": "the maximum of several heads",
            "rollout": "rollout through the layers",
            "value-norm": "weights × length of values",
            "difference": "a difference",
        },
    )
    over: Over = knob(
        "heads",
        "Of which heads",
        options={"heads": "all heads of the layer", "layers": "this head in all layers", "all": "all heads"},
        when={"show": ["mean", "max"]},
    )
    other: Literal["head", "text", "model"] = knob(
        "head",
        "Minus",
        options={
            "head": "another head",
            "text": "the same head on another sentence",
            "model": "the same head of another",
        },
        when={"show": ["difference"]},
    )
    other_head: str = knob(
        "0.1",
        "The other head (layer.head)",
        pattern=rf"^{HEAD}$",
        max_length=7,
        when={"show": ["difference"], "other": ["head"]},
    )
    other_text: str = knob(
        "Your dog is a lovely dog",
        "The other sentence",
        max_length=200_000,
        when={"show": ["difference"], "other": ["text"]},
    )
    other_model: str = knob(
        "bert-tiny", "The other model", kind="model", max_length=200, when={"show": ["difference"], "other": ["model"]}
    )
    off: str = knob(
        "",
        "Heads switched off",
        pattern=rf"^({HEAD}(,{HEAD})*)?$",
        max_length=2000,
        help="As layer.head, with commas between: 0.1,3.2. Their output is set to 0, and the model runs again.",
    )
    panels: Literal["both", "matrix", "arcs"] = knob(
        "both", "Draw", options={"both": "matrix and arcs", "matrix": "the matrix", "arcs": "the arcs"}
    )
    mass: float = knob(0.0, "Share of weight that arcs show", kind="hidden", ge=0, le=1)
    heads: str = knob(
        "", "Heads whose arcs are drawn", kind="hidden", pattern=r"^([0-9]{1,3}(,[0-9]{1,3})*)?$", max_length=400
    )
    zoom: str = knob(
        "",
        "Part that is seen",
        kind="hidden",
        pattern=r"^([0-9]{1,5}:[0-9]{1,5},[0-9]{1,5}:[0-9]{1,5})?$",
        max_length=23,
    )
    sort: str = knob(
        "",
        "What heads are sorted by, and the least of it",
        kind="hidden",
        pattern=r"^([a-z]{1,20}(:[0-9]{1,6}(\.[0-9]{1,6})?)?)?$",
        max_length=40,
    )
    tool: Literal["lectern", "bertviz-head", "bertviz-model"] = knob(
        "lectern",
        "Drawn by",
        options={"lectern": "Lectern", "bertviz-head": "BertViz, head view", "bertviz-model": "BertViz, model view"},
    )


def heads_of(text: str) -> tuple[tuple[int, int], ...]:
    """Read heads as they are written, `3.1,0.2`."""
    places = (part.split(".") for part in text.split(",") if part)
    return tuple(sorted({(int(layer), int(head)) for layer, head in places}))


def runs(state: Attention) -> tuple[Request, ...]:
    """Ask for one forward pass over the sentence or the pair, for one more to subtract, and for what changed."""
    off = tuple((state.kind, *place) for place in heads_of(state.off))
    pair = state.pair.strip() or None
    detail = state.layer if state.show == "value-norm" else None
    most = None if state.written == LAST else state.written
    asked: list[Request] = [Run(state.model, state.text, pair=pair, most=most, detail=detail, off=off)]
    if state.show == "difference" and state.other == "text":
        asked.append(Run(state.model, state.other_text, pair=pair, most=most, off=off))
    if state.show == "difference" and state.other == "model":
        asked.append(Run(state.other_model, state.text, pair=pair, most=most))
    if off:
        asked.append(SwitchOff(state.model, state.text, pair=pair, off=off))
    if most is not None:
        asked.append(Run(state.model, state.text, pair=pair, off=off))
    return tuple(asked)


def build(state: Attention, traces: tuple[Any, ...]) -> Spec:
    """Return the attention figure, or BertViz's page on the same run."""
    trace: Trace = traces[0]
    kind, no_kind = chosen_kind(trace, state.kind)
    state = _looking(state, kind)
    layer, no_layer = within(state.layer, trace.n_layers(kind), "layer")
    head, no_head = within(state.head, trace.n_heads(kind), "head")
    need(trace, kind, "weights")
    come = progress(trace, traces[0 if state.written == LAST else -1])
    figures, told = _figures(state, traces, kind, (layer, head))
    place = described(trace, kind, layer, head)
    return Spec(
        figures,
        " ".join(figure.alt for figure in figures),
        " ".join(filter(None, [f"{place}. {_rows(state, trace, kind, layer, head)}", come.sentence, *told])),
        formula=HEAD_FORMULA,
        notices=(*no_kind, *no_layer, *no_head, *_not_there(state, trace, kind)),
        limits={"layer": trace.n_layers(kind) - 1, "head": trace.n_heads(kind) - 1, "written": come.total},
        changed={"layer": layer, "head": head, "kind": "auto" if no_kind else state.kind},
        filled={"written": come.written},
    )


def _looking(state: Attention, kind: str) -> Attention:
    """Return the state with the head that the model's card names, where the reader chose nothing."""
    entry = find(state.model)
    chose_nothing = state.kind == "auto" and state.layer == state.head == 0
    if entry is None or entry.look is None or kind != "cross" or not chose_nothing:
        return state
    return state.model_copy(update={"kind": "cross", "layer": entry.look[0], "head": entry.look[1]})


def _figures(
    state: Attention, traces: tuple[Any, ...], kind: str, place: tuple[int, int]
) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Return what is drawn, and the sentences below it."""
    trace = traces[0]
    if state.tool != "lectern":
        return (bertviz_page(trace, kind, place[0], model_view=state.tool == "bertviz-model"),), ()
    changes = [part for part in traces if isinstance(part, SwitchedOff)]
    looked_at = shown(state, traces, 0)
    told = (*notes(trace, kind, state.special, state.words), *_mode_notes(state, trace, kind))
    told += tuple(change_words(change) for change in changes)
    figure: Heads = heads_figure(
        looked_at,
        *place,
        title=f"{trace.model.name}, {KIND_NAMES[kind]}{_mode_title(state)}",
        what=f"{_what(state)} of {described(trace, kind, *place)}",
        notes=told,
        mode=_mode(state, kind),
        ablated=heads_of(state.off),
        panels=PANELS[state.panels],
    )
    figure = replace(figure, mass=state.mass, keeps=("mass", "heads", "zoom", "sort", "cell"))
    return (figure, *(part for change in changes for part in change_figures(change))), told


def shown(state: Attention, traces: tuple[Any, ...], origin: int) -> Shown:
    """Return what the figure of a state shows, for any layer and head."""
    trace: Trace = traces[0]
    kind = chosen_kind(trace, state.kind)[0]
    mode, plain = _mode(state, kind), Shown(trace, kind, state.special, state.words)
    if mode == "difference":
        if state.other == "head":
            return difference(plain, plain, heads_of(state.other_head)[0], same_tokens=True)
        minus = Shown(traces[1], chosen_kind(traces[1], state.kind)[0], state.special, state.words)
        return difference(plain, minus, None, same_tokens=state.other == "model")
    if mode == "head":
        return plain
    numbers = {
        "mean": lambda: together(trace, kind, "mean", state.over),
        "max": lambda: together(trace, kind, "max", state.over),
        "rollout": lambda: rollout(trace, kind),
        "value-norm": lambda: times_value_norm(trace, kind),
    }[mode]()
    return Shown(trace, kind, state.special, state.words, numbers)


def _mode(state: Attention, kind: str) -> Mode:
    """Return what is shown: rollout goes through layers of self-attention only."""
    return "head" if state.show == "rollout" and kind == "cross" else state.show


def _what(state: Attention) -> str:
    return {
        "head": "Attention weights",
        "mean": "Mean attention weights",
        "max": "Largest attention weights",
        "rollout": "Attention rollout",
        "value-norm": "Attention weights times the length of values",
        "difference": "Difference of attention weights",
    }[state.show]


def _mode_title(state: Attention) -> str:
    return "" if state.show == "head" else f": {_what(state).lower()}"


def _mode_notes(state: Attention, trace: "Trace", kind: str) -> tuple[str, ...]:
    """Say how the numbers were made where they are not the weights of one head."""
    mode = _mode(state, kind)
    which = {"heads": "all heads of this layer", "layers": "this head in all layers", "all": "all heads of all layers"}
    told = {
        "head": "Rollout is of self-attention: here the weights of one head are shown." if state.show != mode else "",
        "mean": f"Each cell is the mean over {which[state.over]}.",
        "max": f"Each cell is the maximum over {which[state.over]}, so that rows can add up to more than 1.",
        "rollout": "Each layer is the mean of its heads, with one half for what passes by unchanged, times the layers "
        "before it (Abnar and Zuidema 2020): which input tokens reach each position.",
        "value-norm": norm_note(trace, kind) if mode == "value-norm" else "",
        "difference": "Each cell is a difference: above 0 where the first one looks more. Minus "
        + {
            "head": f"layer and head {state.other_head}.",
            "text": f"the same head on “{state.other_text[:60]}”.",
            "model": f"the same head of {state.other_model}.",
        }[state.other],
    }[mode]
    return (told, *(("The overview shows the plain weights of every head.",) if mode != "head" else ())) if told else ()


def _rows(state: Attention, trace: "Trace", kind: str, layer: int, head: int) -> str:
    """Say what rows and columns are, and whether rows add up to 1."""
    adds_up = state.special != "hide" and trace.sink(kind, layer, head) is None
    whole = adds_up and _mode(state, kind) in ("head", "mean", "rollout")
    return "Rows are queries, columns are keys" + (", each row adds up to 1." if whole else ".")


def _not_there(state: Attention, trace: "Trace", kind: str) -> tuple[str, ...]:
    """Say which heads could not be switched off because there are none."""
    layers = trace.layers[kind]
    missing = [f"{i}.{j}" for i, j in heads_of(state.off) if i >= len(layers) or j >= layers[i].heads]
    return tuple(f"There is no layer and head {name} to switch off." for name in missing)


VIEW = View(
    key="attention",
    title="All heads",
    chapter="Attention",
    question="Which words does each word look at?",
    lead="Every head of every layer has its own answer. Choose a head; each row shows where one token looks.",
    state=Attention,
    build=build,
    runs=runs,
    shown=shown,
    misconception="A large weight does not mean that the word decided the prediction: weights say where a head reads, "
    "not what it does with it.",
    not_shown="The values that are read, and how much this head adds to the result. See Queries, keys, values.",
    references=(
        ATTENTION_PAPER,
        CLARK,
        NOT_EXPLANATION,
        Link("Abnar and Zuidema 2020, attention rollout", "https://arxiv.org/abs/2005.00928"),
        Link("Kobayashi et al. 2020, Attention is Not Only a Weight", "https://arxiv.org/abs/2004.10102"),
        Link("Vig 2019, BertViz", "https://arxiv.org/abs/1906.05714"),
    ),
)
