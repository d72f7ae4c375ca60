"""What a masked language model puts into gaps, and how that forms through its layers."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from models import sampling
from models.asks import Fill, Filled, Likeliest
from models.candidates import likeliest
from models.errors import LecternError
from models.forward import Wish, trace_ids
from models.loader import Loaded
from models.reading import Read, described, read
from models.runner import longest, reads_segments

TYPED = "[MASK]"
EACH_LAYER = 5


def fill(loaded: Loaded, ask: Fill) -> Filled:
    """Return the candidates of every gap, and one gap through the layers."""
    mask = _mask(loaded)
    text = ask.text.replace(TYPED, loaded.tokenizer.mask_token)
    told = read(loaded.tokenizer, text, None, longest(loaded), loaded.info.name)
    ids, gaps = _hidden(told, ask.masked, mask)
    tokens = replace(told.tokens, **_changed(loaded.tokenizer, ids))
    segments = [told.segments] if told.segments is not None and reads_segments(loaded) else None
    trace = trace_ids(loaded.model, [ids], segments=segments, tokens=tokens, info=loaded.info, wish=Wish())
    if trace.logits is None:
        raise LecternError(f"{loaded.info.name} has no trained head for masked words: choose another model.")
    at = gaps[min(ask.gap, len(gaps) - 1)] if gaps else 0
    shares = sampling.softmax(trace.logits[list(gaps)])
    layers = _through_head(loaded.model, trace, at)
    last = likeliest(loaded.tokenizer, layers[-1:])
    return Filled(
        model=loaded.info,
        notices=(*loaded.notices, *told.notices),
        tokens=tokens,
        original=told.tokens,
        gaps=gaps,
        likeliest=likeliest(loaded.tokenizer, shares) if gaps else Likeliest(last.ids[:0], last.shares[:0], ()),
        at=at,
        vocabulary=layers.shape[1],
        by_layer=likeliest(loaded.tokenizer, layers, EACH_LAYER),
        followed=layers[:, last.ids[0, :EACH_LAYER]],
        trace=replace(trace, logits=None, hidden_states={}, embeddings=None),
    )


def _mask(loaded: Loaded) -> int:
    mask = loaded.tokenizer.mask_token_id
    if loaded.info.kind != "encoder" or mask is None:
        raise LecternError(
            f"{loaded.info.name} was not trained on masked words: choose an encoder such as bert-tiny or"
            " google-bert/bert-base-uncased."
        )
    return mask


def _hidden(told: Read, masked: tuple[int, ...], mask: int) -> tuple[list[int], tuple[int, ...]]:
    """Return the ids with more positions hidden, and all gaps; special tokens and places beyond the text stay."""
    more = {place for place in masked if place < len(told.ids) and not told.tokens.special[place]}
    ids = [mask if place in more else token for place, token in enumerate(told.ids)]
    return ids, tuple(place for place, token in enumerate(ids) if token == mask)


def _changed(tokenizer: Any, ids: list[int]) -> dict[str, Any]:
    now = described(tokenizer, ids)
    return {"pieces": now.pieces, "tokens": now.tokens, "ids": now.ids}


def _through_head(model: Any, trace: Any, place: int) -> np.ndarray:
    """Return [layer, vocabulary] probabilities if the head read each hidden state of one position (the logit lens).

    The model runs once more on all of them as a batch, with its body's output exchanged for them.
    """
    count = trace.n_hidden("source")
    states = np.stack([trace.hidden(layer)[place] for layer in range(count)])[:, None]
    read = torch.tensor(states, device=model.device)
    read[:-1] = _final_norm(model)(read[:-1])

    def exchange(module: Any, given: Any, output: Any) -> Any:
        output.last_hidden_state = read
        return output

    hook = model.base_model.register_forward_hook(exchange)
    try:
        with torch.inference_mode():
            logits = model(torch.tensor([[trace.ids[place]]], device=model.device)).logits
    finally:
        hook.remove()
    return sampling.softmax(logits[:, 0].float().cpu().numpy())


def _final_norm(model: Any) -> Any:
    """Return the norm between the last layer and the head (ModernBERT), or nothing to do (BERT)."""
    names = ("final_norm", "ln_f", "norm", "final_layer_norm")
    return next((getattr(model.base_model, name) for name in names if hasattr(model.base_model, name)), lambda x: x)
