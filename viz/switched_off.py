"""What changes when heads are switched off: the prediction before and after, and how far each layer moved."""

import numpy as np

from models.asks import SwitchedOff
from viz.bars import Bars
from viz.words import number, quote


def change_figures(change: SwitchedOff) -> tuple[Bars, Bars]:
    """Return bars of the likeliest tokens, with the probability after below that before, and bars of the layers."""
    where = quote(change.tokens.tokens[change.at])
    prediction = Bars(
        title=f"Prediction at {where}, position {change.at}",
        labels=change.names,
        values=change.before.astype(np.float64),
        second=change.after.astype(np.float64),
        second_label="with heads switched off",
        value_label="all heads",
        alt=f"Probabilities of the likeliest tokens at {where}, with all heads and without those switched off.",
        high=max(0.01, float(max(change.before.max(), change.after.max()))),
        mark=int(change.after.argmax()),
        note="The marked token is the likeliest one without these heads.",
    )
    layers = Bars(
        title="How far the hidden states moved",
        labels=("embeddings", *(f"after layer {i}" for i in range(len(change.moved) - 1))),
        values=change.moved.astype(np.float64),
        value_label="distance, as a share of the length",
        alt="How far hidden states are from what they were, as a share of their length, layer by layer.",
        high=max(0.01, float(change.moved.max())),
        note="Averaged over positions. Layers before the first head that is off do not move.",
    )
    return prediction, layers


def change_words(change: SwitchedOff) -> str:
    """Say in a sentence what changed."""
    before, after = int(change.before.argmax()), int(change.after.argmax())
    where = f"at {quote(change.tokens.tokens[change.at])} (position {change.at})"
    now, then = number(float(change.after[after])), number(float(change.before[before]))
    if before == after:
        return (
            f"Without these heads the likeliest token {where} stays {quote(change.names[before])}: its probability "
            f"goes from {then} to {now}."
        )
    return (
        f"Without these heads the likeliest token {where} is {quote(change.names[after])} ({now}); with all heads "
        f"it is {quote(change.names[before])} ({then})."
    )
