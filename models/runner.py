"""Text -> Trace: one forward pass of any model, with everything its attention did."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch

from models import capture, projection
from models.catalogue import resolve_public
from models.errors import LecternError
from models.loader import Loaded, load
from models.lru import ByteBudget
from models.reading import MOST_TOKENS, Read, described, read
from models.trace import NO_TOKENS, Detail, Layer, ModelInfo, SoftmaxLayer, Tokens, Trace

TRACE_BUDGET = 512 * 2**20
MOST_NEW_TOKENS = 64

# One forward pass at a time: two at once would only take the cores from each other.
GATE = threading.Lock()


@dataclass(frozen=True)
class Wish:
    """What a trace shall hold besides attention: hidden states, logits, and one layer's projections."""

    hidden: bool = True
    logits: bool = True
    detail: int | None = None


def run(
    source: str,
    text: str,
    pair: str | None = None,
    *,
    target: str | None = None,
    detail: int | None = None,
    hidden: bool = True,
    logits: bool = True,
) -> Trace:
    """Return what a model did with a text, or with a pair of texts.

    - source: a catalogue key, a Hub id, or a folder.
    - target: for an encoder-decoder, what its decoder is made to read; without it the decoder writes greedily.
    - detail: a layer whose projections the trace shall hold; beyond the last one means the last.

    Raises `LecternError` with a sentence for an empty text, a model that cannot be had, or one without attention.
    """
    loaded = load(source)
    wish = Wish(hidden, logits, detail)
    with GATE, torch.inference_mode():
        try:
            return _traced(loaded, text, pair, target, wish)
        except torch.cuda.OutOfMemoryError:
            told = f"The GPU has too little memory for this text, so {loaded.info.name} ran on the CPU."
            loaded.model.to("cpu")
            trace = _traced(loaded, text, pair, target, wish)
            loaded.model.to(loaded.device)
            return _with_notice(trace, told)


def run_public(source: str, text: str, pair: str | None = None, **options: Any) -> Trace:
    """Return the same as `run` for somebody on the page: no folders, and traces are kept for the next request."""
    key = (resolve_public(source), text, pair, *sorted(options.items()))

    def make() -> tuple[Trace, int]:
        trace = run(key[0], text, pair, **options)
        return trace, trace.nbytes

    return _traces().load(key, make)


@cache
def _traces() -> ByteBudget:
    return ByteBudget(TRACE_BUDGET)


def _traced(loaded: Loaded, text: str, pair: str | None, target: str | None, wish: Wish) -> Trace:
    if loaded.info.kind == "vision":
        raise LecternError(f"{loaded.info.name} reads pictures, not text: choose a model of text.")
    if loaded.tokenizer is None:
        raise LecternError(f"{loaded.info.name} comes without a tokenizer, so it cannot read a text.")
    told = read(loaded.tokenizer, text, pair, longest(loaded), loaded.info.name)
    if loaded.info.kind == "encoder-decoder":
        trace = _translated(loaded, told, target, wish)
    else:
        trace = trace_ids(loaded.model, [told.ids], tokens=told.tokens, segments=told.segments, info=loaded.info, wish=wish)
    return _completed(trace, text, pair, (*loaded.notices, *told.notices))


def longest(loaded: Loaded) -> int:
    """Return how many tokens the model reads: what its positions and its tokenizer allow, and 4,096 at most."""
    config = loaded.model.config
    offset = getattr(config, "pad_token_id", 0) or 0 if config.model_type in OFFSET_POSITIONS else -1
    places = [getattr(config, name, None) for name in ("max_position_embeddings", "n_positions", "max_sequence_length")]
    known = [place - offset - 1 for place in places if isinstance(place, int) and place > 0]
    return min([MOST_TOKENS, *known, max(8, min(loaded.tokenizer.model_max_length, MOST_TOKENS))])


# These families number their positions after the padding id (fairseq), so that some of the table is never used.
OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "longformer", "mpnet", "data2vec-text", "roberta-prelayernorm")


