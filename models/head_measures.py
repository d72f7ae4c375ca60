"""What a head does, as one number each: how much of its weight goes where. Weights -> numbers, block by block of rows.

After Clark et al. 2019, section 3 (previous, next, separator, self, entropy), Vig and Belinkov 2019 (distance), and
Olsson et al. 2022 (induction).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

SHARE = "share"


@dataclass(frozen=True)
class Measure:
    """One measure of a head: how it is called, what exactly it says, and its unit."""

    key: str
    label: str
    definition: str
    unit: str = SHARE


MEASURES = (
    Measure(
        "previous",
        "previous token",
        "Weight on the token just before, averaged over all queries but the first.",
    ),
    Measure("next", "next token", "Weight on the token just after, averaged over all queries but the last."),
    Measure(
        "first",
        "first token",
        "Weight on the first token, averaged over all queries; over all but the first where a text looks at itself.",
    ),
    Measure(
        "separator",
        "separators",
        "Weight on all special tokens but the first token (such as [SEP]), averaged over all queries.",
    ),
    Measure("self", "itself", "Weight of each token on itself, averaged over all queries."),
    Measure(
        "same",
        "same token elsewhere",
        "Weight on the same token at other places, averaged over the queries whose token comes more than once.",
    ),
    Measure(
        "induction",
        "after the same token",
        "Weight on the token that came after an earlier occurrence of the query's token, averaged over the queries "
        "whose token came before: high in an induction head.",
    ),
    Measure(
        "entropy",
        "entropy",
        "How spread out the weights are: −Σ w log₂ w of each row, averaged over all queries. 0 bits: one token only.",
        "bits",
    ),
    Measure(
        "distance",
        "mean distance",
        "How many positions away a head looks: |query − key| weighted by the weights, averaged over all queries.",
        "tokens",
    ),
)
BETWEEN_PLACES = frozenset(["previous", "next", "self", "same", "induction", "distance"])


@dataclass(frozen=True)
class Places:
    """What the measures need to know of the positions of queries and keys.

    - query_words, key_words: the same number for the same token; separators: the special keys but the first key.
    - alike: queries and keys are the same positions, so that there is a diagonal.
    """

    query_words: Int[np.ndarray, "query"]
    key_words: Int[np.ndarray, "key"]
    separators: Bool[np.ndarray, "key"]
    alike: bool

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures that mean something here: no separator, no share of separators."""
        repeated = self.alike and len(set(self.query_words.tolist())) < len(self.query_words)
        left_out = set() if self.alike else set(BETWEEN_PLACES)
        left_out |= set() if self.separators.any() else {"separator"}
        left_out |= set() if repeated else {"same", "induction"}
        return tuple(measure for measure in MEASURES if measure.key not in left_out)

    def block(self, start: int, stop: int) -> "Block":
        """Return what the measures look for in some of the rows."""
        return Block(self, start, stop)


