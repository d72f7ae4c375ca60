"""What each layer would predict at each position, if the model's own head read it: the logit lens."""

import numpy as np

from models.asks import Lens, Lensed
from viz import knobs
from viz.chips import ChipRow, Chips
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import number, quote, shorten

SHOWN = 16


class LogitLens(State):
    """What may be chosen: text, model, and where in a long text to look."""

    text: str = knobs.sentence("One day, a little girl named Lily went to the", "Text")
    model: str = knobs.model("gpt-tiny")
    start: int = knob(0, "From position", ge=0, le=9999, help=f"{SHOWN} positions are shown from here on.")


def runs(state: LogitLens) -> tuple[Lens, ...]:
    """Ask what every layer would predict."""
    return (Lens(state.model, state.text),)


def build(state: LogitLens, answers: tuple[Lensed, ...]) -> Spec:
    """Return a row of predicted tokens for each layer, the last layer at the top."""
    (found,) = answers
    count = len(found.tokens.tokens)
    first = min(max(0, state.start - found.first), max(0, count - SHOWN))
    part = slice(first, min(first + SHOWN, count))
    layers = range(len(found.ids) - 1, -1, -1)
    rows = (*(_layer(found, layer, part) for layer in layers), _text(found, part))
    about = "what comes next" if found.next_token else "the token that stands there"
    settled = _settled(found, count - 1)
    alt = (
        f"For each layer of {found.model.name}, what it would predict for {about}. At the last position the prediction "
        f"is {quote(found.names[-1][-1][0])}, first so after {_name(found, settled)}."
    )
    chips = Chips(f"{found.model.name}: likeliest token of each layer", rows, alt, note=_note(found))
    return Spec(
        (chips,),
        alt,
        f"{found.model.name} on {quote(shorten(state.text))}. A chip is the likeliest token; the darker, the likelier. "
        f"Probabilities are over all {found.vocabulary:,} tokens. The top row is the model's own prediction.",
        FORMULA,
        limits={"start": found.first + max(0, count - SHOWN)},
        changed={"start": found.first + first} if state.start else {},
    )


def _layer(found: Lensed, layer: int, part: slice) -> ChipRow:
    shares = found.shares[layer, part]
    names = found.names[layer][part]
    places = range(found.first + part.start, found.first + part.stop)
    details = tuple(
        f"After {_name(found, layer)}, at position {place}: "
        + ", ".join(f"{quote(name)} {number(float(share), 3)}" for name, share in zip(told, row, strict=True))
        + "."
        for place, told, row in zip(places, names, shares, strict=True)
    )
    return ChipRow(
        _name(found, layer),
        tuple(told[0] for told in names),
        values=shares[:, 0].astype(np.float64),
        value_label="probability",
        shades=shares[:, 0].astype(np.float64),
        details=details,
    )


def _text(found: Lensed, part: slice) -> ChipRow:
    tokens = found.tokens
    return ChipRow("what is read", tokens.tokens[part], ids=tokens.ids[part], special=tokens.special[part])


def _name(found: Lensed, layer: int) -> str:
    return "the embeddings" if layer == 0 else f"layer {layer - 1}"


def _settled(found: Lensed, position: int) -> int:
    """Return the first layer from which on the final prediction is the likeliest."""
    best = found.ids[:, position, 0]
    others = np.flatnonzero(best != best[-1])
    return int(others[-1]) + 1 if len(others) else 0


def _note(found: Lensed) -> str:
    return (
        "Every layer is read through the model's final norm and head; the top row is exactly its prediction."
        if found.normed
        else "Every layer is read by the model's head, which was trained on the last layer only."
    )


FORMULA = (
    Term("likeliest token of layer l", at=(0, 0)),
    Term(" = argmax softmax( W · norm("),
    Term("hₗ", role="query", at=(0, 0)),
    Term(") )"),
)

VIEW = View(
    key="logit-lens",
    title="Logit lens",
    chapter="BERT and GPT",
    question="What would each layer predict?",
    lead="A layer hands on vectors, not words. Read by the model's own head, they show how a prediction forms.",
    state=LogitLens,
    build=build,
    runs=runs,
    misconception="Earlier layers do not think of these words: the head was trained to read the last layer, and what "
    "it reads in others is only a hint.",
    not_shown="Why a prediction changes from layer to layer. See All heads, with heads switched off.",
    references=(
        Link(
            "nostalgebraist 2020, interpreting GPT: the logit lens", "https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru"
        ),
        Link("Belrose et al. 2023, Eliciting Latent Predictions", "https://arxiv.org/abs/2303.08112"),
    ),
)
