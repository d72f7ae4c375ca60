"""A Trace -> the attention figure: chosen head, overview of all heads, special tokens hidden, sub-words merged."""

from typing import TYPE_CHECKING

import numpy as np

from models.errors import LecternError
from models.measures import pool_starts
from viz.attention_pairs import pair_blocks
from viz.attention_shown import EXACT, MOST_PIXELS, Shown, as_bytes, brightest, furthest, whole
from viz.attention_sides import Special
from viz.attention_survey import Survey, survey
from viz.attention_terms import KIND_NAMES, described, need
from viz.spec import Heads

if TYPE_CHECKING:
    from models.trace import Trace

SMALL = 300_000


def attention_figure(
    trace: "Trace",
    kind: str,
    layer: int,
    head: int,
    *,
    special: Special = "show",
    words: bool = False,
    panels: tuple[str, ...] = ("matrix", "arcs", "overview"),
    origin: int = 0,
    title: str | None = None,
) -> Heads:
    """Return the attention figure of one kind of attention of a trace, with one head chosen."""
    need(trace, kind, "weights")
    shown = Shown(trace, kind, special, words)
    place = described(trace, kind, layer, head)
    return heads_figure(
        shown,
        layer,
        head,
        panels=panels,
        origin=origin,
        title=title or f"{trace.model.name}, {KIND_NAMES[kind]}",
        what=f"Attention weights of {place}",
        notes=notes(trace, kind, special, words),
    )


def heads_figure(
    shown: Shown,
    layer: int,
    head: int,
    *,
    title: str,
    what: str,
    notes: tuple[str, ...],
    panels: tuple[str, ...] = ("matrix", "arcs", "overview"),
    origin: int = 0,
    mode: str = "head",
    numbers: np.ndarray | None = None,
    ablated: tuple[tuple[int, int], ...] = (),
) -> Heads:
    """Return the figure of what is shown, with one head chosen; `what` says in words what its numbers are."""
    query, key = shown.sides
    if not query.tokens or not key.tokens:
        raise LecternError("There are only special tokens here: show them, or type a word.")
    weights = whole(shown, layer, head) if numbers is None else numbers
    told = survey(shown) if "overview" in panels else None
    pooled, high = pooled_picture(shown, weights)
    return Heads(
        title=title,
        kind=shown.kind,
        causal=_is_causal(shown.trace, shown.kind),
        queries=query.tokens,
        keys=key.tokens,
        query_special=tuple(map(bool, query.special)),
        key_special=tuple(map(bool, key.special)),
        query_segments=tuple(map(int, query.segments)),
        key_segments=tuple(map(int, key.segments)),
        layers=shown.layers,
        heads=shown.heads,
        layer=layer,
        head=head,
        weights=weights,
        pooled=pooled,
        pooled_high=high,
        overview=told.pictures if told else None,
        overview_high=told.high if told else 1.0,
        statistics=told.statistics if told else {},
        measures=told.measures if told else (),
        patterns=tuple(told.patterns) if told else (),
        blocks=pair_blocks(shown, layer, head),
        alt=f"{what}: {len(query.tokens)} queries by {len(key.tokens)} keys.{_named(told, layer, head)}",
        panels=panels,
        notes=notes,
        all=every_head(shown) if mode == "head" and _is_small(shown) else None,
        origin=origin,
        mode=mode,
        signed=shown.signed,
        inspect="scaled" in shown.trace.stages(shown.kind),
        ablated=ablated,
    )


def pooled_picture(shown: Shown, weights: np.ndarray) -> tuple[np.ndarray | None, float]:
    """Return the whole head as bytes, pooled to the pixels of a screen, where it is too large to be sent as numbers."""
    if weights.size <= EXACT:
        return None, brightest(weights)
    tall, wide = (pool_starts(n, MOST_PIXELS) for n in weights.shape)
    part = furthest(weights, tall, wide, shown.signed)
    high = brightest(part)
    return as_bytes(part, high, shown.signed), high


def every_head(shown: Shown) -> np.ndarray:
    """Return [layer, head, query, key] float32 of all heads as they are shown."""
    return np.array([[whole(shown, layer, head) for head in range(shown.heads)] for layer in range(shown.layers)])


def _named(told: Survey | None, layer: int, head: int) -> str:
    """Say which habits of this head have a name."""
    found = [p for p in told.patterns if (p["layer"], p["head"]) == (layer, head)] if told else []
    return "".join(f" A {p['name']}: {p['definition']}." for p in found)


def notes(trace: "Trace", kind: str, special: Special, words: bool) -> tuple[str, ...]:
    """Return what was left out or changed on the way to the screen, a sentence each."""
    hidden = {
        "show": (),
        "hide": ("Special tokens are hidden: their share is missing, so rows add up to less than 1.",),
        "renormalise": ("Special tokens are hidden and each row is divided by what is left, so that it adds up to 1.",),
    }[special]
    merged = (
        ("Sub-words are merged: attention to the pieces is added, attention from them is averaged.",) if words else ()
    )
    why = trace.why_not(kind)
    return (*hidden, *merged, *((why,) if why else ()))


def _is_small(shown: Shown) -> bool:
    """Return whether all heads together are few enough bytes to travel with the figure, and to stay in its exports."""
    queries, keys = shown.shape
    return shown.layers * shown.heads * queries * keys * 4 <= SMALL


def _is_causal(trace: "Trace", kind: str) -> bool:
    if kind == "cross" or not trace.n_layers(kind):
        return False
    hidden = getattr(trace.layers[kind][0], "hidden", None)
    open_to = np.logical_not(hidden[0]) if hidden is not None else ~np.isneginf(trace.mask(kind, 0))
    return len(open_to) > 1 and not np.triu(open_to, 1).any()
