/**
 * The matrix of one head at any size, from a dozen tokens to thousands: shading on a canvas, numbers once a cell has room,
 * zoom (buttons, + − 0, Ctrl and the wheel, two fingers), pan (drag, arrow keys) and a small map of where one is.
 *
 * @typedef {import("./viewport.js").Range} Range
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {import("./arcs.js").Pair} Pair
 * @typedef {{ row: number, column: number }} Spot
 * @typedef {{ numbers: import("./headnumbers.js").HeadNumbers, matrix: import("./spec.js").Matrix,
 *   blocks: import("./spec.js").Blocks | null, signed: boolean, width: number, height: number, unit: number, sans: string,
 *   colours: import("./colours.js").Theme, kit: import("./kit.js").Kit, on: import("./arcs.js").ArcHandlers, zoom: string, tight: boolean,
 *   keep(patch: Record<string, string | null>): void }} FieldOptions `zoom`: the part that the link names
 * @typedef {{ image: HTMLCanvasElement, range: Range }} Layer a picture of some of the cells
 */
import { el, listen } from "./kit.js";
import { around, cellAt, fitted, isPart, panned, readPart, revealed, visible, writePart, zoomed } from "./viewport.js";
import { drawCells, drawLabels, drawMap, picture } from "./fielddraw.js";
import { fieldGestures } from "./gestures.js";

const ZOOM = 1.5;
const LABEL = 104;
const MAP = 84;
/** A field may be so much taller than the arcs beside it. */
const TALLER = 1.2;
/** A window is fetched once the view has rested so long, in milliseconds. */
const REST = 140;

/**
 * @param {FieldOptions} options
 * @returns {{ node: HTMLElement, show(chosen: Pair | null, locked: boolean, picked: import("./sums.js").Picked): void,
 *   turn(what: { numbers: import("./headnumbers.js").HeadNumbers, matrix: import("./spec.js").Matrix,
 *   blocks: import("./spec.js").Blocks | null }): void, destroy(): void, width: number }}
 */
export function field(options) {
  const field = new Field(options);
  return {
    node: field.node, width: field.frame.width,
    show: (chosen, locked, picked) => field.show(chosen, locked, picked),
    turn: ({ numbers, matrix, blocks }) => field.turn(numbers, matrix, blocks),
    destroy: () => field.destroy(),
  };
}

export class Field {
  /** @param {FieldOptions} options */
  constructor(options) {
    this.options = options;
    this.frame = frameOf(options);
    const part = readPart(options.zoom, this.frame.room);
    this.view = part ? around(part, this.frame.room) : fitted(this.frame.room);
    this.below = el("canvas", { class: "lx-field-canvas", "aria-hidden": "true" });
    this.above = el("canvas", { class: "lx-field-canvas", "aria-hidden": "true" });
    this.map = el("canvas", { class: "lx-field-map", "aria-hidden": "true" });
    this.place = el("span", { class: "lx-words", "data-range": "" });
    this.stage = this.makeStage();
    this.foot = el("div", { class: "lx-field-foot" }, this.map, this.place);
    this.node = el("div", { class: "lx-field-box" }, this.makeTools(), this.stage, this.foot);
    /** @type {Layer | null} */
    this.detail = null;
    /** Exact numbers of what is seen. @type {{ range: Range, data: ArrayLike<number> } | null} */
    this.digits = null;
    this.whole = this.pictureOfAll();
    /** @type {{ chosen: Pair | null, locked: boolean, picked: import("./sums.js").Picked }} */
    this.lit = { chosen: null, locked: false, picked: { query: new Set(), key: new Set() } };
    /** Where the keyboard is. @type {Spot | null} */
    this.cursor = null;
    this.timer = 0;
    this.waiting = 0;
    this.gone = false;
    /** Counts what was asked for, so that a late window cannot replace a newer one. */
    this.fetched = 0;
    /** Whether the reader has changed what is seen, and the link does not say so yet. */
    this.moved = false;
    this.stops = [...this.events(), ...fieldGestures(this)];
    this.redraw();
    this.moved = false;
  }

  /** Another head of the same tokens; what is seen of it stays. @param {import("./headnumbers.js").HeadNumbers} numbers @param {import("./spec.js").Matrix} matrix @param {import("./spec.js").Blocks | null} blocks */
  turn(numbers, matrix, blocks) {
    this.options = { ...this.options, numbers, matrix, blocks };
    this.fetched += 1;
    [this.detail, this.digits, this.whole] = [null, null, this.pictureOfAll()];
    this.stage.setAttribute("aria-label", this.name());
    drawCells(this);
    if (this.zoomedIn()) drawMap(this);
    this.sharpenSoon();
  }

