"""Batches for masked-word and next-sentence training, from the encoded corpus."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int, Integer
from torch import Tensor

from models.train.bert_corpus import Corpus, Part

Ids = Integer[np.ndarray, "pieces"]
Place = tuple[Part, int, int]  # a part, a sentence of it, and the end of that sentence's document
IGNORED = -100  # the label that a cross-entropy leaves out

# How often a row is drawn from each part; parts that are not named count as wikipedia does.
SHARES = {
    "tatoeba_en": 0.24, "cc0_sentences": 0.14, "stories": 0.07, "wordnet": 0.09, "sgd_dialogues": 0.06,
    "taskmaster4": 0.02, "economics": 0.03, "wikipedia": 0.07, "fiction": 0.10,
}  # fmt: skip
FOCUS_SHARE = 0.18  # rows that start at a sentence with an ambiguous word
FOCUS_WEIGHTS = {"bank 0": 3.0, "bank 1": 3.0, "bat": 2.0, "spring": 2.0, "light": 2.0, "bark": 2.0, "match": 2.0}

BUCKETS = (16, 24, 32, 48, 64, 128, 512)  # rows are padded to the next of these lengths
TARGETS = ((24, 0.22), (40, 0.26), (64, 0.355), (128, 0.16), (512, 0.005))  # lengths aimed at, and how often


@dataclass(frozen=True)
class Row:
    """One input: two segments without special tokens; `follows` is 0 (next), 1 (random) or IGNORED, as in BERT."""

    first: Integer[np.ndarray, "first"]
    second: Integer[np.ndarray, "second"]
    follows: int


def pick(weights: np.ndarray, rng: np.random.Generator) -> int:
    """An index, drawn in proportion to the weights (much faster than `rng.choice` for one draw)."""
    return int(np.searchsorted(np.cumsum(weights), rng.random() * weights.sum(), side="right"))


def _place(part: Part, rng: np.random.Generator) -> tuple[int, int]:
    """A random sentence and the end of its document, all documents being equally likely."""
    document = rng.integers(len(part.documents) - 1)
    first, end = part.documents[document : document + 2]
    return int(first + rng.integers(end - first) * (rng.random() < 0.5)), int(end)


def _window(part: Part, sentence: int, end: int, length: int) -> int:
    """The sentence after the last one needed to fill `length` pieces; at least one sentence further."""
    full = int(np.searchsorted(part.starts, part.starts[sentence] + length, side="left"))
    return min(max(full, sentence + 1), end)


def _slice(part: Part, sentence: int, stop: int, length: int) -> Ids:
    return part.pieces[part.starts[sentence] : min(part.starts[stop], part.starts[sentence] + length)]


def make_row(place: Place, other: Place, length: int, rng: np.random.Generator) -> Row:
    """A row that starts at a place: one segment where nothing follows, else two, half of the second ones from `other`.

    Four in ten pairs are just two sentences, as a person types them; the others fill the row. As in BERT, what does not
    follow comes from anywhere in the corpus (Devlin et al. 2018, section 3.1).
    """
    part, sentence, end = place
    room = length - 3
    if length == BUCKETS[-1]:
        end = len(part.starts) - 1  # no document is so long: read on into the next ones
    stop = _window(part, sentence, end, room)
    if stop - sentence < 2 or rng.random() < 0.15:
        return Row(_slice(part, sentence, stop, room), part.pieces[:0], IGNORED)
    short = rng.random() < 0.4
    middle = sentence + 1 if short else int(rng.integers(sentence + 1, stop))
    first = _slice(part, sentence, middle, len(part.pieces))[-max(room // 2, room - 40) :]  # the end, which touches
    room -= len(first)
    if rng.random() < 0.5:
        return Row(first, _slice(part, middle, middle + 1 if short else stop, room), 0)
    part, sentence, end = other
    stop = sentence + 1 if short else _window(part, sentence, end, room)
    return Row(first, _slice(part, sentence, stop, room), 1)


class Rows:
    """Endless rows: parts by their shares, ambiguous words by their weights, lengths by their targets."""

    def __init__(self, corpus: Corpus, rng: np.random.Generator) -> None:
        self._corpus, self._rng = corpus, rng
        self._names = list(corpus.parts)
        self._shares = np.array([SHARES.get(name, SHARES["wikipedia"]) for name in self._names])
        self._words = list(corpus.focus)
        self._weights = np.array([FOCUS_WEIGHTS.get(word, 1.0) for word in self._words])
        self._targets = np.array([share for _, share in TARGETS])

    def _focus(self) -> Place:
        places = self._corpus.focus[self._words[pick(self._weights, self._rng)]]
        name, sentence = places[self._rng.integers(len(places))]
        part = self._corpus.parts[name]
        document = np.searchsorted(part.documents, sentence, side="right")
        return part, sentence, int(part.documents[document])

    def _any(self) -> Place:
        part = self._corpus.parts[self._names[pick(self._shares, self._rng)]]
        return part, *_place(part, self._rng)

    def __iter__(self) -> Iterator[Row]:
        earlier: list[Place] = []  # second sentences, so that a random one cannot be told by where it comes from
        while True:
            focused = bool(self._words) and self._rng.random() < FOCUS_SHARE
            place = self._focus() if focused else self._any()
            other = earlier[self._rng.integers(len(earlier))] if earlier else place
            row = make_row(place, other, TARGETS[pick(self._targets, self._rng)][0], self._rng)
            part, sentence, end = place
            if sentence + 1 < end:
                earlier = [*earlier[-999:], (part, sentence + 1, end)]
            if len(row.first) > 2:
                yield row


def mask(
    ids: Int[np.ndarray, "row position"],
    words: Bool[np.ndarray, "row position"],
    count: int,
    special: dict[str, int],
    size: int,
    rng: np.random.Generator,
) -> tuple[Int[np.ndarray, "row position"], Int[np.ndarray, "count"], Int[np.ndarray, "count"]]:
    """Hide `count` of the positions where `words` is true: 80 % [MASK], 10 % a random piece, 10 % unchanged.

    Gives the changed ids, the flat positions and what stood there (Devlin et al. 2018, section 3.1); a label is
    IGNORED where there were too few words.
    """
    keys = np.where(words, rng.random(ids.shape), 2.0).ravel()
    where = np.argpartition(keys, count - 1)[:count]
    labels = np.where(keys[where] < 1, ids.ravel()[where], IGNORED)
    chance = rng.random(count)
    new = np.where(chance < 0.8, special["[MASK]"], ids.ravel()[where])
    new = np.where(chance >= 0.9, rng.integers(len(special), size, count), new)
    changed = ids.copy()
    changed.reshape(-1)[where] = np.where(labels == IGNORED, ids.ravel()[where], new)
    return changed, where, labels


def hidden_share(used: float) -> float:
    """How many of the words to hide when `used` of the time is used: many at first, which teaches more a minute.

    Falling shares: Ankner et al. 2023, "Dynamic masking rate schedules for MLM pretraining".
    """
    return 0.35 - 0.17 * used


def collate(
    rows: list[Row], length: int, special: dict[str, int], size: int, rng: np.random.Generator, share: float
) -> dict[str, Tensor]:
    """Rows -> padded tensors; hides `share` of the words if a sixth is padding, equally many in every batch."""
    ids = np.full((len(rows), length), special["[PAD]"], np.int64)
    segments = np.zeros_like(ids)
    for place, row in enumerate(rows):
        ends = [[special["[SEP]"]]] * 2 if len(row.second) else [[special["[SEP]"]], []]
        joined = np.concatenate([[special["[CLS]"]], row.first, ends[0], row.second, ends[1]])
        ids[place, : len(joined)] = joined
        segments[place, len(row.first) + 2 : len(joined)] = 1
    words = ~np.isin(ids, list(special.values()))
    hidden, where, labels = mask(ids, words, int(share * 0.84 * ids.size), special, size, rng)
    arrays = {
        "ids": hidden, "segments": segments, "attended": (ids != special["[PAD]"]).astype(np.int64),
        "where": where, "labels": labels, "follows": np.array([row.follows for row in rows]),
    }  # fmt: skip
    return {name: torch.from_numpy(np.ascontiguousarray(array, np.int64)) for name, array in arrays.items()}


def grouped(corpus: Corpus, tokens: int, rng: np.random.Generator) -> Iterator[tuple[list[Row], int]]:
    """Endless groups of rows for a length, so many that a batch has about `tokens` positions."""
    waiting: dict[int, list[Row]] = {length: [] for length in BUCKETS}
    for row in Rows(corpus, rng):
        needed = len(row.first) + len(row.second) + 3
        length = next(bucket for bucket in BUCKETS if needed <= bucket)
        waiting[length].append(row)
        if len(waiting[length]) == max(tokens // length, 1):
            yield waiting[length], length
            waiting[length] = []
