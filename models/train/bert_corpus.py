"""What bert-tiny reads: every part of the corpus as pieces, sentence by sentence, and where the two-sense words are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt16
from transformers import BertTokenizerFast

from models.train import corpus
from models.train.words import AMBIGUOUS, BANK_SENSES

_AMBIGUOUS = re.compile(r"\b(" + "|".join(AMBIGUOUS) + r")s?\b")
_LARGE = {"wikipedia": 0.12, "fiction": 0.12}  # the share kept of paragraphs that are neither everyday nor ambiguous


@dataclass(frozen=True)
class Part:
    """One part: sentence s is pieces[starts[s]:starts[s + 1]], and document d is the like of `documents`."""

    pieces: UInt16[np.ndarray, "pieces"]
    starts: Int[np.ndarray, "sentences_and_one"]
    documents: Int[np.ndarray, "documents_and_one"]


@dataclass(frozen=True)
class Corpus:
    """All parts by name, and for each word with several senses the (part, sentence) pairs that hold it."""

    parts: dict[str, Part]
    focus: dict[str, list[tuple[str, int]]]


def _kept(folder: Path, name: str, vocabulary: frozenset[str], testing: bool) -> Iterator[str]:
    for text in corpus.documents(folder, name):
        if corpus.held_out(text) != testing:
            continue
        wanted = _AMBIGUOUS.search(text) or corpus.is_everyday(text, vocabulary, 0.96, 200)
        if wanted or corpus.hashed(text[::-1]) < _LARGE.get(name, 1.0):
            yield text


def texts(folder: Path, testing: bool = False) -> dict[str, list[str]]:
    """The documents of every part: all of the small ones, of the large ones the everyday, the ambiguous, a sample."""
    simple = [name for name in corpus.parts(folder) if name not in _LARGE]
    vocabulary = corpus.everyday_words(text for name in simple for text in corpus.documents(folder, name))
    return {name: list(_kept(folder, name, vocabulary, testing)) for name in corpus.parts(folder)}


def senses(sentence: str) -> set[str]:
    """The ambiguous words in a sentence; "bank 0" and "bank 1" join them where a word of river or money is near."""
    found = set(_AMBIGUOUS.findall(sentence.lower()))
    if "bank" in found:
        found |= {f"bank {sense}" for sense, pattern in enumerate(BANK_SENSES) if pattern.search(sentence)}
    return found


def encode(documents: list[str], tokenizer: BertTokenizerFast) -> tuple[Part, list[tuple[str, int]]]:
    """One part as pieces, and (word, sentence) for its ambiguous words."""
    cut = [corpus.sentences(text) for text in documents]
    flat = [sentence for sentences in cut for sentence in sentences]
    pieces: list[np.ndarray] = []
    for first in range(0, len(flat), 20_000):
        batch = tokenizer.backend_tokenizer.encode_batch(flat[first : first + 20_000], add_special_tokens=False)
        pieces += [np.array(encoding.ids, np.uint16) for encoding in batch]
    starts = np.cumsum([0, *map(len, pieces)])
    part = Part(np.concatenate(pieces), starts, np.cumsum([0, *map(len, cut)]))
    return part, [(word, place) for place, sentence in enumerate(flat) for word in sorted(senses(sentence))]


def read(documents: dict[str, list[str]], tokenizer: BertTokenizerFast) -> Corpus:
    """Every part that has documents, as pieces."""
    parts: dict[str, Part] = {}
    focus: dict[str, list[tuple[str, int]]] = {}
    for name, lines in documents.items():
        if lines:
            parts[name], found = encode(lines, tokenizer)
            for word, place in found:
                focus.setdefault(word, []).append((name, place))
    return Corpus(parts, focus)
