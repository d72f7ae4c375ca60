/**
 * Thousands of arcs as pixels. All arcs bend alike, so a table says how far each has come at each column of pixels, and
 * an arc is a short run of rows in every column: a hundred times cheaper than strokes of a canvas, which has to find the
 * outline of each.
 *
 * @typedef {{ from: number, to: number, line: number, opacity: number }} Stroke from and to in pixels, as middles
 */

/** The arcs' curve: control points at these shares of the width, level at both ends. */
export const BEND = 0.45;
const FINE = 8;

/**
 * How far down an arc has come at each edge of a pixel column, from 0 to 1.
 * @param {number} width in pixels
 */
export function bend(width) {
  const found = new Float64Array(width + 1);
  const across = (/** @type {number} */ t) => 3 * (1 - t) ** 2 * t * BEND + 3 * (1 - t) * t ** 2 * (1 - BEND) + t ** 3;
  const down = (/** @type {number} */ t) => 3 * (1 - t) * t ** 2 + t ** 3;
  const steps = width * FINE;
  for (let step = 0, column = 0; step <= steps && column <= width; step += 1) {
    while (column <= width && across(step / steps) * width >= column - 1e-9) found[column++] = down(step / steps);
  }
  found[width] = 1;
  return found;
}

/**
 * Lays strokes over each other, and returns how much of each pixel they cover, from 0 to 1, column by column.
 * @param {Stroke[]} strokes
 * @param {number} width
 * @param {number} height
 */
export function covered(strokes, width, height) {
  const layer = new Float32Array(width * height);
  const table = bend(width);
  for (const stroke of strokes) cover(layer, stroke, table, width, height);
  return layer;
}

/**
 * In each column a stroke covers a run of rows; a steep one thinly.
 * @param {Float32Array} layer
 * @param {Stroke} stroke
 * @param {Float64Array} table
 * @param {number} width
 * @param {number} height
 */
function cover(layer, { from, to, line, opacity }, table, width, height) {
  let before = from;
  for (let x = 0; x < width; x += 1) {
    const after = from + (to - from) * table[x + 1];
    const steep = Math.abs(after - before);
    const thick = line * Math.sqrt(1 + steep * steep);
    const tall = Math.max(1, steep + thick);
    const top = (before + after - tall) / 2;
    const end = top + tall;
    before = after;
    if (end <= 0 || top >= height) continue;
    const alpha = opacity * Math.min(1, thick / tall);
    const first = Math.max(0, Math.floor(top));
    const last = Math.min(height - 1, Math.ceil(end) - 1);
    const column = x * height;
    for (let y = first; y <= last; y += 1) {
      const part = y < top ? alpha * (y + 1 - top) : y + 1 > end ? alpha * (end - y) : alpha;
      layer[column + y] += part * (1 - layer[column + y]);
    }
  }
}

/**
 * Lays a colour over pixels, as much as `layer` says.
 * @param {ImageData} image
 * @param {Float32Array} layer
 * @param {import("./colours.js").Rgb} ink
 */
export function tint({ data, width, height }, layer, [red, green, blue]) {
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      const over = layer[x * height + y];
      if (over === 0) continue;
      const at = 4 * (y * width + x);
      const before = (data[at + 3] / 255) * (1 - over);
      const sum = over + before;
      data[at] = (red * over + data[at] * before) / sum;
      data[at + 1] = (green * over + data[at + 1] * before) / sum;
      data[at + 2] = (blue * over + data[at + 2] * before) / sum;
      data[at + 3] = 255 * sum;
    }
  }
}
