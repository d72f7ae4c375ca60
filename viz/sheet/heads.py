"""The attention figure: the chosen head as a matrix and as arcs, and all heads beside them."""

import numpy as np

from viz.attention_arcs import MOST_ARCS, reached
from viz.scene import Given, Look, Matrix
from viz.sheet.fonts import cut, width
from viz.sheet.marks import SMALL, Box, Mark, Path, Picture, Rect, Text, middle
from viz.sheet.matrix import Light, draw_matrix, numbered_fit, shaded_fit, skip
from viz.sheet.palette import Palette, head_colour, mix, pixels
from viz.sheet.told import Ramp, Told
from viz.spec import Heads
from viz.state import State

TEXTS = (26.0, 24.0, 22.0, 20.0, 18.0, 17.0, 16.0)
FEW = 24  # tokens: as on the page, arcs of more than these show half of each query's weight instead of 0.9
HEADING = 26.0


def told(figure: Heads, state: State) -> Told:
    """Return the words of an attention figure."""
    words = (*figure.notes, *((_hidden(figure, state),) if "arcs" in figure.panels else ()))
    return Told(f"{figure.title}, {_name(figure).lower()}", " ".join(words), ramps=(_ramp(figure),))


def mass(figure: Heads) -> float:
    """Return the share of each query's weight that its arcs show."""
    return figure.mass or (0.9 if max(figure.weights.shape) <= FEW else 0.5)


def drawn(figure: Heads, state: State) -> dict[int, np.ndarray]:
    """Return the heads whose arcs are drawn, with their weights: those of the link, where the figure has them all."""
    asked = [int(head) for head in str(getattr(state, "heads", "") or "").split(",") if head]
    heads = [head for head in dict.fromkeys(asked) if head < figure.heads]
    if figure.all is None or len(heads) < 2:
        return {figure.head: figure.weights}
    return {head: figure.all[figure.layer, head] for head in heads}


def _hidden(figure: Heads, state: State) -> str:
    """Say which arcs are drawn and how much of all weight they leave out."""
    several = drawn(figure, state)
    total = sum(float(np.abs(weights).sum(dtype=np.float64)) for weights in several.values())
    shown = sum(abs(arc[-1]) for arc in _strongest_of(several, mass(figure)))
    hidden = max(0.0, 1 - shown / total) if total else 0.0
    heads = f" of heads {', '.join(map(str, several))}" if len(several) > 1 else ""
    return (
        f"Arcs{heads}: each query's largest weights up to {mass(figure):.0%} of what it gives; "
        f"{hidden:.0%} of all is hidden."
    )


def _ramp(figure: Heads) -> Ramp:
    """Return the scale: shares from 0 to 1, or differences around 0; larger numbers have a scale that holds them."""
    top = float(np.abs(figure.weights).max(initial=1e-9))
    if figure.signed:
        return Ramp("signed", -top, top, "Difference of attention weights")
    what = "Attention weight" if figure.mode != "value-norm" else "Weight times length of the value"
    return Ramp("weight", 0.0, max(1.0, top), what)


def _name(figure: Heads) -> str:
    """Return which head is shown, or how the matrix was made from several."""
    if figure.mode in ("mean", "max"):
        return f"Layer {figure.layer}, {'mean' if figure.mode == 'mean' else 'largest'} of all heads"
    if figure.mode == "rollout":
        return f"Rollout up to layer {figure.layer}"
    return f"Layer {figure.layer}, head {figure.head}"


def paint(figure: Heads, box: Box, colours: Palette, state: State) -> list[Mark]:
    """Return the marks of the panels, from left to right."""
    panels = [panel for panel in figure.panels if panel in PANELS and not (panel == "overview" and _alone(figure))]
    shares = tuple(PANELS[panel][0] for panel in panels)
    boxes = box.columns(shares, 28.0)
    marks = zip(panels, boxes, strict=True)
    return [mark for panel, part in marks for mark in PANELS[panel][1](figure, part, colours, state)]


def _alone(figure: Heads) -> bool:
    return figure.overview is None or figure.layers * figure.heads < 2


def _matrix(figure: Heads, box: Box, colours: Palette, _: State) -> list[Mark]:
    ramp = _ramp(figure)
    look: Look = {"row_role": "query", "column_role": "key", "colour": ramp.colour, "low": ramp.low, "high": ramp.high}
    matrix = Matrix("weights", _name(figure), figure.weights, figure.queries, figure.keys, Given(""), **look)
    room, tall = box.width, box.height - HEADING
    fits = (numbered_fit(matrix, text, bare=False) for text in TEXTS)
    size = next((f for f in fits if f.width <= room and f.height <= tall), None)
    if size is None:
        bare = shaded_fit(matrix, 0, 0, bare=False)
        top = shaded_fit(matrix, 1, 1, bare=False).top
        across = min(30.0, (room - bare.left) / len(figure.keys))
        size = shaded_fit(matrix, across, min(30.0, (tall - top) / len(figure.queries)), bare=False)
    return draw_matrix(matrix, size, box.x, box.y + HEADING, colours, Light())


