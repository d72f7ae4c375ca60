"""What may be asked of a model besides a trace, and what comes back. Frozen and light: no torch.

Every question names its model and is hashable, so that answers can be kept. Every answer has a model, notices for the
reader, and its size in bytes. Probabilities are over the whole vocabulary, before any cut, unless they say otherwise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from models.trace import ModelInfo, Tokens, Trace

LIKELIEST = 24
Off = tuple[tuple[str, int, int], ...]  # heads that are switched off: kind of attention, layer, head


@dataclass(frozen=True)
class Decode:
    """What does a model write after a text? A decoder continues it, an encoder-decoder answers it.

    - prefix: token ids that are taken as already written; the model goes on from there.
    - most: how many tokens it may write; beams: how many beginnings it follows, 1 for greedy.
    - seed: None for the likeliest token each time, else tokens are drawn with this seed, under temperature, top_k
      (0: no limit) and top_p (1: no limit).
    """

    model: str
    text: str
    prefix: tuple[int, ...] = ()
    most: int = 40
    beams: int = 1
    seed: int | None = None
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0


@dataclass(frozen=True)
class Force:
    """How likely does a model find a given text, token by token? Its own mistakes are never fed back to it.

    target: what an encoder-decoder is made to write; None for a decoder, which is asked about the text itself.
    """

    model: str
    text: str
    target: str | None = None


@dataclass(frozen=True)
class Fill:
    """What does a masked language model put into the gaps? masked: positions to hide besides those typed as [MASK].

    gap: the number of the gap that is followed through the layers; beyond the last one means the last.
    """

    model: str
    text: str
    masked: tuple[int, ...] = ()
    gap: int = 0


@dataclass(frozen=True)
class Follow:
    """Does the second sentence follow the first? BERT's second training task."""

    model: str
    first: str
    second: str


@dataclass(frozen=True)
class Point:
    """Where in a context is the answer to a question? For extractive models: a start and an end."""

    model: str
    question: str
    context: str


@dataclass(frozen=True)
class Embed:
    """Which rows are added up to make a model's first vectors?"""

    model: str
    text: str
    pair: str | None = None


@dataclass(frozen=True)
class Lens:
    """What would each layer predict at each position, if the head read it (the logit lens)? off: heads switched off."""

    model: str
    text: str
    pair: str | None = None
    target: str | None = None
    off: Off = ()


@dataclass(frozen=True)
class SwitchOff:
    """What changes when heads are switched off? Each head is (kind of attention, layer, head)."""

    model: str
    text: str
    pair: str | None = None
    off: Off = ()


@dataclass(frozen=True)
class Predict:
    """What does a model predict at one position? position: -1 means the gap, or the last one that is a word."""

    model: str
    text: str
    position: int = -1
    target: str | None = None


@dataclass(frozen=True)
class Open:
    """What is inside a layer? side: of an encoder-decoder, "encoder" or "decoder"."""

    model: str
    text: str
    layer: int = 0
    side: str = "encoder"


Ask = Decode | Force | Fill | Follow | Point | Embed | Predict | Open | Lens | SwitchOff


@dataclass(frozen=True)
class Answer:
    """What every answer has."""

    model: ModelInfo
    notices: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """How many bytes of numbers it holds."""
        return 1024 + sum(getattr(part, "nbytes", 0) for part in vars(self).values())


@dataclass(frozen=True)
class Likeliest:
    """The likeliest tokens of several steps, best first: ids, names, and probabilities over the whole vocabulary."""

    ids: Int[np.ndarray, "step rank"]
    shares: Float[np.ndarray, "step rank"]
    names: tuple[tuple[str, ...], ...]

    @property
    def nbytes(self) -> int:
        """How many bytes the numbers take."""
        return self.ids.nbytes + self.shares.nbytes


