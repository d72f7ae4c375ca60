"""Self-attention over two orders of the same words, without any position: every word keeps its output."""

import numpy as np

from models.errors import LecternError
from models.worked import positions
from viz.matrices import Matrices
from viz.scene import QUERY_BY_KEY, Dot, Softmax, Step, Walk, numbered, signed
from viz.spec import Spec, Term
from viz.words import and_list, number, quote


def permuted(one: list[str], other: list[str]) -> Spec:
    """Return attention over both orders and the outputs held against each other."""
    if not one or sorted(one) != sorted(other):
        raise LecternError("The second order needs exactly the words of the first, for instance “man bites dog”.")
    kinds = tuple(dict.fromkeys(one))
    rows = positions.word_rows(len(kinds))
    m = Matrices()
    steps = [step for part, words in (("1", one), ("2", other)) for step in _order(m, part, words, kinds, rows)]
    first, second = m["z1"].values[0], m["z2"].values[other.index(one[0])]
    gap = number(float(np.abs(first - second).max()), 6)
    caption = f"{quote(one[0])} gets the same output in both orders (largest difference {gap}): who bites is lost."
    same = "≠" if float(gap) else "="
    steps.append(Step("The same words, the same vectors", caption, ("z1", same, "z2"), term="output"))
    alt = f"Self-attention without positions over {and_list([quote(' '.join(words)) for words in (one, other)])}."
    return Spec((Walk("No positions", m, tuple(steps), alt),), alt, f"{alt} Every word keeps its vector.", FORMULA)


def _order(m: Matrices, part: str, words: list[str], kinds: tuple[str, ...], rows: np.ndarray) -> list[Step]:
    """Put self-attention over one order of the words: queries, keys and values are the rows of the words."""
    x, scores, weights, output = (f"{letter}{part}" for letter in "xswz")
    values = np.array([rows[kinds.index(word)] for word in words])
    columns = numbered(values.shape[1])
    whose = "A row for each word, as an example; queries, keys and values are these rows themselves."
    m.given(x, "Rows of the words", values, words, columns, whose, **signed(rows))
    m.derive(scores, "Scores", Dot(x, x, transpose=True), words, words, **QUERY_BY_KEY)
    m.derive(weights, "Weights", Softmax(scores), words, words, colour="weight", **QUERY_BY_KEY)
    m.derive(output, "Output", Dot(weights, x), words, columns, **signed(rows))
    title = quote(" ".join(words))
    return [
        Step(f"Scores of {title}", "Every word against every word.", (x, "→", scores), term="scores"),
        Step(f"Output of {title}", "Shares of the rows.", (weights, "×", x, "=", output), term="output"),
    ]


FORMULA = (
    Term("Z = softmax(", term="output"),
    Term(" X", role="query", term="scores"),
    Term("X", role="key", term="scores"),
    Term("T", role="key", style="sup", term="scores"),
    Term(" )", term="output"),
    Term(" X", role="value", term="output"),
)
