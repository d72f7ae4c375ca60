"""Where a walkthrough stands, and which cells light up: the same on a sheet as on the page."""

import math
from dataclasses import dataclass

from viz.scene import (
    Add,
    Apply,
    Cosine,
    Dot,
    Join,
    Length,
    Matrix,
    Normal,
    Scale,
    Softcap,
    Softmax,
    Take,
    Times,
    Walk,
    Where,
    Window,
)
from viz.sheet.matrix import Light
from viz.state import State
from viz.words import number

# A sweep over more cells than this gets one slide and not one for each cell.
MOST_SWEPT = 16
MOST_TERMS = 5

Cell = tuple[str, int, int]
Block = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Place:
    """A step, how many cells of its sweep are done, and the cell that is pointed at."""

    step: int
    index: int
    cell: Cell | None


def place_of(walk: Walk, state: State) -> Place:
    """Return the place that a state names, corrected to what the walkthrough has."""
    step = min(len(walk.steps) - 1, max(0, state.step))
    return at(walk, step, _read(walk, state.cell))


def at(walk: Walk, step: int, cell: Cell | None) -> Place:
    """Return a step with a cell; a cell of the swept matrix is a position in the sweep."""
    sweep, focus = walk.steps[step].sweep, walk.steps[step].focus
    if sweep is None:
        return Place(step, 0, cell or (focus[0] if focus else None))
    columns = walk.matrices[sweep].values.shape[1]
    index = cell[1] * columns + cell[2] if cell and cell[0] == sweep else 0
    return Place(step, index, cell or (sweep, 0, 0))


def positions(walk: Walk) -> list[Place]:
    """Return every place that Next stops at; a long sweep only where it starts."""
    places = []
    for index, step in enumerate(walk.steps):
        count = walk.matrices[step.sweep].values.size if step.sweep else 0
        if step.sweep and count <= MOST_SWEPT:
            columns = walk.matrices[step.sweep].values.shape[1]
            places += [at(walk, index, (step.sweep, *divmod(i, columns))) for i in range(count)]
        else:
            places.append(at(walk, index, None))
    return places


def _read(walk: Walk, text: str) -> Cell | None:
    if not text:
        return None
    key, row, column = text.split(",")
    matrix = walk.matrices.get(key)
    if matrix is None or int(row) >= len(matrix.rows) or int(column) >= len(matrix.columns):
        return None
    return key, int(row), int(column)


def light(walk: Walk, place: Place, key: str) -> Light:
    """Return what lights up in one matrix of the current step."""
    matrix, step = walk.matrices[key], walk.steps[place.step]
    cell = place.cell
    focus = [(m, r, c, 1, 1) for m, r, c in step.focus if (m, r, c) != cell]
    blocks = [*(sources(walk, cell) if cell else []), *(focus if cell in step.focus else [])]
    other = walk.matrices[cell[0]] if cell else None
    return Light(
        cell=cell[1:] if cell and cell[0] == key else None,
        blocks=tuple(block[1:] for block in blocks if block[0] == key),
        pending=place.index + 1 if step.sweep == key else None,
        rows=frozenset([cell[1]] if cell and other and other.rows == matrix.rows else []),
        columns=frozenset([cell[2]] if cell and other and other.columns == matrix.columns else []),
    )


def sources(walk: Walk, cell: Cell) -> list[Block]:
    """Return the blocks of cells that a cell is computed from: (matrix, row, column, rows, columns)."""
    key, row, column = cell
    match walk.matrices[key].source:
        case Dot(left=left, right=right, transpose=transpose, bias=bias):
            other = _row(walk, right, column) if transpose else _column(walk, right, column)
            return [_row(walk, left, row), other, *([(bias, 0, column, 1, 1)] if bias else [])]
        case Cosine(left=left, right=right):
            return [_row(walk, left, row), _row(walk, right, column)]
        case Add(left=left, right=right) | Times(left=left, right=right):
            return [_same(walk, left, row, column), _same(walk, right, row, column)]
        case Where(of=of, mask=mask):
            return [(of, row, column, 1, 1), (mask, row, column, 1, 1)]
        case Scale(of=of) | Softcap(of=of) | Apply(of=of):
            return [(of, row, column, 1, 1)]
        case Softmax(of=of) | Length(of=of):
            return [_row(walk, of, row)]
        case Normal(of=of, gain=gain, shift=shift):
            both = [_same(walk, part, 0, column) for part in (gain, shift) if part]
            return [_row(walk, of, row), *both]
        case Take(of=of, places=places):
            return [(of, places[row], column, 1, 1)]
        case Join(parts=parts):
            return _joined(walk, parts, row, column)
        case Window() as window:
            return _window(walk, window, row, column)
    return []


def _same(walk: Walk, key: str, row: int, column: int) -> Block:
    """Return the cell at the same place; a matrix of one row or column is used for every row or column."""
    rows, columns = walk.matrices[key].values.shape
    return key, min(row, rows - 1), min(column, columns - 1), 1, 1


