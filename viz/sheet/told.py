"""What a painter says beside its picture: words, and the scales that its colours mean."""

from dataclasses import dataclass
from typing import Literal

from viz.words import number


@dataclass(frozen=True)
class Ramp:
    """A colour scale that a picture uses, and of which numbers."""

    colour: Literal["weight", "signed"]
    low: float
    high: float
    what: str
    digits: int = 2


@dataclass(frozen=True)
class Told:
    """The words of one figure: the line under the title, the explanation, the sum of a cell, and the colours."""

    subtitle: str = ""
    words: str = ""
    arithmetic: str = ""
    ramps: tuple[Ramp, ...] = ()
    hatched: bool = False


HIGH = {"light": "dark blue", "dark": "yellow", "projector": "blue"}
LOW = {"light": "dark red", "dark": "violet", "projector": "red"}
NONE = {"light": "white", "dark": "black", "projector": "white"}


def meaning(told: Told, theme: str) -> str:
    """Return in sentences what the colours of a figure mean."""
    sentences = [_sentence(ramp, theme) for ramp in told.ramps]
    return " ".join([*sentences, *(["Hatched cells are −∞."] if told.hatched else [])])


def _sentence(ramp: Ramp, theme: str) -> str:
    low, high = number(ramp.low, ramp.digits), number(ramp.high, ramp.digits)
    if ramp.colour == "signed":
        return f"{ramp.what}: {LOW[theme]} is {low}, {NONE[theme]} is 0, {HIGH[theme]} is {high}."
    return f"{ramp.what}: {NONE[theme]} is {low}, {HIGH[theme]} is {high}."
