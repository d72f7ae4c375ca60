/** What a page carries inside itself: bytes compressed and written as text, see `viz/held.py`. */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=:?/^_`{|}~";
const VALUES = Object.fromEntries([...DIGITS].map((digit, value) => [digit, value]));

/** The bytes that an element of the page holds. @param {Element | null} element */
export async function held(element) {
  const bytes = new Blob([decoded(element?.textContent?.trim() ?? "")]);
  return new Response(bytes.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Where a script that an element holds can be loaded from. @param {Element | null} element */
export async function heldScript(element) {
  return URL.createObjectURL(new Blob([await held(element)], { type: "text/javascript" }));
}

/** Five digits of base 85 are four bytes. @param {string} text */
export function decoded(text) {
  const groups = Math.ceil(text.length / 5);
  const bytes = new DataView(new ArrayBuffer(4 * groups));
  for (let group = 0; group < groups; group++) {
    let word = 0;
    for (let at = 5 * group; at < 5 * group + 5; at++) word = 85 * word + (VALUES[text[at]] ?? 84);
    bytes.setUint32(4 * group, word);
  }
  return new Uint8Array(bytes.buffer, 0, Math.floor((4 * text.length) / 5));
}
