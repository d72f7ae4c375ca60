"""How a layer makes queries, keys and values: found among the linear maps of its attention module, and verified.

Families name and pack these maps differently. A guess is accepted only if x @ w + b gives the values that the attention
function received, and the weighted values through W_O give the block's output.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch

from models.capture import array
from models.trace import Detail, Layer, Projection

NAMES = {
    "q": ("query", "q_proj", "q_lin", "q", "q_attn", "query_proj", "q_proj_linear"),
    "k": ("key", "k_proj", "k_lin", "k", "key_proj"),
    "v": ("value", "v_proj", "v_lin", "v", "value_proj"),
    "qkv": ("c_attn", "Wqkv", "qkv_proj", "query_key_value", "qkv", "in_proj"),
    "o": ("o_proj", "out_proj", "out_lin", "o", "c_proj", "Wo", "dense", "attn_out", "wo"),
}
TOLERANCE = 1e-3
UNKNOWN = (
    "The projections of this architecture could not be told apart, so its queries, keys and values are shown as they"
    " are."
)
SCALED = (
    "Between the projection and the score, this family multiplies the query by {factor:.4g}: Q is shown as it met K."
)
ROTATED = (
    "Between the projection and the score, this family changes queries and keys by their position (rotary embedding) "
    "or by a norm: Q and K are shown as they met."
)


@dataclass
class Seen:
    """A linear map during a forward pass: what it read and what it gave."""

    module: torch.nn.Module
    read: torch.Tensor
    gave: torch.Tensor


@dataclass(frozen=True)
class Map:
    """A linear map as numbers: x [position, in] @ w [in, out] + b [out]."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray | None

    def columns(self, chosen: np.ndarray) -> "Map":
        """Return the map to some of its outputs only."""
        return Map(self.x, self.w[:, chosen], None if self.b is None else self.b[chosen])

    def result(self) -> np.ndarray:
        """Return x @ w + b."""
        product = self.x @ self.w
        return product if self.b is None else product + self.b


@contextmanager
def watch_linear(model: torch.nn.Module, modules: Sequence[torch.nn.Module], layer: int) -> Iterator[dict[str, Seen]]:
    """Note what the linear maps of a layer's attention module, and of what joins its heads, read and gave.

    `modules` are the attention modules in call order; a layer beyond the last one means the last.
    """
    layer = min(layer, len(modules) - 1)
    turn = modules[:layer].count(modules[layer])  # ALBERT calls one module for all layers
    seen: dict[str, Seen] = {}
    found = _linear_maps(model, modules[layer])
    hooks = [module.register_forward_hook(_note(seen, name, turn)) for name, module in found.items()]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _note(seen: dict[str, Seen], name: str, turn: int) -> Callable[..., None]:
    calls = count()

    def hook(module: torch.nn.Module, read: tuple, gave: torch.Tensor) -> None:
        if next(calls) == turn:
            seen[name] = Seen(module, read[0], gave)

    return hook


def _linear_maps(model: torch.nn.Module, attention: torch.nn.Module) -> dict[str, torch.nn.Module]:
    """Return the maps by role: those inside the attention module, and the output map, which BERT keeps beside it."""
    path = next(name for name, module in model.named_modules() if module is attention)
    parent = model.get_submodule(path.rpartition(".")[0])
    beside = getattr(parent, "output", None)
    places = [attention, *([beside] if isinstance(beside, torch.nn.Module) else []), parent]
    maps: dict[str, torch.nn.Module] = {}
    for role, names in NAMES.items():
        for place in places[:1] if role != "o" else places:
            child = next((getattr(place, name) for name in names if is_linear(getattr(place, name, None))), None)
            if child is not None and child not in maps.values():
                maps[role] = child
                break
    return maps


def is_linear(module: object) -> bool:
    """Return whether a module is a map x @ w + b, under whatever name a family has for it."""
    weight = getattr(module, "weight", None)
    return isinstance(module, torch.nn.Module) and isinstance(weight, torch.Tensor) and weight.dim() == 2


