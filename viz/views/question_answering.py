"""Extractive question answering: a start and an end logit for every token, and the spans that they add up to."""

import numpy as np

from models import sampling
from models.asks import Point, Pointed
from models.catalogue import QA_TINY
from models.spans import spans
from viz.bars import Bars
from viz.chips import ChipRow, Chips
from viz.span_matrix import context_tokens, span_matrix
from viz.spec import Link, Spec, Term
from viz.state import State, knob
from viz.view import View
from viz.words import number, quote, shorten

CONTEXT = (
    "BERT is a language model that reads a sentence in both directions at once. It was published by Google in 2018. "
    "It is trained on two tasks: it fills in masked words, and it tells whether one sentence follows another."
)


class QuestionAnswering(State):
    """What may be chosen: question and context, the model, and how long an answer may be."""

    question: str = knob("What is BERT?", "Question", max_length=2_000)
    context: str = knob(CONTEXT, "Context", kind="longtext", max_length=20_000)
    model: str = knob(
        QA_TINY.key, "Extractive model", max_length=200, help="Any model of the Hub that points at answers."
    )
    longest: int = knob(15, "Longest answer", ge=1, le=60, help="In tokens.")


def runs(state: QuestionAnswering) -> tuple[Point, ...]:
    """Ask for the logits."""
    return (Point(state.model, state.question, state.context),)


def build(state: QuestionAnswering, answers: tuple[Pointed, ...]) -> Spec:
    """Return the context with its start and end, the best answers, and the matrix of all spans."""
    (found,) = answers
    best = spans(found, state.longest)
    text = _text(found, state.context, *best[0][:2])
    chips, bars, walk = (
        _context(found, best[0]),
        _answers(found, state, best),
        span_matrix(found, state.longest, best[0]),
    )
    small = " qa-tiny is small: its model card says how often it is right." * (found.model.key == QA_TINY.key)
    return Spec(
        (chips, bars, walk),
        f"{chips.alt} {bars.alt}",
        f"{found.model.name} on {quote(shorten(state.question))}: {quote(shorten(text, 80))}, the largest start + end "
        f"of all spans of at most {state.longest} tokens.{small}",
        formula=FORMULA,
    )


def _text(found: Pointed, context: str, first: int, last: int) -> str:
    return context[found.spans[first][0] : found.spans[last][1]]


def _context(found: Pointed, best: tuple[int, int, float]) -> Chips:
    """Return the context twice: shaded by where an answer may start, and by where it may end."""
    inside, names = list(found.context), context_tokens(found)
    marked = tuple(range(best[0], best[1] + 1))
    rows = []
    for what, logits in (("start", found.start), ("end", found.end)):
        shares = sampling.softmax(logits)[inside]
        details = tuple(
            f"{quote(name)} as {what}: logit {number(float(logits[place]))}, probability {number(float(share), 4)}."
            for name, place, share in zip(names, inside, shares, strict=True)
        )
        rows.append(
            ChipRow(
                f"Where the answer may {what}: logits",
                names,
                "query" if what == "start" else "key",
                values=logits[inside].astype(np.float64),
                value_label="logit",
                digits=1,
                shades=shares,
                marked=marked,
                details=details,
            )
        )
    said = " ".join(names[i] for i in marked)
    return Chips("The context", tuple(rows), f"Context of {len(names)} tokens; the best answer is {said}.")


def _answers(found: Pointed, state: QuestionAnswering, best: list[tuple[int, int, float]]) -> Bars:
    inside = list(found.context)
    texts = tuple(_text(found, state.context, first, last) for first, last, _ in best)
    totals = np.array([total for _, _, total in best])
    details = tuple(
        f"{quote(shorten(text, 80))}: start {number(float(found.start[inside[first]]))} + end "
        f"{number(float(found.end[inside[last]]))} = {number(total)}."
        for text, (first, last, total) in zip(texts, best, strict=True)
    )
    none = float(found.start[0] + found.end[0])
    reach = float(np.abs(totals).max()) * 1.1 + 1e-6
    return Bars(
        "The best answers",
        tuple(shorten(text, 60) for text in texts),
        totals,
        f"Best answer: {shorten(texts[0], 80)}, {number(float(totals[0]))}.",
        value_label="start + end",
        details=details,
        digits=2,
        low=-reach if totals.min() < 0 else 0.0,
        high=reach,
        mark=0,
        role="value",
        note=f"Start and end at [CLS] would mean “no answer”, for models trained so: {number(none)}.",
    )


FORMULA = (
    Term("answer = argmax", term="sum", at=(1,)),
    Term(" i ≤ j", style="sub", term="sum", at=(1,)),
    Term(" ( "),
    Term("startᵢ", role="query", term="start", at=(0, 0)),
    Term(" + "),
    Term("endⱼ", role="key", term="start", at=(0, 1)),
    Term(" )"),
)

VIEW = View(
    key="question-answering",
    title="Question answering",
    chapter="BERT and GPT",
    question="Where in the text is the answer?",
    lead="A fine-tuned BERT reads question and context together, and gives every token two logits: the answer starts "
    "here, it ends here.",
    state=QuestionAnswering,
    build=build,
    runs=runs,
    misconception="The model does not write an answer: it points at a piece of the context, and points somewhere even "
    "where the answer is missing.",
    not_shown="How question and context meet in the layers: see All heads with a second sentence.",
    references=(
        Link("Devlin et al. 2019, BERT, section 4.2", "https://arxiv.org/abs/1810.04805"),
        Link("Rajpurkar et al. 2016, SQuAD", "https://arxiv.org/abs/1606.05250"),
    ),
)
