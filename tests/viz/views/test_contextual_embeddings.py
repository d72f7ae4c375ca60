"""One word in several sentences, against transformers' own hidden states and scikit-learn's cosines and components."""

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from models.errors import LecternError
from tests.viz.drawing import drawn, eager, eager_output, walk
from viz.occurrences import bare, split_sense
from viz.scene import Walk
from viz.spec import Plot
from viz.views.contextual_embeddings import examples

BANK = (
    ("river", "He sat on the bank of the river."),
    ("money", "The bank, he said, gave him a loan; the other bank did not."),
    ("money", "BANK!"),
)
LINES = "\n".join(f"{sense} | {sentence}" for sense, sentence in BANK)
STATE: dict[str, Any] = {"word": "bank", "sentences": LINES}

both_models = pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])


def places(model: str, sentence: str, word: str) -> list[list[int]]:
    """Return the positions of the pieces of every occurrence, found by where the letters stand in the sentence."""
    offsets = eager(model)[0](sentence, return_offsets_mapping=True)["offset_mapping"]
    found, at = [], sentence.lower().find(word)
    while at >= 0:
        span = range(at, at + len(word))
        found.append([i for i, (start, end) in enumerate(offsets) if set(span) & set(range(start, end))])
        at = sentence.lower().find(word, at + len(word))
    return found


def vectors(model: str, layer: int, word: str = "bank", sentences: Any = BANK) -> np.ndarray:
    """Return [occurrence, width]: the mean hidden state of the pieces of each occurrence."""
    states = [(eager_output(model, text).hidden_states[layer][0].numpy(), text) for _, text in sentences]
    return np.array([state[where].mean(axis=0) for state, text in states for where in places(model, text, word)])


def others(model: str, layer: int) -> np.ndarray:
    """Return the hidden states of every position that is neither special nor a piece of the word."""
    rows = []
    for _, text in BANK:
        special = eager(model)[0](text, return_special_tokens_mask=True)["special_tokens_mask"]
        taken = {i for where in places(model, text, "bank") for i in where}
        state = eager_output(model, text).hidden_states[layer][0].numpy()
        rows += [state[i] for i, added in enumerate(special) if not added and i not in taken]
    return np.array(rows)


def everything(model: str, layer: int) -> np.ndarray:
    return np.concatenate([eager_output(model, text).hidden_states[layer][0].numpy() for _, text in BANK])


def plots(**state: Any) -> tuple[Plot, Plot]:
    projection, curves = (one for one in drawn("contextual-embeddings", **state).figures if isinstance(one, Plot))
    return projection, curves


def mean_of_pairs(rows: np.ndarray) -> float:
    """Return the mean cosine of all pairs, one pair after the other."""
    cosines = [float(a @ b / np.sqrt((a @ a) * (b @ b))) for a, b in combinations(rows.astype(float), 2)]
    return sum(cosines) / len(cosines)


@both_models
@pytest.mark.parametrize("layer", [0, 2, 4])
def test_the_cosine_table_is_scikit_learns_on_transformers_own_hidden_states(model: str, layer: int) -> None:
    found = walk("contextual-embeddings", model=model, layer=layer, **STATE).arrays()
    right = vectors(model, layer)
    assert len(right) == 4
    assert np.abs(found["vectors"] - right).max() < 1e-4 * max(1, np.abs(right).max())
    assert np.abs(found["cosine"] - cosine_similarity(right)).max() < 1e-5


def test_the_vectors_of_another_layer_are_others() -> None:
    found = walk("contextual-embeddings", layer=2, **STATE).arrays()["cosine"]
    assert np.abs(found - cosine_similarity(vectors("bert-tiny", 4))).max() > 1e-3


def test_vectors_are_compared_in_full_dimension() -> None:
    width = eager("bert-tiny")[1].config.hidden_size
    assert walk("contextual-embeddings", **STATE).arrays()["vectors"].shape == (4, width)


def test_without_a_layer_in_the_link_the_last_one_is_shown_and_the_link_stays_short() -> None:
    found = drawn("contextual-embeddings", **STATE)
    assert "layer" not in found.link()
    assert found.response()["state"]["layer"] == 4
    last = walk("contextual-embeddings", layer=4, **STATE).arrays()["cosine"]
    assert np.array_equal(found.figures[0].arrays()["cosine"], last)


def test_two_models_of_different_depth_each_show_their_own_last_layer() -> None:
    found = drawn("contextual-embeddings", second="gpt-tiny", **STATE)
    tables = [figure for figure in found.figures if isinstance(figure, Walk)]
    assert [table.matrices["vectors"].title for table in tables] == ["Vectors in layer 4", "Vectors in layer 5"]
    for table, (model, layer) in zip(tables, (("bert-tiny", 4), ("gpt-tiny", 5)), strict=True):
        assert np.abs(table.arrays()["cosine"] - cosine_similarity(vectors(model, layer))).max() < 1e-5
        assert model in table.title


