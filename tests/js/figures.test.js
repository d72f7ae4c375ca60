import { test } from "node:test";
import assert from "node:assert/strict";
import { extent } from "../../assets/js/bars.js";
import { linked } from "../../assets/js/chips.js";
import { degrees, plane, snapped, written } from "../../assets/js/vectors.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("a bar is as long as its share of the scale", () => {
  assert.deepEqual(extent(0.25, { low: 0, high: 1, log: false }), { start: 0, length: 0.25 });
});

test("a bar below zero ends at zero", () => {
  assert.deepEqual(extent(-9, { low: -18, high: 18, log: false }), { start: 0.25, length: 0.25 });
});

test("on a logarithmic scale every factor of ten is as long", () => {
  const scale = { low: 0.001, high: 1, log: true };
  near(extent(0.01, scale).length, 1 / 3);
  near(extent(0.1, scale).length, 2 / 3);
  assert.equal(extent(0.0001, scale).length, 0);
});

test("a value off the scale ends at its end", () => {
  assert.equal(extent(5, { low: 0, high: 1, log: false }).length, 1);
});

const CHIPS = { links: { start: 0, end: 2, weights: { shape: [2, 3], data: [0.7, 0.2, 0.1, 0.5, 0.3, 0.2] } } };

test("a chip of the first row is linked along its row of the weights", () => {
  assert.deepEqual(linked(CHIPS, 0, 1), [0.5, 0.3, 0.2].map((weight, chip) => ({ row: 2, chip, weight })));
});

test("a chip of the second row is linked along its column", () => {
  assert.deepEqual(linked(CHIPS, 2, 0), [0.7, 0.5].map((weight, chip) => ({ row: 0, chip, weight })));
});

test("a chip of another row has no links", () => {
  assert.deepEqual(linked(CHIPS, 1, 0), []);
  assert.deepEqual(linked({ links: null }, 0, 0), []);
});

test("a place in the plane reads back as the numbers it stands for", () => {
  const { place, read } = plane({ low: -5, high: 5 });
  const [x, y] = read(...place(3, -4));
  near(x, 3);
  near(y, -4);
  assert.ok(place(0, 5)[1] < place(0, -5)[1], "up is up");
});

test("a dragged tip goes to whole steps and stays in the square", () => {
  assert.deepEqual(snapped([1.26, -9], { low: -5, high: 5, step: 0.5 }), [1.5, -5]);
});

test("the angle is the smaller one, and there is none at the origin", () => {
  near(degrees([3, 4], [-4, 3]), 90);
  near(degrees([1, 0], [-2, 0]), 180);
  near(degrees([1, 1], [0, 1]), 45);
  assert.equal(degrees([0, 0], [1, 0]), null);
});

test("arrows that share a field are written as its rows", () => {
  const points = [[3, 4], [4, 3], [-2, -3.5]];
  assert.equal(written(["r", "v", "v"], "v", points), "4,3;-2,-3.5");
  assert.equal(written(["r", "v", null], "r", points), "3,4");
});
