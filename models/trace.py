"""A Trace: what one forward pass did with one text. Frozen; numpy only.

Queries, keys and values are kept; scores and weights are computed when somebody looks. Rows are queries, columns are
keys; layers, heads and positions count from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from models.errors import LecternError

Stage = Literal["raw", "scaled", "masked"]
Matrix = Float[np.ndarray, "query key"]
Vectors = Float[np.ndarray, "position width"]
ALL = slice(None)
MANY = 256  # keys: with fewer it is not worth the while to leave out those that are hidden


@dataclass(frozen=True)
class ModelInfo:
    """What a model is: catalogue key or id, name, family (its `model_type`), kind, and size."""

    key: str
    name: str
    family: str
    kind: Literal["encoder", "decoder", "encoder-decoder", "vision"]
    revision: str | None
    n_parameters: int
    width: int


@dataclass(frozen=True)
class Tokens:
    """One text as the model read it, position by position.

    - pieces: as the vocabulary has them; tokens: readable, without the marks for spaces and bytes.
    - special: added by the tokenizer; segments: 0 or 1 in a pair; words: which word a piece belongs to, None for none.
    """

    pieces: tuple[str, ...]
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    special: tuple[bool, ...]
    segments: tuple[int, ...]
    words: tuple[int | None, ...]


NO_TOKENS = Tokens((), (), (), (), (), ())


@dataclass(frozen=True)
class Layer:
    """One attention layer as the interface of transformers saw it. A group of heads may share a key and a value.

    - hidden: True where the mask let a query not look, for all heads or for each; None where nothing was hidden.
    - bias: what was added to the scaled scores before the mask (T5's and ALiBi's positions).
    - softcap: c in c * tanh(score / c) (Gemma 2); sink: one more score in each row's softmax (gpt-oss).
    """

    query: Float[np.ndarray, "head query width"]
    key: Float[np.ndarray, "group key width"]
    value: Float[np.ndarray, "group key value_width"]
    scale: float
    hidden: Bool[np.ndarray, "masks query key"] | None = None
    bias: Float[np.ndarray, "biases query key"] | None = None
    softcap: float | None = None
    sink: Float[np.ndarray, "head"] | None = None

    stages = ("raw", "scaled", "masked", "weights")
    why_not = None

    @property
    def heads(self) -> int:
        """How many heads ask."""
        return len(self.query)

    @property
    def positions(self) -> tuple[int, int]:
        """How many queries and keys there are."""
        return self.query.shape[1], self.key.shape[1]

    def group(self, head: int) -> int:
        """Return which key and value a head reads: heads share them in order (grouped-query attention)."""
        return head * len(self.key) // self.heads

    def scores(self, head: int, stage: Stage, rows: slice = ALL, keys: slice = ALL) -> Matrix:
        """Return the head's scores: raw q·k, scaled, or masked with everything that comes before softmax."""
        raw = self.query[head][rows] @ self.key[self.group(head)][keys].T
        if stage == "raw":
            return raw
        raw *= np.float32(self.scale)
        return raw if stage == "scaled" else self._masked(raw, head, (rows, keys))

    def _masked(self, scaled: Matrix, head: int, part: tuple[slice, slice]) -> Matrix:
        if self.softcap is not None:
            scaled = np.float32(self.softcap) * np.tanh(scaled / np.float32(self.softcap))
        if self.bias is not None:
            scaled += _of_head(self.bias, head)[part]
        if self.hidden is not None:
            scaled[_of_head(self.hidden, head)[part]] = -np.inf
        return scaled

    def weights(self, head: int, rows: slice = ALL) -> Matrix:
        """Return the head's weights; rows add up to 1, or to less where a sink takes a share."""
        seen = self.seen_weights(head, rows)
        missing = self.positions[1] - seen.shape[1]
        return np.pad(seen, ((0, 0), (0, missing))) if missing else seen

    def seen_weights(self, head: int, rows: slice = ALL) -> Matrix:
        """Return the same without the last keys, where none of these queries may look at them."""
        sink = None if self.sink is None else float(self.sink[head])
        return _softmax(self.scores(head, "masked", rows, slice(self._reach(head, rows))), sink)

    def _reach(self, head: int, rows: slice) -> int:
        """Return how many keys there are up to the last one that any of these queries may look at."""
        keys = self.positions[1]
        if self.hidden is None or keys < MANY:
            return keys
        visible = np.logical_not(_of_head(self.hidden, head)[rows])
        if not visible.any(axis=1).all():
            return keys
        return keys - int(visible.any(axis=0)[::-1].argmax())

    def mask(self) -> Matrix:
        """Return the mask as the reader sees it: 0 or minus infinity."""
        if self.hidden is None:
            return np.zeros(self.positions, np.float32)
        return np.where(self.hidden[0], np.float32(-np.inf), np.float32(0))


