/**
 * The drawing of a field: cells below; labels, marks and sentence borders above, so that a hover redraws only these.
 *
 * @typedef {import("./field.js").Field} Field
 * @typedef {import("./field.js").Layer} Layer
 * @typedef {import("./spec.js").HeadPart} HeadPart
 * @typedef {{ matrix: import("./spec.js").Matrix, signed: boolean, colours: import("./colours.js").Theme }} PictureOptions
 */
import { cellText } from "./cells.js";
import { inkOn, parseHex, shader } from "./colours.js";
import { visible } from "./viewport.js";
import { isUpright } from "./scripts.js";

const LABEL_ROOM = 14;
/** From this size of a cell on, in units, numbers stand in it. */
const NUMBER = 38;

/**
 * A picture with a pixel for each cell, or for each pooled cell.
 * @param {PictureOptions} options
 * @param {HeadPart} part
 */
export function picture(options, part) {
  const { shape: [rows, columns], data } = /** @type {import("./spec.js").Packed} */ (part.weights ?? part.pooled);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  if (part.weights) paintNumbers(pixels, data, options);
  else paintBytes(pixels, data, options, part.high ?? 1);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

/** @param {Uint32Array} pixels @param {ArrayLike<number>} weights @param {PictureOptions} options */
function paintNumbers(pixels, weights, { matrix, signed, colours }) {
  const low = signed ? -matrix.high : 0;
  const steps = 255 / (matrix.high - low || 1);
  const table = inks(matrix, colours, low);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = table[Math.max(0, Math.min(255, Math.round((weights[at] - low) * steps)))];
}

/** A byte has one of 256 colours, which are looked up once. @param {Uint32Array} pixels @param {ArrayLike<number>} bytes @param {PictureOptions} options @param {number} high */
function paintBytes(pixels, bytes, options, high) {
  const weights = Float64Array.from({ length: 256 }, (_, byte) => (options.signed ? ((byte - 128) / 127) * high : (byte / 255) * high));
  const table = new Uint32Array(256);
  paintNumbers(table, weights, options);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = table[bytes[at]];
}

/** The colour scale in 256 steps, as pixels. @param {import("./spec.js").Matrix} matrix @param {import("./colours.js").Theme} colours @param {number} low */
function inks(matrix, colours, low) {
  const shade = shader(colours, matrix);
  return Uint32Array.from({ length: 256 }, (_, step) => {
    const [red, green, blue] = parseHex(shade(low + (step / 255) * (matrix.high - low)).background);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

/** @param {Field} field @param {HTMLCanvasElement} canvas */
function clean(field, canvas) {
  const context = canvas.getContext("2d");
  const { width, height } = field.frame;
  context?.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** @param {Field} field */
export function drawCells(field) {
  const context = clean(field, field.below);
  if (!context) return;
  const { left, top, room } = field.frame;
  context.save();
  context.beginPath();
  context.rect(left, top, room.width, room.height);
  context.clip();
  context.imageSmoothingEnabled = false;
  drawLayer(context, field, field.whole);
  if (field.detail) drawLayer(context, field, field.detail);
  if (field.view.size >= 7) drawGaps(context, field);
  if (field.view.size >= NUMBER * field.options.unit) drawNumbers(context, field);
  context.restore();
  context.strokeStyle = field.options.colours.line;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, room.width + 1, room.height + 1);
}

/** @param {CanvasRenderingContext2D} context @param {Field} field @param {Layer} layer */
function drawLayer(context, { view, frame }, { image, range: { r0, r1, c0, c1 } }) {
  const [x, y] = [frame.left + (c0 - view.x) * view.size, frame.top + (r0 - view.y) * view.size];
  context.drawImage(image, x, y, (c1 - c0) * view.size, (r1 - r0) * view.size);
}

/** Thin lines of paper between cells that are large enough for them. @param {CanvasRenderingContext2D} context @param {Field} field */
function drawGaps(context, { view, frame, options }) {
  const { r0, r1, c0, c1 } = visible(view, frame.room);
  context.fillStyle = options.colours.line;
  for (let row = r0; row <= r1; row += 1) context.fillRect(frame.left, frame.top + (row - view.y) * view.size - 0.5, frame.room.width, 1);
  for (let column = c0; column <= c1; column += 1) context.fillRect(frame.left + (column - view.x) * view.size - 0.5, frame.top, 1, frame.room.height);
}

/** @param {CanvasRenderingContext2D} context @param {Field} field */
function drawNumbers(context, field) {
  const { view, frame, options } = field;
  const { r0, r1, c0, c1 } = visible(view, frame.room);
  const shade = shader(options.colours, options.matrix);
  context.font = `${13 * options.unit}px ${getComputedStyle(field.below).getPropertyValue("--mono")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = r0; row < r1; row += 1) {
    for (let column = c0; column < c1; column += 1) {
      const value = field.known(row, column);
      if (value === undefined) continue;
      context.fillStyle = inkOn(shade(value).background, [options.colours.ink, options.colours.paper]);
      context.fillText(cellText(options.matrix, value), frame.left + (column + 0.5 - view.x) * view.size, frame.top + (row + 0.5 - view.y) * view.size, view.size - 3);
    }
  }
}

/** Labels, and what is chosen. @param {Field} field */
export function drawLabels(field) {
  const context = clean(field, field.above);
  if (!context) return;
  drawMarks(context, field);
  drawSide(context, field, "row");
  drawSide(context, field, "column");
}

/** @param {CanvasRenderingContext2D} context @param {Field} field */
function drawMarks(context, { view, frame, options, lit }) {
  const { left, top, room } = frame;
  const { colours, unit, blocks } = options;
  context.save();
  context.beginPath();
  context.rect(left - 3, top - 3, room.width + 6, room.height + 6);
  context.clip();
  const box = (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ rows, /** @type {number} */ columns, /** @type {number} */ width) => {
    const [x, y] = [left + (column - view.x) * view.size, top + (row - view.y) * view.size];
    context.lineWidth = width;
    context.strokeRect(x - width / 2, y - width / 2, columns * view.size + width, rows * view.size + width);
  };
  if (blocks) {
    context.fillStyle = colours.ink;
    context.fillRect(left, top + (blocks.query - view.y) * view.size - unit, room.width, 2 * unit);
    context.fillRect(left + (blocks.key - view.x) * view.size - unit, top, 2 * unit, room.height);
  }
  context.strokeStyle = colours.accent;
  context.fillStyle = `${colours.accent}2e`;
  for (const row of lit.picked.query) context.fillRect(left, top + (row - view.y) * view.size, room.width, view.size);
  for (const column of lit.picked.key) context.fillRect(left + (column - view.x) * view.size, top, view.size, room.height);
  const { query, key } = lit.chosen ?? { query: null, key: null };
  if (query !== null && key === null) box(query, 0, 1, room.columns, 2 * unit);
  if (key !== null && query === null) box(0, key, room.rows, 1, 2 * unit);
  if (query !== null && key !== null) {
    box(query, key, 1, 1, (lit.locked ? 3 : 2) * unit);
    context.globalAlpha = 0.55;
    context.setLineDash([2 * unit, 3 * unit]);
    if (view.size < 12) {
      box(query, 0, 1, room.columns, unit);
      box(0, key, room.rows, 1, unit);
    }
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Field} field @param {"row" | "column"} side */
function drawSide(context, { view, frame, options, lit }, side) {
  const { left, top, room } = frame;
  const { matrix, colours, unit, sans } = options;
  const down = side === "row";
  const { r0, r1, c0, c1 } = visible(view, room);
  const [labels, from, to, start] = down ? [matrix.rows, r0, r1, view.y] : [matrix.columns, c0, c1, view.x];
  const strong = new Set(down ? lit.picked.query : lit.picked.key);
  const chosen = down ? lit.chosen?.query : lit.chosen?.key;
  if (chosen !== null && chosen !== undefined) strong.add(chosen);
  context.save();
  context.beginPath();
  if (down) context.rect(0, top - 6 * unit, left, room.height + 12 * unit);
  else context.rect(left - 6 * unit, 0, room.width + 12 * unit, top);
  context.clip();
  context.fillStyle = colours[down ? "query" : "key"];
  for (const index of labelled(from, to, view.size, LABEL_ROOM * unit, chosen ?? null)) {
    context.font = `${strong.has(index) ? 700 : 400} ${13 * unit}px ${sans}`;
    const at = (index + 0.5 - start) * view.size;
    if (down) writeRow(context, labels[index], left - 6 * unit, top + at);
    else writeColumn(context, labels[index], left + at, top - 6 * unit, unit);
  }
  context.restore();
}

/**
 * Which labels have room: every nth, and the chosen one, next to which the others give way.
 * @param {number} from
 * @param {number} to
 * @param {number} each
 * @param {number} room
 * @param {number | null} always
 */
export function labelled(from, to, each, room, always) {
  const stride = Math.max(1, Math.ceil(room / each));
  const regular = [];
  for (let index = Math.ceil(from / stride) * stride; index < to; index += stride) {
    if (always === null || Math.abs(always - index) * each >= room) regular.push(index);
  }
  return always !== null && always >= from && always < to ? [...regular, always] : regular;
}

/** @param {CanvasRenderingContext2D} context @param {string} label @param {number} x @param {number} y */
function writeRow(context, label, x, y) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(short(context, label, x - 2), x, y);
}

/**
 * Turned by a quarter; Chinese, Japanese and Korean stand upright, one character below the other.
 * @param {CanvasRenderingContext2D} context
 * @param {string} label
 * @param {number} x
 * @param {number} y
 * @param {number} unit
 */
function writeColumn(context, label, x, y, unit) {
  if (isUpright(label)) {
    context.textAlign = "center";
    context.textBaseline = "bottom";
    const letters = [...label].slice(0, Math.max(1, Math.floor(y / (14 * unit))));
    letters.forEach((letter, index) => context.fillText(letter, x, y - (letters.length - 1 - index) * 14 * unit));
    return;
  }
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(short(context, label, y - 2), 0, 0);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {string} label @param {number} room */
function short(context, label, room) {
  if (context.measureText(label).width <= room) return label;
  const letters = [...label];
  while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}

/** Where in the whole the seen part is. @param {Field} field */
export function drawMap({ map, whole, view, frame, options }) {
  const context = map.getContext("2d");
  if (!context) return;
  const { rows, columns, width, height } = frame.room;
  const each = map.width / Math.max(rows, columns);
  context.clearRect(0, 0, map.width, map.height);
  context.imageSmoothingEnabled = true;
  context.drawImage(whole.image, 0, 0, columns * each, rows * each);
  context.strokeStyle = options.colours.accent;
  context.lineWidth = 4;
  context.strokeRect(view.x * each, view.y * each, Math.max(6, (width / view.size) * each), Math.max(6, (height / view.size) * each));
}
