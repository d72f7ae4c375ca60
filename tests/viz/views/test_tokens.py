"""Tokens against the tokenizers as transformers itself loads them."""

import pytest
import transformers

from models.errors import LecternError
from tests.viz.drawing import BUNDLED, drawn
from viz.chips import ChipRow, Chips

SENTENCE = "Your cat is a lovely cat"
RARE = "Tokenizers can't spell 漢字"


def rows(**state: str) -> tuple[ChipRow, ...]:
    (chips,) = drawn("tokens", **state).figures
    assert isinstance(chips, Chips)
    return chips.rows


@pytest.mark.parametrize("text", [SENTENCE, RARE])
@pytest.mark.parametrize(("place", "model"), [(1, "bert-tiny"), (2, "gpt-tiny")])
def test_every_row_holds_the_ids_that_the_model_s_own_tokenizer_gives(place: int, model: str, text: str) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(BUNDLED / model)
    row = rows(text=text)[place]
    assert row.label == model
    assert list(row.ids) == tokenizer(text)["input_ids"]
    assert [i in tokenizer.all_special_ids and i != tokenizer.unk_token_id for i in row.ids] == list(row.special)


def test_the_first_row_is_the_sentence_as_the_lecture_writes_it() -> None:
    assert " ".join(rows()[0].texts) == "<s> Your cat is a lovely cat </s>"


def test_equal_words_have_equal_ids_and_are_marked_together() -> None:
    for row in rows()[1:]:
        first, second = row.marked
        assert row.texts[first] == row.texts[second] == "cat"
        assert row.ids[first] == row.ids[second]


def test_an_unknown_word_is_named_as_such() -> None:
    bert = rows(text="漢")[1]
    assert "[UNK]" in bert.texts
    assert "no piece for what stood here" in bert.details[bert.texts.index("[UNK]")]
    assert "1 unknown" in drawn("tokens", text="漢").spec.caption


def test_a_word_in_pieces_says_which() -> None:
    bert = rows(text="antidisestablishmentarianism")[1]
    assert len(set(bert.groups[1:-1])) == 1
    assert "cut into “anti”" in bert.details[1]


def test_the_size_of_the_vocabulary_is_the_model_s_own() -> None:
    config = transformers.AutoConfig.from_pretrained(BUNDLED / "bert-tiny")
    assert f"out of {config.vocab_size:,}" in drawn("tokens").spec.caption


def test_the_same_model_twice_is_one_row() -> None:
    assert [row.label for row in rows(second="bert-tiny", third="bert-tiny")] == ["words", "bert-tiny"]


def test_no_words_get_a_sentence() -> None:
    with pytest.raises(LecternError, match="at least one word"):
        drawn("tokens", text=" ")
