"""Convolution window by window, on the course's 5x5 input or on a picture of one's own."""

import base64
import binascii
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.worked import course
from models.worked.convolution import KERNELS, output_size, parameters
from viz.scene import Given, Look, Matrix, Step, Walk, Window, largest, numbered, signed
from viz.spec import Link, Spec, Term
from viz.state import NumberTable, State, knob
from viz.view import View
from viz.words import counted

if TYPE_CHECKING:
    from models.trace import Trace

MOST_EDITABLE = 12
PICTURE_SIDE = 48

KernelName = Literal["lecture", "identity", "blur", "sharpen", "edges", "sobel-x", "sobel-y", "emboss", "own"]


class Convolution(State):
    """What may be chosen: the input, the kernel, and how the window moves."""

    picture: str = knob(
        "",
        "Picture of your own",
        kind="picture",
        max_length=8_000,
        clears=("input",),
        help=f"Any picture; it is scaled down to at most {PICTURE_SIDE} pixels a side and made grey, in your browser.",
    )
    input: NumberTable = knob(course.CONVOLUTION_INPUT, "Input", kind="hidden")
    kernel_name: KernelName = knob(
        "lecture",
        "Kernel",
        options={
            "lecture": "the lecture's",
            "identity": "identity",
            "blur": "blur (mean of nine)",
            "sharpen": "sharpen",
            "edges": "edges (Laplace)",
            "sobel-x": "Sobel, vertical edges",
            "sobel-y": "Sobel, horizontal edges",
            "emboss": "emboss",
            "own": "edited by hand",
        },
        clears=("kernel",),
    )
    kernel: NumberTable = knob((), "Kernel values", kind="hidden")
    stride_rows: int = knob(1, "Stride, rows", ge=1, le=8)
    stride_columns: int = knob(1, "Stride, columns", ge=1, le=8)
    padding: int = knob(0, "Padding", ge=0, le=8)
    dilation: int = knob(1, "Dilation", ge=1, le=4)
    bias: float = knob(0.0, "Bias", ge=-1000, le=1000)


def build(state: Convolution, traces: tuple["Trace", ...]) -> Spec:
    """Return the walkthrough: input, kernel, one step a window, and the parameter count."""
    image = read_picture(state.picture) if state.picture else np.array(state.input, dtype=float)
    kernel = np.array(state.kernel or KERNELS[_chosen(state)], dtype=float)
    if not image.size:
        raise LecternError("The input has no cells: give it at least one row of numbers, or choose a picture.")
    walk = _walk(state, image, kernel)
    rows, columns = walk.matrices["output"].values.shape
    caption = (
        f"Convolution (cross-correlation) of a {image.shape[0]}×{image.shape[1]} input with a "
        f"{kernel.shape[0]}×{kernel.shape[1]} kernel: stride {state.stride_rows}, {state.stride_columns}, padding "
        f"{state.padding}, dilation {state.dilation}, output {rows}×{columns}."
    )
    shown = {"kernel_name": "own" if state.kernel else _chosen(state)}
    return Spec((walk,), walk.alt, caption, formula=FORMULA, changed=shown)


def read_picture(text: str) -> np.ndarray:
    """Return [row, column] grey values from 0 to 1 of `WIDTHxHEIGHT.base64url-bytes`, as the page writes a picture."""
    try:
        size, data = text.split(".", 1)
        width, height = (int(side) for side in size.split("x"))
        grey = np.frombuffer(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)), np.uint8)
    except (ValueError, binascii.Error) as problem:
        raise LecternError("The picture in this link cannot be read: choose the picture again.") from problem
    if not (0 < width <= PICTURE_SIDE and 0 < height <= PICTURE_SIDE and grey.size == width * height):
        raise LecternError("The picture in this link is damaged or too large: choose the picture again.")
    return np.round(grey.reshape(height, width) / 255, 3)


def _chosen(state: Convolution) -> str:
    return "lecture" if state.kernel_name == "own" else state.kernel_name


def _walk(state: Convolution, image: np.ndarray, kernel: np.ndarray) -> Walk:
    stride, padding, dilation = _movement(state)
    _fits(image, kernel, state)
    m: dict[str, Matrix] = {"input": _input(state, image), "kernel": _kernel(kernel)}
    window = Window("input", "kernel", stride, padding, dilation, state.bias)
    values = window.evaluate({k: matrix.values for k, matrix in m.items()})
    m["output"] = Matrix("output", "Output", values, *_labels(values), window, **_shading(values))
    m["parameters"] = _parameters(image.shape, kernel.shape, values.shape)
    steps = _steps(m, state)
    alt = f"A {_by(kernel)} kernel moves over a {_by(image)} input and gives a {_by(values)} output."
    return Walk("Convolution", m, steps, alt)


