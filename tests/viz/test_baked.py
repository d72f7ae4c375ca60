"""The pictures that are baked at build time are the ones that would be drawn now."""

import gzip
from typing import Any

import numpy as np
import pytest

from tests.viz.drawing import drawn
from viz.bake import BAKED, baked, build_id
from viz.pack import pack, unpack
from viz.view import View
from viz.views import VIEWS

TOLERANCE = 1e-5
KEYS = {path.name.removesuffix(".bin.gz") for path in BAKED.glob("*.bin.gz")}

every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Return where two unpacked figures differ: strings and shapes exactly, numbers within the tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [f"{at}: only one has {key}" for key in one.keys() ^ other.keys()]
        return keys + [
            gap for key in one.keys() & other.keys() for gap in differences(one[key], other[key], f"{at}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [gap for i, pair in enumerate(zip(one, other, strict=True)) for gap in differences(*pair, f"{at}[{i}]")]
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.shape == other.shape:
        within = 1 if one.dtype == np.uint8 else TOLERANCE * max(1, np.abs(one[np.isfinite(one)]).max(initial=0))
        return (
            []
            if np.allclose(one.astype(float), other.astype(float), rtol=0, atol=within)
            else [f"{at}: numbers differ"]
        )
    if isinstance(one, float) and isinstance(other, int | float):
        return [] if abs(one - other) <= TOLERANCE * max(1, abs(one)) else [f"{at}: {one} and {other}"]
    return [] if type(one) is type(other) and one == other else [f"{at}: {one!r:.80} and {other!r:.80}"]


@every_view
def test_a_baked_picture_is_the_one_that_would_be_drawn_now(view: View) -> None:
    data = baked(view.key)
    if data is None:
        pytest.skip("not baked yet")
    assert differences(unpack(data), unpack(pack(drawn(view.key).response()))) == []


def test_once_any_view_is_baked_all_are_and_nothing_else_is() -> None:
    assert KEYS in (set(), {view.key for view in VIEWS})


def test_baked_pictures_are_small_and_hold_no_date() -> None:
    for path in BAKED.glob("*.bin.gz"):
        data = path.read_bytes()
        assert len(data) < 2_000_000, path.name
        assert data[4:8] == b"\0\0\0\0", path.name
        assert gzip.decompress(data)


def test_a_number_or_a_word_that_changed_would_be_noticed() -> None:
    fresh = unpack(pack(drawn("masked-scores").response()))
    other = unpack(pack(drawn("masked-scores", scores=((0.7001, 0.1), (0.1, 0.6))).response()))
    again = unpack(pack(drawn("masked-scores").response()))
    assert differences(fresh, again) == []
    assert any(".values" in gap for gap in differences(fresh, other))
    assert any(".caption" in gap for gap in differences(fresh, {**again, "caption": "another"}))


def test_the_build_has_a_short_name_that_can_stand_in_an_address() -> None:
    assert build_id() == build_id()
    assert len(build_id()) == 12
    assert build_id().isalnum()
