"""Token ids or pixels -> Trace: one forward pass of a model that is in memory, with everything its attention did."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch

from models import capture, projection
from models.asks import Off
from models.errors import LecternError
from models.trace import NO_TOKENS, Detail, Layer, ModelInfo, SoftmaxLayer, Tokens, Trace
from models.ways import Way, by_kind, known_way, of_one_stack, of_two_stacks, way_of


@dataclass(frozen=True)
class Wish:
    """What a trace shall hold besides attention: hidden states, logits, and one layer's projections.

    off: heads whose output is zeroed before W_O, each as (kind of attention, layer, head).
    """

    hidden: bool = True
    logits: bool = True
    detail: int | None = None
    off: Off = ()


EVERYTHING = Wish()
NOTHING = Wish(hidden=False, logits=False)

Inputs = dict[str, Any]
Seen = Mapping[str, dict[str, projection.Seen]]  # kind -> role of a linear map -> what it read and gave
Layers = dict[str, tuple[Layer, ...]]
Ids = Sequence[Sequence[int]] | torch.Tensor


def trace_ids(
    model: Any,
    input_ids: Ids,
    *,
    attention_mask: Ids | None = None,
    segments: Ids | None = None,
    tokens: Tokens = NO_TOKENS,
    info: ModelInfo | None = None,
    wish: Wish = EVERYTHING,
    batch: int = 0,
) -> Trace:
    """Return what an encoder or a decoder did with token ids [batch, position], for one text of the batch."""
    inputs = _on(model, input_ids=input_ids, attention_mask=attention_mask, token_type_ids=segments)
    trace = trace_inputs(model, inputs, info=info, wish=wish, batch=batch)
    _require_tokens(trace, inputs["input_ids"].shape[1])
    return replace(trace, source=tokens, embeddings=_static(model, inputs["input_ids"], batch) if wish.hidden else None)


def _require_tokens(trace: Trace, count: int) -> None:
    """Refuse a model in which attention is not between the tokens of the text."""
    found = {layer.positions for layer in trace.layers["self"]}
    if found != {(count, count)}:
        raise LecternError(
            f"{trace.model.name} looks at positions that are no tokens of the text (the text has {count}), and those"
            " could not be named: choose another model."
        )


def trace_inputs(
    model: Any, inputs: Inputs, *, info: ModelInfo | None = None, wish: Wish = EVERYTHING, batch: int = 0
) -> Trace:
    """Return what a model with one stack of layers did with one text or picture; positions have no names yet."""
    body = model if wish.logits else model.base_model
    size = _size(inputs)
    few = {name: value[:, : capture.ENOUGH] if value.dim() == 2 else value for name, value in inputs.items()}
    with torch.inference_mode():
        way = way_of(body, lambda: of_one_stack(body, lambda: _pass(body, few, NOTHING), size))
        seen = _watched if way.by == "softmax" else _noted
        output, layers, details = seen(body, inputs, wish, batch, way)
    return Trace(
        model=info or info_of(model),
        text="",
        pair=None,
        source=NO_TOKENS,
        target=NO_TOKENS,
        layers={"self": layers},
        hidden_states={"source": _states(output.hidden_states, batch)} if wish.hidden else {},
        logits=_logits(output, batch) if wish.logits else None,
        details=details,
    )


def _noted(
    model: Any, inputs: Inputs, wish: Wish, batch: int, way: Way
) -> tuple[Any, tuple[Layer, ...], dict[str, Detail | str]]:
    """Run a model that asks the registry."""
    with _watching(model, way, ("self",), wish.detail) as seen, capture.records(_silent(wish, "self")) as found:
        output = _pass(model, inputs, wish)
    layers: Layers = {"self": capture.layers(found, batch)}
    return output, layers["self"], _details(layers, seen, wish, batch)


def _watched(
    model: Any, inputs: Inputs, wish: Wish, batch: int, way: Way
) -> tuple[Any, tuple[SoftmaxLayer, ...], dict[str, Detail | str]]:
    """Run a model that computes attention by itself."""
    if wish.off:
        raise LecternError("This architecture computes attention by itself, so its heads cannot be switched off.")
    with capture.softmax_records(_size(inputs)) as seen:
        output = _pass(model, inputs, wish)
    return output, capture.softmax_layers(seen, batch), {"self": SoftmaxLayer.why_not}


def trace_pair_ids(
    model: Any,
    source: Ids,
    target: Ids,
    *,
    attention_mask: Ids | None = None,
    source_tokens: Tokens = NO_TOKENS,
    target_tokens: Tokens = NO_TOKENS,
    info: ModelInfo | None = None,
    wish: Wish = EVERYTHING,
    batch: int = 0,
) -> Trace:
    """Return what an encoder-decoder did with source ids and with the ids that its decoder was given to read."""
    reading = _on(model, input_ids=source, attention_mask=attention_mask)
    writing = _on(model, decoder_input_ids=target, attention_mask=attention_mask)
    encoder = model.get_encoder()
    with torch.inference_mode():
        encoded, output, layers, details = _translated(model, encoder, reading, writing, wish, batch)
        embeddings = _static(model, reading["input_ids"], batch) if wish.hidden else None
    states = {"source": encoded.hidden_states, "target": output.get("decoder_hidden_states")}
    return Trace(
        model=info or info_of(model),
        text="",
        pair=None,
        source=source_tokens,
        target=target_tokens,
        layers=layers,
        hidden_states={side: _states(found, batch) for side, found in states.items()} if wish.hidden else {},
        embeddings=embeddings,
        logits=_logits(output, batch) if wish.logits else None,
        details=details,
    )


def _translated(
    model: Any, encoder: Any, reading: Inputs, writing: Inputs, wish: Wish, batch: int
) -> tuple[Any, Any, Layers, dict[str, Detail | str]]:
    way = way_of(model, lambda: _way_of_two(model, encoder, reading, writing))
    silent = _silent(wish, "encoder")
    with _watching(encoder, way, ("encoder",), wish.detail) as seen, capture.records(silent) as in_encoder:
        encoded = _pass(encoder, reading, wish)
    silent = _silent(wish, "decoder", "cross")
    with _watching(model, way, ("decoder", "cross"), wish.detail) as more, capture.records(silent) as in_decoder:
        output = _pass(model, writing | {"encoder_outputs": encoded}, wish)
    found = by_kind(in_encoder, in_decoder)
    layers: Layers = {kind: capture.layers(records, batch) for kind, records in found.items()}
    return encoded, output, layers, _details(layers, {**seen, **more}, wish, batch)


def _silent(wish: Wish, *kinds: str) -> dict[int, list[int]]:
    """Return which heads are silent in which call; a decoder layer calls once for each of its two kinds, in order.

    A kind that is not named means cross-attention, and a model with one kind has only that. Heads that are not there
    are passed over.
    """
    silent: dict[int, list[int]] = {}
    for asked, layer, head in wish.off:
        kind = "self" if kinds == ("self",) else "cross" if asked == "auto" else asked
        if kind in kinds:
            silent.setdefault(layer * len(kinds) + kinds.index(kind), []).append(head)
    return silent


def _way_of_two(model: Any, encoder: Any, reading: Inputs, writing: Inputs) -> Way:
    with capture.records() as in_encoder:
        encoded = _pass(encoder, reading, NOTHING)
    with capture.records() as in_decoder:
        _pass(model, writing | {"encoder_outputs": encoded}, NOTHING)
    return of_two_stacks(model, in_encoder, in_decoder)


def _on(model: Any, **given: Ids | None) -> Inputs:
    """Return what is given as tensors on the model's device."""
    return {name: torch.as_tensor(value, device=model.device) for name, value in given.items() if value is not None}