def test_a_layer_that_one_of_two_models_does_not_have_is_said() -> None:
    (sentence,) = drawn("contextual-embeddings", second="gpt-tiny", layer=5, **STATE).notices
    assert sentence.startswith("There is no layer 5")


def test_occurrences_are_found_with_punctuation_in_any_case_and_several_in_a_sentence() -> None:
    assert walk("contextual-embeddings", **STATE).matrices["cosine"].rows == (
        "river 1",
        "money 2, 1",
        "money 2, 2",
        "money 3",
    )


@both_models
@pytest.mark.parametrize("word", ["photosynthesis", "naïve", "café"])
def test_a_word_that_is_cut_into_pieces_is_found_and_its_pieces_are_averaged(model: str, word: str) -> None:
    sentences = [("", f"We saw {word} today."), ("", f"{word} is here, or {word}?")]
    where = [place for _, text in sentences for place in places(model, text, word)]
    assert max(map(len, where)) > 1
    lines = "\n".join(text for _, text in sentences)
    found = walk("contextual-embeddings", model=model, word=word, sentences=lines, layer=3)
    right = vectors(model, 3, word, sentences)
    assert found.arrays()["cosine"].shape == (3, 3)
    assert np.abs(found.arrays()["cosine"] - cosine_similarity(right)).max() < 1e-5
    caption = drawn("contextual-embeddings", model=model, word=word, sentences=lines).spec.caption
    assert f"cut into up to {max(map(len, where))} pieces" in caption


@pytest.mark.parametrize("word", ["  bank ", "Bank", "BANK", "“bank”", "bank."])
def test_the_word_may_be_typed_with_capitals_spaces_and_punctuation(word: str) -> None:
    typed = walk("contextual-embeddings", word=word, sentences=LINES).arrays()
    assert np.array_equal(typed["cosine"], walk("contextual-embeddings", **STATE).arrays()["cosine"])


def test_part_of_another_word_is_not_an_occurrence() -> None:
    lines = "A banker robbed the bank.\nThe bankrupt bank closed."
    assert len(walk("contextual-embeddings", word="bank", sentences=lines).matrices["cosine"].rows) == 2


def test_accents_tell_words_apart_where_the_model_reads_them() -> None:
    lines = "The resume is here.\nThe résumé is here.\nA résumé it is."
    found = walk("contextual-embeddings", model="gpt-tiny", word="résumé", sentences=lines)
    assert found.matrices["cosine"].rows == ("sentence 2", "sentence 3")


@pytest.mark.parametrize("word", ["xylophone", "<script>", "${1+1}", "😀", "bank of"])
def test_a_word_that_does_not_occur_gets_a_sentence(word: str) -> None:
    with pytest.raises(LecternError, match="occurs nowhere in these sentences"):
        drawn("contextual-embeddings", word=word, sentences=LINES)


def test_a_word_that_occurs_once_cannot_be_compared() -> None:
    with pytest.raises(LecternError, match="occurs once"):
        drawn("contextual-embeddings", word="river", sentences=LINES)


def test_too_many_sentences_get_a_sentence() -> None:
    with pytest.raises(LecternError, match="At most 24 sentences"):
        drawn("contextual-embeddings", word="bank", sentences="\n".join(["the bank"] * 25))


@both_models
@pytest.mark.parametrize("centred", [False, True])
def test_the_curves_are_mean_cosines_pair_by_pair_beside_a_baseline_by_brute_force(model: str, centred: bool) -> None:
    _, curves = plots(model=model, centred=centred, **STATE)
    senses = ["river", "money", "money", "money"]
    for layer, same, different, baseline in curves.table.rows:
        middle = everything(model, layer).mean(axis=0) if centred else 0  # type: ignore[arg-type]
        rows = vectors(model, layer) - middle  # type: ignore[arg-type]
        table = cosine_similarity(rows)
        pairs = list(combinations(range(4), 2))
        alike = np.mean([table[i, j] for i, j in pairs if senses[i] == senses[j]])
        apart = np.mean([table[i, j] for i, j in pairs if senses[i] != senses[j]])
        assert (same, different) == pytest.approx((alike, apart), abs=1e-4)
        assert baseline == pytest.approx(mean_of_pairs(others(model, layer) - middle), abs=1e-4)  # type: ignore[arg-type]
    assert len(curves.table.rows) == len(eager_output(model, BANK[0][1]).hidden_states)


def test_the_baseline_is_said_in_the_first_step_with_the_number_of_its_pairs() -> None:
    count = len(others("bert-tiny", 4))
    caption = walk("contextual-embeddings", layer=4, **STATE).steps[0].caption
    assert f"({count * (count - 1) // 2:,} pairs)" in caption
    assert f"{mean_of_pairs(others('bert-tiny', 4)):.2f}".replace("-", "−") in caption


def test_centring_takes_the_mean_of_all_tokens_away() -> None:
    found = walk("contextual-embeddings", layer=3, centred=True, **STATE).arrays()
    right = vectors("bert-tiny", 3) - everything("bert-tiny", 3).mean(axis=0)
    assert np.abs(found["cosine"] - cosine_similarity(right)).max() < 1e-5
    assert np.abs(found["cosine"] - cosine_similarity(vectors("bert-tiny", 3))).max() > 1e-3


