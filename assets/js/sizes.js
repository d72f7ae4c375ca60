/** How large the cells of matrices can be in a frame, so that numbers and labels stay legible. */

/**
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {{ font: number, height: number, pad: number, widen: number }} Density
 * @typedef {{ canvas: boolean, font: number, height: number, width: number, rotate: boolean, label: number, head: number,
 *   total: number }} Size
 *   in CSS pixels: `height` and `width` of a cell, `label` the width of the row labels, `head` the height of the column
 *   labels, `total` the width of the whole matrix; `canvas` where it is too large for a table
 * @typedef {{ width: number, height: number, unit: number, measure: (text: string, font: string) => number,
 *   sans: string, operator: number, whole?: boolean, tight?: boolean }} Frame `whole`: rather shade all of a matrix than
 *   scroll its numbers; `tight`: rather shrink cells than wrap, for there is no height to wrap into
 * @typedef {{ matrix: Matrix, canvas: boolean, bare: boolean }} Plan `bare`: without row labels
 */
import { cellText, isLarge } from "./cells.js";

/** From roomy to dense, in units. A label wider than `widen` is turned instead of widening its column. */
const DENSITIES = [
  { font: 15, height: 44, pad: 8, widen: 84 },
  { font: 15, height: 44, pad: 7, widen: 0 },
  { font: 15, height: 38, pad: 5, widen: 0 },
  { font: 13, height: 32, pad: 4, widen: 0 },
  { font: 13, height: 26, pad: 2, widen: 0 },
];
const DENSEST = DENSITIES[DENSITIES.length - 1];

/** In large type even the lowest row is a target for a finger: one more than on the page. */
const LOWEST = { font: 13, height: 17.5, pad: 1, widen: 0 };
const LARGE_UNIT = 1.38;

/** Index of the density below which matrices rather wrap to the next line than shrink further. */
const WRAP = 3;
const GAP = 2;
/** Frames, in units: a phone's, and one so broad that wrapping would waste it. */
const NARROW = 480;
const BROAD = 900;
const LABEL_MOST = 124;
const LABEL_FONT = 14;
const TITLE_MOST = 240;
const TITLE_TIGHT = 150;
const MEASURED = 1024;
const MONO_SHARE = 0.602;

/** A table narrower than this scrolls where it does not fit; a wider one becomes a canvas, which shows all at once. */
const SCROLL_COLUMNS = 16;
const WHOLE_COLUMNS = 6;
const WHOLE_ROWS = 10;
/** Columns of large matrices, in units: what is tried to fill few lines, and the narrowest that can be told apart. */
const COLUMNS = [6, 5, 4, 3, 2.5];
const LEAST_COLUMN = 2;
const MOST_COLUMN = 28;
export const SCROLLBAR = 14;

/**
 * One size for every matrix of a step: the roomiest with which they stand side by side, else the roomiest with which
 * each fits a line of its own. Side by side, a matrix with the row labels of the one before it does without its own.
 * @param {Matrix[]} matrices
 * @param {Frame} frame
 * @returns {Size[]}
 */
export function fit(matrices, frame) {
  const plans = matrices.map((matrix, index) => ({
    matrix, canvas: isLarge(matrix) || tooWide(matrix, frame) || tooTall(matrix, frame), bare: index > 0 && sameRows(matrix, matrices[index - 1]),
  }));
  return chooseBeside(plans, frame) ?? chooseAlone(plans.map((plan) => ({ ...plan, bare: false })), frame);
}

/** The share of the window's height that matrices may take in a frame that is too tight for more, else 0; see fit.js. @param {Element} node */
export function figureShare(node) {
  return Number(getComputedStyle(node).getPropertyValue("--figure-share"));
}

/** Whether a figure is in a slide or presented, where nothing may scroll. @param {Element} node */
export function mayNotScroll(node) {
  return node.closest(".lp-embed, .lp-present") !== null;
}

/** @param {Matrix} matrix @param {Frame} frame */
function tooWide(matrix, frame) {
  if (matrix.edit || matrix.columns.length < (frame.whole ? WHOLE_COLUMNS : SCROLL_COLUMNS)) return false;
  return measured({ matrix, canvas: false, bare: false }, DENSEST, frame).total > frame.width;
}

/** @param {Frame} frame */
function densities({ whole, unit }) {
  return whole && unit > LARGE_UNIT ? [...DENSITIES, LOWEST] : DENSITIES;
}

/** Whether a matrix of many rows is higher than a frame in which nothing may scroll. @param {Matrix} matrix @param {Frame} frame */
function tooTall({ rows, edit }, frame) {
  return Boolean(frame.whole) && !edit && rows.length >= WHOLE_ROWS && rows.length * (DENSEST.height + GAP) * frame.unit > frame.height;
}

/**
 * @param {Plan[]} plans
 * @param {Frame} frame
 */
function chooseBeside(plans, frame) {
  const operators = frame.operator * (plans.length - 1);
  const choices = densities(frame).map((density) => {
    const sizes = plans.map((plan) => measured(plan, density, frame));
    return levelled(stretched(sizes, plans, frame.width - operators, frame.unit));
  });
  const beside = (/** @type {Size[]} */ sizes) => sum(sizes) + operators <= frame.width + 1;
  const dense = frame.tight || plans.length === 1 || frame.width >= BROAD * frame.unit ? choices : choices.slice(0, WRAP + 1);
  return choices.find((sizes) => beside(sizes) && low(plans, sizes, frame)) ?? [...dense].reverse().find(beside);
}

/**
 * Below one another, matrices share the height; on a phone, where one scrolls anyway, they rather stay roomy.
 * @param {Plan[]} plans
 * @param {Frame} frame
 */
