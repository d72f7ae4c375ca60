"""A guided tour: one sentence on its way through a transformer, from view to view.

A stop is a view at a state, and words: what happened to the sentence here, and what comes next. In a link, `tour=3`
beside `view=` is the third stop; the sentence travels in the view's own text field. A number that is not of this tour,
or not the one of the view, is ignored, so that the link opens the view alone.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from viz.view import URL_VERSION

SENTENCE = "Your cat is a lovely cat"
LONGEST = 80
MODEL = "gpt-tiny"
OF_THE_MODEL = {"source": "model", "model": MODEL}


@dataclass(frozen=True)
class Stop:
    """One stop: which view, which of its fields holds the sentence, what else is chosen, and the words above it.

    `backwards` is a field that wants the same words in another order: it gets them from the last to the first.
    """

    view: str
    here: str
    next: str
    field: str = "text"
    backwards: str = ""
    state: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"model": MODEL})


STOPS: tuple[Stop, ...] = (
    Stop(
        "tokens",
        "The sentence was cut into pieces that the model knows, and each piece got its number.",
        "Numbers say nothing about meaning yet: next, each becomes a vector.",
        state={"model": MODEL, "second": "", "third": ""},
    ),
    Stop(
        "embedding-lookup",
        "Each number picked its row from a table. Equal pieces have equal rows, wherever they stand.",
        "Next: why the place of a word has to be added.",
        state=OF_THE_MODEL,
    ),
    Stop(
        "positional-encoding",
        "Without positions attention sees a bag of words: in another order, each word gets the same vector as before.",
        "This is why a position is added to every vector. Next, the words look at each other.",
        field="words",
        backwards="order",
        state={"source": "without"},
    ),
    Stop(
        "attention-steps",
        "Each vector became a query, a key and a value. A query times all keys gives scores.",
        "GPT reads from left to right, so some of these scores must not count.",
        state=OF_THE_MODEL,
    ),
    Stop(
        "masked-scores",
        "Scores of words that come later were set to −∞; after softmax their weight is exactly 0.",
        "Next: who looks at whom, in all heads.",
        state=OF_THE_MODEL,
    ),
    Stop(
        "attention",
        "Every head spreads the attention of each word over itself and the words before it.",
        "Next: how the heads of a layer become one output.",
    ),
    Stop(
        "multi-head",
        "Each head mixed the values by its own weights; side by side, one projection made one vector of them.",
        "Next: what else a layer does with it.",
    ),
    Stop(
        "block",
        "Attention was added to the stream of vectors, then a feed-forward network read each vector by itself.",
        "More layers do the same again. Next: the way back from a vector to a word.",
    ),
    Stop(
        "output",
        "The last vector was compared with every token of the vocabulary; softmax made probabilities of the results.",
        "One of them will be the next word.",
    ),
    Stop(
        "next-token",
        "A token is drawn from these probabilities and put behind the sentence, and the way begins again.",
        "This is the end of the tour. Change the sentence, or press “Leave the tour” and look around.",
    ),
)


def link(number: int, sentence: str = SENTENCE) -> str:
    """Return the query string of a stop, counted from 1."""
    stop = STOPS[number - 1]
    other = {stop.backwards: " ".join(reversed(sentence.split()))} if stop.backwards else {}
    return urlencode({"v": URL_VERSION, "view": stop.view, stop.field: sentence, **other, **stop.state, "tour": number})


def told() -> dict[str, Any]:
    """Return the tour as the page reads it."""
    return {"sentence": SENTENCE, "longest": LONGEST, "stops": [asdict(stop) for stop in STOPS]}
