/** A colour for each head of a layer: hues go round, and neighbours differ in lightness too, so that 16 can be told apart. */
import { luminance } from "./colours.js";

const LIGHT = [34, 46, 27];
const DARK = [72, 62, 82];

/**
 * @param {number} head
 * @param {number} heads
 * @param {string} paper what it stands on
 */
export function headColour(head, heads, paper) {
  const steps = luminance(paper) < 0.2 ? DARK : LIGHT;
  const hue = Math.round(205 + (360 * head) / Math.max(1, heads)) % 360;
  return `hsl(${hue} 78% ${steps[head % steps.length]}%)`;
}
