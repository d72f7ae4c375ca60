"""Masked scores against torch's softmax, with the lecture's numbers and with a decoder's."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from models.errors import LecternError
from tests.viz.drawing import drawn, eager_output, walk
from viz.scene import Walk

SCORES = [[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.1, 0.3, 0.6, 0.1], [0.1, 0.3, 0.3, 0.3]]
INF = math.inf
SENTENCE = "The cat sat on the mat"


def numbers(**state: Any) -> dict[str, np.ndarray]:
    return walk("masked-scores", **state).arrays()


def softmax(scores: np.ndarray) -> np.ndarray:
    return torch.softmax(torch.from_numpy(np.asarray(scores, float)), dim=1).numpy()


def leak_step(found: Walk) -> str:
    return next(step.caption for step in found.steps if "zeroed" in step.layout)


def test_the_default_is_the_lectures_example_number_by_number() -> None:
    found = numbers()
    above = np.triu(np.ones((4, 4), bool), 1)
    assert found["scores"].tolist() == SCORES
    assert np.array_equal(found["mask"], np.where(above, -INF, 0))
    assert np.array_equal(found["masked"], np.where(above, -INF, np.array(SCORES)))
    assert np.abs(found["weights"] - softmax(np.where(above, -INF, np.array(SCORES)))).max() < 1e-12


def test_the_weights_of_the_lectures_example_by_hand() -> None:
    weights = numbers()["weights"]
    half = math.exp(0.1) / (math.exp(0.1) + math.exp(0.6))
    assert weights[0].tolist() == [1, 0, 0, 0]
    assert weights[1] == pytest.approx([half, 1 - half, 0, 0], abs=1e-12)
    assert weights[2, :3].sum() == pytest.approx(1, abs=1e-12)
    assert weights[2, 3] == 0


def test_the_first_step_says_that_rows_which_add_up_to_one_are_not_weights_yet() -> None:
    assert "softmax is still to come" in walk("masked-scores").steps[0].caption
    assert (
        "softmax is still to come"
        not in walk("masked-scores", scores=((2.0, 3.0), (4.0, 5.0)), labels="a b").steps[0].caption
    )


@pytest.mark.parametrize(
    ("state", "hidden"),
    [
        ({"preset": "given"}, lambda query, key: key > query),
        ({"preset": "causal"}, lambda query, key: key > query),
        ({"preset": "bidirectional"}, lambda query, key: False),
        ({"preset": "padding", "padded": 1}, lambda query, key: key >= 3),
        ({"preset": "padding", "padded": 2}, lambda query, key: key >= 2),
        ({"preset": "window", "window": 1}, lambda query, key: key != query),
        ({"preset": "window", "window": 2}, lambda query, key: key not in (query - 1, query)),
        ({"preset": "window", "window": 9}, lambda query, key: key > query),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_every_preset_hides_what_it_says_and_the_weights_are_torchs_softmax(state: dict, hidden: Any) -> None:
    found = numbers(**state)
    mask = np.array([[-INF if hidden(query, key) else 0.0 for key in range(4)] for query in range(4)])
    assert np.array_equal(found["mask"], mask)
    assert np.abs(found["weights"] - softmax(np.array(SCORES) + mask)).max() < 1e-12
    assert (found["weights"][np.isneginf(mask)] == 0).all()
    assert found["weights"].sum(axis=1) == pytest.approx(1, abs=1e-12)


def test_a_mask_edited_cell_by_cell_is_used_as_it_stands() -> None:
    mask = ((0.0, -INF, 0.0, -INF), (0.0,) * 4, (-INF, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, -INF))
    found = numbers(mask=mask, preset="causal")
    assert np.array_equal(found["mask"], mask)
    assert np.abs(found["weights"] - softmax(np.array(SCORES) + np.array(mask))).max() < 1e-12
    assert "edited by hand" in drawn("masked-scores", mask=mask).spec.caption


def test_edited_scores_are_used_as_they_stand() -> None:
    scores = ((1.0, -2.0), (0.5, 3.0))
    found = numbers(scores=scores, labels="Ton chat")
    assert np.array_equal(found["scores"], scores)
    assert found["weights"].tolist() == [[1, 0], softmax(np.array(scores))[1].tolist()]


def test_with_zero_instead_of_minus_infinity_the_first_query_gives_most_of_its_attention_away() -> None:
    leaked = numbers()["leaked"]
    share = 3 / (3 + math.exp(0.7))
    assert leaked[0, 1:].sum() == pytest.approx(share, abs=1e-12)
    assert "“<s>” would give 60% of its attention" in leak_step(walk("masked-scores"))
    assert round(share * 100) == 60


@pytest.mark.parametrize("state", [{}, {"preset": "padding"}, {"preset": "window"}, {"source": "model"}], ids=str)
def test_the_share_that_leaks_is_the_largest_of_any_row(state: dict) -> None:
    found = walk("masked-scores", **state)
    scores, mask = found.arrays()["scores"], found.arrays()["mask"]
    shares = [
        sum(1.0 for hidden in np.isneginf(row) if hidden)
        / sum(1.0 if hidden else math.exp(score) for score, hidden in zip(line, np.isneginf(row), strict=True))
        for line, row in zip(scores, mask, strict=True)
    ]
    assert f"{max(shares):.0%}" in leak_step(found)


def test_without_a_mask_nothing_leaks() -> None:
    found = walk("masked-scores", preset="bidirectional")
    assert np.array_equal(found.arrays()["leaked"], found.arrays()["weights"])
    assert "Nothing is hidden" in leak_step(found)


def test_a_query_that_may_look_at_nothing_has_weights_of_zero_and_a_sentence() -> None:
    found = drawn("masked-scores", preset="padding", padded=4)
    assert (found.figures[0].arrays()["weights"] == 0).all()
    (sentence,) = found.notices
    assert sentence.startswith("“<s>” may look at nothing")


@pytest.mark.parametrize("labels", ["one", "a b", "a b c d e f"])
def test_more_or_fewer_tokens_make_the_matrices_larger_or_smaller(labels: str) -> None:
    found = walk("masked-scores", labels=labels)
    count = len(labels.split())
    assert all(matrix.values.shape == (count, count) for matrix in found.matrices.values())
    kept = min(4, count)
    assert np.array_equal(found.arrays()["scores"][:kept, :kept], np.array(SCORES)[:kept, :kept])


def test_of_more_than_sixteen_tokens_the_first_sixteen_are_shown_and_a_sentence_says_so() -> None:
    found = drawn("masked-scores", labels=" ".join("abcdefghijklmnopqr"))
    assert found.figures[0].arrays()["scores"].shape == (16, 16)
    assert found.notices == ("Only the first 16 of 18 tokens are shown.",)


def test_no_token_at_all_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="at least one token"):
        drawn("masked-scores", labels="   ")


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (2, 3), (4, 1)])
def test_a_decoders_scores_under_its_own_mask_give_exactly_its_weights(layer: int, head: int) -> None:
    found = numbers(source="model", text=SENTENCE, layer=layer, head=head)
    right = eager_output("gpt-tiny", SENTENCE).attentions[layer][0, head].numpy()
    assert np.abs(found["weights"] - right).max() < 1e-5
    assert (found["weights"][np.triu_indices(len(right), 1)] == 0).all()
    other = eager_output("gpt-tiny", SENTENCE).attentions[layer][0, (head + 1) % 4].numpy()
    assert np.abs(found["weights"] - other).max() > 1e-4


def test_the_scores_of_a_head_are_its_scaled_products_before_the_mask() -> None:
    steps = walk("attention-steps", model="gpt-tiny", text=SENTENCE, layer=2, head=1).arrays()
    found = numbers(source="model", text=SENTENCE, layer=2, head=1)["scores"]
    assert np.isfinite(found).all()
    by_hand = steps["q"].astype(float) @ steps["k"].astype(float).T / math.sqrt(steps["q"].shape[1])
    assert np.abs(found - by_hand).max() < 1e-4


def test_a_decoder_without_its_mask_would_look_ahead() -> None:
    found = numbers(source="model", text=SENTENCE, preset="bidirectional")
    assert (found["weights"] > 0).all()
    assert np.abs(found["weights"] - softmax(found["scores"])).max() < 1e-12


def test_an_encoder_hides_nothing_and_a_sentence_says_so() -> None:
    found = drawn("masked-scores", source="model", model="bert-tiny", text=SENTENCE)
    assert (found.figures[0].arrays()["mask"] == 0).all()
    (sentence,) = found.notices
    assert "hides nothing" in sentence


def test_the_scores_of_a_model_cannot_be_edited_and_its_mask_can() -> None:
    matrices = walk("masked-scores", source="model", text=SENTENCE).matrices
    assert [key for key, matrix in matrices.items() if matrix.edit] == ["mask"]
    assert matrices["mask"].choices == (0.0, -INF)
