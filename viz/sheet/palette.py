"""The colours of assets/css/tokens.css, and the shades of cells: the same in a picture as on the page."""

import colorsys
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from models.errors import LecternError

TOKENS = Path(__file__).parents[2] / "assets" / "css" / "tokens.css"
THEMES = ("light", "dark", "projector")
# WCAG: AA for a screen; AAA for a projector in a bright room.
LEAST_CONTRAST = {"light": 4.5, "dark": 4.5, "projector": 7.0}

Scale = Literal["weight", "signed", "plain"]


@dataclass(frozen=True)
class Palette:
    """One theme: colours by the names of the style sheet, without the dashes in front."""

    theme: str
    colours: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.colours[name]

    def role(self, role: str) -> str:
        """Return the colour of queries, keys, values; of plain text for anything else."""
        return self.colours[role] if role in ("query", "key", "value") else self.colours["ink"]

    def shade(self, value: float, colour: Scale, low: float, high: float) -> str:
        """Return the background of a cell: from `low` to `high`, or diverging around 0, or none."""
        if np.isneginf(value):
            return self["hatch-a"]
        if colour == "signed":
            bound = max(abs(low), abs(high)) or 1.0
            return mix(self["signed-mid"], self["signed-low" if value < 0 else "signed-high"], abs(value) / bound)
        if colour == "weight":
            return mix(self["weight-low"], self["weight-high"], (value - low) / ((high - low) or 1.0))
        return self["raised"]

    def ink_on(self, background: str) -> str:
        """Return the ink for a background: this theme's, or else black or white, whichever reads better."""
        least = LEAST_CONTRAST[self.theme]
        good = [ink for ink in (self["ink"], self["paper"]) if contrast(ink, background) >= least]
        return good[0] if good else max("#000000", "#ffffff", key=lambda ink: contrast(ink, background))


@cache
def palette(theme: str) -> Palette:
    """Return the colours of a theme; raises a sentence for one that there is not."""
    if theme not in THEMES:
        raise LecternError(f"There is no theme “{theme[:20]}”. There are: {', '.join(THEMES)}.")
    css = TOKENS.read_text()
    light = _colours(css, r"\n\.lectern")
    return Palette(theme, light if theme == "light" else light | _colours(css, rf'\n\.lectern\[data-theme="{theme}"\]'))


def _colours(css: str, selector: str) -> dict[str, str]:
    block = re.search(rf"{selector} \{{(.*?)\n\}}", css, re.S)
    if block is None:
        raise ValueError(f"assets/css/tokens.css has no rule for {selector}")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def parse_hex(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of "#rrggbb"."""
    whole = int(colour[1:], 16)
    return whole >> 16 & 255, whole >> 8 & 255, whole & 255


def mix(start: str, end: str, share: float) -> str:
    """Return the colour between two: `start` at a share of 0 and below, `end` at 1 and above."""
    part = min(1.0, max(0.0, share))
    pairs = zip(parse_hex(start), parse_hex(end), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 for black to 1 for white (WCAG 2.2)."""
    shares = (part / 255 for part in parse_hex(colour))
    linear = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return float(np.dot((0.2126, 0.7152, 0.0722), tuple(linear)))


HEAD_LIGHT, HEAD_DARK = (34, 46, 27), (72, 62, 82)


def head_colour(head: int, heads: int, paper: str) -> str:
    """Return a head's colour among those of a layer: the rule of assets/js/headcolours.js."""
    steps = HEAD_DARK if luminance(paper) < 0.2 else HEAD_LIGHT
    hue = math.floor(205 + 360 * head / max(1, heads) + 0.5) % 360
    parts = colorsys.hls_to_rgb(hue / 360, steps[head % len(steps)] / 100, 0.78)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def pixels(values: np.ndarray, colours: Palette, colour: Scale, low: float, high: float) -> np.ndarray:
    """Return [row, column, rgb] bytes of the shades of many cells at once; the same shades as `Palette.shade`."""
    if colour == "signed":
        share = np.clip(values / (max(abs(low), abs(high)) or 1.0), -1, 1)[..., None]
        start, below, above = (_rgb(colours[f"signed-{name}"]) for name in ("mid", "low", "high"))
        shades = start + np.abs(share) * (np.where(share < 0, below, above) - start)
    else:
        share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)[..., None]
        start, end = _rgb(colours["weight-low"]), _rgb(colours["weight-high"])
        shades = start + share * (end - start)
    shades = np.where(np.isneginf(values)[..., None], _rgb(colours["hatch-b"]), shades)
    return np.round(shades).astype(np.uint8)


def _rgb(colour: str) -> np.ndarray:
    return np.array(parse_hex(colour), float)
