"""One word in several sentences: how far apart its contextual vectors are, layer by layer."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.errors import LecternError
from viz import knobs
from viz.knobs import LAST
from viz.occurrences import Occurrence, find_word, plain, split_sense
from viz.recipe import vectors_code
from viz.spec import Figure, Link, Spec, Term
from viz.state import State, knob
from viz.study import Study
from viz.study_figures import cosine_walk, projection, through_layers
from viz.view import Run, View
from viz.words import and_list, counted, quote, shorten

if TYPE_CHECKING:
    from models.trace import Trace

EXAMPLES = Path(__file__).parent.parent.parent / "assets" / "examples" / "senses.json"
MOST_SENTENCES = 24
Example = Literal["bank", "bat", "spring", "light", "bark", "match", "robber"]


@cache
def examples() -> dict[str, dict]:
    """Return the examples that are ready to choose, by name."""
    return json.loads(EXAMPLES.read_text())


class ContextualEmbeddings(State):
    """What may be chosen: sentences and their shared word, the model, its layer, and a second model."""

    example: Example = knob(
        "bank", "Example", options={k: e["title"] for k, e in examples().items()}, clears=("sentences", "word")
    )
    model: str = knobs.model("bert-tiny")
    second: str = knob("", "Beside it", kind="model", max_length=200, help="A second model on the same sentences.")
    layer: int = knobs.layer(LAST, help="0 is the embedding output, before the first block.")
    word: str = knob("", "Word", max_length=80, help="Empty: the word of the example.")
    sentences: str = knob(
        "",
        "Sentences, one a line; “sense | sentence” names the sense",
        kind="longtext",
        max_length=20_000,
    )
    centred: bool = knob(False, "Subtract the mean vector", help="Centred cosine: takes out what all words share.")


def lines(state: ContextualEmbeddings) -> list[tuple[str, str]]:
    """Return sense and sentence of every line; raises a sentence where there is none, or too many."""
    found = [split_sense(line) for line in _written(state) if line.strip()]
    if not found:
        raise LecternError("Type at least one sentence, one a line.")
    if len(found) > MOST_SENTENCES:
        raise LecternError(f"At most {MOST_SENTENCES} sentences fit side by side, and these are {len(found)}.")
    return found


def _written(state: ContextualEmbeddings) -> list[str]:
    return state.sentences.splitlines() if state.sentences.strip() else examples()[state.example]["sentences"]


def shared_word(state: ContextualEmbeddings) -> str:
    """Return the word that is looked at."""
    return state.word.strip() or examples()[state.example].get("word", state.example)


def runs(state: ContextualEmbeddings) -> tuple[Run, ...]:
    """Ask for every sentence through the model, and through the second one if there is one."""
    models = [state.model, *([state.second] if state.second.strip() else [])]
    return tuple(Run(model, sentence, hidden=True) for model in models for _, sentence in lines(state))


def build(state: ContextualEmbeddings, traces: tuple["Trace", ...]) -> Spec:
    """Return the cosine tables, the projection, and the curves through the layers, for one model or two."""
    count = len(lines(state))
    studies = [_study(state, traces[i : i + count]) for i in range(0, len(traces), count)]
    layers = [knobs.layer_within(state.layer, study.layers) for study in studies]
    shown = [(study, layer) for study, (layer, _) in zip(studies, layers, strict=True)]
    figures: list[Figure] = [cosine_walk(*one, state.centred, _title(one[0], len(studies) > 1)) for one in shown]
    figures += [projection(*one) for one in shown]
    figures += [through_layers(*one, state.centred) for one in shown]
    where = and_list([f"{study.name}, layer {layer}" for study, layer in shown])
    caption = f"{quote(shared_word(state))} in {counted(count, 'sentence')}: {where}. {_pieces(studies[0])}"
    return Spec(
        tuple(figures),
        f"Cosine table, projection and curves through the layers for {quote(shared_word(state))} in {where}.",
        caption,
        formula=FORMULA,
        code=_code(state, *shown[0]),
        notices=tuple(notice for _, told in layers for notice in told),
        limits={"layer": max(study.layers for study in studies) - 1},
        changed={} if state.layer == LAST else {"layer": layers[0][0]},
        filled={"word": shared_word(state), "sentences": "\n".join(_written(state)), "layer": layers[0][0]},
    )


def _code(state: ContextualEmbeddings, study: Study, layer: int) -> str:
    if study.traces[0].target_tokens:
        return ""  # an encoder with a decoder behind it is not opened by three lines
    where = [[one.positions for one in study.found if one.sentence == i] for i in range(len(study.traces))]
    sentences = [sentence for _, sentence in lines(state)]
    return vectors_code(state.model, layer, list(zip(sentences, where, strict=True)), centred=state.centred)


def _study(state: ContextualEmbeddings, traces: tuple["Trace", ...]) -> Study:
    word = shared_word(state)
    senses = [sense for sense, _ in lines(state)]
    # Uncased models read "café" as "cafe": accents count unless the word occurs only without them.
    found = _found(traces, word, senses) or _found(traces, plain(word), senses)
    if len(found) < 2:
        where = "once" if found else "nowhere"
        raise LecternError(
            f"{quote(shorten(word, 30))} occurs {where} in these sentences, and it takes two places to compare: "
            "choose a word that occurs at least twice, or add a sentence."
        )
    return Study(traces, tuple(found))


def _title(study: Study, several: bool) -> str:
    return f"{study.name}: cosine in full dimension" if several else "Cosine in full dimension"


def _found(traces: tuple["Trace", ...], word: str, senses: list[str]) -> list[Occurrence]:
    several = enumerate(zip(traces, senses, strict=True))
    return [one for i, (trace, sense) in several for one in find_word(trace, word, i, sense)]


def _pieces(study: Study) -> str:
    most = max(len(one.positions) for one in study.found)
    return "" if most == 1 else f"The word is cut into up to {most} pieces: their vectors are averaged."


FORMULA = (
    Term("cos(a, b) =", term="cosine"),
    Term(" a · b", role="query", term="dot"),
    Term(" / ( |a| |b| )", term="cosine"),
)

VIEW = View(
    key="contextual-embeddings",
    title="Same word, other meaning",
    chapter="BERT and GPT",
    question="Is “bank” always the same vector?",
    lead="In the embedding matrix it is. In context the vector moves, and meanings part.",
    state=ContextualEmbeddings,
    build=build,
    runs=runs,
    misconception="A picture in two dimensions is not the geometry: what looks close there may be far apart. The "
    "cosine table is computed in full dimension.",
    not_shown="Why the vectors move: see which words each occurrence attends to in All heads.",
    references=(
        Link(
            "Ethayarajh 2019, How Contextual are Contextualized Word Representations?",
            "https://arxiv.org/abs/1909.00512",
        ),
        Link("Devlin et al. 2019, BERT", "https://arxiv.org/abs/1810.04805"),
    ),
)