@dataclass(frozen=True)
class SoftmaxLayer:
    """One attention layer of a model that bypasses the interface: only what went into softmax and what came out."""

    masked: Float[np.ndarray, "head query key"]
    shares: Float[np.ndarray, "head query key"]

    stages = ("masked", "weights")
    why_not = (
        "This architecture computes attention by itself: masked scores and weights are shown as it computed them; "
        "queries, keys and the steps before the mask are not available."
    )
    bias = softcap = sink = None

    @property
    def heads(self) -> int:
        """How many heads there are."""
        return len(self.shares)

    @property
    def positions(self) -> tuple[int, int]:
        """How many queries and keys there are."""
        return self.shares.shape[1], self.shares.shape[2]

    def scores(self, head: int, stage: Stage, rows: slice = ALL) -> Matrix:
        """Return the masked scores; raises a sentence for any stage before them."""
        if stage != "masked":
            raise LecternError(self.why_not)
        return self.masked[head][rows]

    def weights(self, head: int, rows: slice = ALL) -> Matrix:
        """Return the head's weights."""
        return self.shares[head][rows]

    seen_weights = weights

    def mask(self) -> Matrix:
        """Return 0 or minus infinity, told from the scores."""
        return np.where(np.isneginf(self.masked[0]), np.float32(-np.inf), np.float32(0))


@dataclass(frozen=True)
class Projection:
    """How one head makes its queries, keys and values: x @ w + b, with w of shape [in, width].

    `rotated` says that position or a norm comes between the projection and the query that is used; `note` says which.
    """

    x: Float[np.ndarray, "query in"]
    x_key: Float[np.ndarray, "key in_key"]
    w_q: Float[np.ndarray, "in width"]
    w_k: Float[np.ndarray, "in_key width"]
    w_v: Float[np.ndarray, "in_key value_width"]
    w_o: Float[np.ndarray, "value_width out"]
    b_q: Float[np.ndarray, "width"] | None
    b_k: Float[np.ndarray, "width"] | None
    b_v: Float[np.ndarray, "value_width"] | None
    b_o: Float[np.ndarray, "out"] | None
    rotated: bool
    note: str | None


@dataclass(frozen=True)
class Detail:
    """The projections of one attention layer, one for each head, and the block's output after W_O."""

    layer: int
    heads: tuple[Projection, ...]
    output: Float[np.ndarray, "query out"]


