"""One layer of a model from inside: attention, add, norm, feed-forward, add, norm, in the order that the model has."""

from typing import Literal

import numpy as np

from models.asks import Norm, Open, Opened, Stage
from viz import knobs
from viz.chips import ChipRow, Chips
from viz.curves import Curve, curves
from viz.feed_forward import add_feed_forward
from viz.matrices import Matrices
from viz.scene import Add, Normal, Step, Walk, distance, numbered, signed
from viz.spec import Link, Plot, Spec, Term
from viz.state import State, knob, within
from viz.view import View
from viz.words import number, quote, shorten

STYLES = {
    "post": "post-norm: a norm after each addition",
    "pre": "pre-norm: a norm before each part",
    "parallel": "parallel: both parts read the same stream",
}
NAMES = {
    "in": "Stream in", "attention": "Attention", "cross-attention": "Cross-attention", "feed-forward": "Feed-forward",
    "add": "Sum", "norm": "Norm",
}  # fmt: skip
NOTES = {
    "in": "What the layer reads: the output of the one before, or the embeddings.",
    "norm": "A norm of another kind: what the model computed.",
    "feed-forward": "What the feed-forward part gives at every position; its arithmetic is shown at one.",
}


class Block(State):
    """What may be chosen: sentence, model, layer, and the position whose feed-forward part is shown."""

    text: str = knobs.sentence("Your cat is a lovely cat", max_length=2_000)
    model: str = knobs.model("bert-tiny")
    layer: int = knobs.layer()
    side: Literal["encoder", "decoder"] = knob("encoder", "Stack", help="Of a model that has both.")
    position: int = knob(1, "Position", kind="hidden", ge=0, le=1023)


def runs(state: Block) -> tuple[Open, ...]:
    """Ask for the layer from inside."""
    return (Open(state.model, state.text, state.layer, state.side),)


def build(state: Block, answers: tuple[Opened]) -> Spec:
    """Return the positions, the walk through the layer, and the lengths of the vectors through all layers."""
    (found,) = answers
    count = len(found.lengths)
    layer, no_layer = within(state.layer, count, "layer")
    position = min(state.position, len(found.tokens.ids) - 1)
    walk = _walk(found, position)
    caption = (
        f"{quote(shorten(state.text))} in layer {layer} of {found.model.name} ({STYLES[found.style]}); feed-forward at "
        f"position {position}, {quote(found.tokens.tokens[position])}."
    )
    return Spec(
        (_chips(found, position), walk, _lengths(found, position)), walk.alt, caption, FORMULA, notices=no_layer,
        limits={"layer": count - 1}, changed={"layer": layer, "position": position},
    )  # fmt: skip


def _chips(found: Opened, position: int) -> Chips:
    tokens = found.tokens
    lengths = found.lengths[found.layer, -1]
    details = tuple(
        f"{quote(t)}: a vector of length {number(v)} leaves." for t, v in zip(tokens.tokens, lengths, strict=True)
    )
    row = ChipRow(
        "length out", tokens.tokens, values=lengths, value_label="length", special=tokens.special, marked=(position,),
        details=details, picks=tuple(map(str, range(len(lengths)))),
    )  # fmt: skip
    title = f"Layer {found.layer}, {STYLES[found.style]}"
    return Chips(title, (row,), f"Lengths of the vectors that leave layer {found.layer}.", pick="position")


def _walk(found: Opened, position: int) -> Walk:
    rows = tuple(f"{i} {token}" for i, token in enumerate(found.tokens.tokens))
    m = Matrices()
    steps: list[Step] = []
    for place, stage in enumerate(found.stages):
        if stage.what == "feed-forward" and found.feed_forward:
            steps += add_feed_forward(m, found.feed_forward, position, rows[position], _read(m, found))
        steps += _stage(m, stage, place, rows)
    parts = ", ".join(NAMES[stage.what].lower() for stage in found.stages)
    return Walk(f"Layer {found.layer} of {found.model.name}", m, tuple(steps), f"One layer: {parts}.")


def _read(m: Matrices, found: Opened) -> str | None:
    """Return the matrix that the feed-forward part reads, where it is one of those shown."""
    read = found.feed_forward.read if found.feed_forward else np.zeros(0)
    return next(
        (key for key, one in m.items() if one.values.shape == read.shape and distance(one.values, read) < 1e-5), None
    )


