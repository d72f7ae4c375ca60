"""One cell of attention, taken apart: weight <- softmax <- masked score <- q·k <- the token's vector times W_Q.

Every number is the model's own or is computed again from the model's own in float64, and the weight computed again is
compared with the one that the model's own code gives.
"""

from typing import TYPE_CHECKING

import numpy as np

from models.trace import Detail, Layer, Projection
from viz.attention_shown import Shown

if TYPE_CHECKING:
    from models.trace import Trace

EQUAL = 1e-5


def positions(shown: Shown, layer: int, head: int, query: int, key: int) -> tuple[int, int, str | None]:
    """Return the model's positions behind a shown cell; of merged words, the pair of pieces with the largest weight."""
    rows, columns = shown.pieces(query, key)
    if len(rows) == len(columns) == 1:
        return rows[0], columns[0], None
    part = shown.trace.weights(shown.kind, layer, head, slice(rows[0], rows[-1] + 1))[:, columns]
    row, column = np.unravel_index(int(part.argmax()), part.shape)
    note = (
        f"This cell stands for {len(rows)} by {len(columns)} pieces: of them, the one with the largest weight is taken "
        "apart."
    )
    return rows[int(row)], columns[int(column)], note


def taken_apart(
    trace: "Trace", kind: str, layer: int, head: int, query: int, key: int, own: tuple[np.ndarray, str]
) -> dict[str, object]:
    """Return all numbers behind one weight. `own` is the row that the model's own code gives, and what that code is."""
    numbers = trace.layers[kind][layer]
    rows = slice(query, query + 1)
    masked = numbers.scores(head, "masked", rows)[0]
    told: dict[str, object] = {
        "layer": layer,
        "head": head,
        "query_at": query,
        "key_at": key,
        "weight": float(numbers.weights(head, rows)[0, key]),
        "model": float(own[0][key]),
        "model_from": own[1],
        "row_weights": own[0],
        "note": trace.why_not(kind),
    }
    again = _scores(numbers, head, query) if isinstance(numbers, Layer) else masked.astype(np.float64)
    sink = None if numbers.sink is None else float(numbers.sink[head])
    weights = softmax(again, sink)
    difference = float(np.abs(weights - own[0]).max())
    top = _top(again, sink)
    told |= {
        "masked": float(again[key]),
        "row_masked": again.astype(np.float32),
        "hidden": bool(np.isneginf(again[key])),
        "sink": sink,
        "top": top,
        "sum": float(np.exp(again - top).sum() + (0 if sink is None else np.exp(sink - top))),
        "recomputed": float(weights[key]),
        "difference": difference,
        "tolerance": EQUAL,
        "equal": difference <= EQUAL,
    }
    if isinstance(numbers, Layer):
        told |= _product(numbers, head, query, key) | _projected(trace.details.get(kind), told, numbers)
    return told


def _scores(numbers: Layer, head: int, query: int) -> np.ndarray:
    """Return a row of masked scores in float64, each stage written out again."""
    q = numbers.query[head, query].astype(np.float64)
    scores = numbers.key[numbers.group(head)].astype(np.float64) @ q * numbers.scale
    if numbers.softcap is not None:
        scores = numbers.softcap * np.tanh(scores / numbers.softcap)
    if numbers.bias is not None:
        scores = scores + numbers.bias[head if len(numbers.bias) > 1 else 0, query]
    if numbers.hidden is not None:
        scores = np.where(numbers.hidden[head if len(numbers.hidden) > 1 else 0, query], -np.inf, scores)
    return scores


def _top(scores: np.ndarray, sink: float | None) -> float:
    top = max(float(scores.max()), -np.inf if sink is None else sink)
    return top if np.isfinite(top) else 0.0


def softmax(scores: np.ndarray, sink: float | None = None) -> np.ndarray:
    """Return softmax of a row in float64; a sink takes its share, and a row in which all is hidden is uniform."""
    top = _top(scores, sink)
    shares = np.exp(scores - top)
    total = shares.sum() + (0 if sink is None else np.exp(sink - top))
    return shares / total if total else np.full(len(scores), 1 / len(scores))


def _product(numbers: Layer, head: int, query: int, key: int) -> dict[str, object]:
    """Return the stages from q·k to the masked score, and q·k term by term, the largest terms first."""
    group = numbers.group(head)
    q, k = numbers.query[head, query], numbers.key[group, key]
    products = q.astype(np.float64) * k
    raw = float(products.sum())
    scaled = raw * numbers.scale
    capped = scaled if numbers.softcap is None else numbers.softcap * float(np.tanh(scaled / numbers.softcap))
    bias = None if numbers.bias is None else float(numbers.bias[head if len(numbers.bias) > 1 else 0, query, key])
    return {
        "raw": raw,
        "scale": numbers.scale,
        "scaled": scaled,
        "softcap": numbers.softcap,
        "capped": capped,
        "bias": bias,
        "mask": float(numbers.mask()[query, key]) if numbers.hidden is not None else 0.0,
        "q": q,
        "k": k,
        "products": products.astype(np.float32),
        "order": np.argsort(-np.abs(products), kind="stable").astype(np.int32),
    }


def _projected(detail: Detail | str | None, told: dict[str, object], numbers: Layer) -> dict[str, object]:
    """Return how the largest term's components of q and k were made: the token's vector times a column of W_Q, W_K."""
    if not isinstance(detail, Detail):
        return {"projection": detail if isinstance(detail, str) else None, "component": None}
    head, query, key = (int(told[name]) for name in ("head", "query_at", "key_at"))  # type: ignore[call-overload]
    made = detail.heads[head]
    q, k = numbers.query[head, query], numbers.key[numbers.group(head), key]
    component = int(np.argmax(np.abs(q.astype(np.float64) * k)))
    return {
        "projection": made.note,
        "component": component,
        "x_query": made.x[query],
        "w_q_column": np.ascontiguousarray(made.w_q[:, component]),
        "b_q": _bias(made, "b_q", component),
        "q_component": float(q[component]),
        "q_projected": _dot(made.x[query], made.w_q[:, component], made.b_q, component),
        "x_key": made.x_key[key],
        "w_k_column": np.ascontiguousarray(made.w_k[:, component]),
        "b_k": _bias(made, "b_k", component),
        "k_component": float(k[component]),
        "k_projected": _dot(made.x_key[key], made.w_k[:, component], made.b_k, component),
    }


def _bias(made: Projection, name: str, component: int) -> float | None:
    bias = getattr(made, name)
    return None if bias is None else float(bias[component])


def _dot(x: np.ndarray, column: np.ndarray, bias: np.ndarray | None, component: int) -> float:
    return float(x.astype(np.float64) @ column) + (0.0 if bias is None else float(bias[component]))
