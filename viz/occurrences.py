"""Where a word occurs in sentences, and its vectors there: contextual, layer by layer, and static."""

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viz.attention_sides import joined, word_groups

if TYPE_CHECKING:
    from models.trace import Trace


@dataclass(frozen=True)
class Occurrence:
    """One place of a word: which sentence, which positions hold its pieces, and the sense its author gave it."""

    sentence: int
    positions: tuple[int, ...]
    sense: str
    label: str

    def vector(self, trace: "Trace", layer: int) -> np.ndarray:
        """Return [width]: the mean of the pieces' hidden states in this layer."""
        return trace.hidden(layer)[list(self.positions)].mean(axis=0)

    def static(self, trace: "Trace") -> np.ndarray:
        """Return [width]: the mean of the pieces' rows of the embedding matrix, the same wherever the word stands."""
        return trace.static()[list(self.positions)].mean(axis=0)


def split_sense(line: str) -> tuple[str, str]:
    """Return sense and sentence of a line `sense | sentence`; the sense is empty where none is given."""
    sense, bar, sentence = line.partition("|")
    return (sense.strip(), sentence.strip()) if bar else ("", line.strip())


def find_word(trace: "Trace", word: str, sentence: int, sense: str) -> list[Occurrence]:
    """Return every occurrence of a word in a trace, whatever its case and the punctuation at its ends."""
    wanted, tokens = bare(word), trace.tokens
    places = [tuple(group) for group in word_groups(tuple(trace.words)) if trace.words[group[0]] is not None]
    hits = [place for place in places if bare(joined([tokens[i] for i in place])) == wanted]
    several = len(hits) > 1
    return [
        Occurrence(sentence, hit, sense, f"{sense or 'sentence'} {sentence + 1}" + (f", {n + 1}" if several else ""))
        for n, hit in enumerate(hits)
    ]


def bare(word: str) -> str:
    """Return a word as it is compared: composed, case-folded, without punctuation or spaces at its ends."""
    text = unicodedata.normalize("NFKC", word).casefold()
    keep = [i for i, letter in enumerate(text) if unicodedata.category(letter)[0] not in "PZC"]
    return text[keep[0] : keep[-1] + 1] if keep else text.strip()


def plain(word: str) -> str:
    """Return a word as uncased models read it: as `bare` does, and without accents."""
    letters = unicodedata.normalize("NFD", bare(word))
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")


def other_words(trace: "Trace", taken: set[int]) -> list[int]:
    """Return the positions of a trace that hold ordinary words other than the one that is looked at."""
    return [i for i, special in enumerate(trace.special) if not special and i not in taken]
