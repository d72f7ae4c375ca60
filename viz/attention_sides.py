"""The tokens on both sides of attention, and how they are shown: specials hidden or not, sub-words merged or not."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.reading import SPACE

if TYPE_CHECKING:
    from models.trace import Trace

Special = Literal["show", "hide", "renormalise"]


@dataclass(frozen=True)
class Side:
    """The tokens on one side of the attention: queries (rows) or keys (columns)."""

    tokens: tuple[str, ...]
    special: np.ndarray
    segments: np.ndarray
    words: tuple[int | None, ...]

    def kept(self, special: Special) -> np.ndarray:
        """Return which positions are shown, as booleans."""
        return np.ones(len(self.tokens), bool) if special == "show" else ~self.special

    def only(self, keep: np.ndarray) -> "Side":
        """Return the side without the positions that are not kept."""
        places = np.flatnonzero(keep)
        tokens, words = tuple(self.tokens[i] for i in places), tuple(self.words[i] for i in places)
        return Side(tokens, self.special[keep], self.segments[keep], words)

    def merged(self) -> "Side":
        """Return the side with the pieces of each word joined; a special token stays by itself."""
        groups = word_groups(self.words)
        first = [group[0] for group in groups]
        tokens = tuple(joined([self.tokens[i] for i in group]) for group in groups)
        return Side(tokens, self.special[first], self.segments[first], tuple(self.words[i] for i in first))


def sides(trace: "Trace", kind: str) -> tuple[Side, Side]:
    """Return the query side and the key side of one kind of attention."""
    source = Side(tuple(trace.tokens), _flags(trace.special), np.array(trace.segments, int), tuple(trace.words))
    if kind not in ("decoder", "cross"):
        return source, source
    tokens = tuple(trace.target_tokens)
    nothing = np.zeros(len(tokens), int)
    target = Side(tokens, _flags(trace.target_special), nothing, tuple(trace.target_words))
    return target, target if kind == "decoder" else source


def word_groups(words: tuple[int | None, ...]) -> list[list[int]]:
    """Return the positions of each word, in order; a position that belongs to no word is a group of its own."""
    groups: list[list[int]] = []
    for place, word in enumerate(words):
        if groups and word is not None and words[groups[-1][-1]] == word:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def joined(pieces: list[str]) -> str:
    """Return the word that these readable pieces spell, letters that were cut into bytes put together again."""
    text = "".join(piece.removeprefix("##") if i else piece for i, piece in enumerate(pieces))
    return BYTES.sub(_letters, text.removeprefix(SPACE) or text)


BYTES = re.compile(r"(?:‹[0-9A-F]{2}(?: [0-9A-F]{2})*›)+")


def _letters(run: re.Match[str]) -> str:
    try:
        return bytes.fromhex(run[0].replace("‹", " ").replace("›", " ")).decode()
    except UnicodeDecodeError:
        return run[0]


def _flags(special: list[bool]) -> np.ndarray:
    return np.array(special, bool)
