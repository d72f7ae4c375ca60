/**
 * The attention of one head as a matrix and as arcs, and an overview of all heads to choose from. A token or a cell under
 * the pointer is lit in both; a click locks it.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./spec.js").Model<Heads>} Model
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./arcs.js").Pair} Pair
 * @typedef {import("./overview.js").Place} Place
 * @typedef {{ node: HTMLElement, show(chosen: Pair | null, locked: boolean): void, destroy(): void }} Panel
 * @typedef {{ width: number, height: number, unit: number, sans: string, colours: import("./colours.js").Theme, whole: boolean }} Room
 */
import { el, keepFocus, onTheme, onWidth, unit } from "./kit.js";
import { number } from "./numbers.js";
import { theme } from "./colours.js";
import { at } from "./cells.js";
import { fit } from "./sizes.js";
import { legend, matrixView } from "./matrix.js";
import { arcs } from "./arcs.js";
import { overview, placeName } from "./overview.js";
import { deckKeys } from "./steps.js";
import { matrixTable, numberTables } from "./tables.js";

/** From these widths on, in units, the matrix and the arcs stand side by side, and the overview beside both. */
const SIDE_BY_SIDE = 620;
const ALL_BESIDE = 940;
const MATRIX_SHARE = 0.64;
const OVERVIEW_SHARE = 0.3;
const THUMB = 66;
const GAP = 28;
const ARCS_MOST = 460;
/** Beside the others the overview may be higher than they are: nothing comes below it. */
const TALLER = 1.25;
const MOST_NAMED = 3;
const DIGITS = 2;

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const viewer = createViewer(model, kit);
  host.append(viewer.node);
  viewer.redraw();
  const redraw = () => keepFocus(host, viewer.redraw);
  const stops = [
    model.on("figure", () => keepFocus(host, viewer.renew)),
    model.on("state", viewer.follow),
    onTheme(host, redraw),
    onWidth(host, redraw),
    deckKeys(host, () => Boolean(model.embed)),
  ];
  return () => {
    for (const stop of stops) stop();
    viewer.destroy();
  };
}

/**
 * @param {Model} model
 * @param {Kit} kit
 */
function createViewer(model, kit) {
  const title = el("div", { class: "lx-heads-title" });
  const stage = el("div", { class: "lx-heads-stage" });
  const sentence = el("p", { class: "lx-sentence" });
  const notes = el("div", { class: "lx-notes" });
  const node = el("div", { class: "lx-figure lx-heads" }, title, stage, sentence, notes);
  let place = { layer: model.figure.layer, head: model.figure.head };
  let matrix = headMatrix(model.figure, model.figure.weights, place);
  const tables = numberTables(() => [matrixTable(matrix)]);
  node.append(tables.node);
  /** @type {Pair | null} */
  let locked = null;
  /** @type {Pair | null} */
  let preview = null;
  /** @type {Panel[]} */
  let panels = [];
  let asked = 0;

  function relight() {
    const chosen = preview ?? locked;
    for (const panel of panels) panel.show(chosen, preview === null);
    sentence.replaceChildren(...tell(matrix, chosen));
    setFacts(sentence, matrix, chosen);
  }

  const on = {
    /** @param {Pair | null} pair */
    preview(pair) {
      preview = pair;
      relight();
    },
    /** @param {Pair} pair */
    select(pair) {
      const same = locked?.query === pair.query && locked?.key === pair.key;
      [locked, preview] = [same ? null : pair, null];
      relight();
      kit.announce(sentence.textContent ?? "");
    },
    release() {
      [locked, preview] = [null, null];
      relight();
    },
  };

  /** Another head with the same options. @param {Place} wanted */
  async function choose(wanted) {
    const { layers, heads, local } = model.figure;
    const next = { layer: Math.min(layers - 1, wanted.layer), head: Math.min(heads - 1, wanted.head) };
    if (next.layer === place.layer && next.head === place.head) return;
    place = next;
    asked += 1;
    const mine = asked;
    model.set({ [local[0]]: next.layer, [local[1]]: next.head }, { local: true });
    node.setAttribute("aria-busy", "true");
    await show(next, mine);
  }

  /** @param {Place} next @param {number} mine */
  async function show(next, mine) {
    try {
      const { weights } = await model.slice(next);
      if (mine !== asked) return;
      matrix = headMatrix(model.figure, weights, next);
      keepFocus(node, redraw);
      tables.refresh();
      kit.announce(`${placeName(next)} is shown.`);
    } catch (problem) {
      if (mine === asked) sentence.textContent = problem instanceof Error ? problem.message : "This head could not be fetched.";
    } finally {
      if (mine === asked) node.removeAttribute("aria-busy");
    }
  }

  function redraw() {
    for (const panel of panels) panel.destroy();
    title.replaceChildren(...heading(model.figure, place));
    const made = drawPanels(stage, model, matrix, place, kit, on, (next) => void choose(next));
    panels = made;
    notes.replaceChildren(...noteLines(model.figure, matrix));
    relight();
  }

  return {
    node,
    redraw,
    renew() {
      asked += 1;
      [locked, preview] = [null, null];
      place = { layer: model.figure.layer, head: model.figure.head };
      matrix = headMatrix(model.figure, model.figure.weights, place);
      node.removeAttribute("aria-busy");
      redraw();
      tables.refresh();
    },
    /** The address bar names another head. */
    follow() {
      const [layer, head] = model.figure.local.map((field) => Number(model.state[field]));
      if (Number.isInteger(layer) && Number.isInteger(head)) void choose({ layer, head });
    },
    destroy() {
      asked += 1;
      tables.destroy();
      for (const panel of panels) panel.destroy();
      node.remove();
    },
  };
}

