/** Heads in the order of a measure, and those that reach a least value. */

/**
 * @typedef {{ layers: number, heads: number, statistics: Record<string, { data: ArrayLike<number> }> }} Measured
 * @param {Measured} figure
 * @param {{ measure: string | null, least: number }} wish
 * @returns {{ layer: number, head: number }[]} the largest first; without a measure all, as the model has them
 */
export function ranked({ layers, heads, statistics }, { measure, least }) {
  const all = Array.from({ length: layers * heads }, (_, index) => index);
  const place = (/** @type {number} */ index) => ({ layer: Math.floor(index / heads), head: index % heads });
  const values = measure === null ? null : statistics[measure]?.data;
  if (!values) return all.map(place);
  return all.filter((index) => values[index] >= least).sort((one, other) => values[other] - values[one]).map(place);
}
