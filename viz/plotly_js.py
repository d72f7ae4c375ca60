"""The plotly.js that the installed plotly package carries, compressed once."""

import gzip
from functools import cache
from importlib.resources import files


@cache
def plotly_js() -> bytes:
    """Return plotly.min.js as gzip bytes."""
    source = files("plotly").joinpath("package_data/plotly.min.js")
    return gzip.compress(source.read_bytes(), 9, mtime=0)
