"""Training and inference in two lanes over the same pair: what the decoder reads differs, so one wrong token parts
them."""

from typing import Any

import numpy as np

from models.asks import Decode, Force, Written
from viz import knobs
from viz.bars import Bars
from viz.candidates import Numbers, candidate_bars, listed, numbers
from viz.chips import ChipRow, Chips
from viz.spec import Link, Spec, Term
from viz.state import State, knob, within
from viz.view import View
from viz.views.translation import need_two
from viz.words import number, quote, shorten

TOKENS = 64


class TeacherForcing(State):
    """What may be chosen: the pair, the position, and the wrong token."""

    text: str = knobs.sentence("Your cat is a lovely cat", "Source", max_length=20_000, clears=("prefix", "at"))
    target: str = knob("Ton chat est un chat adorable.", "Target", max_length=20_000, clears=("prefix", "at"))
    model: str = knobs.model("en-fr", clears=("prefix", "at"))
    at: int = knob(2, "Position", ge=0, le=999, clears=("prefix",))
    prefix: Numbers = knob("", "Injected", kind="hidden", max_length=400)


def runs(state: TeacherForcing) -> tuple[Any, ...]:
    """Ask for the losses of the target, and for what the model writes by itself."""
    free = Decode(state.model, state.text, numbers(state.prefix), TOKENS)
    return (Force(state.model, state.text, state.target), free)


def build(state: TeacherForcing, answers: tuple[Written, ...]) -> Spec:
    """Return the two lanes, the loss at each position, and the candidates from which a wrong token is chosen."""
    forced, free = answers
    need_two(forced)
    at, no_position = within(state.at, len(forced.written.tokens), "position")
    wrong = free.given - 1 if free.given else None
    lanes, losses = _lanes(forced, free, at, wrong), _losses(forced, at)
    mean = number(float(forced.losses.mean()), 3)
    injected = f" {quote(free.written.tokens[wrong])} was injected at position {wrong}." if wrong is not None else ""
    return Spec(
        (lanes, losses, _candidates(forced, at)),
        f"{lanes.alt} {losses.alt}",
        f"{forced.model.name}: {quote(shorten(state.text))} to {quote(shorten(state.target))}, mean loss {mean} "
        f"nats.{injected}",
        formula=FORMULA,
        notices=no_position,
        limits={"at": len(forced.written.tokens) - 1},
        changed={"at": at} if no_position else {},
    )


def _lanes(forced: Written, free: Written, at: int, wrong: int | None) -> Chips:
    """Return what the decoder reads and says, in training and in inference, position by position."""
    target, written = forced.written.tokens, free.written.tokens
    says = tuple(row[0] for row in forced.likeliest.names[: len(target)])
    misses = tuple(i for i in range(len(target)) if forced.likeliest.ids[i, 0] != forced.written.ids[i])
    apart = tuple(i for i, token in enumerate(free.written.ids) if i >= len(target) or token != forced.written.ids[i])
    start, losses = forced.start.tokens, forced.losses
    shades = np.minimum(losses / 6, 1)
    given = tuple(i == wrong for i in range(len(written)))
    rows = (
        ChipRow("Training: the decoder reads the target", (*start, *target[:-1]), "key", marked=(at,)),
        ChipRow("Training: its likeliest token at each position", says, "query", marked=misses),
        ChipRow("Training: loss of the right token", target, "value", values=losses, value_label="loss", shades=shades),
        ChipRow("Inference: the decoder reads what it wrote", (*start, *written[:-1]), "key"),
        ChipRow("Inference: it writes", written, "query", marked=apart, special=given),
    )
    note = _parted(apart, misses, wrong)
    alt = f"Training says {' '.join(says)}; inference writes {' '.join(written)}."
    return Chips("Two lanes over the same pair", rows, alt, note=note)


def _parted(apart: tuple[int, ...], misses: tuple[int, ...], wrong: int | None) -> str:
    errors = f"In training {len(misses)} likeliest tokens differ from the target (marked), and none is fed back."
    if not apart:
        return f"{errors} By itself the model writes the target."
    cause = "your token" if apart[0] == wrong else "the model's own choice"
    return f"{errors} By itself it leaves the target at position {apart[0]}, by {cause}; all after it reads that."


def _losses(forced: Written, at: int) -> Bars:
    losses = forced.losses
    mean = float(losses.mean())
    details = tuple(
        f"Position {i}: {quote(token)} had probability {number(float(share), 4)}, −ln: {number(float(loss), 3)}."
        for i, (token, share, loss) in enumerate(zip(forced.written.tokens, forced.share, losses, strict=True))
    )
    return Bars(
        "Loss at each position",
        forced.written.tokens,
        losses,
        f"Mean loss {number(mean, 3)} nats over {len(losses)} positions.",
        value_label="loss in nats",
        details=details,
        high=max(1.0, float(losses.max())),
        mark=at,
        pick="at",
        picks=tuple(map(str, range(len(losses)))),
        role="value",
        note=f"Their mean, {number(mean, 3)}, is what training makes small.",
    )


def _candidates(forced: Written, at: int) -> Bars:
    before = list(forced.written.ids[:at])
    return candidate_bars(
        f"Position {at}: what could be written",
        forced.likeliest,
        at,
        chosen=forced.written.ids[at],
        pick="prefix",
        write=lambda token: listed([*before, token]),
        note=f"Choose a wrong one to inject it. The target says {quote(forced.written.tokens[at])}.",
    )


FORMULA = (
    Term("loss = − (1/n) Σₜ ln P(", at=(1,)),
    Term("yₜ", role="value", at=(0, 2)),
    Term(" | "),
    Term("y₁ … yₜ₋₁", role="key", at=(0, 0)),
    Term(" , source )"),
)

VIEW = View(
    key="teacher-forcing",
    title="Teacher forcing",
    chapter="The Transformer",
    question="What does the decoder read in training, and what afterwards?",
    lead="In training it reads the right target, whatever it said itself; all positions at once. In inference it reads "
    "its own words. Inject a wrong token, and the lanes part.",
    state=TeacherForcing,
    build=build,
    runs=runs,
    misconception="Training does not let the model write and then correct it: a wrong token costs loss at its own "
    "position, and the next position reads the right one.",
    not_shown="The weights do not change here: training would now move them a little, against this loss.",
    references=(
        Link("Williams and Zipser 1989, A Learning Algorithm for Continually Running Fully Recurrent Neural Networks"),
        Link("Bengio et al. 2015, Scheduled Sampling", "https://arxiv.org/abs/1506.03099"),
    ),
)
