"""Logits to probabilities to the argmax: what a model says at one position, and what temperature does to it."""

from dataclasses import replace

import numpy as np

from models.asks import Predict, Predicted
from viz import knobs
from viz.bars import Bars
from viz.candidates import candidate_bars, ranked, scale_end
from viz.chips import ChipRow, Chips
from viz.matrices import Matrices
from viz.scene import SHARES, Dot, Look, Scale, Softmax, Step, Walk, numbered, signed
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import number, quote, shorten

SHOWN = 12
IN_FULL = 8
EFFECT = "Below 1 the largest wins more clearly, above 1 all come closer; their order stays."


class Output(State):
    """What may be chosen: the text, the position, and the temperature."""

    text: str = knobs.sentence("Your cat is a lovely cat", clears=("position",))
    model: str = knobs.model("gpt-tiny", clears=("position",))
    position: int = knob(-1, "Position", kind="hidden", ge=-1, le=1023)
    temperature: float = knob(1.0, "Temperature", ge=0.05, le=10, help="Logits are divided by it before softmax.")


def runs(state: Output) -> tuple[Predict, ...]:
    """Ask for the logits at the position."""
    return (Predict(state.model, state.text, state.position),)


def build(state: Output, answers: tuple[Predicted]) -> Spec:
    """Return the positions to choose from, the probabilities, and the arithmetic behind them."""
    (found,) = answers
    walk = _walk(found, state.temperature)
    bars = _bars(found, state.temperature)
    where = f"at position {found.position} ({quote(found.tokens.tokens[found.position])})"
    caption = (
        f"{found.model.name} {where} of {quote(shorten(state.text))}, temperature {number(state.temperature)}: "
        f"{ranked(bars.labels[:4], bars.values)}, of {len(found.logits):,} tokens."
    )
    alt = f"Probabilities {where}: {bars.alt}"
    return Spec((_chips(found), bars, walk), alt, caption, FORMULA, changed={"position": state.position})


def _chips(found: Predicted) -> Chips:
    tokens, places = found.tokens, numbered(len(found.tokens.ids))
    details = tuple(f"Show what is predicted at position {i}, {quote(text)}." for i, text in enumerate(tokens.tokens))
    row = ChipRow(
        "position", tokens.tokens, special=tokens.special, marked=(found.position,), details=details, picks=places
    )
    says = "the next token" if found.model.kind != "encoder" else "the token that stands there"
    note = f"At every position {found.model.name} predicts {says}. Press another one."
    return Chips("Where the model is asked", (row,), f"Position {found.position} is shown.", pick="position", note=note)


def _bars(found: Predicted, temperature: float) -> Bars:
    """Return the likeliest tokens at temperature 1, with their share at the chosen one beside it."""
    bars = candidate_bars("What comes out of softmax", found.likeliest, 0, shown=SHOWN)
    if temperature == 1:
        return bars
    logits = found.logits / temperature
    warm = np.exp(logits[found.likeliest.ids[0, :SHOWN]] - np.logaddexp.reduce(logits))
    high = scale_end(np.concatenate([bars.values, warm]))
    label = f"at temperature {number(temperature)}"
    return replace(bars, second=warm, second_label=label, value_label="at temperature 1", high=high)


def _walk(found: Predicted, temperature: float) -> Walk:
    names, width = found.likeliest.names[0][:IN_FULL], len(found.vector)
    ids = found.likeliest.ids[0, :IN_FULL]
    at, numbers = ("logit",), numbered(width)
    m, steps = Matrices(), []
    signs: Look = signed(found.logits[ids])
    if found.rows is not None and found.bias is not None:
        last = f"What the last layer hands on at position {found.position}: {width} numbers."
        learned = "A row of the last linear map, one for each token of the vocabulary."
        m.given("vector", "Vector h", found.vector[None], at, numbers, last, **signed(found.vector))
        m.given("rows", "Rows W", found.rows[:IN_FULL], names, numbers, learned, **signed(found.rows))
        m.given("bias", "Bias", found.bias[None, :IN_FULL], ("bias",), names, "Learned, one for each token.")
        m.derive("logits", "Logits", Dot("vector", "rows", transpose=True, bias="bias"), at, names, **signs)
        steps.append(_dot_step(len(found.logits)))
    else:
        own = "The model's own logits; this family changes them after the last linear map."
        m.given("logits", "Logits", found.logits[ids][None], at, names, own, **signs)
    scale = Scale("logits", 1 / temperature, f"÷ {temperature:g}")
    m.derive("scaled", f"÷ {temperature:g}", scale, at, names, **signs)
    others = np.delete(found.logits, ids) / temperature
    rest = float(np.logaddexp.reduce(others)) if len(others) else None
    softmax = Softmax("scaled", rest, f"the other {len(others):,} tokens together")
    shares: Look = {**SHARES, "digits": 3}
    m.derive("shares", "Probabilities", softmax, at, names, **shares)
    steps += _share_steps(m, names, temperature)
    alt = f"From {width} numbers to {len(found.logits):,} probabilities at position {found.position}."
    return Walk("From the last vector to a word", m, tuple(steps), alt)


def _dot_step(vocabulary: int) -> Step:
    caption = (
        f"One dot product with a learned row for each of {vocabulary:,} tokens: the likeliest {IN_FULL} are shown."
    )
    return Step("A logit for every token", caption, ("vector", "·", "rows", "=", "logits"), term="logit")


def _share_steps(m: Matrices, names: tuple[str, ...], temperature: float) -> list[Step]:
    first, second = m["shares"].values[0, :2]
    best = f"{quote(names[0])} with {number(first, 3)}, before {quote(names[1])} with {number(second, 3)}."
    return [
        Step(f"Divide by the temperature, {temperature:g}", EFFECT, ("logits", "→", "scaled"), term="temperature"),
        Step(
            "Softmax over the whole vocabulary",
            f"All tokens share 1, those that are not shown too. The argmax is {best}",
            ("scaled", "→", "shares"),
            term="softmax",
        ),
    ]


FORMULA = (
    Term("p = softmax(", term="softmax"),
    Term("(W h + b)", term="logit"),
    Term(" / T", term="temperature"),
    Term("),  ", term="softmax"),
    Term("token = argmax p", at=(1,)),
)

VIEW = View(
    key="output",
    title="From logits to a word",
    chapter="The Transformer",
    question="How does a vector become a word again?",
    lead="A score for every token of the vocabulary, shares of 1 by softmax, and the largest one is written.",
    state=Output,
    build=build,  # type: ignore[arg-type]
    runs=runs,
    misconception="Temperature does not make a model more creative or more right: it changes no order, only how far "
    "apart the probabilities are. A probability is no truth either.",
    not_shown="Sampling, top-k and top-p (Next token), and the tokens beyond the likeliest, though all are counted.",
    references=(
        Link("Vaswani et al. 2017, Attention is all you need, section 3.4", "https://arxiv.org/abs/1706.03762"),
        Link("Guo et al. 2017, On calibration of modern neural networks", "https://arxiv.org/abs/1706.04599"),
    ),
)
