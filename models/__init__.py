"""Numbers: what a model did with a text, and the course's worked examples. Importing this does not import torch."""

from typing import TYPE_CHECKING, Any

from models.errors import LecternError

if TYPE_CHECKING:
    from models.trace import Trace

__all__ = ["LecternError", "run"]


def run(source: str, text: str, pair: str | None = None, **options: Any) -> "Trace":
    """Run a model on a text, or on a pair of texts, and return what it did: see `models.runner.run`."""
    from models.runner import run as run_model

    return run_model(source, text, pair, **options)