  /** @returns {Layer} */
  pictureOfAll() {
    const { numbers } = this.options;
    return { image: picture(this.options, numbers.part), range: { r0: 0, r1: numbers.queries, c0: 0, c1: numbers.keys } };
  }

  name() {
    const { matrix } = this.options;
    return `${matrix.title}, ${matrix.rows.length} queries by ${matrix.columns.length} keys. Arrow keys move, with Shift they pick tokens to add up; plus, minus and 0 change the size.`;
  }

  makeStage() {
    const { width, height } = this.frame;
    for (const canvas of [this.below, this.above]) sized(canvas, width, height);
    sized(this.map, MAP * this.options.unit, MAP * this.options.unit);
    return el("div", {
      class: "lx-field-stage", tabindex: 0, role: "application", "aria-roledescription": "matrix", "aria-label": this.name(),
      "data-focus": "field", style: { width: `${width}px`, height: `${height}px` },
    }, this.below, this.above);
  }

  makeTools() {
    const button = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {() => void} */ press) =>
      el("button", { type: "button", class: "lx-button lx-tool", "aria-label": label, title: label, "data-focus": `zoom:${sign}`, onclick: press }, sign);
    const { rows, columns } = this.options.matrix;
    return el("div", { class: "lx-matrix-title" }, el("span", { class: "lx-zoom" },
      el("span", { class: "lx-words" }, `${rows.length} × ${columns.length}`),
      button("−", "Smaller cells", () => this.zoom(1 / ZOOM)), button("+", "Larger cells", () => this.zoom(ZOOM)),
      button("0", "See all cells", () => this.zoom(0))));
  }

  events() {
    const { on } = this.options;
    const mouse = (/** @type {PointerEvent} */ event) => event.pointerType !== "touch";
    return [
      listen(this.stage, "pointermove", (event) => {
        if (mouse(event) && !event.buttons) on.preview(pairOf(this.under(event)));
      }),
      listen(this.stage, "pointerleave", () => on.preview(null)),
      listen(this.stage, "keydown", (event) => this.key(event)),
    ];
  }

  /** The cell under a pointer. @param {{ clientX: number, clientY: number }} event @returns {Spot | null} */
  under(event) {
    const [x, y] = this.point(event);
    return cellAt(this.view, this.frame.room, x, y);
  }

  /** Where a pointer is in the room for cells. @param {{ clientX: number, clientY: number }} event */
  point(event) {
    const box = this.stage.getBoundingClientRect();
    const scale = box.width / this.frame.width || 1;
    return [(event.clientX - box.left) / scale - this.frame.left, (event.clientY - box.top) / scale - this.frame.top];
  }

  /** A click or a tap. @param {Spot | null} spot @param {{ shiftKey: boolean, ctrlKey: boolean, metaKey: boolean }} keys */
  press(spot, keys) {
    const { on } = this.options;
    if (!spot) return;
    if (keys.shiftKey) on.extend({ query: spot.row, key: spot.column });
    else on.select({ query: spot.row, key: spot.column });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.stage || event.altKey || event.metaKey) return;
    const move = MOVES[event.key];
    if (move) this.move(move, event);
    else if (event.key === "+" || event.key === "=") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else if (event.key === "0") this.zoom(0);
    else if (event.key === "Escape") this.options.on.release();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {[number, number]} move @param {KeyboardEvent} event */
  move([down, right], event) {
    const { on, numbers } = this.options;
    const far = event.ctrlKey ? 10 : 1;
    const inside = (/** @type {number} */ at, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, at));
    const from = this.cursor ?? (this.lit.chosen && pairCell(this.lit.chosen));
    const next = from ? { row: inside(from.row + down * far, numbers.queries), column: inside(from.column + right * far, numbers.keys) } : { row: 0, column: 0 };
    this.cursor = next;
    this.view = revealed(this.view, this.frame.room, next.row, next.column);
    const pair = { query: next.row, key: next.column };
    if (event.shiftKey) on.extend(pair);
    else on.select(pair, { again: true });
    this.redraw();
  }

  /** 0 shows all. @param {number} times @param {[number, number]} [around] in the room for cells */
  zoom(times, around) {
    const { room } = this.frame;
    const chosen = this.lit.chosen && pairCell(this.lit.chosen);
    const middle = chosen && inSight(chosen, visible(this.view, room))
      ? [(chosen.column + 0.5 - this.view.x) * this.view.size, (chosen.row + 0.5 - this.view.y) * this.view.size]
      : [room.width / 2, room.height / 2];
    const [x, y] = around ?? middle;
    this.view = times === 0 ? fitted(room) : zoomed(this.view, room, times, x, y);
    this.redraw();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.view = panned(this.view, this.frame.room, dx, dy);
    this.redraw();
  }

  zoomedIn() {
    return isPart(this.view, this.frame.room);
  }

  /** The view has changed: cells, labels, map; and soon, sharper numbers for it. */
  redraw() {
    if (!this.waiting) {
      this.waiting = requestAnimationFrame(() => {
        this.waiting = 0;
        this.draw();
      });
    }
    this.moved = true;
    this.sharpenSoon();
  }

  sharpenSoon() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.moved) this.options.keep({ zoom: writePart(this.view, this.frame.room) || null });
      this.moved = false;
      void this.sharpen();
    }, REST);
  }

  draw() {
    const { numbers } = this.options;
    const part = this.zoomedIn();
    drawCells(this);
    drawLabels(this);
    const range = visible(this.view, this.frame.room);
    this.foot.hidden = !part;
    this.stage.classList.toggle("is-part", part);
    Object.assign(this.stage.dataset, { size: this.view.size.toFixed(2), r0: range.r0, r1: range.r1, c0: range.c0, c1: range.c1 });
    this.place.textContent = `Queries ${range.r0} to ${range.r1 - 1} of ${numbers.queries}, keys ${range.c0} to ${range.c1 - 1} of ${numbers.keys}.`;
    if (part) drawMap(this);
  }

  /** Fetches the window that is seen, where the picture of the whole is too coarse for it. */
  async sharpen() {
    const { numbers } = this.options;
    const range = visible(this.view, this.frame.room);
    if (numbers.exact || (this.detail && same(this.detail.range, range))) return;
    const coarse = Math.max(numbers.queries, numbers.keys) > 512;
    const cells = (range.r1 - range.r0) * (range.c1 - range.c0);
    if (!this.zoomedIn() || (!coarse && cells > 65_536)) return;
    const mine = (this.fetched += 1);
    const part = await numbers.piece(range).catch(() => null);
    if (!part || mine !== this.fetched || this.gone) return;
    this.detail = { image: picture(this.options, part), range };
    this.digits = part.weights ? { range, data: part.weights.data } : null;
    this.draw();
  }

  /** A weight that is drawn, where it is known exactly. @param {number} row @param {number} column */
  known(row, column) {
    const value = this.options.numbers.value(row, column);
    if (value !== undefined || !this.digits) return value;
    const { range: { r0, r1, c0, c1 }, data } = this.digits;
    const inside = row >= r0 && row < r1 && column >= c0 && column < c1;
    return inside ? data[(row - r0) * (c1 - c0) + column - c0] : undefined;
  }

  /** @param {Pair | null} chosen @param {boolean} locked @param {import("./sums.js").Picked} picked */
  show(chosen, locked, picked) {
    this.lit = { chosen, locked, picked };
    if (locked && chosen && picked.query.size === 0) this.cursor = pairCell(chosen) ?? this.cursor;
    drawLabels(this);
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.timer);
    if (this.waiting) cancelAnimationFrame(this.waiting);
    for (const stop of this.stops) stop();
  }
}

