"""Where a decoder looks while it writes: at the source, word by word, and at what it wrote itself."""

import numpy as np

from models.asks import Written
from viz.chips import ChipRow, Chips, Links
from viz.matrices import Matrices
from viz.scene import QUERY_BY_KEY, SHARES, Look, Step, Walk
from viz.words import number, quote

WHERE = "Each row adds up to 1. Queries, keys, values shows the arithmetic of a head."


def _cross(found: Written, layer: int, head: int | None) -> np.ndarray:
    weights = found.trace.all_weights("cross", layer)
    return (weights.mean(axis=0) if head is None else weights[head]).astype(np.float64)


def source_and_target(found: Written, at: int, layer: int, head: int | None) -> Chips:
    """Return the source, and what has been written so far, linked by the attention of the query that wrote each."""
    shown = min(at + 1, len(found.written.tokens))
    weights = _cross(found, layer, head)[:shown]
    source, texts = found.source, found.written.tokens[:shown]
    looks = tuple(_looked(text, weights[i], source.tokens) for i, text in enumerate(texts))
    now = weights[at] if at < shown else np.zeros(len(source.tokens))
    rows = (
        ChipRow(
            "Source, read once by the encoder",
            source.tokens,
            "key",
            ids=source.ids,
            special=source.special,
            values=now,
            value_label="weight at this step",
            shades=now,
        ),
        ChipRow(
            "Written; the last is chosen at this step",
            texts,
            "query",
            ids=found.written.ids[:shown],
            marked=(at,) if at < shown else (),
            special=tuple(i < found.given for i in range(shown)),
            details=looks,
        ),
    )
    alt = f"Source of {len(source.tokens)} tokens; written so far: {' '.join(texts)}."
    note = "Point at a word to see where it was looked for. Numbers below the source: cross-attention of this step."
    return Chips("From source to target", rows, alt, links=Links(1, 0, weights), note=note)


def _looked(text: str, weights: np.ndarray, source: tuple[str, ...]) -> str:
    best = int(weights.argmax())
    return f"To write {quote(text)}, the decoder looked most at {quote(source[best])}: {number(float(weights[best]))}."


def decoder_looks(found: Written, at: int, layer: int, head: int | None) -> Walk:
    """Return the decoder's own attention so far, and its attention to the source."""
    read = (*found.trace.target_tokens,)[: at + 1]
    own = found.trace.all_weights("decoder", layer).mean(axis=0)[: at + 1, : at + 1].astype(np.float64)
    cross = _cross(found, layer, head)[: at + 1]
    look: Look = {**QUERY_BY_KEY, **SHARES}
    mean = f"Mean weight of the heads of layer {layer}. {WHERE}"
    alone = mean if head is None else f"Weight of head {head} of layer {layer}. {WHERE}"
    m = Matrices()
    m.given("own", "Masked self-attention", own, read, read, mean, **look)
    m.given("cross", "Cross-attention", cross, read, found.source.tokens, alone, **look)
    focus = (("cross", len(read) - 1, int(cross[-1].argmax())),)
    steps = (Step("Where the decoder looks", _told(read), ("own", "cross"), focus=focus, term="own"),)
    return Walk("The decoder's attention so far", m, steps, f"Attention of {len(read)} decoder positions.")


def _told(read: tuple[str, ...]) -> str:
    return (
        f"Row {quote(read[-1])} is the newest: it reads what was written, then the source, and predicts the next "
        "token. Older rows do not change, so they are kept."
    )
