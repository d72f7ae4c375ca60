"""The worked examples against torch and against the numbers that the course prints."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from models.errors import LecternError
from models.worked import attention, convolution, course, masks
from models.worked.convolution import KERNELS, conv2d, output_size, parameters

pairs = some.tuples(some.integers(1, 3), some.integers(1, 3))


def from_torch(image: np.ndarray, kernel: np.ndarray, **ways: tuple[int, int]) -> np.ndarray:
    batch, filters = torch.tensor(image)[None, None], torch.tensor(kernel)[None, None]
    return torch.nn.functional.conv2d(batch, filters, **ways)[0, 0].numpy()


def test_the_course_convolution_gives_the_output_on_the_slide() -> None:
    output = conv2d(np.array(course.CONVOLUTION_INPUT), np.array(course.CONVOLUTION_KERNEL))
    assert output.tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]] == [list(r) for r in course.CONVOLUTION_OUTPUT]


def test_the_kernel_is_not_flipped() -> None:
    """A true convolution would turn the kernel by 180 degrees, and the slide's numbers would not come out."""
    turned = conv2d(np.array(course.CONVOLUTION_INPUT), np.array(course.CONVOLUTION_KERNEL)[::-1, ::-1])
    assert turned.tolist() != [list(row) for row in course.CONVOLUTION_OUTPUT]


@settings(max_examples=80, deadline=None)
@given(
    rows=some.integers(1, 12),
    columns=some.integers(1, 12),
    kernel=some.tuples(some.integers(1, 4), some.integers(1, 4)),
    stride=pairs,
    dilation=pairs,
    padding=some.tuples(some.integers(0, 3), some.integers(0, 3)),
    seed=some.integers(0, 99),
)
def test_convolution_equals_torch_for_any_stride_padding_and_dilation_uneven_ones_too(
    rows: int,
    columns: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int],
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    image, filters = random.normal(size=(rows, columns)), random.normal(size=kernel)
    ways = {"stride": stride, "padding": padding, "dilation": dilation}
    if min(output_size(image.shape, kernel, **ways)) < 1:
        with pytest.raises(LecternError, match="does not fit"):
            conv2d(image, filters, **ways)
        with pytest.raises(RuntimeError):
            from_torch(image, filters, **ways)
        return
    expected = from_torch(image, filters, **ways)
    assert output_size(image.shape, kernel, **ways) == expected.shape
    np.testing.assert_allclose(conv2d(image, filters, **ways), expected, atol=1e-12)


def test_rows_come_first_in_a_stride() -> None:
    assert output_size((7, 7), (3, 3), stride=(1, 2)) == (5, 3)
    assert conv2d(np.ones((7, 7)), np.ones((3, 3)), stride=(2, 1)).shape == (3, 5)


@pytest.mark.parametrize("name", ["sharpen", "identity", "blur"])
def test_these_kernels_leave_an_even_picture_as_it_is(name: str) -> None:
    np.testing.assert_allclose(conv2d(np.full((5, 5), 7.0), np.array(KERNELS[name])), np.full((3, 3), 7.0))


@pytest.mark.parametrize("name", ["edges", "sobel-x", "sobel-y"])
def test_these_kernels_see_nothing_in_an_even_picture(name: str) -> None:
    assert not conv2d(np.full((5, 5), 7.0), np.array(KERNELS[name])).any()


def test_sobel_x_finds_edges_that_stand_and_sobel_y_those_that_lie() -> None:
    standing = np.repeat([[0.0, 0.0, 1.0, 1.0]], 4, axis=0)
    found = {name: np.abs(conv2d(standing, np.array(KERNELS[name]))).max() for name in ("sobel-x", "sobel-y")}
    assert found == {"sobel-x": 4.0, "sobel-y": 0.0}


def test_the_lecture_kernel_is_among_those_with_a_name() -> None:
    assert convolution.KERNELS["lecture"] == course.CONVOLUTION_KERNEL


def test_parameter_counts_are_those_of_torch_layers() -> None:
    shared = torch.nn.Conv2d(1, 1, 3)
    dense = torch.nn.Linear(25, 9)
    counted = [[layer.weight.numel(), layer.bias.numel()] for layer in (shared, dense)]
    assert [row[:2] for row in parameters((5, 5), (3, 3), (3, 3))] == counted
    assert [row[2] for row in parameters((5, 5), (3, 3), (3, 3))] == [10, 234]


def test_the_causal_mask_is_torchs() -> None:
    expected = torch.nn.Transformer.generate_square_subsequent_mask(5).numpy()
    np.testing.assert_array_equal(masks.causal(5), expected)


def test_the_other_masks_hide_what_they_say() -> None:
    hidden = -np.inf
    assert not masks.bidirectional(3).any()
    assert masks.padding(3, 1).tolist() == [[0, 0, hidden]] * 3
    assert masks.sliding_window(4, 2).tolist() == [
        [0, hidden, hidden, hidden],
        [0, 0, hidden, hidden],
        [hidden, 0, 0, hidden],
        [hidden, hidden, 0, 0],
    ]


def test_a_window_as_long_as_the_text_is_the_causal_mask() -> None:
    np.testing.assert_array_equal(masks.sliding_window(6, 6), masks.causal(6))


def test_look_ahead_scores_give_the_rows_worked_by_hand() -> None:
    weights = attention.softmax(np.array(course.LOOK_AHEAD_SCORES) + masks.causal(4))
    e = np.exp
    assert weights[0].tolist() == [1, 0, 0, 0]
    np.testing.assert_allclose(weights[1], [e(0.1) / (e(0.1) + e(0.6)), e(0.6) / (e(0.1) + e(0.6)), 0, 0])
    np.testing.assert_allclose(weights[2, :3], e([0.1, 0.3, 0.6]) / e([0.1, 0.3, 0.6]).sum())
    np.testing.assert_allclose(weights[3], e([0.1, 0.3, 0.3, 0.3]) / e([0.1, 0.3, 0.3, 0.3]).sum())


def test_hiding_with_zero_instead_of_minus_infinity_lets_the_future_through() -> None:
    scores, hidden = np.array(course.LOOK_AHEAD_SCORES), np.isinf(masks.causal(4))
    wrong = attention.softmax(np.where(hidden, 0, scores))
    assert wrong[hidden].min() > 0.1
    assert not attention.softmax(scores + masks.causal(4))[hidden].any()


def test_the_weights_on_the_slide_add_up_to_one_within_its_rounding() -> None:
    weights = np.array(course.CAT_WEIGHTS)
    assert weights.shape == (len(course.CAT_TOKENS),) * 2
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=0.0015)
    assert weights[0].tolist() == [0.268, 0.119, 0.134, 0.148, 0.179, 0.152]


@pytest.mark.parametrize("mask", [masks.bidirectional(3), masks.causal(3), masks.padding(3, 1)])
def test_attention_by_hand_equals_torchs(mask: np.ndarray) -> None:
    x, w_q, w_k, w_v = map(np.array, (attention.X, attention.W_Q, attention.W_K, attention.W_V))
    by_hand = attention.softmax(x @ w_q @ (x @ w_k).T / np.sqrt(2) + mask) @ (x @ w_v)
    query, key, value = (torch.tensor(x @ w) for w in (w_q, w_k, w_v))
    kernel = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=torch.tensor(mask))
    np.testing.assert_allclose(by_hand, kernel.numpy(), atol=1e-12)


def test_softmax_survives_large_scores_and_a_row_that_sees_nothing() -> None:
    weights = attention.softmax(np.array([[1000.0, 0.0], [-np.inf, -np.inf]]))
    assert weights.tolist() == [[1, 0], [0, 0]]
