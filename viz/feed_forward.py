"""The feed-forward part of a layer at one position: its most active neurons one by one, all others as one row."""

import numpy as np

from models.asks import FeedForward
from viz.matrices import Matrices
from viz.scene import Apply, Dot, Given, Join, Look, Step, Take, Times, numbered, signed
from viz.words import quote

NEURONS = 12


def add_feed_forward(m: Matrices, part: FeedForward, position: int, row: str, source: str | None) -> list[Step]:
    """Put the part at one position, and return its steps; `source` is the matrix that it reads, if it is among them."""
    top = most_active(part, position)
    names, at = tuple(f"neuron {n}" for n in top), (row,)
    take = Take(source, (position,)) if source else Given("What the feed-forward part reads.")
    columns = numbered(part.read.shape[1])
    m.known("x", "What it reads", part.read[position][None], at, columns, take, **signed(part.read))
    _into(m, part, top, names)
    before = Dot("x", "w_in", bias="b_in")
    m.derive("before", "Neurons, before", before, at, names, **signed(part.before[position][top]))
    _fire(m, part, position, top, at, names)
    _out(m, part, position, top, at, names)
    return _steps(len(part.hidden[position]), part.function, row)


def most_active(part: FeedForward, position: int) -> np.ndarray:
    """Return, in their order, the neurons that pull most here: activation times the length of what they write."""
    pull = np.abs(part.hidden[position]) * np.linalg.norm(part.w_out, axis=1)
    return np.sort(np.argsort(-pull)[:NEURONS])


def _into(m: Matrices, part: FeedForward, top: np.ndarray, names: tuple[str, ...]) -> None:
    w_in = part.w_in[:, top]
    learned = f"Learned: {len(top)} of {part.w_in.shape[1]:,} neurons, those that pull most here."
    m.given("w_in", "W₁", w_in, m["x"].columns, names, learned, **signed(w_in))
    bias = np.zeros(len(top)) if part.b_in is None else part.b_in[top]
    m.given("b_in", "Bias in", bias[None], ("bias",), names, "Learned; 0 where the family has none.")


def _fire(
    m: Matrices, part: FeedForward, position: int, top: np.ndarray, at: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """Put what the neurons fire: the model's function of the number before, times a gate where the family has one."""
    values = part.hidden[position][top][None]
    look: Look = signed(values)
    if part.function is None:
        m.given("fired", "Neurons, after", values, at, names, "The model's own function of the number before.", **look)
        return
    rule = Apply("before", part.function)  # type: ignore[arg-type]
    if part.gate is None:
        m.derive("fired", "Neurons, after", rule, at, names, **look)
        return
    m.derive("bent", "After the function", rule, at, names, **look)
    gate = part.gate[position][top][None]
    m.given("gate", "Gate", gate, at, names, "A second linear map of the same vector.", **signed(gate))
    m.derive("fired", "Neurons, after", Times("bent", "gate"), at, names, **look)


def _out(
    m: Matrices, part: FeedForward, position: int, top: np.ndarray, at: tuple[str, ...], names: tuple[str, ...]
) -> None:
    """Put what each neuron writes, the others and the bias as one row, and their sum."""
    others = np.delete(np.arange(len(part.w_out)), top)
    rest = part.hidden[position][others] @ part.w_out[others] + (0 if part.b_out is None else part.b_out)
    w_out, several = np.concatenate([part.w_out[top], rest[None]]), (*names, "others")
    columns = numbered(w_out.shape[1])
    note = f"What each neuron writes; the last row is all {len(others):,} others and the bias together."
    m.given("w_out", "W₂", w_out, several, columns, note, **signed(w_out))
    m.given("one", "Others", np.ones((1, 1)), at, ("others",), "The others count once.", digits=0)
    m.derive("act", "Neurons and others", Join(("fired", "one")), at, several, **signed(m["fired"].values))
    m.derive("written", "What it gives", Dot("act", "w_out"), at, columns, **signed(part.w_out))


def _steps(count: int, function: str | None, where: str) -> list[Step]:
    name = (function or "a function").upper().replace("_TANH", "")
    return [
        Step(
            f"Feed-forward at {quote(where)}: {count:,} neurons read it",
            f"Each position by itself, no word looks at another here. The {NEURONS} that pull most are shown.",
            ("x", "×", "w_in", "=", "before"),
            term="feed",
        ),
        Step(
            f"{name} bends each number",
            "Without it, two linear maps would be one.",
            ("before", "→", "fired"),
            term="feed",
        ),
        Step(
            "The neurons write",
            "Every neuron adds its row as often as it fired; together they are what the part gives here.",
            ("act", "×", "w_out", "=", "written"),
            term="feed",
        ),
    ]
