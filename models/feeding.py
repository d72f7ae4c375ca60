"""Norms and feed-forward parts told from their modules and what they did: gain and shift, function and gate."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from models.asks import FeedForward, Norm
from models.capture import array

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Linear:
    """A linear map, or a norm, at work: what it read and what it gave, [position, width]."""

    module: torch.nn.Module
    read: np.ndarray
    gave: np.ndarray


FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.nn.functional.relu,
    "gelu": torch.nn.functional.gelu,
    "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
}


def norm_of(event: Linear) -> Norm | None:
    """Return the numbers of a norm that give what it gave; None where it is of another kind."""
    weight, bias = getattr(event.module, "weight", None), getattr(event.module, "bias", None)
    eps = next((getattr(event.module, name) for name in ("eps", "variance_epsilon") if hasattr(event.module, name)), 0)
    if not isinstance(weight, torch.Tensor):
        return None
    gains, shift = array(weight), None if bias is None else array(bias)
    for extra, centred in product((0, 1), (True, False)):  # Gemma keeps gain - 1
        told = Norm(gains + np.float32(extra), shift, float(eps), centred)
        if _equal(normed(event.read, told), event.gave):
            return told
    return None


def normed(rows: np.ndarray, norm: Norm) -> np.ndarray:
    """Return rows after a norm, see `models.asks.Norm`."""
    away = rows - rows.mean(axis=1, keepdims=True) if norm.centred else rows
    even = away / np.sqrt((away.astype(np.float64) ** 2).mean(axis=1, keepdims=True) + norm.eps)
    return even * norm.gain + (0 if norm.shift is None else norm.shift)


def feed_forward(events: Sequence[Linear]) -> FeedForward | None:
    """Return the feed-forward part whose last map is the last of these events; None where it has another form."""
    down = events[-1]
    hidden = down.read
    ups = [event for event in events[:-1] if event.gave.shape == hidden.shape]
    if not ups or hidden.ndim != 2:
        return None
    w_out, b_out = _weights(down)
    gate, up = (ups[-2], ups[-1]) if len(ups) > 1 else (None, ups[-1])
    for acts, times in ((gate, up), (up, gate)) if gate else ((up, None),):
        assert acts is not None
        before = acts.gave
        name = _function(before, hidden, None if times is None else times.gave)
        if name or times is None:
            w_in, b_in = _weights(acts)
            factor = None if times is None else times.gave
            return FeedForward(acts.read, before, hidden, w_in, b_in, w_out, b_out, name, factor)
    return None


def _function(before: np.ndarray, hidden: np.ndarray, gate: np.ndarray | None) -> str | None:
    x = torch.from_numpy(before.copy())
    for name, function in FUNCTIONS.items():
        found = function(x).numpy()
        if _equal(found if gate is None else found * gate, hidden):
            return name
    return None


def _weights(event: Linear) -> tuple[np.ndarray, np.ndarray | None]:
    """Return w [in, out] and b [out] of a linear map."""
    weight, bias = array(event.module.weight), getattr(event.module, "bias", None)  # type: ignore[arg-type]
    w = weight if type(event.module).__name__ == "Conv1D" else weight.T
    return w, None if bias is None else array(bias)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    scale = max(1e-3, float(np.abs(other).max(initial=0)))
    return bool(np.abs(one - other).max(initial=0) <= TOLERANCE * scale) and not math.isnan(float(one.sum()))
