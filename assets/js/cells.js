/**
 * What a cell of a matrix says: its text, its name, and whether there are too many of them for a table.
 *
 * @typedef {import("./spec.js").Matrix} Matrix
 */
import { number, precise } from "./numbers.js";

/** Cells above which a matrix is drawn on a canvas instead of as a table. */
const TABLE_CELLS = 1024;
const TABLE_SIDE = 72;

/** @param {Matrix} matrix */
export function isLarge(matrix) {
  const [rows, columns] = matrix.values.shape;
  return rows * columns > TABLE_CELLS || Math.max(rows, columns) > TABLE_SIDE;
}

/**
 * The text in a cell. Numbers that a reader may change are shown to their last digit; a weight of exactly nothing is "0",
 * one that only rounds to it "0.00".
 * @param {Matrix} matrix
 * @param {number} value
 */
export function cellText(matrix, value) {
  if (Number.isNaN(value)) return "?";
  if (value === 0 && matrix.colour === "weight") return "0";
  return matrix.edit ? precise(value, matrix.digits) : number(value, matrix.digits);
}

/**
 * "query sat, key cat, weight 0.31": a cell in words.
 * @param {Matrix} matrix
 * @param {number} row
 * @param {number} column
 * @param {number} value
 */
export function cellName(matrix, row, column, value) {
  const name = (/** @type {string} */ role, /** @type {string} */ plain) => (role === "plain" ? plain : role);
  const what = matrix.colour === "weight" ? "weight" : matrix.title.toLowerCase();
  const amount = Number.isNaN(value) ? "hidden until you guess" : value === -Infinity ? "minus infinity, masked" : spoken(matrix, value);
  const [across, down] = [name(matrix.column_role, "column"), name(matrix.row_role, "row")];
  return `${down} ${matrix.rows[row]}, ${across} ${matrix.columns[column]}, ${what} ${amount}`;
}

/** What the cell shows, and what it holds where that is more. @param {Matrix} matrix @param {number} value */
function spoken(matrix, value) {
  const [shown, held] = [cellText(matrix, value), precise(value, matrix.digits)];
  return held === shown ? held : `${shown}, to be exact ${held}`;
}

/**
 * A matrix's value at a row and a column.
 * @param {Matrix} matrix
 * @param {number} row
 * @param {number} column
 */
export function at(matrix, row, column) {
  return matrix.values.data[row * matrix.values.shape[1] + column];
}
