"""Convolution against torch, for the lecture's numbers, for random ones, and for pictures."""

import base64
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LecternError
from tests.viz.drawing import drawn, walk
from viz.views.convolution import PICTURE_SIDE, read_picture

INPUT = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]
OUTPUT = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def numbers(**state: Any) -> dict[str, np.ndarray]:
    return walk("convolution", **state).arrays()


def picture(grey: np.ndarray) -> str:
    """Return a picture as the page writes it into a link."""
    data = base64.urlsafe_b64encode(grey.astype(np.uint8).tobytes()).decode().rstrip("=")
    return f"{grey.shape[1]}x{grey.shape[0]}.{data}"


def table(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in values)


def test_the_default_is_the_lectures_example_number_by_number() -> None:
    found = numbers()
    assert found["input"].tolist() == INPUT
    assert found["kernel"].tolist() == KERNEL
    assert found["output"].tolist() == OUTPUT


def test_the_kernel_is_not_flipped() -> None:
    flipped = numbers(kernel=tuple(tuple(map(float, row[::-1])) for row in KERNEL[::-1]))["output"]
    assert not np.array_equal(flipped, OUTPUT)


@settings(max_examples=40)
@given(
    shapes=st.tuples(*[st.integers(1, 7)] * 2, *[st.integers(1, 4)] * 2),
    stride=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    padding=st.integers(0, 8),
    dilation=st.integers(1, 4),
    bias=st.floats(-1000, 1000),
)
def test_any_state_gives_what_torch_gives_or_a_sentence_where_the_kernel_does_not_fit(
    shapes: tuple[int, ...], stride: tuple[int, int], padding: int, dilation: int, bias: float
) -> None:
    random = np.random.default_rng(sum(shapes))
    image, kernel = random.normal(size=shapes[:2]), random.normal(size=shapes[2:])
    state = {"input": table(image), "kernel": table(kernel), "padding": padding, "dilation": dilation, "bias": bias}
    state |= {"stride_rows": stride[0], "stride_columns": stride[1]}
    x, w = (torch.from_numpy(part)[None, None] for part in (image, kernel))
    try:
        expected = F.conv2d(
            x, w, torch.tensor([bias], dtype=torch.float64), stride=stride, padding=padding, dilation=dilation
        )
    except RuntimeError:
        with pytest.raises(LecternError, match="make the dilation smaller or the padding larger"):
            drawn("convolution", **state)
        return
    assert np.allclose(numbers(**state)["output"], expected[0, 0].numpy(), rtol=1e-12, atol=1e-9)


@settings(max_examples=25)
@given(
    sides=st.tuples(*[st.integers(1, PICTURE_SIDE)] * 2),
    seed=st.integers(0, 99),
    kernel=st.sampled_from(["edges", "blur"]),
)
def test_a_picture_of_any_size_comes_through_its_link_and_is_filtered_as_torch_does(
    sides: tuple[int, int], seed: int, kernel: str
) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, sides)
    found = numbers(picture=picture(grey), kernel_name=kernel, padding=1)
    assert np.abs(found["input"] - grey / 255).max() <= 0.0005 + 1e-12
    x, w = (torch.from_numpy(found[name])[None, None] for name in ("input", "kernel"))
    assert np.allclose(found["output"], F.conv2d(x, w, padding=1)[0, 0].numpy(), atol=1e-12)


def test_black_is_zero_and_white_is_one() -> None:
    assert read_picture(picture(np.array([[0, 255]]))).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    "text",
    ["x", "2x2", "2x2.", "2x2.AAAA", "2x2.AAAAAAAA", "0x0.", "-1x-1.AA", "axb.AAAA", "1x1x1.AA", "2x2.A", "1x1.ä",
     "49x1." + "A" * 66, "1000000000x1.AA", "<script>alert(1)</script>", "${1+1}x1.AA", "1x1.%%%"],
)  # fmt: skip
def test_a_damaged_picture_gets_a_sentence(text: str) -> None:
    with pytest.raises(LecternError, match="choose the picture again"):
        drawn("convolution", picture=text)


def test_a_picture_cannot_be_edited_cell_by_cell_and_the_lectures_input_can() -> None:
    assert walk("convolution").matrices["input"].edit == "input"
    assert walk("convolution", picture=picture(np.zeros((4, 4)))).matrices["input"].edit is None


RAMPS = {"flat": np.full((5, 6), 7.0), "right": np.mgrid[:5, :6][1] * 1.0, "down": np.mgrid[:5, :6][0] * 1.0}


def filtered(image: np.ndarray, name: str) -> np.ndarray:
    return numbers(input=table(image), kernel_name=name)["output"]


@pytest.mark.parametrize(
    ("name", "flat", "right", "down"),
    [
        ("edges", 0, 0, 0),
        ("sobel-x", 0, 8, 0),
        ("sobel-y", 0, 0, 8),
        ("emboss", 7, None, None),
        ("sharpen", 7, None, None),
    ],
)
def test_a_named_kernel_answers_slopes_as_its_name_says(name: str, flat: float, right: float, down: float) -> None:
    for slope, answer in (("flat", flat), ("right", right), ("down", down)):
        if answer is not None:
            assert np.allclose(filtered(RAMPS[slope], name), answer, atol=1e-12), slope


def test_identity_changes_nothing_and_blur_is_the_mean_of_nine() -> None:
    image = np.random.default_rng(5).normal(size=(6, 7))
    assert np.array_equal(filtered(image, "identity"), image[1:-1, 1:-1])
    mean = F.avg_pool2d(torch.from_numpy(image)[None], 3, stride=1)[0].numpy()
    assert np.allclose(filtered(image, "blur"), mean, atol=1e-12)


def test_sharpening_adds_exactly_the_edges() -> None:
    image = np.random.default_rng(6).normal(size=(6, 7))
    assert np.allclose(filtered(image, "sharpen"), image[1:-1, 1:-1] + filtered(image, "edges"), atol=1e-12)


def test_an_edited_kernel_is_called_edited_and_a_missing_one_is_the_lectures() -> None:
    assert drawn("convolution", kernel=((1.0,),), kernel_name="blur").state.kernel_name == "own"  # type: ignore[attr-defined]
    assert drawn("convolution", kernel_name="own").state.kernel_name == "lecture"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "state", [{}, {"padding": 2, "stride_rows": 2}, {"dilation": 2, "kernel_name": "blur"}], ids=str
)
def test_parameters_are_counted_as_torch_counts_them(state: dict) -> None:
    found = numbers(**state)
    shared = torch.nn.Conv2d(1, 1, found["kernel"].shape)
    full = torch.nn.Linear(found["input"].size, found["output"].size)
    for row, layer in zip(found["parameters"], (shared, full), strict=True):
        weight, bias = layer.weight.numel(), layer.bias.numel()  # type: ignore[union-attr]
        assert row.tolist() == [weight, bias, weight + bias]


def test_the_last_step_says_both_counts() -> None:
    caption = walk("convolution").steps[-1].caption
    assert "10 parameters" in caption
    assert f"{25 * 9 + 9} for a fully connected layer" in caption


def test_an_empty_input_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="no cells"):
        drawn("convolution", input=())


def test_the_steps_sweep_over_every_window_once() -> None:
    found = walk("convolution", stride_rows=2)
    (sweep,) = (step.sweep for step in found.steps if step.sweep)
    assert sweep == "output"
    assert found.arrays()["output"].shape == (2, 3)
