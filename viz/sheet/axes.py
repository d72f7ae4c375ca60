"""Axes of charts: round numbers between two ends, and where a number stands along a line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from viz.words import number


def ticks(low: float, high: float, about: int = 6, step: float | None = None) -> list[float]:
    """Return about so many round numbers from `low` to `high`, or those that are `step` apart."""
    if high <= low:
        return [low]
    rough = (high - low) / max(1, about)
    ten = 10 ** math.floor(math.log10(rough))
    apart = step or next(ten * times for times in (1, 2, 5, 10) if ten * times >= rough - 1e-12)
    first = math.ceil(low / apart - 1e-9)
    return [place * apart for place in range(first, math.floor(high / apart + 1e-9) + 1)]


def shown(tick: float, apart: float) -> str:
    """Return a tick with as many decimals as its distance to the next one needs."""
    if abs(tick) >= 1e6:
        return f"{tick:.3g}".replace("-", "−")
    digits = max(0, -math.floor(math.log10(apart) + 1e-9)) if apart > 0 else 0
    return number(tick, min(6, digits))


@dataclass(frozen=True)
class Axis:
    """One axis: what it runs from and to, on a scale of logarithms or not; `names` are the places of a list."""

    low: float
    high: float
    log: bool = False
    names: tuple[str, ...] = ()
    step: float | None = None
    given: tuple[tuple[float, str], ...] = ()

    def share(self, value: object) -> float:
        """Return where a value stands, 0 at the start and 1 at the end."""
        if self.names:
            place = self.names.index(str(value)) if str(value) in self.names else float(str(value))
            return (place - self.low) / ((self.high - self.low) or 1)
        plain = float(str(value))
        if self.log:
            plain = math.log10(plain) if plain > 0 else self.low
        return (plain - self.low) / ((self.high - self.low) or 1)

    def marks(self, about: int) -> list[tuple[float, str]]:
        """Return (share, label) of every tick."""
        if self.given:
            return [(self.share(value), text) for value, text in self.given]
        if self.names:
            apart = max(1, math.ceil(len(self.names) / about))
            return [((i - self.low) / (self.high - self.low), n) for i, n in enumerate(self.names) if i % apart == 0]
        if self.log:
            powers = range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1)
            apart = max(1, math.ceil(len(powers) / about))
            return [((p - self.low) / (self.high - self.low), power(p)) for p in powers if p % apart == 0]
        found = ticks(self.low, self.high, about, self.step)
        apart_ = found[1] - found[0] if len(found) > 1 else 1.0
        return [(self.share(tick), shown(tick, apart_)) for tick in found]


def power(exponent: int) -> str:
    """Return a power of ten as it stands on an axis: 0.01, 1, 1,000, 10⁹."""
    if -4 < exponent < 0:
        return f"{10.0**exponent:.{-exponent}f}"
    if 0 <= exponent < 5:
        return f"{10**exponent:,}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def axis_of(values: Sequence[object], layout: dict, pad: float = 0.05) -> Axis:
    """Return the axis that holds these values, under plotly's options for it."""
    texts = [value for value in values if isinstance(value, str)]
    given = _given(layout)
    if (texts or layout.get("type") == "category") and layout.get("type") != "log":
        names = tuple(dict.fromkeys(map(str, values)))
        return Axis(-0.5, len(names) - 0.5, names=names, given=given)
    numbers = [float(str(v)) for v in values if v is not None and math.isfinite(float(str(v)))]
    log = layout.get("type") == "log"
    if log:
        numbers = [math.log10(value) for value in numbers if value > 0]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    room = pad * ((high - low) or max(1.0, abs(high)))
    low, high = low - room, high + room
    if layout.get("rangemode") == "tozero" and not log:
        low, high = min(0.0, low + room), max(0.0, high)
    if layout.get("range"):
        low, high = (float(end) for end in layout["range"])
    if layout.get("autorange") == "reversed":
        low, high = high, low
    step = layout.get("dtick")
    return Axis(low, high, log, step=float(step) if isinstance(step, int | float) and not log else None, given=given)


def _given(layout: dict) -> tuple[tuple[float, str], ...]:
    values = layout.get("tickvals")
    if not values:
        return ()
    return tuple((float(v), str(t)) for v, t in zip(values, layout.get("ticktext") or values, strict=False))
