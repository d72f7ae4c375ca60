"""How far a decoder has come: how many tokens it has written, of how many, and which one it writes next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viz.words import quote

if TYPE_CHECKING:
    from models.trace import Trace


@dataclass(frozen=True)
class Progress:
    """Tokens that are written in the shown trace, and in the one that goes on to the end."""

    written: int
    total: int
    sentence: str


def progress(shown: "Trace", whole: "Trace") -> Progress:
    """Return how far the decoder of a trace has come; 0 of 0 for a model that writes nothing."""
    if not whole.target_tokens:
        return Progress(0, 0, "")
    written, total = len(shown.target_tokens) - 1, len(whole.target_tokens) - 1  # the first token starts the decoder
    if written == total:
        return Progress(written, total, "")
    coming = quote(whole.target_tokens[written + 1])
    return Progress(written, total, f"{written} of {total} tokens are written; the next one is {coming}.")
