/** Counting words and saying less. */

/** @param {string} text */
export function countWords(text) {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/**
 * As many whole sentences as stay within so many words; where not even the first does, its beginning and an ellipsis.
 * @param {string} text
 * @param {number} most
 */
export function withinWords(text, most) {
  if (most < 3) return "";
  let kept = "";
  for (const sentence of text.split(/(?<=[.!?])\s+/)) {
    if (countWords(`${kept} ${sentence}`) > most) break;
    kept = `${kept} ${sentence}`.trim();
  }
  return kept || `${text.split(/\s+/).slice(0, most - 1).join(" ")} …`;
}
