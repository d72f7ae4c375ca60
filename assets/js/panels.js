/**
 * The panels of the attention figure: the matrix of one head, its arcs, and the overview of all heads, beside or below
 * each other as the width allows.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./arcs.js").Pair} Pair
 * @typedef {import("./overview.js").Place} Place
 * @typedef {import("./sums.js").Picked} Picked
 * @typedef {{ node: HTMLElement, show(chosen: Pair | null, locked: boolean, picked: Picked): void, turn(what: Wanted): void,
 *   ahead?(place: Place, heads: Set<number>): Promise<unknown> | null, destroy(): void }} Panel
 *   `turn` shows another head of the same figure; `ahead` fetches what it will need for that
 * @typedef {{ figure: Heads, matrix: Matrix, numbers: import("./headnumbers.js").HeadNumbers, embed: boolean, fixed: boolean, kit: Kit,
 *   on: import("./arcs.js").ArcHandlers, choose(place: Place): void, pointAt(place: Place | null): void, arcState: import("./arcs.js").ArcState,
 *   overviewState: import("./overview.js").OverviewState, redo(): void, switchOff: ((place: Place) => void) | null,
 *   blocks: import("./spec.js").Blocks | null, ask(values: Record<string, string | number>): Promise<any>, zoom: string,
 *   keep(patch: Record<string, string | number | null>): void, keepHeads(): void }} Wanted `keep`: puts what the reader set into the link
 * @typedef {{ width: number, height: number, unit: number, sans: string, colours: import("./colours.js").Theme,
 *   whole: boolean, tight: boolean }} Room
 */
import { el, keepFocus, listen, unit } from "./kit.js";
import { theme } from "./colours.js";
import { figureShare, fit, mayNotScroll } from "./sizes.js";
import { matrixView } from "./matrix.js";
import { field } from "./field.js";
import { arcs } from "./arcs.js";
import { overview } from "./overview.js";

/** From these widths on, in units, the matrix and the arcs stand side by side, and the overview beside both. */
const SIDE_BY_SIDE = 620;
const ALL_BESIDE = 940;
const MATRIX_SHARE = 0.64;
const OVERVIEW_SHARE = 0.3;
const THUMB = 66;
const GAP = 28;
const ARCS_MOST = 460;
/** The share of the window's height for a panel, and how much more the overview may take where nothing comes below it. */
const PAGE_SHARE = 0.46;
const SLIDE_SHARE = 0.5;
const TALLER = 1.25;
/** The tightness of a frame at which a panel leaves its room to the matrix. @type {Record<string, number>} */
const GIVES_WAY = { arcs: 4, overview: 5 };

/**
 * Draws the panels that a figure wants, as the room allows.
 * @param {HTMLElement} stage
 * @param {Wanted} what the figure's layer and head are those shown
 * @returns {Panel[]}
 */
export function drawPanels(stage, what) {
  const { figure, embed, kit, choose, pointAt } = what;
  const room = roomFor(stage, embed ? SLIDE_SHARE : PAGE_SHARE);
  const plan = arrange(figure, room, Number(stage.closest("[data-fit]")?.getAttribute("data-fit") ?? 0));
  const grid = plan.matrix ? matrixPanel(what, { ...room, width: plan.matrix }) : null;
  const left = plan.beside && grid ? plan.main - grid.width - GAP * room.unit : plan.main;
  const lines = plan.arcs ? arcPanel(what, { ...room, width: Math.min(left, ARCS_MOST * room.unit) }) : null;
  const height = room.height * (plan.wide ? TALLER : 1);
  const { overviewState: state, switchOff, redo } = what;
  const thumbs = plan.overview ? overviewPanel({ figure, ...room, width: plan.overview, stacked: plan.wide, height, kit, choose, pointAt, state, switchOff, redo }) : null;
  const panels = [grid, lines, thumbs].filter((panel) => panel !== null);
  stage.replaceChildren(...panels.map((panel) => panel.node));
  return panels;
}

/**
 * How much width each panel gets, 0 for those that are not wanted, or give way in a tight frame.
 * @param {Heads} figure
 * @param {Room} room
 * @param {number} tightness see fit.js
 */
