"""What is computed from weights and vectors, against scikit-learn, against torch, and by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import cosine_similarity

from models.errors import LecternError
from models.measures import cosine, hide, max_pool, merge_words, pca_2d

RANDOM = np.random.default_rng(5)
# scikit-learn takes a vector that is nearly zero for zero, so none is drawn between.
numbers = some.integers(-1000, 1000).map(lambda hundredths: hundredths / 100)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (4, 5), elements=numbers), arrays(np.float64, (3, 5), elements=numbers))
def test_cosine_equals_that_of_scikit_learn(left: np.ndarray, right: np.ndarray) -> None:
    expected = cosine_similarity(left, right)
    np.testing.assert_allclose(cosine(left, right), expected, atol=1e-12)
    np.testing.assert_allclose(cosine(left.astype(np.float32), right.astype(np.float32)), expected, atol=2e-6)


def test_rounding_never_lifts_a_cosine_above_one() -> None:
    vectors = RANDOM.normal(size=(200, 7)).astype(np.float32)
    assert np.abs(cosine(vectors, vectors)).max() <= 1


def test_cosine_of_the_course_vectors_has_the_sign_of_their_dot_product() -> None:
    found = cosine(np.array([[3.0, 4.0]]), np.array([[4.0, 3.0], [1.0, 4.0], [-4.0, 3.0], [-2.0, -3.0]]))
    np.testing.assert_allclose(found[0], [24 / 25, 19 / (5 * 17**0.5), 0, -18 / (5 * 13**0.5)], atol=1e-12)


def test_a_row_of_zeros_has_cosine_zero() -> None:
    assert cosine(np.zeros((1, 3)), np.ones((2, 3))).tolist() == [[0, 0]]


@pytest.mark.parametrize(("count", "width"), [(2, 7), (5, 3), (12, 768), (40, 2)])
def test_two_principal_components_equal_those_of_scikit_learn(count: int, width: int) -> None:
    vectors = RANDOM.normal(size=(count, width)) * np.linspace(3, 0.5, width) + 4
    points, kept = pca_2d(vectors)
    reference = PCA(2).fit(vectors)
    expected = reference.transform(vectors)
    signs = np.sign((points * expected).sum(axis=0))
    if count == 2:  # the second component of two points is empty, and its sign is anybody's
        signs[1] = 0
        points[:, 1] = 0 if abs(points[:, 1]).max() < 1e-9 else np.nan
    np.testing.assert_allclose(points, expected * signs, atol=1e-9)
    assert kept == pytest.approx(reference.explained_variance_ratio_.sum())


def test_the_picture_does_not_flip_when_one_more_vector_comes() -> None:
    vectors = RANDOM.normal(size=(30, 6)) * [9, 5, 1, 1, 1, 1]
    one, more = pca_2d(vectors[:29])[0], pca_2d(vectors)[0]
    assert (np.sign((one * more[:29]).sum(axis=0)) == 1).all()


def test_equal_vectors_lie_on_one_point_and_lose_nothing() -> None:
    points, kept = pca_2d(np.ones((3, 4)))
    assert not points.any()
    assert kept == 1


def test_one_vector_and_width_one_have_a_picture_too() -> None:
    assert pca_2d(np.array([[1.0, 2.0, 3.0]]))[0].tolist() == [[0, 0]]
    points, kept = pca_2d(np.array([[1.0], [3.0]]))
    assert np.abs(points).tolist() == [[1, 0], [1, 0]]
    assert kept == 1


def test_merging_sums_what_goes_to_a_word_and_averages_what_comes_from_it() -> None:
    weights = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [0.5, 0.1, 0.4]])
    merged = merge_words(weights, [[0, 1], [2]], [[0, 1], [2]])
    np.testing.assert_allclose(merged, [[(0.3 + 0.6) / 2, (0.7 + 0.4) / 2], [0.6, 0.4]])


@settings(max_examples=40, deadline=None)
@given(some.lists(some.integers(1, 3), min_size=1, max_size=6), some.integers(0, 99))
def test_merged_rows_still_add_up_to_one(sizes: list[int], seed: int) -> None:
    ends = np.cumsum(sizes)
    words = [list(range(end - size, end)) for size, end in zip(sizes, ends, strict=True)]
    weights = np.random.default_rng(seed).dirichlet(np.ones(ends[-1]), ends[-1])
    np.testing.assert_allclose(merge_words(weights, words, words).sum(axis=1), 1)


def test_hiding_keeps_the_weights_or_gives_each_row_its_missing_share() -> None:
    weights = np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6], [1.0, 0.0, 0.0]])
    queries, keys = np.array([True, False, True]), np.array([False, True, True])
    assert hide(weights, queries, keys, renormalise=False).tolist() == [[0.25, 0.25], [0, 0]]
    assert hide(weights, queries, keys, renormalise=True).tolist() == [[0.5, 0.5], [0, 0]]


@pytest.mark.parametrize("side", [4, 8, 16])
def test_pooling_that_comes_out_even_is_torchs(side: int) -> None:
    weights = RANDOM.random((16, 16)).astype(np.float32)
    expected = torch.nn.functional.max_pool2d(torch.tensor(weights)[None], 16 // side)[0].numpy()
    np.testing.assert_array_equal(max_pool(weights, side), expected)


@settings(max_examples=60, deadline=None)
@given(some.integers(1, 30), some.integers(1, 30), some.integers(1, 10), some.integers(0, 99))
def test_a_single_bright_cell_survives_pooling_wherever_it_is(rows: int, columns: int, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = np.zeros((rows, columns), np.float32)
    place = (random.integers(rows), random.integers(columns))
    weights[place] = 1
    pooled = max_pool(weights, size)
    assert pooled.shape == (min(rows, size), min(columns, size))
    assert pooled.sum() == 1
    blocks = [n * np.arange(k) // k for n, k in zip(weights.shape, pooled.shape, strict=True)]  # where each begins
    assert pooled[tuple((begins <= at).sum() - 1 for begins, at in zip(blocks, place, strict=True))] == 1


def test_pooling_nothing_is_refused() -> None:
    with pytest.raises(LecternError, match="nothing to pool"):
        max_pool(np.zeros((0, 3), np.float32), 2)
