"""BERT's second training task: two sentences, told apart by their segment, and the decision whether one follows."""

from typing import Any

import numpy as np

from models import sampling
from models.asks import Embed, Embedded, Follow, Followed
from viz import knobs
from viz.bars import Bars
from viz.chips import ChipRow, Chips
from viz.matrices import Matrices
from viz.scene import Add, Look, Step, Walk, numbered, signed
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import number, quote, shorten

ANSWERS = ("it follows", "it comes from elsewhere")
COLUMNS = 48
WEAK = " bert-tiny is weak at this task: its model card says how often it is right."


class NextSentence(State):
    """What may be chosen: a sentence, two that may follow it, and the model."""

    first: str = knob("It is raining heavily.", "First sentence", max_length=20_000)
    second: str = knob("I need an umbrella.", "Second sentence", max_length=20_000)
    other: str = knob("The bank opened a new office.", "A sentence from elsewhere", max_length=20_000)
    model: str = knobs.model("bert-tiny")


def runs(state: NextSentence) -> tuple[Any, ...]:
    """Ask about both pairs, and for the rows that make the first pair's vectors."""
    pairs = tuple(Follow(state.model, state.first, second) for second in (state.second, state.other))
    return (*pairs, Embed(state.model, state.first, state.second))


def build(state: NextSentence, answers: tuple[Any, ...]) -> Spec:
    """Return the pair in its segments, the two decisions, and how the segment gets into the vectors."""
    found, other, rows = answers
    decided = [_decision(one, text) for one, text in ((found, state.second), (other, state.other))]
    walk = _walk(rows)
    shares = [float(one.values[0]) for one in decided]
    weak = WEAK if found.model.key == "bert-tiny" else ""
    caption = (
        f"{found.model.name}: {quote(shorten(state.second))} follows with {number(shares[0], 3)}, "
        f"{quote(shorten(state.other))} with {number(shares[1], 3)}.{weak}"
    )
    return Spec((_pair(found), *decided, walk), f"{decided[0].alt} {decided[1].alt}", caption, formula=FORMULA)


def _pair(found: Followed) -> Chips:
    tokens = found.tokens
    segments = np.array(tokens.segments, np.float64)
    row = ChipRow(
        "Token, and its segment below: 0 or 1",
        tokens.tokens,
        values=segments,
        value_label="segment",
        digits=0,
        shades=segments * 0.6,
        special=tokens.special,
        details=tuple(
            f"Position {place}: {quote(token)} gets the embedding of segment {segment}."
            for place, (token, segment) in enumerate(zip(tokens.tokens, tokens.segments, strict=True))
        ),
    )
    return Chips("One input, two segments", (row,), f"{len(tokens.tokens)} tokens in two segments.")


def _decision(found: Followed, text: str) -> Bars:
    shares = sampling.softmax(found.logits)
    details = tuple(f"Logit {number(float(z), 3)}, read off [CLS]." for z in found.logits)
    named = quote(shorten(text, 40))
    alt = f"{named} follows with probability {number(float(shares[0]), 3)}."
    return Bars(
        f"{named}: does it follow?",
        ANSWERS,
        shares,
        alt,
        value_label="probability",
        details=details,
        mark=int(shares.argmax()),
        note=f"Logits {number(float(found.logits[0]))} and {number(float(found.logits[1]))}; softmax makes shares.",
    )


def _walk(rows: Embedded) -> Walk:
    """Return token row + segment row + position row, for the first numbers of each."""
    labels = rows.tokens.tokens
    wide = min(COLUMNS, rows.parts[0].rows.shape[1])
    parts = {part.role: part.rows[:, :wide].astype(np.float64) for part in rows.parts}
    sizes = {part.role: part.table[0] for part in rows.parts}
    m = Matrices()
    scale = signed(*parts.values())
    titles = {"token": "Token rows", "segment": "Segment rows", "position": "Position rows"}
    for role in (role for role in titles if role in parts):
        m.given(
            role, titles[role], parts[role], labels, numbered(wide), f"Row of the table of {sizes[role]:,}.", **scale
        )
    steps: tuple[Step, ...] = (Step("The segment row is one of two", _about(parts), ("segment",), term="segment"),)
    if set(titles) <= m.keys():
        steps += _sums(m, labels, wide, scale)
    return Walk("How the segment enters", m, steps, "Token, segment and position rows are added for each token.")


def _about(parts: dict[str, np.ndarray]) -> str:
    kinds = len(np.unique(parts["segment"], axis=0)) if "segment" in parts else 0
    return f"{kinds} different rows here: every token of a sentence gets the same one."


def _sums(m: Matrices, labels: tuple[str, ...], wide: int, scale: Look) -> tuple[Step, ...]:
    columns = numbered(wide)
    m.derive("both", "Token + segment", Add("token", "segment"), labels, columns, **scale)
    m.derive("sum", "Input of the encoder", Add("both", "position"), labels, columns, **scale)
    return (
        Step(
            "Added to the token's row",
            "The same word in the other sentence would get another sum.",
            ("token", "+", "segment", "=", "both"),
            term="segment",
        ),
        Step(
            "And the position's row",
            "A layer norm follows, then the layers. [CLS] gathers both sentences, and the decision is read off it.",
            ("both", "+", "position", "=", "sum"),
            term="position",
        ),
    )


FORMULA = (
    Term("x = "),
    Term("token", role="query", at=(0, 0)),
    Term(" + segment", role="key", term="segment"),
    Term(" + position", role="value", term="position"),
    Term(";  P(follows) = softmax( W · h", at=(1,)),
    Term("[CLS]", style="sub", at=(1,)),
    Term(" )", at=(1,)),
)

VIEW = View(
    key="next-sentence",
    title="Next sentence",
    chapter="BERT and GPT",
    question="Does the second sentence follow the first?",
    lead="BERT reads both as one input. Each token carries the embedding of its segment, and [CLS] decides.",
    state=NextSentence,
    build=build,
    runs=runs,
    misconception="A high probability is not understanding: in training, a false second sentence came from another "
    "text, so a shared topic is often enough.",
    not_shown="How [CLS] gathers the two sentences: see All heads with a second sentence. RoBERTa was trained without "
    "this task and lost nothing.",
    references=(
        Link("Devlin et al. 2019, BERT, section 3.1", "https://arxiv.org/abs/1810.04805"),
        Link("Liu et al. 2019, RoBERTa, section 4.2", "https://arxiv.org/abs/1907.11692"),
    ),
)
