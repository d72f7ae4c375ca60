"""One word in one model: its vectors in every sentence, and how alike they are, layer by layer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.measures import cosine
from viz.occurrences import Occurrence, other_words

if TYPE_CHECKING:
    from models.trace import Trace


@dataclass(frozen=True)
class Study:
    """The word in one model: its occurrences, and the traces they stand in."""

    traces: tuple["Trace", ...]
    found: tuple[Occurrence, ...]

    def vectors(self, layer: int) -> np.ndarray:
        """Return [occurrence, width] in this layer."""
        return np.array([one.vector(self.traces[one.sentence], layer) for one in self.found])

    def statics(self) -> np.ndarray:
        """Return [occurrence, width] rows of the embedding matrix."""
        return np.array([one.static(self.traces[one.sentence]) for one in self.found])

    def others(self, layer: int) -> np.ndarray:
        """Return [position, width] of every other word of the sentences, for the random-pair baseline."""
        rows = []
        for i, trace in enumerate(self.traces):
            taken = {p for one in self.found if one.sentence == i for p in one.positions}
            rows.append(trace.hidden(layer)[other_words(trace, taken)])
        return np.concatenate(rows)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.traces[0].model.name

    @property
    def labels(self) -> tuple[str, ...]:
        """What each occurrence is called."""
        return tuple(one.label for one in self.found)

    @property
    def layers(self) -> int:
        """How many hidden states there are: the embedding output, and one of each layer."""
        return self.traces[0].n_hidden("source")

    def baseline(self, layer: int, centred: bool = False) -> tuple[float, int]:
        """Return the mean cosine of all pairs of other words in these sentences, and how many pairs that are.

        Some models have high cosines between any two words (Ethayarajh 2019): a cosine means little without this.
        """
        vectors = self.others(layer)
        if len(vectors) < 2:
            return float("nan"), 0
        table = cosine(*[self.centre(vectors, layer, centred)] * 2)
        pairs = table[np.triu_indices(len(vectors), 1)]
        return float(pairs.mean()), len(pairs)

    def centre(self, vectors: np.ndarray, layer: int, centred: bool) -> np.ndarray:
        """Take the mean vector of all tokens of the sentences away, where that is asked for."""
        if not centred:
            return vectors
        everything = np.concatenate([trace.hidden(layer) for trace in self.traces])
        return vectors - everything.mean(axis=0)

    def means(self, layer: int, centred: bool) -> tuple[float, float, float]:
        """Return the mean cosine of pairs of the same sense, of different senses, and of other words.

        A sentence whose sense is not told is left out of both; where none is told, the first is of all pairs.
        """
        table = cosine(*[self.centre(self.vectors(layer), layer, centred)] * 2)
        senses = np.array([one.sense for one in self.found])
        told = (senses != "") if (senses != "").any() else np.ones(len(senses), bool)
        pairs = np.triu(told[:, None] & told[None, :], 1)
        alike = senses[:, None] == senses[None, :]
        return _mean(table[pairs & alike]), _mean(table[pairs & ~alike]), self.baseline(layer, centred)[0]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