@dataclass(frozen=True, eq=False)
class Trace:
    """What one forward pass did. See the methods; nothing in here changes, and no two traces are equal."""

    model: ModelInfo
    text: str
    pair: str | None
    source: Tokens
    target: Tokens
    layers: Mapping[str, tuple[Layer | SoftmaxLayer, ...]]
    hidden_states: Mapping[str, tuple[Float[np.ndarray, "_ _"], ...]] = field(default_factory=dict)
    embeddings: Float[np.ndarray, "_ embedding"] | None = None
    logits: Float[np.ndarray, "_ vocabulary"] | None = None
    details: Mapping[str, Detail | str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def tokens(self) -> list[str]:
        """The readable tokens of the text, special ones included."""
        return list(self.source.tokens)

    @property
    def target_tokens(self) -> list[str]:
        """The readable tokens that the decoder read (encoder-decoder only)."""
        return list(self.target.tokens)

    @property
    def pieces(self) -> list[str]:
        """The tokens as the vocabulary has them."""
        return list(self.source.pieces)

    @property
    def ids(self) -> list[int]:
        """The token ids."""
        return list(self.source.ids)

    @property
    def special(self) -> list[bool]:
        """Which positions the tokenizer added."""
        return list(self.source.special)

    @property
    def segments(self) -> list[int]:
        """0 for the first sentence, 1 for the second."""
        return list(self.source.segments)

    @property
    def words(self) -> list[int | None]:
        """Which word each position belongs to."""
        return list(self.source.words)

    @property
    def target_special(self) -> list[bool]:
        """Which target positions the tokenizer added."""
        return list(self.target.special)

    @property
    def target_words(self) -> list[int | None]:
        """Which word each target position belongs to."""
        return list(self.target.words)

    @property
    def target_pieces(self) -> list[str]:
        """The target tokens as the vocabulary has them."""
        return list(self.target.pieces)

    @property
    def target_ids(self) -> list[int]:
        """The target token ids."""
        return list(self.target.ids)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of attention: "self", or "encoder", "decoder" and "cross"."""
        return tuple(self.layers)

    def n_layers(self, kind: str) -> int:
        """Return how many layers have this kind of attention."""
        return len(self._of(kind))

    def n_heads(self, kind: str) -> int:
        """Return how many heads a layer has (the most of any layer)."""
        return max(layer.heads for layer in self._of(kind))

    def stages(self, kind: str) -> tuple[str, ...]:
        """Return which of "raw", "scaled", "masked" and "weights" this model can show."""
        return self._of(kind)[0].stages

    def why_not(self, kind: str) -> str | None:
        """Return why some stages cannot be shown, or None."""
        return self._of(kind)[0].why_not

    def weights(self, kind: str, layer: int, head: int, rows: slice = ALL) -> Matrix:
        """Return [query, key] float32 weights, softmax(q·k * scale + mask): equation 1 of Vaswani et al. 2017.

        `rows` asks for some of the queries only: of a long text a whole head is many megabytes.
        """
        return self._layer(kind, layer, head).weights(head, rows)

    def all_weights(self, kind: str, layer: int) -> Float[np.ndarray, "head query key"]:
        """Return the weights of every head of a layer."""
        chosen = self._layer(kind, layer, 0)
        return np.stack([chosen.weights(head) for head in range(chosen.heads)])

    def scores(self, kind: str, layer: int, head: int, stage: Stage = "masked", rows: slice = ALL) -> Matrix:
        """Return [query, key] float32 scores: raw q·k, scaled, or masked (hidden cells are minus infinity)."""
        return self._layer(kind, layer, head).scores(head, stage, rows)

    def query(self, kind: str, layer: int, head: int) -> Vectors:
        """Return the head's queries as they met the keys (after rotary position, where the model has it)."""
        return self._full(kind, layer, head).query[head]

    def key(self, kind: str, layer: int, head: int) -> Vectors:
        """Return the keys that the head reads; heads of one group share them."""
        chosen = self._full(kind, layer, head)
        return chosen.key[chosen.group(head)]

    def value(self, kind: str, layer: int, head: int) -> Vectors:
        """Return the values that the head reads; heads of one group share them."""
        chosen = self._full(kind, layer, head)
        return chosen.value[chosen.group(head)]

    def mask(self, kind: str, layer: int) -> Matrix:
        """Return the mask that the model used: 0 where a query may look, minus infinity where it may not."""
        return self._layer(kind, layer, 0).mask()

    def bias(self, kind: str, layer: int, head: int) -> Matrix | None:
        """Return what the head adds to its scaled scores for position, or None."""
        bias = self._layer(kind, layer, head).bias
        return None if bias is None else _of_head(bias, head)

    def scale(self, kind: str, layer: int) -> float:
        """Return the factor on q·k: 1/sqrt(width of a head) in most families, 1 in T5."""
        return self._full(kind, layer, 0).scale

    def softcap(self, kind: str, layer: int) -> float | None:
        """Return the bound on scores (Gemma 2), or None."""
        return self._layer(kind, layer, 0).softcap

    def sink(self, kind: str, layer: int, head: int) -> float | None:
        """Return the score of the head's sink (gpt-oss), or None."""
        sink = self._layer(kind, layer, head).sink
        return None if sink is None else float(sink[head])

    def hidden(self, layer: int, side: str = "source") -> Vectors:
        """Return [position, width] hidden states; layer 0 is the embedding output.

        The last one is after the final norm in families that have one (GPT-2, Llama).
        """
        states = self.hidden_states.get(side, ())
        if not states:
            raise LecternError(f"This trace has no hidden states of the {side}: run it with hidden=True.")
        if not 0 <= layer < len(states):
            raise LecternError(f"There are hidden states 0 to {len(states) - 1}, and layer {layer} was asked for.")
        return states[layer]

    def n_hidden(self, side: str = "source") -> int:
        """Return how many hidden states there are: the layers and the embedding output."""
        return len(self.hidden_states.get(side, ()))

    def static(self) -> Vectors:
        """Return [position, width] rows of the input embedding matrix: no position, no context."""
        if self.embeddings is None:
            raise LecternError("This trace was made without embeddings: run it with hidden=True.")
        return self.embeddings

    def projection(self, kind: str, layer: int, head: int) -> Projection:
        """Return how the head makes its queries, keys and values; only for the layer that `detail` asked for."""
        return self._detail(kind, layer).heads[self._head(kind, layer, head)]

    def output(self, kind: str, layer: int) -> Vectors:
        """Return the attention block's output after W_O; only for the layer that `detail` asked for."""
        return self._detail(kind, layer).output

    @property
    def nbytes(self) -> int:
        """How many bytes of arrays the trace holds, each array counted once."""
        arrays = {id(array): array.nbytes for array in _arrays(self)}
        return sum(arrays.values())

    def _detail(self, kind: str, layer: int) -> Detail:
        detail = self.details.get(kind)
        if detail is None:
            raise LecternError("This trace was made without projections: run it with detail=LAYER.")
        if isinstance(detail, str):
            raise LecternError(detail)
        if detail.layer != layer:
            raise LecternError(
                f"This trace holds the projections of layer {detail.layer}, and layer {layer} was asked for."
            )
        return detail

    def _of(self, kind: str) -> tuple[Layer | SoftmaxLayer, ...]:
        if kind not in self.layers:
            raise LecternError(f"{self.model.name} has no attention of kind “{kind}”, only {', '.join(self.layers)}.")
        return self.layers[kind]

    def _layer(self, kind: str, layer: int, head: int) -> Layer | SoftmaxLayer:
        layers = self._of(kind)
        if not 0 <= layer < len(layers):
            raise LecternError(f"{self.model.name} has layers 0 to {len(layers) - 1}, and layer {layer} was asked for.")
        if not 0 <= head < layers[layer].heads:
            last = layers[layer].heads - 1
            raise LecternError(f"Layer {layer} of {self.model.name} has heads 0 to {last}, and {head} was asked for.")
        return layers[layer]

    def _head(self, kind: str, layer: int, head: int) -> int:
        self._layer(kind, layer, head)
        return head

    def _full(self, kind: str, layer: int, head: int) -> Layer:
        chosen = self._layer(kind, layer, head)
        if isinstance(chosen, SoftmaxLayer):
            raise LecternError(chosen.why_not)
        return chosen


def _of_head(shared: np.ndarray, head: int) -> np.ndarray:
    """Return the [query, key] part of a head from an array that one or all heads have."""
    return shared[head if len(shared) > 1 else 0]


def _softmax(scores: Matrix, sink: float | None) -> Matrix:
    """Return row-wise softmax. A row in which everything is hidden is uniform: models add a finite number there."""
    top = scores.max(axis=1, keepdims=True, initial=-np.inf if sink is None else sink)
    shares = np.subtract(scores, np.where(np.isneginf(top), 0, top), dtype=np.float32)
    np.exp(shares, out=shares)
    total = shares.sum(axis=1, keepdims=True)
    if sink is not None:
        total += np.exp(sink - top)
    empty = total[:, 0] == 0
    shares /= np.where(total == 0, 1, total)
    shares[empty] = np.float32(1 / scores.shape[1])
    return shares


def _arrays(thing: object) -> list[np.ndarray]:
    if isinstance(thing, np.ndarray):
        return [thing]
    if isinstance(thing, Mapping):
        return [array for part in thing.values() for array in _arrays(part)]
    if isinstance(thing, tuple):
        return [array for part in thing for array in _arrays(part)]
    if is_dataclass(thing):
        return [array for item in fields(thing) for array in _arrays(getattr(thing, item.name))]
    return []
