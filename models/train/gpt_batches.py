"""Batches for next-token training: rows start where a document starts, so that a short prompt is nothing unusual."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import UInt16
from torch import Tensor
from transformers import PreTrainedTokenizerFast

Ids = UInt16[np.ndarray, "tokens"]
LENGTHS = ((128, 0.9), (512, 0.1))  # lengths of rows, and the share of batches that have them
WORTH_KEEPING = 32  # tokens of a cut document that may start a row of their own


def encode(texts: list[str], tokenizer: PreTrainedTokenizerFast) -> list[Ids]:
    """Every document as tokens, each with the end-of-text token after it."""
    found: list[Ids] = []
    for first in range(0, len(texts), 20_000):
        batch = tokenizer.backend_tokenizer.encode_batch(texts[first : first + 20_000])
        found += [np.array([*encoding.ids, tokenizer.eos_token_id], np.uint16) for encoding in batch]
    return found


def _endless(documents: list[Ids], rng: np.random.Generator) -> Iterator[Ids]:
    while True:
        for place in rng.permutation(len(documents)):
            yield documents[place]


def rows(documents: list[Ids], length: int, rng: np.random.Generator) -> Iterator[Ids]:
    """Endless rows of length + 1 tokens: whole documents one after the other, the last one cut."""
    stream = _endless(documents, rng)
    cut: list[Ids] = []
    while True:
        row, filled = [], 0
        while filled <= length:
            document = cut.pop() if cut else next(stream)
            row.append(document[: length + 1 - filled])
            filled += len(row[-1])
        if len(document) - len(row[-1]) >= WORTH_KEEPING:
            cut.append(document[len(row[-1]) :])
        yield np.concatenate(row)


def batches(documents: list[Ids], tokens: int, rng: np.random.Generator) -> Iterator[dict[str, Tensor]]:
    """Endless batches of about `tokens` positions: "ids" and, one place further on, "labels"."""
    streams = {length: rows(documents, length, rng) for length, _ in LENGTHS}
    shares = np.array([share for _, share in LENGTHS])
    while True:
        length = LENGTHS[int(rng.choice(len(LENGTHS), p=shares / shares.sum()))][0]
        block = np.stack([next(streams[length]) for _ in range(max(tokens // length, 1))]).astype(np.int64)
        yield {"ids": torch.from_numpy(block[:, :-1].copy()), "labels": torch.from_numpy(block[:, 1:].copy())}