def detail(
    layers: Sequence[Layer], layer: int, seen: dict[str, Seen], batch: int = 0, silent: Sequence[int] = ()
) -> Detail | str:
    """Return the projections of every head of a layer, or a sentence that says why they cannot be shown.

    silent: heads that were switched off, and give nothing to the block's output.
    """
    if "o" not in seen:
        return UNKNOWN
    layer = min(layer, len(layers) - 1)
    numbers = layers[layer]
    out = _map(seen["o"], batch)
    for maps in _candidates(seen, numbers, batch):
        heads = _heads(maps, out, numbers)
        if heads is not None and _joins(heads, out, numbers, silent):
            return Detail(layer, heads, array(seen["o"].gave[batch]))
    return UNKNOWN


def _map(seen: Seen, batch: int) -> Map:
    weight, bias = array(seen.module.weight), getattr(seen.module, "bias", None)  # type: ignore[arg-type]
    transposed = type(seen.module).__name__ != "Conv1D"
    x = array(seen.read[batch] if seen.read.dim() == 3 else seen.read)
    return Map(x, weight.T if transposed else weight, None if bias is None else array(bias))


def _candidates(seen: dict[str, Seen], numbers: Layer, batch: int) -> Iterator[dict[str, Map]]:
    """Yield the ways in which the maps may hold queries, keys and values."""
    if {"q", "k", "v"} <= seen.keys():
        yield {name: _map(seen[name], batch) for name in "qkv"}
    packed = next((seen[name] for name in ("qkv", "k") if name in seen), None)
    if packed is None:
        return
    whole = _map(packed, batch)
    heads, groups = len(numbers.query), len(numbers.key)
    width, value_width = numbers.query.shape[2], numbers.value.shape[2]
    sizes = [heads * width, groups * width, groups * value_width]
    if "q" in seen and whole.w.shape[1] == sum(sizes[1:]):  # GPT-2's cross-attention packs keys and values only
        k, v = np.split(np.arange(sum(sizes[1:])), [sizes[1]])
        yield {"q": _map(seen["q"], batch), "k": whole.columns(k), "v": whole.columns(v)}
    if whole.w.shape[1] != sum(sizes):
        return
    one_after_another = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:2])
    yield {name: whole.columns(part) for name, part in zip("qkv", one_after_another, strict=True)}
    if heads == groups and width == value_width:
        by_head = np.arange(sum(sizes)).reshape(heads, 3, width)
        yield {name: whole.columns(by_head[:, i].reshape(-1)) for i, name in enumerate("qkv")}


def _heads(maps: dict[str, Map], out: Map, numbers: Layer) -> tuple[Projection, ...] | None:
    width, value_width = numbers.query.shape[2], numbers.value.shape[2]
    projections = []
    for head in range(numbers.heads):
        group = numbers.group(head)
        try:
            q = maps["q"].columns(_block(head, width))
            k = maps["k"].columns(_block(group, width))
            v = maps["v"].columns(_block(group, value_width))
            w_o = out.w[_block(head, value_width)]
        except IndexError:
            return None
        if not _equal(v.result(), numbers.value[group]):
            return None
        note = _difference(q.result(), k.result(), numbers.query[head], numbers.key[group])
        projections.append(
            Projection(q.x, v.x, q.w, k.w, v.w, w_o, q.b, k.b, v.b, out.b, rotated=note is not None, note=note)
        )
    return tuple(projections)


def _difference(q: np.ndarray, k: np.ndarray, query: np.ndarray, key: np.ndarray) -> str | None:
    """Return what comes between x @ w + b and the queries and keys that met, or None where they are the same."""
    if not _equal(k, key):
        return ROTATED
    if _equal(q, query):
        return None
    factor = float(np.vdot(q, query) / max(np.vdot(q, q), 1e-30))
    return SCALED.format(factor=factor) if _equal(q * np.float32(factor), query) else ROTATED


def _joins(heads: Sequence[Projection], out: Map, numbers: Layer, silent: Sequence[int]) -> bool:
    """Return whether sum over heads of (weights @ value) @ W_O + b_O is what the block gave."""
    loud = [i for i in range(len(heads)) if i not in silent]
    mixed = [numbers.weights(i) @ numbers.value[numbers.group(i)] @ heads[i].w_o for i in loud]
    joined = np.sum(mixed, axis=0) + (0 if out.b is None else out.b)
    return joined.shape == out.result().shape and _equal(joined, out.result())


def _block(place: int, width: int) -> np.ndarray:
    return np.arange(place * width, (place + 1) * width)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(
        np.abs(one - other).max(initial=0) <= TOLERANCE * max(1.0, np.abs(other).max(initial=0))
    )
