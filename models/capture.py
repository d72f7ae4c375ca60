"""The one hook into transformers: an attention function that notes what it was given and then runs the fast kernel.

`register` puts it into transformers' registries under the name "lectern", with the eager mask function beside it
(without one the mask would silently be missing and a decoder would read ahead). Architectures that do not go through
the registry leave no record, and families with a term of their own are found by `explains`; for both `softmax_records`
watches the softmax instead.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.overrides import TorchFunctionMode

from models.trace import Layer, SoftmaxLayer

NAME = "lectern"


@dataclass(frozen=True)
class Record:
    """What one call of the attention function was given: references to tensors, nothing is copied."""

    module: torch.nn.Module
    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    mask: torch.Tensor | None
    scale: float
    bias: torch.Tensor | None
    softcap: float | None
    sink: torch.Tensor | None
    extras: Mapping[str, Any] = field(default_factory=dict)
    causal: bool = (
        False  # the mask hides what comes later and nothing else, which the fast kernel can do in half the time
    )


_RECORDS: ContextVar[list[Record] | None] = ContextVar("lectern_records", default=None)
Silent = Mapping[int, Sequence[int]]  # call of the attention function -> heads whose output is zeroed
_SILENT: ContextVar[Silent] = ContextVar("lectern_silent", default=MappingProxyType({}))


@cache
def register() -> None:
    """Make the attention function known to transformers as `attn_implementation="lectern"`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, eager_mask)


@contextmanager
def records(silent: Silent = MappingProxyType({})) -> Iterator[list[Record]]:
    """Collect the records of every attention call in this thread, in call order; `silent` switches heads off."""
    collected: list[Record] = []
    tokens = _RECORDS.set(collected), _SILENT.set(silent)
    try:
        yield collected
    finally:
        _RECORDS.reset(tokens[0])
        _SILENT.reset(tokens[1])


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    softcap: float | None = None,
    position_bias: torch.Tensor | None = None,
    s_aux: torch.Tensor | None = None,
    **extras: Any,
) -> tuple[torch.Tensor, None]:
    """Compute attention as transformers asks: [batch, head, position, width] in, [batch, position, head, width] out."""
    scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    collected = _RECORDS.get()
    causal = _known_causal(attention_mask, collected)
    record = Record(module, query, key, value, attention_mask, scale, position_bias, softcap, s_aux, extras, causal)
    output = _attended(record, dropout)
    if collected is not None:
        output[:, :, [head for head in _SILENT.get().get(len(collected), ()) if head < output.shape[2]]] = 0
        collected.append(record)
    return output, None


def _attended(record: Record, dropout: float) -> torch.Tensor:
    plain = record.softcap is None and record.sink is None
    output = _fast(record, dropout) if plain else _written_out(record, dropout)
    return output.transpose(1, 2).contiguous()


def _fast(record: Record, dropout: float) -> torch.Tensor:
    key, value = _repeated(record.key, record.query), _repeated(record.value, record.query)
    if record.causal and record.bias is None:
        return scaled_dot_product_attention(
            record.query, key, value, dropout_p=dropout, scale=record.scale, is_causal=True
        )
    return scaled_dot_product_attention(
        record.query, key, value, attn_mask=_added(record), dropout_p=dropout, scale=record.scale
    )


def _written_out(record: Record, dropout: float) -> torch.Tensor:
    """Attend with a soft-cap or a sink, which the fast kernel cannot express."""
    key, value = _repeated(record.key, record.query), _repeated(record.value, record.query)
    scores = record.query @ key.transpose(2, 3) * record.scale
    if record.softcap is not None:
        scores = torch.tanh(scores / record.softcap) * record.softcap
    added = _added(record)
    scores = scores if added is None else scores + added
    if record.sink is not None:
        sink = record.sink.reshape(1, -1, 1, 1).to(scores.dtype).expand(*scores.shape[:3], 1)
        scores = torch.cat([scores, sink], dim=-1)
    weights = scores.softmax(-1, dtype=torch.float32).to(value.dtype)[..., : key.shape[2]]
    return torch.nn.functional.dropout(weights, dropout, record.module.training) @ value


