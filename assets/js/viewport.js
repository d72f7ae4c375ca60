/**
 * Which part of a large matrix is seen, and how large: pure geometry, in cells and CSS pixels.
 *
 * @typedef {{ rows: number, columns: number, width: number, height: number }} Room the matrix and the room for its cells
 * @typedef {{ x: number, y: number, size: number }} Viewport the column and row at the upper left corner (fractions count),
 *   and the pixels of a cell
 * @typedef {{ r0: number, r1: number, c0: number, c1: number }} Range
 */

const LARGEST = 60;
const ROOMY = 28;

/** All of it, as large as fits. @param {Room} room @returns {Viewport} */
export function fitted({ rows, columns, width, height }) {
  return { x: 0, y: 0, size: Math.min(ROOMY, width / columns, height / rows) };
}

/**
 * Larger or smaller around a point, which stays where it is.
 * @param {Viewport} view
 * @param {Room} room
 * @param {number} times
 * @param {number} px
 * @param {number} py
 */
export function zoomed(view, room, times, px, py) {
  const least = fitted(room).size;
  const size = Math.max(least, Math.min(Math.max(LARGEST, least), view.size * times));
  return held({ x: view.x + px / view.size - px / size, y: view.y + py / view.size - py / size, size }, room);
}

/** Moved by pixels. @param {Viewport} view @param {Room} room @param {number} dx @param {number} dy */
export function panned(view, room, dx, dy) {
  return held({ ...view, x: view.x - dx / view.size, y: view.y - dy / view.size }, room);
}

/** Never beyond the edges. @param {Viewport} view @param {Room} room @returns {Viewport} */
export function held({ x, y, size }, { rows, columns, width, height }) {
  const inside = (/** @type {number} */ start, /** @type {number} */ count, /** @type {number} */ pixels) =>
    Math.max(0, Math.min(start, count - pixels / size));
  return { x: inside(x, columns, width), y: inside(y, rows, height), size };
}

/** Moved just so far that a cell is seen. @param {Viewport} view @param {Room} room @param {number} row @param {number} column */
export function revealed(view, room, row, column) {
  const along = (/** @type {number} */ start, /** @type {number} */ at, /** @type {number} */ pixels) =>
    Math.min(at, Math.max(start, at + 1 - pixels / view.size));
  return held({ ...view, x: along(view.x, column, room.width), y: along(view.y, row, room.height) }, room);
}

/** The cells that are seen, wholly or in part. @param {Viewport} view @param {Room} room @returns {Range} */
export function visible({ x, y, size }, { rows, columns, width, height }) {
  const end = (/** @type {number} */ start, /** @type {number} */ pixels, /** @type {number} */ count) =>
    Math.min(count, Math.ceil(start + pixels / size - 1e-6));
  return { r0: Math.floor(y), r1: end(y, height, rows), c0: Math.floor(x), c1: end(x, width, columns) };
}

/** The cell at a point, if there is one. @param {Viewport} view @param {Room} room @param {number} px @param {number} py */
export function cellAt(view, { rows, columns, width, height }, px, py) {
  if (px < 0 || py < 0 || px >= width || py >= height) return null;
  const [row, column] = [Math.floor(view.y + py / view.size), Math.floor(view.x + px / view.size)];
  return row < rows && column < columns ? { row, column } : null;
}

/** Whether a part is left out of sight. @param {Viewport} view @param {Room} room */
export function isPart({ size }, { rows, columns, width, height }) {
  return columns * size > width + 1 || rows * size > height + 1;
}

/** So that a part is seen, as large as it fits. @param {Range} part @param {Room} room @returns {Viewport} */
export function around({ r0, r1, c0, c1 }, room) {
  const size = Math.max(fitted(room).size, Math.min(room.width / (c1 - c0), room.height / (r1 - r0)));
  return held({ x: c0, y: r0, size }, room);
}

/** A part as links write it, queries first; nothing for all. @param {Viewport} view @param {Room} room */
export function writePart(view, room) {
  const { r0, r1, c0, c1 } = visible(view, room);
  return isPart(view, room) ? `${r0}:${r1},${c0}:${c1}` : "";
}

/** What a link says of the part, where there is such a one. @param {string} text @param {Room} room @returns {Range | null} */
export function readPart(text, { rows, columns }) {
  const found = /^(\d+):(\d+),(\d+):(\d+)$/.exec(text)?.slice(1).map(Number);
  if (!found) return null;
  const [r0, r1, c0, c1] = found;
  return r0 < r1 && r1 <= rows && c0 < c1 && c1 <= columns ? { r0, r1, c0, c1 } : null;
}