def _stage(m: Matrices, stage: Stage, place: int, rows: tuple[str, ...]) -> list[Step]:
    """Put one stage with its rule, and return the step that shows it; what parts hand on is shown where it is added."""
    if stage.what == "add":
        return [_add(m, stage, place, rows)]
    if stage.what == "norm" and stage.norm is not None:
        return [_normalise(m, stage, stage.norm, place, rows)]
    note = NOTES.get(
        stage.what, f"What {NAMES[stage.what].lower()} gives: see Multi-head attention for its arithmetic."
    )
    columns = numbered(stage.values.shape[1])
    m.given(f"s{place}", NAMES[stage.what], stage.values, rows, columns, note, **signed(stage.values))
    return []


def _add(m: Matrices, stage: Stage, place: int, rows: tuple[str, ...]) -> Step:
    key, columns = f"s{place}", numbered(stage.values.shape[1])
    first, part, *more = [f"s{read}" for read in stage.reads]
    if more:
        m.derive("both", "Both parts", Add(part, more[0]), rows, columns, **signed(stage.values))
        part = "both"
    name = m[part].title.lower()
    m.known(key, f"Stream + {name}", stage.values, rows, columns, Add(first, part), **signed(stage.values))
    caption = "The stream goes on, with something added: no layer has to pass on what it does not change."
    return Step(f"Add {name} to the stream", caption, (first, "+", part, "=", key), term="add")


def _normalise(m: Matrices, stage: Stage, norm: Norm, place: int, rows: tuple[str, ...]) -> Step:
    key, of = f"s{place}", f"s{stage.reads[0]}"
    columns = numbered(stage.values.shape[1])
    for name, values in (("gain", norm.gain), ("shift", norm.shift)):
        if values is not None:
            m.given(f"{name}{place}", name.title(), values[None], (name,), columns, "Learned.", **signed(values))
    shift = None if norm.shift is None else f"shift{place}"
    rule = Normal(of, f"gain{place}", shift, norm.eps, norm.centred)
    m.known(key, f"Norm {place}", stage.values, rows, columns, rule, **signed(stage.values))
    caption = "Row by row: take out its mean and spread, then scale and shift every column by learned numbers."
    return Step(f"Normalise {m[of].title.lower()}", caption, (of, "→", key), term="norm")


def _lengths(found: Opened, position: int) -> Plot:
    """Return how long the vectors are at every stage of every layer: at the position, and on average."""
    parts, layers = _parts(found), range(len(found.lengths))
    names = [f"{layer} {part}" for layer in layers for part in parts]
    own = Curve(f"position {position}", found.lengths[:, :, position].reshape(-1))
    mean = Curve("mean of all positions", found.lengths.mean(axis=2).reshape(-1))
    return curves(
        "How long the vectors are, through all layers", (own, mean), alt="Lengths through all layers.",
        x="layer, and its parts in their order", y="length of the vector", places=names, rangemode="tozero",
        named={layer * len(parts): str(layer) for layer in layers[:: max(1, len(layers) // 12)]},
    )  # fmt: skip


def _parts(found: Opened) -> list[str]:
    """Name the stages of a layer so that no two are called the same."""
    names: list[str] = []
    part = ""
    for stage in found.stages:
        part = part if stage.what in ("in", "add", "norm") else NAMES[stage.what].lower()
        name = {"add": f"+ {part}", "norm": f"norm after {part}" if part else "norm", "in": "stream in"}.get(
            stage.what, part
        )
        names.append(name if name not in names else f"{name} ({len(names)})")
    return names


FORMULA = (
    Term("x′ = norm", term="norm"),
    Term("(x ", term="add"),
    Term("+ attention(x)", term="add"),
    Term("),  x″ = norm", term="norm"),
    Term("(x′ + ", term="add"),
    Term("f(x′W₁ + b₁)W₂ + b₂", term="feed"),
    Term(")", term="add"),
)

VIEW = View(
    key="block",
    title="One layer",
    chapter="The Transformer",
    question="What happens inside one layer?",
    lead="Attention mixes words, feed-forward works on each alone; both only add to a stream that goes on.",
    state=Block,
    build=build,  # type: ignore[arg-type]
    runs=runs,
    misconception="A layer does not replace its input: it adds to it. And attention is not all: most weights are in "
    "the feed-forward part.",
    not_shown="The formula is post-norm, as in the paper and BERT. GPT-2 norms before each part; the steps "
    "show the model's own order.",
    references=(
        Link("Vaswani et al. 2017, Attention is all you need, section 3.1", "https://arxiv.org/abs/1706.03762"),
        Link(
            "Xiong et al. 2020, On layer normalization in the transformer architecture",
            "https://arxiv.org/abs/2002.04745",
        ),
        Link("Geva et al. 2021, Feed-forward layers are key-value memories", "https://arxiv.org/abs/2012.14913"),
    ),
)
