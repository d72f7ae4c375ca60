"""A row of weights as the model's family computes it by its own code: what every recomputed number is checked against.

The fast kernel never has the weights. So the family's own `eager_attention_forward` is given the same queries, keys,
mask and extras again, for one query.
"""

import inspect
import sys
from typing import Any

import numpy as np
import torch

from models import capture
from models.forward import attention_module
from models.loader import load
from models.runner import GATE
from models.trace import Layer, SoftmaxLayer, Trace


def own_row(source: str, trace: Trace, kind: str, layer: int, head: int, query: int) -> tuple[np.ndarray, str]:
    """Return the weights of a query by the model's own code, [key] float32, and in words where they come from.

    Where a family has no such code apart from the rest, the weights are those of the trace.
    """
    numbers = trace.layers[kind][layer]
    if isinstance(numbers, SoftmaxLayer):
        return numbers.weights(head)[query], "the softmax of the model's own forward pass"
    with GATE:
        row = _by_family(attention_module(load(source).model, kind, layer), numbers, head, query)
    if row is None:
        return numbers.weights(head, slice(query, query + 1))[0], "softmax of the trace, in one piece"
    return row, "the model family's own attention code"


def _by_family(module: Any, numbers: Layer, head: int, query: int) -> np.ndarray | None:
    own = getattr(sys.modules.get(type(module).__module__), "eager_attention_forward", None)
    if module is None or own is None:
        return None
    rows = slice(query, query + 1)
    q, k, v = (_batched(part) for part in (numbers.query[:, rows], numbers.key, numbers.value))
    extras = {"softcap": numbers.softcap, "s_aux": None if numbers.sink is None else torch.tensor(numbers.sink)}
    told: dict[str, Any] = {name: value for name, value in extras.items() if value is not None}
    if "position_bias" in inspect.signature(own).parameters:
        told["position_bias"] = None
    try:
        with torch.inference_mode():
            weights = own(module, q, k, v, _added(numbers, rows), scaling=numbers.scale, dropout=0.0, **told)[1]
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return None
    if weights is None or weights.shape[1] != numbers.heads:
        return None
    row = capture.array(weights[0, head, 0])
    return row if len(row) == numbers.positions[1] else None


def _batched(part: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(part))[None]


def _added(numbers: Layer, rows: slice) -> torch.Tensor | None:
    """Return what is added to the scores of these rows, [1, heads, row, key]: position bias, and the mask."""
    if numbers.bias is None and numbers.hidden is None:
        return None
    added = np.zeros((1, 1, numbers.positions[1]), np.float32)
    if numbers.bias is not None:
        added = added + numbers.bias[:, rows]
    if numbers.hidden is not None:
        added = np.where(numbers.hidden[:, rows], np.finfo(np.float32).min, added)
    return torch.from_numpy(np.array(added, np.float32))[None]
