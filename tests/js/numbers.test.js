import { test } from "node:test";
import assert from "node:assert/strict";
import { number, parseNumber, percent, precise, toWire } from "../../assets/js/numbers.js";

test("a negative number has a real minus sign and the stated decimals", () => {
  assert.equal(number(-1.256, 2), "−1.26");
  assert.equal(number(12, 0), "12");
});

test("a number that rounds to zero has no sign", () => {
  assert.equal(number(-0.001, 2), "0.00");
  assert.equal(number(-0, 1), "0.0");
});

test("minus infinity is written as such", () => {
  assert.equal(number(-Infinity), "−∞");
});

test("a float32 is written with the digits that a person typed, not with those of its double", () => {
  assert.equal(precise(Math.fround(0.1)), "0.1");
  assert.equal(precise(Math.fround(0.7), 2), "0.70");
  assert.equal(precise(1 / 3), "0.3333");
});

test("comma and dot part decimals, and minus infinity can be typed in several ways", () => {
  assert.equal(parseNumber(" 0,5 "), 0.5);
  assert.equal(parseNumber("−2.5"), -2.5);
  for (const text of ["-inf", "−inf", "-∞", "-Infinity"]) assert.equal(parseNumber(text), -Infinity);
});

test("what is no number is refused", () => {
  for (const text of ["", "abc", "1,2,3", "1 2", "inf", "0x10", "1e", "NaN"]) assert.equal(parseNumber(text), null, text);
});

test("the address bar gets the shortest text that gives the same float32", () => {
  for (const value of [0, 0.1, -2.5, 12, 1 / 3, 1e-7, 123456]) {
    assert.equal(Math.fround(Number(toWire(Math.fround(value)))), Math.fround(value));
  }
  assert.equal(toWire(Math.fround(0.1)), "0.1");
  assert.equal(toWire(-Infinity), "-inf");
});

test("small shares do not become nothing", () => {
  assert.equal(percent(0.31), "31%");
  assert.equal(percent(0.004), "0.4%");
  assert.equal(percent(0.0001), "<0.1%");
  assert.equal(percent(0), "0%");
});
