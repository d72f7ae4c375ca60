/**
 * Which arcs to draw: the largest weights of each query, until they reach a share of what the query gives.
 *
 * @typedef {{ query: number, key: number, head: number, weight: number }} Arc
 * @typedef {import("./viewport.js").Range} Range
 */
const MOST_ARCS = 4000;

/**
 * @param {{ head: number, at: (query: number, key: number) => number }[]} heads
 * @param {Range} range
 * @param {number} mass above 0, at most 1
 * @returns {{ arcs: Arc[], hidden: number[], capped: boolean }} the strongest first; `hidden`: the share left out, by head
 */
export function largest(heads, range, mass) {
  const totals = heads.map(() => 0);
  const found = heads.flatMap((one, index) => {
    /** @type {Arc[]} */
    const arcs = [];
    for (let query = range.r0; query < range.r1; query += 1) {
      const { kept, total } = ofRow(one, query, range, mass);
      totals[index] += total;
      for (const arc of kept) arcs.push(arc);
    }
    return arcs;
  });
  const arcs = found.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight)).slice(0, MOST_ARCS);
  const hidden = heads.map(({ head }, index) => {
    const drawn = arcs.reduce((sum, arc) => sum + (arc.head === head ? Math.abs(arc.weight) : 0), 0);
    return totals[index] > 0 ? Math.max(0, 1 - drawn / totals[index]) : 0;
  });
  return { arcs, hidden, capped: found.length > MOST_ARCS };
}

/**
 * @param {{ head: number, at: (query: number, key: number) => number }} one
 * @param {number} query
 * @param {Range} range
 * @param {number} mass
 */
function ofRow({ head, at }, query, { c0, c1 }, mass) {
  /** @type {Arc[]} */
  const all = [];
  for (let key = c0; key < c1; key += 1) all.push({ query, key, head, weight: at(query, key) });
  const total = all.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  all.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight));
  let [sum, count] = [0, 0];
  while (count < all.length && all[count].weight !== 0 && sum < mass * total * (1 - 1e-9)) sum += Math.abs(all[count++].weight);
  return { kept: all.slice(0, count), total };
}
