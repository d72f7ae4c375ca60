"""The views in teaching order: the syllabus."""

from models.errors import LecternError
from viz.view import View
from viz.views import (
    attention,
    attention_steps,
    bert_vs_gpt,
    block,
    contextual_embeddings,
    convolution,
    dot_product,
    embedding_lookup,
    logit_lens,
    masked_lm,
    masked_scores,
    multi_head,
    next_sentence,
    next_token,
    output,
    positional_encoding,
    question_answering,
    teacher_forcing,
    tokens,
    translation,
)

VIEWS: tuple[View, ...] = (
    convolution.VIEW,
    dot_product.VIEW,
    tokens.VIEW,
    embedding_lookup.VIEW,
    positional_encoding.VIEW,
    multi_head.VIEW,
    block.VIEW,
    translation.VIEW,
    teacher_forcing.VIEW,
    output.VIEW,
    attention_steps.VIEW,
    masked_scores.VIEW,
    attention.VIEW,
    bert_vs_gpt.VIEW,
    masked_lm.VIEW,
    next_sentence.VIEW,
    next_token.VIEW,
    logit_lens.VIEW,
    question_answering.VIEW,
    contextual_embeddings.VIEW,
)

DEFAULT = attention.VIEW.key


def find(key: str) -> View:
    """Return a view by its key; raises a sentence that names the views there are."""
    for view in VIEWS:
        if view.key == key:
            return view
    raise LecternError(f"There is no view “{key[:60]}”. There are: {', '.join(view.key for view in VIEWS)}.")
