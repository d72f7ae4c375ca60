"""Scaled dot-product attention as a walkthrough: X·W, Q·Kᵀ, ÷ √d, mask and softmax, weights · V.

Source: Vaswani et al. 2017, equation 1.
"""

import math
from dataclasses import dataclass

import numpy as np

from viz.scene import (
    QUERY_BY_KEY,
    SHARES,
    Add,
    Dot,
    Given,
    Look,
    Matrix,
    Role,
    Rule,
    Scale,
    Softcap,
    Softmax,
    Step,
    Walk,
    numbered,
    signed,
)
from viz.words import number, quote

Array = np.ndarray


@dataclass(frozen=True)
class Linear:
    """One projection: `of` names the matrix that it reads; weight [in, width], bias [width] or None."""

    of: str
    weight: Array
    bias: Array | None = None


@dataclass(frozen=True)
class Head:
    """The numbers of one head, as a model (or a hand) computed them. Rows are queries, columns keys.

    - x, x_key: [position, in] what queries, and keys and values, are made from; None where it is not known.
    - projections: by "q", "k", "v"; empty where they cannot be told apart.
    - unrotated: by "q", "k": the projection before rotary position or normalisation, where that comes between.
    - bias: [query, key] added to the scaled scores (T5, ALiBi); cap: soft-cap on them (Gemma 2); sink: gpt-oss.
    - edit: the state field behind each matrix that may be edited.
    """

    queries: tuple[str, ...]
    keys: tuple[str, ...]
    q: Array
    k: Array
    v: Array
    raw: Array
    scaled: Array
    masked: Array
    weights: Array
    mask: Array
    scale: float
    x: Array | None = None
    x_key: Array | None = None
    projections: dict[str, Linear] | None = None
    unrotated: dict[str, Array] | None = None
    bias: Array | None = None
    cap: float | None = None
    sink: float | None = None
    note: str = "The model's own numbers."
    edit: dict[str, str] | None = None
    digits: int = 2


NAMES = {"q": "Queries Q", "k": "Keys K", "v": "Values V"}
ROLES: dict[str, Role] = {"q": "query", "k": "key", "v": "value"}
STEP_WORDS = {
    "q": "1a of 5. What each token looks for: its vector times the head's query matrix.",
    "k": "1b of 5. What each token offers to be found by: its vector times the key matrix.",
    "v": "1c of 5. What each token hands over when it is looked at: its vector times the value matrix.",
}


def attention_walk(title: str, head: Head) -> Walk:
    """Return the walkthrough of one head. Every matrix but the inputs carries the rule that gives it."""
    m: dict[str, Matrix] = {}
    steps = [step for name in "qkv" for step in _projected(m, head, name)]
    steps += [*_scored(m, head), *_masked(m, head), *_weighed(m, head), *_mixed(m, head)]
    size = f"{len(head.queries)} queries by {len(head.keys)} keys"
    alt = f"{title}: {size}, from X times W to weights times V, in {len(steps)} steps."
    return Walk(title, m, tuple(steps), alt)


def _projected(m: dict[str, Matrix], head: Head, name: str) -> list[Step]:
    """Add one of Q, K, V and what it is made from; return its step."""
    values = {"q": head.q, "k": head.k, "v": head.v}[name]
    rows = head.queries if name == "q" else head.keys
    linear = (head.projections or {}).get(name)
    if linear is None:
        m[name] = _vectors(name, NAMES[name], values, rows, Given(head.note), head)
        return [
            Step(NAMES[name], f"{STEP_WORDS[name]} {head.note}", (name,), term="scores" if name != "v" else "output")
        ]
    rule = _inputs(m, head, name, linear)
    rotated = (head.unrotated or {}).get(name)
    made = ("x_key" if linear.of == "x_key" else "x", "×", f"w_{name}", *(("+", rule.bias) if rule.bias else ()), "=")
    term = "output" if name == "v" else "scores"
    if rotated is None:
        m[name] = _vectors(name, NAMES[name], values, rows, rule, head)
        return [Step(NAMES[name], STEP_WORDS[name], (*made, name), term=term)]
    m[f"{name}_0"] = _vectors(f"{name}_0", f"{NAMES[name]} before position", rotated, rows, rule, head)
    m[name] = _vectors(name, NAMES[name], values, rows, Given(head.note), head)
    return [
        Step(NAMES[name], STEP_WORDS[name], (*made, f"{name}_0"), term=term),
        Step(f"{NAMES[name]}, with position", head.note, (f"{name}_0", "→", name), term=term),
    ]


def _inputs(m: dict[str, Matrix], head: Head, name: str, linear: Linear) -> Dot:
    """Add what a projection reads, its weight and its bias; return the rule x · w + b."""
    inputs = head.x_key if linear.of == "x_key" else head.x
    if inputs is None:
        raise ValueError(f"the projection {name!r} reads {linear.of!r}, which this head does not have")
    rows, title = (head.queries, "Inputs X") if linear.of == "x" else (head.keys, "Inputs of keys and values")
    m.setdefault(linear.of, _plain(linear.of, title, inputs, rows, head))
    weight, bias = f"w_{name}", f"b_{name}"
    m[weight] = _plain(weight, SYMBOLS[weight], linear.weight, numbered(len(linear.weight)), head)
    if linear.bias is None:
        return Dot(linear.of, weight)
    m[bias] = _plain(bias, SYMBOLS[bias], linear.bias[None], ("bias",), head)
    return Dot(linear.of, weight, bias=bias)


