/** Finding a view by what a student types. */

/**
 * Words as they are compared: no case, no accents, no hyphens.
 * @param {string} text
 */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[-‐–]/g, " ");
}

/**
 * Whether a text has every word of what was asked, each at the start of a word.
 * @param {string} text
 * @param {string} asked
 */
export function matches(text, asked) {
  const words = ` ${folded(text).replace(/[^\p{L}\p{N}]+/gu, " ")}`;
  const wanted = folded(asked).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return wanted.every((word) => words.includes(` ${word}`));
}

/**
 * How many figures are shown, as a sentence.
 * @param {number} found
 * @param {number} all
 */
export function countOf(found, all) {
  if (found === all) return `All ${all} figures.`;
  if (!found) return "No figure is about this. Try another word.";
  return `${found} of ${all} figures.`;
}