@dataclass(frozen=True)
class Beam:
    """One of the beginnings that beam search ended with.

    - total: sum of log probabilities (nats) as the search counted them; score: total / length ** penalty, the order.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    total: float
    score: float


@dataclass(frozen=True)
class Written(Answer):
    """A text that was written, or forced, token by token.

    - source: what was given. start: what the first step read (the start token, or a decoder's own text).
    - written: the tokens that follow, the end token included where it came; the first `given` of them were not chosen.
    - likeliest[t]: candidates after `t` written tokens; one step more than `written` unless it ended.
    - share[t]: the probability of written token t. entropy[t]: mean surprise of step t in bits.
    - logits: of the last step, over the whole vocabulary. best: the id that the model would have chosen at each step.
    - trace: attention over all of it; its hidden states and logits are left out.
    """

    source: Tokens
    start: Tokens
    written: Tokens
    given: int
    ended: bool
    likeliest: Likeliest
    share: Float[np.ndarray, "written"]
    entropy: Float[np.ndarray, "step"]
    logits: Float[np.ndarray, "vocabulary"]
    trace: Trace
    beams: tuple[Beam, ...] = ()

    @property
    def steps(self) -> int:
        """How many predictions there are."""
        return len(self.entropy)

    @property
    def losses(self) -> Float[np.ndarray, "written"]:
        """The cross-entropy of each written token in nats: its mean is what training makes small."""
        return -np.log(np.maximum(self.share, np.finfo(np.float64).tiny))


@dataclass(frozen=True)
class Filled(Answer):
    """What stands in the gaps of a text.

    - tokens: as the model read them, gaps as its mask token; original: the same before hiding.
    - gaps: their positions; likeliest[g]: candidates of each gap. at: the position that is followed.
    - vocabulary: over how many tokens the probabilities add up to 1.
    - by_layer[l]: candidates if the head read hidden state l of that gap; layer 0 is the embedding output.
    - followed[l, r]: the probability in layer l of the candidate that is number r in the end.
    """

    tokens: Tokens
    original: Tokens
    gaps: tuple[int, ...]
    likeliest: Likeliest
    at: int
    vocabulary: int
    by_layer: Likeliest
    followed: Float[np.ndarray, "layer rank"]
    trace: Trace


@dataclass(frozen=True)
class Followed(Answer):
    """Whether one sentence follows another: logits of "follows" and of "comes from elsewhere"."""

    tokens: Tokens
    logits: Float[np.ndarray, "2"]
    pooled: Float[np.ndarray, "width"]


@dataclass(frozen=True)
class Pointed(Answer):
    """Where an answer starts and ends.

    - context: which positions belong to the context; spans: the letters of the context that each position covers.
    - start, end: logits, over all positions.
    """

    tokens: Tokens
    context: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    start: Float[np.ndarray, "position"]
    end: Float[np.ndarray, "position"]


@dataclass(frozen=True)
class Part:
    """One addend of a model's first vectors: what it is, its rows by position, and which row of which table each is."""

    name: str
    role: str
    rows: Float[np.ndarray, "position width"]
    ids: tuple[int, ...]
    table: tuple[int, int]

    @property
    def nbytes(self) -> int:
        """How many bytes the rows take."""
        return self.rows.nbytes


@dataclass(frozen=True)
class Embedded(Answer):
    """The rows that are added up, and the first hidden state: their sum after what the family does to it.

    scale: what token rows are multiplied by before they are added (Marian: √width).
    """

    tokens: Tokens
    parts: tuple[Part, ...]
    first: Float[np.ndarray, "position width"]
    scale: float

    @property
    def nbytes(self) -> int:
        """How many bytes of numbers it holds."""
        return self.first.nbytes + sum(part.nbytes for part in self.parts)


@dataclass(frozen=True)
class Lensed(Answer):
    """What each layer would predict: layer 0 is the embedding output, the last one is the model's own prediction.

    - tokens: what stands at the positions, from position `first` on; next_token: a prediction is about what follows.
    - ids, shares: [layer, position, rank], best first; names: the same as readable tokens.
    - vocabulary: over how many tokens the probabilities add up to 1; normed: a final norm comes before the head.
    """

    tokens: Tokens
    first: int
    ids: Int[np.ndarray, "layer position rank"]
    shares: Float[np.ndarray, "layer position rank"]
    names: tuple[tuple[tuple[str, ...], ...], ...]
    vocabulary: int
    normed: bool
    next_token: bool


@dataclass(frozen=True)
class SwitchedOff(Answer):
    """How a prediction changes without some heads.

    - at: the position whose prediction is followed; names, before, after: its likeliest tokens with probabilities.
    - divergence: at each position from `first` on, how far the prediction moved (Kullback-Leibler, bits).
    - moved: how far each hidden state moved, as a share of its length, averaged over positions; layer 0: embeddings.
    """

    tokens: Tokens
    at: int
    names: tuple[str, ...]
    before: Float[np.ndarray, "rank"]
    after: Float[np.ndarray, "rank"]
    divergence: Float[np.ndarray, "position"]
    first: int
    moved: Float[np.ndarray, "layer"]


@dataclass(frozen=True)
class Predicted(Answer):
    """The logits at one position.

    - tokens: what is read; position: where the prediction is made. likeliest: one step.
    - vector: what the last linear map reads there; rows, bias: of that map, for the likeliest tokens; None where the
      logits are not vector @ rows + bias.
    """

    tokens: Tokens
    position: int
    logits: Float[np.ndarray, "vocabulary"]
    likeliest: Likeliest
    vector: Float[np.ndarray, "width"]
    rows: Float[np.ndarray, "rank width"] | None
    bias: Float[np.ndarray, "rank"] | None


@dataclass(frozen=True)
class Norm:
    """A norm's numbers: (x - mean) / sqrt(variance + eps) * gain + shift, without the mean where not centred."""

    gain: Float[np.ndarray, "width"]
    shift: Float[np.ndarray, "width"] | None
    eps: float
    centred: bool


@dataclass(frozen=True)
class Stage:
    """One point of the residual stream, or what a part hands to it.

    - what: "in", "attention", "cross-attention", "feed-forward", "add" or "norm"; values after it, or what it gives.
    - reads: the stages that it is made of, by their place; norm: its numbers where they are known.
    """

    what: str
    values: Float[np.ndarray, "position width"]
    reads: tuple[int, ...] = ()
    norm: Norm | None = None


@dataclass(frozen=True)
class FeedForward:
    """A feed-forward part: hidden = function(before) with before = read @ w_in + b_in; it gives hidden @ w_out + b_out.

    gate: what hidden is multiplied by too, in families that have one.
    function: "relu", "gelu", "gelu_tanh" or "silu"; None where none of these gives what the model computed.
    """

    read: Float[np.ndarray, "position width"]
    before: Float[np.ndarray, "position hidden"]
    hidden: Float[np.ndarray, "position hidden"]
    w_in: Float[np.ndarray, "width hidden"]
    b_in: Float[np.ndarray, "hidden"] | None
    w_out: Float[np.ndarray, "hidden width"]
    b_out: Float[np.ndarray, "width"] | None
    function: str | None
    gate: Float[np.ndarray, "position hidden"] | None = None


@dataclass(frozen=True)
class Opened(Answer):
    """One layer from inside, and the lengths of its vectors in every layer.

    - style: "post" (norm after each addition), "pre" (norm before each part) or "parallel" (both parts read the same).
    - stages: of the chosen layer, in order; lengths[l, s, p]: Euclidean length of stage s at position p in layer l.
    """

    tokens: Tokens
    layer: int
    style: str
    stages: tuple[Stage, ...]
    lengths: Float[np.ndarray, "layer stage position"]
    feed_forward: FeedForward | None


def is_ask(request: Any) -> bool:
    """Return whether a request is one of these, and not a forward pass."""
    return isinstance(request, Ask)