/**
 * One head's weights as a matrix that the other modules understand.
 * @param {Heads} figure
 * @param {import("./spec.js").Packed} weights
 * @param {Place} place
 * @returns {Matrix}
 */
function headMatrix(figure, weights, place) {
  return {
    key: "weights", title: `Attention weights, ${placeName(place)}`, symbol: "weight", values: weights, rows: figure.queries, columns: figure.keys,
    row_role: "query", column_role: "key", colour: "weight", low: 0, high: figure.overview_high || 1, digits: DIGITS,
    edit: null, choices: null, source: null, note: null,
  };
}

/** @param {Heads} figure @param {Place} place */
function heading(figure, place) {
  const counted = `layers 0 to ${figure.layers - 1}, heads 0 to ${figure.heads - 1}`;
  return [
    el("strong", null, figure.title), el("span", { class: "lx-place", "data-layer": place.layer, "data-head": place.head }, placeName(place)),
    el("span", { class: "lx-words" }, counted),
  ];
}

/**
 * @param {HTMLElement} stage
 * @param {Model} model
 * @param {Matrix} matrix
 * @param {Place} place
 * @param {Kit} kit
 * @param {import("./arcs.js").ArcHandlers} on
 * @param {(place: Place) => void} choose
 * @returns {Panel[]}
 */
function drawPanels(stage, { figure, embed }, matrix, place, kit, on, choose) {
  const room = roomFor(stage, embed ? 0.52 : 0.46);
  const plan = arrange(figure, room);
  const grid = plan.matrix ? matrixPanel(matrix, kit, on, { ...room, width: plan.matrix }) : null;
  const left = plan.beside && grid ? plan.main - grid.width - GAP * room.unit : plan.main;
  const lines = plan.arcs ? arcPanel(figure, matrix, on, { ...room, width: Math.min(left, ARCS_MOST * room.unit) }) : null;
  const thumbs = plan.overview ? overviewPanel({ figure: { ...figure, ...place }, ...room, width: plan.overview, stacked: plan.wide, height: room.height * (plan.wide ? TALLER : 1), kit, choose }) : null;
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

/**
 * "query sat → key cat: weight 0.31", or where one token looks and is looked at.
 * @param {Matrix} matrix
 * @param {Pair | null} chosen
 * @returns {(Node | string)[]}
 */
function tell(matrix, chosen) {
  const { query, key } = chosen ?? { query: null, key: null };
  const name = (/** @type {"query" | "key"} */ side, /** @type {number} */ index) =>
    el("span", { class: `lx-role-${side}` }, (side === "query" ? matrix.rows : matrix.columns)[index]);
  if (query !== null && key !== null) {
    return ["query ", name("query", query), " → key ", name("key", key), `: weight ${number(at(matrix, query, key), 4)}`];
  }
  if (query !== null) return ["query ", name("query", query), " looks most at ", ...most(matrix.columns.map((_, k) => at(matrix, query, k)), (k) => name("key", k)), "."];
  if (key !== null) return ["key ", name("key", key), " is looked at most by ", ...most(matrix.rows.map((_, q) => at(matrix, q, key)), (q) => name("query", q)), "."];
  return [el("span", { class: "lx-words" }, "Point at a cell or a token; a click keeps it.")];
}

/**
 * The largest few, with their weights.
 * @param {number[]} values
 * @param {(index: number) => Node} name
 */
function most(values, name) {
  const order = [...values.keys()].sort((one, other) => values[other] - values[one]).slice(0, MOST_NAMED);
  return order.flatMap((index, place) => [place === 0 ? "" : place === order.length - 1 ? " and " : ", ", name(index), ` (${number(values[index], DIGITS)})`]);
}

/**
 * @param {HTMLElement} sentence
 * @param {Matrix} matrix
 * @param {Pair | null} chosen
 */
function setFacts(sentence, matrix, chosen) {
  const known = chosen && chosen.query !== null && chosen.key !== null;
  const facts = known ? { matrix: matrix.key, row: chosen.query, column: chosen.key, number: at(matrix, chosen.query ?? 0, chosen.key ?? 0) } : {};
  for (const fact of ["matrix", "row", "column", "number"]) delete sentence.dataset[fact];
  for (const [fact, value] of Object.entries(facts)) sentence.dataset[fact] = String(value);
}

/** @param {Heads} figure @param {Matrix} matrix */
function noteLines(figure, matrix) {
  const scale = legend({ ...matrix, digits: DIGITS }, "weight");
  const causal = figure.causal ? ["This model reads from left to right: no token can look at a later one, so those weights are exactly 0."] : [];
  return [scale, ...[...causal, ...figure.notes].map((text) => el("p", { class: "lx-note" }, text))].filter((part) => part !== null);
}
