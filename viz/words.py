"""Numbers and tokens in sentences, written the same way everywhere."""

import math

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
