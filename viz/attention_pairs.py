"""A pair of sentences, A and B: where one ends and the other starts, and how much weight goes from each to each."""

import numpy as np

from viz.attention_shown import BLOCK, Shown

NAMES = ("A", "B")


def pair_blocks(shown: Shown, layer: int, head: int) -> dict[str, object] | None:
    """Return the places of sentence A and B on both sides, and the mean weight from each to each; None without a pair.

    - query, key: the first position of B. A token that separates the two belongs to A, as the tokenizer says.
    - sums: [from A, from B][to A, to B], what a row of the one gives to the columns of the other, averaged over rows.
    """
    query, key = (side.segments for side in shown.sides)
    if not (query.any() and key.any()) or query.all() or key.all():
        return None
    sums = np.zeros((2, 2))
    for start in range(0, len(query), BLOCK):
        rows = shown.rows(layer, head, start, min(start + BLOCK, len(query)))
        by_key = np.stack([rows[:, key == part].sum(axis=1) for part in (0, 1)], axis=1)
        for part in (0, 1):
            sums[part] += by_key[query[start : start + BLOCK] == part].sum(axis=0)
    sums /= [[(query == part).sum()] for part in (0, 1)]
    return {
        "query": int(query.argmax()),
        "key": int(key.argmax()),
        "names": NAMES,
        "sums": sums.astype(np.float32),
        "definition": "What a token of one sentence gives to all tokens of the other, averaged over its tokens.",
    }
