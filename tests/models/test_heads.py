"""Gaps, following sentences, answers in a context, and rows of tables: against transformers' own heads."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as t

from models.answering import answer
from models.asks import Embed, Fill, Follow, Point
from models.errors import LecternError
from tests.models.architectures import SMALL, built
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread", "on_the_cpu")

BERT = Path(__file__).parents[2] / "models" / "bundled" / "bert-tiny"
COURSE = "The [MASK] is very cute"


@pytest.fixture(scope="module")
def bert() -> tuple[Any, Any]:
    model = t.BertForPreTraining.from_pretrained(BERT, attn_implementation="eager")
    return t.AutoTokenizer.from_pretrained(BERT), model.eval()


def output_of(model: Any, inputs: Any, **more: Any) -> Any:
    with torch.inference_mode():
        return model(**inputs, **more)


def test_a_gap_has_the_probabilities_of_transformers_own_head(bert: tuple[Any, Any]) -> None:
    tokenizer, model = bert
    found = answer(Fill("bert-tiny", COURSE))
    output = output_of(model, tokenizer(COURSE, return_tensors="pt"))
    right = torch.softmax(output.prediction_logits[0, 2].double(), 0).numpy()
    assert (found.gaps, found.at) == ((2,), 2)
    np.testing.assert_allclose(found.likeliest.shares[0], np.sort(right)[::-1][:24], atol=1e-5)
    assert found.likeliest.names[0][0] == tokenizer.decode([int(right.argmax())])


def test_every_layer_is_read_by_the_head_of_the_last(bert: tuple[Any, Any]) -> None:
    tokenizer, model = bert
    found = answer(Fill("bert-tiny", COURSE))
    states = output_of(model, tokenizer(COURSE, return_tensors="pt"), output_hidden_states=True).hidden_states
    with torch.inference_mode():
        shares = [torch.softmax(model.cls.predictions(state)[0, 2].double(), 0).numpy() for state in states]
    for layer, right in enumerate(shares):
        np.testing.assert_allclose(found.by_layer.shares[layer], np.sort(right)[::-1][:5], atol=1e-5)
        np.testing.assert_allclose(found.followed[layer], right[found.by_layer.ids[-1]], atol=1e-5)
    assert found.by_layer.ids[-1].tolist() == found.likeliest.ids[0, :5].tolist()


def test_a_position_is_hidden_by_its_number_and_special_tokens_stay(bert: tuple[Any, Any]) -> None:
    tokenizer, model = bert
    found = answer(Fill("bert-tiny", "The cat is very cute", masked=(0, 2, 4, 99), gap=1))
    assert (found.gaps, found.at) == ((2, 4), 4)
    assert found.original.tokens[2] == "cat"
    ids = tokenizer("The cat is very cute", return_tensors="pt")
    ids["input_ids"][0, [2, 4]] = tokenizer.mask_token_id
    assert list(found.tokens.ids) == ids["input_ids"][0].tolist()
    right = torch.softmax(output_of(model, ids).prediction_logits[0, [2, 4]].double(), 1)
    np.testing.assert_allclose(found.likeliest.shares[:, 0], right.max(1).values, atol=1e-5)


def test_a_text_without_a_gap_is_read_too() -> None:
    found = answer(Fill("bert-tiny", "The cat is very cute"))
    assert (found.gaps, found.likeliest.names) == ((), ())


def test_a_final_norm_comes_before_the_head_in_every_layer(tmp_path: Path) -> None:
    model = built("modernbert")
    folder = save(tmp_path, model)
    tokenizer = t.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"mask_token": "<3>"})
    tokenizer.save_pretrained(folder)
    found = answer(Fill(folder, "the cat sat", masked=(1,)))
    output = output_of(model, {"input_ids": torch.tensor([found.tokens.ids])}, output_hidden_states=True)
    with torch.inference_mode():
        middle = model.decoder(model.head(model.model.final_norm(output.hidden_states[1])))[0, 1]
    right = torch.softmax(output.logits[0, 1].double(), 0).numpy()
    np.testing.assert_allclose(found.by_layer.shares[-1], np.sort(right)[::-1][:5], atol=1e-5)
    np.testing.assert_allclose(
        found.by_layer.shares[1], torch.softmax(middle.double(), 0).sort(descending=True).values[:5], atol=1e-5
    )


def test_following_is_judged_as_berts_own_head_judges(bert: tuple[Any, Any]) -> None:
    tokenizer, model = bert
    pair = ("It is raining heavily.", "I need an umbrella.")
    found = answer(Follow("bert-tiny", *pair))
    right = output_of(model, tokenizer(*pair, return_tensors="pt")).seq_relationship_logits[0].numpy()
    np.testing.assert_allclose(found.logits, right, atol=1e-4)
    assert set(found.tokens.segments) == {0, 1}
    assert np.abs(found.pooled).max() <= 1


def test_start_and_end_are_those_of_transformers_and_positions_cover_the_context(tmp_path: Path) -> None:
    torch.manual_seed(4)
    config = t.BertConfig(**SMALL | {"vocab_size": 8000})
    model = t.BertForQuestionAnswering(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer = t.AutoTokenizer.from_pretrained(BERT)
    tokenizer.save_pretrained(tmp_path)
    context = "BERT reads a whole sentence at once."
    found = answer(Point(str(tmp_path), "What is BERT?", context))
    inputs = tokenizer("What is BERT?", context, return_tensors="pt")
    right = output_of(model, inputs)
    np.testing.assert_allclose(found.start, right.start_logits[0], atol=1e-4)
    np.testing.assert_allclose(found.end, right.end_logits[0], atol=1e-4)
    for place, (first, last) in zip(found.context, found.spans, strict=True):
        assert context[first:last].lower() == found.tokens.pieces[place].removeprefix("##")
    long = answer(Point(str(tmp_path), "What is BERT?", context * 40))
    assert len(long.tokens.ids) == len(long.start) == 64
    assert long.notices


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (Follow("gpt-tiny", "a", "b"), "gpt-tiny was not trained to tell whether a sentence follows"),
        (Follow("bert-tiny", "a", " "), "The second sentence is empty"),
        (Point("bert-tiny", "a", "b"), "bert-tiny was not trained to point at answers: choose an extractive model"),
        (Fill("gpt-tiny", "a"), "gpt-tiny was not trained on masked words: choose an encoder"),
    ],
)
def test_a_model_without_the_head_gets_a_sentence(ask: Any, sentence: str) -> None:
    with pytest.raises(LecternError, match=sentence):
        answer(ask)


@pytest.mark.parametrize("key", ["bert-tiny", "gpt-tiny"])
def test_the_rows_that_are_added_are_rows_of_the_tables(key: str) -> None:
    folder = BERT.parent / key
    body = t.AutoModel.from_pretrained(folder)
    tables = dict(body.named_modules())
    found = answer(Embed(key, "Your cat is a lovely cat"))
    assert [part.role for part in found.parts] == (
        ["token", "segment", "position"] if key == "bert-tiny" else ["token", "position"]
    )
    for part in found.parts:
        table = tables[part.name].weight.detach().numpy()
        np.testing.assert_array_equal(part.rows, table[list(part.ids)])
        assert part.table == table.shape
    total = torch.tensor(np.sum([part.rows for part in found.parts], axis=0))
    first = body.embeddings.LayerNorm(total) if key == "bert-tiny" else total
    np.testing.assert_allclose(found.first, first.detach().numpy(), atol=1e-5)
