"""The knobs that most views have: what is read, by which model, in which layer and head."""

from typing import Any

from viz.state import MAX_TEXT, knob, within

LAST = 999


def sentence(default: str, label: str = "Sentence", **more: Any) -> Any:
    """Declare the text, which is kept from view to view."""
    return knob(default, label, top=True, **{"max_length": MAX_TEXT, **more})


def model(default: str, **more: Any) -> Any:
    """Declare the model, which is kept from view to view."""
    return knob(default, "Model", kind="model", top=True, max_length=200, **more)


def layer(default: int = 0, **more: Any) -> Any:
    """Declare the layer; LAST stands for the last one, whatever its number."""
    return knob(default, "Layer", ge=0, le=LAST, **more)


def head(label: str = "Head", **more: Any) -> Any:
    """Declare the head."""
    return knob(0, label, ge=0, le=LAST, **more)


def layer_within(asked: int, count: int) -> tuple[int, tuple[str, ...]]:
    """Return the layer that is shown, and a sentence where it is not the one that was asked for."""
    return (count - 1, ()) if asked == LAST else within(asked, count, "layer")