function arrange(figure, { width, unit: one }, tightness) {
  const wants = (/** @type {string} */ panel) => figure.panels.includes(panel) && tightness < (GIVES_WAY[panel] ?? Infinity);
  const overviewWanted = wants("overview") && figure.overview !== null;
  const wide = overviewWanted && width >= ALL_BESIDE * one;
  const overviewWidth = wide ? Math.min(OVERVIEW_SHARE * width, (48 + figure.heads * THUMB) * one) : width;
  const main = wide ? width - overviewWidth - GAP * one : width;
  const beside = wants("matrix") && wants("arcs") && main >= SIDE_BY_SIDE * one;
  return {
    main, beside, wide, arcs: wants("arcs"), matrix: wants("matrix") ? (beside ? main * MATRIX_SHARE : main) : 0,
    overview: overviewWanted ? overviewWidth : 0,
  };
}

/**
 * In less than half of the window another figure stands beside this one: then the whole pattern says more than a part of
 * its digits.
 * @param {HTMLElement} stage
 * @param {number} share of the window's height
 * @returns {Room}
 */
function roomFor(stage, share) {
  const tight = figureShare(stage);
  return {
    width: stage.clientWidth || 720, height: tight ? window.innerHeight * tight : Math.max(240, window.innerHeight * share), unit: unit(stage),
    sans: getComputedStyle(stage).fontFamily, colours: theme(stage), tight: tight > 0,
    whole: mayNotScroll(stage) || window.innerWidth > Math.max(2 * stage.clientWidth, SIDE_BY_SIDE * unit(stage)),
  };
}

/**
 * A table of numbers while the matrix is small, a field where it is not.
 * @param {Wanted} what
 * @param {Room} room
 * @returns {Panel & { width: number }}
 */
function matrixPanel(what, room) {
  const { matrix, kit, on, numbers, blocks, figure, zoom, keep } = what;
  const [size] = fit([{ ...matrix, title: "" }], { ...room, measure: kit.measure, operator: 0 });
  if (size.canvas) {
    const made = field({ numbers, matrix, blocks, signed: figure.signed, kit, on, zoom, keep, ...room });
    return { ...made, node: el("div", { class: "lx-panel" }, made.node) };
  }
  return tablePanel(what, room, size);
}

/**
 * @param {Wanted} what
 * @param {Room} room
 * @param {import("./sizes.js").Size} size
 * @returns {Panel & { width: number }}
 */
function tablePanel(what, room, size) {
  const node = el("div", { class: "lx-panel", style: { "max-width": `${room.width}px` } });
  let body = tableBody(node, what, room, size);
  return {
    node, width: Math.min(size.total, room.width),
    show: (chosen, locked, picked) => body.show(chosen, locked, picked),
    turn(next) {
      body.destroy();
      keepFocus(node, () => {
        body = tableBody(node, next, room, size);
      });
    },
    destroy: () => body.destroy(),
  };
}

/** @param {HTMLElement} node @param {Wanted} what @param {Room} room @param {import("./sizes.js").Size} size */
function tableBody(node, { matrix, kit, on, blocks }, room, size) {
  const pair = (/** @type {import("./spec.js").Cell} */ cell) => ({ query: cell.row, key: cell.column });
  const view = matrixView({
    matrix: { ...matrix, title: "" }, size, kit, ...room,
    on: { preview: (cell) => on.preview(cell && pair(cell)), select: (cell) => on.select(pair(cell)), release: on.release, edit: () => undefined },
  });
  const show = (/** @type {Pair | null} */ chosen, /** @type {boolean} */ locked, /** @type {Picked} */ picked) =>
    view.light(pairLight(matrix, chosen, locked, picked));
  node.replaceChildren(view.node);
  if (blocks) borders(node, blocks);
  const stops = stretches(node, on);
  return { show, destroy: () => (view.destroy(), stops.forEach((stop) => stop())) };
}

