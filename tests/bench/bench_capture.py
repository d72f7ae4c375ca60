"""What noting attention costs: a forward pass with capture against the plain one, at the size of BERT-base.

Weights are random, the kinds of pass take turns, and medians are compared: the aim is a ratio of at most 1.1. One
thread and its processor time are measured, so that other programs on the machine do not count.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from transformers import BertConfig, BertModel

from models.capture import NAME
from models.forward import Wish, trace_ids

AIM = 1.1
ROUNDS = {128: 11, 512: 9}


@dataclass(frozen=True)
class Cost:
    """Medians over the rounds, in seconds of processor time."""

    tokens: int
    plain: float
    eager: float
    traced: float

    @property
    def ratio(self) -> float:
        """How many plain passes a traced one costs."""
        return self.traced / self.plain


def costs() -> Iterator[Cost]:
    """Yield the cost at each length; every round runs each kind of pass once."""
    torch.manual_seed(0)
    models = {name: BertModel(BertConfig(), add_pooling_layer=False).eval() for name in ("sdpa", "eager", NAME)}
    for name in ("sdpa", "eager"):
        models[name].set_attn_implementation(name)
    for tokens, rounds in ROUNDS.items():
        ids = torch.randint(1000, 20_000, (1, tokens))
        passes = {
            "plain": lambda ids=ids: _plain(models["sdpa"], ids),
            "eager": lambda ids=ids: _plain(models["eager"], ids, output_attentions=True),
            "traced": lambda ids=ids: trace_ids(models[NAME], ids, wish=Wish(logits=False)),
        }
        yield Cost(tokens, **_medians(passes, rounds))


def _plain(model: BertModel, ids: torch.Tensor, **more: bool) -> None:
    with torch.inference_mode():
        model(ids, output_hidden_states=True, **more)


def _medians(passes: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    for one in passes.values():
        one()
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for _ in range(rounds):
        for name, one in passes.items():
            start = time.process_time()
            one()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def report() -> Iterator[str]:
    """Yield a line for each length."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for cost in costs():
        said = "within" if cost.ratio <= AIM else "OVER"
        yield (
            f"capture, BERT-base size, {cost.tokens} tokens: plain {cost.plain * 1e3:.0f} ms, "
            f"traced {cost.traced * 1e3:.0f} ms, eager with attentions {cost.eager * 1e3:.0f} ms; "
            f"ratio {cost.ratio:.3f} ({said} the aim of {AIM})"
        )
    torch.set_num_threads(threads)


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report())
