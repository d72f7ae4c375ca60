"""Positions as sines and cosines: the matrix, likeness by distance, a model's own positions, and what lacks them."""

from typing import Literal

import numpy as np

from models.asks import Embed, Embedded
from models.errors import LecternError
from models.worked import positions
from viz import knobs
from viz.attention_terms import ATTENTION_PAPER
from viz.curves import Curve, curves
from viz.matrices import Matrices
from viz.permuted import permuted
from viz.scene import Apply, Cosine, Dot, Look, Step, Walk, numbered, signed
from viz.spec import Link, Plot, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import counted

SINES = {"source": ["sines"]}
MOST = 128
LONG_TEXT = " a" * MOST


class PositionalEncoding(State):
    """What may be chosen: the formula, a model's learned table, or attention without any position."""

    source: Literal["sines", "model", "without"] = knob(
        "sines",
        "Positions",
        options={"sines": "sine and cosine", "model": "a model's own table", "without": "none: words permuted"},
    )
    count: int = knob(24, "Positions", when={"source": ["sines", "model"]}, ge=2, le=MOST)
    width: int = knob(16, "Width", when=SINES, ge=2, le=512)
    position: int = knob(0, "Compared", when={"source": ["sines", "model"]}, ge=0, le=MOST - 1)
    model: str = knobs.model("bert-tiny", when={"source": ["model"]})
    words: str = knob("the dog bites the man", "Sentence", when={"source": ["without"]}, max_length=200)
    order: str = knob(
        "the man bites the dog", "Its words in another order", when={"source": ["without"]}, max_length=200
    )


def runs(state: PositionalEncoding) -> tuple[Embed, ...]:
    """Ask for the rows of a model's table of positions, where they are shown."""
    return (Embed(state.model, LONG_TEXT),) if state.source == "model" else ()


def build(state: PositionalEncoding, answers: tuple[Embedded, ...]) -> Spec:
    """Return the formula's matrix, a model's, or two orders of the same words."""
    if state.source == "without":
        return permuted(state.words.split(), state.order.split())
    return _learned(state, answers[0]) if answers else _sines(state)


def _sines(state: PositionalEncoding) -> Spec:
    width = state.width + state.width % 2
    names, columns = numbered(state.count), numbered(width)
    place, pace = np.arange(state.count, dtype=float)[:, None], positions.frequencies(width)[None, :]
    m = Matrices()
    m.given("position", "Position", place, names, ("pos",), "Counting from 0.", digits=0, symbol="pos")
    formula = "1 / 10000^(2i/d): the same for a column of sines and the column of cosines after it."
    m.given("pace", "Pace", pace, ("pace",), columns, formula, digits=3)
    m.derive("angle", "Angle", Dot("position", "pace"), names, columns, **signed(place))
    look: Look = {"colour": "signed", "low": -1.0, "high": 1.0, "symbol": "PE"}
    m.derive("encoding", "Positional encoding", Apply("angle", "sin_cos"), names, columns, **look)
    alt = f"Sine and cosine encoding of {counted(state.count, 'position')} in {width} numbers each."
    odd = ("The width is even in pairs of sine and cosine, so one more column is shown.",) if state.width % 2 else ()
    return _beside_curve(state, m, "encoding", "Sine and cosine", _wave_steps(float(pace[0, -1])), alt, FORMULA, odd)


def _wave_steps(last: float) -> tuple[Step, ...]:
    return (
        Step(
            "A row for each position",
            "Every row is different, and every number stays between −1 and 1, however long the text.",
            ("encoding",),
            term="wave",
        ),
        Step(
            "Near positions are alike",
            "The cosine of two rows depends on their distance only: every diagonal has one colour.",
            ("near",),
            term="wave",
        ),
        Step(
            "Every column has its own pace",
            f"Position times pace is an angle. The first column turns one radian a word, the last {last:.2g}.",
            ("pace", "→", "angle"),
            term="angle",
        ),
        Step(
            "Sine in even columns, cosine in odd ones",
            "The wave of a column is the sine or cosine of its angles: quick on the left, slow on the right.",
            ("angle", "→", "encoding"),
            term="wave",
        ),
    )


def _beside_curve(
    state: PositionalEncoding, m: Matrices, of: str, title: str, steps: tuple[Step, ...], alt: str,
    formula: tuple[Term, ...], notices: tuple[str, ...] = (),
) -> Spec:  # fmt: skip
    """Return the walkthrough with the cosine of every two rows, and beside it those of one position."""
    names = m[of].rows
    at = min(state.position, len(names) - 1)
    look: Look = {"colour": "signed", "low": -1.0, "high": 1.0}
    m.derive("near", "Cosine of two rows", Cosine(of, of), names, names, **look)
    figures = (Walk(title, m, steps, alt), _curve(m["near"].values[at], at, title.lower()))
    limits = {"position": len(names) - 1}
    return Spec(figures, alt, alt, formula, notices=notices, limits=limits, changed={"position": at})


def _curve(cosines: np.ndarray, at: int, what: str) -> Plot:
    title = f"How alike is each position to position {at}? ({what})"
    alt = f"Cosines with {at}."
    return curves(title, (Curve("cosine", cosines),), alt=alt, x="position", y="cosine", range=[-1.05, 1.1])


def _learned(state: PositionalEncoding, found: Embedded) -> Spec:
    part = next((part for part in found.parts if part.role == "position"), None)
    if part is None:
        raise LecternError(
            f"{found.model.name} has no table of positions (it turns queries and keys, or adds a bias to the scores): "
            "choose BERT, RoBERTa, GPT-2 or another of their kind."
        )
    count = min(state.count, len(part.rows))
    rows = part.rows[:count]
    note = f"Learned in training: {count} rows of {part.table[0]:,}. No formula made them."
    m = Matrices()
    title, columns = f"Position rows of {found.model.name}", numbered(rows.shape[1])
    m.given("learned", title, rows, numbered(count), columns, note, symbol="P", **signed(rows))
    caption = "Learned rows need not follow a rule. Are neighbours alike? Is the first position like any other?"
    steps = (
        Step("A row for each position", "Added to the token's row, like a word of its own.", ("learned",), term="row"),
        Step("What training made of distance", caption, ("near",), term="row"),
    )
    alt = f"The first {count} learned positions of {found.model.name}, and their cosines."
    return _beside_curve(state, m, "learned", "Learned positions", steps, alt, LEARNED)


LEARNED = (
    Term("x = token row + "),
    Term("P", role="key", term="row"),
    Term("pos", style="sub", role="key", term="row"),
)

FORMULA = (
    Term("PE(pos, 2i) = sin(", term="wave"),
    Term("pos / 10000", term="angle"),
    Term("2i/d", style="sup", term="angle"),
    Term("),  PE(pos, 2i+1) = cos(", term="wave"),
    Term("pos / 10000", term="angle"),
    Term("2i/d", style="sup", term="angle"),
    Term(")", term="wave"),
)

VIEW = View(
    key="positional-encoding",
    title="Positional encoding",
    chapter="The Transformer",
    question="How does a transformer know which word comes first?",
    lead="It does not, unless it is told: a row for each position is added to the rows of the words.",
    state=PositionalEncoding,
    build=build,
    runs=runs,
    misconception="Attention does not read from left to right. Without positions it sees a bag of words: swap two of "
    "them, and every word keeps its output.",
    not_shown="Relative biases (T5) and rotary positions (Llama), which change scores instead of adding rows.",
    references=(
        ATTENTION_PAPER,
        Link("Wang et al. 2021, On position embeddings in BERT", "https://openreview.net/forum?id=onxoVA9FxMw"),
    ),
)
