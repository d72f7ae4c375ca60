"""Views drawn for tests: every forward pass once, however many tests look at it."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import torch
import transformers

from models.trace import Trace
from viz.scene import Walk
from viz.spec import Heads
from viz.state import encode
from viz.view import Drawn, Run, draw, execute
from viz.views import find

BUNDLED = Path(__file__).parents[2] / "models" / "bundled"


@cache
def traced(run: Run) -> Trace:
    """Return the trace of a forward pass; the same one for the same wish."""
    return execute(run)


def drawn(key: str, **state: Any) -> Drawn:
    """Return a view with these fields chosen, through its query string as a link would."""
    return draw(find(key), urlencode({name: encode(value) for name, value in state.items()}), traced)


def walk(key: str, **state: Any) -> Walk:
    """Return the first walkthrough of a view."""
    return next(figure for figure in drawn(key, **state).figures if isinstance(figure, Walk))


def heads(key: str, **state: Any) -> list[Heads]:
    """Return the attention figures of a view."""
    return [figure for figure in drawn(key, **state).figures if isinstance(figure, Heads)]


@cache
def eager(model: str) -> tuple[Any, Any]:
    """Return tokenizer and model as transformers itself loads them, with its own eager attention."""
    folder = BUNDLED / model
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    plain = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager")
    return tokenizer, plain.eval()


@cache
def eager_output(model: str, text: str, pair: str | None = None) -> Any:
    """Return transformers' own output for a text, attentions and hidden states included."""
    tokenizer, plain = eager(model)
    with torch.inference_mode():
        return plain(**tokenizer(text, pair, return_tensors="pt"), output_attentions=True, output_hidden_states=True)
