/** Numbers as people read and type them: a real minus sign, −∞, a stated precision, comma or dot. */

/**
 * A number with so many decimals. Zero has no sign, however it was rounded.
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const size = Math.abs(value).toFixed(digits);
  return value < 0 && Number(size) !== 0 ? `−${size}` : size;
}

/**
 * A number with as few decimals as tell the float32 exactly, at least `least` and at most `most`.
 * @param {number} value
 * @param {number} [least]
 * @param {number} [most]
 */
export function precise(value, least = 0, most = 4) {
  const target = Math.fround(value);
  let digits = least;
  while (digits < most && Math.fround(Number(value.toFixed(digits))) !== target) digits += 1;
  return number(value, digits);
}

/**
 * A share as a percentage: "31%", "0.4%", "<0.1%".
 * @param {number} share
 */
export function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  return `${number(share * 100, share < 0.0095 && share > 0 ? 1 : 0)}%`;
}

/**
 * What a person typed, as a number; `null` where it is none. Comma and dot both part the decimals; "-inf" is a number.
 * @param {string} text
 * @returns {number | null}
 */
export function parseNumber(text) {
  const plain = text.trim().toLowerCase().replace(/[−–]/g, "-").replace(",", ".");
  if (/^-(inf|infinity|∞)$/.test(plain)) return -Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain) ? Number(plain) : null;
}

/**
 * A number that may have travelled as the string "-inf" or "inf".
 * @param {import("./spec.js").WireNumber} value
 */
export function fromWire(value) {
  if (value === "-inf") return -Infinity;
  return value === "inf" ? Infinity : value;
}

/**
 * A number as the address bar writes it: the shortest text that gives the same float32.
 * @param {number} value
 */
export function toWire(value) {
  if (value === -Infinity) return "-inf";
  for (let digits = 1; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text));
  }
  return String(value);
}
