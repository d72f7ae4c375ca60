"""All heads at a glance: a small picture of each and what it does, in one pass that holds a few rows at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from models.head_measures import Block, Measure, Places, patterns
from models.measures import pool_starts, pooled
from models.trace import Trace
from viz.attention_shown import Shown, blocks

THUMBNAIL = 24
# The colour scale ends at 1, so that a colour means the same everywhere, unless nothing in a long text comes near it.
BRIGHT = 0.3
ROWS = 128  # at a time


@dataclass(frozen=True)
class Survey:
    """What is known of every head.

    - pictures: [layer, head, row, column] bytes, max-pooled to at most THUMBNAIL a side; 255 stands for `high`.
    - statistics: by the key of a measure, [layer, head] float32.
    - patterns: the heads whose habit has a name.
    """

    pictures: np.ndarray
    high: float
    statistics: dict[str, np.ndarray]
    measures: tuple[Measure, ...]
    patterns: list[dict[str, object]]


_KNOWN: WeakKeyDictionary[Trace, dict[tuple[str, str, bool], Survey]] = WeakKeyDictionary()


def survey(shown: Shown) -> Survey:
    """Return the survey of a trace's weights as they are shown; made once for each trace and way of showing it."""
    known = _KNOWN.setdefault(shown.trace, {})
    asked = (shown.kind, shown.special, shown.words)
    if asked not in known:
        known[asked] = _surveyed(Shown(shown.trace, *asked))  # type: ignore[arg-type]
    return known[asked]


def _surveyed(shown: Shown) -> Survey:
    places = places_of(shown)
    measures = places.measures()
    tall, wide = (pool_starts(n, THUMBNAIL) for n in shown.shape)
    pictures = np.zeros((shown.layers, shown.heads, len(tall), len(wide)), np.float32)
    sums = {measure.key: np.zeros((shown.layers, shown.heads)) for measure in measures}
    counts = dict.fromkeys(sums, 0.0)
    every = [(layer, head) for layer, told in enumerate(shown.trace.layers[shown.kind]) for head in range(told.heads)]
    for band in bands(shown.shape[0], tall):
        block = places.block(band.start, band.stop)
        for key in counts:
            counts[key] += block.count[key]
        for place in every:
            rows = shown.seen_rows(*place, band.start, band.stop)
            seen = wide[wide < rows.shape[1]]
            picture = pictures[place][band.first : band.last, : len(seen)]
            np.maximum(picture, pooled(rows, band.starts, seen), out=picture)
            _add(sums, place, block, rows)
    means = {key: (total / max(1.0, counts[key])).astype(np.float32) for key, total in sums.items()}
    top = float(pictures.max())
    high = 1.0 if top > BRIGHT or not top else top
    return Survey(np.rint(pictures / high * 255).astype(np.uint8), high, means, measures, patterns(means, counts))


@dataclass(frozen=True)
class Band:
    """The queries from start to stop, seen in rows `first` to `last` of the pictures, which start at `starts`."""

    first: int
    last: int
    start: int
    stop: int
    starts: np.ndarray


def bands(count: int, tall: np.ndarray) -> Iterator[Band]:
    """Yield bands of few enough rows to stay in the processor's cache; a row of the pictures may need several."""
    for first, last in blocks(count, tall, ROWS):
        start, stop = int(tall[first]), int(tall[last]) if last < len(tall) else count
        if last - first > 1:
            yield Band(first, last, start, stop, tall[first:last] - start)
            continue
        for part in range(start, stop, ROWS):
            yield Band(first, last, part, min(stop, part + ROWS), np.zeros(1, int))


def _add(sums: dict[str, np.ndarray], place: tuple[int, int], block: Block, rows: np.ndarray) -> None:
    for key, value in block.sums(rows).items():
        sums[key][place] += value


def places_of(shown: Shown) -> Places:
    """Return what the measures need to know of the shown tokens."""
    query, key = shown.sides
    alike = shown.kind != "cross"
    numbers = {token: n for n, token in enumerate(dict.fromkeys((*query.tokens, *key.tokens)))}
    words = [np.array([numbers[token] for token in side.tokens]) for side in (query, key)]
    separators = key.special.copy()
    separators[0] = False
    return Places(words[0], words[1], separators, alike)
