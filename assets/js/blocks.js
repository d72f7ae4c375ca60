/** A pair of sentences, A and B: how much weight goes from each to each. */
import { el } from "./kit.js";
import { number } from "./numbers.js";

/** @param {import("./spec.js").Blocks} blocks */
export function blockTable({ names, sums, definition }) {
  const parts = names.flatMap((from, row) => names.map((to, column) =>
    el("span", { class: "lx-block-sum", "data-sum": sums.data[row * names.length + column] },
      el("span", { class: "lx-role-query" }, from), " → ", el("span", { class: "lx-role-key" }, to), ` ${number(sums.data[row * names.length + column], 2)}`)));
  return el("p", { class: "lx-note lx-blocks", title: definition }, "Between the sentences: ", ...parts, el("span", { class: "lx-words" }, definition));
}

/**
 * The same sums for another head whose numbers are here.
 * @param {import("./spec.js").Blocks} blocks of the head that came with the figure
 * @param {import("./spec.js").Packed} weights
 * @returns {import("./spec.js").Blocks}
 */
export function blocksOf(blocks, { shape: [queries, keys], data }) {
  const sums = new Float32Array(4);
  for (let query = 0; query < queries; query += 1) {
    const from = query < blocks.query ? 0 : 2;
    const count = from ? queries - blocks.query : blocks.query;
    for (let key = 0; key < keys; key += 1) sums[from + (key < blocks.key ? 0 : 1)] += data[query * keys + key] / count;
  }
  return { ...blocks, sums: { shape: [2, 2], data: sums } };
}
