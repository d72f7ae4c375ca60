import { test } from "node:test";
import assert from "node:assert/strict";
import { around, cellAt, fitted, panned, readPart, revealed, visible, writePart, zoomed } from "../../assets/js/viewport.js";
import { largest } from "../../assets/js/mass.js";
import { ranked } from "../../assets/js/ranking.js";
import { pickedWith, stretches, sumOf } from "../../assets/js/sums.js";
import { HeadNumbers } from "../../assets/js/headnumbers.js";
import { headColour } from "../../assets/js/headcolours.js";
import { blocksOf } from "../../assets/js/blocks.js";
import { isUpright } from "../../assets/js/scripts.js";
import { bend, covered, tint } from "../../assets/js/arcpixels.js";
import { recent } from "../../assets/js/recent.js";

const ROOM = { rows: 4096, columns: 4096, width: 400, height: 300 };
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

test("a matrix that is seen whole shows every row and every column", () => {
  assert.deepEqual(visible(fitted(ROOM), ROOM), { r0: 0, r1: 4096, c0: 0, c1: 4096 });
});

test("zooming keeps the cell under the pointer", () => {
  let view = fitted({ ...ROOM, height: 400 });
  const room = { ...ROOM, height: 400 };
  const before = cellAt(view, room, 210, 133);
  for (let step = 0; step < 12; step += 1) view = zoomed(view, room, 1.3, 210, 133);
  const after = cellAt(view, room, 210, 133);
  assert.ok(Math.abs(after.row - before.row) <= 10 && Math.abs(after.column - before.column) <= 10, "a pixel holds ten cells");
});

test("panning stops at the edges", () => {
  const view = zoomed(fitted(ROOM), ROOM, 100, 0, 0);
  assert.equal(panned(view, ROOM, 500, 500).x, 0);
  const end = panned(view, ROOM, -1e9, -1e9);
  near(end.x + ROOM.width / end.size, 4096);
});

test("a cell that is asked for comes into sight", () => {
  const view = revealed(zoomed(fitted(ROOM), ROOM, 200, 0, 0), ROOM, 4095, 17);
  const { r0, r1, c0, c1 } = visible(view, ROOM);
  assert.ok(r0 <= 4095 && 4095 < r1 && c0 <= 17 && 17 < c1);
});

test("arcs are each row's largest weights until the mass is reached, and the rest is told", () => {
  const data = [0.5, 0.3, 0.2, 0.1, 0.1, 0.8];
  const { arcs, hidden } = largest([{ head: 3, at: (q, k) => data[q * 3 + k] }], { r0: 0, r1: 2, c0: 0, c1: 3 }, 0.8);
  assert.deepEqual(arcs.map(({ query, key, weight }) => [query, key, weight]), [[1, 2, 0.8], [0, 0, 0.5], [0, 1, 0.3]]);
  near(hidden[0], 1 - 1.6 / 2);
});

test("a long text draws at most 4,000 arcs, the strongest first, and says so", () => {
  const { arcs, capped } = largest([{ head: 0, at: (q, k) => 0.05 + ((q * 128 + k) % 7) / 100 }], { r0: 0, r1: 128, c0: 0, c1: 128 }, 1);
  assert.equal(arcs.length, 4000);
  assert.ok(capped && arcs.every(({ weight }) => weight >= arcs[arcs.length - 1].weight));
});

test("all of the mass hides nothing", () => {
  const { hidden } = largest([{ head: 0, at: () => 0.25 }], { r0: 0, r1: 4, c0: 0, c1: 4 }, 1);
  near(hidden[0], 0);
});

test("heads are ranked by a measure, and those below the least are left out", () => {
  const figure = { layers: 2, heads: 2, statistics: { self: { data: [0.1, 0.9, 0.5, 0.2] } } };
  assert.deepEqual(ranked(figure, { measure: "self", least: 0.15 }), [{ layer: 0, head: 1 }, { layer: 1, head: 0 }, { layer: 1, head: 1 }]);
  assert.equal(ranked(figure, { measure: null, least: 0.5 }).length, 4);
});

test("tokens are picked one by one or as a stretch", () => {
  assert.deepEqual([...pickedWith(new Set([2]), 5, null)], [2, 5]);
  assert.deepEqual([...pickedWith(new Set([2, 5]), 5, null)], [2]);
  assert.deepEqual([...pickedWith(new Set([9]), 2, 4)], [2, 3, 4]);
  assert.deepEqual(stretches([7, 1, 2, 3]), [[1, 4], [7, 8]]);
});

