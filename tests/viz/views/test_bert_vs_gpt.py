"""BERT beside GPT: what the mask forbids is exactly zero, and what it allows is transformers' own."""

import numpy as np
import pytest

from models.errors import LecternError
from tests.viz.drawing import drawn, eager_output, heads, traced
from viz.attention_shown import whole
from viz.views import find

SENTENCE = "The cat sat on the mat because it was tired."


def test_above_the_diagonal_gpt_is_exactly_zero_in_every_head_and_bert_in_none() -> None:
    bert, gpt = heads("bert-vs-gpt", text=SENTENCE)
    assert bert.all is not None
    assert gpt.all is not None
    above_bert, above_gpt = (np.triu_indices(len(figure.queries), 1) for figure in (bert, gpt))
    assert (gpt.all[:, :, *above_gpt] == 0).all()
    assert (bert.all[:, :, *above_bert].max(axis=-1) > 0).all()
    assert (bert.causal, gpt.causal) == (False, True)


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (3, 2)])
def test_both_figures_agree_with_eager_attention_at_the_same_layer_and_head(layer: int, head: int) -> None:
    for figure, model in zip(
        heads("bert-vs-gpt", text=SENTENCE, layer=layer, head=head), ("bert-tiny", "gpt-tiny"), strict=True
    ):
        right = eager_output(model, SENTENCE).attentions[layer][0, head].numpy()
        assert np.abs(figure.weights - right).max() < 1e-5
        assert (figure.layer, figure.head) == (layer, head)


def test_each_figure_says_which_forward_pass_its_other_heads_come_from() -> None:
    view = find("bert-vs-gpt")
    state = view.state(layer=1, head=2, special="renormalise")
    assert view.shown is not None
    traces = tuple(traced(run) for run in view.runs(state))
    for figure in heads("bert-vs-gpt", layer=1, head=2, special="renormalise"):
        again = whole(view.shown(state, traces, figure.origin), 1, 2)
        assert np.array_equal(again.astype(np.float32), figure.weights)


def test_a_layer_that_one_model_does_not_have_is_said_for_that_model() -> None:
    found = drawn("bert-vs-gpt", layer=99)
    assert [sentence.split(":")[0] for sentence in found.notices] == ["bert-tiny", "gpt-tiny"]
    last = {figure.title.split(":")[0]: figure.layer for figure in heads("bert-vs-gpt", layer=99)}
    assert last == {"bert-tiny": 3, "gpt-tiny": 4}


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_two_models_that_read_in_the_same_direction_get_a_sentence(model: str) -> None:
    (sentence,) = drawn("bert-vs-gpt", bert=model, gpt=model).notices
    assert sentence.startswith(f"{model} and {model} read in the same direction")


def test_each_title_says_which_way_its_model_reads() -> None:
    bert, gpt = heads("bert-vs-gpt")
    assert bert.title.endswith("every token sees every token")
    assert gpt.title.endswith("what came before")


@pytest.mark.parametrize("special", ["hide", "renormalise"])
def test_special_tokens_are_hidden_in_both(special: str) -> None:
    for figure in heads("bert-vs-gpt", special=special):
        assert not any((*figure.query_special, *figure.key_special))
        assert (figure.weights.sum(axis=1) <= 1 + 1e-5).all()


def test_a_single_letter_is_one_token_for_gpt_and_still_reads_in_its_direction() -> None:
    found = drawn("bert-vs-gpt", text="a")
    assert found.notices == ()
    assert found.figures[1].arrays()["weights"].tolist() == [[1]]


def test_an_empty_sentence_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="type at least one word"):
        drawn("bert-vs-gpt", text=" ")