/** @type {Record<string, [number, number]>} */
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e9], End: [0, 1e9], PageUp: [-20, 0], PageDown: [20, 0],
};

/** @param {Spot | null} spot @returns {Pair | null} */
function pairOf(spot) {
  return spot && { query: spot.row, key: spot.column };
}

/** @param {Pair} pair @returns {Spot | null} */
function pairCell({ query, key }) {
  return query === null || key === null ? null : { row: query, column: key };
}

/** @param {Spot} spot @param {Range} range */
function inSight({ row, column }, { r0, r1, c0, c1 }) {
  return row >= r0 && row < r1 && column >= c0 && column < c1;
}

/** @param {Range} one @param {Range} other */
function same(one, other) {
  return one.r0 === other.r0 && one.r1 === other.r1 && one.c0 === other.c0 && one.c1 === other.c1;
}

/**
 * Room for labels at the left and above, and the rest for cells, which are square.
 * @param {FieldOptions} options
 */
function frameOf({ matrix, kit, unit, sans, width, height, tight }) {
  const widest = (/** @type {string[]} */ labels) =>
    Math.min(LABEL * unit, Math.max(0, ...labels.slice(0, 1024).map((label) => kit.measure(label, `700 ${13 * unit}px ${sans}`))));
  const [left, top] = [widest(matrix.rows) + 14 * unit, widest(matrix.columns) + 14 * unit];
  const [rows, columns] = [matrix.rows.length, matrix.columns.length];
  const most = { rows, columns, width: width - left, height: tight ? Math.max(height, 120 * unit) - top : Math.max(TALLER * height, 200 * unit) };
  const { size } = fitted(most);
  const room = { rows, columns, width: Math.min(most.width, columns * size), height: Math.min(most.height, rows * size) };
  return { left, top, room, width: left + room.width, height: top + room.height };
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function sized(canvas, width, height) {
  const ratio = Math.max(2, window.devicePixelRatio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
}