test("a sum over fetched windows is the sum of the cells", async () => {
  const [queries, keys] = [300, 300];
  const at = (q, k) => ((q * 31 + k * 17) % 97) / 97;
  const ask = async ({ rows, columns }) => {
    const [[r0, r1], [c0, c1]] = [rows, columns].map((part) => part.split(":").map(Number));
    assert.ok((r1 - r0) * (c1 - c0) <= 65536);
    return { weights: { data: Array.from({ length: (r1 - r0) * (c1 - c0) }, (_, i) => at(r0 + Math.floor(i / (c1 - c0)), c0 + (i % (c1 - c0)))) } };
  };
  const numbers = new HeadNumbers({ queries, keys, part: { weights: null }, ask });
  let expected = 0;
  for (let q = 0; q < queries; q += 1) for (const k of [3, 4, 200]) expected += at(q, k);
  near(await sumOf(numbers, { query: new Set(), key: new Set([3, 4, 200]) }), expected);
});

test("a row that was fetched is not fetched again, and answers for its cells", async () => {
  let asked = 0;
  const numbers = new HeadNumbers({ queries: 2, keys: 3, part: { weights: null }, ask: async () => (asked++, { weights: { data: [0.2, 0.3, 0.5] } }) });
  assert.equal(numbers.value(1, 2), undefined);
  await Promise.all([numbers.line("row", 1), numbers.line("row", 1)]);
  assert.equal(numbers.value(1, 2), 0.5);
  assert.equal(asked, 1);
});

test("sixteen heads have sixteen colours", () => {
  for (const paper of ["#fbfaf6", "#14171b"]) {
    assert.equal(new Set(Array.from({ length: 16 }, (_, head) => headColour(head, 16, paper))).size, 16);
  }
});

test("weights from sentence to sentence are averaged over the tokens they come from", () => {
  const blocks = { query: 1, key: 2, names: ["A", "B"], definition: "", sums: { shape: [2, 2], data: [] } };
  const { sums } = blocksOf(blocks, { shape: [3, 3], data: [0.2, 0.3, 0.5, 0.1, 0.1, 0.8, 0.3, 0.3, 0.4] });
  [0.5, 0.5, 0.4, 0.6].forEach((value, at) => near(sums.data[at], value));
});

test("Chinese and Japanese labels stand upright, others are turned", () => {
  assert.deepEqual(["猫", "かわいい", "cat", "שלום", "[CLS]"].map(isUpright), [true, true, false, false, false]);
});

test("arcs as pixels start and end where they should, and cover as much as their width", () => {
  const [width, height] = [80, 60];
  const layer = covered([{ from: 10.5, to: 40.5, line: 1, opacity: 1 }], width, height);
  const rows = (column) => Array.from({ length: height }, (_, y) => layer[column * height + y]);
  const middle = (column) => rows(column).reduce((sum, part, y) => sum + part * (y + 0.5), 0) / rows(column).reduce((sum, part) => sum + part, 0);
  assert.ok(Math.abs(middle(0) - 10.5) < 0.1 && bend(width)[0] === 0);
  assert.ok(Math.abs(middle(width - 1) - 40.5) < 0.1);
  assert.ok(Math.abs(middle(width / 2 - 1) - 25.5) < 1.5, "half way across it is half way down");
  assert.ok(Math.abs(rows(0).reduce((sum, part) => sum + part, 0) - 1) < 0.01, "a level stroke of one pixel covers one");
});

test("arcs as pixels lie over each other and never cover more than all", () => {
  const stroke = { from: 5, to: 5, line: 4, opacity: 0.5 };
  const layer = covered([stroke, stroke], 10, 10);
  near(layer[4], 0.75);
  const image = { data: new Uint8ClampedArray(400), width: 10, height: 10 };
  tint(image, layer, [200, 100, 0]);
  assert.deepEqual([...image.data.subarray(4 * 40, 4 * 41)], [200, 100, 0, 191]);
});

test("what was asked for lately is not asked for again, and failures are forgotten", async () => {
  let asked = 0;
  const keep = recent(async ({ head }) => {
    asked += 1;
    if (head === 9) throw new Error("no");
    return head;
  }, 2);
  assert.equal(await keep({ head: 1 }), 1);
  assert.equal(await keep({ head: 1 }), 1);
  assert.equal(asked, 1);
  await assert.rejects(keep({ head: 9 }));
  await assert.rejects(keep({ head: 9 }));
  assert.equal(asked, 3);
  for (const head of [2, 3, 1]) await keep({ head });
  assert.equal(asked, 6);
});

test("a part that a link names is seen, and read from the link again", () => {
  const part = readPart("100:140,2000:2050", ROOM);
  const view = around(part, ROOM);
  const seen = visible(view, ROOM);
  assert.ok(seen.r0 <= 100 && seen.r1 >= 140 && seen.c0 <= 2000 && seen.c1 >= 2050);
  const again = around(readPart(writePart(view, ROOM), ROOM), ROOM);
  assert.ok(Math.abs(again.x - view.x) <= 1 && Math.abs(again.y - view.y) <= 1);
  assert.equal(writePart(fitted(ROOM), { ...ROOM, height: 400 }), "");
  for (const wrong of ["", "5:5,0:3", "0:9999,0:3", "a:b,c:d"]) assert.equal(readPart(wrong, ROOM), null);
});
