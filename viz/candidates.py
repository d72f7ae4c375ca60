"""Candidates for the next token, or for a gap, as bars; and the ids of a beginning as a field of a link."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from viz.bars import Bars
from viz.words import number

if TYPE_CHECKING:
    from models.asks import Likeliest

SHOWN = 10
ENDS = (0.05, 0.1, 0.25, 0.5, 1.0)


LISTED = r"^([0-9]{1,7}(,[0-9]{1,7}){0,63})?$"


def _in_words(text: object) -> object:
    """Say what is wanted in words; the pattern is what forms and tests read."""
    if isinstance(text, str) and not re.fullmatch(LISTED, text):
        raise ValueError("wanted are at most 64 whole numbers with commas between them")
    return text


Numbers = Annotated[str, Field(pattern=LISTED), BeforeValidator(_in_words)]


def numbers(text: str) -> tuple[int, ...]:
    """Read `4,17,2` as whole numbers; nothing is none."""
    return tuple(map(int, text.split(","))) if text else ()


def listed(parts: Sequence[int]) -> str:
    """Write whole numbers as `4,17,2`, the inverse of `numbers`."""
    return ",".join(map(str, parts))


def scale_end(values: np.ndarray) -> float:
    """Return a round end for a scale of probabilities, so that small ones can be told apart."""
    return next((end for end in ENDS if values.max(initial=0) <= end), 1.0)


def ranked(names: Sequence[str], shares: np.ndarray) -> str:
    """Write names with their probabilities: "cat 0.312, dog 0.101"."""
    return ", ".join(f"{name} {number(float(share), 3)}" for name, share in zip(names, shares, strict=False))


def candidate_bars(
    title: str,
    told: "Likeliest",
    step: int,
    *,
    chosen: int | None = None,
    pick: str | None = None,
    write: Callable[[int], str] = str,
    note: str = "",
    shown: int = SHOWN,
) -> Bars:
    """Return the likeliest tokens of one step as bars; `write` says what choosing a token's id puts into `pick`.

    chosen: the id of the token that was taken; the likeliest one stands out where it is not among those shown.
    """
    ids, shares = told.ids[step, :shown].tolist(), told.shares[step, :shown].astype(np.float64)
    labels = told.names[step][:shown]
    mark = ids.index(chosen) if chosen in ids else 0
    details = tuple(
        f"Rank {rank + 1}, token {token}: {number(100 * share, 2)} % of the whole vocabulary."
        for rank, (token, share) in enumerate(zip(ids, shares, strict=True))
    )
    rest = 1 - float(shares.sum())
    return Bars(
        title,
        labels,
        shares,
        f"{title}: {ranked(labels[:5], shares)}.",
        value_label="probability",
        details=details,
        high=scale_end(shares),
        mark=mark,
        pick=pick,
        picks=tuple(write(token) for token in ids) if pick else (),
        note=" ".join([note, f"All other tokens together: {number(rest, 3)}."]).strip(),
    )
