"""How far apart the vectors of one word are: every cosine, the plane that keeps most of them, and all the layers."""

import numpy as np

from models.measures import pca_2d
from viz.curves import Curve, curves
from viz.matrices import Matrices
from viz.scene import Cosine, Grid, Look, Step, Walk, signed
from viz.spec import Plot
from viz.study import Study
from viz.words import counted, number


def cosine_walk(study: Study, layer: int, centred: bool, title: str) -> Walk:
    """Return the cosine of every two occurrences: in context, by the embedding matrix, and the vectors behind them."""
    labels, vectors = study.labels, study.centre(study.vectors(layer), layer, centred)
    wide = tuple(map(str, range(vectors.shape[1])))
    whose = f"Hidden states of the word{' minus the mean of all tokens' if centred else ''}."
    row, look = "Before any context: one row of the embedding matrix.", Look(symbol="cos", colour="signed", low=-1.0)
    m = Matrices()
    m.given("static", "Embedding-matrix rows", study.statics(), labels, wide, row, **signed(study.statics()))
    m.given("vectors", f"Vectors in layer {layer}", vectors, labels, wide, whose, **signed(vectors))
    m.derive("same", "Static: no context", Cosine("static", "static"), labels, labels, **look)
    title_in = f"In context: {study.name}, layer {layer}"
    m.derive("cosine", title_in, Cosine("vectors", "vectors"), labels, labels, **look)
    alt = f"Cosines between {counted(len(labels), 'occurrence')} in layer {layer} of {study.name}."
    return Walk(title, m, _steps(m, study, layer, centred), alt)


def _steps(m: Matrices, study: Study, layer: int, centred: bool) -> tuple[Step, ...]:
    tokens, width = len(study.traces[0].tokens), m["vectors"].values.shape[1]
    shape = (
        f"All {width:,} numbers of each vector. For the first sentence the model's output has the shape "
        f"[1, {tokens}, {width}]: sentences, tokens, width."
    )
    about, static = _about_others(study, layer, centred), _about_static(m["same"].values)
    return (
        Step("Cosine of every pair", about, ("cosine",), term="cosine"),
        Step("Beside the static embedding", static, ("same", "≠", "cosine"), term="cosine"),
        Step("The vectors themselves", shape, ("vectors", "→", "cosine"), term="dot"),
    )


def _about_others(study: Study, layer: int, centred: bool) -> str:
    mean, pairs = study.baseline(layer, centred)
    if not pairs:
        return "There is no other word to compare with."
    return (
        f"Two other words of these sentences have a cosine of {number(mean)} on average ({counted(pairs, 'pair')}): "
        "only what lies above that says something."
    )


def _about_static(cosines: np.ndarray) -> str:
    if np.allclose(cosines, 1, atol=1e-6):
        return "The embedding matrix has one row for the word, so every pair has a cosine of 1. Context parts them."
    return "This model has several rows for the word, by case and by the space before it: not every pair is 1."


def projection(study: Study, layer: int) -> Plot:
    """Return the vectors in the plane of their first two principal components, a colour for each sense."""
    points, share = pca_2d(study.vectors(layer))
    senses = sorted({one.sense for one in study.found})
    told = f"{share:.0%} of the variance is in this plane; the rest is lost, so trust the table, not these distances."
    rows = tuple((label, float(x), float(y)) for label, (x, y) in zip(study.labels, points, strict=True))
    layout = {
        "xaxis": {"title": {"text": "component 1"}},
        "yaxis": {"title": {"text": "component 2"}, "scaleanchor": "x"},
        "height": 380,
    }
    return Plot(
        f"{study.name}, layer {layer}: principal components 1 and 2 ({share:.0%} of the variance)",
        tuple(_cloud(study, points, sense, i) for i, sense in enumerate(senses)),
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
        "text": [study.labels[i] for i in mine],
        "textposition": "top center",
        "marker": {"size": 13, "color": f"series:{series}", "symbol": series},
    }


def through_layers(study: Study, layer: int, centred: bool) -> Plot:
    """Return the mean cosine of the word's pairs layer by layer, beside that of other words."""
    same, different, random = np.array([study.means(i, centred) for i in range(study.layers)]).T
    drawn = (
        Curve("same sense" if any(one.sense for one in study.found) else "pairs of the word", same, "series:0"),
        Curve("different sense", different, "series:1"),
        Curve("random pairs of other words", random, "role:soft", "dot"),
    )
    title = f"{study.name}: through the layers" + (", centred" if centred else "")
    named = "; ".join(curve.name for curve in drawn if np.isfinite(curve.values).any())
    alt = f"Mean cosine by layer: {named}. Layer {layer} is marked."
    return curves(title, drawn, alt=alt, y="mean cosine", marked=layer, height=380)
