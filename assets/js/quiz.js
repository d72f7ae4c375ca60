/**
 * A question about a step of a walkthrough, made from the numbers on the screen: what the mask will do to a cell, which
 * cell of a row is the largest, what a cell comes to under its rule, how much a cell is made from. Options and answer are
 * computed, nothing is written by hand, so that every walkthrough has its questions at every input.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {{ label: string, right: boolean }} Option
 * @typedef {{ kind: "mask" | "largest" | "cell" | "count", prompt: string, hidden: Cell[], cell: Cell, options: Option[], answer: string }} Question
 *   `hidden`: the cells that would give the answer away; `cell`: the one that the question is about
 */
import { number } from "./numbers.js";
import { at, cellText } from "./cells.js";
import { explain } from "./rules.js";
import { matricesOf } from "./place.js";
import { sweepCell } from "./steps.js";

const MOST_OPTIONS = 4;
/** A sum of more terms than this is no question for the head. */
const MOST_TERMS = 9;
/** Which of more numbered columns is the largest says nothing to anybody. */
const MOST_COLUMNS = 16;
/** A column that stands for several: then columns are not what is counted. */
const SEVERAL = "others";

/**
 * The question of a step, or null where it has none: a step of inputs only.
 * @param {Walk} walk
 * @param {number} step
 * @param {number} index how far into its sweep it is
 * @returns {Question | null}
 */
export function questionOf(walk, step, index) {
  const matrix = computed(walk, step);
  if (!matrix) return askGiven(walk, step);
  const cell = sweepCell(walk, step, index) ?? focused(walk, step, matrix);
  if (masks(walk, matrix)) return askMask(walk, matrix, cell ?? firstMasked(matrix));
  if (matrix.source?.rule === "softmax") return askLargest(matrix, cell);
  return askCell(walk, matrix, cell ?? { matrix: matrix.key, row: matrix.rows.length - 1, column: 0 }) ?? askLargest(matrix, cell) ?? askTerms(walk, matrix, cell);
}

/** The result of a step: its last matrix that a rule computes. @param {Walk} walk @param {number} step */
function computed(walk, step) {
  const results = matricesOf(walk, step).filter(({ source }) => source && source.rule !== "given");
  return results[results.length - 1] ?? null;
}

/**
 * Of what a model gave without a rule, only what names tokens is worth a question: how much a mask lets through, and where
 * the largest number is.
 * @param {Walk} walk
 * @param {number} step
 * @returns {Question | null}
 */
function askGiven(walk, step) {
  const given = matricesOf(walk, step).reverse();
  const mask = given.find(({ values: { data } }) => data.includes(-Infinity) && data.every((value) => value === 0 || value === -Infinity));
  if (mask) return askOpen(mask);
  const named = given.find(({ column_role, columns }) => column_role !== "plain" && columns.length > 1);
  return named ? askLargest(named, focused(walk, step, named)) : null;
}

/** @type {Record<string, string>} */
const SEVERAL_OF = { plain: "columns", key: "keys" };

/** How much of a row a mask lets through. @param {Matrix} mask @returns {Question} */
function askOpen(mask) {
  const open = mask.rows.map((_, row) => mask.columns.filter((_, column) => at(mask, row, column) === 0).length);
  const row = Math.max(0, open.findIndex((count) => count > 1 && count < mask.columns.length));
  const prompt = `How many ${SEVERAL_OF[mask.column_role] ?? "tokens"} does the mask leave to ${name(mask.row_role, "row", mask.rows[row])}?`;
  return askCount(mask, row, prompt, open[row], [mask.columns.length, open[row] + 1, open[row] - 1, mask.columns.length - open[row]]);
}

/**
 * How many products make a cell of a matrix product: the width they share, which neither shape of the result shows.
 * @param {Walk} walk
 * @param {Matrix} matrix
 * @param {Cell | null} cell
 * @returns {Question | null}
 */
function askTerms(walk, matrix, cell) {
  const { source, rows, columns, title } = matrix;
  if (source?.rule !== "dot") return null;
  const read = walk.matrices[source.left].columns;
  const width = read.length;
  if (read.includes(SEVERAL)) return null;
  return askCount(matrix, cell?.row ?? 0, `How many products are added up for one cell of “${title}”?`, width, [columns.length, rows.length, rows.length * columns.length, 2 * width]);
}

/**
 * @param {Matrix} matrix
 * @param {number} row that the question is about; its cells are hidden
 * @param {string} prompt
 * @param {number} right
 * @param {number[]} wrong more than enough of them
 * @returns {Question}
 */
