"""BERT's first training task: what stands in the gap, over the whole vocabulary, and how it forms layer by layer."""

import numpy as np

from models.asks import Fill, Filled
from viz import knobs
from viz.candidates import Numbers, candidate_bars, listed, numbers, ranked
from viz.chips import ChipRow, Chips
from viz.curves import Curve, curves
from viz.knobs import LAST
from viz.spec import Figure, Link, Plot, Spec, Term
from viz.state import State, knob, within
from viz.view import Run, View
from viz.words import quote, shorten


class MaskedLm(State):
    """What may be chosen: the text, which of its tokens are hidden, and where the gap's attention is looked at."""

    text: str = knobs.sentence("The [MASK] is very cute", "Text; [MASK] is a gap")
    model: str = knobs.model("bert-tiny")
    masked: Numbers = knob("", "Hidden positions", kind="hidden", max_length=400)
    gap: int = knob(0, "Gap", ge=0, le=999, help="Which gap is predicted below, if there are several.")
    layer: int = knobs.layer(LAST)


def runs(state: MaskedLm) -> tuple[Fill | Run, ...]:
    """Ask for the gaps."""
    return (Fill(state.model, state.text, tuple(sorted(set(numbers(state.masked)))), state.gap),)


def build(state: MaskedLm, answers: tuple[Filled, ...]) -> Spec:
    """Return the tokens to click on, the candidates, and the way to them through the layers."""
    (found,) = answers
    layers = found.trace.n_layers("self")
    layer, no_layer = knobs.layer_within(state.layer, layers)
    hidden = set(numbers(state.masked))
    tokens = _tokens(found, hidden, layer)
    if not found.gaps:
        told = f"Nothing is hidden in {quote(shorten(state.text))}: click a token to hide it."
        return Spec(
            (tokens,), tokens.alt, told, FORMULA, limits={"gap": 0, "layer": layers - 1}, filled={"layer": layer}
        )
    gap, no_gap = within(state.gap, len(found.gaps), "gap")
    figures: tuple[Figure, ...] = (tokens, _candidates(found, gap), _through_layers(found), _by_layer(found))
    best = found.likeliest.names[gap][0]
    return Spec(
        figures,
        f"{tokens.alt} {figures[1].alt}",
        f"{found.model.name} on {quote(shorten(state.text))}: {quote(best)} is the likeliest at position"
        f" {found.gaps[gap]}. Probabilities are over all {found.vocabulary:,} tokens.",
        FORMULA,
        notices=(*no_layer, *no_gap),
        limits={"gap": len(found.gaps) - 1, "layer": layers - 1},
        changed={"gap": gap},
        filled={"layer": layer},
    )


def _tokens(found: Filled, hidden: set[int], layer: int) -> Chips:
    count = len(found.tokens.tokens)
    typed = set(found.gaps) - hidden
    picks = tuple(_toggled(hidden, place, found.tokens.special[place] or place in typed) for place in range(count))
    details = tuple(_about(found, place, place in typed) for place in range(count))
    read = found.tokens
    text = ChipRow(
        "Text", read.tokens, ids=read.ids, special=read.special, marked=found.gaps, picks=picks, details=details
    )
    rows = [text]
    if found.gaps:
        weights = found.trace.all_weights("self", layer)[:, found.at].mean(axis=0).astype(np.float64)
        where = f"Where the gap at position {found.at} looks: layer {layer}, mean of its heads"
        rows.append(ChipRow(where, found.tokens.tokens, "key", values=weights, value_label="weight", shades=weights))
    gaps = f"gaps at {listed(found.gaps)}" if found.gaps else "no gap"
    note = "Click a token to hide it, or to show it again."
    return Chips("What the model reads", tuple(rows), f"{count} tokens, {gaps}.", pick="masked", note=note)


def _toggled(hidden: set[int], place: int, fixed: bool) -> str:
    return listed(sorted(hidden if fixed else hidden ^ {place}))


def _about(found: Filled, place: int, typed: bool) -> str:
    if found.tokens.special[place] and not typed:
        return "A special token: it is never hidden."
    if typed:
        return "A gap of the text itself."
    return f"Hidden: {quote(found.original.tokens[place])}." if place in found.gaps else "Click to hide."


def _candidates(found: Filled, gap: int) -> Figure:
    place = found.gaps[gap]
    ids, right = found.likeliest.ids[gap].tolist(), found.original.ids[place]
    rank = f"rank {ids.index(right) + 1}" if right in ids else f"not among the {len(ids)} likeliest"
    hidden = f"Hidden here: {quote(found.original.tokens[place])}, {rank}."
    note = hidden if right != found.tokens.ids[place] else ""
    return candidate_bars(f"The gap at position {place}", found.likeliest, gap, note=note)


def _through_layers(found: Filled) -> Plot:
    """Return how likely the final candidates are if the head reads an earlier layer."""
    names = found.by_layer.names[-1]
    drawn = [Curve(name, found.followed[:, rank]) for rank, name in enumerate(names)]
    title = "The five likeliest, if the head read an earlier layer"
    alt = f"Probability by layer of {', '.join(names)}."
    return curves(title, drawn, alt=alt, y="probability", rangemode="tozero")


def _by_layer(found: Filled) -> Chips:
    names = tuple(row[0] for row in found.by_layer.names)
    shares = found.by_layer.shares[:, 0].astype(np.float64)
    details = tuple(
        f"Layer {layer}: {ranked(row, found.by_layer.shares[layer])}." for layer, row in enumerate(found.by_layer.names)
    )
    row = ChipRow(
        f"Layers 0 to {len(names) - 1}", names, "value", values=shares, digits=3, shades=shares, details=details
    )
    return Chips("Likeliest after each layer", (row,), f"Likeliest after each layer: {', '.join(names)}.")


FORMULA = (
    Term("P(word | text) = softmax( ", at=(1,)),
    Term("W", role="key", at=(2,)),
    Term(" · "),
    Term("h", role="query", at=(0, 0)),
    Term("MASK", role="query", style="sub", at=(0, 0)),
    Term(" + b )"),
)

VIEW = View(
    key="masked-lm",
    title="Masked words",
    chapter="BERT and GPT",
    question="How does BERT fill a gap?",
    lead="It reads what stands on both sides, then gives every token of its vocabulary a probability. Click any token "
    "to hide it.",
    state=MaskedLm,
    build=build,
    runs=runs,
    misconception="BERT does not look for the word that was hidden: it never sees it. Several words can be right, and "
    "a probability of 0.1 may be the best there is.",
    not_shown="The head was trained on the last layer only, so earlier layers read by it are a rough picture. "
    "Attention says where the gap looks, not why a word wins.",
    references=(
        Link("Devlin et al. 2019, BERT, section 3.1", "https://arxiv.org/abs/1810.04805"),
        Link("nostalgebraist 2020, the logit lens", "https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru"),
    ),
)