def _arcs(figure: Heads, box: Box, colours: Palette, state: State) -> list[Mark]:
    most = max(len(figure.queries), len(figure.keys))
    pitch = min(36.0, (box.height - HEADING - 8) / most)
    several = drawn(figure, state)
    inks = {head: head_colour(head, figure.heads, colours["paper"]) for head in several}
    left = min(0.36 * box.width, max(width(t, SMALL) for t in figure.queries))
    right = min(0.36 * box.width, max(width(t, SMALL) for t in figure.keys))
    start, end = box.x + left + 8, box.right - right - 8
    marks: list[Mark] = [
        Text(start - 8, box.y + 16, "queries", SMALL, colours["query"], True, "end"),
        Text(end + 8, box.y + 16, "keys", SMALL, colours["key"], True),
    ]
    if len(several) > 1:
        marks += _key(inks, (start + end) / 2, box.y + 16, end - start)
    top = box.y + HEADING + 8 + pitch / 2
    for head, query, key, weight in reversed(_strongest_of(several, mass(figure))):
        y0, y1, bend = top + query * pitch, top + key * pitch, (end - start) * 0.45
        points = ((start, y0), (start + bend, y0), (end - bend, y1), (end, y1))
        strength = min(1.0, abs(weight))
        own = inks[head] if len(several) > 1 else colours["weight-high" if weight > 0 else "signed-low"]
        ink = mix(colours["paper"], own, 0.25 + 0.75 * strength)
        marks.append(Path(points, ink, max(0.8, min(9.0, 0.5 * pitch) * strength), curve=True))
    step = skip(SMALL + 2, pitch)
    for labels, x, anchor, ink in (
        (figure.queries, start - 8, "end", colours["query"]),
        (figure.keys, end + 8, "start", colours["key"]),
    ):
        for place in range(0, len(labels), step):
            label = cut(labels[place], SMALL, 0.36 * box.width)
            base = middle(top + place * pitch, SMALL)
            marks.append(Text(x, base, label, SMALL, ink, anchor=anchor))  # type: ignore[arg-type]
    return marks


def _key(inks: dict[int, str], centre: float, y: float, room: float) -> list[Mark]:
    """Return the numbers of the heads in their colours, as many as have room."""
    apart = 2 * width("00", SMALL, True)
    most = max(1, int(room / apart) - 1)
    first = centre - apart * (min(len(inks), most) - 1) / 2
    return [
        Text(first + place * apart, y, str(head), SMALL, ink, True, "middle")
        for place, (head, ink) in enumerate(list(inks.items())[:most])
    ]


def strongest(weights: np.ndarray, share: float) -> list[tuple[int, int, float]]:
    """Return the arcs, (query, key, weight), the strongest first: the page's rule, see `viz.attention_arcs`."""
    cells = np.argwhere(reached(np.abs(weights), share))
    found = [(int(q), int(k), float(weights[q, k])) for q, k in cells]
    return sorted(found, key=lambda arc: -abs(arc[2]))[:MOST_ARCS]


def _strongest_of(several: dict[int, np.ndarray], share: float) -> list[tuple[int, int, int, float]]:
    """Return the arcs of several heads, (head, query, key, weight), the strongest first."""
    found = [(head, *arc) for head, weights in several.items() for arc in strongest(weights, share)]
    return sorted(found, key=lambda arc: -abs(arc[-1]))[:MOST_ARCS]


def _overview(figure: Heads, box: Box, colours: Palette, _: State) -> list[Mark]:
    if figure.overview is None:
        return []
    gap, left, top = 6.0, 34.0, 2 * HEADING
    size = min((box.width - left) / figure.heads - gap, (box.height - top) / figure.layers - gap, 84.0)
    x0, y0 = box.x + left, box.y + top
    marks: list[Mark] = [
        Text(x0, box.y + 16, "All heads", 18, colours["ink"], True),
        Text(x0 + width("All heads", 18, True) + 10, box.y + 16, "rows: layers", SMALL, colours["soft"]),
    ]
    for head in range(0, figure.heads, skip(24, size + gap)):
        x = x0 + head * (size + gap) + size / 2
        bold = head == figure.head
        marks.append(Text(x, y0 - 8, str(head), SMALL, colours["ink" if bold else "soft"], bold, "middle"))
    for layer in range(0, figure.layers, skip(SMALL + 2, size + gap)):
        y = middle(y0 + layer * (size + gap) + size / 2, SMALL)
        bold = layer == figure.layer
        marks.append(Text(x0 - 10, y, str(layer), SMALL, colours["ink" if bold else "soft"], bold, "end"))
    for layer, row in enumerate(figure.overview):
        for head, pooled in enumerate(row):
            x, y = x0 + head * (size + gap), y0 + layer * (size + gap)
            chosen = (layer, head) == (figure.layer, figure.head)
            marks.append(Picture(x, y, size, size, _thumbnail(pooled, figure.signed, colours)))
            ink, line = (colours["accent"], 3.0) if chosen else (colours["line"], 1.0)
            marks.append(Rect(x, y, size, size, None, ink, line, 2))
    return marks


def _thumbnail(pooled: np.ndarray, signed: bool, colours: Palette) -> np.ndarray:
    """Return the shades of a head of the overview: bytes from 0 to 255, or from 1 to 255 around 128 where signed."""
    if signed:
        return pixels((pooled.astype(float) - 128) / 127, colours, "signed", -1, 1)
    return pixels(pooled / 255, colours, "weight", 0, 1)


PANELS = {"matrix": (1.45, _matrix), "arcs": (1.0, _arcs), "overview": (1.0, _overview)}
