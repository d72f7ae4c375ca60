"""A walkthrough as data: labelled matrices, steps over them, and a rule for where each cell comes from.

A rule does two things: it tells the page which cells to light up and which arithmetic to print, and it can be evaluated
here, so that a test can hold every matrix on the screen against the rule that explains it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypedDict, Unpack

import numpy as np

from models.worked.convolution import conv2d

Array = np.ndarray
Among = Mapping[str, Array]
Role = Literal["query", "key", "value", "plain"]


@dataclass(frozen=True)
class Dot:
    """cell[i, j] = sum over k of left[i, k] * right[k, j], or right[j, k] where `transpose`; plus bias[0, j]."""

    left: str
    right: str
    transpose: bool = False
    bias: str | None = None
    rule: str = "dot"

    def evaluate(self, among: Among) -> Array:
        right = among[self.right].T if self.transpose else among[self.right]
        product = among[self.left].astype(np.float64) @ right.astype(np.float64)
        return product if self.bias is None else product + among[self.bias]


@dataclass(frozen=True)
class Add:
    """cell = left + right, where minus infinity stays minus infinity."""

    left: str
    right: str
    rule: str = "add"

    def evaluate(self, among: Among) -> Array:
        return among[self.left].astype(np.float64) + among[self.right]


@dataclass(frozen=True)
class Scale:
    """cell = of * factor; `shown` is how the factor is written, for instance "÷ √64"."""

    of: str
    factor: float
    shown: str
    rule: str = "scale"

    def evaluate(self, among: Among) -> Array:
        return among[self.of].astype(np.float64) * self.factor


@dataclass(frozen=True)
class Softmax:
    """cell[i, j] = exp(of[i, j]) / sum over j of exp(of[i, j]); a sink adds exp(sink) to the sum (gpt-oss).

    A sink also stands for terms that are not shown one by one, with the logarithm of their sum and a name.
    """

    of: str
    sink: float | None = None
    sink_name: str = "sink"
    rule: str = "softmax"

    def evaluate(self, among: Among) -> Array:
        scores = among[self.of].astype(np.float64)
        top = np.maximum(scores.max(axis=1, keepdims=True), -np.inf if self.sink is None else self.sink)
        shares = np.exp(scores - np.where(np.isinf(top), 0, top))
        total = shares.sum(axis=1, keepdims=True) + (0 if self.sink is None else np.exp(self.sink - top))
        return shares / np.where(total == 0, 1, total)


@dataclass(frozen=True)
class Where:
    """cell = fill where the mask is minus infinity, else of."""

    of: str
    mask: str
    fill: float
    rule: str = "where"

    def evaluate(self, among: Among) -> Array:
        return np.where(np.isneginf(among[self.mask]), self.fill, among[self.of])


@dataclass(frozen=True)
class Softcap:
    """cell = cap * tanh(of / cap), as Gemma 2 bounds its scores."""

    of: str
    cap: float
    rule: str = "softcap"

    def evaluate(self, among: Among) -> Array:
        return self.cap * np.tanh(among[self.of].astype(np.float64) / self.cap)


@dataclass(frozen=True)
class Window:
    """cell = sum of (window of the padded input) * kernel + bias: cross-correlation, as every library computes it."""

    input: str
    kernel: str
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    bias: float = 0.0
    rule: str = "window"

    def evaluate(self, among: Among) -> Array:
        image, kernel = among[self.input], among[self.kernel]
        out = conv2d(image, kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)
        return np.asarray(out) + self.bias


@dataclass(frozen=True)
class Cosine:
    """cell[i, j] = cosine of row i of left and row j of right."""

    left: str
    right: str
    rule: str = "cosine"

    def evaluate(self, among: Among) -> Array:
        left, right = (among[k].astype(np.float64) for k in (self.left, self.right))
        lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)[None, :]
        return left @ right.T / np.where(lengths == 0, 1, lengths)


@dataclass(frozen=True)
class Length:
    """cell[i, 0] = square root of the sum over k of of[i, k] squared."""

    of: str
    rule: str = "length"

    def evaluate(self, among: Among) -> Array:
        return np.linalg.norm(among[self.of].astype(np.float64), axis=1, keepdims=True)


@dataclass(frozen=True)
class Normal:
    """cell[i, j] = (of[i, j] - mean of row i) / sqrt(variance of row i + eps) * gain[0, j] + shift[0, j].

    Layer normalisation (Ba et al. 2016); where not `centred` the mean is left out: RMS norm (Zhang and Sennrich 2019).
    """

    of: str
    gain: str
    shift: str | None
    eps: float
    centred: bool = True
    rule: str = "normal"

    def evaluate(self, among: Among) -> Array:
        rows = among[self.of].astype(np.float64)
        away = rows - rows.mean(axis=1, keepdims=True) if self.centred else rows
        even = away / np.sqrt((away**2).mean(axis=1, keepdims=True) + self.eps)
        return even * among[self.gain] + (0 if self.shift is None else among[self.shift])


Function = Literal["relu", "gelu", "gelu_tanh", "silu", "sin_cos"]


@dataclass(frozen=True)
class Apply:
    """cell[i, j] = function(of[i, j]); "sin_cos" is the sine in even columns and the cosine in odd ones."""

    of: str
    function: Function
    rule: str = "apply"

    def evaluate(self, among: Among) -> Array:
        return FUNCTIONS[self.function](among[self.of].astype(np.float64))


def _gelu(x: Array) -> Array:
    return 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2)))


def _gelu_tanh(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _sin_cos(x: Array) -> Array:
    return np.where(np.arange(x.shape[1]) % 2 == 0, np.sin(x), np.cos(x))


FUNCTIONS: dict[Function, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "sin_cos": _sin_cos,
}


@dataclass(frozen=True)
class Times:
    """cell = left * right, cell by cell; a matrix of one row or one column is used for every row or column."""

    left: str
    right: str
    rule: str = "times"

    def evaluate(self, among: Among) -> Array:
        return among[self.left].astype(np.float64) * among[self.right]


@dataclass(frozen=True)
class Take:
    """cell[i, j] = of[places[i], j]: rows looked up by their place."""

    of: str
    places: tuple[int, ...]
    rule: str = "take"

    def evaluate(self, among: Among) -> Array:
        return among[self.of][list(self.places)]


@dataclass(frozen=True)
class Join:
    """cell[i, j] = the parts side by side: the columns of the first, then those of the second, and so on."""

    parts: tuple[str, ...]
    rule: str = "join"

    def evaluate(self, among: Among) -> Array:
        return np.concatenate([among[part] for part in self.parts], axis=1)


@dataclass(frozen=True)
class Given:
    """The numbers are an input; `note` says whose."""

    note: str
    rule: str = "given"


Arithmetic = Dot | Add | Scale | Times | Window | Cosine | Length | Normal
Rule = Arithmetic | Softmax | Where | Softcap | Apply | Take | Join | Given


@dataclass(frozen=True)
class Matrix:
    """One labelled matrix. Rows are queries and columns are keys wherever it is about attention.

    - colour: "weight" from white to dark between low and high, "signed" diverging and centred at 0, "plain" none.
    - digits: decimals printed in a cell.
    - edit: the state field that holds these numbers, where a reader may change them.
    """

    key: str
    title: str
    values: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    source: Rule
    symbol: str = ""
    row_role: Role = "plain"
    column_role: Role = "plain"
    colour: Literal["weight", "signed", "plain"] = "plain"
    low: float = 0.0
    high: float = 1.0
    digits: int = 2
    edit: str | None = None
    choices: tuple[float, ...] | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        if self.values.shape != shape:
            raise ValueError(f"matrix {self.key!r} has labels for {shape} and values of shape {self.values.shape}")
        if np.isnan(self.values).any():
            raise ValueError(f"matrix {self.key!r} holds a value that is not a number")
        object.__setattr__(self, "symbol", self.symbol or self.key)


class Look(TypedDict, total=False):
    """How a matrix is drawn: the optional fields of `Matrix`, to be shared by several."""

    symbol: str
    row_role: Role
    column_role: Role
    colour: Literal["weight", "signed", "plain"]
    low: float
    high: float
    digits: int
    edit: str | None
    choices: tuple[float, ...] | None
    note: str | None


QUERY_BY_KEY: Look = {"row_role": "query", "column_role": "key"}
SHARES: Look = {"colour": "weight", "low": 0.0, "high": 1.0}


def signed(*arrays: Array) -> Look:
    """Return a diverging colour scale centred at 0 that holds all these numbers."""
    top = largest(*arrays)
    return {"colour": "signed", "low": -top, "high": top}


def numbered(count: int) -> tuple[str, ...]:
    """Return labels for so many rows or columns: 0, 1, 2 and so on."""
    return tuple(map(str, range(count)))


def largest(*arrays: Array) -> float:
    """Return the largest finite absolute value, at least a hair above 0: the end of a signed colour scale."""
    finite = [np.abs(array[np.isfinite(array)]).max(initial=0.0) for array in arrays]
    return float(max([*finite, 1e-9]))


@dataclass(frozen=True)
class Step:
    """What one press of Next shows: matrices and operators from left to right, and the cells that matter."""

    title: str
    caption: str
    layout: tuple[str, ...]
    focus: tuple[tuple[str, int, int], ...] = ()
    sweep: str | None = None
    term: str | None = None


@dataclass(frozen=True)
class Walk:
    """A walkthrough figure. The last matrix a step introduces is its result."""

    title: str
    matrices: dict[str, Matrix]
    steps: tuple[Step, ...]
    alt: str
    type: str = "walk"
    local: tuple[str, ...] = ("step", "cell")

    OPERATORS: ClassVar[frozenset[str]] = frozenset("+=→×·−÷≠")

    def __post_init__(self) -> None:
        for step in self.steps:
            unknown = [part for part in step.layout if part not in self.matrices and part not in self.OPERATORS]
            if unknown or (step.sweep and step.sweep not in self.matrices):
                raise ValueError(
                    f"step {step.title!r} names what the walkthrough does not have: {unknown or step.sweep}"
                )

    def arrays(self) -> dict[str, Array]:
        """Return every matrix by its key, for NPZ and JSON exports."""
        return {key: matrix.values for key, matrix in self.matrices.items()}

    def tables(self) -> list["Grid"]:
        """Return every matrix as a table of text and numbers, for CSV exports."""
        return [Grid(m.title, ("", *m.columns), _labelled(m)) for m in self.matrices.values()]

    def residuals(self) -> dict[str, float]:
        """Return by key how far each explained matrix is from what its rule gives: the largest absolute difference."""
        among = self.arrays()
        explained = {k: m for k, m in self.matrices.items() if not isinstance(m.source, Given)}
        return {key: distance(m.source.evaluate(among), m.values) for key, m in explained.items()}  # type: ignore[union-attr]


@dataclass(frozen=True)
class Grid:
    """A table behind a picture: a title, column heads, and rows of strings and numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...] = field(default=())


def _labelled(matrix: Matrix) -> tuple[tuple[object, ...], ...]:
    return tuple((label, *map(float, row)) for label, row in zip(matrix.rows, matrix.values, strict=True))


def distance(one: Array, other: Array) -> float:
    """Return the largest absolute difference; cells that are minus infinity in both count as equal."""
    both = np.isneginf(one) & np.isneginf(other)
    with np.errstate(invalid="ignore"):
        gaps = np.where(both, 0.0, np.abs(one - other))
    return float(gaps.max(initial=0.0))


def derived(
    among: Mapping[str, Matrix],
    key: str,
    title: str,
    rule: Rule,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    **look: Unpack[Look],
) -> Matrix:
    """Return a matrix whose numbers are computed by its own rule from the matrices there are."""
    if isinstance(rule, Given):
        raise TypeError("a given matrix is not derived")
    values = rule.evaluate({k: m.values for k, m in among.items()})
    return Matrix(key, title, values, rows, columns, rule, **look)
