"""What the translator reads: sentence pairs of a file "English TAB French", cleaned, some held out for testing."""

import lzma
import re
from collections import defaultdict
from pathlib import Path

from models.errors import LecternError
from models.train.corpus import hashed
from models.train.phrases import LECTURE, Pair, phrases
from models.train.words import UNWANTED, UNWANTED_FRENCH

FILE = "enfr.tsv.xz"
TESTED = 600
_PLAIN = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " ", "“": '"', "”": '"', "…": "..."})
_WORD = re.compile(r"[a-zà-ÿœ]+")
_FORMAL = re.compile(r"\b(vous|votre|vos|vôtres?)\b|[a-zé]ez\b", re.IGNORECASE)


def _clean(line: str) -> Pair | None:
    parts = [" ".join(part.translate(_PLAIN).split()) for part in line.rstrip("\n").split("\t")]
    if len(parts) != 2 or not all(parts):
        return None
    english, french = parts
    unwanted = not UNWANTED.isdisjoint(_WORD.findall(english.lower()))
    unwanted |= not UNWANTED_FRENCH.isdisjoint(_WORD.findall(french.lower()))
    return None if unwanted or english in LECTURE or f"{english}." in LECTURE else (english, french)


def _familiar(translations: list[str]) -> list[str]:
    """The translations that say "tu" where there are both: one English "you" is then always the same."""
    familiar = [french for french in translations if not _FORMAL.search(french)]
    return familiar or translations


def pairs(folder: Path) -> dict[str, list[str]]:
    """English sentence -> its translations, in the order of the file."""
    path = folder / FILE
    if not path.exists():
        raise LecternError(f"The corpus was to hold {FILE}, {folder.name} does not: pass another --corpus.")
    found: dict[str, list[str]] = defaultdict(list)
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if pair := _clean(line):
                found[pair[0]].append(pair[1])
    return {english: _familiar(translations) for english, translations in found.items()}


def tested(found: dict[str, list[str]]) -> list[str]:
    """The English sentences that no training sees: at most a hundredth of them, picked by their text alone."""
    return sorted(found, key=hashed)[: min(TESTED, len(found) // 100)]


def training(found: dict[str, list[str]], own: int) -> list[Pair]:
    """The pairs to train on, `own` pairs of each of our own patterns among them."""
    left_out = set(tested(found))
    read = [(english, french) for english, every in found.items() if english not in left_out for french in every]
    return read + [pair for pair in phrases(own) if pair[0] not in left_out]


def testing(found: dict[str, list[str]]) -> list[Pair]:
    """The held-out pairs, one translation a sentence."""
    return [(english, found[english][0]) for english in tested(found)]
