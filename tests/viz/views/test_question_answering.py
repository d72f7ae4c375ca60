"""Answers in a context: transformers' own logits, and the arithmetic of spans done again by hand.

The model is the bundled one where that is there, else a tiny one that was never trained.
"""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from models.errors import LecternError
from tests.models.architectures import SMALL
from tests.viz.drawing import BUNDLED, drawn
from viz.bars import Bars
from viz.chips import Chips
from viz.scene import Walk
from viz.view import Drawn
from viz.views.question_answering import CONTEXT

QUESTION = "What is BERT?"


@cache
def folder() -> str:
    """Return where an extractive model is: the bundled one, else a random one with bert-tiny's tokenizer."""
    if (BUNDLED / "qa-tiny" / "model.safetensors").is_file():
        return str(BUNDLED / "qa-tiny")
    torch.manual_seed(3)
    made = mkdtemp()
    more = {"vocab_size": 8000, "max_position_embeddings": 256}
    transformers.BertForQuestionAnswering(transformers.BertConfig(**SMALL | more)).save_pretrained(made)
    transformers.AutoTokenizer.from_pretrained(BUNDLED / "bert-tiny").save_pretrained(made)
    return made


@cache
def right(context: str = CONTEXT) -> tuple[np.ndarray, np.ndarray]:
    """Return transformers' start and end logits over the tokens of the context."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder())
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder(), attn_implementation="eager").eval()
    inputs = tokenizer(QUESTION, context, return_tensors="pt")
    with torch.inference_mode():
        output = model(**inputs)
    inside = [place for place, part in enumerate(inputs.sequence_ids(0)) if part == 1]
    return output.start_logits[0, inside].numpy(), output.end_logits[0, inside].numpy()


def shown(**state: Any) -> Drawn:
    return drawn("question-answering", model=folder(), **state)


def only(found: Drawn, kind: type) -> Any:
    return next(figure for figure in found.figures if isinstance(figure, kind))


def test_the_logits_over_the_context_are_transformers_own() -> None:
    starts, ends = only(shown(), Chips).rows
    np.testing.assert_allclose(starts.values, right()[0], atol=1e-4)
    np.testing.assert_allclose(ends.values, right()[1], atol=1e-4)


@pytest.mark.parametrize("longest", [1, 4, 15])
def test_the_best_answers_are_the_largest_sums_that_a_loop_finds(longest: int) -> None:
    starts, ends = right()
    count = len(starts)
    spans = [(float(starts[i] + ends[j]), i, j) for i in range(count) for j in range(i, min(count, i + longest))]
    found = sorted(spans, reverse=True)[:5]
    np.testing.assert_allclose(only(shown(longest=longest), Bars).values, [one[0] for one in found], atol=1e-4)
    marked = only(shown(longest=longest), Chips).rows[0].marked
    assert (marked[0], marked[-1]) == found[0][1:]


def test_an_answer_is_a_piece_of_the_context_letter_by_letter() -> None:
    found = shown()
    for label in only(found, Bars).labels:
        assert label.removesuffix("…") in " ".join(CONTEXT.split())
    assert only(found, Bars).labels[0][:20] in found.spec.caption


def test_impossible_spans_are_minus_infinity_and_the_others_are_sums() -> None:
    m = only(shown(longest=3), Walk).matrices
    total = m["sums"].values
    rows, columns = np.indices(total.shape)
    possible = (columns >= rows) & (columns < rows + 3)
    assert np.isneginf(total[~possible]).all()
    np.testing.assert_allclose(total[possible], (m["start"].values + m["end"].values)[possible], atol=1e-9)


def test_a_short_context_is_shown_whole() -> None:
    context = "BERT reads sentences."
    walk = only(shown(context=context), Walk)
    assert walk.matrices["sums"].values.shape == (len(right(context)[0]),) * 2
    np.testing.assert_allclose(walk.matrices["start"].values[:, 0], right(context)[0], atol=1e-4)
    assert "Shown are" not in walk.steps[0].caption


def test_what_is_missing_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="The question is empty"):
        shown(question=" ")
    with pytest.raises(LecternError, match="The context is empty"):
        shown(context=" ")
    with pytest.raises(LecternError, match="choose an extractive model"):
        drawn("question-answering", model="bert-tiny")


@pytest.mark.skipif(Path(BUNDLED / "qa-tiny").is_dir(), reason="the bundled model is here")
def test_without_the_bundled_model_a_sentence_says_so() -> None:
    with pytest.raises(LecternError, match="qa-tiny is not in this checkout"):
        drawn("question-answering")
