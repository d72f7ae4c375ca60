"""Text -> Tokens: what a tokenizer makes of a text, with readable tokens, words, and what was left out."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from models.errors import LecternError
from models.trace import Tokens

MOST_TOKENS = 4096
MOST_KEPT_WHOLE = 1024  # where a trace cannot do without matrices of tokens by tokens for each head
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
    endless = max(len(text), len(pair or "")) > MOST_LETTERS
    text, pair = plain(text), plain(pair) if pair and pair.strip() else None
    encoded = _encoded(tokenizer, text, pair)
    count = len(encoded["input_ids"])
    if count > most:
        encoded = _encoded(tokenizer, text, pair, truncation=True, max_length=most)
    ids = encoded["input_ids"]
    segments = _segments(encoded, len(ids))
    tokens = described(tokenizer, ids, encoded, segments)
    if all(tokens.special):
        raise LecternError("The tokenizer finds nothing to read in this text: type at least one word.")
    return Read(ids, encoded.get("token_type_ids"), tokens, _left_out(len(ids), count, name, pair is not None, endless))


def plain(text: str) -> str:
    """Return a text that tokenizers take: not endless, and with ? for half of a surrogate pair."""
    return text[:MOST_LETTERS].encode("utf-8", "replace").decode()


def _encoded(tokenizer: Any, text: str, pair: str | None, **more: Any) -> Any:
    # GPT-2's kind would glue the second text to the first without a space; it has no mark for pairs.
    glued = pair is not None and tokenizer.num_special_tokens_to_add(pair=True) == 0
    return tokenizer(text, f" {pair}" if glued else pair, verbose=False, **_wanted(tokenizer), **more)


def _left_out(shown: int, count: int, name: str, pair: bool, endless: bool) -> tuple[str, ...]:
    """Say what is not shown; of a pair the longer text is cut, and of an endless text nobody counts the tokens."""
    if count <= shown:
        return (f"Only the first {MOST_LETTERS:,} characters are read.",) if endless else ()
    which = "Only" if pair else "Only the first"
    total = f"more than {count:,}" if endless else f"{count:,}"
    why = "longer texts are cut there" if shown in (MOST_TOKENS, MOST_KEPT_WHOLE) else f"{name} reads no more"
    return (f"{which} {shown:,} of {total} tokens are shown: {why}.",)


def described(tokenizer: Any, ids: list[int], encoded: Any = None, segments: list[int] | None = None) -> Tokens:
    """Return token ids as tokens for people; words come from the encoding where the tokenizer tells them."""
    pieces = tuple(map(str, tokenizer.convert_ids_to_tokens(ids)))
    special = _special(tokenizer, ids, encoded)
    words = _words(pieces, special, encoded)
    in_bytes = writes_bytes(tokenizer)
    tokens = tuple(readable(piece, in_bytes=in_bytes) for piece in pieces)
    return Tokens(pieces, tokens, tuple(ids), special, tuple(segments or [0] * len(ids)), words)


def writes_bytes(tokenizer: Any) -> bool:
    """Return whether the pieces of a vocabulary are spelt in bytes (GPT-2, RoBERTa, Llama 3) and not in letters."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return hasattr(tokenizer, "byte_decoder") or (backend is not None and "ByteLevel" in repr(backend.decoder))


def readable(piece: str, *, in_bytes: bool = False) -> str:
    """Return a vocabulary piece without its marks: spaces at its start go, bytes that are no letter show as numbers."""
    if not in_bytes or any(letter not in LETTER_TO_BYTE for letter in piece):
        return _shown(piece.replace("▁", " ") if piece.startswith("▁") else piece)
    data = bytes(LETTER_TO_BYTE[letter] for letter in piece)
    try:
        return _shown(data.decode())
    except UnicodeDecodeError:
        return "‹" + " ".join(f"{byte:02X}" for byte in data) + "›"


def _shown(text: str) -> str:
    """Return a piece so that it can be seen: signs for spaces and breaks, a dotted circle under a lone accent."""
    shown = text.removeprefix(" ").replace("\n", "↵").replace("\r", "↵").replace("\t", "⇥")
    if not shown.strip():
        return SPACE * max(1, len(shown))
    kinds = [unicodedata.category(letter) for letter in shown]
    if set(kinds) <= {"Cc", "Cf"}:  # control signs and joiners
        return "‹" + " ".join(f"U+{ord(letter):04X}" for letter in shown) + "›"
    return f"◌{shown}" if kinds[0].startswith("M") else shown


def _byte_letters() -> dict[str, int]:
    """Return the letters by which byte-level BPE writes bytes (Radford et al. 2019): most stand for themselves."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {chr(byte): byte for byte in plain}
    others = (byte for byte in range(256) if byte not in plain)
    return letters | {chr(256 + n): byte for n, byte in enumerate(others)}


LETTER_TO_BYTE = _byte_letters()


def _wanted(tokenizer: Any) -> dict[str, bool]:
    return {
        "return_special_tokens_mask": True,
        "return_token_type_ids": "token_type_ids" in tokenizer.model_input_names,
    }


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
    """Return words as the marks tell them: a space before a piece starts a word, and so does punctuation."""
    words: list[int | None] = []
    count, inside = -1, False
    for piece, added in zip(pieces, special, strict=True):
        apart = _is_punctuation(piece)
        starts = piece.startswith(("▁", "Ġ")) or apart or not inside
        count += int(starts and not added)
        words.append(None if added else count)
        inside = not added and not apart
    return tuple(words)


def _is_punctuation(piece: str) -> bool:
    letters = piece.strip("▁Ġ")
    return bool(letters) and all(unicodedata.category(letter)[0] in "PS" for letter in letters)
