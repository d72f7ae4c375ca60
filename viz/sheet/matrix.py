"""One labelled matrix on a sheet: numbers in its cells where they fit, shades alone where they do not."""

from dataclasses import dataclass, field

import numpy as np

from viz.scene import Matrix
from viz.sheet.fonts import cut, width, wrap
from viz.sheet.marks import SMALL, Box, Mark, Path, Picture, Rect, Text, middle
from viz.sheet.palette import Palette, pixels
from viz.words import number

GAP = 2.0
LABEL_MOST = 190.0
# Cells smaller than this, or more cells than this, are pixels of one picture.
LEAST_CELL = 7.0
MOST_CELLS = 1600


@dataclass(frozen=True)
class Fit:
    """How large a matrix is drawn.

    - text: the size of the numbers, or None where there are only shades.
    - across, down: the pitch of the cells; left, top: the room for the row and the column labels.
    """

    text: float | None
    across: float
    down: float
    left: float
    top: float
    turned: bool
    rows: int
    columns: int
    title: float
    label: float = SMALL

    @property
    def width(self) -> float:
        """The width of labels and cells, at least that of the title."""
        return max(self.left + self.columns * self.across, self.title)

    @property
    def height(self) -> float:
        """The height of labels and cells."""
        return self.top + self.rows * self.down


@dataclass(frozen=True)
class Light:
    """What is pointed at: one cell, blocks (row, column, rows, columns) that it comes from, and how far a sweep is."""

    cell: tuple[int, int] | None = None
    blocks: tuple[tuple[int, int, int, int], ...] = ()
    pending: int | None = None
    rows: frozenset[int] = field(default=frozenset())
    columns: frozenset[int] = field(default=frozenset())


def written(matrix: Matrix) -> list[list[str]]:
    """Return the numbers of a matrix as they stand in its cells."""
    return [[number(float(value), matrix.digits) for value in row] for row in matrix.values]


def numbered_fit(matrix: Matrix, text: float, *, bare: bool) -> Fit:
    """Return the size of a matrix with numbers of this size in its cells; `bare` leaves the row labels out."""
    longest = max((width(cell, text) for row in written(matrix) for cell in row), default=text)
    across = max(longest + 0.7 * text, 1.9 * text)
    return _fit(matrix, text, across, 1.8 * text + GAP, min(22.0, max(SMALL, 0.8 * text)), bare)


def shaded_fit(matrix: Matrix, across: float, down: float, *, bare: bool) -> Fit:
    """Return the size of a matrix whose cells are shades of this pitch."""
    return _fit(matrix, None, across, down, SMALL, bare)


def _fit(matrix: Matrix, text: float | None, across: float, down: float, label: float, bare: bool) -> Fit:
    left = 0.0 if bare else min(LABEL_MOST, _longest(matrix.rows, label)) + 10
    above = _longest(matrix.columns, label)
    turned = above > across - 4 and not _is_numbered(matrix)
    top = min(120.0, above + 12) if turned else label + 10
    rows, columns = matrix.values.shape
    title = min(left + 130.0, width(matrix.title, 18, True)) if rows else 0.0
    return Fit(text, across, down, left, top, turned, rows, columns, title, label)


def _longest(labels: tuple[str, ...], size: float) -> float:
    return max((width(label, size, True) for label in labels), default=0.0)


def _is_numbered(matrix: Matrix) -> bool:
    """Return whether the columns are only counted: then some numbers are left out rather than all of them turned."""
    return all(label.isdigit() for label in matrix.columns)


def title_lines(matrix: Matrix, fit: Fit) -> list[str]:
    """Return the title in lines no wider than the matrix."""
    return wrap(matrix.title, 18, max(fit.width, 120.0), 2, True)


def draw_matrix(matrix: Matrix, fit: Fit, x: float, y: float, colours: Palette, light: Light) -> list[Mark]:
    """Return the marks of a matrix whose cells and labels start at (x, y); its title stands above."""
    cells = Box(x + fit.left, y + fit.top, fit.columns * fit.across, fit.rows * fit.down)
    lines = title_lines(matrix, fit)
    heading: list[Mark] = [
        Text(cells.x, y - 8 - 22 * (len(lines) - 1 - i), line, 18, colours["ink"], True) for i, line in enumerate(lines)
    ]
    body = _pixels(matrix, fit, cells, colours, light) if _is_fine(fit) else _cells(matrix, fit, cells, colours, light)
    return [*heading, *_labels(matrix, fit, cells, colours, light), *body, *_outlines(fit, cells, colours, light)]


def _is_fine(fit: Fit) -> bool:
    return fit.text is None and (min(fit.across, fit.down) < LEAST_CELL or fit.rows * fit.columns > MOST_CELLS)


