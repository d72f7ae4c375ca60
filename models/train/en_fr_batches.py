"""Batches of sentence pairs of about the same length, so that little is padding."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from models.train.phrases import Pair

Ids = Integer[np.ndarray, "tokens"]
LONGEST = 64  # tokens on either side; longer pairs are rare and left out
IGNORED = -100


def encode(pairs: list[Pair], tokenizer: PreTrainedTokenizerFast) -> list[tuple[Ids, Ids]]:
    """Every pair as tokens; both sides start with the begin token and stop with the end token."""
    sides = []
    for side in (0, 1):
        encoded = tokenizer.backend_tokenizer.encode_batch([pair[side] for pair in pairs])
        sides.append([np.array(encoding.ids, np.uint16) for encoding in encoded])
    return [pair for pair in zip(*sides, strict=True) if max(map(len, pair)) <= LONGEST]


def _padded(rows: list[Ids], padding: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor(
        np.stack([np.pad(row.astype(np.int64), (0, longest - len(row)), constant_values=padding) for row in rows])
    )


def collate(pairs: list[tuple[Ids, Ids]], padding: int) -> dict[str, Tensor]:
    """Pairs as tensors: "ids" [pair, source], "given" [pair, target] for the decoder, "labels" one further on."""
    target = _padded([target for _, target in pairs], padding)
    labels = target[:, 1:].clone()
    labels[labels == padding] = IGNORED
    return {"ids": _padded([source for source, _ in pairs], padding), "given": target[:, :-1], "labels": labels}


def batches(
    pairs: list[tuple[Ids, Ids]], tokens: int, padding: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of about `tokens` tokens, both sides counted; every pass sorts anew, with a little noise."""
    lengths = np.array([(len(target), len(source)) for source, target in pairs], float)
    while True:
        noisy = lengths + rng.random(lengths.shape)
        order = np.lexsort((noisy[:, 1], np.floor(noisy[:, 0])))
        ends, filled = [0], 0.0
        for place, index in enumerate(order):
            filled += lengths[index].sum()
            if filled >= tokens:
                ends.append(place + 1)
                filled = 0.0
        groups = [order[first:last] for first, last in zip(ends, [*ends[1:], len(order)], strict=True) if first < last]
        for place in rng.permutation(len(groups)):
            yield collate([pairs[index] for index in groups[place]], padding)
