"""What a Trace is compared with: transformers' own attention, and softmax written out again in float64."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from models.trace import Trace

Attentions = dict[str, list[np.ndarray]]  # kind -> layer -> [head, query, key]


def run_eagerly(model: Any, **inputs: torch.Tensor) -> Any:
    """Run a model the way its authors wrote attention out, and keep the weights and hidden states that it returns."""
    cache = {"use_cache": False} if getattr(model.config, "use_cache", None) is not None else {}
    with torch.inference_mode():
        return model(**inputs, **cache, output_attentions=True, output_hidden_states=True)


def attentions(output: Any, batch: int) -> Attentions:
    """Return the weights of one text of the batch; a layer without attention gives none."""
    kinds = {"self": "attentions"}
    if "encoder_attentions" in output:
        kinds = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}
    return {
        kind: [layer[batch].float().numpy() for layer in output[name] if layer is not None]
        for kind, name in kinds.items()
    }


def softmax(scores: np.ndarray, sink: float | None = None) -> np.ndarray:
    """Return row-wise softmax in float64, with a sink as one more column that is left out afterwards.

    Models hide with the smallest number there is, not with minus infinity: a row that sees nothing is uniform.
    """
    wide = np.maximum(scores, np.finfo(np.float32).min).astype(np.float64)
    if sink is not None:
        wide = np.column_stack([wide, np.full(len(wide), sink)])
    shares = np.exp(wide - wide.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True))[:, : scores.shape[1]]


def heads(trace: Trace) -> Iterator[tuple[str, int, int]]:
    """Yield kind, layer and head of every head of a trace."""
    for kind in trace.kinds:
        for layer in range(trace.n_layers(kind)):
            yield from ((kind, layer, head) for head in range(trace.layers[kind][layer].heads))


def worst(trace: Trace, expected: Attentions) -> float:
    """Return the largest difference between the weights of a trace and those expected, over every head."""
    found = {kind: [trace.all_weights(kind, layer) for layer in range(trace.n_layers(kind))] for kind in trace.kinds}
    assert shapes(found) == shapes(expected)
    return max(
        np.abs(found[kind][layer][head] - expected[kind][layer][head]).max() for kind, layer, head in heads(trace)
    )


def shapes(weights: Attentions) -> dict[str, list[tuple[int, ...]]]:
    """Return the shape of each layer's weights."""
    return {kind: [layer.shape for layer in layers] for kind, layers in weights.items()}