/** Where the second sentence starts. @param {HTMLElement} node @param {import("./spec.js").Blocks} blocks */
function borders(node, { query, key }) {
  for (const cell of node.querySelectorAll(`td[data-row="${query}"]`)) cell.classList.add("lx-second-row");
  for (const cell of node.querySelectorAll(`td[data-column="${key}"]`)) cell.classList.add("lx-second-column");
}

/** Steps of the arrow keys, as [down, right]. @type {Record<string, [number, number]>} */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * With Shift, a click or an arrow key in a table stretches the choice to a block, whose weights are added up.
 * @param {HTMLElement} node
 * @param {import("./arcs.js").ArcHandlers} on
 */
function stretches(node, on) {
  const spot = (/** @type {Event} */ event) => (event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("td[data-row]")) : null);
  const stretch = (/** @type {Event} */ event, /** @type {HTMLElement} */ cell) => {
    event.preventDefault();
    event.stopPropagation();
    on.extend({ query: Number(cell.dataset.row), key: Number(cell.dataset.column) });
  };
  return [
    listen(node, "click", (event) => {
      const cell = event.shiftKey ? spot(event) : null;
      if (cell) stretch(event, cell);
    }, { capture: true }),
    listen(node, "keydown", (event) => {
      const [cell, step] = [spot(event), event.shiftKey ? STEPS[event.key] : undefined];
      if (!cell || !step) return;
      const next = /** @type {HTMLElement | null} */ (node.querySelector(`td[data-row="${Number(cell.dataset.row) + step[0]}"][data-column="${Number(cell.dataset.column) + step[1]}"]`));
      next?.focus();
      stretch(event, next ?? cell);
    }, { capture: true }),
  ];
}

/**
 * @param {Matrix} matrix
 * @param {Pair | null} chosen
 * @param {boolean} locked
 * @param {Picked} picked
 * @returns {import("./matrix.js").Light}
 */
function pairLight(matrix, chosen, locked, picked) {
  const { query, key } = chosen ?? { query: null, key: null };
  const cell = query !== null && key !== null ? { matrix: matrix.key, row: query, column: key } : null;
  const row = query !== null && !cell ? [{ matrix: matrix.key, row: query, column: 0, rows: 1, columns: matrix.columns.length }] : [];
  const column = key !== null && !cell ? [{ matrix: matrix.key, row: 0, column: key, rows: matrix.rows.length, columns: 1 }] : [];
  return {
    selected: locked ? cell : null, preview: locked ? null : cell, blocks: [...row, ...column, ...pickedBlocks(matrix, picked)], pending: null,
    rows: [...picked.query, ...(query === null ? [] : [query])], columns: [...picked.key, ...(key === null ? [] : [key])],
  };
}

/** What is added up. @param {Matrix} matrix @param {Picked} picked */
function pickedBlocks(matrix, { query, key }) {
  if (query.size + key.size === 0) return [];
  const rows = query.size ? [...query] : matrix.rows.map((_, row) => row);
  const columns = key.size ? [...key] : matrix.columns.map((_, column) => column);
  return rows.flatMap((row) => columns.map((column) => ({ matrix: matrix.key, row, column, rows: 1, columns: 1 })));
}

/**
 * @param {Wanted} what
 * @param {Room} room
 * @returns {Panel}
 */
function arcPanel({ figure, numbers, arcState: state, ask, on, fixed, redo, keep, keepHeads }, room) {
  const made = arcs({ figure, numbers, state, ask, on, fixed, redo, keep, keepHeads, ...room });
  const node = el("div", { class: "lx-panel lx-arcs-panel", style: { "--room": `${room.width}px` } }, made.node);
  return { ...made, node, show: (chosen, _, picked) => made.show(chosen, picked) };
}

/**
 * @param {import("./overview.js").OverviewOptions} options
 * @returns {Panel}
 */
function overviewPanel(options) {
  const made = overview(options);
  const style = { "max-width": `${options.width}px` };
  const node = el("div", { class: "lx-panel", style }, el("div", { class: "lx-panel-title" }, "All heads", made.opener), made.node);
  return { node, show: () => undefined, turn: ({ figure: { layer, head } }) => made.show({ layer, head }), destroy: made.destroy };
}
