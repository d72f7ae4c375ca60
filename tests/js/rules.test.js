import { test } from "node:test";
import assert from "node:assert/strict";
import { agrees, explain, sources } from "../../assets/js/rules.js";

const packed = (rows) => ({ shape: [rows.length, rows[0].length], data: Float32Array.from(rows.flat()) });
const matrix = (key, rows, source = null) => ({ key, title: key, symbol: key, values: packed(rows), rows: rows.map(String), columns: rows[0].map(String), source });
const among = (...matrices) => Object.fromEntries(matrices.map((one) => [one.key, one]));
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

/** The course's convolution, as its slides print it. */
const IMAGE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]];
const KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]];
const OUTPUT = [[12, 12, 17], [10, 17, 19], [9, 6, 14]];

const slide = (stride, padding, dilation, bias, out) => among(matrix("image", IMAGE), matrix("kernel", KERNEL),
  matrix("out", out, { rule: "window", input: "image", kernel: "kernel", stride, padding, dilation, bias }));

test("every cell of the course's convolution is the sum of its nine products", () => {
  const all = slide([1, 1], [0, 0], [1, 1], 0, OUTPUT);
  OUTPUT.forEach((row, r) => row.forEach((expected, c) => {
    const origin = explain(all, { matrix: "out", row: r, column: c });
    assert.equal(origin.terms.length, 9);
    assert.equal(origin.result, expected);
  }));
});

test("the first window of the course's convolution has these nine products in order", () => {
  const { terms } = explain(slide([1, 1], [0, 0], [1, 1], 0, OUTPUT), { matrix: "out", row: 0, column: 0 });
  assert.deepEqual(terms.map(({ value }) => value), [0, 3, 4, 0, 0, 0, 0, 1, 4]);
});

test("uneven stride, padding, dilation and bias move the window as they should", () => {
  const all = slide([2, 1], [1, 1], [1, 1], 0.5, [[0, 0], [0, 0]]);
  const { terms, result } = explain(all, { matrix: "out", row: 0, column: 0 });
  // The window hangs over the upper left edge: only input[0:2, 0:2] lies under kernel[1:3, 1:3].
  assert.equal(result, 3 * 2 + 3 * 0 + 0 * 1 + 0 * 2 + 0.5);
  assert.equal(terms.filter(({ parts }) => parts[0].cell === null && parts.length === 2).length, 5);
  const wide = slide([1, 1], [0, 0], [2, 2], 0, [[0]]);
  // With dilation 2 the window takes every second row and column: rows 0, 2, 4 and columns 0, 2, 4.
  assert.equal(explain(wide, { matrix: "out", row: 0, column: 0 }).result, 0 * 3 + 1 * 2 + 2 * 0 + 2 * 3 + 2 * 2 + 0 * 3 + 0 * 2 + 1 * 0 + 2 * 1);
});

test("a window lights the kernel and the nine cells under it, and nothing outside the input", () => {
  const blocks = sources(slide([1, 1], [1, 1], [1, 1], 0, OUTPUT), { matrix: "out", row: 0, column: 0 });
  assert.equal(blocks.filter((block) => block.matrix === "image").length, 4);
  assert.deepEqual(blocks[0], { matrix: "kernel", row: 0, column: 0, rows: 3, columns: 3 });
});

test("a dot product with the course's reference gives 24, 19, 0 and −18", () => {
  const all = among(matrix("reference", [[3, 4]]), matrix("others", [[4, 3], [1, 4], [-4, 3], [-2, -3]]),
    matrix("dots", [[24, 19, 0, -18]], { rule: "dot", left: "reference", right: "others", transpose: true, bias: null }));
  [24, 19, 0, -18].forEach((expected, column) => assert.equal(explain(all, { matrix: "dots", row: 0, column }).result, expected));
});

test("a product without transposing reads a column, and adds its bias once", () => {
  const all = among(matrix("x", [[1, 2]]), matrix("w", [[3, 5], [4, 6]]), matrix("b", [[10, 20]]),
    matrix("y", [[21, 37]], { rule: "dot", left: "x", right: "w", transpose: false, bias: "b" }));
  assert.equal(explain(all, { matrix: "y", row: 0, column: 1 }).result, 1 * 5 + 2 * 6 + 20);
  assert.deepEqual(sources(all, { matrix: "y", row: 0, column: 1 })[1], { matrix: "w", row: 0, column: 1, rows: 2, columns: 1 });
});

test("softmax shares a row out, gives masked cells exactly nothing, and survives large scores", () => {
  const rows = [[Math.log(1), Math.log(3), -Infinity], [1000, 1000, -Infinity], [-Infinity, -Infinity, -Infinity]];
  const all = among(matrix("scores", rows), matrix("weights", rows, { rule: "softmax", of: "scores", sink: null }));
  const weight = (row, column) => explain(all, { matrix: "weights", row, column }).result;
  close(weight(0, 0), 0.25);
  close(weight(0, 1), 0.75);
  assert.equal(weight(0, 2), 0);
  assert.equal(weight(1, 0), 0.5);
  assert.equal(weight(2, 1), 0);
});

