/**
 * One labelled matrix: a real table while it is small, a canvas when it is large. Rows carry the queries' labels, columns
 * the keys'. Hover previews a cell, a click or Enter locks it, Escape lets go, the arrow keys walk.
 *
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Block} Block
 * @typedef {import("./sizes.js").Size} Size
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {{ selected: Cell | null, preview: Cell | null, blocks: Block[], pending: number | null,
 *   rows: number[], columns: number[] }} Light
 *   `pending`: cells from this index on, row by row, have not been computed yet in a sweep; `rows` and `columns`: the
 *   labels to stress
 * @typedef {{ preview(cell: Cell | null, towards?: EventTarget | null): void, select(cell: Cell): void, release(): void,
 *   edit(matrix: Matrix, row: number, column: number, value: number): void }} Handlers
 * @typedef {{ matrix: Matrix, size: Size, colours: import("./colours.js").Theme, kit: Kit, on: Handlers,
 *   height: number, width: number, unit: number,
 *   sans: string, whole?: boolean }} MatrixOptions `whole`: nothing may scroll; `height` and `width`: the most there is room for
 * @typedef {{ node: HTMLElement, light(light: Light): void, destroy(): void, tall: number, tools?: HTMLElement }} MatrixView
 *   `tall`: the height of its cells; `tools`: what stands beside the title
 */
import { el, listen } from "./kit.js";
import { at, cellName, cellText } from "./cells.js";
import { fromWire, parseNumber, precise } from "./numbers.js";
import { shader } from "./colours.js";
import { gridView } from "./grid.js";

/**
 * @param {MatrixOptions} options
 * @returns {MatrixView}
 */
export function matrixView(options) {
  const { matrix, size } = options;
  const body = size.canvas ? gridView(options) : tableView(options);
  const style = {
    "--cell-width": `${size.width}px`, "--cell-height": `${size.height}px`, "--cell-font": `${size.font}px`,
    "--label-width": `${size.label}px`, "--matrix-width": `${size.total}px`, "--head": `${size.head}px`,
  };
  const look = `lx-matrix${size.label === 0 ? " lx-bare" : ""}`;
  const node = el("div", { class: look, style }, title(matrix, body.tools), body.node, hint(matrix), note(matrix));
  return { ...body, node };
}

/**
 * @param {Matrix} matrix
 * @param {HTMLElement} [tools]
 */
function title(matrix, tools) {
  if (!matrix.title && !tools) return null;
  return el("div", { class: "lx-matrix-title" }, el("span", { class: "lx-matrix-name", title: matrix.title }, matrix.title), tools);
}

/** @param {Matrix} matrix */
function hint(matrix) {
  if (!matrix.edit) return null;
  const text = matrix.choices ? "Click a cell to switch it." : "Click a number to change it.";
  return el("div", { class: "lx-matrix-note" }, text);
}

/** @param {Matrix} matrix */
function note(matrix) {
  return matrix.note ? el("div", { class: "lx-matrix-note" }, matrix.note) : null;
}

/**
 * @param {MatrixOptions} options
 * @returns {MatrixView}
 */
function tableView(options) {
  const { matrix } = options;
  const parts = tableParts(options);
  const table = el("table", { class: "lx-table", role: "grid", "aria-label": matrix.title }, parts.head, parts.body);
  const node = el("div", { class: "lx-frame", "data-scroll": `frame:${matrix.key}` }, table);
  const walker = roving(parts.cells, options);
  const stops = [
    ...pointed(table, (target) => options.on.preview(cellOf(target, matrix.key))),
    listen(table, "click", (event) => clicked(event, options, parts.cells, walker)),
    listen(table, "keydown", (event) => pressed(event, options, parts.cells, walker)),
    listen(table, "focusin", (event) => walker.arrive(cellOf(event.target, matrix.key))),
    listen(table, "focusout", (event) => options.on.preview(null, event.relatedTarget)),
  ];
  const tall = Math.min(options.height, matrix.rows.length * (options.size.height + 2));
  return { node, tall, light: lighter(options, parts, walker), destroy: () => stops.forEach((stop) => stop()) };
}

/**
 * Hears of the element under a moving pointer. A page that scrolls under a resting one (`pointerover`) previews nothing.
 * @param {HTMLElement} table
 * @param {(target: EventTarget | null) => void} hear
 */
function pointed(table, hear) {
  /** @type {EventTarget | null} */
  let under = null;
  const now = (/** @type {EventTarget | null} */ target) => {
    if (target !== under) hear((under = target));
  };
  return [
    listen(table, "pointermove", (event) => event.pointerType !== "touch" && now(event.target)),
    listen(table, "pointerleave", () => now(null)),
  ];
}

/** @param {MatrixOptions} options */
function tableParts({ matrix, size, colours }) {
  const shade = shader(colours, matrix);
  const columns = matrix.columns.map((label) => heading("col", label, matrix.column_role, size.rotate));
  const rows = matrix.rows.map((label) => heading("row", label, matrix.row_role, false));
  const cells = matrix.rows.map((_, row) =>
    matrix.columns.map((_, column) => cellNode(matrix, row, column, at(matrix, row, column), shade)),
  );
  const head = el("thead", null, el("tr", null, el("td", { class: "lx-corner" }), ...columns));
  const body = el("tbody", null, ...rows.map((label, row) => el("tr", null, label, ...cells[row])));
  return { head, body, rows, columns, cells };
}