LONG = 512  # positions: of fewer, looking at the mask costs as much as it saves


def _known_causal(mask: torch.Tensor | None, before: Sequence[Record] | None) -> bool:
    """Return whether a long text's mask hides what comes later and nothing else; layers mostly share one mask."""
    if mask is None or mask.shape[-1] < LONG:
        return False
    if before and before[-1].mask is mask:
        return before[-1].causal
    return _is_causal(mask)


def _is_causal(mask: torch.Tensor) -> bool:
    if mask.dim() != 4 or mask.shape[0] != 1 or mask.shape[1] != 1 or mask.shape[2] != mask.shape[3]:
        return False
    own = mask[0, 0]
    seen = own if own.dtype == torch.bool else own == 0
    if not torch.equal(seen, torch.ones_like(seen).tril_()):
        return False
    return own.dtype == torch.bool or bool((seen | (own <= torch.finfo(own.dtype).min / 2)).all())


def _repeated(states: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    groups = query.shape[1] // states.shape[1]
    return states if groups == 1 else states.repeat_interleave(groups, dim=1)


def _added(record: Record) -> torch.Tensor | None:
    """Return what is added to the scaled scores: mask and position bias."""
    mask = _float_mask(record)
    if mask is None or record.bias is None:
        return record.bias if mask is None else mask
    return mask + record.bias


def _float_mask(record: Record) -> torch.Tensor | None:
    mask = record.mask
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=record.query.dtype).masked_fill(~mask, torch.finfo(record.query.dtype).min)


ENOUGH = 24  # positions to compare: a term that this file does not know shows at once


def explains(record: Record) -> bool:
    """Return whether the record holds all that the family's own attention function uses, to within rounding.

    Some families add a term that only their module knows (a gate, a sink): their numbers must not be told from q and k.
    """
    own = getattr(sys.modules[type(record.module).__module__], "eager_attention_forward", None)
    if own is None:
        return True
    few = _first_positions(record)
    extras = {"softcap": few.softcap, "position_bias": few.bias, "s_aux": few.sink}
    told = {name: value for name, value in extras.items() if value is not None}
    try:
        output = own(
            few.module, few.query, few.key, few.value, _float_mask(few), scaling=few.scale, dropout=0.0,
            **told, **few.extras,
        )[0]  # fmt: skip
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return False
    return bool(torch.allclose(output, _attended(few, 0.0), rtol=1e-3, atol=1e-4 * float(few.value.abs().max())))


def _first_positions(record: Record) -> Record:
    def cut(added: torch.Tensor | None) -> torch.Tensor | None:
        return None if added is None else added[..., :ENOUGH, :ENOUGH]

    query, key, value = (states[:, :, :ENOUGH] for states in (record.query, record.key, record.value))
    mask, bias = cut(record.mask), cut(record.bias)
    return replace(record, query=query, key=key, value=value, mask=mask, bias=bias)


def layers(found: Sequence[Record], batch: int = 0) -> tuple[Layer, ...]:
    """Return the numbers of one text of a batch as frozen layers; layers that share a mask share its array."""
    parts: Parts = {}
    return tuple(_layer(record, batch, parts) for record in found)


Parts = dict[tuple[int, int], tuple[np.ndarray | None, np.ndarray | None]]


def _layer(record: Record, batch: int, parts: Parts) -> Layer:
    source = (id(record.mask), id(record.bias))
    if source not in parts:
        parts[source] = _hidden_and_bias(record, batch, parts)
    hidden, bias = parts[source]
    return Layer(
        query=array(record.query[batch]),
        key=array(record.key[batch]),
        value=array(record.value[batch]),
        scale=record.scale,
        hidden=hidden,
        bias=bias,
        softcap=record.softcap,
        sink=None if record.sink is None else array(record.sink.reshape(-1)),
    )


