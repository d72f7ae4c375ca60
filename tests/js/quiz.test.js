import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { unpack } from "../../assets/js/pack.js";
import { questionOf, withHidden } from "../../assets/js/quiz.js";
import { verdict } from "../../assets/js/predict.js";

const BAKED = new URL("../../assets/baked/", import.meta.url);

/** @param {string} key @param {number[][]} rows @param {object} [more] */
const matrix = (key, rows, more = {}) => ({
  key, title: key, symbol: key, rows: rows.map((_, row) => `r${row}`), columns: rows[0].map((_, column) => `c${column}`),
  values: { shape: [rows.length, rows[0].length], data: Float64Array.from(rows.flat()) },
  row_role: "query", column_role: "key", colour: "signed", low: -1, high: 1, digits: 1, edit: null, choices: null, source: null, note: null, ...more,
});

/** @param {any[]} matrices @param {any[]} steps */
const walk = (matrices, steps) => ({
  type: "walk", title: "", alt: "", local: ["step", "cell"], matrices: Object.fromEntries(matrices.map((each) => [each.key, each])),
  steps: steps.map((step) => ({ title: "", caption: "", focus: [], sweep: null, term: null, ...step })),
});

const hidden = -Infinity;
const course = walk([
  matrix("scores", [[0.7, 0.1], [0.1, 0.6]]),
  matrix("mask", [[0, hidden], [0, 0]]),
  matrix("masked", [[0.7, hidden], [0.1, 0.6]], { source: { rule: "add", left: "scores", right: "mask" } }),
  matrix("weights", [[1, 0], [0.3775, 0.6225]], { source: { rule: "softmax", of: "masked", sink: null }, colour: "weight", digits: 2 }),
  matrix("doubled", [[1.4, 0.2], [0.2, 1.2]], { source: { rule: "scale", of: "scores", factor: 2, shown: "× 2" } }),
], [
  { layout: ["scores"] }, { layout: ["scores", "+", "mask", "=", "masked"], focus: [["masked", 0, 1]] },
  { layout: ["masked", "→", "weights"] }, { layout: ["scores", "→", "doubled"], focus: [["doubled", 1, 1]] },
]);

const rightOf = (question) => question.options.filter(({ right }) => right).map(({ label }) => label);

test("a step of inputs that name no tokens has no question", () => {
  const plain = { row_role: "plain", column_role: "plain" };
  assert.equal(questionOf(walk([matrix("w", [[1, 2]], plain)], [{ layout: ["w"] }]), 0, 0), null);
});

test("of what a model gave, the largest of a row is asked for", () => {
  const question = questionOf(walk([matrix("s", [[1, 2], [4, 3]])], [{ layout: ["s"], focus: [["s", 1, 1]] }]), 0, 0);
  assert.equal(question.kind, "largest");
  assert.equal(question.cell.row, 1);
  assert.deepEqual(rightOf(question), ["c0"]);
});

test("a mask alone is asked how many columns it leaves to a row that it hides some from", () => {
  const question = questionOf(walk([matrix("m", [[0, hidden, hidden], [0, 0, hidden], [0, 0, 0]])], [{ layout: ["m"] }]), 0, 0);
  assert.equal(question.kind, "count");
  assert.equal(question.cell.row, 1);
  assert.deepEqual(rightOf(question), ["2"]);
  assert.deepEqual(question.options.map(({ label }) => label), ["1", "2", "3"]);
});

test("a product too long for the head is asked how many terms a cell has", () => {
  const wide = (rows, columns) => Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0.125));
  const [plain, bare] = [{ row_role: "plain", column_role: "plain" }, { source: { rule: "dot", left: "x", right: "w", transpose: false, bias: null } }];
  const product = (columns) => walk([matrix("x", wide(3, columns), plain), matrix("w", wide(columns, 17), plain), matrix("q", wide(3, 17), { ...plain, ...bare })], [{ layout: ["x", "·", "w", "=", "q"] }]);
  const question = questionOf(product(20), 0, 0);
  assert.deepEqual([question.kind, ...rightOf(question)], ["count", "20"]);
  assert.deepEqual(question.options.map(({ label }) => label), ["3", "17", "20", "51"]);
  const lumped = product(20);
  lumped.matrices.x.columns[19] = "others";
  assert.equal(questionOf(lumped, 0, 0), null);
});

test("a mask is asked about at the cell that the step points at", () => {
  const question = questionOf(course, 1, 0);
  assert.equal(question.kind, "mask");
  assert.deepEqual(question.hidden, [{ matrix: "masked", row: 0, column: 1 }]);
  assert.deepEqual(question.options, [{ label: "It stays 0.1", right: false }, { label: "It becomes −∞", right: true }]);
});

test("a softmax is asked for the largest of a row, whose cells are all hidden", () => {
  const question = questionOf(course, 2, 0);
  assert.equal(question.kind, "largest");
  assert.deepEqual(question.hidden.map(({ row, column }) => [row, column]), [[1, 0], [1, 1]]);
  assert.deepEqual(rightOf(question), ["c1"]);
  assert.equal(verdict(question, null), "The answer: c1, 0.62.");
});

test("a scaled cell is asked for its value, and forgetting to scale is among the options", () => {
  const question = questionOf(course, 3, 0);
  assert.deepEqual(rightOf(question), ["1.2"]);
  assert.ok(question.options.some(({ label, right }) => label === "0.6" && !right));
  assert.deepEqual(verdict(question, question.options.find(({ right }) => !right)).endsWith("The answer: 1.2."), true);
});

test("a row whose largest number is a tie in print is not asked about", () => {
  const tied = walk([matrix("s", [[0, 0], [0, 1]]), matrix("w", [[0.5, 0.5], [0.2689, 0.7311]], { source: { rule: "softmax", of: "s", sink: null }, digits: 2 })], [{ layout: ["s", "→", "w"], focus: [["w", 0, 0]] }]);
  assert.equal(questionOf(tied, 0, 0).cell.row, 1);
});

test("what is hidden is no number any more, and the walkthrough itself keeps it", () => {
  const blank = withHidden(course, [{ matrix: "weights", row: 1, column: 1 }]);
  assert.ok(Number.isNaN(blank.matrices.weights.values.data[3]));
  assert.equal(course.matrices.weights.values.data[3], 0.6225);
});

test("every question has one right answer among distinct options", () => {
  for (const step of [1, 2, 3]) {
    const { options } = questionOf(course, step, 0);
    assert.equal(options.filter(({ right }) => right).length, 1);
    assert.equal(new Set(options.map(({ label }) => label)).size, options.length);
    assert.ok(options.length >= 2 && options.length <= 4);
  }
});

test("every walkthrough asks something at its default, with one right answer among distinct options", () => {
  for (const file of readdirSync(BAKED)) {
    const bytes = gunzipSync(readFileSync(new URL(file, BAKED)));
    const { figures } = unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    for (const figure of figures.filter(({ type }) => type === "walk")) {
      const questions = figure.steps.map((_, step) => questionOf(figure, step, 0)).filter(Boolean);
      assert.ok(questions.length > 0, `${file}: ${figure.title}`);
      for (const { options } of questions) {
        assert.equal(options.filter(({ right }) => right).length, 1);
        assert.equal(new Set(options.map(({ label }) => label)).size, options.length);
        assert.ok(options.length >= 2 && options.length <= 4);
      }
    }
  }
});
