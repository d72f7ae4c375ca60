"""Scaled dot-product attention as a walkthrough: X·W, Q·Kᵀ, ÷ √d, mask and softmax, weights · V (Vaswani 2017, eq. 1)."""

import math
from dataclasses import dataclass

import numpy as np

from viz.scene import Add, Dot, Given, Matrix, Role, Rule, Scale, Softcap, Softmax, Step, Walk, largest
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
    "q": "What each token looks for: its vector times the head's query matrix.",
    "k": "What each token offers to be found by: its vector times the key matrix.",
    "v": "What each token hands over when it is looked at: its vector times the value matrix.",
}


def attention_walk(title: str, head: Head) -> Walk:
    """Return the walkthrough of one head. Every matrix but the inputs carries the rule that gives it."""
    m: dict[str, Matrix] = {}
    steps = [step for name in "qkv" for step in _projected(m, head, name)]
    steps += [*_scored(m, head), *_masked(m, head), *_weighed(m, head), *_mixed(m, head)]
    alt = f"{title}: {len(head.queries)} queries by {len(head.keys)} keys, from X times W to weights times V, in {len(steps)} steps."
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
    width = _numbers(linear.weight.shape[1])
    inputs = head.x_key if linear.of == "x_key" else head.x
    assert inputs is not None
    rows = head.queries if linear.of == "x" else head.keys
    title = "Inputs X" if linear.of == "x" else "Inputs of keys and values"
    m.setdefault(linear.of, _plain(linear.of, title, inputs, rows, _numbers(inputs.shape[1]), head, symbol="X"))
    weight = f"w_{name}"
    symbol = f"W{name.upper()}"
    m[weight] = _plain(weight, f"{symbol}", linear.weight, _numbers(linear.weight.shape[0]), width, head, symbol=symbol)
    if linear.bias is None:
        return Dot(linear.of, weight)
    bias = f"b_{name}"
    m[bias] = _plain(bias, f"b{name.upper()}", linear.bias[None], ("bias",), width, head, symbol=f"b{name.upper()}")
    return Dot(linear.of, weight, bias=bias)


def _scored(m: dict[str, Matrix], head: Head) -> list[Step]:
    m["raw"] = _scores("raw", "Scores Q·Kᵀ", head.raw, Dot("q", "k", transpose=True), head)
    width = head.q.shape[1]
    by_root = math.isclose(head.scale, width**-0.5, rel_tol=1e-5)
    shown = f"÷ √{width}" if by_root else f"× {number(head.scale, 3)}"
    m["scaled"] = _scores("scaled", f"Scaled scores {shown}", head.scaled, Scale("raw", head.scale, shown), head)
    why = f"Without it, scores grow with the width of a head ({width}) and softmax would pick one key only."
    unscaled = f"This model multiplies by {number(head.scale, 3)} and not by 1/√{width}."
    return [
        Step(
            "Scores",
            "How well each query matches each key: the dot product of their vectors.",
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
    m["mask"] = _scores("mask", "Mask M", head.mask, Given("The mask that the model used: 0 or −∞."), head, digits=0)
    m["masked"] = _scores("masked", "Masked scores", head.masked, Add(before, "mask"), head)
    hidden = int(np.isneginf(head.mask).sum())
    words = (
        f"{hidden} of {head.mask.size} cells are −∞: there a query may not look."
        if hidden
        else "Nothing is hidden here: every query may look at every key."
    )
    return [*steps, Step("Mask", words, (before, "+", "mask", "=", "masked"), term="mask")]


def _weighed(m: dict[str, Matrix], head: Head) -> list[Step]:
    m["weights"] = Matrix(
        "weights", "Attention weights", head.weights, head.queries, head.keys, Softmax("masked", head.sink), "A",
        "query", "key", "weight", 0.0, 1.0, 2,
    )  # fmt: skip
    row = int(head.weights.max(axis=1).argmax())
    best = int(head.weights[row].argmax())
    words = (
        f"Softmax turns each row into shares that add up to 1. {quote(head.queries[row])} gives "
        f"{head.weights[row, best]:.0%} to {quote(head.keys[best])}."
    )
    return [Step("Softmax", words, ("masked", "→", "weights"), term="softmax")]


def _mixed(m: dict[str, Matrix], head: Head) -> list[Step]:
    values = head.weights.astype(np.float64) @ head.v.astype(np.float64)
    m["output"] = _vectors(
        "output", "Output of the head", values, head.queries, Dot("weights", "v"), head, role="query"
    )
    words = "Each row is a mixture of the values, in the shares of its weights. This is what the head hands on."
    return [Step("Weights times values", words, ("weights", "×", "v", "=", "output"), term="output")]


def _vectors(
    key: str, title: str, values: Array, rows: tuple[str, ...], rule: Rule, head: Head, role: Role | None = None
) -> Matrix:
    top = largest(values)
    symbol = {"q": "Q", "k": "K", "v": "V", "q_0": "Q₀", "k_0": "K₀", "output": "Z"}[key]
    return Matrix(
        key, title, values, rows, _numbers(values.shape[1]), rule, symbol, role or ROLES[key[0]], "plain",
        "signed", -top, top, head.digits, (head.edit or {}).get(key),
    )  # fmt: skip


def _plain(
    key: str, title: str, values: Array, rows: tuple[str, ...], columns: tuple[str, ...], head: Head, *, symbol: str
) -> Matrix:
    top = largest(values)
    edit = (head.edit or {}).get(key)
    return Matrix(
        key, title, values, rows, columns, Given(head.note), symbol, "plain", "plain", "signed", -top, top, head.digits, edit
    )  # fmt: skip


def _scores(key: str, title: str, values: Array, rule: Rule, head: Head, digits: int | None = None) -> Matrix:
    top = largest(values)
    colour = "plain" if key == "mask" else "signed"
    edit = (head.edit or {}).get(key)
    return Matrix(
        key, title, values, head.queries, head.keys, rule, SYMBOLS[key], "query", "key", colour, -top, top,
        head.digits if digits is None else digits, edit, (0.0, -math.inf) if key == "mask" else None,
    )  # fmt: skip


SYMBOLS = {
    "raw": "S",
    "scaled": "scaled",
    "capped": "capped",
    "bias": "B",
    "placed": "placed",
    "mask": "M",
    "masked": "masked",
}


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
