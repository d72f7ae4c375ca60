"""What a model writes, token by token: chosen by transformers' own generate(), then read again for every probability.

The second reading is one forward pass over all that was written, so greedy, beams and draws are generate()'s, and every
step has its probabilities over the whole vocabulary and its attention.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from models import sampling
from models.asks import Beam, Decode, Force, Written
from models.candidates import likeliest, names
from models.errors import LecternError
from models.forward import Wish, trace_ids, trace_pair_ids
from models.loader import Loaded
from models.reading import Read, described, read
from models.runner import MOST_NEW_TOKENS, forced, longest
from models.trace import NO_TOKENS, Trace

READING = Wish(hidden=False, logits=True)


@dataclass(frozen=True)
class Chosen:
    """Token ids that a decoder starts from and those that follow; the first `given` of these were not chosen."""

    start: list[int]
    written: list[int]
    given: int
    beams: tuple[Beam, ...] = ()


def decode(loaded: Loaded, ask: Decode) -> Written:
    """Return what the model writes: greedily, with beams, or drawn with a seed."""
    _need_writer(loaded)
    told = _told(loaded, ask.text)
    room = longest(loaded) - (1 if _has_two(loaded) else len(told.ids))
    if room < 1:
        raise LecternError(f"This text fills all that {loaded.info.name} reads, so it cannot be continued: shorten it.")
    prefix = _known(loaded, ask.prefix)[:room]
    chosen = _generated(loaded, told, ask, prefix, min(ask.most, MOST_NEW_TOKENS, room - len(prefix)))
    return _read_again(loaded, told, chosen)


def force(loaded: Loaded, ask: Force) -> Written:
    """Return how likely each token of a given text is when all tokens before it are the given ones."""
    _need_writer(loaded)
    told = _told(loaded, ask.text)
    if not _has_two(loaded):
        return _read_again(loaded, told, Chosen(told.ids[:1], told.ids[1:], len(told.ids) - 1))
    target, notices = forced(loaded, ask.target or "")
    written = [*target[1:], loaded.tokenizer.eos_token_id]
    answer = _read_again(loaded, told, Chosen(target[:1], written, len(written)))
    return replace(answer, notices=(*answer.notices, *notices))


def _told(loaded: Loaded, text: str) -> Read:
    told = read(loaded.tokenizer, text, None, longest(loaded), loaded.info.name)
    if _has_two(loaded) or len(told.ids) < 2 or told.ids[-1] not in _ends(loaded):
        return told
    ids = told.ids[:-1]  # a text that has ended is not continued
    return replace(told, ids=ids, tokens=described(loaded.tokenizer, ids))


def _need_writer(loaded: Loaded) -> None:
    if loaded.info.kind not in ("decoder", "encoder-decoder") or not loaded.model.can_generate():
        raise LecternError(
            f"{loaded.info.name} does not write: choose a decoder such as gpt-tiny or an encoder-decoder such as en-fr."
        )


def _has_two(loaded: Loaded) -> bool:
    return loaded.info.kind == "encoder-decoder"


def _ends(loaded: Loaded) -> list[int]:
    end = loaded.model.generation_config.eos_token_id
    return end if isinstance(end, list) else [] if end is None else [end]


def _known(loaded: Loaded, prefix: tuple[int, ...]) -> list[int]:
    """Return the prefix up to the first end token; raises a sentence for an id that the vocabulary does not have."""
    size = loaded.model.get_input_embeddings().weight.shape[0]
    strange = [token for token in prefix if not 0 <= token < size]
    if strange:
        raise LecternError(f"{loaded.info.name} has tokens 0 to {size - 1}, and {strange[0]} is none of them.")
    stops = [place for place, token in enumerate(prefix) if token in _ends(loaded)]
    return list(prefix[: stops[0] + 1] if stops else prefix)


def _generated(loaded: Loaded, told: Read, ask: Decode, prefix: list[int], most: int) -> Chosen:
    two = _has_two(loaded)
    start = [loaded.model.config.decoder_start_token_id] if two else told.ids
    if most < 1 or (prefix and prefix[-1] in _ends(loaded)):
        return Chosen(start, prefix, len(prefix))
    device = loaded.model.device
    before = torch.tensor([[*start, *prefix]], device=device)
    inputs = {"decoder_input_ids": before, "input_ids": torch.tensor([told.ids], device=device)}
    output = _generate(loaded, inputs if two else {"input_ids": before}, ask, most)
    rows = [_until_end(row[len(start) :], len(prefix), _ends(loaded)) for row in output.sequences.tolist()]
    return Chosen(start, rows[0], len(prefix), _beams(loaded, rows, output) if ask.beams > 1 else ())


def _generate(loaded: Loaded, inputs: dict[str, torch.Tensor], ask: Decode, most: int) -> Any:
    """Call generate(); what is drawn depends on the seed alone, and nobody else's draws on it."""
    how = {"do_sample": False} if ask.seed is None else _drawing(ask)
    several = {"num_beams": ask.beams, "num_return_sequences": ask.beams}
    device = loaded.model.device
    with torch.inference_mode(), torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(ask.seed or 0)
        return loaded.model.generate(
            **inputs,
            attention_mask=torch.ones_like(inputs["input_ids"]),
            max_new_tokens=most,
            **several,
            **how,
            return_dict_in_generate=True,
            output_scores=True,
        )


