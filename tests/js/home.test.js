import assert from "node:assert/strict";
import test from "node:test";
import { countOf, matches } from "../../assets/js/search.js";
import { stopOf, valuesAt } from "../../assets/js/tour.js";
import { readAddress, writePage } from "../../assets/js/address.js";

const stop = { view: "tokens", here: "", next: "", field: "text", backwards: "", state: { model: "gpt-tiny" } };

test("words are found from their start, in any order, without case, accents and hyphens", () => {
  const text = "Multi-head attention: why several heads, naïvely?";
  for (const asked of ["", "HEAD multi", "atten", "naive", "multi-head", "why, heads"]) assert.ok(matches(text, asked), asked);
  for (const asked of ["ead", "attention bert"]) assert.ok(!matches(text, asked), asked);
});

test("the count is a sentence", () => {
  assert.equal(countOf(20, 20), "All 20 figures.");
  assert.equal(countOf(3, 20), "3 of 20 figures.");
  assert.match(countOf(0, 20), /^No figure/);
});

test("only the number of a stop in its own view is a stop", () => {
  const stops = [stop, { ...stop, view: "attention" }];
  assert.equal(stopOf(stops, "1", "tokens"), 0);
  assert.equal(stopOf(stops, "2", "attention"), 1);
  for (const wrong of ["2", "0", "3", "-1", "1.5", "x", "01", undefined]) assert.equal(stopOf(stops, wrong, "tokens"), null, wrong);
});

test("a stop holds the sentence, and its words backwards where it is asked for them", () => {
  assert.deepEqual(valuesAt(stop, "a b"), { model: "gpt-tiny", text: "a b" });
  assert.deepEqual(valuesAt({ ...stop, field: "words", backwards: "order", state: {} }, " a b  c "), { words: " a b  c ", order: "c b a" });
});

test("the tour belongs to the page, and the start page has no state but its looks", () => {
  assert.deepEqual(readAddress("?view=tokens&tour=1&text=a").page, { tour: "1" });
  assert.equal(writePage({ tour: "3", predict: "1" }), "?");
  assert.equal(writePage({ theme: "dark" }), "?theme=dark");
});
