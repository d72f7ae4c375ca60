/**
 * The arithmetic of one cell in real numbers, as elements. Every number that was read from a cell is a button that goes
 * to where that cell comes from.
 *
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./rules.js").Origin} Origin
 * @typedef {import("./rules.js").Part} Part
 * @typedef {import("./rules.js").Term} Term
 * @typedef {import("./rules.js").Among} Among
 * @typedef {{ among: Among, cell: Cell, origin: Origin, follow: (cell: Cell) => void }} Telling
 * @typedef {import("./kit.js").Child} Child
 */
import { el } from "./kit.js";
import { number, precise } from "./numbers.js";
import { agrees, explain, valueAt } from "./rules.js";
import { cellName } from "./cells.js";

const MOST_TERMS = 8;
const MOST_WINDOW = 25;
const DIGITS = 4;

/**
 * @param {Among} among
 * @param {Cell} cell
 * @param {(cell: Cell) => void} follow
 * @returns {HTMLElement}
 */
export function readout(among, cell, follow) {
  const matrix = among[cell.matrix];
  const value = valueAt(among, cell);
  const origin = explain(among, cell);
  const facts = { "data-matrix": cell.matrix, "data-row": cell.row, "data-column": cell.column, "data-number": String(value) };
  if (!origin) return el("div", { class: "lx-readout", ...facts }, ...givenLines(matrix, cell, value));
  const telling = { among, cell, origin, follow };
  const lines = TELLERS[origin.rule](telling);
  const line = el("div", { class: "lx-sum" }, cellHead(matrix, cell), " = ", ...lines.sum, lines.whole ? " = " : null, lines.whole ? result(matrix, value) : null);
  return el("div", { class: "lx-readout", ...facts }, line, ...(lines.more ?? []), check(matrix, origin, value));
}

/** "masked[chat, est]" in the colours of its roles. @param {Matrix} matrix @param {Cell} cell */
export function cellHead(matrix, { row, column }) {
  return el("span", { class: "lx-head" },
    matrix.symbol || matrix.title, "[", el("span", { class: `lx-role-${matrix.row_role}` }, matrix.rows[row]), ", ",
    el("span", { class: `lx-role-${matrix.column_role}` }, matrix.columns[column]), "]");
}

/** @param {Matrix} matrix @param {Cell} cell @param {number} value */
function givenLines(matrix, cell, value) {
  const note = matrix.source?.rule === "given" && matrix.source.note ? matrix.source.note : "This number is an input.";
  return [el("div", { class: "lx-sum" }, cellHead(matrix, cell), " = ", result(matrix, value)), el("div", { class: "lx-words" }, note)];
}

/** @param {Matrix} matrix @param {number} value */
function result(matrix, value) {
  return el("strong", { class: "lx-result" }, precise(value, matrix.digits, DIGITS));
}

/**
 * A number that was read from a cell, as a button; padding and biases are no cells.
 * @param {Telling} telling
 * @param {Part} part
 */
function source({ among, follow }, { value, cell }) {
  const text = precise(value, 0, DIGITS);
  const shown = value < 0 ? `(${text})` : text;
  if (!cell) return el("span", { class: "lx-term", title: "outside the input: padding" }, shown);
  const matrix = among[cell.matrix];
  return el("button", {
    type: "button", class: `lx-term lx-link lx-role-${roleOf(matrix)}`, "data-focus": `term:${cell.matrix}:${cell.row}:${cell.column}`,
    title: cellName(matrix, cell.row, cell.column, value), onclick: () => follow(cell),
  }, shown);
}

/** The role that a matrix plays as a whole: the queries' matrix has query rows. @param {Matrix} matrix */
function roleOf({ row_role: row, column_role: column }) {
  if (row !== "plain" && column !== "plain") return "plain";
  return row === "plain" ? column : row;
}

/** @typedef {{ sum: Child[], whole: boolean, more?: HTMLElement[] }} Lines `whole`: the sum ends in the cell's value */

