"""The corpus on disk (a `NAME.txt.xz` a part, a paragraph a line) -> clean documents, some held out for testing."""

import lzma
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from models.errors import LecternError
from models.train.words import UNWANTED

_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "--", "…": "...", "\u00a0": " "})
_SENTENCE_END = re.compile(r"""(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)([.!?]["')\]]*)\s+(?=["'(]?[A-Z])""")
_WORD = re.compile(r"[a-z']+")
SHORTEST = 8  # words of a paragraph that is worth reading by itself


def parts(folder: Path) -> list[str]:
    """Names of the corpus's parts, in alphabetical order."""
    names = sorted(path.name.removesuffix(".txt.xz") for path in folder.glob("*.txt.xz"))
    if not names:
        raise LecternError(f"The corpus was to have NAME.txt.xz files, {folder.name} has none: pass another --corpus.")
    return names


def clean(line: str) -> str | None:
    """The line with plain quotes and dashes, or None where it is to be left out: foreign script, slurs, "West Bank"."""
    text = " ".join(line.translate(_PLAIN).split())
    foreign = 0 if text.isascii() else len(text.encode()) - len(text)
    if foreign > 0.03 * len(text) or "West Bank" in text or not UNWANTED.isdisjoint(_WORD.findall(text.lower())):
        return None
    return text


def documents(folder: Path, part: str) -> Iterator[str]:
    """The clean lines of one part, in the order of the file."""
    with lzma.open(folder / f"{part}.txt.xz", "rt", encoding="utf-8") as file:
        yield from (text for line in file if (text := clean(line)))


def hashed(text: str) -> float:
    """A number in [0, 1) that depends on the text alone: the same split and the same sample in every run."""
    return zlib.crc32(text.encode()) / 2**32


def held_out(text: str) -> bool:
    """Whether the text is in the hundredth that no training sees."""
    return hashed(text) < 0.01


def sentences(text: str) -> list[str]:
    """The text's sentences: cut after . ! or ? where a capital follows (not after Mr., Mrs., Dr., St.)."""
    return _SENTENCE_END.sub(r"\1\n", text).split("\n")


def everyday_words(texts: Iterable[str], at_least: int = 15) -> frozenset[str]:
    """The words that occur at least so often in simple texts."""
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    return frozenset(word for word, count in counts.items() if count >= at_least)


def is_everyday(
    text: str, vocabulary: frozenset[str], share: float = 0.98, longest: int = 120, shortest: int = SHORTEST
) -> bool:
    """Whether nearly all of a paragraph's words are everyday words, and it has neither too few nor too many of them."""
    words = _WORD.findall(text.lower())
    return shortest <= len(words) <= longest and sum(word in vocabulary for word in words) >= share * len(words)