def _hidden_and_bias(record: Record, batch: int, parts: Parts) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return what is hidden and what finite numbers are added; what layers have in common is made once."""
    mask, bias = (id(record.mask), 0), (0, id(record.bias))
    if mask not in parts:
        parts[mask] = _split(record.mask, batch)
    if bias not in parts:
        own = None if record.bias is None else array(record.bias[min(batch, len(record.bias) - 1)])
        parts[bias] = None, own
    hidden, finite = parts[mask]
    added = parts[bias][1]
    return hidden, finite if added is None else added if finite is None else added + finite


def _split(mask: torch.Tensor | None, batch: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return a mask as what it hides, and as finite numbers that it adds (ALiBi), each None where there are none."""
    if mask is None:
        return None, None
    own = mask[min(batch, len(mask) - 1)]
    if own.dtype == torch.bool:
        return _or_none(~own.cpu().numpy()), None
    hidden = (own <= torch.finfo(own.dtype).min / 2).cpu().numpy()
    return _or_none(hidden), _or_none(np.where(hidden, np.float32(0), array(own)))


def _or_none(values: np.ndarray) -> np.ndarray | None:
    return values if values.any() else None


def array(tensor: torch.Tensor) -> np.ndarray:
    """Return a tensor as a float32 array that cannot be written to; on the CPU in float32 nothing is copied."""
    numbers = tensor.detach().to("cpu", torch.float32).numpy()
    numbers.setflags(write=False)
    return numbers


Shares = tuple[torch.Tensor, torch.Tensor]  # what went into a softmax and what came out, [batch, head, query, key]


class _SoftmaxWatch(TorchFunctionMode):
    """Notes input and output of every softmax between positions, [batch, head, ...] or (XGLM) [batch * head, ...]."""

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.batch = batch
        self.seen: list[Shares] = []
        self.last: torch.Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in SOFTMAXES:
            scores = args[0] if args else (kwargs or {})["input"]
            if self._is_attention(result.shape) and not self._is_repeated(scores):
                self.last = scores
                shape = (self.batch, -1, *result.shape[-2:])
                self.seen.append((scores.reshape(shape), result.reshape(shape)))
        return result

    def _is_repeated(self, scores: torch.Tensor) -> bool:
        """Return whether these are the scores that came just before: a layer that computes its weights twice."""
        return self.last is not None and torch.equal(self.last, scores)

    def _is_attention(self, shape: torch.Size) -> bool:
        if len(shape) not in (3, 4) or shape[-1] != shape[-2]:
            return False
        return shape[0] == self.batch if len(shape) == 4 else shape[0] % self.batch == 0


SOFTMAXES = (torch.nn.functional.softmax, torch.softmax, torch.Tensor.softmax)


@contextmanager
def softmax_records(batch: int) -> Iterator[list[Shares]]:
    """Collect input and output of every attention softmax in this thread, for models that bypass the registry."""
    with _SoftmaxWatch(batch) as watch:
        yield watch.seen


def softmax_layers(seen: Sequence[Shares], batch: int = 0) -> tuple[SoftmaxLayer, ...]:
    """Return one text's masked scores and weights; scores at the dtype's minimum become minus infinity."""
    return tuple(
        SoftmaxLayer(_hidden_as_infinity(scores[batch], shares[batch]), array(shares[batch])) for scores, shares in seen
    )


def _hidden_as_infinity(scores: torch.Tensor, shares: torch.Tensor) -> np.ndarray:
    low = (scores <= torch.finfo(scores.dtype).min / 2).cpu().numpy()
    # Older families hide with a large finite number such as -10,000 instead of the smallest there is.
    faint = (scores <= -5e3).cpu().numpy() & (array(shares) == 0)
    return np.where(low | faint, np.float32(-np.inf), array(scores))
