/** How large the cells of matrices can be in a frame, so that numbers and labels stay legible. */

/**
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {{ font: number, height: number, pad: number, widen: number }} Density
 * @typedef {{ font: number, height: number, width: number, rotate: boolean, label: number, head: number, total: number }} Size
 *   all in CSS pixels: `label` is the width of the row labels, `head` the height of the column labels, `total` the width
 *   of the whole matrix
 * @typedef {{ width: number, height: number, unit: number, measure: (text: string, font: string) => number,
 *   sans: string, operator: number }} Frame
 */
import { cellText, isLarge } from "./cells.js";

/** From roomy to dense, in units. A label wider than `widen` is turned instead of widening its column. */
const DENSITIES = [
  { font: 15, height: 44, pad: 8, widen: 84 },
  { font: 15, height: 44, pad: 7, widen: 0 },
  { font: 15, height: 38, pad: 5, widen: 0 },
  { font: 13, height: 32, pad: 4, widen: 0 },
  { font: 13, height: 26, pad: 3, widen: 0 },
];

/** Index of the density below which matrices rather wrap to the next line than shrink further. */
const WRAP = 3;
const GAP = 2;
const LABEL_MOST = 124;
const LABEL_FONT = 14;
const MEASURED = 128;
const MONO_SHARE = 0.602;

/**
 * One size for every matrix of a step: the roomiest with which they stand side by side, else the roomiest with which
 * each fits a line of its own.
 * @param {Matrix[]} matrices
 * @param {Frame} frame
 * @returns {Size[]}
 */
export function fit(matrices, frame) {
  const choices = DENSITIES.map((density) => matrices.map((matrix) => measured(matrix, density, frame)));
  const heights = matrices.map((matrix) => matrix.values.shape[0]);
  const low = (/** @type {Size[]} */ sizes) => sizes.every((size, i) => (size.height + GAP) * heights[i] <= frame.height);
  const beside = (/** @type {Size[]} */ sizes) => sum(sizes) + frame.operator * (sizes.length - 1) <= frame.width;
  const alone = (/** @type {Size[]} */ sizes) => sizes.every((size) => size.total <= frame.width);
  const chosen =
    choices.find((sizes) => beside(sizes) && low(sizes)) ??
    choices.slice(0, WRAP + 1).reverse().find(beside) ??
    choices.find((sizes) => alone(sizes) && low(sizes)) ??
    [...choices].reverse().find(beside) ??
    choices.find(alone) ??
    choices[choices.length - 1];
  const head = Math.max(0, ...chosen.map((size) => size.head));
  return chosen.map((size) => ({ ...size, head }));
}

/** @param {Size[]} sizes */
function sum(sizes) {
  return sizes.reduce((total, size) => total + size.total, 0);
}

/**
 * @param {Matrix} matrix
 * @param {Density} density
 * @param {Frame} frame
 * @returns {Size}
 */
function measured(matrix, density, frame) {
  const columns = matrix.values.shape[1];
  const font = density.font * frame.unit;
  const text = longest(matrix) * font * MONO_SHARE + 2 * density.pad * frame.unit;
  const widest = labelWidth(matrix.columns, frame);
  const wide = widest <= Math.max(density.widen * frame.unit, text, density.height * frame.unit);
  const width = Math.ceil(Math.max(text, density.height * frame.unit, wide ? widest : 0));
  const label = Math.ceil(labelWidth(matrix.rows, frame) + 10 * frame.unit);
  const total = label + columns * (width + GAP * frame.unit) + 8 * frame.unit;
  const head = (wide ? 24 : 14) * frame.unit + (wide ? 0 : widest);
  const height = density.height * frame.unit;
  return { font, height, width, rotate: !wide, label, head, total: isLarge(matrix) ? Math.min(total, frame.width) : total };
}

/** @param {Matrix} matrix */
function longest(matrix) {
  if (isLarge(matrix)) return 5;
  let most = 1;
  for (const value of matrix.values.data) most = Math.max(most, cellText(matrix, value).length);
  return most;
}

/**
 * @param {string[]} labels
 * @param {Frame} frame
 */
function labelWidth(labels, frame) {
  const font = `600 ${LABEL_FONT * frame.unit}px ${frame.sans}`;
  const widths = labels.slice(0, MEASURED).map((label) => frame.measure(label, font));
  return Math.min(LABEL_MOST * frame.unit, Math.max(0, ...widths)) + 4 * frame.unit;
}
