"""Two-dimensional convolution as deep-learning libraries compute it: cross-correlation, the kernel is not flipped."""

import numpy as np
from jaxtyping import Float

from models.errors import LecternError
from models.worked.course import CONVOLUTION_KERNEL

Pair = tuple[int, int]

KERNELS: dict[str, tuple[tuple[float, ...], ...]] = {
    "lecture": CONVOLUTION_KERNEL,
    "identity": ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)),
    "blur": ((1 / 9,) * 3,) * 3,
    "sharpen": ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
    "edges": ((0.0, -1.0, 0.0), (-1.0, 4.0, -1.0), (0.0, -1.0, 0.0)),
    "sobel-x": ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0)),
    "sobel-y": ((-1.0, -2.0, -1.0), (0.0, 0.0, 0.0), (1.0, 2.0, 1.0)),
    "emboss": ((-2.0, -1.0, 0.0), (-1.0, 1.0, 1.0), (0.0, 1.0, 2.0)),
}


def output_size(
    image: tuple[int, ...],
    kernel: tuple[int, ...],
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Pair:
    """Return rows and columns of the output: (n + 2p - d(k - 1) - 1) // s + 1 (Dumoulin and Visin 2016, section 2.4).

    A side can come out below 1: then the kernel does not fit.
    """
    rows, columns = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(image, kernel, stride, padding, dilation, strict=True)
    )
    return rows, columns


def conv2d(
    image: Float[np.ndarray, "rows columns"],
    kernel: Float[np.ndarray, "height width"],
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Float[np.ndarray, "out_rows out_columns"]:
    """Return the cross-correlation of an image with a kernel, zeros around the image where it is padded.

    Every argument is (rows, columns). Raises `LecternError` where the kernel does not fit into the padded image.
    """
    rows, columns = output_size(image.shape, kernel.shape, stride=stride, padding=padding, dilation=dilation)
    if rows < 1 or columns < 1:
        raise LecternError(
            f"A kernel of {kernel.shape} with dilation {dilation} does not fit into an image of {image.shape}."
        )
    padded = np.pad(image, [(padding[0],) * 2, (padding[1],) * 2])
    out = np.zeros((rows, columns))
    for (u, v), weight in np.ndenumerate(kernel):
        top, left = u * dilation[0], v * dilation[1]
        window = padded[top : top + rows * stride[0] : stride[0], left : left + columns * stride[1] : stride[1]]
        out += weight * window[:rows, :columns]
    return out


def parameters(image: tuple[int, ...], kernel: tuple[int, ...], output: tuple[int, ...]) -> list[list[int]]:
    """Return [convolution, fully connected] by [weights, biases, total], for one input and one output channel."""
    shared = kernel[0] * kernel[1]
    inputs, outputs = image[0] * image[1], output[0] * output[1]
    return [[shared, 1, shared + 1], [inputs * outputs, outputs, inputs * outputs + outputs]]
