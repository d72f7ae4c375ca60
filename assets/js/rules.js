/**
 * Where a cell comes from: the rule of its matrix, evaluated for this one cell from the matrices on the screen, term by
 * term and in double precision. Mirrors `viz/scene.py`.
 *
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Block} Block
 * @typedef {Record<string, Matrix>} Among
 * @typedef {{ value: number, cell: Cell | null }} Part
 * @typedef {{ parts: Part[], value: number }} Term
 * @typedef {{ rule: string, terms: Term[], result: number, size: number, facts: Record<string, number>, words: string }} Origin
 *   `size` is the sum of the terms' absolute values: the scale against which rounding is judged
 */
import { fromWire } from "./numbers.js";

/**
 * @param {Among} among
 * @param {Cell} cell
 */
export function valueAt(among, { matrix, row, column }) {
  const { shape, data } = among[matrix].values;
  return data[row * shape[1] + column];
}

/**
 * @param {Among} among
 * @param {string} matrix
 * @param {number} row
 * @param {number} column
 * @returns {Part}
 */
function part(among, matrix, row, column) {
  const cell = { matrix, row, column };
  return { value: valueAt(among, cell), cell };
}

/**
 * How the cell is computed, or `null` where its matrix is an input.
 * @param {Among} among
 * @param {Cell} cell
 * @returns {Origin | null}
 */
export function explain(among, cell) {
  const source = among[cell.matrix].source;
  if (!source || source.rule === "given") return null;
  const explainer = EXPLAINERS[source.rule];
  return explainer(among, source, cell.row, cell.column);
}

/**
 * The blocks of cells that a cell is computed from.
 * @param {Among} among
 * @param {Cell} cell
 * @returns {Block[]}
 */
export function sources(among, { matrix, row, column }) {
  const source = among[matrix].source;
  if (!source || source.rule === "given") return [];
  return READS[source.rule](among, source, row, column);
}

/**
 * Whether the recomputed value and the cell say the same: float32 keeps about seven digits of each term.
 * @param {Origin} origin
 * @param {number} shown
 */
export function agrees(origin, shown) {
  if (!Number.isFinite(shown) || !Number.isFinite(origin.result)) return Object.is(shown, origin.result);
  return Math.abs(shown - origin.result) <= 2e-5 * Math.max(1e-3, origin.size);
}

/** @type {Record<string, (among: Among, source: any, row: number, column: number) => Origin>} */
const EXPLAINERS = { dot, add, scale, softmax, where, softcap, window: convolve, cosine, length, normal, apply, times, take, join };

/** @type {Record<string, (among: Among, source: any, row: number, column: number) => Block[]>} */
const READS = {
  dot: (among, { left, right, transpose, bias }, row, column) => [
    rowOf(among, left, row),
    transpose ? rowOf(among, right, column) : columnOf(among, right, column),
    ...(bias ? [single(bias, 0, column)] : []),
  ],
  add: (among, { left, right }, row, column) => [left, right].map((key) => ({ ...spread(among, key, row, column), rows: 1, columns: 1 })),
  scale: (_, { of }, row, column) => [single(of, row, column)],
  softmax: (among, { of }, row) => [rowOf(among, of, row)],
  where: (_, { of, mask }, row, column) => [single(of, row, column), single(mask, row, column)],
  softcap: (_, { of }, row, column) => [single(of, row, column)],
  window: (among, source, row, column) => windowBlocks(among, source, row, column),
  cosine: (among, { left, right }, row, column) => [rowOf(among, left, row), rowOf(among, right, column)],
  length: (among, { of }, row) => [rowOf(among, of, row)],
  normal: (among, { of, gain, shift }, row, column) => [
    rowOf(among, of, row), single(gain, 0, column), ...(shift ? [single(shift, 0, column)] : []),
  ],
  apply: (_, { of }, row, column) => [single(of, row, column)],
  times: (among, { left, right }, row, column) => [left, right].map((key) => ({ ...spread(among, key, row, column), rows: 1, columns: 1 })),
  take: (_, { of, places }, row, column) => [single(of, places[row], column)],
  join: (among, { parts }, row, column) => [{ ...joinedCell(among, parts, row, column), rows: 1, columns: 1 }],
};

/**
 * @param {string} matrix
 * @param {number} row
 * @param {number} column
 * @returns {Block}
 */
function single(matrix, row, column) {
  return { matrix, row, column, rows: 1, columns: 1 };
}

/** @param {Among} among @param {string} matrix @param {number} row @returns {Block} */
function rowOf(among, matrix, row) {
  return { matrix, row, column: 0, rows: 1, columns: among[matrix].values.shape[1] };
}

