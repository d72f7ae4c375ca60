/**
 * Keeps the last answers, and those that are on their way, so that one that was fetched ahead is there at once.
 *
 * @template T
 * @param {(values: Record<string, string | number>) => Promise<T>} ask
 * @param {number} most how many are kept
 * @returns {(values: Record<string, string | number>) => Promise<T>}
 */
export function recent(ask, most) {
  /** @type {Map<string, Promise<T>>} */
  const kept = new Map();
  return (values) => {
    const key = JSON.stringify(values);
    const found = kept.get(key) ?? ask(values);
    kept.delete(key);
    kept.set(key, found);
    found.catch(() => kept.delete(key));
    if (kept.size > most) kept.delete(/** @type {string} */ (kept.keys().next().value));
    return found;
  };
}
