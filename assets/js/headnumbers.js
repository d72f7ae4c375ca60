/**
 * The numbers of one head: all of them at hand where the text is short; else a picture of the whole, and rows, columns
 * and windows of exact numbers that are fetched when somebody looks.
 *
 * @typedef {import("./spec.js").HeadPart} HeadPart
 * @typedef {import("./viewport.js").Range} Range
 * @typedef {(values: Record<string, string | number>) => Promise<HeadPart>} Ask
 */

/** Rows and columns that are kept: of 4,096 tokens, 4 MB. */
const MOST_KEPT = 256;

export class HeadNumbers {
  /**
   * @param {{ queries: number, keys: number, part: HeadPart, ask: Ask }} head `ask` fetches a window of the same head
   */
  constructor({ queries, keys, part, ask }) {
    this.queries = queries;
    this.keys = keys;
    this.part = part;
    this.ask = ask;
    /** @type {import("./spec.js").Numbers | null} */
    this.exact = part.weights?.data ?? null;
    /** @type {Map<string, import("./spec.js").Numbers>} */
    this.kept = new Map();
    /** @type {Map<string, Promise<import("./spec.js").Numbers>>} */
    this.asked = new Map();
  }

  /** A weight, where it is known already. @param {number} query @param {number} key @returns {number | undefined} */
  value(query, key) {
    if (this.exact) return this.exact[query * this.keys + key];
    return this.kept.get(`row ${query}`)?.[key] ?? this.kept.get(`column ${key}`)?.[query];
  }

  /** What one token gives or gets, where it is known. @param {"row" | "column"} side @param {number} index */
  known(side, index) {
    const { exact, queries, keys } = this;
    if (!exact) return this.kept.get(`${side} ${index}`) ?? null;
    if (side === "row") return exact.subarray(index * keys, (index + 1) * keys);
    return Float32Array.from({ length: queries }, (_, query) => exact[query * keys + index]);
  }

  /** The same, fetched if need be. @param {"row" | "column"} side @param {number} index */
  async line(side, index) {
    const before = this.known(side, index);
    if (before) return before;
    const name = `${side} ${index}`;
    const coming = this.asked.get(name) ?? this.fetchLine(side, index);
    this.asked.set(name, coming);
    try {
      const line = await coming;
      if (this.kept.size >= MOST_KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
      this.kept.set(name, line);
      return line;
    } finally {
      this.asked.delete(name);
    }
  }

  /** @param {"row" | "column"} side @param {number} index */
  fetchLine(side, index) {
    const one = { r0: index, r1: index + 1, c0: 0, c1: this.keys };
    return this.window(side === "row" ? one : { r0: 0, r1: this.queries, c0: index, c1: index + 1 });
  }

  /** Exact numbers of a window of at most 65,536 cells. @param {Range} range */
  async window(range) {
    const { exact, keys } = this;
    const { r0, r1, c0, c1 } = range;
    if (exact) {
      const wide = c1 - c0;
      return Float32Array.from({ length: (r1 - r0) * wide }, (_, at) => exact[(r0 + Math.floor(at / wide)) * keys + c0 + (at % wide)]);
    }
    const { weights } = await this.piece(range);
    if (!weights) throw new Error("These are too many cells to be fetched at once.");
    return weights.data;
  }

  /** A window as the server answers: exact or pooled. @param {Range} range */
  piece({ r0, r1, c0, c1 }) {
    return this.ask({ rows: `${r0}:${r1}`, columns: `${c0}:${c1}` });
  }
}
