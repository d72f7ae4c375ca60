"""A Trace -> the attention figure: chosen head, overview of all heads, special tokens hidden, sub-words merged."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.measures import hide, max_pool, merge_words
from models.reading import SPACE
from viz.attention_terms import KIND_NAMES, described, need
from viz.spec import Heads

if TYPE_CHECKING:
    from models.trace import Trace

Special = Literal["show", "hide", "renormalise"]

THUMBNAIL = 24
SMALL = 300_000
# The colour scale ends at 1, so that a colour means the same everywhere, unless nothing in a long text comes near it.
BRIGHT = 0.3


@dataclass(frozen=True)
class Side:
    """The tokens on one side of the attention: queries (rows) or keys (columns)."""

    tokens: tuple[str, ...]
    special: np.ndarray
    segments: np.ndarray
    words: tuple[int | None, ...]

    def kept(self, special: Special) -> np.ndarray:
        """Return which positions are shown, as booleans."""
        return np.ones(len(self.tokens), bool) if special == "show" else ~self.special

    def only(self, keep: np.ndarray) -> "Side":
        """Return the side without the positions that are not kept."""
        places = np.flatnonzero(keep)
        tokens, words = tuple(self.tokens[i] for i in places), tuple(self.words[i] for i in places)
        return Side(tokens, self.special[keep], self.segments[keep], words)

    def merged(self) -> "Side":
        """Return the side with the pieces of each word joined; a special token stays by itself."""
        groups = word_groups(self.words)
        first = [group[0] for group in groups]
        tokens = tuple(joined([self.tokens[i] for i in group]) for group in groups)
        return Side(tokens, self.special[first], self.segments[first], tuple(self.words[i] for i in first))


def sides(trace: "Trace", kind: str) -> tuple[Side, Side]:
    """Return the query side and the key side of one kind of attention."""
    source = Side(tuple(trace.tokens), _flags(trace.special), np.array(trace.segments, int), tuple(trace.words))
    if kind not in ("decoder", "cross"):
        return source, source
    tokens = tuple(trace.target_tokens)
    nothing = np.zeros(len(tokens), int)
    target = Side(tokens, _flags(trace.target_special), nothing, tuple(trace.target_words))
    return target, target if kind == "decoder" else source


def shown_weights(trace: "Trace", kind: str, layer: int, head: int, *, special: Special, words: bool) -> np.ndarray:
    """Return [query, key] weights of one head as they are shown: specials hidden or not, sub-words merged or not."""
    return _shown(trace.weights(kind, layer, head), *sides(trace, kind), special, words)


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
    query, key = _shown_sides(trace, kind, special, words)
    if not query.tokens or not key.tokens:
        raise LecternError("There are only special tokens here: show them, or type a word.")
    weights = shown_weights(trace, kind, layer, head, special=special, words=words)
    overview, high = _overview(trace, kind, special, words) if "overview" in panels else (None, 1.0)
    return Heads(
        title=title or f"{trace.model.name}, {KIND_NAMES[kind]}",
        kind=kind,
        causal=_is_causal(trace, kind),
        queries=query.tokens,
        keys=key.tokens,
        query_special=tuple(map(bool, query.special)),
        key_special=tuple(map(bool, key.special)),
        query_segments=tuple(map(int, query.segments)),
        key_segments=tuple(map(int, key.segments)),
        layers=trace.n_layers(kind),
        heads=trace.n_heads(kind),
        layer=layer,
        head=head,
        weights=weights.astype(np.float32),
        overview=overview,
        overview_high=high,
        alt=f"Attention weights of {described(trace, kind, layer, head)}: "
        f"{len(query.tokens)} queries by {len(key.tokens)} keys.",
        panels=panels,
        notes=notes(trace, kind, special, words),
        all=every_head(trace, kind, special, words) if _is_small(trace, kind, query, key) else None,
        origin=origin,
    )


def every_head(trace: "Trace", kind: str, special: Special, words: bool) -> np.ndarray:
    """Return [layer, head, query, key] float32 of all heads as they are shown."""
    both = sides(trace, kind)
    layers = (trace.all_weights(kind, layer) for layer in range(trace.n_layers(kind)))
    return np.array([[_shown(w, *both, special, words) for w in heads] for heads in layers], np.float32)


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


def word_groups(words: tuple[int | None, ...]) -> list[list[int]]:
    """Return the positions of each word, in order; a position that belongs to no word is a group of its own."""
    groups: list[list[int]] = []
    for place, word in enumerate(words):
        if groups and word is not None and words[groups[-1][-1]] == word:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def joined(pieces: list[str]) -> str:
    """Return the word that these readable pieces spell, letters that were cut into bytes put together again."""
    text = "".join(piece.removeprefix("##") if i else piece for i, piece in enumerate(pieces))
    return BYTES.sub(_letters, text.removeprefix(SPACE) or text)


BYTES = re.compile(r"(?:‹[0-9A-F]{2}(?: [0-9A-F]{2})*›)+")


def _letters(run: re.Match[str]) -> str:
    try:
        return bytes.fromhex(run[0].replace("‹", " ").replace("›", " ")).decode()
    except UnicodeDecodeError:
        return run[0]


def _flags(special: list[bool]) -> np.ndarray:
    return np.array(special, bool)


def _shown_sides(trace: "Trace", kind: str, special: Special, words: bool) -> tuple[Side, Side]:
    query, key = (side.only(side.kept(special)) for side in sides(trace, kind))
    return (query.merged(), key.merged()) if words else (query, key)


def _shown(weights: np.ndarray, query: Side, key: Side, special: Special, words: bool) -> np.ndarray:
    if special != "show":
        weights = hide(weights, query.kept(special), key.kept(special), renormalise=special == "renormalise")
        query, key = query.only(query.kept(special)), key.only(key.kept(special))
    if not words:
        return weights
    return merge_words(weights, word_groups(query.words), word_groups(key.words))


def _overview(trace: "Trace", kind: str, special: Special, words: bool) -> tuple[np.ndarray, float]:
    """Return [layer, head, rows, columns] bytes of all heads, max-pooled, and the weight that 255 stands for."""
    both = sides(trace, kind)
    pooled = [
        [max_pool(_shown(weights, *both, special, words), THUMBNAIL) for weights in trace.all_weights(kind, layer)]
        for layer in range(trace.n_layers(kind))
    ]
    brightest = float(np.max(pooled))
    high = 1.0 if brightest > BRIGHT or not brightest else brightest
    return np.round(np.array(pooled) / high * 255).astype(np.uint8), high


def _is_small(trace: "Trace", kind: str, query: Side, key: Side) -> bool:
    """Return whether all heads together are few enough bytes to travel with the figure, and to stay in its exports."""
    return trace.n_layers(kind) * trace.n_heads(kind) * len(query.tokens) * len(key.tokens) * 4 <= SMALL


def _is_causal(trace: "Trace", kind: str) -> bool:
    if kind == "cross" or not trace.n_layers(kind):
        return False
    mask = np.isneginf(trace.mask(kind, 0))
    return bool(mask.shape[0] > 1 and mask[np.triu_indices_from(mask, 1)].all())
