"""Does it follow? The decision is BERT's own head, and the vectors are sums of rows of its tables."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from models.errors import LecternError
from tests.viz.drawing import BUNDLED, drawn, walk
from viz.bars import Bars
from viz.chips import Chips

PAIR = ("It is raining heavily.", "I need an umbrella.")


@cache
def bert() -> tuple[Any, Any]:
    folder = BUNDLED / "bert-tiny"
    model = transformers.AutoModelForNextSentencePrediction.from_pretrained(folder)
    return transformers.AutoTokenizer.from_pretrained(folder), model.eval()


def decisions(**state: Any) -> list[Bars]:
    return [figure for figure in drawn("next-sentence", **state).figures if isinstance(figure, Bars)]


def right(first: str, second: str) -> np.ndarray:
    tokenizer, model = bert()
    with torch.inference_mode():
        return torch.softmax(model(**tokenizer(first, second, return_tensors="pt")).logits[0], 0).numpy()


def test_the_umbrella_and_the_sentence_from_elsewhere_are_judged_by_berts_own_head() -> None:
    umbrella, elsewhere = decisions()
    np.testing.assert_allclose(umbrella.values, right(*PAIR), atol=1e-5)
    np.testing.assert_allclose(elsewhere.values, right(PAIR[0], "The bank opened a new office."), atol=1e-5)
    assert umbrella.labels[umbrella.mark or 0] == "it follows"


def test_other_sentences_are_judged_too() -> None:
    first, second = "He went to the bank.", "Bananas are yellow."
    np.testing.assert_allclose(decisions(first=first, second=second)[0].values, right(first, second), atol=1e-5)


def test_each_token_has_the_segment_that_the_tokenizer_gave_it() -> None:
    chips = next(figure for figure in drawn("next-sentence").figures if isinstance(figure, Chips))
    assert chips.rows[0].values.tolist() == bert()[0](*PAIR)["token_type_ids"]


def test_the_vectors_are_rows_of_the_tables_added_up() -> None:
    matrices = walk("next-sentence").matrices
    tables = bert()[1].bert.embeddings
    inputs = bert()[0](*PAIR)
    wide = matrices["token"].values.shape[1]
    segments = tables.token_type_embeddings.weight.detach().numpy()[inputs["token_type_ids"], :wide]
    words = tables.word_embeddings.weight.detach().numpy()[inputs["input_ids"], :wide]
    places = tables.position_embeddings.weight.detach().numpy()[: len(words), :wide]
    np.testing.assert_allclose(matrices["segment"].values, segments, atol=1e-6)
    np.testing.assert_allclose(matrices["sum"].values, words + segments + places, atol=1e-5)


def test_two_empty_fields_get_a_sentence_each() -> None:
    with pytest.raises(LecternError, match="type at least one word"):
        drawn("next-sentence", first=" ")
    with pytest.raises(LecternError, match="The second sentence is empty"):
        drawn("next-sentence", second=" ")


def test_a_model_that_was_not_trained_for_it_says_so() -> None:
    with pytest.raises(LecternError, match="was not trained to tell whether a sentence follows"):
        drawn("next-sentence", model="gpt-tiny")
