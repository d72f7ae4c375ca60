"""Ask -> Answer: one way for everything that is asked of a model besides a trace."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from models.asks import Answer, Ask, Decode, Embed, Fill, Follow, Force, Lens, Open, Point, Predict, SwitchOff
from models.catalogue import resolve_public
from models.decoding import decode, force
from models.embedding import embed
from models.errors import LecternError
from models.filling import fill
from models.lens import lens, switch_off
from models.loader import Task, load
from models.lru import ByteBudget
from models.opening import open_layer
from models.pairing import follow, point
from models.predicting import predict
from models.runner import passed

BUDGET = 128 * 2**20

HOW: dict[type, tuple[Callable[[Any, Any], Answer], Task | None]] = {
    Decode: (decode, None),
    Force: (force, None),
    Fill: (fill, None),
    Embed: (embed, None),
    Predict: (predict, None),
    Open: (open_layer, None),
    Lens: (lens, None),
    SwitchOff: (switch_off, None),
    Follow: (follow, "next-sentence"),
    Point: (point, "question-answering"),
}


def answer(ask: Ask) -> Any:
    """Return a model's answer; its `model` is a catalogue key, a Hub id, or a folder.

    Raises `LecternError` with a sentence where the model cannot be had or was not trained for this.
    """
    how, task = HOW[type(ask)]
    loaded = load(ask.model, task)
    if loaded.tokenizer is None:
        raise LecternError(f"{loaded.info.name} reads pictures, not text: choose a model of text.")
    letters = sum(len(part) for part in vars(ask).values() if isinstance(part, str))
    return passed(loaded, letters, lambda: how(loaded, ask))


def answer_public(ask: Ask) -> Any:
    """Return the same for somebody on the page: no folders, and answers are kept for the next request."""
    public = replace(ask, model=resolve_public(ask.model))

    def make() -> tuple[Answer, int]:
        made = answer(public)
        return made, made.nbytes

    return _kept().load(public, make)


@cache
def _kept() -> ByteBudget:
    return ByteBudget(BUDGET)
