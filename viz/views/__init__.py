"""The views in teaching order: the syllabus."""

from models.errors import LecternError
from viz.view import View
from viz.views import (
    attention,
    attention_steps,
    bert_vs_gpt,
    contextual_embeddings,
    convolution,
    masked_scores,
)

VIEWS: tuple[View, ...] = (
    convolution.VIEW,
    attention_steps.VIEW,
    masked_scores.VIEW,
    attention.VIEW,
    bert_vs_gpt.VIEW,
    contextual_embeddings.VIEW,
)

DEFAULT = attention.VIEW.key


def find(key: str) -> View:
    """Return a view by its key; raises a sentence that names the views there are."""
    for view in VIEWS:
        if view.key == key:
            return view
    raise LecternError(f"There is no view “{key[:60]}”. There are: {', '.join(view.key for view in VIEWS)}.")
