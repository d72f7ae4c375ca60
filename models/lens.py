"""What each layer would predict if the model's own final norm and head read it: the logit lens (nostalgebraist 2020).

And what a prediction becomes when heads are switched off.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from models import sampling
from models.asks import Lens, Lensed, SwitchedOff, SwitchOff
from models.candidates import likeliest, names
from models.errors import LecternError
from models.forward import Wish
from models.loader import Loaded
from models.runner import traced
from models.trace import Tokens, Trace

AT_ONCE = 64  # positions: logits over a vocabulary are large
MOST_POSITIONS = 128
MOST_COMPARED = 512
RANKS = 5


def lens(loaded: Loaded, ask: Lens) -> Lensed:
    """Return the likeliest tokens of every layer at every position, the last MOST_POSITIONS of a long text."""
    head = Head(loaded)
    trace = traced(loaded, ask.text, ask.pair, ask.target, Wish(hidden=True, logits=False, off=ask.off))
    states = head.states(trace)
    first = max(0, states.shape[1] - MOST_POSITIONS)
    told = [head.likeliest(layer[first:], RANKS) for layer in states]
    tokens = trace.target if head.writes else trace.source
    cut = (f"Only the last {MOST_POSITIONS} of {states.shape[1]:,} positions are read by the head.",) if first else ()
    return Lensed(
        model=loaded.info,
        notices=(*trace.notices, *cut),
        tokens=_from(tokens, first),
        first=first,
        ids=np.stack([ids for ids, _ in told]),
        shares=np.stack([shares for _, shares in told]),
        names=tuple(tuple(names(loaded.tokenizer, row) for row in ids.tolist()) for ids, _ in told),
        vocabulary=head.vocabulary,
        normed=head.norm is not None,
        next_token=loaded.info.kind != "encoder",
    )


def switch_off(loaded: Loaded, ask: SwitchOff) -> SwitchedOff:
    """Return how prediction and layers change when the outputs of some heads are zeroed before W_O."""
    head = Head(loaded)
    passes = [
        traced(loaded, ask.text, ask.pair, None, Wish(hidden=True, logits=False, off=off)) for off in ((), ask.off)
    ]
    before, after = (head.states(trace) for trace in passes)
    first = max(0, before.shape[1] - MOST_COMPARED)
    divergence = head.divergence(before[-1, first:], after[-1, first:])
    tokens = passes[0].target if head.writes else passes[0].source
    at = _followed(loaded, tokens, divergence, first)
    shares = np.stack([sampling.softmax(head.logits(states[-1, at : at + 1])[0]) for states in (before, after)])
    told = likeliest(loaded.tokenizer, shares)
    union = list(dict.fromkeys([*told.ids[0][:RANKS].tolist(), *told.ids[1][:RANKS].tolist()]))
    return SwitchedOff(
        model=loaded.info,
        notices=(),
        tokens=tokens,
        at=at,
        names=names(loaded.tokenizer, union),
        before=shares[0, union],
        after=shares[1, union],
        divergence=divergence,
        first=first,
        moved=_moved(passes[0], passes[1], "target" if head.writes else "source"),
    )


def _followed(loaded: Loaded, tokens: Tokens, divergence: np.ndarray, first: int) -> int:
    """Return the position to follow: the gap, else of a model that writes the last, else where most changes."""
    mask = loaded.tokenizer.mask_token_id
    if loaded.info.kind == "encoder":
        return tokens.ids.index(mask) if mask in tokens.ids else first + int(divergence.argmax())
    return len(tokens.ids) - 1


def _moved(before: Trace, after: Trace, side: str) -> np.ndarray:
    """Return for each hidden state how far it moved, as a share of its length, averaged over positions."""
    shares = []
    for layer in range(before.n_hidden(side)):
        one, other = before.hidden(layer, side), after.hidden(layer, side)
        lengths = np.linalg.norm(one, axis=1)
        shares.append((np.linalg.norm(other - one, axis=1) / np.where(lengths == 0, 1, lengths)).mean())
    return np.array(shares, np.float32)


def _from(tokens: Tokens, first: int) -> Tokens:
    parts = {name: values[first:] for name, values in vars(tokens).items()}
    return replace(tokens, **parts)


class Head:
    """A model's own final norm and head, as a function of hidden states."""

    def __init__(self, loaded: Loaded) -> None:
        self.model = loaded.model
        self.writes = loaded.info.kind == "encoder-decoder"
        if loaded.model.get_output_embeddings() is None or loaded.tokenizer is None:
            raise LecternError(f"{loaded.info.name} has no trained head that predicts tokens: choose another model.")
        decoder = loaded.model.get_decoder() if self.writes or loaded.info.kind == "decoder" else None
        bodies = [decoder] if self.writes else [loaded.model.base_model, decoder]  # OPT's head asks its inner decoder
        self.bodies = list(dict.fromkeys(body for body in bodies if isinstance(body, torch.nn.Module)))
        self.norm = final_norm(self.bodies[0])
        self.vocabulary = 0

    def states(self, trace: Trace) -> np.ndarray:
        """Return [layer, position, width] hidden states as the head would read them: after the final norm."""
        side = "target" if self.writes else "source"
        states = np.stack([trace.hidden(layer, side) for layer in range(trace.n_hidden(side))])
        if self.norm is None:
            return states
        with torch.inference_mode():
            normed = [_numbers(self.norm(self._tensor(layer))) for layer in states[:-1]]
        return np.stack([*normed, states[-1]])

    def logits(self, states: np.ndarray) -> np.ndarray:
        """Return [position, vocabulary] logits of hidden states that were normed; each stands for itself."""
        read = self._tensor(states)[:, None]
        ids = torch.ones((len(read), 1), dtype=torch.long, device=self.model.device)

        def exchange(module: Any, given: Any, output: Any) -> Any:
            output.last_hidden_state = read
            return output

        inputs = {"encoder_outputs": (read,), "decoder_input_ids": ids} if self.writes else {"input_ids": ids}
        with ExitStack() as hooks, torch.inference_mode():
            for body in self.bodies:
                hooks.callback(body.register_forward_hook(exchange).remove)
            logits = self.model(**inputs).logits[:, 0]
        self.vocabulary = logits.shape[1]
        return _numbers(logits)

    def likeliest(self, states: np.ndarray, ranks: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ids and probabilities [position, rank] of the likeliest tokens, best first."""
        found = []
        for logits in self._chunks(states):
            best = torch.from_numpy(logits).softmax(-1).topk(min(ranks, logits.shape[1]), dim=-1)
            found.append((best.indices.numpy(), best.values.numpy()))
        ids, shares = (np.concatenate([part[i] for part in found]) for i in (0, 1))
        return ids, shares

    def divergence(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return at each position how far the prediction moved: Σ p log₂(p / q), in bits."""
        found = []
        for one, other in zip(self._chunks(before), self._chunks(after), strict=True):
            p, q = (torch.from_numpy(logits).double().log_softmax(-1) for logits in (one, other))
            found.append(((p.exp() * (p - q)).sum(-1) / np.log(2)).clamp(min=0).numpy())
        return np.concatenate(found)

    def _chunks(self, states: np.ndarray) -> Iterator[np.ndarray]:
        for start in range(0, len(states), AT_ONCE):
            yield self.logits(states[start : start + AT_ONCE])

    def _tensor(self, states: np.ndarray) -> torch.Tensor:
        return torch.tensor(states, device=self.model.device, dtype=self.model.dtype)


def final_norm(body: torch.nn.Module) -> torch.nn.Module | None:
    """Return the norm between the last layer and the head; None where the last layer itself ends in one (BERT).

    It is the one norm that stands outside all layers and embeddings. The last hidden state is already behind it.
    """
    for path, module in body.named_modules():
        parts = path.split(".")
        outside = not any(part.isdigit() or "emb" in part or part == "pooler" for part in parts)
        if outside and (parts[-1] == "ln_f" or "norm" in type(module).__name__.lower()):
            return module
    return None


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()
