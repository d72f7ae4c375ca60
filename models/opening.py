"""One layer from inside: what each part adds to the residual stream, told from what its norms and linear maps did.

Families name their parts differently. What is told is accepted only if following it gives the layer's own output.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import torch

from models.asks import Open, Opened, Stage
from models.capture import array
from models.errors import LecternError
from models.feeding import Linear, feed_forward, norm_of
from models.forward import Wish
from models.loader import Loaded
from models.projection import is_linear
from models.runner import traced
from models.ways import known_way

MOST_LETTERS = 400
TOLERANCE = 1e-4
NOTHING = Wish(hidden=False, logits=False)
UNKNOWN = (
    "What happens inside a layer of {name} could not be told apart: choose BERT, GPT-2, Llama, T5, Marian or another "
    "model of their kind."
)
PARTS = {1: ("attention",), 2: ("attention", "feed-forward"), 3: ("attention", "cross-attention", "feed-forward")}


@dataclass
class Call:
    """One call of a layer: what it read, the norms and linear maps at work in it, in order, and what it gave."""

    read: np.ndarray
    gave: np.ndarray
    events: list[Linear] = field(default_factory=list)


@dataclass
class Told:
    """A layer as it was followed: its stages so far, where the stream is, and the events of each part."""

    stages: list[Stage]
    style: str
    stream: int = 0
    waiting: list[Linear] = field(default_factory=list)
    parts: list[list[Linear]] = field(default_factory=list)

    @property
    def now(self) -> np.ndarray:
        """The residual stream."""
        return self.stages[self.stream].values

    def put(self, stage: Stage) -> int:
        """Add a stage and return its place."""
        self.stages.append(stage)
        return len(self.stages) - 1


def open_layer(loaded: Loaded, ask: Open) -> Opened:
    """Return the parts of one layer, and the lengths of the vectors in every layer."""
    text = ask.text[:MOST_LETTERS]
    kinds = traced(loaded, text, None, None, NOTHING).kinds
    kind = "self" if "self" in kinds else "decoder" if ask.side == "decoder" else "encoder"
    modules = known_way(loaded.model).modules.get(kind, ())
    with _watching(loaded.model, modules) as calls:
        trace = traced(loaded, text, None, None, NOTHING)
    told = [follow(call) for call in calls[-len(modules) :]] if modules else []
    known = [one for one in told if one is not None]
    if not known or len(known) < len(told) or len({len(one.stages) for one in known}) > 1:
        raise LecternError(UNKNOWN.format(name=loaded.info.name))
    layer = min(ask.layer, len(known) - 1)
    cut = (f"Only the first {MOST_LETTERS} letters are read here.",) if text != ask.text else ()
    return Opened(
        model=trace.model,
        notices=(*trace.notices, *cut),
        tokens=trace.target if kind == "decoder" else trace.source,
        layer=layer,
        style=known[layer].style,
        stages=tuple(known[layer].stages),
        lengths=np.array([[np.linalg.norm(s.values, axis=1) for s in one.stages] for one in known]),
        feed_forward=feed_forward(known[layer].parts[-1]),
    )


@contextmanager
def _watching(model: Any, modules: Sequence[torch.nn.Module]) -> Iterator[list[Call]]:
    """Note every call of the layers that hold these attention modules."""
    calls: list[Call] = []
    owners = list(dict.fromkeys(_owner(model, module) for module in modules))
    with ExitStack() as hooks:
        for owner in owners:
            hooks.callback(owner.register_forward_pre_hook(_start(calls), with_kwargs=True).remove)
            hooks.callback(owner.register_forward_hook(_end(calls)).remove)
            for part in (part for part in owner.modules() if is_linear(part) or "Norm" in type(part).__name__):
                hooks.callback(part.register_forward_hook(_event(calls)).remove)
        yield calls


def _owner(model: Any, module: torch.nn.Module) -> torch.nn.Module:
    """Return the layer that an attention module is in: the first numbered part of its path."""
    path = next(name for name, part in model.named_modules() if part is module).split(".")
    first = next((place for place, name in enumerate(path) if name.isdigit()), len(path) - 1)
    return model.get_submodule(".".join(path[: first + 1]))


def _start(calls: list[Call]) -> Any:
    def hook(module: Any, given: tuple, named: dict) -> None:
        read = _first(given[0] if given else named["hidden_states"])
        calls.append(Call(read, read))

    return hook


def _end(calls: list[Call]) -> Any:
    def hook(module: Any, given: tuple, gave: Any) -> None:
        calls[-1].gave = _first(gave[0] if isinstance(gave, tuple) else gave)

    return hook


def _event(calls: list[Call]) -> Any:
    def hook(module: Any, given: tuple, gave: torch.Tensor) -> None:
        calls[-1].events.append(Linear(module, _first(given[0]), _first(gave)))

    return hook


def _first(states: torch.Tensor) -> np.ndarray:
    """Return the states of the first text, or all positions where a map got them without the texts apart."""
    return array(states[0] if states.dim() >= 3 else states)


def follow(call: Call) -> Told | None:
    """Return the layer as a norm after each addition, or before each part; None where neither gives its output."""
    tries = (_walked(call, style) for style in ("post", "pre"))
    return next((told for told in tries if told is not None), None)


def _walked(call: Call, style: str) -> Told | None:
    told = Told([Stage("in", call.read)], style)
    for event in call.events:
        if is_linear(event.module):
            told.waiting.append(event)
        elif event.gave.shape == call.read.shape:
            _normed(told, event)
    _last(told, call.gave)
    return _named(told) if _equal(told.now, call.gave) else None


def _normed(told: Told, event: Linear) -> None:
    """A norm reads the stream, the stream with a part added, or a part alone (which it then stands for)."""
    if _equal(event.read, told.now):
        told.put(Stage("norm", event.gave, (told.stream,), norm_of(event)))
        return
    for place, part in reversed(list(enumerate(told.waiting))):
        if part.gave.shape != told.now.shape:
            continue
        if _equal(event.read, told.now + part.gave):
            _add(told, [place], event.read)
            place_of_norm = told.put(Stage("norm", event.gave, (told.stream,), norm_of(event)))
            told.stream = place_of_norm if told.style == "post" else told.stream
            return
        if _equal(event.read, part.gave):
            told.waiting[place] = Linear(part.module, part.read, event.gave)
            return


def _add(told: Told, places: Sequence[int], total: np.ndarray) -> None:
    """Put parts and the sum of them and the stream; what was at work until then made the last part."""
    given = [told.put(Stage("part", told.waiting[place].gave)) for place in places]
    told.parts += [told.waiting[: place + 1] for place in places]
    told.stream = told.put(Stage("add", total, (told.stream, *given)))
    told.waiting = told.waiting[max(places) + 1 :]


def _last(told: Told, gave: np.ndarray) -> None:
    """A pre-norm layer ends with an addition; where both parts read the same stream, with that of two."""
    if _equal(told.now, gave):
        return
    fitting = [place for place, part in enumerate(told.waiting) if part.gave.shape == gave.shape]
    for count in (1, 2):
        for places in combinations(reversed(fitting), count):
            if _equal(told.now + sum(told.waiting[place].gave for place in places), gave):
                _add(told, sorted(places), gave)
                told.style = "parallel" if count == 2 else told.style
                return


def _named(told: Told) -> Told | None:
    names = PARTS.get(len(told.parts))
    if names is None:
        return None
    fresh = iter(names)
    named = [s if s.what != "part" else Stage(next(fresh), s.values, s.reads, s.norm) for s in told.stages]
    told.stages = named
    return told


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    return bool(np.abs(one - other).max(initial=0) <= TOLERANCE * max(1e-3, float(np.abs(other).max(initial=0))))