def _joined(walk: Walk, parts: tuple[str, ...], row: int, column: int) -> list[Block]:
    for part in parts:
        columns = walk.matrices[part].values.shape[1]
        if column < columns:
            return [(part, row, column, 1, 1)]
        column -= columns
    return []


def _row(walk: Walk, key: str, row: int) -> Block:
    return key, row, 0, 1, len(walk.matrices[key].columns)


def _column(walk: Walk, key: str, column: int) -> Block:
    return key, 0, column, len(walk.matrices[key].rows), 1


def _window(walk: Walk, rule: Window, row: int, column: int) -> list[Block]:
    """Return the part of the input that lies under the window, and the whole kernel."""
    image, kernel = walk.matrices[rule.input].values.shape, walk.matrices[rule.kernel].values.shape
    spans = []
    for axis, place in enumerate((row, column)):
        start = place * rule.stride[axis] - rule.padding[axis]
        end = start + (kernel[axis] - 1) * rule.dilation[axis] + 1
        spans.append((max(0, start), min(image[axis], end)))
    (top, bottom), (left, right) = spans
    under: list[Block] = [(rule.input, top, left, bottom - top, right - left)] if bottom > top and right > left else []
    return [*under, (rule.kernel, 0, 0, *kernel)]


def arithmetic(walk: Walk, cell: Cell) -> str:
    """Return how a cell comes about, in real numbers: one line, products beyond five left out and said to be."""
    key, row, column = cell
    matrix = walk.matrices[key]
    result = _shown(matrix, row, column)
    told = _told(walk, matrix, row, column)
    name = f"{matrix.symbol}[{matrix.rows[row]}, {matrix.columns[column]}]"
    return f"{name} = {told} = {result}" if told else f"{name} = {result}"


def _told(walk: Walk, matrix: Matrix, row: int, column: int) -> str:
    m = walk.matrices
    match matrix.source:
        case Add(left=left, right=right):
            return f"{_at(m, _same(walk, left, row, column))} + {_signed(_at(m, _same(walk, right, row, column)))}"
        case Times(left=left, right=right):
            return f"{_at(m, _same(walk, left, row, column))} × {_signed(_at(m, _same(walk, right, row, column)))}"
        case Scale(of=of, shown=shown):
            return f"{_shown(m[of], row, column)} {shown}"
        case Where(of=of, mask=mask, fill=fill):
            hidden = math.isinf(float(m[mask].values[row, column]))
            return f"{number(fill, 0)} instead of −∞" if hidden else _shown(m[of], row, column)
        case Softmax(of=of):
            scores = [_shown(m[of], row, i) for i in range(len(m[of].columns))]
            kept = scores if len(scores) <= MOST_TERMS else [*scores[: MOST_TERMS - 1], "…"]
            below = " + ".join("…" if score == "…" else f"e^{score}" for score in kept)
            return f"e^{_shown(m[of], row, column)} / ({below})"
        case Dot(left=left, right=right, transpose=transpose, bias=bias):
            other = m[right].values[column] if transpose else m[right].values[:, column]
            pairs = list(zip(m[left].values[row], other, strict=True))
            added = f" + {_signed(_shown(m[bias], 0, column))}" if bias else ""
            return _products(pairs, m[left].digits, m[right].digits) + added
        case Window(input=key, kernel=kernel) as rule:
            return _under(m[key], m[kernel], rule, row, column)
    return ""


def _under(image: Matrix, kernel: Matrix, rule: Window, row: int, column: int) -> str:
    pairs = []
    for (u, v), weight in [((u, v), w) for u, line in enumerate(kernel.values) for v, w in enumerate(line)]:
        y = row * rule.stride[0] - rule.padding[0] + u * rule.dilation[0]
        x = column * rule.stride[1] - rule.padding[1] + v * rule.dilation[1]
        inside = 0 <= y < image.values.shape[0] and 0 <= x < image.values.shape[1]
        pairs.append((float(image.values[y, x]) if inside else 0.0, float(weight)))
    added = f" + {_signed(number(rule.bias, 2))}" if rule.bias else ""
    return _products(pairs, image.digits, kernel.digits, most=9) + added


def _products(pairs: list, left: int, right: int, most: int = MOST_TERMS) -> str:
    terms = [f"{number(float(a), left)}·{_signed(number(float(b), right))}" for a, b in pairs]
    more = len(terms) - most
    kept = terms if more <= 0 else [*terms[: most - 1], f"… ({more + 1} more)"]
    return " + ".join(kept)


def _at(matrices: dict[str, Matrix], block: Block) -> str:
    return _shown(matrices[block[0]], block[1], block[2])


def _shown(matrix: Matrix, row: int, column: int) -> str:
    return number(float(matrix.values[row, column]), matrix.digits)


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text
