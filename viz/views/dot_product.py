"""The dot product as similarity: the course's four vectors against [3, 4], to be dragged, beside the cosine."""

from typing import TYPE_CHECKING

import numpy as np

from models.errors import LecternError
from models.worked import course
from viz.attention_terms import ATTENTION_PAPER
from viz.matrices import Matrices
from viz.scene import QUERY_BY_KEY, SHARES, Cosine, Dot, Length, Look, Role, Softmax, Step, Walk, signed
from viz.spec import Link, Spec, Term
from viz.state import NumberTable, State, knob
from viz.vectors import Vectors
from viz.view import View
from viz.words import number

if TYPE_CHECKING:
    from models.trace import Trace

MOST_VECTORS = 6


class DotProduct(State):
    """What may be chosen: the reference and the vectors that are held against it."""

    reference: NumberTable = knob(course.DOT_REFERENCE, "Reference", kind="hidden")
    vectors: NumberTable = knob(course.DOT_VECTORS, "Vectors", kind="hidden")


def build(state: DotProduct, traces: tuple["Trace", ...]) -> Spec:
    """Return the plane with its arrows, and the walkthrough from two numbers each to a share."""
    reference, vectors = np.array(state.reference), np.array(state.vectors)
    if reference.shape != (1, 2) or vectors.ndim != 2 or vectors.shape[1] != 2 or len(vectors) > MOST_VECTORS:
        raise LecternError(
            f"Wanted is a reference of two numbers, “3,4”, and 1 to {MOST_VECTORS} vectors, “4,3;1,4”: take them back."
        )
    walk = _walk(reference, vectors)
    caption = f"Dot products with [{_written(reference[0])}]: {'; '.join(_sentences(walk))}."
    return Spec((_plane(reference, vectors), walk), walk.alt, caption, formula=FORMULA)


def _names(vectors: np.ndarray) -> tuple[str, ...]:
    return tuple("abcdef"[: len(vectors)])


def _plane(reference: np.ndarray, vectors: np.ndarray) -> Vectors:
    points = np.concatenate([reference, vectors])
    reach = float(max(5, np.ceil(np.abs(points).max())))
    fields = ("reference", *["vectors"] * len(vectors))
    note = "Drag a tip, or move it with the arrow keys. Put c onto r, then make it longer: what follows it, what stays?"
    alt = f"The reference [{_written(reference[0])}] and {len(vectors)} vectors in the plane."
    keys: list[Role] = ["key"] * len(vectors)
    labels = ("r", *_names(vectors))
    return Vectors("The plane", labels, points, alt, ("query", *keys), fields, -reach, reach, angle=(0, 1), note=note)


def _walk(reference: np.ndarray, vectors: np.ndarray) -> Walk:
    names, r = _names(vectors), ("r",)
    m = Matrices()
    as_query: Look = {"row_role": "query", "digits": 1}
    as_key: Look = {"row_role": "key", "digits": 1}
    given = "The lecture's vectors. Drag an arrow, or type another number here."
    m.given("reference", "Reference r", reference, r, ("x", "y"), given, edit="reference", **as_query)
    m.given("vectors", "Vectors", vectors, names, ("x", "y"), given, edit="vectors", **as_key)
    dots = Dot("reference", "vectors", transpose=True)
    pair: Look = {**QUERY_BY_KEY, "digits": 1}
    scaled: Look = {**signed(dots.evaluate({"reference": reference, "vectors": vectors})), **pair}
    m.derive("dots", "Dot products", dots, r, names, **scaled)
    m.derive("length", "Length of r", Length("reference"), r, ("length",), row_role="query")
    m.derive("lengths", "Lengths", Length("vectors"), names, ("length",), row_role="key")
    cosines: Look = {**QUERY_BY_KEY, "colour": "signed", "low": -1.0, "high": 1.0}
    m.derive("cosines", "Cosines", Cosine("reference", "vectors"), r, names, **cosines)
    shares: Look = {**QUERY_BY_KEY, **SHARES, "digits": 3}
    m.derive("shares", "Softmax", Softmax("dots"), r, names, **shares)
    alt = "; ".join(_told(m)) + "."
    return Walk("From arrows to shares", m, _steps(m), alt)


def _steps(m: Matrices) -> tuple[Step, ...]:
    dots, shares = m["dots"].values[0], m["shares"].values[0]
    best, winner = int(dots.argmax()), m["dots"].columns[int(dots.argmax())]
    ratio = f"{winner} takes {number(100 * shares[best], 1)} % of the whole."
    return (
        Step(
            "The dot product",
            "Multiply number by number, and add. Large: they point the same way. 0: perpendicular. Negative: apart.",
            ("reference", "·", "vectors", "=", "dots"),
            term="dot",
        ),
        Step(
            "Without the lengths: the cosine",
            "Divide by both lengths, and only the direction is left, from −1 to 1. The plane draws the angle of the "
            "arrow touched last.",
            ("length", "lengths", "dots", "→", "cosines"),
            term="cosine",
        ),
        Step(
            "Softmax makes shares of the dot products",
            f"Differences of dot products become ratios of shares: {ratio} This is how attention weighs keys.",
            ("dots", "→", "shares"),
            term="softmax",
        ),
    )


def _told(m: Matrices) -> list[str]:
    columns = zip(m["dots"].columns, m["vectors"].values, m["dots"].values[0], m["cosines"].values[0], strict=True)
    return [f"{n} [{_written(v)}] gives {number(d, 1)}, cosine {number(c)}" for n, v, d, c in columns]


def _sentences(walk: Walk) -> list[str]:
    columns = zip(walk.matrices["vectors"].values, walk.matrices["dots"].values[0], strict=True)
    return [f"[{_written(vector)}] gives {_plain(value)}" for vector, value in columns]


def _written(vector: np.ndarray) -> str:
    return ", ".join(_plain(part) for part in vector)


def _plain(value: float) -> str:
    return number(value, 0 if float(value).is_integer() else 2)


FORMULA = (
    Term("r", role="query", term="dot"),
    Term(" · ", term="dot"),
    Term("a", role="key", term="dot"),
    Term(" = Σ rᵢ aᵢ", term="dot"),
    Term(" = |r| |a| cos θ", term="cosine", at=(0,)),
    Term(";  softmax(r · a)", term="softmax"),
)

VIEW = View(
    key="dot-product",
    title="Dot product",
    chapter="The Transformer",
    question="When is one vector similar to another?",
    lead="Drag the arrows: the sum of products grows where two of them point the same way, and with their lengths.",
    state=DotProduct,
    build=build,
    misconception="A dot product is not the cosine: make a vector twice as long, and the dot product doubles while the "
    "cosine and the angle stay. Attention uses the dot product, so long keys are heard more.",
    not_shown="Real queries and keys have 64 or more numbers, and their dot product is divided by √d before softmax.",
    references=(
        ATTENTION_PAPER,
        Link("Deep Learning, Goodfellow et al. 2016, chapter 2", "https://www.deeplearningbook.org/"),
    ),
)
