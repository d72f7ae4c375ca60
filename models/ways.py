"""How a model's attention can be seen: through transformers' registry or its softmax. Found out once a model."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal
from weakref import WeakKeyDictionary

import torch

from models import capture
from models.errors import LecternError

Modules = tuple[torch.nn.Module, ...]
Pass = Callable[[], object]


@dataclass(frozen=True)
class Way:
    """How attention is seen, and the attention modules of each kind in call order (none for "softmax")."""

    by: Literal["registry", "softmax"]
    modules: Mapping[str, Modules]


_WAYS: WeakKeyDictionary[torch.nn.Module, Way] = WeakKeyDictionary()
_DECIDING = threading.Lock()


def way_of(model: Any, find: Callable[[], Way]) -> Way:
    """Return the way of a model, with its head or without; `find` is called for a model that is new."""
    body = model.base_model
    with _DECIDING:
        if body not in _WAYS:
            capture.register()
            set_attention(model, capture.NAME)
            _WAYS[body] = find()
        return _WAYS[body]


def known_way(model: Any) -> Way:
    """Return the way of a model that was traced before; of another one, that nothing is known."""
    return _WAYS.get(model.base_model, Way("softmax", {}))


def set_attention(model: Any, name: str) -> None:
    """Set a model's attention function; an architecture that cannot choose keeps its own."""
    if model.config._attn_implementation != name:
        try:
            model.set_attn_implementation(name)
        except ValueError:
            return


def of_one_stack(model: Any, run: Pass, batch: int) -> Way:
    """Find the way of an encoder or a decoder; `run` is a short forward pass of `batch` texts."""
    with capture.records() as found:
        run()
    lengths = {states.shape[2] for record in found for states in (record.query, record.key)}
    whole = all(len(record.query) == batch for record in found)  # Swin's batch is of windows
    trusted = explained(found) and len(lengths) == 1 and whole
    if trusted and len(found) >= _depth(model):
        return Way("registry", {"self": _modules(found)})
    set_attention(model, "eager")
    with capture.softmax_records(batch) as seen:
        run()
    if len({shares.shape[-1] for _, shares in seen}) != 1:
        raise LecternError(
            f"{type(model).__name__} has no attention between all pairs of positions, so there is nothing to show: "
            "choose another model."
        )
    if trusted and len(found) == len(seen):  # a hybrid: some of its layers are not attention
        set_attention(model, capture.NAME)
        return Way("registry", {"self": _modules(found)})
    return Way("softmax", {"self": ()})


def of_two_stacks(model: Any, in_encoder: list[capture.Record], in_decoder: list[capture.Record]) -> Way:
    """Return the way of an encoder-decoder by call order: a decoder layer looks at itself, then at the encoder."""
    kinds = by_kind(in_encoder, in_decoder)
    complete = in_encoder and in_decoder and len(kinds["decoder"]) == len(kinds["cross"])
    if not complete or not explained([*in_encoder, *in_decoder]):
        raise LecternError(
            f"{type(model).__name__} computes its attention by itself, and what it did cannot be shown: choose another."
        )
    return Way("registry", {kind: _modules(found) for kind, found in kinds.items()})


def by_kind(in_encoder: list[capture.Record], in_decoder: list[capture.Record]) -> dict[str, list[capture.Record]]:
    """Sort the records of an encoder-decoder into its three kinds of attention."""
    return {"encoder": in_encoder, "decoder": in_decoder[0::2], "cross": in_decoder[1::2]}


def explained(found: Sequence[capture.Record]) -> bool:
    """Return whether there are records, and they hold all that attention was computed from."""
    return bool(found) and not _twice(found) and all(map(capture.explains, found))


def _twice(found: Sequence[capture.Record]) -> bool:
    """Return whether a layer asks the same question twice, to combine the answers by itself (DiffLlama)."""
    return any(one.query is other.query for one, other in pairwise(found))


def _modules(found: Sequence[capture.Record]) -> Modules:
    return tuple(record.module for record in found)


def _depth(model: Any) -> int:
    """Return how many layers the config promises, 1 where it does not say."""
    config = model.config.get_text_config()
    names = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
    return next((getattr(config, name) for name in names if isinstance(getattr(config, name, None), int)), 1)
