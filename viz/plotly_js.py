"""The plotly.js that the installed plotly package carries, compressed once."""

from functools import cache
from importlib.resources import files

from viz.held import squeezed


@cache
def plotly_js() -> bytes:
    """Return plotly.min.js as gzip bytes."""
    return squeezed(files("plotly").joinpath("package_data/plotly.min.js").read_bytes())
