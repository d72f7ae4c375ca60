"""Numbers and tokens in sentences, written the same way everywhere."""

import math
import re

INFINITY = "−∞"


def number(value: float, digits: int = 2) -> str:
    """Write a number with a stated precision and a real minus sign."""
    if math.isinf(value):
        return INFINITY if value < 0 else "∞"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.replace("-", "")


def quote(token: str) -> str:
    """Write a token in quotation marks, as it stands in a sentence."""
    return f"“{token}”"


def counted(count: int, what: str) -> str:
    """Write a number of things: 1 token, 2 tokens, 1,234 tokens."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def and_list(parts: list[str]) -> str:
    """Write parts with commas and an "and" before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def shorten(text: str, length: int = 60) -> str:
    """Return the text with its whitespace made single, cut with an ellipsis where it is too long for a caption."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


# What a sentence for somebody at the page begins with: in a picture there is nothing to press.
_FOR_THE_PAGE = re.compile(r"(Press|Drag|Click|Hover|Move|Put|Type|Choose)\b[^.?!:]*")


def still(text: str) -> str:
    """Return a text without what it tells a reader to do on the page; what follows such a sentence's colon stays."""
    sentences = re.split(r"(?<=[.?!])\s+", text.strip())
    return " ".join(said for said in map(_still, sentences) if said)


def _still(sentence: str) -> str:
    told = _FOR_THE_PAGE.match(sentence)
    if not told:
        return sentence
    rest = sentence[told.end() :]
    kept = rest[1:].strip() if rest.startswith(":") and not rest.endswith("?") else ""
    return kept[:1].upper() + kept[1:]
