"""Picture -> Trace: a vision transformer's patches are its tokens."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image

from models.errors import LecternError
from models.forward import Wish, trace_inputs
from models.loader import Loaded, load
from models.runner import passed
from models.trace import Tokens, Trace

BEFORE_PATCHES = ("[CLS]", "[DIST]")


def run_image(source: str, image: Image.Image | np.ndarray, *, detail: int | None = None, hidden: bool = True) -> Trace:
    """Return what a vision transformer did with a picture: a PIL image, or whole numbers [row, column, colour] to 255.

    Tokens are "patch ROW,COLUMN", counted from 0 at the top left, after the special ones.
    """
    loaded = load(source)
    if loaded.processor is None:
        raise LecternError(f"{loaded.info.name} reads text, not pictures: choose a vision transformer.")
    pixels = loaded.processor(images=picture(image), return_tensors="pt")["pixel_values"]
    wish = Wish(hidden, logits=False, detail=detail)
    letters = pixels[0, 0].numel() // 64  # a patch of 16 x 16 is a token, and a token about four letters
    return passed(loaded, letters, lambda: trace_pixels(loaded, pixels.to(loaded.model.device), wish))


def picture(image: Image.Image | np.ndarray) -> Image.Image:
    """Return a picture in red, green and blue, whether it came grey, with transparency, or as an array."""
    if isinstance(image, np.ndarray):
        colours = image.shape[2] if image.ndim == 3 else 1
        if image.dtype != np.uint8 or image.ndim not in (2, 3) or not image.size or colours not in (1, 3, 4):
            raise LecternError(
                "A picture as an array has rows, columns and 3 colours, as whole numbers from 0 to 255 (uint8);"
                f" this one has shape {image.shape} and type {image.dtype}."
            )
        image = Image.fromarray(image[:, :, 0] if colours == 1 and image.ndim == 3 else image)
    return image.convert("RGB")


def trace_pixels(loaded: Loaded, pixels: torch.Tensor, wish: Wish) -> Trace:
    """Return what a model did with prepared pixels, with its patches named."""
    trace = trace_inputs(loaded.model, {"pixel_values": pixels}, info=loaded.info, wish=wish)
    rows, columns = _grid(loaded.model.config, pixels)
    lengths = {layer.positions[0] for layer in trace.layers["self"]}
    extra = max(lengths) - rows * columns
    if len(lengths) > 1 or not 0 <= extra <= 16:
        raise LecternError(
            f"{loaded.info.name} does not look from every patch to every other: choose a plain vision transformer."
        )
    return replace(trace, source=_named(rows, columns, extra), notices=loaded.notices)


def _grid(config: Any, pixels: torch.Tensor) -> tuple[int, int]:
    size = getattr(config, "patch_size", None)
    if size is None:
        raise LecternError(f"A {config.model_type} model does not say the size of its patches, so they have no names.")
    height, width = size if isinstance(size, (tuple, list)) else (size, size)
    return pixels.shape[-2] // height, pixels.shape[-1] // width


def _named(rows: int, columns: int, extra: int) -> Tokens:
    first = [BEFORE_PATCHES[i] if i < len(BEFORE_PATCHES) and extra <= 2 else "[REG]" for i in range(extra)]
    first[:1] = ["[CLS]"] if extra else []
    names = (*first, *(f"patch {row},{column}" for row in range(rows) for column in range(columns)))
    special = tuple(i < extra for i in range(len(names)))
    count = len(names)
    words = tuple(None if i < extra else i - extra for i in range(count))
    return Tokens(names, names, tuple(range(count)), special, (0,) * count, words)