def _cells(matrix: Matrix, fit: Fit, box: Box, colours: Palette, light: Light) -> list[Mark]:
    marks: list[Mark] = []
    gap = GAP if fit.across > 12 else 1.0
    radius = min(5.0, fit.across / 8, fit.down / 6)
    texts = written(matrix) if fit.text else []
    for (row, column), value in np.ndenumerate(matrix.values):
        x, y = box.x + column * fit.across, box.y + row * fit.down
        if light.pending is not None and row * fit.columns + column >= light.pending:
            marks.append(Rect(x, y, fit.across - gap, fit.down - gap, None, colours["line"], 1, radius))
            continue
        back = colours.shade(float(value), matrix.colour, matrix.low, matrix.high)
        hidden = bool(np.isneginf(value))
        hatch = colours["hatch-b"] if hidden else None
        marks.append(Rect(x, y, fit.across - gap, fit.down - gap, back, colours["line"], 1, radius, hatch))
        if fit.text:
            ink = colours.ink_on(colours["hatch-b"] if hidden else back)
            base = middle(y + (fit.down - gap) / 2, fit.text)
            centre = x + (fit.across - gap) / 2
            marks.append(Text(centre, base, texts[row][column], fit.text, ink, anchor="middle"))
    return marks


def _pixels(matrix: Matrix, fit: Fit, box: Box, colours: Palette, light: Light) -> list[Mark]:
    shades = pixels(matrix.values, colours, matrix.colour, matrix.low, matrix.high)
    if light.pending is not None:
        shades.reshape(-1, 3)[light.pending :] = pixels(np.zeros((1, 1)), colours, "weight", 0, 1)
    return [
        Picture(box.x, box.y, box.width, box.height, shades),
        Rect(box.x, box.y, box.width, box.height, None, colours["line"], 1),
    ]


def _labels(matrix: Matrix, fit: Fit, box: Box, colours: Palette, light: Light) -> list[Mark]:
    """Every label where there is room, else every second, third and so on."""
    rows = _row_labels(matrix, fit, box, colours.role(matrix.row_role), light) if fit.left else []
    return [*rows, *_column_labels(matrix, fit, box, colours.role(matrix.column_role), light)]


def _row_labels(matrix: Matrix, fit: Fit, box: Box, ink: str, light: Light) -> list[Mark]:
    marks: list[Mark] = []
    for row in range(0, fit.rows, skip(fit.label + 2, fit.down)):
        bold = row in light.rows
        label = cut(matrix.rows[row], fit.label, fit.left - 8, bold)
        base = middle(box.y + row * fit.down + fit.down / 2 - 1, fit.label)
        marks.append(Text(box.x - 8, base, label, fit.label, ink, bold, "end"))
    return marks


def _column_labels(matrix: Matrix, fit: Fit, box: Box, ink: str, light: Light) -> list[Mark]:
    marks: list[Mark] = []
    need = fit.label + 2 if fit.turned else _longest(matrix.columns, fit.label) + 4
    for column in range(0, fit.columns, skip(need, fit.across)):
        bold = column in light.columns
        centre = box.x + column * fit.across + (fit.across - GAP) / 2
        if fit.turned:
            label = cut(matrix.columns[column], fit.label, fit.top - 12, bold)
            marks.append(Text(centre + 0.34 * fit.label, box.y - 6, label, fit.label, ink, bold, "start", -90))
        else:
            marks.append(Text(centre, box.y - 8, matrix.columns[column], fit.label, ink, bold, "middle"))
    return marks


def skip(need: float, pitch: float) -> int:
    """Return that every so-many-th label has room."""
    return max(1, int(np.ceil(need / pitch - 1e-9)))


def _outlines(fit: Fit, box: Box, colours: Palette, light: Light) -> list[Mark]:
    gap = GAP if fit.across > 12 else 1.0
    blocks = [*light.blocks, *(((*light.cell, 1, 1),) if light.cell else ())]
    return [
        Rect(
            box.x + column * fit.across - 1.5,
            box.y + row * fit.down - 1.5,
            columns * fit.across - gap + 3,
            rows * fit.down - gap + 3,
            None,
            colours["accent"],
            3,
            5,
        )
        for row, column, rows, columns in blocks
    ]


def operator(sign: str, x: float, y: float, colours: Palette) -> Mark:
    """Return a plus, an equals sign, an arrow between two matrices."""
    if sign == "→":
        head = ((x - 13, y), (x + 13, y), (x + 5, y - 7), (x + 13, y), (x + 5, y + 7))
        return Path(head, colours["soft"], 2.5)
    return Text(x, middle(y, 34), sign, 34, colours["soft"], anchor="middle")