def _size(inputs: Inputs) -> int:
    """Return how many texts or pictures the batch has."""
    return len(next(iter(inputs.values())))


def _pass(model: Any, inputs: Inputs, wish: Wish) -> Any:
    without_cache = {"use_cache": False} if getattr(model.config, "use_cache", None) is not None else {}
    return model(**inputs, output_hidden_states=wish.hidden, **without_cache)


@contextmanager
def _watching(model: Any, way: Way, kinds: tuple[str, ...], layer: int | None) -> Iterator[Seen]:
    """Note what the linear maps of one layer of each kind read and gave; of none where no layer is asked for."""
    with ExitStack() as stack:
        watched = () if layer is None else kinds
        maps = [projection.watch_linear(model, way.modules[kind], layer or 0) for kind in watched]
        yield {kind: stack.enter_context(found) for kind, found in zip(watched, maps, strict=True)}


def _details(layers: Layers, seen: Seen, wish: Wish, batch: int) -> dict[str, Detail | str]:
    return {
        kind: projection.detail(layers[kind], wish.detail or 0, maps, batch, _silent_heads(layers, wish, kind))
        for kind, maps in seen.items()
    }


def _silent_heads(layers: Layers, wish: Wish, kind: str) -> list[int]:
    """Return which heads are silent in the layer whose projections are asked for."""
    return _silent(wish, kind).get(min(wish.detail or 0, len(layers[kind]) - 1), [])


def _static(model: Any, ids: torch.Tensor, batch: int) -> Any:
    return capture.array(model.get_input_embeddings().weight[ids[batch]])


def _states(states: Sequence[torch.Tensor] | None, batch: int) -> tuple:
    return tuple(capture.array(state[batch]) for state in states or ())


def _logits(output: Any, batch: int) -> Any:
    logits = output.get("logits")
    return None if logits is None or logits.dim() != 3 else capture.array(logits[batch])


def info_of(model: Any) -> ModelInfo:
    """Return what a model that did not come from the loader is."""
    config = model.config
    decoder = getattr(config, "is_decoder", False) or type(model).__name__.endswith(("CausalLM", "LMHeadModel"))
    kind = "encoder-decoder" if getattr(config, "is_encoder_decoder", False) else "decoder" if decoder else "encoder"
    name = config.name_or_path or type(model).__name__
    size = sum(parameter.numel() for parameter in model.parameters())
    return ModelInfo(name, name, config.model_type, kind, None, size, getattr(config, "hidden_size", 0))  # type: ignore[arg-type]


def attention_module(model: Any, kind: str, layer: int) -> torch.nn.Module | None:
    """Return the attention module that a layer of this kind runs; None where it was not seen."""
    modules = known_way(model).modules.get(kind, ())
    return modules[layer] if layer < len(modules) else None