/**
 * @param {"row" | "col"} scope
 * @param {string} label
 * @param {string} role
 * @param {boolean} turn
 */
function heading(scope, label, role, turn) {
  const text = el("span", { class: "lx-label-text", title: label }, label === "" ? "\u00a0" : label);
  return el("th", { scope, class: `lx-label lx-role-${role}${turn ? " lx-turned" : ""}` }, text);
}

/**
 * @param {Matrix} matrix
 * @param {number} row
 * @param {number} column
 * @param {number} value
 * @param {(value: number) => import("./colours.js").Shade} shade
 */
function cellNode(matrix, row, column, value, shade) {
  const { background, ink, masked } = shade(value);
  return el("td", {
    class: `lx-cell${masked ? " lx-masked" : ""}${matrix.edit ? " lx-editable" : ""}`,
    role: "gridcell", tabindex: -1, "aria-label": cellName(matrix, row, column, value), "aria-selected": "false",
    "data-matrix": matrix.key, "data-row": row, "data-column": column, "data-number": String(value),
    "data-focus": `cell:${matrix.key}:${row}:${column}`,
    style: masked ? {} : { "background-color": background, color: ink },
  }, el("span", { class: "lx-number" }, cellText(matrix, value)));
}

/**
 * The cell that an event happened in.
 * @param {EventTarget | null} target
 * @param {string} matrix
 * @returns {Cell | null}
 */
function cellOf(target, matrix) {
  const node = target instanceof Element ? target.closest("td[data-row]") : null;
  if (!(node instanceof HTMLElement)) return null;
  return { matrix, row: Number(node.dataset.row), column: Number(node.dataset.column) };
}

/**
 * One tab stop for the whole table; the arrow keys move it.
 * @param {HTMLElement[][]} cells
 * @param {MatrixOptions} options
 */
function roving(cells, { on }) {
  let [row, column] = [0, 0];
  const stop = (/** @type {number} */ r, /** @type {number} */ c) => {
    cells[row]?.[column]?.setAttribute("tabindex", "-1");
    [row, column] = [r, c];
    cells[row]?.[column]?.setAttribute("tabindex", "0");
  };
  stop(0, 0);
  return {
    stop,
    at: () => [row, column],
    /** @param {number} down @param {number} right */
    move(down, right) {
      stop(within(row + down, cells.length), within(column + right, cells[0].length));
      cells[row][column].focus();
    },
    /** @param {Cell | null} cell */
    arrive(cell) {
      if (!cell) return;
      stop(cell.row, cell.column);
      on.preview(cell);
    },
  };
}

/** @param {number} index @param {number} count */
function within(index, count) {
  return Math.min(count - 1, Math.max(0, index));
}

/** @typedef {ReturnType<typeof roving>} Walker */

/** How the keys move: rows down, columns right. @type {Record<string, [number, number]>} */
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6],
};

/**
 * @param {KeyboardEvent} event
 * @param {MatrixOptions} options
 * @param {HTMLElement[][]} cells
 * @param {Walker} walker
 */
