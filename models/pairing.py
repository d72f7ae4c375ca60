"""Two texts read as one: does the second follow the first, and where in the second is the answer to the first?"""

from typing import Any

import torch

from models.asks import Follow, Followed, Point, Pointed
from models.capture import array
from models.errors import LecternError
from models.loader import Loaded
from models.reading import Read, plain, read
from models.runner import longest, reads_segments


def follow(loaded: Loaded, ask: Follow) -> Followed:
    """Return BERT's two logits: 0 for "the second sentence follows", 1 for "it comes from elsewhere"."""
    told = read(loaded.tokenizer, ask.first, _needed(ask.second, "second sentence"), longest(loaded), loaded.info.name)
    with torch.inference_mode():
        output = loaded.model(**_inputs(loaded, told), output_hidden_states=True)
        pooled = loaded.model.base_model.pooler(output.hidden_states[-1])
    return Followed(
        model=loaded.info,
        notices=(*loaded.notices, *told.notices),
        tokens=told.tokens,
        logits=array(output.logits[0]),
        pooled=array(pooled[0]),
    )


def point(loaded: Loaded, ask: Point) -> Pointed:
    """Return the logits of start and end of the answer, position by position."""
    if not loaded.tokenizer.is_fast:
        raise LecternError(f"{loaded.info.name} has a tokenizer that does not tell which letters a token is.")
    question, context = plain(_needed(ask.question, "question")), plain(_needed(ask.context, "context"))
    told = read(loaded.tokenizer, question, context, longest(loaded), loaded.info.name)
    # The question stays whole and the end of the context is lost, as these models were trained.
    cut = {"truncation": "only_second", "max_length": longest(loaded)}
    found = loaded.tokenizer(question, context, return_offsets_mapping=True, verbose=False, **cut)
    if found["input_ids"] != told.ids:
        raise LecternError("The question is longer than the context: shorten the question.")
    with torch.inference_mode():
        output = loaded.model(**_inputs(loaded, told))
    inside = tuple(place for place, part in enumerate(found.sequence_ids()) if part == 1)
    return Pointed(
        model=loaded.info,
        notices=(*loaded.notices, *told.notices),
        tokens=told.tokens,
        context=inside,
        spans=tuple((int(a), int(b)) for a, b in (found["offset_mapping"][place] for place in inside)),
        start=array(output.start_logits[0]),
        end=array(output.end_logits[0]),
    )


def _needed(text: str, what: str) -> str:
    if not text.strip():
        raise LecternError(f"The {what} is empty: type at least one word.")
    return text


def _inputs(loaded: Loaded, told: Read) -> dict[str, Any]:
    inputs = {"input_ids": torch.tensor([told.ids], device=loaded.model.device)}
    if told.segments is not None and reads_segments(loaded):
        inputs["token_type_ids"] = torch.tensor([told.segments], device=loaded.model.device)
    return inputs