class Block:
    """Some rows, and for each measure which cells count and how many queries are averaged over."""

    def __init__(self, places: Places, start: int, stop: int) -> None:
        self.keys = [measure.key for measure in places.measures()]
        self.count = {key: float(stop - start) for key in self.keys}
        query, key = np.arange(start, stop), np.arange(len(places.key_words))
        self.separators = places.separators.astype(np.float32)
        self.first = int(places.alike and start == 0)
        self.count["first"] -= self.first
        if places.alike:
            self._between(places, query, key)

    def _between(self, places: Places, query: np.ndarray, key: np.ndarray) -> None:
        n = len(key)
        self.rows = query - query[0]
        self.query = query
        self.distances = np.abs(query[:, None] - key[None]).astype(np.float32)
        self.count["previous"] -= query[0] == 0
        self.count["next"] -= query[-1] == n - 1
        if "same" not in self.keys:
            return
        same = places.query_words[query][:, None] == places.key_words[None]
        after = np.zeros_like(same)
        after[:, 1:] = same[:, :-1]
        after &= key[None] <= query[:, None]
        same[self.rows, query] = False
        self.same, self.after = np.nonzero(same), np.nonzero(after)  # in most texts a few cells of many
        self.count["same"] = float(same.any(axis=1).sum())
        self.count["induction"] = float(after.any(axis=1).sum())

    def sums(self, weights: Float[np.ndarray, "query key"]) -> dict[str, float]:
        """Return each measure summed over these queries, to be divided by the counts."""
        return {key: value for key, value in self._sums(weights) if key in self.keys}

    def _sums(self, weights: np.ndarray) -> Iterator[tuple[str, float]]:
        yield "first", float(weights[self.first :, 0].sum())
        yield "separator", float((weights @ self.separators[: weights.shape[1]]).sum())
        yield "entropy", _entropy(weights)
        if "self" not in self.keys:
            return
        back, ahead = self.query > 0, self.query < weights.shape[1] - 1  # keys beyond the last one have no weight
        yield "previous", float(weights[self.rows[back], self.query[back] - 1].sum())
        yield "next", float(weights[self.rows[ahead], self.query[ahead] + 1].sum())
        yield "self", float(weights[self.rows, self.query].sum())
        yield "distance", _dot(weights, self.distances)
        if "same" in self.keys:
            yield "same", _at(weights, self.same)
            yield "induction", _at(weights, self.after)


def _at(weights: np.ndarray, cells: tuple[np.ndarray, ...]) -> float:
    """Return the sum of some cells; those beyond the last key have no weight."""
    rows, columns = cells
    seen = columns < weights.shape[1]
    return float(weights[rows[seen], columns[seen]].sum(dtype=np.float64))


def _dot(weights: np.ndarray, other: np.ndarray) -> float:
    return float(np.einsum("qk,qk->", weights, other[:, : weights.shape[1]]))


def _entropy(weights: np.ndarray) -> float:
    logs = np.log(np.maximum(weights, np.float32(1e-30)))
    return abs(float(np.einsum("qk,qk->", weights, logs))) / math.log(2)


@dataclass(frozen=True)
class Pattern:
    """A habit of heads that has a name: which measure says so, and from where on."""

    measure: str
    name: str
    least: float
    definition: str


PATTERNS = (
    Pattern("previous", "previous-token head", 0.5, "at least half of its weight goes to the token just before"),
    Pattern("next", "next-token head", 0.5, "at least half of its weight goes to the token just after"),
    Pattern("first", "first-token sink", 0.5, "at least half of its weight goes to the first token, whatever that is"),
    Pattern("separator", "separator sink", 0.5, "at least half of its weight goes to separator tokens"),
    Pattern("self", "self head", 0.5, "at least half of each token's weight stays on the token itself"),
    Pattern(
        "same",
        "same-token head",
        0.5,
        "at least half of its weight goes to the same token elsewhere, where there is one",
    ),
    Pattern(
        "induction",
        "induction head",
        0.4,
        "on tokens that came before, at least 0.4 of its weight goes to what came after them the last times",
    ),
)
FEWEST = 4


def patterns(
    statistics: dict[str, Float[np.ndarray, "layer head"]], counts: dict[str, float]
) -> list[dict[str, object]]:
    """Return the heads that have a habit with a name, the clearest first; none from fewer than four queries."""
    found = []
    for pattern in PATTERNS:
        if counts.get(pattern.measure, 0) < FEWEST:
            continue
        scores = statistics[pattern.measure]
        definition = f"{pattern.definition}, on average over {counts[pattern.measure]:.0f} queries"
        for layer, head in np.argwhere(scores >= pattern.least):
            found.append(_named(pattern, int(layer), int(head), float(scores[layer, head]), definition))
    return sorted(found, key=lambda one: -float(one["score"]))  # type: ignore[arg-type]


def _named(pattern: Pattern, layer: int, head: int, score: float, definition: str) -> dict[str, object]:
    return {
        "layer": layer,
        "head": head,
        "name": pattern.name,
        "measure": pattern.measure,
        "score": score,
        "definition": definition,
    }
