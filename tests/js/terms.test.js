import assert from "node:assert/strict";
import test from "node:test";
import { covers, grouped, litTerm } from "../../assets/js/terms.js";

const term = (/** @type {string} */ text, /** @type {any} */ tie = {}) => ({ text, role: "plain", term: null, style: null, at: null, ...tie });

test("neighbours that are tied to the same thing are one piece of the formula", () => {
  const pieces = grouped([term("Q", { term: "scores" }), term("K", { term: "scores" }), term(" + "), term("M", { at: [1] })]);
  assert.deepEqual(pieces.map((terms) => terms.map(({ text }) => text).join("")), ["QK", " + ", "M"]);
});

test("a term of a whole figure is shown by every row of it, a term of a row by that row only", () => {
  assert.ok(covers([0], [0, 2]));
  assert.ok(covers([0, 2], [0, 2]));
  assert.ok(!covers([0, 2], [0]));
  assert.ok(!covers([0, 2], [0, 1]));
  assert.ok(!covers(null, [0]));
  assert.ok(!covers([0], null));
});

test("the term of a step past the end is that of the last step", () => {
  const figures = [{ type: "bars" }, { type: "walk", steps: [{ title: "a", term: "x" }, { title: "b", term: "y" }] }];
  assert.equal(litTerm({ figures }, { step: 0 }), "x");
  assert.equal(litTerm({ figures }, { step: 9 }), "y");
  assert.equal(litTerm({ figures: [{ type: "bars" }] }, { step: 0 }), null);
});
