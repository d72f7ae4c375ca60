"""Text -> Tokens: what a tokenizer makes of a text, with readable tokens, words, and what was left out."""

from dataclasses import dataclass
from typing import Any

from models.errors import LecternError
from models.trace import Tokens

MOST_TOKENS = 4096
MOST_LETTERS = 200_000
SPACE = "␣"


@dataclass(frozen=True)
class Read:
    """A text as the model gets it: token ids with their segments, the tokens for people, and what was left out."""

    ids: list[int]
    segments: list[int] | None
    tokens: Tokens
    notices: tuple[str, ...]


def read(tokenizer: Any, text: str, pair: str | None, most: int, name: str) -> Read:
    """Return a text, or a pair of texts, as at most `most` tokens; raises a sentence for an empty one."""
    if not text.strip():
        raise LecternError("The sentence is empty: type at least one word.")
    text, pair = text[:MOST_LETTERS], pair[:MOST_LETTERS] if pair else None
    whole = tokenizer(text, pair, verbose=False)["input_ids"]
    encoded = tokenizer(text, pair, truncation=True, max_length=most, verbose=False, **_wanted(tokenizer))
    ids = encoded["input_ids"]
    cut = len(whole) > len(ids)
    told = f"Only the first {len(ids):,} of {len(whole):,} tokens are shown: {name} reads no more."
    segments = _segments(encoded, len(ids))
    tokens = described(tokenizer, ids, encoded, segments)
    if all(tokens.special):
        raise LecternError("The tokenizer finds nothing to read in this text: type at least one word.")
    return Read(ids, encoded.get("token_type_ids"), tokens, (told,) if cut else ())


def described(tokenizer: Any, ids: list[int], encoded: Any = None, segments: list[int] | None = None) -> Tokens:
    """Return token ids as tokens for people; words come from the encoding where the tokenizer tells them."""
    pieces = tuple(map(str, tokenizer.convert_ids_to_tokens(ids)))
    special = _special(tokenizer, ids, encoded)
    words = _words(pieces, special, encoded)
    tokens = tuple(readable(piece) for piece in pieces)
    return Tokens(pieces, tokens, tuple(ids), special, tuple(segments or [0] * len(ids)), words)


def readable(piece: str) -> str:
    """Return a vocabulary piece without its marks: spaces at its start go, bytes that are no letter show as numbers."""
    if piece.startswith("▁"):
        return piece[1:] or SPACE
    if piece and all(letter in LETTER_TO_BYTE for letter in piece) and any(letter in MARKS for letter in piece):
        return _from_bytes(bytes(LETTER_TO_BYTE[letter] for letter in piece))
    return piece or SPACE


def _from_bytes(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "‹" + " ".join(f"{byte:02X}" for byte in data) + "›"
    shown = text.removeprefix(" ").replace("\n", "↵").replace("\t", "⇥")
    return shown if shown.strip() else SPACE * max(1, len(shown))


def _byte_letters() -> dict[str, int]:
    """Return the letters by which byte-level BPE writes bytes (Radford et al. 2019): printable ones stand for themselves."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {chr(byte): byte for byte in plain}
    others = (byte for byte in range(256) if byte not in plain)
    return letters | {chr(256 + n): byte for n, byte in enumerate(others)}


LETTER_TO_BYTE = _byte_letters()
MARKS = frozenset(letter for letter in LETTER_TO_BYTE if not letter.isascii())


def _wanted(tokenizer: Any) -> dict[str, bool]:
    return {"return_special_tokens_mask": True, "return_token_type_ids": "token_type_ids" in tokenizer.model_input_names}


def _segments(encoded: Any, count: int) -> list[int]:
    """Return which of the two texts each position belongs to; a special token goes with what stands before it."""
    if not encoded.is_fast:
        return list(encoded.get("token_type_ids") or [0] * count)
    segments, now = [], 0
    for part in encoded.sequence_ids():
        now = now if part is None else part
        segments.append(now)
    return segments


def _special(tokenizer: Any, ids: list[int], encoded: Any) -> tuple[bool, ...]:
    if encoded is not None:
        return tuple(map(bool, encoded["special_tokens_mask"]))
    return tuple(i in tokenizer.all_special_ids for i in ids)


def _words(pieces: tuple[str, ...], special: tuple[bool, ...], encoded: Any) -> tuple[int | None, ...]:
    if any(piece.startswith("▁") for piece in pieces) or encoded is None or not encoded.is_fast:
        return _words_by_mark(pieces, special)
    numbers: dict[tuple[int, int], int] = {}
    pairs = zip(encoded.sequence_ids(), encoded.word_ids(), special, strict=True)
    return tuple(
        None if word is None or part is None or added else numbers.setdefault((part, word), len(numbers))
        for part, word, added in pairs
    )


def _words_by_mark(pieces: tuple[str, ...], special: tuple[bool, ...]) -> tuple[int | None, ...]:
    """Return words as the marks tell them: a piece that starts with a space starts a word."""
    words: list[int | None] = []
    count, inside = -1, False
    for piece, added in zip(pieces, special, strict=True):
        starts = piece.startswith(("▁", "Ġ")) or not inside
        count += int(starts and not added)
        words.append(None if added else count)
        inside = not added
    return tuple(words)
