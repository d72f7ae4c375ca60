/**
 * A large matrix on a canvas: thousands of rows and columns in a frame that scrolls, with the labels pinned. Shading
 * always, numbers once a cell has room for them. Only what is seen is drawn.
 *
 * @typedef {import("./matrix.js").MatrixOptions} MatrixOptions
 * @typedef {import("./matrix.js").MatrixView} MatrixView
 * @typedef {import("./matrix.js").Light} Light
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {{ across: number, down: number, left: number, top: number, width: number, height: number, font: number }} Geometry
 *   all in CSS pixels: a cell's size, the room for labels, the size of the frame's inside
 */
import { el, listen } from "./kit.js";
import { parseNumber } from "./numbers.js";
import { shader } from "./colours.js";
import { at, cellName } from "./cells.js";
import { drawGrid } from "./griddraw.js";
import { SCROLLBAR } from "./sizes.js";

const LEAST_CELL = 2;
const NUMBER_CELL = 34;
const ZOOM = 1.5;
const LABEL_MOST = 104;
const ROW = 18;
/** Where nothing may scroll, rows of cells may be lower than a pixel: their shades run together. */
const LEAST_SHADE = 0.4;
/** Cells may shrink to this, in units, so that all rows are seen without scrolling. */
const WHOLE = 8;

/**
 * @param {MatrixOptions} options
 * @returns {MatrixView}
 */
export function gridView(options) {
  const { matrix, size } = options;
  const canvas = el("canvas", { class: "lx-grid-canvas", "aria-hidden": "true" });
  const space = el("div", { class: "lx-grid-space" }, canvas);
  const frame = el("div", {
    class: "lx-grid-frame", tabindex: 0, role: "application", "aria-roledescription": "matrix",
    "aria-label": gridLabel(options), "data-focus": `grid:${matrix.key}`, "data-scroll": `grid:${matrix.key}`,
  }, space);
  const shared = { options, canvas, space, frame, shade: shader(options.colours, matrix) };
  const grid = gridState(shared, size.total);
  const stops = gridEvents(shared, grid);
  grid.resize();
  const { height, top } = grid.geometry();
  const node = el("div", { class: "lx-grid" }, frame, editor(options, grid));
  return { node, light: grid.light, destroy: () => stops.forEach((stop) => stop()), tall: height - top - SCROLLBAR, tools: tools(matrix, grid) };
}

/** @param {MatrixOptions} options */
function gridLabel({ matrix }) {
  const [rows, columns] = matrix.values.shape;
  return `${matrix.title}, ${rows} rows by ${columns} columns. Arrow keys move, Enter selects, plus and minus change the size of cells.`;
}

/**
 * @typedef {{ options: MatrixOptions, canvas: HTMLCanvasElement, space: HTMLElement, frame: HTMLElement,
 *   shade: (value: number) => import("./colours.js").Shade }} Shared
 * @typedef {ReturnType<typeof gridState>} Grid
 */

/**
 * @param {Shared} shared
 * @param {number} width
 */
function gridState(shared, width) {
  const { options, frame } = shared;
  const { matrix } = options;
  /** @type {Light} */
  let light = { selected: null, preview: null, blocks: [], pending: null, rows: [], columns: [] };
  let zoom = 1;
  let geometry = measure(options, width, zoom);
  let asked = false;
  const draw = () => {
    asked = false;
    drawGrid({ ...shared, matrix, light, geometry, scroll: { left: frame.scrollLeft, top: frame.scrollTop } });
  };
  const redraw = () => {
    if (!asked) requestAnimationFrame(draw);
    asked = true;
  };
  const resize = () => {
    geometry = measure(options, width, zoom);
    applySize(shared, geometry);
    redraw();
  };
  return {
    resize, redraw,
    geometry: () => geometry,
    selected: () => light.selected,
    /** @param {number} times */
    zoom(times) {
      const [before, cell] = [geometry, light.selected];
      zoom = Math.max(1, Math.min(60, zoom * times));
      resize();
      frame.scrollTo(frame.scrollLeft * (geometry.across / before.across), frame.scrollTop * (geometry.down / before.down));
      if (cell?.matrix === matrix.key) reveal(frame, geometry, cell);
    },
    /** @param {Light} next */
    light(next) {
      light = next;
      redraw();
    },
  };
}