/** @type {Record<string, (telling: Telling) => Lines>} */
const TELLERS = {
  dot: tellDot, add: tellAdd, scale: tellScale, softmax: tellSoftmax, where: tellWhere, softcap: tellSoftcap, window: tellWindow, cosine: tellCosine,
  length: tellLength, normal: tellNormal, apply: tellApply, times: tellAdd, take: tellTake, join: tellJoin,
};

/**
 * Terms joined by plus signs.
 * @template T
 * @param {T[]} terms
 * @param {(term: T) => Child[]} tell
 * @returns {Child[]}
 */
function joined(terms, tell) {
  return terms.flatMap((term, index) => [index ? " + " : null, el("span", { class: "lx-product" }, ...tell(term))]);
}

/** @param {Telling} telling @param {Term} term @returns {Child[]} */
function product(telling, { parts }) {
  return parts.flatMap((part, index) => [index ? " × " : null, source(telling, part)]);
}

/**
 * The terms to print: all of a few in their order, else the largest first, and what the others come to.
 * @param {Term[]} terms
 * @param {number} most
 */
function chosen(terms, most) {
  if (terms.length <= most) return { shown: terms, rest: 0, restSum: 0 };
  const sorted = [...terms].sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  const rest = sorted.slice(most);
  return { shown: sorted.slice(0, most), rest: rest.length, restSum: rest.reduce((sum, { value }) => sum + value, 0) };
}

/** @param {number} rest @param {number} restSum @param {string} what */
function smaller(rest, restSum, what) {
  if (!rest) return null;
  return el("span", { class: "lx-words" }, ` + ${rest} smaller ${what}${rest === 1 ? "" : "s"}, together ${number(restSum, DIGITS)}`);
}

