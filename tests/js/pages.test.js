import assert from "node:assert/strict";
import test from "node:test";
import { pagesOf } from "../../assets/js/pages.js";

test("a page holds as many whole bands as fit", () => {
  const bands = [0, 40, 80, 120].map((top) => ({ top, bottom: top + 40 }));
  assert.deepEqual(pagesOf(bands, 90), [{ top: 0, bottom: 80 }, { top: 80, bottom: 160 }]);
});

test("what stands side by side stays on one page, in whatever order it came", () => {
  const parts = [{ top: 50, bottom: 90 }, { top: 0, bottom: 40 }, { top: 10, bottom: 45 }];
  assert.deepEqual(pagesOf(parts, 50), [{ top: 0, bottom: 45 }, { top: 50, bottom: 90 }]);
});

test("a band that is higher than a page cannot be paged", () => {
  assert.deepEqual(pagesOf([{ top: 0, bottom: 200 }, { top: 200, bottom: 220 }], 100), []);
});