function askCount(matrix, row, prompt, right, wrong) {
  const others = [...new Set(wrong)].filter((count) => count !== right && count > 0).slice(0, MOST_OPTIONS - 1);
  const counts = [right, ...others].sort((one, other) => one - other);
  const options = counts.map((count) => ({ label: count.toLocaleString("en"), right: count === right }));
  const hidden = matrix.columns.map((_, column) => ({ matrix: matrix.key, row, column }));
  return { kind: "count", prompt, hidden, cell: hidden[0], options, answer: right.toLocaleString("en") };
}

/** @param {Walk} walk @param {number} step @param {Matrix} matrix @returns {Cell | null} */
function focused(walk, step, { key }) {
  const [, row, column] = walk.steps[step].focus.find(([name]) => name === key) ?? [];
  return row === undefined || column === undefined ? null : { matrix: key, row, column };
}

/** Whether a matrix is another one after its mask: what is added is nothing or minus infinity. @param {Walk} walk @param {Matrix} matrix */
function masks(walk, { source }) {
  if (source?.rule === "where") return true;
  return source?.rule === "add" && walk.matrices[source.right].values.data.every((value) => value === 0 || value === -Infinity);
}

/** @param {Matrix} matrix @returns {Cell} */
function firstMasked({ key, values: { data, shape } }) {
  const index = Math.max(0, data.findIndex((value) => value === -Infinity));
  return { matrix: key, row: Math.floor(index / shape[1]), column: index % shape[1] };
}

/** @param {Walk} walk @param {Matrix} matrix @param {Cell} cell @returns {Question} */
function askMask(walk, matrix, cell) {
  const value = at(matrix, cell.row, cell.column);
  const before = explain(walk.matrices, cell)?.terms[0].value ?? value;
  const digits = matrix.digits;
  const options = [
    { label: `It stays ${number(before, digits)}`, right: value !== -Infinity },
    { label: "It becomes −∞", right: value === -Infinity },
  ];
  const prompt = `What will the mask do to the score at ${where(matrix, cell)}?`;
  return { kind: "mask", prompt, cell, hidden: [cell], options, answer: value === -Infinity ? "It becomes −∞" : `It stays ${number(value, digits)}` };
}

/**
 * @param {Matrix} matrix
 * @param {Cell | null} near a cell of the row to ask about, where the step names one
 * @returns {Question | null}
 */
function askLargest(matrix, near) {
  if (matrix.column_role === "plain" && matrix.columns.length > MOST_COLUMNS) return null;
  const row = telling(matrix, near?.row ?? Math.floor((2 * matrix.rows.length) / 3));
  if (row === null) return null;
  const values = rowOf(matrix, row);
  const best = values.indexOf(Math.max(...values));
  const names = unique(matrix.columns);
  const options = spread(values.length, best).map((column) => ({ label: names[column], right: column === best }));
  const hidden = values.map((_, column) => ({ matrix: matrix.key, row, column }));
  const answer = `${names[best]}, ${cellText(matrix, values[best])}`;
  return { kind: "largest", prompt: largestPrompt(matrix, row), hidden, cell: hidden[best], options, answer };
}

/** @param {Matrix} matrix @param {number} row */
function largestPrompt({ title, rows, row_role: down, column_role: across, colour, source }, row) {
  const label = rows[row];
  if (source?.rule === "cosine") return `What is most similar to “${label}”, itself left aside?`;
  if (rows.length === 1) return `“${title}”: which ${across === "plain" ? "column" : "token"} has the largest number?`;
  if (colour !== "weight" && down === "query" && across === "key") return source && source.rule !== "given" ? `Which key scores highest with the query “${label}”?` : `“${title}”: which column has the largest number in row “${label}”?`;
  if (colour === "weight" && down === "query") return `Which ${across === "plain" ? "column" : across} gets the largest weight from the query “${label}”?`;
  return `“${title}”, row “${label}”: in which column is the largest number?`;
}

/**
 * The first row from `start` on whose largest number stands out when it is printed.
 * @param {Matrix} matrix
 * @param {number} start
 */
function telling(matrix, start) {
  const rows = matrix.rows.map((_, index) => (start + index) % matrix.rows.length);
  return rows.find((row) => standsOut(matrix, rowOf(matrix, row))) ?? null;
}

/** @param {Matrix} matrix @param {number[]} values */
function standsOut(matrix, values) {
  const finite = values.filter((value) => value !== -Infinity).sort((one, other) => other - one);
  return finite.length > 1 && cellText(matrix, finite[0]) !== cellText(matrix, finite[1]);
}

