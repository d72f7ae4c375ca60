"""What beam search ended with, beside what was written token by token."""

import numpy as np

from models.asks import Written
from viz.bars import Bars
from viz.words import number


def beams_beside(greedy: Written, found: Written, forked: bool) -> Bars:
    """Return what beam search ended with, beside what greedy wrote, by their log probability for each token."""
    total = -float(greedy.losses.sum())
    lines = [
        (_said(beam.tokens, greedy), beam.total, beam.score, f"beam {i + 1}") for i, beam in enumerate(found.beams)
    ]
    name = "with your choice" if forked else "greedy"
    own = (_said(greedy.written.tokens, greedy), total, total / max(1, len(greedy.losses)), name)
    lines.append(own)
    scores = np.array([line[2] for line in lines], np.float64)
    return Bars(
        f"Beam search with {len(found.beams)} beams, beside greedy",
        tuple(f"{line[3]}: {line[0]}" for line in lines),
        scores,
        f"Best beam: {lines[0][0]}, {number(lines[0][2])} a token; greedy: {own[0]}, {number(own[2])}.",
        value_label="log probability for each token",
        details=tuple(
            f"{text}: {number(sum_)} in all, {number(each)} for each token." for text, sum_, each, _ in lines
        ),
        low=min(float(scores.min()) * 1.05, -0.1),
        high=0.0,
        mark=0,
        note="Nats; nearer 0 is likelier. Greedy takes the best token each time, which need not be the best sentence.",
    )


def _said(tokens: tuple[str, ...], greedy: Written) -> str:
    """Return a translation without its end token, which is known from the one that ended."""
    ends = greedy.ended and tokens[-1:] == greedy.written.tokens[-1:]
    return " ".join(tokens[:-1] if ends else tokens)