def trace_ids(
    model: Any,
    input_ids: Sequence[Sequence[int]] | torch.Tensor,
    *,
    attention_mask: torch.Tensor | None = None,
    segments: list[int] | None = None,
    tokens: Tokens = NO_TOKENS,
    info: ModelInfo | None = None,
    wish: Wish | None = None,
    batch: int = 0,
) -> Trace:
    """Return what an encoder or a decoder did with token ids [batch, position], for one text of the batch."""
    wish = wish or Wish()
    inputs = {"input_ids": torch.as_tensor(input_ids, device=model.device)}
    if attention_mask is not None:
        inputs["attention_mask"] = attention_mask
    if segments is not None:
        inputs["token_type_ids"] = torch.as_tensor([segments], device=model.device)
    return _traced_inputs(model, inputs, tokens, info or info_of(model), wish, batch)


def _traced_inputs(model: Any, inputs: dict[str, Any], tokens: Tokens, info: ModelInfo, wish: Wish, batch: int) -> Trace:
    output, found = _forward(model, inputs, wish)
    layers: tuple[Layer | SoftmaxLayer, ...]
    details: dict[str, Detail | str] = {}
    if len(found) >= _depth(model) > 0:
        layers = full = capture.layers(found, batch)
        if wish.detail is not None:
            details["self"] = _detail(model, inputs, found, full, wish.detail, batch)
    else:
        layers = _by_softmax(model, inputs, batch)
        details["self"] = SoftmaxLayer.why_not
    ids = inputs.get("input_ids")
    return Trace(
        model=info,
        text="",
        pair=None,
        source=tokens,
        target=NO_TOKENS,
        layers={"self": layers},
        hidden_states={"source": _states(output.hidden_states, batch)} if wish.hidden else {},
        embeddings=capture.array(model.get_input_embeddings()(ids)[batch]) if wish.hidden and ids is not None else None,
        logits=_logits(output, batch) if wish.logits else None,
        details=details,
    )


def _forward(model: Any, inputs: dict[str, Any], wish: Wish, **more: Any) -> tuple[Any, list[capture.Record]]:
    with capture.records() as found:
        output = model(**inputs, **more, output_hidden_states=wish.hidden, **_without_cache(model))
    return output, found


def _without_cache(model: Any) -> dict[str, bool]:
    return {"use_cache": False} if getattr(model.config, "use_cache", None) is not None else {}


def _depth(model: Any) -> int:
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    names = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
    return next((getattr(config, name) for name in names if isinstance(getattr(config, name, None), int)), 1)


def _by_softmax(model: Any, inputs: dict[str, Any], batch: int) -> tuple[SoftmaxLayer, ...]:
    """Return masked scores and weights of an architecture that bypasses the registry, from its softmax."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        with capture.softmax_records() as seen:
            model(**inputs, **_without_cache(model))
    finally:
        model.set_attn_implementation(before)
    size = inputs["input_ids"].shape[1]
    square = [pair for pair in seen if pair[1].shape[-1] == size]
    if len(square) < _depth(model) or not square:
        raise LecternError(
            f"{type(model).__name__} has no attention between all pairs of tokens that could be shown: choose another model."
        )
    return capture.softmax_layers(square, batch)


def _detail(
    model: Any, inputs: dict[str, Any], found: list[capture.Record], layers: Sequence[Layer], layer: int, batch: int, **more: Any
) -> Detail | str:
    """Return one layer's projections: a second pass watches the linear maps of that layer only."""
    layer = min(layer, len(layers) - 1)
    with projection.watch_linear(model, found[layer].module) as seen:
        model(**inputs, **more, **_without_cache(model))
    return projection.detail(layer, found[layer], seen, layers[layer], batch)


def _states(states: Sequence[torch.Tensor] | None, batch: int) -> tuple:
    return tuple(capture.array(state[batch]) for state in states or ())


def _logits(output: Any, batch: int) -> Any:
    logits = getattr(output, "logits", None)
    return None if logits is None or logits.dim() != 3 else capture.array(logits[batch])


def _translated(loaded: Loaded, told: Read, target: str | None, wish: Wish) -> Trace:
    source = torch.tensor([told.ids], device=loaded.model.device)
    written = _greedy(loaded.model, source) if target is None else _forced(loaded, target)
    tokens = described(loaded.tokenizer, written)
    return trace_pair_ids(loaded.model, source, torch.tensor([written], device=source.device), told.tokens, tokens, loaded.info, wish)


