"""The attention view against transformers' own eager attention, and hiding, merging and pooling by hand."""

from itertools import groupby, pairwise, product
from math import floor
from typing import Any

import numpy as np
import pytest

from models.errors import LecternError
from tests.viz.drawing import drawn, eager, eager_output, heads, traced
from viz.attention_shown import whole
from viz.spec import Heads
from viz.views import find

SENTENCE = "Your unbelievable cat is a lovely photosynthesizer."
PAIR = {"text": "The cat sat on the mat.", "pair": "It was tired."}
LONG = " ".join(["the old man walked along the river bank and watched the boats"] * 7)
MODELS = ["bert-tiny", "gpt-tiny"]

both_models = pytest.mark.parametrize("model", MODELS)


def figure(**state: Any) -> Heads:
    (found,) = heads("attention", **state)
    return found


def expected(model: str, text: str, pair: str | None = None) -> np.ndarray:
    """Return [layer, head, query, key] as transformers computes them."""
    return np.array([layer[0].numpy() for layer in eager_output(model, text, pair).attentions])


def encoded(model: str, text: str) -> Any:
    return eager(model)[0](text, return_special_tokens_mask=True)


def groups(model: str, text: str) -> list[list[int]]:
    """Return the positions of each word, as the tokenizer says which word a token is of."""
    words = encoded(model, text).word_ids()
    keys = [word if word is not None else f"special {i}" for i, word in enumerate(words)]
    return [[i for i, _ in places] for _, places in groupby(enumerate(keys), key=lambda pair: pair[1])]


@both_models
def test_every_head_of_every_layer_agrees_with_eager_attention(model: str) -> None:
    found = figure(text=SENTENCE, model=model)
    assert found.all is not None
    assert found.all.shape == (found.layers, found.heads, len(found.queries), len(found.keys))
    assert np.abs(found.all - expected(model, SENTENCE)).max() < 1e-5


@both_models
def test_the_chosen_head_agrees_with_eager_attention_and_no_other_head_does(model: str) -> None:
    weights, right = figure(text=SENTENCE, model=model, layer=2, head=1).weights, expected(model, SENTENCE)
    distances = np.abs(right - weights).max(axis=(2, 3))
    assert distances[2, 1] < 1e-5
    distances[2, 1] = 1
    assert distances.min() > 1e-4


@both_models
@pytest.mark.parametrize("special", ["show", "hide", "renormalise"])
@pytest.mark.parametrize("words", [False, True])
def test_the_chosen_head_the_route_of_heads_and_all_heads_tell_the_same(model: str, special: str, words: bool) -> None:
    state = {"text": SENTENCE, "model": model, "special": special, "words": words, "layer": 3, "head": 2}
    found, view = figure(**state), find("attention")
    assert found.all is not None
    assert np.array_equal(found.weights, found.all[3, 2])
    asked = view.state(**state)
    assert view.shown is not None
    assert np.array_equal(whole(view.shown(asked, (traced(view.runs(asked)[0]),), 0), 3, 2), found.weights)


def test_hiding_special_tokens_leaves_the_other_weights_as_they_are_and_rows_short_of_one() -> None:
    found = figure(text=SENTENCE, layer=1, head=3, special="hide")
    kept = [i for i, special in enumerate(encoded("bert-tiny", SENTENCE)["special_tokens_mask"]) if not special]
    whole = expected("bert-tiny", SENTENCE)[1, 3]
    for row, query in enumerate(kept):
        for column, key in enumerate(kept):
            assert found.weights[row, column] == pytest.approx(whole[query, key], abs=1e-6)
    assert not any(found.query_special)
    assert (found.weights.sum(axis=1) < 1).all()
    assert any("less than 1" in note for note in found.notes)


def test_renormalising_divides_each_row_by_what_is_left_of_it() -> None:
    hidden, found = (figure(text=SENTENCE, layer=1, head=3, special=how).weights for how in ("hide", "renormalise"))
    for row in range(len(found)):
        left = sum(float(weight) for weight in hidden[row])
        assert found[row] == pytest.approx(hidden[row] / left, abs=1e-6)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-6)


@both_models
def test_merging_adds_what_goes_to_the_pieces_of_a_word_and_averages_what_comes_from_them(model: str) -> None:
    found, whole = figure(text=SENTENCE, model=model, layer=2, head=0, words=True), expected(model, SENTENCE)[2, 0]
    places = groups(model, SENTENCE)
    assert max(map(len, places)) > 1
    assert found.weights.shape == (len(places), len(places))
    for (row, queries), (column, keys) in product(enumerate(places), enumerate(places)):
        by_hand = sum(float(whole[query, key]) for query in queries for key in keys) / len(queries)
        assert found.weights[row, column] == pytest.approx(by_hand, abs=1e-5)
    assert found.weights.sum(axis=1) == pytest.approx(1, abs=1e-5)


@both_models
@pytest.mark.parametrize("text", [SENTENCE, "The café is naïve.", "Ein 𝔘 und ein 😀 e\u0301"])
def test_merged_words_are_spelt_as_the_text_spells_them(model: str, text: str) -> None:
    tokenizer = eager(model)[0]
    plain = tokenizer(text, return_offsets_mapping=True)
    for token, places in zip(figure(text=text, model=model, words=True).queries, groups(model, text), strict=True):
        start, end = plain["offset_mapping"][places[0]][0], plain["offset_mapping"][places[-1]][1]
        if start == end or plain["input_ids"][places[0]] == tokenizer.unk_token_id:
            continue
        written = text[start:end].strip()
        normalizer = tokenizer.backend_tokenizer.normalizer
        assert token == (normalizer.normalize_str(written) if normalizer else written)