/** @param {Among} among @param {string} matrix @param {number} column @returns {Block} */
function columnOf(among, matrix, column) {
  return { matrix, row: 0, column, rows: among[matrix].values.shape[0], columns: 1 };
}

/** A matrix of one row or one column is added to every row or column. @param {Among} among @param {string} matrix @param {number} row @param {number} column @returns {Cell} */
function spread(among, matrix, row, column) {
  const [rows, columns] = among[matrix].values.shape;
  return { matrix, row: rows === 1 ? 0 : row, column: columns === 1 ? 0 : column };
}

/**
 * @param {string} rule
 * @param {Term[]} terms
 * @param {number} result
 * @param {Record<string, number>} [facts]
 * @param {string} [words]
 * @returns {Origin}
 */
function origin(rule, terms, result, facts = {}, words = "") {
  const size = terms.reduce((sum, { value }) => sum + (Number.isFinite(value) ? Math.abs(value) : 0), 0);
  return { rule, terms, result, size: Math.max(size, Math.abs(result) || 0), facts, words };
}

/** @param {Term[]} terms */
function total(terms) {
  return terms.reduce((sum, { value }) => sum + value, 0);
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function dot(among, { left, right, transpose, bias }, row, column) {
  const width = among[left].values.shape[1];
  const terms = Array.from({ length: width }, (_, k) => {
    const parts = [part(among, left, row, k), transpose ? part(among, right, column, k) : part(among, right, k, column)];
    return { parts, value: parts[0].value * parts[1].value };
  });
  const offset = bias ? part(among, bias, 0, column) : null;
  if (offset) terms.push({ parts: [offset], value: offset.value });
  return origin("dot", terms, total(terms));
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function add(among, { left, right }, row, column) {
  const cells = [left, right].map((key) => spread(among, key, row, column));
  const terms = cells.map((cell) => ({ parts: [{ cell, value: valueAt(among, cell) }], value: valueAt(among, cell) }));
  return origin("add", terms, total(terms));
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function scale(among, { of, factor, shown }, row, column) {
  const from = part(among, of, row, column);
  return origin("scale", [{ parts: [from], value: from.value }], from.value * factor, { factor }, shown);
}

/**
 * Each term is exp(score − top), where top is 0 unless the scores are too large for exp.
 * @param {Among} among @param {any} source @param {number} row @param {number} column
 */
function softmax(among, { of, sink }, row, column) {
  const parts = Array.from({ length: among[of].values.shape[1] }, (_, k) => part(among, of, row, k));
  const extra = sink === null || sink === undefined ? [] : [{ value: fromWire(sink), cell: null }];
  const finite = [...parts, ...extra].map(({ value }) => value).filter(Number.isFinite);
  const top = finite.some((value) => Math.abs(value) > 20) ? Math.max(...finite) : 0;
  const terms = [...parts, ...extra].map((each) => ({ parts: [each], value: Math.exp(each.value - top) }));
  const sum = total(terms);
  const mine = terms[column].value;
  return { ...origin("softmax", terms, sum === 0 ? 0 : mine / sum, { top, sum, mine, column }), size: 1 };
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function where(among, { of, mask, fill }, row, column) {
  const [from, gate] = [part(among, of, row, column), part(among, mask, row, column)];
  const hidden = gate.value === -Infinity;
  const result = hidden ? fromWire(fill) : from.value;
  return origin("where", [{ parts: [from], value: from.value }, { parts: [gate], value: gate.value }], result, {
    hidden: Number(hidden), fill: fromWire(fill),
  });
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function softcap(among, { of, cap }, row, column) {
  const from = part(among, of, row, column);
  return origin("softcap", [{ parts: [from], value: from.value }], cap * Math.tanh(from.value / cap), { cap });
}

/** @param {any} source @param {number} row @param {number} column @param {number} a @param {number} b */
function windowPlace({ stride, padding, dilation }, row, column, a, b) {
  return [row * stride[0] - padding[0] + a * dilation[0], column * stride[1] - padding[1] + b * dilation[1]];
}

/** @param {Among} among @param {string} matrix @param {number} row @param {number} column */
function inside(among, matrix, row, column) {
  const [rows, columns] = among[matrix].values.shape;
  return row >= 0 && column >= 0 && row < rows && column < columns;
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function convolve(among, source, row, column) {
  const [height, width] = among[source.kernel].values.shape;
  const terms = Array.from({ length: height * width }, (_, at) => {
    const [a, b] = [Math.floor(at / width), at % width];
    const [r, c] = windowPlace(source, row, column, a, b);
    const padded = { value: 0, cell: null };
    const parts = [inside(among, source.input, r, c) ? part(among, source.input, r, c) : padded, part(among, source.kernel, a, b)];
    return { parts, value: parts[0].value * parts[1].value };
  });
  if (source.bias) terms.push({ parts: [{ value: source.bias, cell: null }], value: source.bias });
  return origin("window", terms, total(terms), { width });
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column @returns {Block[]} */
function windowBlocks(among, source, row, column) {
  const [height, width] = among[source.kernel].values.shape;
  const blocks = [{ matrix: source.kernel, row: 0, column: 0, rows: height, columns: width }];
  for (let at = 0; at < height * width; at += 1) {
    const [r, c] = windowPlace(source, row, column, Math.floor(at / width), at % width);
    if (inside(among, source.input, r, c)) blocks.push(single(source.input, r, c));
  }
  return blocks;
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function cosine(among, { left, right }, row, column) {
  const product = dot(among, { left, right, transpose: true, bias: null }, row, column);
  const length = (/** @type {number} */ side) =>
    Math.sqrt(product.terms.reduce((sum, { parts }) => sum + parts[side].value ** 2, 0));
  const [one, other] = [length(0), length(1)];
  const result = one * other === 0 ? 0 : product.result / (one * other);
  return { ...origin("cosine", product.terms, result, { dot: product.result, one, other }), size: 1 };
}

/** @param {Among} among @param {any} source @param {number} row */
function length(among, { of }, row) {
  const terms = Array.from({ length: among[of].values.shape[1] }, (_, k) => {
    const each = part(among, of, row, k);
    return { parts: [each], value: each.value ** 2 };
  });
  const sum = total(terms);
  return { ...origin("length", terms, Math.sqrt(sum), { sum }), size: Math.sqrt(sum) };
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function normal(among, { of, gain, shift, eps, centred }, row, column) {
  const width = among[of].values.shape[1];
  const values = Array.from({ length: width }, (_, k) => part(among, of, row, k).value);
  const mean = centred ? values.reduce((sum, value) => sum + value, 0) / width : 0;
  const spreadOf = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + eps);
  const [from, factor] = [part(among, of, row, column), part(among, gain, 0, column)];
  const terms = [{ parts: [from, factor], value: ((from.value - mean) / spreadOf) * factor.value }];
  const offset = shift ? part(among, shift, 0, column) : null;
  if (offset) terms.push({ parts: [offset], value: offset.value });
  const told = origin("normal", terms, total(terms), { mean, spread: spreadOf, centred: Number(centred), width });
  return { ...told, size: Math.max(told.size, (Math.abs(mean) / spreadOf) * Math.abs(factor.value)) };
}

/**
 * The error function to about seven digits (Abramowitz and Stegun 1964, 7.1.26).
 * @param {number} x
 */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

/** @type {Record<string, (x: number, column: number) => number>} */
const FUNCTIONS = {
  relu: (x) => Math.max(0, x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  silu: (x) => x / (1 + Math.exp(-x)),
  sin_cos: (x, column) => (column % 2 ? Math.cos(x) : Math.sin(x)),
};

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function apply(among, { of, function: name }, row, column) {
  const from = part(among, of, row, column);
  const shown = name === "sin_cos" ? ["sin", "cos"][column % 2] : name.toUpperCase().replace("_TANH", "");
  return origin("apply", [{ parts: [from], value: from.value }], FUNCTIONS[name](from.value, column), {}, shown);
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function times(among, { left, right }, row, column) {
  const parts = [left, right].map((key) => {
    const { matrix, row: r, column: c } = spread(among, key, row, column);
    return part(among, matrix, r, c);
  });
  const value = parts[0].value * parts[1].value;
  return origin("times", [{ parts, value }], value);
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function take(among, { of, places }, row, column) {
  const from = part(among, of, places[row], column);
  return origin("take", [{ parts: [from], value: from.value }], from.value, { place: places[row] });
}

/** @param {Among} among @param {string[]} parts @param {number} row @param {number} column @returns {Cell} */
function joinedCell(among, parts, row, column) {
  const [first, ...rest] = parts;
  const width = among[first].values.shape[1];
  return column < width ? { matrix: first, row, column } : joinedCell(among, rest, row, column - width);
}

/** @param {Among} among @param {any} source @param {number} row @param {number} column */
function join(among, { parts }, row, column) {
  const cell = joinedCell(among, parts, row, column);
  const value = valueAt(among, cell);
  return origin("join", [{ parts: [{ value, cell }], value }], value);
}