function chooseAlone(plans, frame) {
  const choices = densities(frame).map((density) => lined(plans.map((plan) => measured(plan, density, frame)), plans, frame));
  const alone = (/** @type {Size[]} */ sizes) => sizes.every((size) => size.total <= frame.width);
  const narrow = !frame.whole && frame.width < NARROW * frame.unit;
  const stack = narrow ? 1 : plans.length;
  const fallback = narrow ? choices : [...(frame.tight ? choices : choices.slice(0, WRAP + 1))].reverse();
  return choices.find((sizes) => alone(sizes) && low(plans, sizes, { ...frame, height: frame.height / stack })) ?? fallback.find(alone) ?? choices[choices.length - 1];
}

/**
 * Gives large matrices what the small ones leave, the same width to every column.
 * @param {Size[]} sizes
 * @param {Plan[]} plans
 * @param {number} room
 * @param {number} unit
 */
function stretched(sizes, plans, room, unit) {
  const columns = plans.reduce((count, { canvas, matrix }) => count + (canvas ? matrix.columns.length : 0), 0);
  if (columns === 0) return sizes;
  const fixed = sizes.reduce((width, { canvas, label, total }) => width + (canvas ? label + SCROLLBAR : total), 0);
  return widened(sizes, plans, Math.min(MOST_COLUMN * unit, Math.max(LEAST_COLUMN, (room - fixed) / columns)));
}

/**
 * Gives large matrices the widest columns with which all need the fewest lines.
 * @param {Size[]} sizes
 * @param {Plan[]} plans
 * @param {Frame} frame
 */
function lined(sizes, plans, frame) {
  const only = plans.length === 1 ? [MOST_COLUMN, 18, 12, 9] : [];
  const choices = [...only, ...COLUMNS].map((column) => widened(sizes, plans, column * frame.unit, frame));
  const needs = choices.map((choice) => lines(choice, frame));
  return choices[needs.indexOf(Math.min(...needs))];
}

/**
 * How many lines matrices need, each but the first with an operator before it; one that is cut off counts double.
 * @param {Size[]} sizes
 * @param {Frame} frame
 */
function lines(sizes, frame) {
  let [count, used] = [1, 0];
  for (const [index, { total }] of sizes.entries()) {
    const width = total + (index ? frame.operator : 0);
    if (used > 0 && used + width > frame.width) [count, used] = [count + 1, 0];
    used += width;
    if (total >= frame.width) count += 1;
  }
  return count;
}

/**
 * @param {Size[]} sizes
 * @param {Plan[]} plans
 * @param {number} column
 * @param {Frame} [frame] in which each has to fit, with the operator before it
 */
function widened(sizes, plans, column, frame) {
  return sizes.map((size, index) => {
    const total = size.label + SCROLLBAR + plans[index].matrix.columns.length * column;
    const most = frame ? frame.width - (index ? frame.operator : 0) : Infinity;
    return plans[index].canvas ? { ...size, total: Math.min(most, Math.max(size.total, total)) } : size;
  });
}

/** Column labels of the same height everywhere, so that rows stay level. @param {Size[]} sizes */
function levelled(sizes) {
  const head = Math.max(0, ...sizes.map((size) => size.head));
  return sizes.map((size) => ({ ...size, head }));
}

/** @param {Plan[]} plans @param {Size[]} sizes @param {Frame} frame */
function low(plans, sizes, frame) {
  return sizes.every(({ height, canvas, head }, index) => canvas || head + (height + GAP) * plans[index].matrix.rows.length <= frame.height);
}

/**
 * Whether two matrices have the same rows: the same things in the same order.
 * @param {Matrix} one
 * @param {Matrix} other
 */
export function sameRows(one, other) {
  return one.row_role === other.row_role && same(one.row_role, one.rows, other.rows);
}

/**
 * @param {Matrix} one
 * @param {Matrix} other
 */
export function sameColumns(one, other) {
  return one.column_role === other.column_role && same(one.column_role, one.columns, other.columns);
}

/**
 * Bare indices name nothing: row 0 of a kernel is not row 0 of its output.
 * @param {string} role
 * @param {string[]} one
 * @param {string[]} other
 */
function same(role, one, other) {
  if (role === "plain" && one.every((label) => /^\d*$/.test(label))) return false;
  return one.length === other.length && one.every((label, index) => label === other[index]);
}

/** @param {Size[]} sizes */
function sum(sizes) {
  return sizes.reduce((total, size) => total + size.total, 0);
}

/**
 * @param {Plan} plan
 * @param {Density} density
 * @param {Frame} frame
 * @returns {Size}
 */
function measured({ matrix, canvas, bare }, density, frame) {
  const { unit } = frame;
  const [font, height] = [density.font * unit, density.height * unit];
  const text = longest(matrix, canvas) * font * MONO_SHARE + 2 * density.pad * unit;
  const widest = labelWidth(matrix.columns, frame);
  const wide = !canvas && widest <= Math.max(density.widen * unit, text, height);
  const width = Math.ceil(Math.max(text, height, wide ? widest : 0));
  const label = bare && !canvas ? 0 : Math.ceil(labelWidth(matrix.rows, frame) + 10 * unit);
  const title = Math.min((frame.tight ? TITLE_TIGHT : TITLE_MOST) * unit, frame.measure(matrix.title, `600 ${15 * unit}px ${frame.sans}`)) + 4;
  const body = canvas ? 0 : matrix.columns.length * (width + GAP * unit) + 2 * GAP * unit + 8;
  const head = (wide ? 24 : 10) * unit + (wide ? 0 : widest);
  return { canvas, font, height, width, rotate: !wide, label, head, total: Math.ceil(label + Math.max(body, title)) };
}

/** @param {Matrix} matrix @param {boolean} canvas */
function longest(matrix, canvas) {
  if (canvas) return 5;
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
