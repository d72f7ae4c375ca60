"""Probabilities over a vocabulary -> the likeliest tokens, with names that can be told apart."""

from typing import Any

import numpy as np

from models.asks import LIKELIEST, Likeliest
from models.reading import readable, writes_bytes


def likeliest(tokenizer: Any, shares: np.ndarray, most: int = LIKELIEST) -> Likeliest:
    """Return the likeliest tokens of each row of shares [step, vocabulary], best first."""
    count = min(most, shares.shape[1])
    near = np.argpartition(-shares, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(shares, near, 1), axis=1, kind="stable")
    ids = np.take_along_axis(near, order, 1)
    told = tuple(apart(tokenizer, row) for row in ids.tolist())
    return Likeliest(ids, np.take_along_axis(shares, ids, 1), told)


def names(tokenizer: Any, ids: list[int]) -> tuple[str, ...]:
    """Return token ids as readable tokens; an id that the tokenizer does not know (padding of the table) by number."""
    pieces = [tokenizer.convert_ids_to_tokens(token) for token in ids]
    in_bytes = writes_bytes(tokenizer)
    pairs = zip(ids, pieces, strict=True)
    return tuple(f"‹{token}›" if piece is None else readable(str(piece), in_bytes=in_bytes) for token, piece in pairs)


def apart(tokenizer: Any, ids: list[int]) -> tuple[str, ...]:
    """Return names of different tokens; of two that read alike, the one that goes on inside a word starts with "…"."""
    read = names(tokenizer, ids)
    pieces = [str(tokenizer.convert_ids_to_tokens(token)) for token in ids]
    return tuple(
        f"…{name}" if read.count(name) > 1 and not piece.startswith(("▁", "Ġ")) else name
        for name, piece in zip(read, pieces, strict=True)
    )
