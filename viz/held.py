"""Bytes as text inside an HTML page: compressed, in base 85. assets/js/held.js reads it."""

import base64
import gzip

import deflate

CLOSEST = 12

# RFC 1924's digits, but for four: nothing in the text can be read as HTML, or as the place of something else.
_SAFE = bytes.maketrans(b"<>&@", b",:./")
_RFC_1924 = bytes.maketrans(b",:./", b"<>&@")


def held(data: bytes) -> str:
    """Return bytes as text that may stand in an element of a page; the same bytes give the same text."""
    return in_digits(squeezed(data))


def squeezed(data: bytes) -> bytes:
    """Return the data as gzip bytes, as few as libdeflate makes: a thirtieth less than zlib."""
    return bytes(deflate.gzip_compress(data, CLOSEST))


def in_digits(compressed: bytes) -> str:
    """Return gzip bytes as such text: five digits for four bytes, where base 64 needs five and a third."""
    return base64.b85encode(compressed).translate(_SAFE).decode()


def opened(text: str) -> bytes:
    """Return the bytes that `held` was given."""
    return gzip.decompress(base64.b85decode(text.encode().translate(_RFC_1924)))
