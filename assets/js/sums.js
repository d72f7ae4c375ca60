/**
 * Sums over any tokens that a reader picks.
 *
 * @typedef {{ query: Set<number>, key: Set<number> }} Picked none picked on a side means all of it
 */
const PIECE = 65_536;

/** Neighbours as [start, end) pairs. @param {Iterable<number>} indices @returns {[number, number][]} */
export function stretches(indices) {
  /** @type {[number, number][]} */
  const found = [];
  for (const index of [...indices].sort((one, other) => one - other)) {
    const last = found[found.length - 1];
    if (last && last[1] === index) last[1] += 1;
    else found.push([index, index + 1]);
  }
  return found;
}

/** Adds a token or takes it away; `from` the whole stretch up to it. @param {Set<number>} before @param {number} index @param {number | null} from */
export function pickedWith(before, index, from) {
  if (from !== null) {
    const [low, high] = [Math.min(from, index), Math.max(from, index)];
    return new Set(Array.from({ length: high - low + 1 }, (_, step) => low + step));
  }
  const next = new Set(before);
  if (!next.delete(index)) next.add(index);
  return next;
}

/**
 * The sum of the weights from the picked queries to the picked keys, exactly: window by window where they are fetched.
 * @param {import("./headnumbers.js").HeadNumbers} numbers
 * @param {Picked} picked
 */
export async function sumOf(numbers, { query, key }) {
  const rows = query.size ? stretches(query) : [[0, numbers.queries]];
  const columns = key.size ? stretches(key) : [[0, numbers.keys]];
  let sum = 0;
  for (const [c0, c1] of columns) {
    const tall = Math.max(1, Math.floor(PIECE / (c1 - c0)));
    for (const [start, end] of rows) {
      for (let r0 = start; r0 < end; r0 += tall) {
        for (const weight of await numbers.window({ r0, r1: Math.min(end, r0 + tall), c0, c1 })) sum += weight;
      }
    }
  }
  return sum;
}