def _scored(m: dict[str, Matrix], head: Head) -> list[Step]:
    m["raw"] = _scores("raw", "Scores Q·Kᵀ", head.raw, Dot("q", "k", transpose=True), head)
    width = head.q.shape[1]
    by_root = math.isclose(head.scale, width**-0.5, rel_tol=1e-5)
    shown = f"÷ √{width}" if by_root else f"× {number(head.scale, 3)}"
    m["scaled"] = _scores("scaled", f"Scaled scores {shown}", head.scaled, Scale("raw", head.scale, shown), head)
    why = f"3 of 5. Without it, scores grow with the width of a head ({width}) and softmax would pick one key only."
    unscaled = f"3 of 5. This model multiplies by {number(head.scale, 3)} and not by 1/√{width}."
    return [
        Step(
            "Scores",
            "2 of 5. How well each query matches each key: the dot product of their vectors.",
            ("q", "·", "k", "=", "raw"),
            term="scores",
        ),
        Step("Scale", why if by_root else unscaled, ("raw", "→", "scaled"), term="scale"),
    ]


def _masked(m: dict[str, Matrix], head: Head) -> list[Step]:
    """Add soft-cap and position bias where the family has them, then the mask."""
    before, steps = "scaled", []
    if head.cap is not None:
        values = head.cap * np.tanh(head.scaled.astype(np.float64) / head.cap)
        m["capped"] = _scores("capped", "Capped scores", values, Softcap(before, head.cap), head)
        steps.append(
            Step(
                "Soft-cap",
                f"This family keeps every score between −{head.cap:g} and {head.cap:g}.",
                (before, "→", "capped"),
                term="scale",
            )
        )
        before = "capped"
    if head.bias is not None:
        m["bias"] = _scores(
            "bias", "Position bias", head.bias, Given("What this head adds for the distance of two positions."), head
        )
        values = m[before].values.astype(np.float64) + head.bias
        m["placed"] = _scores("placed", "Scores with position", values, Add(before, "bias"), head)
        steps.append(
            Step(
                "Position bias",
                "This family adds a number for the distance between query and key.",
                (before, "+", "bias", "=", "placed"),
                term="mask",
            )
        )
        before = "placed"
    m["mask"] = _scores("mask", "Mask M", head.mask, Given("The mask that the model used: 0 or −∞."), head)
    m["masked"] = _scores("masked", "Masked scores", head.masked, Add(before, "mask"), head)
    hidden = int(np.isneginf(head.mask).sum())
    some = f"{hidden} of {head.mask.size} cells are −∞: there a query may not look."
    words = some if hidden else "Nothing is hidden here: every query may look at every key."
    return [*steps, Step("Mask", f"4a of 5. {words}", (before, "+", "mask", "=", "masked"), term="mask")]


def _weighed(m: dict[str, Matrix], head: Head) -> list[Step]:
    rule = Softmax("masked", head.sink)
    look: Look = {**QUERY_BY_KEY, **SHARES, "symbol": "A"}
    m["weights"] = Matrix("weights", "Attention weights", head.weights, head.queries, head.keys, rule, **look)
    row = int(head.weights.max(axis=1).argmax())
    best = int(head.weights[row].argmax())
    words = (
        f"4b of 5. Softmax turns each row into shares that add up to 1. {quote(head.queries[row])} gives "
        f"{head.weights[row, best]:.0%} to {quote(head.keys[best])}."
    )
    return [Step("Softmax", words, ("masked", "→", "weights"), term="softmax")]


def _mixed(m: dict[str, Matrix], head: Head) -> list[Step]:
    values = head.weights.astype(np.float64) @ head.v.astype(np.float64)
    m["output"] = _vectors("output", "Output of the head", values, head.queries, Dot("weights", "v"), head)
    words = "5 of 5. Each row is a mixture of the values, in the shares of its weights. This is what the head hands on."
    return [Step("Weights times values", words, ("weights", "×", "v", "=", "output"), term="output")]


def _vectors(key: str, title: str, values: Array, rows: tuple[str, ...], rule: Rule, head: Head) -> Matrix:
    """Return queries, keys, values or the output: a vector in each row, in the colour of its role."""
    role = ROLES.get(key[0], "query")
    look: Look = {**signed(values), "row_role": role, "symbol": SYMBOLS[key], "digits": head.digits}
    return Matrix(key, title, values, rows, numbered(values.shape[1]), rule, **look)


def _plain(key: str, title: str, values: Array, rows: tuple[str, ...], head: Head) -> Matrix:
    """Return an input or a parameter, which may be edited where the head says so."""
    look: Look = {**signed(values), "symbol": SYMBOLS[key], "digits": head.digits, "edit": (head.edit or {}).get(key)}
    return Matrix(key, title, values, rows, numbered(values.shape[1]), Given(head.note), **look)


def _scores(key: str, title: str, values: Array, rule: Rule, head: Head) -> Matrix:
    """Return one stage of the scores, [query, key]."""
    look: Look = {**QUERY_BY_KEY, **signed(values), "symbol": SYMBOLS[key], "digits": head.digits}
    if key == "mask":
        look = {**QUERY_BY_KEY, "symbol": SYMBOLS[key], "digits": 0}
    return Matrix(key, title, values, head.queries, head.keys, rule, **look)


SYMBOLS = {
    "x": "X",
    "x_key": "X",
    "w_q": "WQ",
    "w_k": "WK",
    "w_v": "WV",
    "b_q": "bQ",
    "b_k": "bK",
    "b_v": "bV",
    "q_0": "Q₀",
    "k_0": "K₀",
    "q": "Q",
    "k": "K",
    "v": "V",
    "raw": "S",
    "scaled": "scaled",
    "capped": "capped",
    "bias": "B",
    "placed": "placed",
    "mask": "M",
    "masked": "masked",
    "output": "Z",
}