def _greedy(model: Any, source: torch.Tensor) -> list[int]:
    """Return what the decoder reads when it writes greedily: the start token and what it wrote, without the end."""
    most = min(MOST_NEW_TOKENS, getattr(model.config, "max_position_embeddings", None) or MOST_NEW_TOKENS) - 1
    written = model.generate(source, max_new_tokens=most, num_beams=1, do_sample=False)[0].tolist()
    end = model.generation_config.eos_token_id
    ends = end if isinstance(end, list) else [end]
    return written[:-1] if len(written) > 1 and written[-1] in ends else written


def _forced(loaded: Loaded, target: str) -> list[int]:
    """Return what the decoder reads when it is made to write a target: the start token and the target."""
    if not target.strip():
        raise LecternError("The target is empty: type at least one word, or leave it out.")
    ids = loaded.tokenizer(text_target=target, truncation=True, max_length=longest(loaded), verbose=False)["input_ids"]
    end, start = loaded.tokenizer.eos_token_id, loaded.model.config.decoder_start_token_id
    body = ids[:-1] if ids and ids[-1] == end else ids
    return [start, *(body[1:] if body and body[0] == start else body)]


def trace_pair_ids(
    model: Any,
    source: torch.Tensor,
    target: torch.Tensor,
    source_tokens: Tokens = NO_TOKENS,
    target_tokens: Tokens = NO_TOKENS,
    info: ModelInfo | None = None,
    wish: Wish | None = None,
    attention_mask: torch.Tensor | None = None,
    batch: int = 0,
) -> Trace:
    """Return what an encoder-decoder did with source ids and with the ids that its decoder was given to read."""
    wish = wish or Wish()
    masked = {} if attention_mask is None else {"attention_mask": attention_mask}
    encoder = model.get_encoder()
    reading = {"input_ids": source, **masked}
    encoded, in_encoder = _forward(encoder, reading, wish)
    writing = {"encoder_outputs": encoded, "decoder_input_ids": target, **masked}
    output, in_decoder = _forward(model, writing, wish)
    found = {"encoder": in_encoder, "decoder": in_decoder[0::2], "cross": in_decoder[1::2]}
    if not in_encoder or len(found["decoder"]) != len(found["cross"]) or not found["cross"]:
        raise LecternError(f"{type(model).__name__} computes its attention by itself, and what it did cannot be shown.")
    layers = {kind: capture.layers(records, batch) for kind, records in found.items()}
    details: dict[str, Detail | str] = {}
    if wish.detail is not None:
        details["encoder"] = _detail(encoder, reading, found["encoder"], layers["encoder"], wish.detail, batch)
        for kind in ("decoder", "cross"):
            details[kind] = _detail(model, writing, found[kind], layers[kind], wish.detail, batch)
    states = {"source": _states(encoded.hidden_states, batch), "target": _states(getattr(output, "decoder_hidden_states", None), batch)}
    return Trace(
        model=info or info_of(model),
        text="",
        pair=None,
        source=source_tokens,
        target=target_tokens,
        layers=layers,
        hidden_states=states if wish.hidden else {},
        embeddings=capture.array(model.get_input_embeddings()(source)[batch]) if wish.hidden else None,
        logits=_logits(output, batch) if wish.logits else None,
        details=details,
    )


def info_of(model: Any) -> ModelInfo:
    """Return what a model that did not come from the loader is."""
    config = model.config
    decoder = getattr(config, "is_decoder", False) or type(model).__name__.endswith(("CausalLM", "LMHeadModel"))
    kind = "encoder-decoder" if getattr(config, "is_encoder_decoder", False) else "decoder" if decoder else "encoder"
    name = config.name_or_path or type(model).__name__
    size = sum(parameter.numel() for parameter in model.parameters())
    return ModelInfo(name, name, config.model_type, kind, None, size, getattr(config, "hidden_size", 0))  # type: ignore[arg-type]


def _completed(trace: Trace, text: str, pair: str | None, notices: tuple[str, ...]) -> Trace:
    return replace(trace, text=text, pair=pair, notices=notices)


def _with_notice(trace: Trace, told: str) -> Trace:
    return _completed(trace, trace.text, trace.pair, (*trace.notices, told))
