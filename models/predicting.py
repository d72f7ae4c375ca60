"""The logits at one position, and the rows of the last linear map that made the largest of them."""

from typing import Any

import numpy as np
import torch

from models.asks import LIKELIEST, Predict, Predicted
from models.candidates import likeliest
from models.capture import array
from models.errors import LecternError
from models.forward import Wish
from models.loader import Loaded
from models.runner import traced
from models.sampling import softmax
from models.trace import Tokens, Trace

LOGITS = Wish(hidden=False, logits=True)
TOLERANCE = 1e-3


def predict(loaded: Loaded, ask: Predict) -> Predicted:
    """Return what the model predicts at a position, with the arithmetic of the largest logits."""
    head = loaded.model.get_output_embeddings()
    if head is None:
        raise LecternError(f"{loaded.info.name} predicts no tokens: choose a model that fills gaps or writes.")
    trace, read = _watched(loaded, ask, head)
    if trace.logits is None:
        raise LecternError(f"{loaded.info.name} predicts no tokens: choose a model that fills gaps or writes.")
    tokens = trace.target if trace.target.tokens else trace.source
    position = _position(loaded, tokens, ask.position)
    logits = trace.logits[position].astype(np.float64)
    told = likeliest(loaded.tokenizer, softmax(logits)[None], LIKELIEST)
    vector = array(read[0, position])
    rows, bias = _rows(loaded.model, head, told.ids[0], vector, logits)
    return Predicted(trace.model, trace.notices, tokens, position, logits, told, vector, rows, bias)


def _watched(loaded: Loaded, ask: Predict, head: Any) -> tuple[Trace, torch.Tensor]:
    """Run the model and note what its last linear map read; a model that writes first is noted when it reads again."""
    seen: list[torch.Tensor] = []
    hook = head.register_forward_hook(lambda module, given, gave: seen.append(given[0]))
    try:
        trace = traced(loaded, ask.text, None, ask.target, LOGITS)
    finally:
        hook.remove()
    return trace, seen[-1]


def _position(loaded: Loaded, tokens: Tokens, asked: int) -> int:
    """Return the position that is meant: the one asked for, the gap, or the last one that is a word."""
    if 0 <= asked < len(tokens.ids):
        return asked
    mask = loaded.tokenizer.mask_token_id
    if mask in tokens.ids:
        return tokens.ids.index(mask)
    words = [i for i, special in enumerate(tokens.special) if not special]
    return words[-1] if words and loaded.info.kind == "encoder" else len(tokens.ids) - 1


def _rows(
    model: Any, head: Any, ids: np.ndarray, vector: np.ndarray, logits: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return rows and biases of the last map for these tokens, where they give the logits; else nothing."""
    weight = getattr(head, "weight", None)
    if not isinstance(weight, torch.Tensor) or weight.shape != (len(logits), len(vector)):
        return None, None
    rows = array(weight[ids.tolist()])
    bias = np.zeros(len(ids), np.float32)
    for offset in (getattr(head, "bias", None), getattr(model, "final_logits_bias", None)):
        if isinstance(offset, torch.Tensor):
            bias = bias + array(offset.reshape(-1)[ids.tolist()])
    gap = np.abs(rows @ vector + bias - logits[ids]).max()
    return (rows, bias) if gap <= TOLERANCE * max(1.0, float(np.abs(logits).max())) else (None, None)