function pressed(event, options, cells, walker) {
  if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
  const { matrix, on } = options;
  const [row, column] = walker.at();
  const move = MOVES[event.key];
  if (move) walker.move(...move);
  else if (event.key === "Escape") on.release();
  else if (event.key === " ") choose(options, row, column, () => undefined);
  else if (event.key === "Enter" || event.key === "F2") choose(options, row, column, () => openEditor(options, cells, row, column));
  else if (matrix.edit && !matrix.choices && /^[-−\d.,]$/.test(event.key)) openEditor(options, cells, row, column, event.key);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {MouseEvent} event
 * @param {MatrixOptions} options
 * @param {HTMLElement[][]} cells
 * @param {Walker} walker
 */
function clicked(event, options, cells, walker) {
  const cell = cellOf(event.target, options.matrix.key);
  if (!cell || event.target instanceof HTMLInputElement) return;
  walker.stop(cell.row, cell.column);
  cells[cell.row][cell.column].focus({ preventScroll: true });
  choose(options, cell.row, cell.column, () => openEditor(options, cells, cell.row, cell.column));
}

/**
 * Locks a cell; one that has choices goes on to its next one, any other that may be changed opens its editor.
 * @param {MatrixOptions} options
 * @param {number} row
 * @param {number} column
 * @param {() => void} open
 */
function choose({ matrix, on }, row, column, open) {
  on.select({ matrix: matrix.key, row, column });
  if (matrix.edit && matrix.choices) on.edit(matrix, row, column, nextChoice(matrix, row, column));
  else if (matrix.edit) open();
}

/** @param {Matrix} matrix @param {number} row @param {number} column */
function nextChoice(matrix, row, column) {
  const choices = (matrix.choices ?? []).map(fromWire);
  const now = choices.indexOf(at(matrix, row, column));
  return choices[(now + 1) % choices.length];
}

/**
 * Puts a text field into a cell. Enter and leaving it keep the number, Escape does not.
 * @param {MatrixOptions} options
 * @param {HTMLElement[][]} cells
 * @param {number} row
 * @param {number} column
 * @param {string} [typed] what was typed to open it
 */
function openEditor(options, cells, row, column, typed) {
  const { matrix } = options;
  const cell = cells[row][column];
  if (cell.querySelector("input")) return;
  const before = at(matrix, row, column);
  const label = `New number for ${matrix.rows[row]}, ${matrix.columns[column]}`;
  const input = el("input", { class: "lx-edit", type: "text", inputmode: "text", autocomplete: "off", "aria-label": label });
  input.value = typed ?? cellText(matrix, before);
  cell.append(input);
  cell.classList.add("lx-editing");
  input.focus({ preventScroll: true });
  if (typed === undefined) input.select();
  watchEditor(input, cell, before, options, (value) => options.on.edit(matrix, row, column, value));
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} cell
 * @param {number} before
 * @param {MatrixOptions} options
 * @param {(value: number) => void} keep
 */
function watchEditor(input, cell, before, { kit }, keep) {
  let open = true;
  const close = (/** @type {boolean} */ save) => {
    const value = parseNumber(input.value);
    if (!open) return;
    open = false;
    cell.classList.remove("lx-editing");
    input.remove();
    if (save && value !== null && Math.fround(value) !== before) keep(value);
  };
  const refuse = () => {
    input.setAttribute("aria-invalid", "true");
    kit.announce("A cell holds a number, or -inf.");
  };
  input.addEventListener("input", () => input.toggleAttribute("aria-invalid", false));
  input.addEventListener("blur", () => close(true));
  input.addEventListener("keydown", (event) => {
    if (event.key === "PageUp" || event.key === "PageDown") return;
    event.stopPropagation();
    if (event.key === "Enter" && parseNumber(input.value) === null) return refuse();
    if (event.key !== "Enter" && event.key !== "Escape") return undefined;
    close(event.key === "Enter");
    return cell.focus({ preventScroll: true });
  });
}

/**
 * Lights cells by classes only, so that a hover costs nothing.
 * @param {MatrixOptions} options
 * @param {ReturnType<typeof tableParts>} parts
 * @param {Walker} walker
 * @returns {(light: Light) => void}
 */
function lighter({ matrix }, { cells, rows, columns }, walker) {
  /** @type {[HTMLElement, string][]} */
  let lit = [];
  const add = (/** @type {HTMLElement | undefined} */ node, /** @type {string} */ name) => {
    if (!node) return;
    node.classList.add(name);
    if (name === "is-selected" && node.tagName === "TD") node.setAttribute("aria-selected", "true");
    lit.push([node, name]);
  };
  const mark = (/** @type {Cell | null} */ cell, /** @type {string} */ name) => {
    if (cell?.matrix !== matrix.key) return;
    for (const node of [cells[cell.row]?.[cell.column], rows[cell.row], columns[cell.column]]) add(node, name);
  };
  return ({ selected, preview, blocks, pending, rows: down, columns: across }) => {
    for (const [node, name] of lit) {
      node.classList.remove(name);
      if (name === "is-selected" && node.tagName === "TD") node.setAttribute("aria-selected", "false");
    }
    lit = [];
    for (const block of blocks) if (block.matrix === matrix.key) eachCell(block, (r, c) => add(cells[r]?.[c], "is-source"));
    if (pending !== null) cells.flat().slice(pending).forEach((node) => add(node, "is-pending"));
    for (const row of down) add(rows[row], "is-stressed");
    for (const column of across) add(columns[column], "is-stressed");
    mark(selected, "is-selected");
    mark(preview, "is-preview");
    if (selected?.matrix === matrix.key && !cells.flat().includes(/** @type {any} */ (document.activeElement))) {
      if (cells[selected.row]?.[selected.column]) walker.stop(selected.row, selected.column);
    }
  };
}

/**
 * @param {Block} block
 * @param {(row: number, column: number) => void} visit
 */
function eachCell(block, visit) {
  for (let r = 0; r < block.rows; r += 1) {
    for (let c = 0; c < block.columns; c += 1) visit(block.row + r, block.column + c);
  }
}

/**
 * The colour scale: its ends, and its middle where it has one.
 * @param {{ colour: string, low: number, high: number, digits: number }} scale
 * @param {string} name
 */
export function legend({ colour, low, high, digits }, name) {
  if (colour === "plain") return null;
  const bound = Math.max(Math.abs(low), Math.abs(high));
  const end = (/** @type {number} */ value) => el("span", { class: "lx-legend-end" }, precise(value, 0, Math.max(1, digits)));
  const strip = (/** @type {string} */ look) => el("span", { class: `lx-legend-strip lx-legend-${look}` });
  const parts = colour === "signed"
    ? [end(-bound), strip("below"), end(0), strip("above"), end(bound)]
    : [end(low), strip("weight"), end(high)];
  return el("span", { class: "lx-legend" }, el("span", null, name), ...parts);
}