test("a sink takes its part of the softmax", () => {
  const all = among(matrix("scores", [[0, 0]]), matrix("weights", [[0, 0]], { rule: "softmax", of: "scores", sink: Math.log(2) }));
  close(explain(all, { matrix: "weights", row: 0, column: 0 }).result, 0.25);
});

test("adding a mask of minus infinity gives minus infinity", () => {
  const all = among(matrix("s", [[0.1, 0.3]]), matrix("m", [[0, -Infinity]]), matrix("masked", [[0.1, -Infinity]], { rule: "add", left: "s", right: "m" }));
  assert.equal(explain(all, { matrix: "masked", row: 0, column: 1 }).result, -Infinity);
  assert.ok(agrees(explain(all, { matrix: "masked", row: 0, column: 0 }), Math.fround(0.1)));
});

test("scaling, capping, choosing and cosine follow their definitions", () => {
  const all = among(matrix("a", [[3, 4]]), matrix("b", [[4, 3], [0, 0]]), matrix("m", [[0, -Infinity]]),
    matrix("scaled", [[0, 0]], { rule: "scale", of: "a", factor: 0.125, shown: "÷ √64" }),
    matrix("capped", [[0, 0]], { rule: "softcap", of: "a", cap: 2 }),
    matrix("where", [[0, 0]], { rule: "where", of: "a", mask: "m", fill: "-inf" }),
    matrix("cosine", [[0, 0]], { rule: "cosine", left: "a", right: "b" }));
  const value = (key, column) => explain(all, { matrix: key, row: 0, column }).result;
  assert.equal(value("scaled", 1), 0.5);
  close(value("capped", 0), 2 * Math.tanh(1.5));
  assert.deepEqual([value("where", 0), value("where", 1)], [3, -Infinity]);
  close(value("cosine", 0), 24 / 25);
  assert.equal(value("cosine", 1), 0);
});

test("a cell that differs from its rule is not said to agree", () => {
  const all = among(matrix("x", [[1, 2]]), matrix("w", [[3], [4]]), matrix("y", [[11.01]], { rule: "dot", left: "x", right: "w", transpose: false, bias: null }));
  const origin = explain(all, { matrix: "y", row: 0, column: 0 });
  assert.equal(agrees(origin, 11.01), false);
  assert.equal(agrees(origin, 11.00001), true);
});

test("the length of the course's reference is 5", () => {
  const all = among(matrix("v", [[3, 4]]), matrix("l", [[5]], { rule: "length", of: "v" }));
  assert.equal(explain(all, { matrix: "l", row: 0, column: 0 }).result, 5);
});

test("a layer norm takes the row's mean and spread out, then scales and shifts by column", () => {
  const rule = { rule: "normal", of: "x", gain: "g", shift: "b", eps: 0, centred: true };
  const all = among(matrix("x", [[1, 3, 5, 7]]), matrix("g", [[1, 2, 1, 1]]), matrix("b", [[0, 10, 0, 0]]), matrix("y", [[0, 0, 0, 0]], rule));
  // mean 4, variance (9 + 1 + 1 + 9) / 4 = 5
  close(explain(all, { matrix: "y", row: 0, column: 1 }).result, (-1 / Math.sqrt(5)) * 2 + 10);
  const root = among(matrix("x", [[3, 4]]), matrix("g", [[1, 1]]), matrix("y", [[0, 0]], { ...rule, shift: null, centred: false }));
  close(explain(root, { matrix: "y", row: 0, column: 1 }).result, 4 / Math.sqrt(12.5));
});

test("functions of one number have the values that tables print", () => {
  const value = (name, x, column = 0) => {
    const row = [x, x];
    return explain(among(matrix("x", [row]), matrix("y", [row], { rule: "apply", of: "x", function: name })), { matrix: "y", row: 0, column }).result;
  };
  close(value("gelu", 1), 0.8413447);
  assert.ok(Math.abs(value("gelu_tanh", 1) - 0.841192) < 1e-6);
  close(value("silu", 1), 0.7310586);
  assert.equal(value("relu", -2), 0);
  close(value("sin_cos", 0.5, 0), 0.4794255);
  close(value("sin_cos", 0.5, 1), 0.8775826);
});

test("rows are looked up by place, products go cell by cell, and parts stand side by side", () => {
  const all = among(matrix("table", [[1, 2], [3, 4], [5, 6]]), matrix("gate", [[10, 20]]),
    matrix("rows", [[5, 6], [1, 2]], { rule: "take", of: "table", places: [2, 0] }),
    matrix("product", [[50, 120], [10, 40]], { rule: "times", left: "rows", right: "gate" }),
    matrix("both", [[5, 6, 50, 120], [1, 2, 10, 40]], { rule: "join", parts: ["rows", "product"] }));
  assert.equal(explain(all, { matrix: "rows", row: 0, column: 1 }).result, 6);
  assert.equal(explain(all, { matrix: "product", row: 1, column: 1 }).result, 40);
  assert.equal(explain(all, { matrix: "both", row: 0, column: 3 }).result, 120);
  assert.deepEqual(sources(all, { matrix: "both", row: 0, column: 3 }), [{ matrix: "product", row: 0, column: 1, rows: 1, columns: 1 }]);
  assert.deepEqual(sources(all, { matrix: "rows", row: 0, column: 1 }), [{ matrix: "table", row: 2, column: 1, rows: 1, columns: 1 }]);
});
