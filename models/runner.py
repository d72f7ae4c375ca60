"""Text -> Trace: a name and a sentence in, everything that the model's attention did out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from inspect import signature
from typing import Any

import torch

from models.asks import Off
from models.catalogue import resolve_public
from models.errors import LecternError
from models.forward import NOTHING, Wish, trace_ids, trace_pair_ids
from models.loader import Loaded, load
from models.lru import ByteBudget
from models.reading import MOST_KEPT_WHOLE, MOST_TOKENS, Read, described, plain, read
from models.trace import Trace

TRACE_BUDGET = 512 * 2**20
MOST_NEW_TOKENS = 64
SMALL = 1e9  # weights times tokens, about the multiplications of a pass
LETTERS_PER_TOKEN = 4

# One forward pass at a time: two at once would only take the cores from each other.
GATE = threading.Lock()


def run(
    source: str,
    text: str,
    pair: str | None = None,
    *,
    target: str | None = None,
    most: int | None = None,
    detail: int | None = None,
    hidden: bool = True,
    logits: bool = True,
    off: Off = (),
) -> Trace:
    """Return what a model did with a text, or with a pair of texts.

    - source: a catalogue key, a Hub id, or a folder.
    - target: for an encoder-decoder, what its decoder is made to read; without it the decoder writes greedily.
    - most: how many tokens it writes then; without it, until it ends by itself.
    - detail: a layer whose projections the trace shall hold; beyond the last one means the last.
    - off: heads that are switched off, each as (kind of attention, layer, head): their output is zeroed before W_O.

    Raises `LecternError` with a sentence for an empty text, a model that cannot be had, or one without attention.
    """
    if not text.strip():
        raise LecternError("The sentence is empty: type at least one word.")
    loaded = load(source)
    wish = Wish(hidden, logits, detail, off)
    letters = len(text) + len(pair or "") + len(target or "")
    return passed(loaded, letters, lambda: traced(loaded, text, pair, target, wish, most))


def run_public(source: str, text: str, pair: str | None = None, **options: Any) -> Trace:
    """Return the same as `run` for somebody on the page: no folders, and traces are kept for the next request."""
    name = resolve_public(source)

    def make() -> tuple[Trace, int]:
        trace = run(name, text, pair, **options)
        return trace, trace.nbytes

    return _traces().load((name, text, pair, *sorted(options.items())), make)


@cache
def _traces() -> ByteBudget:
    return ByteBudget(TRACE_BUDGET)


def passed(loaded: Loaded, letters: int, trace: Any) -> Trace:
    """Return what `trace()` gives, alone on the machine; on the CPU, with a notice, where the GPU's memory is full.

    `letters` says how long the text is, from which it is told how many cores are worth their while.
    """
    with GATE, _few_threads(loaded, letters):
        try:
            return _explained(loaded, trace)
        except RuntimeError as problem:
            if loaded.device == "cpu" or "out of memory" not in str(problem).lower():
                raise
        return _on_the_cpu(loaded, trace)


@contextmanager
def _few_threads(loaded: Loaded, letters: int) -> Iterator[None]:
    """Give a short text in a small model one core: threads that wait for each other at every tiny product cost more.

    Where the other core is busy, as on a shared Space, they cost eight times as much.
    """
    before = torch.get_num_threads()
    if loaded.model.num_parameters() * letters > SMALL * LETTERS_PER_TOKEN:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _on_the_cpu(loaded: Loaded, trace: Any) -> Trace:
    loaded.model.to("cpu")
    try:
        told = f"The GPU has too little memory for this text, so {loaded.info.name} ran on the CPU."
        done = _explained(loaded, trace)
        return replace(done, notices=(*done.notices, told))
    finally:
        loaded.model.to(loaded.device)


def _explained(loaded: Loaded, trace: Any) -> Trace:
    """Trace, and turn what an architecture of another sort raises into a sentence."""
    try:
        return trace()
    except LecternError:
        raise
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, NotImplementedError) as problem:
        raise LecternError(
            f"{loaded.info.name} could not be run on this input ({type(problem).__name__}): choose another model."
        ) from problem


def traced(
    loaded: Loaded, text: str, pair: str | None, target: str | None, wish: Wish, most: int | None = None
) -> Trace:
    """Return the trace of a text by a model that is in memory; the caller sees to it that it is alone: `passed`."""
    if loaded.tokenizer is None:
        raise LecternError(f"{loaded.info.name} reads pictures, not text: choose a model of text.")
    told = read(loaded.tokenizer, text, pair, longest(loaded), loaded.info.name)
    if len(told.ids) > MOST_KEPT_WHOLE and _keeps_whole(loaded, told):
        told = read(loaded.tokenizer, text, pair, MOST_KEPT_WHOLE, loaded.info.name)
    trace = _translated(loaded, told, target, wish, most) if _has_two(loaded) else _read_through(loaded, told, wish)
    return replace(trace, text=text, pair=pair, notices=(*loaded.notices, *told.notices, *trace.notices))


def _keeps_whole(loaded: Loaded, told: Read) -> bool:
    """Return whether a trace of this model holds whole matrices: of its softmax, or of its position bias (T5)."""
    if _has_two(loaded):
        return True
    passed_few = trace_ids(loaded.model, [told.ids[:8]], info=loaded.info, wish=NOTHING)
    return passed_few.why_not("self") is not None


def _has_two(loaded: Loaded) -> bool:
    return loaded.info.kind == "encoder-decoder"


def _read_through(loaded: Loaded, told: Read, wish: Wish) -> Trace:
    segments = [told.segments] if told.segments is not None and reads_segments(loaded) else None
    return trace_ids(loaded.model, [told.ids], segments=segments, tokens=told.tokens, info=loaded.info, wish=wish)


def reads_segments(loaded: Loaded) -> bool:
    """Return whether a model has segment embeddings; GPT-2 would take segments for words."""
    return loaded.info.kind == "encoder" and "token_type_ids" in signature(loaded.model.forward).parameters


def longest(loaded: Loaded) -> int:
    """Return how many tokens the model reads: what its positions and its tokenizer allow, and MOST_TOKENS at most."""
    config = loaded.model.config
    offset = getattr(config, "pad_token_id", 0) or 0 if config.model_type in OFFSET_POSITIONS else -1
    places = [getattr(config, name, None) for name in ("max_position_embeddings", "n_positions", "max_sequence_length")]
    known = [place - offset - 1 for place in places if isinstance(place, int) and place > 0]
    return min([MOST_TOKENS, *known, max(8, min(loaded.tokenizer.model_max_length, MOST_TOKENS))])


# These families number their positions after the padding id (fairseq), so that some of the table is never used.
OFFSET_POSITIONS = frozenset(
    ["roberta", "xlm-roberta", "camembert", "longformer", "mpnet", "data2vec-text", "roberta-prelayernorm"]
)


def _translated(loaded: Loaded, told: Read, target: str | None, wish: Wish, most: int | None) -> Trace:
    written, notices = _greedy(loaded, told.ids, most) if target is None else forced(loaded, target)
    trace = trace_pair_ids(
        loaded.model,
        [told.ids],
        [written],
        source_tokens=told.tokens,
        target_tokens=described(loaded.tokenizer, written),
        info=loaded.info,
        wish=wish,
    )
    return replace(trace, notices=notices)


def _greedy(loaded: Loaded, ids: list[int], asked: int | None) -> tuple[list[int], tuple[str, ...]]:
    """Return what the decoder reads when it writes greedily: the start token and what it wrote, without the end."""
    if asked == 0:
        return [loaded.model.generation_config.decoder_start_token_id], ()
    room = min(MOST_NEW_TOKENS, longest(loaded)) - 1
    most = min(room, asked or room)
    source = torch.tensor([ids], device=loaded.model.device)
    with torch.inference_mode():
        written = loaded.model.generate(source, max_new_tokens=most, num_beams=1, do_sample=False)[0].tolist()
    end = loaded.model.generation_config.eos_token_id
    if written[-1] in (end if isinstance(end, list) else [end]):
        return written[:-1], ()
    if most == asked:
        return written, ()
    return written, (f"Only the first {most} tokens of the translation are written; it goes on.",)


def forced(loaded: Loaded, target: str) -> tuple[list[int], tuple[str, ...]]:
    """Return what the decoder reads when it is made to write a target: the start token and the target."""
    if not target.strip():
        raise LecternError("The target is empty: type at least one word, or leave it out.")
    ids = loaded.tokenizer(text_target=plain(target), verbose=False)["input_ids"]
    start, end = loaded.model.config.decoder_start_token_id, loaded.tokenizer.eos_token_id
    body = ids[:-1] if ids and ids[-1] == end else ids
    body = body[1:] if body and body[0] == start else body
    most = longest(loaded) - 1
    cut = f"Only the first {most:,} of {len(body):,} tokens of the target are shown: {loaded.info.name} reads no more."
    return [start, *body[:most]], (cut,) if len(body) > most else ()
