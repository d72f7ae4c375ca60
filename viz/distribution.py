"""The distribution of the next token as bars: the model's, what is drawn from it, and a hundred draws."""

from typing import TYPE_CHECKING

import numpy as np

from models import sampling
from viz.bars import Bars
from viz.candidates import listed, ranked, scale_end
from viz.words import number, quote

if TYPE_CHECKING:
    from models.asks import Written

SHOWN = 12
SAMPLES = 100


def distribution(written: "Written", shares: np.ndarray, kept: np.ndarray, pick: str) -> Bars:
    """Return what the model says comes next, and with what probability each token is really drawn.

    shares, kept: [vocabulary], before and after temperature and cuts; pick: the field that choosing a bar writes.
    """
    ids = written.likeliest.ids[-1, :SHOWN]
    names = written.likeliest.names[-1][:SHOWN]
    so_far = list(written.written.ids) if not written.ended else list(written.written.ids[:-1])
    count = int((kept > 0).sum())
    details = tuple(
        f"{quote(name)}: {number(100 * shares[token], 2)} % of {len(shares):,} tokens; drawn with "
        f"{number(100 * kept[token], 2)} %. Choose it to go on from there."
        for name, token in zip(names, ids, strict=True)
    )
    top = max(shares[ids].max(), kept[ids].max())
    return Bars(
        "The next token",
        names,
        shares[ids],
        f"{ranked(names[:4], shares[ids])}.",
        value_label="the model's probability",
        details=details,
        high=scale_end(np.array([top])),
        mark=0,
        pick=pick,
        picks=tuple(listed([*so_far, int(token)]) for token in ids),
        second=kept[ids],
        second_label="drawn with",
        cut=count if count < SHOWN else None,
        cut_label=f"only these {count} may be drawn" if count > 1 else "only this one may be drawn",
        role="query",
        note=f"All other tokens together: {number(float(1 - shares[ids].sum()), 3)}, drawn with "
        f"{number(float(1 - kept[ids].sum()), 3)}. Entropy {number(float(written.entropy[-1]))} bits.",
    )


def draws(written: "Written", kept: np.ndarray, seed: int) -> Bars:
    """Return how often each token comes in a hundred draws, beside what was to be expected."""
    counts = sampling.drawn(kept, SAMPLES, seed)
    ids = written.likeliest.ids[-1, :SHOWN]
    seen = np.append(counts[ids], SAMPLES - counts[ids].sum()) / SAMPLES
    expected = np.append(kept[ids], max(0.0, 1 - kept[ids].sum()))
    labels = (*written.likeliest.names[-1][:SHOWN], "any other")
    return Bars(
        f"{SAMPLES} draws",
        labels,
        seen,
        f"{SAMPLES} draws: {ranked(labels, seen)}.",
        value_label="share of the draws",
        digits=2,
        high=scale_end(np.maximum(seen, expected)),
        second=expected,
        second_label="probability",
        note=f"Seed {seed}. Chance moves each share by about ±{number(50 / SAMPLES**0.5 / 100)} at most.",
    )
