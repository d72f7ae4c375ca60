/**
 * Where a reader is in a walkthrough: the step, how far into its sweep, and the cell that is locked; and what of the
 * matrices that lights up.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Block} Block
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Model<Walk>} Model
 * @typedef {{ step: number, index: number, cell: Cell | null }} Place `index` counts the cells of a sweep
 */
import { toWire } from "./numbers.js";
import { sources } from "./rules.js";
import { sameColumns, sameRows } from "./sizes.js";
import { sweepCell } from "./steps.js";

/**
 * The place that the state names, corrected to what the figure has.
 * @param {Model} model
 * @returns {Place}
 */
export function readPlace({ figure, state }) {
  const [stepField, cellField] = figure.local;
  const wanted = Number(state[stepField] ?? 0);
  const step = Math.min(figure.steps.length - 1, Math.max(0, Number.isInteger(wanted) ? wanted : 0));
  const cell = readCell(figure, String(state[cellField] ?? ""));
  return { step, ...lockedAt(figure, step, cell, 0) };
}

/**
 * A cell of the swept matrix is a position in the sweep; any other is locked beside it.
 * @param {Walk} walk
 * @param {number} step
 * @param {Cell | null} cell
 * @param {number} index
 */
export function lockedAt(walk, step, cell, index) {
  if (!cell || walk.steps[step].sweep !== cell.matrix) return { cell, index };
  return { cell: null, index: cell.row * walk.matrices[cell.matrix].columns.length + cell.column };
}

/**
 * @param {Walk} walk
 * @param {string} text "matrix,row,column"
 * @returns {Cell | null}
 */
function readCell({ matrices }, text) {
  const [matrix, row, column] = text.split(",");
  const known = Object.hasOwn(matrices, matrix) ? matrices[matrix] : null;
  const cell = { matrix, row: Number(row), column: Number(column) };
  return known && cell.row < known.rows.length && cell.column < known.columns.length ? cell : null;
}

/** @param {Cell | null} cell */
export function writeCell(cell) {
  return cell ? `${cell.matrix},${cell.row},${cell.column}` : "";
}

/** The cell that the address bar keeps. @param {Walk} walk @param {Place} place */
export function savedCell(walk, { step, index, cell }) {
  return cell ?? (index > 0 ? sweepCell(walk, step, index) : null);
}

/** A table as the address bar holds it. @param {Float64Array} values @param {number} width */
export function writeTable(values, width) {
  const cells = [...values].map(toWire);
  return Array.from({ length: cells.length / width }, (_, row) => cells.slice(row * width, (row + 1) * width).join(",")).join(";");
}

/** @param {Walk} walk @param {number} step */
export function matricesOf(walk, step) {
  return walk.steps[step].layout.filter((part) => Object.hasOwn(walk.matrices, part)).map((key) => walk.matrices[key]);
}

/** The cell whose arithmetic is shown: the locked one, the sweep's, or the first that the step points at. @param {Walk} walk @param {Place} place */
export function chosenCell(walk, { step, index, cell }) {
  const [focus] = walk.steps[step].focus;
  return cell ?? sweepCell(walk, step, index) ?? (focus ? { matrix: focus[0], row: focus[1], column: focus[2] } : null);
}

/**
 * What is lit beside the chosen cell: where it comes from, and what the step points at.
 * @param {Walk} walk
 * @param {number} step
 * @param {Cell | null} shown
 * @returns {Block[]}
 */
export function litBlocks(walk, step, shown) {
  const focus = walk.steps[step].focus.map(([matrix, row, column]) => ({ matrix, row, column, rows: 1, columns: 1 }));
  const own = !shown || writeCell(shown) === writeCell(focus[0] ?? null);
  return [...(shown ? sources(walk.matrices, shown) : []), ...(own ? focus.slice(shown ? 1 : 0) : [])];
}

/**
 * The labels that name the shown cell, in every matrix with the same rows or columns.
 * @param {Walk} walk
 * @param {Matrix} matrix
 * @param {Cell | null} shown
 */
export function stressed({ matrices }, matrix, shown) {
  const other = shown && matrices[shown.matrix];
  return { rows: other && sameRows(matrix, other) ? [shown.row] : [], columns: other && sameColumns(matrix, other) ? [shown.column] : [] };
}

/**
 * The step in which a cell is computed: the nearest before the current one whose last matrix holds it, then any that
 * computes it, then any that shows it.
 * @param {Walk} walk
 * @param {number} from
 * @param {Cell} cell
 */
export function stepOf(walk, from, { matrix }) {
  const keys = walk.steps.map((_, step) => matricesOf(walk, step).map(({ key }) => key));
  const steps = [...keys.keys()];
  const computes = steps.filter((step) => keys[step][keys[step].length - 1] === matrix);
  const shows = steps.filter((step) => keys[step].includes(matrix));
  const before = computes.filter((step) => step < from);
  return before[before.length - 1] ?? computes[0] ?? (shows.includes(from) ? from : shows[0] ?? from);
}
