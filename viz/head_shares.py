"""How much each head of a layer adds to what the layer's attention gives."""

from typing import TYPE_CHECKING

import numpy as np

from viz.bars import Bars
from viz.candidates import listed
from viz.words import number

if TYPE_CHECKING:
    from models.trace import Trace


def _outputs(trace: "Trace", kind: str, layer: int) -> list[np.ndarray]:
    """Return [position, width of a head] of every head: its weights times its values."""
    heads = range(trace.n_heads(kind))
    return [trace.weights(kind, layer, head) @ trace.value(kind, layer, head) for head in heads]


def head_shares(trace: "Trace", kind: str, layer: int, off: tuple[int, ...]) -> Bars:
    """Return how long the part is that each head adds to the block's output, on average over the positions."""
    outputs = _outputs(trace, kind, layer)
    added = [z @ trace.projection(kind, layer, head).w_o for head, z in enumerate(outputs)]
    sizes = np.array([float(np.linalg.norm(part, axis=1).mean()) for part in added])
    labels = tuple(f"head {head}{' (off)' if head in off else ''}" for head in range(len(sizes)))
    whole = float(np.linalg.norm(np.sum(added, axis=0), axis=1).mean())
    details = tuple(
        f"Head {head} adds a vector of length {number(size)} on average; all together make {number(whole)}. Press to "
        f"switch it {'on' if head in off else 'off'}."
        for head, size in enumerate(sizes)
    )
    toggled = tuple(listed(sorted({*off} ^ {head})) for head in range(len(sizes)))
    top = int(sizes.argmax())
    return Bars(
        "What each head adds to the output",
        labels,
        np.array([0.0 if head in off else size for head, size in enumerate(sizes)]),
        f"Head {top} adds the longest vector, {number(sizes[top])}.",
        value_label="mean length",
        digits=2,
        details=details,
        high=float(max(sizes.max(), 1e-6)),
        pick="off",
        picks=toggled,
        note="Lengths do not add up: heads may pull in different directions. Press a head to switch it off.",
    )
