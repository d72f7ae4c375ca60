"""An encoder-decoder at work: the source is read once, the target is written token by token, and any step can go on
differently."""

from typing import Literal

from models.asks import Decode, Written
from models.catalogue import find
from models.errors import LecternError
from viz import knobs
from viz.bars import Bars
from viz.beams import beams_beside
from viz.candidates import Numbers, candidate_bars, listed, numbers
from viz.decoder_looks import decoder_looks, source_and_target
from viz.knobs import LAST
from viz.spec import Figure, Link, Spec, Term
from viz.state import State, knob, within
from viz.view import View
from viz.words import quote, shorten

TOKENS = 64


class Translation(State):
    """What may be chosen: the source, the step that is looked at, what was chosen instead, and the beams."""

    text: str = knobs.sentence("Your cat is a lovely cat", "Source", max_length=20_000, clears=("prefix", "at"))
    model: str = knobs.model("en-fr", clears=("prefix", "at"))
    at: int = knob(1, "Tokens written", ge=0, le=LAST)
    beams: int = knob(3, "Beams", ge=1, le=8, help="How many beginnings beam search keeps; 1 is greedy.")
    layer: int = knobs.layer(LAST)
    heads: Literal["aligning", "mean"] = knob(
        "aligning",
        "Cross-attention of",
        options={"aligning": "the head that aligns words, where it is known", "mean": "all heads: their mean"},
    )
    prefix: Numbers = knob("", "Chosen tokens", kind="hidden", max_length=400)


def runs(state: Translation) -> tuple[Decode, ...]:
    """Ask for the greedy translation, from what was chosen on, and for that of beam search."""
    greedy = Decode(state.model, state.text, numbers(state.prefix), TOKENS)
    beams = Decode(state.model, state.text, (), TOKENS, state.beams)
    return (greedy, beams) if state.beams > 1 else (greedy,)


def build(state: Translation, answers: tuple[Written, ...]) -> Spec:
    """Return source and target with their links, the candidates of a step, both attentions, and the beams."""
    greedy = answers[0]
    need_two(greedy)
    at, no_step = within(state.at, greedy.steps, "step") if state.at != LAST else (greedy.steps - 1, ())
    layers = greedy.trace.n_layers("cross")
    layer, no_layer = (_last(state, layers), ()) if state.layer == LAST else within(state.layer, layers, "layer")
    head = _head(state, layer)
    figures: tuple[Figure, ...] = (
        source_and_target(greedy, at, layer, head),
        _candidates(greedy, at),
        decoder_looks(greedy, at, layer, head),
    )
    figures += tuple(beams_beside(greedy, answer, bool(state.prefix)) for answer in answers[1:])
    said = " ".join(greedy.written.tokens)
    chosen = f" after {greedy.given} chosen" if greedy.given else ""
    return Spec(
        figures,
        f"{figures[0].alt} {figures[1].alt}",
        f"{greedy.model.name}: {quote(shorten(state.text))} becomes {quote(said)}{chosen}, step {at} of "
        f"{greedy.steps - 1}; cross-attention of layer {layer}, {_whose(head)}.",
        formula=FORMULA,
        notices=(*no_step, *no_layer),
        limits={"at": greedy.steps - 1, "layer": layers - 1},
        changed={"at": at} if no_step else {},
        filled={"layer": layer, "at": at},
    )


def need_two(written: Written) -> None:
    """Refuse a model that does not translate."""
    if written.model.kind != "encoder-decoder":
        raise LecternError(
            f"{written.model.name} has no encoder beside its decoder: choose a model that translates, such as en-fr or"
            " Helsinki-NLP/opus-mt-en-fr."
        )


def _last(state: Translation, layers: int) -> int:
    """Return the layer of the head that aligns words, or the last one."""
    look = _look(state)
    return look[0] if look else layers - 1


def _head(state: Translation, layer: int) -> int | None:
    """Return the head whose cross-attention is shown in this layer, None for the mean of all."""
    look = _look(state)
    return look[1] if look and look[0] == layer else None


def _look(state: Translation) -> tuple[int, int] | None:
    entry = find(state.model)
    return entry.look if entry and state.heads == "aligning" else None


def _whose(head: int | None) -> str:
    return "mean of its heads" if head is None else f"head {head}"


def _candidates(found: Written, at: int) -> Bars:
    ids = list(found.written.ids)
    said = " ".join(found.written.tokens[:at]) or found.start.tokens[0]
    return candidate_bars(
        f"After {quote(shorten(said, 40))}",
        found.likeliest,
        at,
        chosen=ids[at] if at < len(ids) else None,
        pick="prefix",
        write=lambda token: listed([*ids[:at], token]),
        note="Choose another one to go on from there.",
    )


FORMULA = (
    Term("yₜ = argmax softmax( W · ", at=(1,)),
    Term("decoder", role="query", term="own"),
    Term("( "),
    Term("y₁ … yₜ₋₁", role="query", at=(0, 1)),
    Term(" ,"),
    Term(" encoder(x)", role="key", at=(0, 0)),
    Term(" ) )"),
)

VIEW = View(
    key="translation",
    title="Translation",
    chapter="The Transformer",
    question="How does a Transformer translate?",
    lead="The encoder reads the source once. The decoder writes one token at a time: it looks at what it wrote and at "
    "the source. Choose another candidate, and it goes on from there.",
    state=Translation,
    build=build,
    runs=runs,
    misconception="The decoder does not translate word by word: each step gives the whole vocabulary a probability, "
    "and one early choice changes everything after it.",
    not_shown="A mean of heads hides what single heads do, and a look is not yet a translation of that word.",
    references=(
        Link("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
        Link("Bahdanau et al. 2015, attention as alignment", "https://arxiv.org/abs/1409.0473"),
    ),
)