/** @param {Telling} telling @returns {Lines} */
function tellDot(telling) {
  const { shown, rest, restSum } = chosen(telling.origin.terms, MOST_TERMS);
  return { sum: [...joined(shown, (term) => product(telling, term)), smaller(rest, restSum, "product")], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellAdd(telling) {
  return { sum: joined(telling.origin.terms, (term) => product(telling, term)), whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellScale(telling) {
  const { terms, words, facts } = telling.origin;
  return { sum: [source(telling, terms[0].parts[0]), ` ${words || `× ${precise(facts.factor)}`}`], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellSoftmax(telling) {
  const { terms, facts } = telling.origin;
  const rule = telling.among[telling.cell.matrix].source;
  const sink = (rule?.rule === "softmax" && rule.sink_name) || "sink";
  const power = (/** @type {Term} */ { parts: [part] }) => {
    const less = facts.top === 0 ? null : ` − ${precise(facts.top)}`;
    return ["e", el("sup", null, part.cell ? source(telling, part) : `${sink} ${precise(part.value)}`, less)];
  };
  if (facts.sum === 0) return { sum: [el("span", { class: "lx-words" }, "every score of this row is −∞: there is nothing to share out")], whole: true };
  const { shown, rest, restSum } = chosen(terms, MOST_TERMS);
  const below = [el("span", { class: "lx-words" }, "Sum of the row: "), ...joined(shown, power), smaller(rest, restSum, "term"), ` = ${precise(facts.sum)}`];
  const top = facts.top === 0 ? null : el("div", { class: "lx-words" }, `The row's largest score, ${precise(facts.top)}, is subtracted everywhere so that no power overflows. It cancels out.`);
  const sum = [...power(terms[facts.column]), " ÷ sum of the row = ", precise(facts.mine), " ÷ ", precise(facts.sum)];
  return { sum, whole: true, more: [el("div", { class: "lx-sum" }, ...below), ...(top ? [top] : [])] };
}

/** @param {Telling} telling @returns {Lines} */
function tellWhere(telling) {
  const { terms, facts } = telling.origin;
  const [from, gate] = terms.map(({ parts }) => source(telling, parts[0]));
  const words = (/** @type {string} */ text) => el("span", { class: "lx-words" }, text);
  if (!facts.hidden) return { sum: [from, words(" kept, because the mask is "), gate, words(" here")], whole: true };
  return { sum: [precise(facts.fill), words(" instead of "), from, words(", because the mask is "), gate, words(" here")], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellSoftcap(telling) {
  const { terms, facts } = telling.origin;
  return { sum: [`${precise(facts.cap)} × tanh(`, source(telling, terms[0].parts[0]), ` ÷ ${precise(facts.cap)})`], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellWindow(telling) {
  const { terms, facts } = telling.origin;
  if (terms.length > MOST_WINDOW + 1) return tellDot(telling);
  const lines = [];
  for (let start = 0; start < terms.length; start += facts.width) {
    const row = joined(terms.slice(start, start + facts.width), (term) => product(telling, term));
    lines.push(el("span", { class: "lx-window-row" }, start ? "+ " : null, ...row));
  }
  return { sum: [el("span", { class: "lx-window" }, ...lines)], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellCosine(telling) {
  const { terms, facts } = telling.origin;
  const { shown, rest, restSum } = chosen(terms, MOST_TERMS);
  const products = el("div", { class: "lx-sum" }, el("span", { class: "lx-words" }, "Dot product: "), ...joined(shown, (term) => product(telling, term)), smaller(rest, restSum, "product"), ` = ${precise(facts.dot)}`);
  const sum = [
    el("span", { class: "lx-words" }, "dot product ÷ (length × length) = "),
    `${precise(facts.dot)} ÷ (${precise(facts.one)} × ${precise(facts.other)})`,
  ];
  return { sum, whole: true, more: [products] };
}

/** @param {Telling} telling @returns {Lines} */
function tellLength(telling) {
  const { terms, facts } = telling.origin;
  const { shown, rest, restSum } = chosen(terms, MOST_TERMS);
  const squares = joined(shown, (term) => [source(telling, term.parts[0]), el("sup", null, "2")]);
  return { sum: ["√( ", ...squares, smaller(rest, restSum, "square"), ` ) = √${precise(facts.sum)}`], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellNormal(telling) {
  const { terms: [scaled, shift], facts } = telling.origin;
  const [from, gain] = scaled.parts.map((each) => source(telling, each));
  const above = facts.centred ? ["(", from, ` − ${signed(facts.mean)})`] : [from];
  const end = shift ? [" + ", source(telling, shift.parts[0])] : [];
  const row = facts.centred ? `The row of ${facts.width} numbers has mean ${precise(facts.mean)} and spread ${precise(facts.spread)}.` : `The row of ${facts.width} numbers has root mean square ${precise(facts.spread)}.`;
  return { sum: [...above, ` ÷ ${precise(facts.spread)} × `, gain, ...end], whole: true, more: [el("div", { class: "lx-words" }, row)] };
}

/** A number after a minus sign. @param {number} value */
function signed(value) {
  return value < 0 ? `(${precise(value)})` : precise(value);
}

/** @param {Telling} telling @returns {Lines} */
function tellApply(telling) {
  const { terms, words } = telling.origin;
  return { sum: [`${words}(`, source(telling, terms[0].parts[0]), ")"], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellTake(telling) {
  const { terms, facts } = telling.origin;
  return { sum: [source(telling, terms[0].parts[0]), el("span", { class: "lx-words" }, ` from row ${facts.place} of the table`)], whole: true };
}

/** @param {Telling} telling @returns {Lines} */
function tellJoin(telling) {
  const [{ parts: [from] }] = telling.origin.terms;
  const where = from.cell ? telling.among[from.cell.matrix].title : "";
  return { sum: [source(telling, from), el("span", { class: "lx-words" }, ` copied from ${where}`)], whole: true };
}

/**
 * Says whether the arithmetic above, done again here, gives what the cell holds.
 * @param {Matrix} matrix
 * @param {Origin} origin
 * @param {number} value
 */
function check(matrix, origin, value) {
  const same = agrees(origin, value);
  const text = same
    ? "Recomputed here from the cells shown: equal to the cell."
    : `Recomputed here from the cells shown it is ${precise(origin.result, matrix.digits, 6)}: the model's own number differs by ${Math.abs(origin.result - value).toPrecision(2)}.`;
  return el("div", { class: `lx-check${same ? "" : " lx-warn"}`, "data-agrees": String(same) }, text);
}
