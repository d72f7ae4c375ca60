"""Numbers over the wire: a JSON header that refers to arrays, and the arrays behind it, little-endian.

Layout: uint32 length of the header, the header in UTF-8, zeros up to a multiple of 8, then the arrays, each starting at
a multiple of 8. In the header an array stands as `{"$array": [dtype, shape, offset]}`.
"""

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

DTYPES = {"float64": "f8", "float32": "f4", "int64": "i4", "int32": "i4", "uint8": "u1", "bool": "u1"}


def pack(thing: object) -> bytes:
    """Return `thing` (dataclasses, dicts, lists, numbers, strings, numpy arrays) as packed bytes."""
    arrays: list[bytes] = []
    header = json.dumps(_plain(thing, arrays), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    start = len(header).to_bytes(4, "little") + header
    return _padded(start) + b"".join(arrays)


def unpack(data: bytes) -> Any:
    """Return what `pack` was given, dataclasses as dicts and arrays as numpy arrays."""
    length = int.from_bytes(data[:4], "little")
    base = _aligned(4 + length)
    return json.loads(data[4 : 4 + length], object_hook=lambda node: _restored(node, data, base))


def jsonable(thing: object) -> Any:
    """Return `thing` as plain JSON values, arrays as nested lists and minus infinity as the string "-inf"."""
    plain = unpack(pack(thing))
    return _listed(plain)


def _plain(thing: Any, arrays: list[bytes]) -> Any:
    if isinstance(thing, np.ndarray):
        return _reference(thing, arrays)
    if hasattr(thing, "wire"):
        return _plain(thing.wire(), arrays)
    if is_dataclass(thing) and not isinstance(thing, type):
        return {field.name: _plain(getattr(thing, field.name), arrays) for field in fields(thing)}
    if isinstance(thing, dict):
        return {str(key): _plain(part, arrays) for key, part in thing.items()}
    if isinstance(thing, list | tuple):
        return [_plain(part, arrays) for part in thing]
    if isinstance(thing, np.generic):
        return _plain(thing.item(), arrays)
    if isinstance(thing, float) and math.isinf(thing):
        return "-inf" if thing < 0 else "inf"
    return thing


def _reference(array: np.ndarray, arrays: list[bytes]) -> dict[str, Any]:
    dtype = DTYPES[array.dtype.name]
    if dtype == "i4" and array.size and max(abs(int(array.min())), abs(int(array.max()))) >= 2**31:
        raise ValueError("whole numbers are packed in 32 bits, and this array holds larger ones")
    offset = sum(map(len, arrays))
    arrays.append(_padded(np.ascontiguousarray(array, dtype=f"<{dtype}").tobytes()))
    return {"$array": [dtype, list(array.shape), offset]}


def _restored(node: dict[str, Any], data: bytes, base: int) -> Any:
    if "$array" not in node:
        return node
    dtype, shape, offset = node["$array"]
    return np.frombuffer(data, f"<{dtype}", math.prod(shape), base + offset).reshape(shape)


def _listed(thing: Any) -> Any:
    if isinstance(thing, np.ndarray):
        return _listed(thing.tolist())
    if isinstance(thing, dict):
        return {key: _listed(part) for key, part in thing.items()}
    if isinstance(thing, list):
        return [_listed(part) for part in thing]
    return "-inf" if thing == -math.inf else thing


def _aligned(length: int) -> int:
    return -(-length // 8) * 8


def _padded(data: bytes) -> bytes:
    return data.ljust(_aligned(len(data)), b"\0")
