import { test } from "node:test";
import assert from "node:assert/strict";
import { count, placeOf, positionOf, sweepCell } from "../../assets/js/steps.js";

const step = (sweep) => ({ title: "", caption: "", layout: [], focus: [], sweep, term: null });
const WALK = { matrices: { out: { values: { shape: [2, 3], data: new Float32Array(6) } } }, steps: [step(null), step("out"), step(null)] };

test("a sweep counts one position for each of its cells", () => {
  assert.equal(count(WALK), 8);
});

test("every position is one place and back again", () => {
  for (let position = 0; position < 8; position += 1) {
    const { step: at, index } = placeOf(WALK, position);
    assert.equal(positionOf(WALK, at, index), position);
  }
  assert.deepEqual(placeOf(WALK, 7), { step: 2, index: 0 });
  assert.deepEqual(placeOf(WALK, 99), { step: 2, index: 0 });
});

test("a sweep goes row by row", () => {
  assert.deepEqual(sweepCell(WALK, 1, 4), { matrix: "out", row: 1, column: 1 });
  assert.equal(sweepCell(WALK, 0, 0), null);
});
