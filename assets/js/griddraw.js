/**
 * The drawing of a large matrix: cells, numbers, labels and outlines on one canvas, only where they are seen.
 *
 * @typedef {import("./grid.js").Geometry} Geometry
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./matrix.js").Light} Light
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {{ options: import("./matrix.js").MatrixOptions, canvas: HTMLCanvasElement, matrix: Matrix, light: Light,
 *   geometry: Geometry, scroll: { left: number, top: number }, shade: (value: number) => import("./colours.js").Shade }} Picture
 * @typedef {{ r0: number, r1: number, c0: number, c1: number }} Range
 */
import { cellText } from "./cells.js";

const NUMBER_CELL = 34;
const LABEL_ROOM = 14;

/** @param {Picture} picture */
export function drawGrid(picture) {
  const { canvas, geometry } = picture;
  const context = canvas.getContext("2d");
  if (!context) return;
  const [width, height] = [Number.parseFloat(canvas.style.width), Number.parseFloat(canvas.style.height)];
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  context.clearRect(0, 0, width, height);
  const range = visible(picture, width, height);
  clipped(context, geometry.left, geometry.top, width, height, () => {
    drawCells(context, picture, range);
    drawOutlines(context, picture);
  });
  drawRowLabels(context, picture, range, height);
  drawColumnLabels(context, picture, range, width);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @param {() => void} draw
 */
function clipped(context, left, top, width, height, draw) {
  context.save();
  context.beginPath();
  context.rect(left - 3, top - 3, width - left + 3, height - top + 3);
  context.clip();
  draw();
  context.restore();
}

/**
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Range}
 */
function visible({ geometry, scroll, matrix }, width, height) {
  const { across, down, left, top } = geometry;
  return {
    r0: Math.floor(scroll.top / down), r1: Math.min(matrix.rows.length, Math.ceil((scroll.top + height - top) / down)),
    c0: Math.floor(scroll.left / across), c1: Math.min(matrix.columns.length, Math.ceil((scroll.left + width - left) / across)),
  };
}

/** Where a cell's upper left corner is. @param {Picture} picture @param {number} row @param {number} column */
function corner({ geometry, scroll }, row, column) {
  return [geometry.left + column * geometry.across - scroll.left, geometry.top + row * geometry.down - scroll.top];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Range} range
 */
function drawCells(context, picture, { r0, r1, c0, c1 }) {
  const { matrix, geometry, shade, options, light } = picture;
  const { across, down } = geometry;
  const small = Math.min(across, down);
  const gap = small >= 12 ? 1.5 : small >= 6 ? 0.5 : 0;
  const hatch = hatching(context, options.colours, down);
  const pending = light.pending ?? Infinity;
  for (let row = r0; row < r1; row += 1) {
    for (let column = c0; column < c1; column += 1) {
      const at = row * matrix.columns.length + column;
      const look = shade(matrix.values.data[at]);
      const [x, y] = corner(picture, row, column);
      context.globalAlpha = at >= pending ? 0.15 : 1;
      context.fillStyle = look.masked ? hatch : look.background;
      block(context, x, y, across - gap, down - gap, small >= 12 ? Math.min(5, small / 6) : 0);
      if (down >= NUMBER_CELL * options.unit) drawNumber(context, picture, x, y, matrix.values.data[at], look.ink);
    }
  }
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {number} radius
 */
function block(context, x, y, width, height, radius) {
  if (radius === 0) return context.fillRect(x, y, width, height);
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  return context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {number} value
 * @param {string} ink
 */
function drawNumber(context, { geometry, matrix, canvas }, x, y, value, ink) {
  context.font = `${geometry.font}px ${getComputedStyle(canvas).getPropertyValue("--mono")}`;
  context.fillStyle = ink;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(cellText(matrix, value), x + geometry.across / 2, y + geometry.down / 2, geometry.across - 4);
}

/**
 * Diagonal stripes for masked cells: told apart without colour.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} colours
 * @param {number} size
 */
export function hatching(context, colours, size) {
  const side = size >= 16 ? 10 : 6;
  const tile = document.createElement("canvas");
  tile.width = side;
  tile.height = side;
  const brush = tile.getContext("2d");
  if (!brush) return colours["hatch-b"];
  brush.fillStyle = colours["hatch-a"];
  brush.fillRect(0, 0, side, side);
  brush.strokeStyle = colours["hatch-b"];
  brush.lineWidth = side / 2.8;
  for (const shift of [-side, 0, side]) {
    brush.beginPath();
    brush.moveTo(shift, 0);
    brush.lineTo(shift + side, side);
    brush.stroke();
  }
  return context.createPattern(tile, "repeat") ?? colours["hatch-b"];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawOutlines(context, picture) {
  const { light, matrix, options } = picture;
  const { colours, unit } = options;
  for (const part of light.blocks) {
    if (part.matrix === matrix.key) outline(context, picture, part, colours.accent, 2 * unit);
  }
  for (const cell of [light.preview, light.selected]) {
    if (cell?.matrix === matrix.key) outline(context, picture, { ...cell, rows: 1, columns: 1 }, colours.accent, 3 * unit);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {import("./spec.js").Block} part
 * @param {string} colour
 * @param {number} width
 */
function outline(context, picture, part, colour, width) {
  const [x, y] = corner(picture, part.row, part.column);
  const { across, down } = picture.geometry;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.roundRect(x - 1, y - 1, part.columns * across + 1, part.rows * down + 1, Math.min(5, down / 4, across / 4));
  context.stroke();
}

/** The rows or columns whose labels stand out. @param {Picture} picture @param {"row" | "column"} side */
function marked({ light, matrix }, side) {
  const mine = [light.selected, light.preview].filter((cell) => cell?.matrix === matrix.key);
  const own = mine.map((cell) => /** @type {import("./spec.js").Cell} */ (cell)[side]);
  return [...new Set([...own, ...(side === "row" ? light.rows : light.columns)])];
}

/**
 * Which labels have room: every nth, and always those of the chosen cell, next to which the others give way.
 * @param {number} from
 * @param {number} to
 * @param {number} each size of a cell
 * @param {number} room what a label needs
 * @param {number[]} always
 */
function labelled(from, to, each, room, always) {
  const stride = Math.max(1, Math.ceil(room / each));
  const near = (/** @type {number} */ index) => always.some((one) => Math.abs(one - index) * each < room);
  const regular = [];
  for (let index = Math.ceil(from / stride) * stride; index < to; index += stride) if (!near(index)) regular.push(index);
  return [...regular, ...always.filter((index) => index >= from && index < to)];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Range} range
 * @param {number} height
 */
function drawRowLabels(context, picture, range, height) {
  const { geometry, matrix, options } = picture;
  const always = marked(picture, "row");
  context.textAlign = "right";
  context.textBaseline = "middle";
  clipped(context, 3, geometry.top - 6 * options.unit, geometry.left, height, () => {
    for (const row of labelled(range.r0, range.r1, geometry.down, LABEL_ROOM * options.unit, always)) {
      const [, y] = corner(picture, row, 0);
      labelStyle(context, picture, matrix.row_role, always.includes(row));
      context.fillText(fitted(context, matrix.rows[row], geometry.left - 10), geometry.left - 7, y + geometry.down / 2);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Range} range
 * @param {number} width
 */
function drawColumnLabels(context, picture, range, width) {
  const { geometry, matrix, options } = picture;
  const always = marked(picture, "column");
  labelStyle(context, picture, matrix.column_role, true);
  const upright = matrix.columns.slice(range.c0, range.c1).every((label) => context.measureText(label).width < geometry.across - 2);
  const room = upright ? geometry.across : LABEL_ROOM * options.unit;
  clipped(context, geometry.left - 5 * options.unit, 3, width, geometry.top, () => {
    for (const column of labelled(range.c0, range.c1, geometry.across, room, always)) {
      const [x] = corner(picture, 0, column);
      labelStyle(context, picture, matrix.column_role, always.includes(column));
      columnLabel(context, matrix.columns[column], x + geometry.across / 2, geometry.top - 7, upright);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} label
 * @param {number} x
 * @param {number} y
 * @param {boolean} upright
 */
function columnLabel(context, label, x, y, upright) {
  context.save();
  context.translate(x, y);
  if (!upright) context.rotate(-Math.PI / 2);
  context.textAlign = upright ? "center" : "left";
  context.textBaseline = upright ? "bottom" : "middle";
  context.fillText(fitted(context, label, y), 0, 0);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {string} role
 * @param {boolean} strong
 */
function labelStyle(context, { options, canvas }, role, strong) {
  const family = getComputedStyle(canvas).fontFamily;
  context.font = `${strong ? 700 : 400} ${13 * options.unit}px ${family}`;
  context.fillStyle = role === "plain" ? options.colours.soft : options.colours[role];
}

/**
 * A label with its end left out where it does not fit.
 * @param {CanvasRenderingContext2D} context
 * @param {string} label
 * @param {number} room
 */
function fitted(context, label, room) {
  if (context.measureText(label).width <= room) return label;
  const letters = [...label];
  while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}