def test_hiding_and_merging_together_keep_rows_at_one() -> None:
    found = figure(text=SENTENCE, special="renormalise", words=True)
    assert found.queries == ("your", "unbelievable", "cat", "is", "a", "lovely", "photosynthesizer", ".")
    assert found.weights.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_pair_is_read_in_one_pass_with_a_segment_for_each_sentence() -> None:
    found = figure(**PAIR)
    tokenizer = eager("bert-tiny")[0]
    both = tokenizer(PAIR["text"], PAIR["pair"])
    assert found.queries == tuple(tokenizer.convert_ids_to_tokens(both["input_ids"]))
    assert found.query_segments == tuple(both["token_type_ids"])
    assert found.all is not None
    assert np.abs(found.all - expected("bert-tiny", PAIR["text"], PAIR["pair"])).max() < 1e-5


def test_a_second_sentence_of_spaces_is_no_second_sentence() -> None:
    assert figure(text="The cat", pair="   ").queries == figure(text="The cat").queries


@both_models
@pytest.mark.parametrize("text", [SENTENCE, LONG])
def test_a_thumbnail_keeps_the_brightest_cell_of_every_block(model: str, text: str) -> None:
    found, whole = figure(text=text, model=model), expected(model, text)
    size, count = min(24, whole.shape[2]), whole.shape[2]
    edges = [floor(i * count / size) for i in range(size + 1)]
    blocks = [slice(start, end) for start, end in pairwise(edges)]
    assert found.overview is not None
    assert found.overview.shape == (*whole.shape[:2], size, size)
    for (i, rows), (j, columns) in product(enumerate(blocks), enumerate(blocks)):
        brightest = whole[:, :, rows, columns].max(axis=(2, 3))
        assert np.abs(found.overview[:, :, i, j] / 255 * found.overview_high - brightest).max() <= 0.5 / 255 + 1e-5


def test_the_overview_shows_the_same_tokens_as_the_chosen_head() -> None:
    found = figure(text=SENTENCE, special="renormalise", words=True, layer=1, head=1)
    assert found.overview is not None
    assert np.abs(found.overview[1, 1] / 255 - found.weights).max() <= 0.5 / 255 + 1e-6


def test_only_the_decoder_is_called_causal_and_its_upper_triangle_is_exactly_zero() -> None:
    bert, gpt = (figure(text=SENTENCE, model=model) for model in MODELS)
    assert (bert.causal, gpt.causal) == (False, True)
    assert gpt.all is not None
    assert (gpt.all[:, :, *np.triu_indices(len(gpt.queries), 1)] == 0).all()


def test_all_heads_travel_with_a_short_text_and_not_with_a_long_one() -> None:
    assert figure(text=SENTENCE).all is not None
    assert figure(text=LONG).all is None


def test_a_layer_and_a_head_that_the_model_does_not_have_become_its_last_ones_with_a_sentence_each() -> None:
    found = drawn("attention", layer=77, head=88)
    assert (found.state.layer, found.state.head) == (found.spec.limits["layer"], found.spec.limits["head"])  # type: ignore[attr-defined]
    assert [sentence.split(":")[0] for sentence in found.notices] == ["There is no layer 77", "There is no head 88"]


def test_cross_attention_of_a_model_that_has_none_shows_what_there_is_and_says_so() -> None:
    assert drawn("attention", kind="cross").notices == (
        "bert-tiny has no cross-attention: its self-attention is shown.",
    )


@pytest.mark.parametrize("special", ["show", "hide", "renormalise"])
def test_the_caption_says_that_rows_add_up_to_one_exactly_where_they_do(special: str) -> None:
    found = drawn("attention", special=special)
    adds_up = np.allclose(found.figures[0].weights.sum(axis=1), 1, atol=1e-5)  # type: ignore[union-attr]
    assert adds_up == (special != "hide")
    assert ("each row adds up to 1" in found.spec.caption) == adds_up


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_a_text_without_a_word_gets_a_sentence(text: str) -> None:
    with pytest.raises(LecternError, match="type at least one word"):
        drawn("attention", text=text)


@both_models
@pytest.mark.parametrize("text", ["😀👩‍👩‍👧 e\u0301\u0302", "שלום עולם", "مرحبا", "a\x00b", "‮evil", "x" * 3000, "ﬁ ﷺ"])
def test_odd_texts_are_read_and_rows_still_add_up_to_one(model: str, text: str) -> None:
    assert figure(text=text, model=model).weights.sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_of_a_text_that_is_too_long_the_beginning_is_shown_and_a_sentence_says_how_much() -> None:
    found = drawn("attention", text="word " * 20_000)
    (shown,) = (one for one in found.figures if isinstance(one, Heads))
    assert len(shown.queries) == 512
    (sentence,) = found.notices
    assert sentence.startswith("Only the first 512 of 20,002 tokens are shown")


@pytest.mark.parametrize("kind", ["cross", "decoder"])
def test_what_a_decoder_writes_grows_token_by_token_and_no_earlier_weight_changes(kind: str) -> None:
    end = figure(model="en-fr", kind=kind)
    written = len(end.queries) - 1
    assert written > 5
    for count in (0, 3, written - 1):
        found = drawn("attention", model="en-fr", kind=kind, written=count)
        (heads_now,) = found.figures
        assert heads_now.queries == end.queries[: count + 1]
        keys = count + 1 if kind == "decoder" else len(end.keys)
        assert np.abs(heads_now.all - end.all[..., : count + 1, :keys]).max() < 1e-5
        coming = f"{count} of {written} tokens are written; the next one is “{end.queries[count + 1]}”"
        assert coming in found.spec.caption
        assert found.spec.limits["written"] == written
    assert drawn("attention", model="en-fr", kind=kind, written=written + 9).figures[0].queries == end.queries
    assert drawn("attention", model="gpt-tiny", written=2).spec.limits["written"] == 0