/** A row; what is compared with itself is no answer. @param {Matrix} matrix @param {number} row */
function rowOf(matrix, row) {
  const itself = (/** @type {number} */ column) => matrix.source?.rule === "cosine" && matrix.columns[column] === matrix.rows[row];
  return matrix.columns.map((_, column) => (itself(column) ? -Infinity : at(matrix, row, column)));
}

/**
 * A few columns with the right one among them, evenly spread, in their order.
 * @param {number} count
 * @param {number} right
 */
function spread(count, right) {
  if (count <= MOST_OPTIONS) return [...Array(count).keys()];
  const others = [1, 2, 3].map((part) => (right + Math.round((part * count) / MOST_OPTIONS)) % count);
  return [...new Set([right, ...others])].sort((one, other) => one - other);
}

/** Labels that name one column each: a token that repeats is followed by its position. @param {string[]} labels */
function unique(labels) {
  return labels.map((label, index) => (labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} (${index})`));
}

/** @param {Walk} walk @param {Matrix} matrix @param {Cell} cell @returns {Question | null} */
function askCell(walk, matrix, cell) {
  const origin = explain(walk.matrices, cell);
  const value = at(matrix, cell.row, cell.column);
  if (!origin || !Number.isFinite(value) || !byHead(origin)) return null;
  const wrong = mistakes(matrix, origin, value);
  if (wrong.length === 0) return null;
  const right = cellText(matrix, value);
  const options = [{ label: right, right: true, value }, ...wrong.map((each) => ({ label: cellText(matrix, each), right: false, value: each }))];
  options.sort((one, other) => one.value - other.value);
  const prompt = `${HOW[origin.rule] ?? ""} What is “${matrix.title}” at ${where(matrix, cell)}?`.trim();
  return { kind: "cell", prompt, cell, hidden: [cell], options: options.map(({ label, right: good }) => ({ label, right: good })), answer: right };
}

/** @type {Record<string, string>} */
const HOW = {
  dot: "Multiply pair by pair and add.", window: "Multiply the window by the kernel and add.", add: "Add the two cells.",
  scale: "Scale the cell.", cosine: "Divide the dot product by both lengths.", softcap: "Squeeze the score.", apply: "Put the number through the function.",
  normal: "Take the row's mean away and divide by its standard deviation.", take: "Go to the row that the id names.", join: "Go to the head that has this column.",
};

/** Few terms, with at most one decimal each, unless there is one term only. @param {import("./rules.js").Origin} origin */
function byHead({ terms }) {
  const short = (/** @type {number} */ value) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-5;
  if (terms.length <= 2) return true;
  return terms.length <= MOST_TERMS && terms.every(({ parts }) => parts.every(({ value }) => short(value)));
}

/**
 * What one gets by the usual slips: a term forgotten, the sign lost, a neighbour read instead.
 * @param {Matrix} matrix
 * @param {import("./rules.js").Origin} origin
 * @param {number} value
 */
function mistakes(matrix, { terms }, value) {
  const largest = terms.reduce((most, term) => (Math.abs(term.value) > Math.abs(most.value) ? term : most), terms[0]);
  const slips = terms.length > 1 ? [value - largest.value] : [terms[0].value];
  const all = [...slips, -value, ...matrix.values.data].filter(Number.isFinite);
  /** @type {Map<string, number>} */
  const distinct = new Map();
  for (const each of all) if (!distinct.has(cellText(matrix, each))) distinct.set(cellText(matrix, each), each);
  distinct.delete(cellText(matrix, value));
  return [...distinct.values()].slice(0, MOST_OPTIONS - 1);
}

/** "query “chat”" or "row 3" @param {string} role @param {string} plain @param {string} label */
function name(role, plain, label) {
  return role === "plain" ? `${plain} ${label}` : `the ${role} “${label}”`;
}

/** "the query “chat”, the key “est”" @param {Matrix} matrix @param {Cell} cell */
function where(matrix, { row, column }) {
  return `${name(matrix.row_role, "row", matrix.rows[row])}, ${name(matrix.column_role, "column", matrix.columns[column])}`;
}

/**
 * The walkthrough with cells that say nothing: what is hidden is not a number, for eyes and for screen readers alike.
 * @param {Walk} walk
 * @param {Cell[]} hidden
 * @returns {Walk}
 */
export function withHidden(walk, hidden) {
  if (hidden.length === 0) return walk;
  const matrix = walk.matrices[hidden[0].matrix];
  const data = Float64Array.from(matrix.values.data);
  for (const { row, column } of hidden) data[row * matrix.columns.length + column] = NaN;
  const blank = { ...matrix, values: { ...matrix.values, data } };
  return { ...walk, matrices: { ...walk.matrices, [matrix.key]: blank } };
}