@both_models
def test_the_projection_and_its_share_of_the_variance_are_scikit_learns(model: str) -> None:
    projection, _ = plots(model=model, layer=3, **STATE)
    right = PCA(2).fit(vectors(model, 3))
    points = np.array([row[1:] for row in projection.table.rows], float)
    expected = right.transform(vectors(model, 3))
    for axis in range(2):
        sign = np.sign(points[:, axis] @ expected[:, axis])
        assert np.abs(points[:, axis] - sign * expected[:, axis]).max() < 1e-3
    assert f"({right.explained_variance_ratio_.sum():.0%} of the variance)" in projection.title
    assert "the rest is lost" in projection.alt


def test_the_points_of_the_plot_are_the_rows_of_its_table() -> None:
    projection, _ = plots(**STATE)
    drawn_points = {
        (t, x, y) for one in projection.data for t, x, y in zip(one["text"], one["x"], one["y"], strict=True)
    }
    assert drawn_points == set(projection.table.rows)


def test_the_static_vectors_are_rows_of_the_embedding_matrix_and_do_not_move() -> None:
    found = walk("contextual-embeddings", **STATE)
    tokenizer, plain = eager("bert-tiny")
    row = plain.get_input_embeddings().weight[tokenizer.convert_tokens_to_ids("bank")].detach().numpy()
    assert np.array_equal(found.arrays()["static"], np.array([row] * 4))
    assert found.arrays()["same"] == pytest.approx(1, abs=1e-6)
    assert "every pair has a cosine of 1" in found.steps[1].caption


def test_where_a_vocabulary_has_several_rows_for_the_word_nobody_says_that_it_has_one() -> None:
    found = walk("contextual-embeddings", model="gpt-tiny", **STATE)
    assert found.arrays()["same"].min() < 0.999
    assert "several rows" in found.steps[1].caption


def test_without_senses_no_curve_claims_to_know_them() -> None:
    lines = "\n".join(sentence for _, sentence in BANK)
    projection, curves = plots(word="bank", sentences=lines)
    assert [curve["name"] for curve in curves.data] == ["pairs of the word", "random pairs of other words"]
    for layer, all_pairs, nothing, _ in curves.table.rows:
        assert all_pairs == pytest.approx(mean_of_pairs(vectors("bert-tiny", layer)), abs=1e-4)  # type: ignore[arg-type]
        assert nothing == ""
    assert [cloud["name"] for cloud in projection.data] == ["occurrences"]


def test_a_sentence_without_a_sense_is_left_out_of_both_curves() -> None:
    lines = "\n".join([LINES, "There was a bank."])
    (_, told), (_, untold) = (plots(word="bank", sentences=text) for text in (LINES, lines))
    for one, other in zip(told.table.rows, untold.table.rows, strict=True):
        assert one[:3] == pytest.approx(other[:3], abs=1e-5)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("name", list(examples()))
def test_every_example_has_its_word_in_every_sentence_and_two_senses_or_none(name: str) -> None:
    example = examples()[name]
    word = example.get("word", name)
    senses, sentences = zip(*map(split_sense, example["sentences"]), strict=True)
    assert all(word in [bare(part) for part in sentence.split()] for sentence in sentences)
    assert not any(senses) or (all(senses) and len(set(senses)) >= 2)
    found = walk("contextual-embeddings", example=name)
    assert len(found.matrices["cosine"].rows) >= len(sentences)


def test_the_controls_show_the_sentences_and_the_word_of_the_example_though_the_link_does_not_hold_them() -> None:
    found = drawn("contextual-embeddings", example="bat")
    assert found.response()["state"]["word"] == "bat"
    assert found.response()["state"]["sentences"].splitlines() == examples()["bat"]["sentences"]
    assert found.link().endswith("example=bat")


@pytest.mark.parametrize(
    ("line", "sense", "sentence"),
    [
        ("river | by the bank", "river", "by the bank"),
        ("by the bank", "", "by the bank"),
        ("a|b|c", "a", "b|c"),
        ("|x", "", "x"),
    ],
)
def test_what_stands_before_the_first_bar_is_the_sense(line: str, sense: str, sentence: str) -> None:
    assert split_sense(line) == (sense, sentence)


@pytest.mark.parametrize("ends", [*permutations((".", "”", " "), 2)])
def test_a_bare_word_has_no_punctuation_at_its_ends_and_keeps_it_inside(ends: tuple[str, str]) -> None:
    assert bare(f"{ends[0]}Don't{ends[1]}") == "don't"
    assert bare("".join(ends)) in {"".join(ends).strip(), ""}


def test_the_shape_of_the_first_sentences_output_is_transformers_own() -> None:
    first = examples()["bank"]["sentences"][0].partition("|")[2].strip()
    shape = list(eager_output("bert-tiny", first).last_hidden_state.shape)
    assert f"the shape {shape}: sentences, tokens, width" in walk("contextual-embeddings").steps[2].caption
