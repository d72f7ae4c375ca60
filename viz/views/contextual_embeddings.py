"""One word in several sentences: how far apart its contextual vectors are, layer by layer."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.errors import LecternError
from models.measures import cosine, pca_2d
from viz.occurrences import Occurrence, find_word, other_words, plain, split_sense
from viz.scene import Cosine, Given, Grid, Look, Matrix, Step, Walk, derived, signed
from viz.spec import Figure, Link, Plot, Spec, Term
from viz.state import State, knob, within
from viz.view import Run, View
from viz.words import and_list, counted, number, quote, shorten

if TYPE_CHECKING:
    from models.trace import Trace

EXAMPLES = Path(__file__).parent.parent.parent / "assets" / "examples" / "senses.json"
MOST_SENTENCES = 24
LAST = 999
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
    model: str = knob("bert-tiny", "Model", kind="model", top=True, max_length=200)
    second: str = knob("", "Beside it", kind="model", max_length=200, help="A second model on the same sentences.")
    layer: int = knob(LAST, "Layer", ge=0, le=LAST, help="0 is the embedding output, before the first block.")
    word: str = knob("", "Word", max_length=80, help="Empty: the word of the example.")
    sentences: str = knob(
        "",
        "Sentences, one a line; “sense | sentence” names the sense",
        kind="longtext",
        max_length=20_000,
    )
    centred: bool = knob(False, "Subtract the mean vector", help="Centred cosine: takes out what all words share.")


@dataclass(frozen=True)
class Study:
    """The word in one model: its occurrences, and the traces they stand in."""

    traces: tuple["Trace", ...]
    found: tuple[Occurrence, ...]

    def vectors(self, layer: int) -> np.ndarray:
        """Return [occurrence, width] in this layer."""
        return np.array([one.vector(self.traces[one.sentence], layer) for one in self.found])

    def statics(self) -> np.ndarray:
        """Return [occurrence, width] rows of the embedding matrix."""
        return np.array([one.static(self.traces[one.sentence]) for one in self.found])

    def others(self, layer: int) -> np.ndarray:
        """Return [position, width] of every other word of the sentences, for the random-pair baseline."""
        rows = []
        for i, trace in enumerate(self.traces):
            taken = {p for one in self.found if one.sentence == i for p in one.positions}
            rows.append(trace.hidden(layer)[other_words(trace, taken)])
        return np.concatenate(rows)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.traces[0].model.name


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
    layers = [within_last(state.layer, study.traces[0].n_hidden("source")) for study in studies]
    notices = [notice for (_, told) in layers for notice in told]
    several = len(studies) > 1
    figures: list[Figure] = []
    for study, (layer, _) in zip(studies, layers, strict=True):
        figures += [
            _table(state, study, layer, several),
            _projection(study, layer),
            _curves(study, layer, state.centred),
        ]
    ordered = [figure for part in range(3) for figure in figures[part::3]]
    where = and_list([f"{study.name}, layer {layer}" for study, (layer, _) in zip(studies, layers, strict=True)])
    caption = f"{quote(shared_word(state))} in {counted(count, 'sentence')}: {where}. {_pieces(studies[0])}"
    return Spec(
        tuple(ordered),
        f"Cosine table, projection and curves through the layers for {quote(shared_word(state))} in {where}.",
        caption,
        formula=FORMULA,
        notices=tuple(notices),
        limits={"layer": max(study.traces[0].n_hidden("source") for study in studies) - 1},
        changed={} if state.layer == LAST else {"layer": layers[0][0]},
        filled={"word": shared_word(state), "sentences": "\n".join(_written(state)), "layer": layers[0][0]},
    )


def within_last(layer: int, count: int) -> tuple[int, tuple[str, ...]]:
    """Return the layer, the last one where none was chosen."""
    return (count - 1, ()) if layer == LAST else within(layer, count, "layer")


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


def _found(traces: tuple["Trace", ...], word: str, senses: list[str]) -> list[Occurrence]:
    several = enumerate(zip(traces, senses, strict=True))
    return [one for i, (trace, sense) in several for one in find_word(trace, word, i, sense)]


def baseline(study: Study, layer: int, centred: bool = False) -> tuple[float, int]:
    """Return the mean cosine of all pairs of other words in these sentences, and how many pairs that are.

    Raw cosines are high between any two words of some models (Ethayarajh 2019), so a cosine means little without this.
    """
    vectors = study.others(layer)
    if len(vectors) < 2:
        return float("nan"), 0
    table = cosine(*[_centre(vectors, study, layer, centred)] * 2)
    pairs = table[np.triu_indices(len(vectors), 1)]
    return float(pairs.mean()), len(pairs)


def _centre(vectors: np.ndarray, study: Study, layer: int, centred: bool) -> np.ndarray:
    """Take the mean vector of all tokens of the sentences away, where that is asked for."""
    if not centred:
        return vectors
    everything = np.concatenate([trace.hidden(layer) for trace in study.traces])
    return vectors - everything.mean(axis=0)


def _table(state: ContextualEmbeddings, study: Study, layer: int, several: bool) -> Walk:
    labels = tuple(one.label for one in study.found)
    wide = tuple(map(str, range(study.vectors(layer).shape[1])))
    mean, pairs = baseline(study, layer, state.centred)
    m: dict[str, Matrix] = {}
    m["static"] = _rows(
        "static",
        "Embedding-matrix rows",
        study.statics(),
        labels,
        wide,
        "Before any context: one row of the embedding matrix.",
    )
    centred = " minus the mean of all tokens" if state.centred else ""
    vectors = _centre(study.vectors(layer), study, layer, state.centred)
    m["vectors"] = _rows(
        "vectors", f"Vectors in layer {layer}", vectors, labels, wide, f"Hidden states of the word{centred}."
    )
    look: Look = {"symbol": "cos", "colour": "signed", "low": -1.0, "high": 1.0}
    m["same"] = derived(m, "same", "Static: no context", Cosine("static", "static"), labels, labels, **look)
    m["cosine"] = derived(
        m, "cosine", f"In context: {study.name}, layer {layer}", Cosine("vectors", "vectors"), labels, labels, **look
    )
    about = (
        f"Two other words of these sentences have a cosine of {number(mean)} on average ({counted(pairs, 'pair')}): "
        "only what lies above that says something."
        if pairs
        else "There is no other word to compare with."
    )
    steps = (
        Step("Cosine of every pair", about, ("cosine",), term="cosine"),
        Step(
            "Beside the static embedding",
            _about_static(m["same"].values),
            ("same", "≠", "cosine"),
            term="cosine",
        ),
        Step(
            "The vectors themselves",
            f"All {len(wide):,} numbers of each vector, in full: no projection here.",
            ("vectors", "→", "cosine"),
            term="dot",
        ),
    )
    title = f"{study.name}: cosine in full dimension" if several else "Cosine in full dimension"
    return Walk(
        title, m, steps, f"Cosines between {counted(len(labels), 'occurrence')} in layer {layer} of {study.name}."
    )


def _about_static(cosines: np.ndarray) -> str:
    if np.allclose(cosines, 1, atol=1e-6):
        return "The embedding matrix has one row for the word, so every pair has a cosine of 1. Context parts them."
    return "This model has several rows for the word, by case and by the space before it: not every pair is 1."


def _rows(
    key: str, title: str, values: np.ndarray, labels: tuple[str, ...], wide: tuple[str, ...], note: str
) -> Matrix:
    return Matrix(key, title, values, labels, wide, Given(note), **signed(values))


def _projection(study: Study, layer: int) -> Plot:
    points, share = pca_2d(study.vectors(layer))
    senses = sorted({one.sense for one in study.found})
    data = tuple(_cloud(study, points, sense, i) for i, sense in enumerate(senses))
    told = f"{share:.0%} of the variance is in this plane; the rest is lost, so trust the table, not these distances."
    rows = tuple((one.label, float(x), float(y)) for one, (x, y) in zip(study.found, points, strict=True))
    title = f"{study.name}, layer {layer}: principal components 1 and 2 ({share:.0%} of the variance)"
    layout = {
        "xaxis": {"title": {"text": "component 1"}},
        "yaxis": {"title": {"text": "component 2"}, "scaleanchor": "x"},
        "height": 380,
    }
    return Plot(
        title,
        data,
        layout,
        f"{counted(len(points), 'occurrence')} in the plane. {told}",
        Grid(told, ("occurrence", "component 1", "component 2"), rows),
    )


def _cloud(study: Study, points: np.ndarray, sense: str, series: int) -> dict:
    mine = [i for i, one in enumerate(study.found) if one.sense == sense]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": sense or "occurrences",
        "x": [float(points[i, 0]) for i in mine],
        "y": [float(points[i, 1]) for i in mine],
        "text": [study.found[i].label for i in mine],
        "textposition": "top center",
        "marker": {"size": 13, "color": f"series:{series}", "symbol": series},
    }


def _curves(study: Study, layer: int, centred: bool) -> Plot:
    count = study.traces[0].n_hidden("source")
    same, different, random = np.array([_means(study, i, centred) for i in range(count)]).T
    first = "same sense" if any(one.sense for one in study.found) else "pairs of the word"
    curves = (
        (first, same, "series:0", "solid"),
        ("different sense", different, "series:1", "solid"),
        ("random pairs of other words", random, "role:soft", "dot"),
    )
    data = tuple(_curve(*curve) for curve in curves if not np.isnan(curve[1]).all())
    rows = tuple(
        (i, *(round(float(x), 6) if np.isfinite(x) else "" for x in (same[i], different[i], random[i])))
        for i in range(count)
    )
    layout = {
        "xaxis": {"title": {"text": "layer (0: embedding output)"}, "dtick": 1 if count <= 14 else 4},
        "yaxis": {"title": {"text": "mean cosine"}},
        "height": 380,
        "shapes": [
            {
                "type": "line",
                "x0": layer,
                "x1": layer,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": "role:accent", "width": 2, "dash": "dash"},
            }
        ],
    }
    title = f"{study.name}: through the layers" + (", centred" if centred else "")
    named = "; ".join(curve["name"] for curve in data)
    alt = f"Mean cosine by layer: {named}. Layer {layer} is marked."
    return Plot(title, data, layout, alt, Grid(title, ("layer", first, "different sense", "random pairs"), rows))


def _curve(name: str, values: np.ndarray, colour: str, dash: str) -> dict:
    kept = [(i, float(v)) for i, v in enumerate(values) if np.isfinite(v)]
    xs, ys = ([pair[part] for pair in kept] for part in (0, 1))
    line = {"color": colour, "width": 3, "dash": dash}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": xs,
        "y": ys,
        "line": line,
        "marker": {"size": 8, "color": colour},
    }


def _means(study: Study, layer: int, centred: bool) -> tuple[float, float, float]:
    """Return the mean cosine of pairs of the same sense, of different senses, and of other words.

    A sentence whose sense is not told is left out of both; where none is told, the first is of all pairs.
    """
    table = cosine(*[_centre(study.vectors(layer), study, layer, centred)] * 2)
    senses = np.array([one.sense for one in study.found])
    told = (senses != "") if (senses != "").any() else np.ones(len(senses), bool)
    pairs = np.triu(told[:, None] & told[None, :], 1)
    alike = senses[:, None] == senses[None, :]
    return _mean(table[pairs & alike]), _mean(table[pairs & ~alike]), baseline(study, layer, centred)[0]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


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