def _drawing(ask: Decode) -> dict[str, Any]:
    return {"do_sample": True, "temperature": ask.temperature, "top_k": ask.top_k, "top_p": ask.top_p}


def _until_end(ids: list[int], given: int, ends: list[int]) -> list[int]:
    """Return a row of the batch without what pads it after its end."""
    stops = [place for place, token in enumerate(ids) if token in ends and place >= given]
    return ids[: stops[0] + 1] if stops else ids


def _beams(loaded: Loaded, rows: list[list[int]], output: Any) -> tuple[Beam, ...]:
    penalty = loaded.model.generation_config.length_penalty
    penalty = 1.0 if penalty is None else penalty
    scores = output.sequences_scores.tolist()
    return tuple(
        Beam(tuple(row), names(loaded.tokenizer, row), score * len(row) ** penalty, score)
        for row, score in zip(rows, scores, strict=True)
    )


def _read_again(loaded: Loaded, told: Read, chosen: Chosen) -> Written:
    """Return all that was written with the probabilities of every step, from one pass over it."""
    ended = bool(chosen.written) and chosen.written[-1] in _ends(loaded)
    ids = [*chosen.start, *(chosen.written[:-1] if ended else chosen.written)]
    trace = _traced(loaded, told, ids)
    if trace.logits is None:
        raise LecternError(f"{loaded.info.name} has no head that predicts tokens: choose another model.")
    logits = trace.logits[len(chosen.start) - 1 :]
    shares = sampling.softmax(logits)
    ids_written = np.array(chosen.written, int)
    return Written(
        model=loaded.info,
        notices=(*loaded.notices, *told.notices),
        source=told.tokens,
        start=described(loaded.tokenizer, chosen.start),
        written=described(loaded.tokenizer, chosen.written) if chosen.written else NO_TOKENS,
        given=chosen.given,
        ended=ended,
        likeliest=likeliest(loaded.tokenizer, shares),
        share=shares[np.arange(len(ids_written)), ids_written],
        entropy=sampling.entropy(shares),
        logits=logits[-1],
        trace=replace(trace, logits=None),
        beams=chosen.beams,
    )


def _traced(loaded: Loaded, told: Read, ids: list[int]) -> Trace:
    tokens = described(loaded.tokenizer, ids)
    if not _has_two(loaded):
        return trace_ids(loaded.model, [ids], tokens=tokens, info=loaded.info, wish=READING)
    return trace_pair_ids(
        loaded.model,
        [told.ids],
        [ids],
        source_tokens=told.tokens,
        target_tokens=tokens,
        info=loaded.info,
        wish=READING,
    )