/**
 * Columns as wide as let all be seen in the room given, rows as high as the room lets labels be read; zoomed, both grow
 * into all the room there is.
 * @param {MatrixOptions} options
 * @param {number} room
 * @param {number} zoom
 * @returns {Geometry}
 */
function measure({ matrix, unit, kit, height, width: most, size, sans, whole }, room, zoom) {
  const widest = (/** @type {string[]} */ labels) =>
    Math.min(LABEL_MOST * unit, Math.max(0, ...labels.slice(0, 2048).map((label) => kit.measure(label, `700 ${13 * unit}px ${sans}`))));
  const [row, column] = [widest(matrix.rows), widest(matrix.columns)];
  const left = row + 12 * unit;
  const head = (/** @type {number} */ labels) => Math.max(size.head, labels + 14 * unit) + 3;
  const [seen, tallest] = [(room - left - SCROLLBAR) / matrix.columns.length, (height - head(column) - SCROLLBAR) / matrix.rows.length];
  const fitted = Math.max(whole ? LEAST_SHADE : LEAST_CELL, tallest >= WHOLE * unit ? Math.min(seen, tallest) : seen);
  const readable = Math.min(ROW * unit, tallest);
  const least = whole ? Math.max(LEAST_SHADE, Math.min(Math.max(fitted, readable), tallest)) : Math.max(LEAST_CELL, fitted, readable);
  const down = Math.min(44 * unit, least * zoom, zoom > 1 ? Infinity : 28 * unit);
  const text = down >= NUMBER_CELL * unit ? 6.5 * 13 * unit * 0.602 : 0;
  const across = Math.max(Math.min(fitted * zoom, 44 * unit), text);
  const top = head(across > column + 4 ? 10 * unit : column);
  const width = Math.min(zoom > 1 ? most : room, left + matrix.columns.length * across + SCROLLBAR);
  const tall = Math.min(Math.max(height, 160 * unit), top + matrix.rows.length * down + SCROLLBAR);
  return { across, down, left, top, width, height: tall, font: Math.max(13 * unit, size.font - 2 * unit) };
}

/**
 * @param {Shared} shared
 * @param {Geometry} geometry
 */
function applySize({ canvas, space, frame, options }, geometry) {
  const [rows, columns] = options.matrix.values.shape;
  frame.style.width = `${geometry.width}px`;
  frame.style.height = `${geometry.height}px`;
  space.style.width = `${geometry.left + columns * geometry.across}px`;
  space.style.height = `${geometry.top + rows * geometry.down}px`;
  const ratio = Math.max(2, window.devicePixelRatio);
  const [width, height] = [geometry.width - SCROLLBAR, geometry.height - SCROLLBAR];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/**
 * Its shape, and buttons for larger and smaller cells.
 * @param {import("./spec.js").Matrix} matrix
 * @param {Grid} grid
 */
function tools(matrix, grid) {
  const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number} */ times) =>
    el("button", { type: "button", class: "lx-button lx-tool", "aria-label": label, title: label, onclick: () => grid.zoom(times) }, sign);
  const shape = el("span", { class: "lx-words" }, `${matrix.rows.length} × ${matrix.columns.length}`);
  return el("span", { class: "lx-zoom" }, shape, button("−", "Smaller cells", 1 / ZOOM), button("+", "Larger cells", ZOOM));
}

/**
 * A field for the number of the selected cell, where it may be changed.
 * @param {MatrixOptions} options
 * @param {Grid} grid
 */
