import assert from "node:assert/strict";
import test from "node:test";
import { BLOCKS } from "../../assets/js/share.js";
import { moved } from "../../assets/js/deck.js";
import { countWords, withinWords } from "../../assets/js/words.js";
import { aboutVersion, changed, patched, readAddress, writeAddress } from "../../assets/js/address.js";

const shared = { address: "https://host/?v=1&view=attention&text=a+%22b%22&embed=1", title: 'Is "b" <new>?', poster: "https://host/p.png?a=1&scale=2" };
const made = Object.fromEntries(BLOCKS.map(({ key, make }) => [key, make(shared)]));

test("no block lets a title or an address out of its attribute", () => {
  for (const key of ["html", "reveal", "quarto", "marp"]) {
    assert.ok(made[key].includes('title="Is &quot;b&quot; &lt;new>?"'), key);
    assert.ok(made[key].includes("&amp;view=attention&amp;text"), key);
  }
});

test("every frame may copy and fill the screen, loads late, and lies over its poster", () => {
  for (const key of ["html", "reveal", "quarto", "marp"]) {
    assert.match(made[key], /<img src="https:\/\/host\/p\.png\?a=1&amp;scale=2"[\s\S]*<iframe [\s\S]*loading="lazy" allow="clipboard-write; fullscreen"/);
  }
});

test("reveal.js and Quarto load the frame with its slide", () => {
  assert.match(made.reveal, /^<section>[\s\S]* data-src="https/);
  assert.match(made.quarto, /```\{=html\}[\s\S]* data-src="https/);
  assert.doesNotMatch(made.html, /data-src/);
});

test("Slidev gets the plain address in its front matter", () => assert.ok(made.slidev.includes(`url: "${shared.address}"`)));

test("a deck is put in order by moving one by one, and nothing falls off its ends", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, -1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], 0, -1), ["a", "b", "c"]);
});

test("words are words: numbers count, signs do not", () => assert.equal(countWords("Softmax of −∞ is 0, always."), 5));

test("a caption keeps whole sentences while they fit", () => {
  const text = "One two three. Four is 0.5 here. Six seven eight nine.";
  assert.equal(withinWords(text, 8), "One two three. Four is 0.5 here.");
  assert.equal(withinWords(text, 3), "One two three.");
  assert.equal(withinWords("One two three four five six.", 4), "One two three …");
  assert.equal(withinWords(text, 0), "");
});

test("an address leaves commas and semicolons readable and reads back what it wrote", () => {
  const values = { kernel: "1,2;3,4", text: "a & b = c, d; é" };
  const written = writeAddress("convolution", values, { embed: "1" });
  assert.ok(written.startsWith("?v=1&view=convolution&kernel=1,2;3,4&"));
  assert.deepEqual(readAddress(written), { view: "convolution", values, page: { embed: "1" }, version: "1" });
});

test("what belongs to the page is no value of the view", () => {
  const { values, page } = readAddress("?view=x&embed=1&type=l&hide=title,link&predict=1&theme=dark&step=2");
  assert.deepEqual(values, { step: "2" });
  assert.deepEqual(Object.keys(page), ["embed", "type", "hide", "predict", "theme"]);
});

test("only an unknown version is worth a sentence", () => {
  assert.deepEqual([aboutVersion(null), aboutVersion("1")], [[], []]);
  assert.match(aboutVersion("7")[0], /version 7/);
});

test("a field set to nothing leaves the address", () => assert.deepEqual(patched({ a: "1", b: "2" }, { a: null, c: true }), { b: "2", c: "1" }));

test("defaults are left out of an address, also those that a reader went back to", () => {
  const controls = [{ field: "layer", default: "0" }, { field: "special", default: "1" }];
  assert.deepEqual(changed({ step: "0", cell: "", layer: "0", special: "0", text: "" }, controls), { special: "0", text: "" });
});
