"""A picture through a vision transformer: patches as tokens, weights against eager transformers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as t
from PIL import Image

from models import loader
from models.errors import LecternError
from models.pictures import picture, run_image

SMALL = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
    "image_size": 32, "patch_size": 8,
}  # fmt: skip
REGISTERS = {name: size for name, size in SMALL.items() if name != "intermediate_size"} | {"num_register_tokens": 4}
MODELS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "vit": (lambda: t.ViTForImageClassification(t.ViTConfig(**SMALL)), ["[CLS]"]),
    "deit": (lambda: t.DeiTModel(t.DeiTConfig(**SMALL)), ["[CLS]", "[DIST]"]),
    "dinov2": (
        lambda: t.Dinov2WithRegistersModel(t.Dinov2WithRegistersConfig(**REGISTERS)),
        ["[CLS]", "[REG]", "[REG]", "[REG]", "[REG]"],
    ),
    "siglip": (lambda: t.SiglipVisionModel(t.SiglipVisionConfig(**SMALL)), []),
}
PICTURE = np.random.default_rng(0).integers(0, 256, (50, 60, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LECTERN_DEVICE", "cpu")
    loader._kept.cache_clear()
    yield
    loader._kept.cache_clear()


def saved(folder: Path, model: Any) -> str:
    model.save_pretrained(folder)
    t.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return str(folder)


def built(name: str) -> Any:
    torch.manual_seed(1)
    model = MODELS[name][0]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(5.0)
    return model


@pytest.mark.parametrize("name", MODELS)
def test_weights_between_patches_equal_those_of_eager_transformers(name: str, tmp_path: Path) -> None:
    folder = saved(tmp_path, built(name))
    trace = run_image(folder, PICTURE, detail=1)
    plain = t.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    pixels = t.AutoImageProcessor.from_pretrained(folder)(images=PICTURE, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        expected = plain(pixel_values=pixels, output_attentions=True).attentions
    assert (trace.kinds, trace.model.kind, trace.n_layers("self")) == (("self",), "vision", 2)
    for layer in range(2):
        np.testing.assert_allclose(trace.all_weights("self", layer), expected[layer][0].numpy(), atol=1e-5)
        assert np.abs(trace.all_weights("self", layer) - expected[1 - layer][0].numpy()).max() > 1e-3
    assert not trace.projection("self", 1, 3).rotated


@pytest.mark.parametrize("name", MODELS)
def test_patches_are_named_by_row_and_column_after_the_special_tokens(name: str, tmp_path: Path) -> None:
    trace = run_image(saved(tmp_path, built(name)), PICTURE)
    first = MODELS[name][1]
    assert trace.tokens == [*first, *(f"patch {row},{column}" for row in range(4) for column in range(4))]
    assert trace.special == [True] * len(first) + [False] * 16
    assert trace.words == [None] * len(first) + list(range(16))
    assert trace.hidden(2).shape == (len(first) + 16, 32)


def test_a_change_in_one_patch_changes_the_first_hidden_state_of_that_patch_only(tmp_path: Path) -> None:
    folder = saved(tmp_path, built("vit"))
    changed = np.full((32, 32, 3), 90, np.uint8)
    before = run_image(folder, changed).hidden(0)
    changed[8:16, 24:32] = 200
    trace = run_image(folder, changed)
    moved = np.abs(trace.hidden(0) - before).max(axis=1) > 1e-6
    assert [token for token, it in zip(trace.tokens, moved, strict=True) if it] == ["patch 1,3"]


def test_grey_transparent_and_array_pictures_are_read_in_colour() -> None:
    grey = Image.fromarray(PICTURE).convert("L")
    for image in (grey, np.asarray(grey), np.asarray(grey)[:, :, None], Image.fromarray(PICTURE).convert("RGBA")):
        read = np.asarray(picture(image))
        assert read.shape == (50, 60, 3)
    np.testing.assert_array_equal(np.asarray(picture(PICTURE)), PICTURE)
    np.testing.assert_array_equal(np.asarray(picture(grey))[:, :, 2], np.asarray(grey))


@pytest.mark.parametrize("array", [PICTURE / 255.0, np.zeros((0, 4, 3), np.uint8), PICTURE[0, :, 0], PICTURE[:, :, :2]])
def test_an_array_that_is_no_picture_gets_a_sentence(array: np.ndarray) -> None:
    with pytest.raises(LecternError, match=r"rows, columns and 3 colours, .*this one has shape"):
        picture(array)


def test_a_model_that_looks_at_windows_is_refused(tmp_path: Path) -> None:
    config = t.SwinConfig(embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4, image_size=32, patch_size=4)
    with pytest.raises(LecternError, match="does not look from every patch"):
        run_image(saved(tmp_path, t.SwinModel(config)), PICTURE)


def test_text_for_a_vision_model_and_a_picture_for_a_text_model_are_refused(tmp_path: Path) -> None:
    from models.runner import run

    with pytest.raises(LecternError, match="reads pictures, not text"):
        run(saved(tmp_path, built("vit")), "a cat")
    with pytest.raises(LecternError, match="reads text, not pictures"):
        run_image("bert-tiny", PICTURE)
