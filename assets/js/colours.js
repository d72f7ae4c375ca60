/**
 * Colours, read from the CSS custom properties of the page and nowhere else.
 *
 * @typedef {[number, number, number]} Rgb
 * @typedef {Record<string, string>} Theme
 * @typedef {{ background: string, ink: string, masked: boolean }} Shade
 */

const NAMES = [
  "paper", "raised", "ink", "soft", "line", "accent", "on-accent", "query", "key", "value", "weight-low", "weight-high",
  "signed-low", "signed-mid", "signed-high", "hatch-a", "hatch-b", "warn",
  "series-0", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6", "series-7",
];

/** The least contrast between a digit and its cell (WCAG AA). */
export const LEAST_CONTRAST = 4.5;

/**
 * The theme in force at an element: token name without dashes in front → "#rrggbb".
 * @param {Element} node
 * @returns {Theme}
 */
export function theme(node) {
  const style = getComputedStyle(node);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || "#000000"]));
}

/**
 * @param {string} hex
 * @returns {Rgb}
 */
export function parseHex(hex) {
  const whole = Number.parseInt(hex.slice(1), 16);
  return [(whole >> 16) & 255, (whole >> 8) & 255, whole & 255];
}

/** @param {Rgb} rgb */
export function toHex(rgb) {
  return `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Relative luminance, 0 for black to 1 for white (WCAG 2.2).
 * @param {string} hex
 */
export function luminance(hex) {
  const [red, green, blue] = parseHex(hex).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Contrast of two colours, 1 to 21 (WCAG 2.2).
 * @param {string} one
 * @param {string} other
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {number} share 0 gives `from`, 1 gives `to`
 */
export function mix(from, to, share) {
  const [start, end] = [parseHex(from), parseHex(to)];
  return toHex(/** @type {Rgb} */ (start.map((part, i) => part + (end[i] - part) * share)));
}

/**
 * The ink for a background: the first of `inks` that reads well on it, else black or white, one of which always does.
 * @param {string} background
 * @param {string[]} [inks]
 */
export function inkOn(background, inks = []) {
  const good = inks.find((ink) => contrast(ink, background) >= LEAST_CONTRAST);
  if (good) return good;
  return contrast("#000000", background) >= contrast("#ffffff", background) ? "#000000" : "#ffffff";
}

/**
 * How a matrix shades a value: "weight" from `low` to `high`, "signed" diverging around 0, "plain" not at all.
 * @param {Theme} colours
 * @param {{ colour: string, low: number, high: number }} scale
 * @returns {(value: number) => Shade}
 */
export function shader(colours, { colour, low, high }) {
  const bound = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const inks = [colours.ink, colours.paper];
  return (value) => {
    if (value === -Infinity) return { background: colours["hatch-a"], ink: colours.soft, masked: true };
    const background = colour === "signed" ? signed(colours, value / bound) : sequential(colours, colour, value, low, high);
    return { background, ink: inkOn(background, inks), masked: false };
  };
}

/**
 * @param {Theme} colours
 * @param {string} colour
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function sequential(colours, colour, value, low, high) {
  if (colour !== "weight" || Number.isNaN(value)) return colours.raised;
  return mix(colours["weight-low"], colours["weight-high"], clamp((value - low) / (high - low || 1)));
}

/**
 * @param {Theme} colours
 * @param {number} share −1 to 1
 */
function signed(colours, share) {
  if (Number.isNaN(share)) return colours.raised;
  return mix(colours["signed-mid"], colours[share < 0 ? "signed-low" : "signed-high"], clamp(Math.abs(share)));
}

/** @param {number} share */
function clamp(share) {
  return Math.min(1, Math.max(0, share));
}
