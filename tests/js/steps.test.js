import { test } from "node:test";
import assert from "node:assert/strict";
import { count, placeOf, positionOf, sweepCell } from "../../assets/js/steps.js";
import { strongest } from "../../assets/js/arcs.js";

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

test("arcs that are left out are accounted for to the last share", () => {
  const data = Float32Array.of(0.98, 0.02, 0.5, 0.5);
  const { arcs, hidden } = strongest({ data, queries: 2, keys: 2 });
  assert.equal(arcs.length, 3);
  assert.ok(Math.abs(hidden - 0.01) < 1e-6);
});

test("a long text draws a limited number of arcs, the strongest first", () => {
  const data = Float32Array.from({ length: 512 * 512 }, (_, at) => 0.05 + (at % 7) / 100);
  const { arcs } = strongest({ data, queries: 512, keys: 512 });
  assert.ok(arcs.length <= 320);
  assert.ok(arcs.every(({ weight }) => weight >= arcs[arcs.length - 1].weight));
});
