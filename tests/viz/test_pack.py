"""The wire format: what goes in comes out, in Python and in the browser's module."""

import base64
import json
import math
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from viz.pack import jsonable, pack, unpack

PACK_JS = Path(__file__).parents[2] / "assets" / "js" / "pack.js"
KINDS = {"float64": "<f8", "float32": "<f4", "int64": "<i4", "int32": "<i4", "uint8": "<u1", "bool": "<u1"}

READ = """
import { readFileSync } from "node:fs";
const { unpack, pack } = await import(process.argv[1]);
const bytes = readFileSync(0);
const thing = unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const shown = (number) => (Number.isFinite(number) ? number : String(number));
const plain = (node) =>
  Array.isArray(node) ? node.map(plain)
  : node === null || typeof node !== "object" ? node
  : ArrayBuffer.isView(node.data)
    ? { kind: node.data.constructor.name, shape: node.shape, data: Array.from(node.data, shown) }
  : Object.fromEntries(Object.entries(node).map(([key, part]) => [key, plain(part)]));
const again = Buffer.from(pack(thing)).toString("base64");
process.stdout.write(JSON.stringify({ thing: plain(thing), again }));
"""

arrays = st.sampled_from([*KINDS]).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        elements=st.integers(-(2**31) + 1, 2**31 - 1) if dtype.startswith("int") else None,
    )
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=12) | arrays
things = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def same(one: Any, other: Any) -> bool:
    """Return whether two nested things are equal, arrays by kind, shape and number."""
    if isinstance(one, np.ndarray):
        narrowed = one.astype(KINDS[one.dtype.name])
        return narrowed.dtype == other.dtype and np.array_equal(narrowed, other, equal_nan=other.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def in_browser(data: bytes) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    command = [node, "--input-type=module", "--eval", READ, PACK_JS.as_uri()]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True, timeout=120).stdout)


@settings(max_examples=80)
@given(things)
def test_anything_nested_comes_back_as_it_went_in(thing: Any) -> None:
    assert same(thing, unpack(pack(thing)))


@settings(max_examples=50)
@given(st.lists(arrays, min_size=1, max_size=5), st.text(max_size=40))
def test_the_array_section_and_every_array_in_it_start_at_a_multiple_of_eight(several: Any, text: str) -> None:
    data = pack({"text": text, "arrays": several})
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    base = math.ceil((4 + length) / 8) * 8
    assert data[4 + length : base].strip(b"\0") == b""
    assert len(data) % 8 == 0
    for array, reference in zip(several, header["arrays"], strict=True):
        kind, shape, offset = reference["$array"]
        assert offset % 8 == 0
        assert shape == list(array.shape)
        raw = array.astype(f"<{kind}").tobytes()
        assert data[base + offset : base + offset + len(raw)] == raw


def test_minus_infinity_travels_in_arrays_as_itself_and_elsewhere_as_a_word() -> None:
    read = unpack(pack({"array": np.array([[-np.inf, 0.0]]), "choices": (0.0, -math.inf)}))
    assert np.isneginf(read["array"][0, 0])
    assert read["choices"] == [0.0, "-inf"]


def test_what_is_not_a_number_is_refused_outside_arrays() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        pack({"share": math.nan})


def test_whole_numbers_that_need_more_than_32_bits_are_refused_rather_than_wrapped() -> None:
    assert unpack(pack(np.array([2**31 - 1, 1 - 2**31])))[0] == 2**31 - 1
    with pytest.raises(ValueError, match="32 bits"):
        pack(np.array([2**31]))


def test_an_array_that_is_not_contiguous_is_packed_in_reading_order() -> None:
    array = np.arange(12.0).reshape(3, 4).T[::-1]
    assert unpack(pack(array)).tolist() == [[3, 7, 11], [2, 6, 10], [1, 5, 9], [0, 4, 8]]


def test_dataclasses_become_dictionaries_and_numpy_scalars_plain_numbers() -> None:
    @dataclass(frozen=True)
    class Place:
        layer: np.int64
        names: tuple[str, ...]

    assert unpack(pack(Place(np.int64(3), ("ä", "😀")))) == {"layer": 3, "names": ["ä", "😀"]}


def test_as_json_every_array_is_nested_lists_with_the_exact_numbers() -> None:
    written = json.dumps(jsonable({"weights": np.array([[0.1, -np.inf]], np.float32)}), allow_nan=False)
    ((first, second),) = json.loads(written)["weights"]
    assert np.float32(first) == np.float32(0.1)
    assert second == "-inf"


def test_the_browser_reads_the_same_numbers_and_writes_the_same_bytes() -> None:
    thing = {
        "words": ["</script>", "ä😀\u2028", ""],
        "nothing": None,
        "f8": np.array([[0.1, -np.inf], [1e300, -0.0]]),
        "f4": np.array([[0.1, 1 / 3, -np.inf]], np.float32),
        "i4": np.array([-5, 2**31 - 1], np.int32),
        "u1": np.array([[[0, 255]]], np.uint8),
        "flags": np.array([True, False]),
        "empty": np.zeros((0, 3), np.float32),
        "nested": [{"deep": np.array([7], np.uint8)}, [1.5, True]],
    }
    data = pack(thing)
    read = in_browser(data)["thing"]
    names = {"Float64Array": "f8", "Float32Array": "f4", "Int32Array": "i4", "Uint8Array": "u1"}

    def restored(node: Any) -> Any:
        if isinstance(node, list):
            return [restored(part) for part in node]
        if isinstance(node, dict) and set(node) == {"kind", "shape", "data"}:
            return np.array([float(n) for n in node["data"]]).astype(names[node["kind"]]).reshape(node["shape"])
        return {key: restored(part) for key, part in node.items()} if isinstance(node, dict) else node

    assert same(unpack(data), restored(read))


def test_what_the_browser_packs_again_python_reads_the_same() -> None:
    data = pack(
        {"f8": np.array([1 / 3]), "f4": np.array([[1 / 3]], np.float32), "deep": [{"u1": np.array([9], np.uint8)}]}
    )
    assert same(unpack(data), unpack(base64.b64decode(in_browser(data)["again"])))


def test_the_browser_says_what_is_wrong_with_bytes_that_end_too_early() -> None:
    with pytest.raises(subprocess.CalledProcessError) as problem:
        in_browser(pack({"weights": np.zeros(4)})[:20])
    assert "ends inside its header" in problem.value.stderr.decode()