def _movement(state: Convolution) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    sides = (state.padding, state.padding)
    return (state.stride_rows, state.stride_columns), sides, (state.dilation, state.dilation)


def _fits(image: np.ndarray, kernel: np.ndarray, state: Convolution) -> None:
    stride, padding, dilation = _movement(state)
    if min(output_size(image.shape, kernel.shape, stride=stride, padding=padding, dilation=dilation)) < 1:
        reach = f"{(kernel.shape[0] - 1) * state.dilation + 1}×{(kernel.shape[1] - 1) * state.dilation + 1}"
        raise LecternError(
            f"The kernel reaches over {reach} cells and the input with its padding has "
            f"{image.shape[0] + 2 * state.padding}×{image.shape[1] + 2 * state.padding}: "
            "make the dilation smaller or the padding larger."
        )


def _input(state: Convolution, image: np.ndarray) -> Matrix:
    own = bool(state.picture)
    note = (
        "Your picture, scaled down and made grey: 0 is black, 1 is white."
        if own
        else "The input; every cell can be edited."
    )
    edit = "input" if not own and max(image.shape) <= MOST_EDITABLE else None
    return Matrix("input", "Input", image, *_labels(image), Given(note), edit=edit, **_shading(image))


def _kernel(kernel: np.ndarray) -> Matrix:
    look: Look = {**signed(kernel), "digits": _digits(kernel), "edit": "kernel"}
    note = "The kernel: the same numbers at every window. Every cell can be edited."
    return Matrix("kernel", "Kernel", kernel, *_labels(kernel), Given(note), **look)


def _parameters(image: tuple[int, ...], kernel: tuple[int, ...], output: tuple[int, ...]) -> Matrix:
    counts = np.array(parameters(image, kernel, output), dtype=float)
    note = (
        f"A convolution shares its {kernel[0] * kernel[1]} weights and one bias between all windows; a fully connected "
        f"layer has one from each of the {image[0] * image[1]} inputs to each of the {output[0] * output[1]} outputs."
    )
    rows = ("convolution", "fully connected")
    return Matrix(
        "parameters", "Parameters", counts, rows, ("weights", "biases", "total"), source=Given(note), digits=0
    )


def _steps(m: dict[str, Matrix], state: Convolution) -> tuple[Step, ...]:
    inputs, kernel, output = (m[key].values for key in ("input", "kernel", "output"))
    shared, full = m["parameters"].values[:, 2]
    windows = (
        f"The window moves {counted(state.stride_columns, 'column')} to the right at a time and "
        f"{counted(state.stride_rows, 'row')} down. Each output cell is the sum of {kernel.size} products"
        + (f", plus a bias of {state.bias:g}." if state.bias else ".")
    )
    fit = counted(output.size, "window")
    size = f"A {_by(inputs)} input, a {_by(kernel)} kernel: {fit} fit, so the output is {_by(output)}."
    return (
        Step("Window by window", windows, ("input", "×", "kernel", "=", "output"), sweep="output", term="sum"),
        Step("The whole output", size, ("input", "×", "kernel", "=", "output"), term="output"),
        Step(
            "Why convolution is cheap",
            f"{shared:,.0f} parameters instead of {full:,.0f} for a fully connected layer between the same sizes.",
            ("parameters",),
        ),
    )


def _labels(values: np.ndarray) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return numbered(values.shape[0]), numbered(values.shape[1])


def _by(array: np.ndarray) -> str:
    return f"{array.shape[0]}×{array.shape[1]}"


def _digits(values: np.ndarray) -> int:
    return 0 if np.allclose(values, values.round()) else 2


def _shading(values: np.ndarray) -> Look:
    if values.min(initial=0) < 0:
        return {**signed(values), "digits": _digits(values)}
    return {"colour": "weight", "low": 0.0, "high": largest(values), "digits": _digits(values)}


FORMULA = (
    Term("output", term="output"),
    Term("i,j", style="sub", term="output"),
    Term(" = Σ", term="sum"),
    Term("u,v", style="sub", term="sum"),
    Term(" input", role="query", term="sum"),
    Term("i+u, j+v", style="sub", term="sum"),
    Term(" · kernel", role="key", term="sum"),
    Term("u,v", style="sub", term="sum"),
)

VIEW = View(
    key="convolution",
    title="Convolution",
    chapter="Convolution",
    question="What does a kernel do to a picture?",
    lead="It slides over the input; at every stop it multiplies, adds, and writes one number.",
    state=Convolution,
    build=build,
    misconception="Deep-learning libraries do not flip the kernel: what they call convolution is cross-correlation.",
    not_shown="Channels: a real layer sums over all input channels and has one kernel for each output channel.",
    references=(
        Link("Dumoulin and Visin 2016, A guide to convolution arithmetic", "https://arxiv.org/abs/1603.07285"),
        Link("torch.nn.Conv2d", "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"),
    ),
)
