"""GPT's task: the distribution over the next token, what temperature and cuts make of it, and text drawn from it."""

from typing import Literal

import numpy as np

from models import sampling
from models.asks import Decode, Force, Written
from viz import knobs
from viz.candidates import Numbers, numbers
from viz.chips import ChipRow, Chips
from viz.distribution import distribution, draws
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import counted, number, quote, shorten

HOW = {"sample": "drawn at random", "greedy": "the likeliest each time"}


class NextToken(State):
    """What may be chosen: the text, how tokens are drawn, and how many are written."""

    text: str = knobs.sentence("The cat sat on the", "Text", clears=("prefix", "length"))
    model: str = knobs.model("gpt-tiny", clears=("prefix", "length"))
    length: int = knob(0, "Tokens written", ge=0, le=60)
    how: Literal["sample", "greedy"] = knob("sample", "Next token", options=HOW)
    temperature: float = knob(1.0, "Temperature", ge=0.05, le=5)
    top_k: int = knob(0, "Top-k", ge=0, le=1000, help="0: no limit.")
    top_p: float = knob(1.0, "Top-p", ge=0.01, le=1, help="1: no limit.")
    seed: int = knob(0, "Seed", ge=0, le=9999, help="Another seed, other draws.")
    prefix: Numbers = knob("", "Chosen tokens", kind="hidden", max_length=400)


def runs(state: NextToken) -> tuple[Decode | Force, ...]:
    """Ask how likely the text is, and what is written after it."""
    prefix, drawing = numbers(state.prefix), state.how == "sample"
    more = max(0, state.length - len(prefix))
    seed = state.seed if drawing and more else None
    how = (state.temperature, state.top_k, state.top_p) if seed is not None else (1.0, 0, 1.0)
    return (Force(state.model, state.text), Decode(state.model, state.text, prefix, more, 1, seed, *how))


def build(state: NextToken, answers: tuple[Written, ...]) -> Spec:
    """Return the text with its surprise, the distribution of the next token, and a hundred draws from it."""
    text, written = answers
    shares = sampling.softmax(written.logits)
    kept = sampling.shaped(written.logits, state.temperature, state.top_k, state.top_p)
    if state.how == "greedy":
        kept = np.where(np.arange(len(shares)) == shares.argmax(), 1.0, 0.0)
    bars = distribution(written, shares, kept, "prefix")
    chips = _surprise(text, written)
    count = int((kept > 0).sum())
    caption = (
        f"{written.model.name} after {quote(shorten(state.text))}{_and_more(written)}: {bars.alt} "
        f"Drawn from {counted(count, 'token')} of {len(shares):,}, at temperature {number(state.temperature)}."
    )
    length = len(written.written.ids)
    changed = {"length": length} if length != state.length else {}
    return Spec(
        (chips, bars, draws(written, kept, state.seed)), f"{chips.alt} {bars.alt}", caption, FORMULA, changed=changed
    )


def _and_more(written: Written) -> str:
    count = len(written.written.ids)
    return f" and {counted(count, 'more token')}" if count else ""


def _surprise(text: Written, written: Written) -> Chips:
    """Return the bits of each token of the text and of what was written."""
    told = sampling.bits(text.share)
    rows = [_row(f"Text, after {quote(text.start.tokens[0])}", text, told, "plain")] if len(told) else []
    if len(written.share):
        rows.append(_row("Written", written, sampling.bits(written.share), "value"))
    mean = f"{number(float(told.mean()))} bits a token on average" if len(told) else "One token"
    note = f"{mean}; a fair coin is 1 bit. {_cost(written)}".strip()
    if not rows:
        rows = [ChipRow("Text", text.start.tokens)]
    return Chips("Surprise of each token, in bits", tuple(rows), f"Surprise of each token: {mean}.", note=note)


def _row(label: str, told: Written, bits: np.ndarray, role: Literal["plain", "value"]) -> ChipRow:
    details = tuple(
        f"{quote(token)} had probability {number(float(share), 4)}: {number(float(surprise))} bits."
        for token, share, surprise in zip(told.written.tokens, told.share, bits, strict=True)
    )
    shades = np.minimum(bits / 16, 1)
    return ChipRow(
        label, told.written.tokens, role, values=bits, value_label="bits", digits=1, shades=shades, details=details
    )


def _cost(written: Written) -> str:
    """Say what the cache of keys and values saves: positions that are computed, with it and without."""
    steps, before = len(written.share) - written.given, len(written.start.ids) + written.given
    if steps < 1:
        return ""
    without = sum(before + step for step in range(steps))
    return f"With keys and values kept, {before + steps - 1} positions were computed; without, {without}."


FORMULA = (
    Term("pᵢ = exp(", at=(1,)),
    Term("zᵢ", role="query", at=(1,)),
    Term(" / T) / Σⱼ exp(", at=(1,)),
    Term("zⱼ", role="query", at=(1,)),
    Term(" / T)", at=(1,)),
    Term(";  "),
    Term("surprise = −log₂ pᵢ", at=(0,)),
)

VIEW = View(
    key="next-token",
    title="Next token",
    chapter="BERT and GPT",
    question="How does GPT choose the next word?",
    lead="The model gives every token a probability. Drawing from them, with temperature and cuts, writes the text. "
    "Choose a bar to go on from there.",
    state=NextToken,
    build=build,
    runs=runs,
    misconception="Temperature and top-k do not change the model: its probabilities are over the whole vocabulary and "
    "stay. They change what is drawn from them.",
    not_shown="Surprise says how unlikely a token was to this model, not whether the text is true or good.",
    references=(
        Link("Holtzman et al. 2020, The Curious Case of Neural Text Degeneration", "https://arxiv.org/abs/1904.09751"),
        Link("Fan et al. 2018, Hierarchical Neural Story Generation (top-k)", "https://arxiv.org/abs/1805.04833"),
        Link("Shannon 1951, Prediction and Entropy of Printed English"),
    ),
)
