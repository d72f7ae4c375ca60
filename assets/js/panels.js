/**
 * The panels of the attention figure: the matrix of one head, its arcs, and the overview of all heads, beside or below
 * each other as the width allows.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./arcs.js").Pair} Pair
 * @typedef {import("./overview.js").Place} Place
 * @typedef {{ node: HTMLElement, show(chosen: Pair | null, locked: boolean): void, destroy(): void }} Panel
 * @typedef {{ width: number, height: number, unit: number, sans: string, colours: import("./colours.js").Theme,
 *   whole: boolean }} Room
 */
import { el, unit } from "./kit.js";
import { theme } from "./colours.js";
import { fit } from "./sizes.js";
import { matrixView } from "./matrix.js";
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

/**
 * Draws the panels that a figure wants, as the room allows.
 * @param {HTMLElement} stage
 * @param {{ figure: Heads, matrix: Matrix, embed: boolean, kit: Kit, on: import("./arcs.js").ArcHandlers,
 *   choose(place: Place): void }} what the figure's layer and head are those shown
 * @returns {Panel[]}
 */
export function drawPanels(stage, { figure, matrix, embed, kit, on, choose }) {
  const room = roomFor(stage, embed ? SLIDE_SHARE : PAGE_SHARE);
  const plan = arrange(figure, room);
  const grid = plan.matrix ? matrixPanel(matrix, kit, on, { ...room, width: plan.matrix }) : null;
  const left = plan.beside && grid ? plan.main - grid.width - GAP * room.unit : plan.main;
  const lines = plan.arcs ? arcPanel(figure, matrix, on, { ...room, width: Math.min(left, ARCS_MOST * room.unit) }) : null;
  const height = room.height * (plan.wide ? TALLER : 1);
  const thumbs = plan.overview ? overviewPanel({ figure, ...room, width: plan.overview, stacked: plan.wide, height, kit, choose }) : null;
  const panels = [grid, lines, thumbs].filter((panel) => panel !== null);
  stage.replaceChildren(...panels.map((panel) => panel.node));
  return panels;
}

/**
 * How much width each panel gets, 0 for those that are not wanted.
 * @param {Heads} figure
 * @param {Room} room
 */
function arrange(figure, { width, unit: one }) {
  const wants = (/** @type {string} */ panel) => figure.panels.includes(panel);
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
  return {
    width: stage.clientWidth || 720, height: Math.max(240, window.innerHeight * share), unit: unit(stage),
    sans: getComputedStyle(stage).fontFamily, colours: theme(stage),
    whole: window.innerWidth > Math.max(2 * stage.clientWidth, SIDE_BY_SIDE * unit(stage)),
  };
}

/**
 * @param {Matrix} matrix
 * @param {Kit} kit
 * @param {import("./arcs.js").ArcHandlers} on
 * @param {Room} room
 * @returns {Panel & { width: number }}
 */
function matrixPanel(matrix, kit, on, room) {
  const [size] = fit([{ ...matrix, title: "" }], { ...room, measure: kit.measure, operator: 0 });
  const pair = (/** @type {import("./spec.js").Cell} */ cell) => ({ query: cell.row, key: cell.column });
  const view = matrixView({
    matrix: { ...matrix, title: "" }, size, kit, ...room,
    on: { preview: (cell) => on.preview(cell && pair(cell)), select: (cell) => on.select(pair(cell)), release: on.release, edit: () => undefined },
  });
  const show = (/** @type {Pair | null} */ chosen, /** @type {boolean} */ locked) => view.light(pairLight(matrix, chosen, locked));
  return { node: el("div", { class: "lx-panel", style: { "max-width": `${room.width}px` } }, view.node), show, destroy: view.destroy, width: Math.min(size.total, room.width) };
}

/**
 * @param {Matrix} matrix
 * @param {Pair | null} chosen
 * @param {boolean} locked
 * @returns {import("./matrix.js").Light}
 */
function pairLight(matrix, chosen, locked) {
  const { query, key } = chosen ?? { query: null, key: null };
  const cell = query !== null && key !== null ? { matrix: matrix.key, row: query, column: key } : null;
  const row = query !== null && !cell ? [{ matrix: matrix.key, row: query, column: 0, rows: 1, columns: matrix.columns.length }] : [];
  const column = key !== null && !cell ? [{ matrix: matrix.key, row: 0, column: key, rows: matrix.rows.length, columns: 1 }] : [];
  return {
    selected: locked ? cell : null, preview: locked ? null : cell, blocks: [...row, ...column], pending: null,
    rows: query === null ? [] : [query], columns: key === null ? [] : [key],
  };
}

/**
 * @param {Heads} figure
 * @param {Matrix} matrix
 * @param {import("./arcs.js").ArcHandlers} on
 * @param {Room} room
 * @returns {Panel}
 */
function arcPanel(figure, matrix, on, room) {
  const weights = { data: matrix.values.data, queries: matrix.rows.length, keys: matrix.columns.length };
  const made = arcs({ figure, weights, on, ...room });
  const node = el("div", { class: "lx-panel lx-arcs-panel", style: { "--room": `${room.width}px` } }, made.node);
  return { node, show: made.show, destroy: made.destroy };
}

/**
 * @param {import("./overview.js").OverviewOptions} options
 * @returns {Panel}
 */
function overviewPanel(options) {
  const made = overview(options);
  const style = { "max-width": `${options.width}px` };
  const node = el("div", { class: "lx-panel", style }, el("div", { class: "lx-panel-title" }, "All heads"), made.node);
  return { node, show: () => undefined, destroy: made.destroy };
}