function editor({ matrix, on, kit }, grid) {
  if (!matrix.edit) return null;
  const label = "New number for the selected cell";
  const input = el("input", { class: "lx-field", type: "text", size: 6, autocomplete: "off", "aria-label": label, placeholder: "number" });
  input.addEventListener("change", () => {
    const [cell, value] = [grid.selected(), parseNumber(input.value)];
    if (value === null || cell?.matrix !== matrix.key) return kit.announce("Select a cell and type a number, or -inf.");
    return on.edit(matrix, cell.row, cell.column, value);
  });
  return input;
}

/**
 * @param {Shared} shared
 * @param {Grid} grid
 */
function gridEvents(shared, grid) {
  const { frame, options } = shared;
  const { on } = options;
  const under = (/** @type {PointerEvent} */ event) => cellAt(shared, grid.geometry(), event);
  return [
    listen(frame, "scroll", grid.redraw, { passive: true }),
    listen(frame, "pointermove", (event) => event.pointerType !== "touch" && on.preview(under(event))),
    listen(frame, "pointerleave", () => on.preview(null)),
    listen(frame, "click", (event) => {
      const cell = under(event);
      if (cell) on.select(cell);
    }),
    listen(frame, "keydown", (event) => gridKey(event, shared, grid)),
  ];
}

/**
 * @param {Shared} shared
 * @param {Geometry} geometry
 * @param {PointerEvent} event
 * @returns {Cell | null}
 */
function cellAt({ canvas, frame, options }, geometry, event) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width / Number.parseFloat(canvas.style.width) || 1;
  const [x, y] = [(event.clientX - box.left) / scale - geometry.left, (event.clientY - box.top) / scale - geometry.top];
  const row = Math.floor((y + frame.scrollTop) / geometry.down);
  const column = Math.floor((x + frame.scrollLeft) / geometry.across);
  const { rows, columns } = options.matrix;
  if (x < 0 || y < 0 || row >= rows.length || column >= columns.length) return null;
  return { matrix: options.matrix.key, row, column };
}

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e9], End: [0, 1e9] };

/**
 * @param {KeyboardEvent} event
 * @param {Shared} shared
 * @param {Grid} grid
 */
function gridKey(event, shared, grid) {
  const { on, matrix, kit } = shared.options;
  const move = MOVES[event.key];
  if (event.target !== shared.frame || event.altKey || event.metaKey) return;
  if (move) {
    const cell = moved(matrix, grid.selected(), move, event.shiftKey || event.ctrlKey ? 10 : 1);
    on.select(cell);
    reveal(shared.frame, grid.geometry(), cell);
    kit.announce(cellName(matrix, cell.row, cell.column, at(matrix, cell.row, cell.column)));
  } else if (event.key === "Escape") on.release();
  else if (event.key === "+" || event.key === "=") grid.zoom(ZOOM);
  else if (event.key === "-") grid.zoom(1 / ZOOM);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {import("./spec.js").Matrix} matrix
 * @param {Cell | null} from
 * @param {[number, number]} move
 * @param {number} times
 * @returns {Cell}
 */
function moved(matrix, from, [down, right], times) {
  const clamp = (/** @type {number} */ index, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, index));
  if (from?.matrix !== matrix.key) return { matrix: matrix.key, row: 0, column: 0 };
  return {
    matrix: matrix.key,
    row: clamp(from.row + down * times, matrix.rows.length), column: clamp(from.column + right * times, matrix.columns.length),
  };
}

/**
 * Scrolls so that a cell is in sight.
 * @param {HTMLElement} frame
 * @param {Geometry} geometry
 * @param {Cell} cell
 */
function reveal(frame, geometry, cell) {
  const [x, y] = [cell.column * geometry.across, cell.row * geometry.down];
  const [wide, tall] = [geometry.width - SCROLLBAR - geometry.left, geometry.height - SCROLLBAR - geometry.top];
  if (x < frame.scrollLeft) frame.scrollLeft = x;
  else if (x + geometry.across > frame.scrollLeft + wide) frame.scrollLeft = x + geometry.across - wide;
  if (y < frame.scrollTop) frame.scrollTop = y;
  else if (y + geometry.down > frame.scrollTop + tall) frame.scrollTop = y + geometry.down - tall;
}
