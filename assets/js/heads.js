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
 */
import { el, keepFocus, onTheme, onWidth } from "./kit.js";
import { number } from "./numbers.js";
import { at } from "./cells.js";
import { legend } from "./matrix.js";
import { placeName } from "./overview.js";
import { drawPanels } from "./panels.js";
import { deckKeys } from "./steps.js";
import { matrixTable, numberTables } from "./tables.js";

const MOST_NAMED = 3;
const DIGITS = 2;

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const viewer = new Viewer(model, kit);
  host.append(viewer.parts.node);
  viewer.renew();
  const redraw = () => keepFocus(host, () => viewer.redraw());
  const stops = [
    model.on("figure", () => keepFocus(host, () => viewer.renew())),
    model.on("state", () => viewer.follow()),
    onTheme(host, redraw),
    onWidth(host, redraw),
    deckKeys(host, () => Boolean(model.embed)),
  ];
  return () => {
    for (const stop of stops) stop();
    viewer.destroy();
  };
}

/** The parts of the figure that stay while its panels change. */
function frameParts() {
  const title = el("div", { class: "lx-heads-title" });
  const stage = el("div", { class: "lx-heads-stage" });
  const sentence = el("p", { class: "lx-sentence" });
  const notes = el("div", { class: "lx-notes" });
  const node = el("div", { class: "lx-figure lx-heads" }, title, stage, sentence, notes);
  return { node, title, stage, sentence, notes };
}

/** One attention figure on the page: which head is shown, and which token or cell is chosen. */
class Viewer {
  /**
   * @param {Model} model
   * @param {Kit} kit
   */
  constructor(model, kit) {
    this.model = model;
    this.kit = kit;
    this.parts = frameParts();
    /** The head that is shown, and the one that was asked for last. */
    this.place = placeOf(model.figure);
    this.wanted = this.place;
    this.matrix = headMatrix(model.figure, model.figure.weights, this.place);
    this.tables = numberTables(() => [matrixTable(this.matrix)]);
    this.parts.node.append(this.tables.node);
    /** @type {Pair | null} */
    this.locked = null;
    /** @type {Pair | null} */
    this.preview = null;
    /** @type {import("./panels.js").Panel[]} */
    this.panels = [];
    /** Counts what was asked for, so that a late answer cannot replace a newer one. */
    this.asked = 0;
    this.handlers = this.makeHandlers();
  }

  /** @returns {import("./arcs.js").ArcHandlers} */
  makeHandlers() {
    return {
      preview: (pair) => this.look(pair),
      select: (pair) => this.lock(pair),
      release: () => this.lock(null),
    };
  }

  /** New data of the same kind. */
  renew() {
    this.asked += 1;
    [this.locked, this.preview] = [null, null];
    this.wanted = placeOf(this.model.figure);
    this.show(this.wanted, this.model.figure.weights);
  }

  /** The address bar names another head. */
  follow() {
    const [layer, head] = this.model.figure.local.map((field) => Number(this.model.state[field]));
    if (Number.isInteger(layer) && Number.isInteger(head)) void this.choose({ layer, head });
  }

  /** Shows another head with the same options. @param {Place} wanted */
  async choose(wanted) {
    const { layers, heads, local } = this.model.figure;
    const next = { layer: Math.min(layers - 1, wanted.layer), head: Math.min(heads - 1, wanted.head) };
    if (next.layer === this.wanted.layer && next.head === this.wanted.head) return;
    this.wanted = next;
    this.asked += 1;
    this.model.set({ [local[0]]: wanted.layer, [local[1]]: wanted.head }, { local: true });
    await this.fetch(next, this.asked);
  }

  /** @param {Place} place @param {number} mine */
  async fetch(place, mine) {
    const { node, sentence } = this.parts;
    node.setAttribute("aria-busy", "true");
    try {
      const { weights } = await this.model.slice(place);
      if (mine !== this.asked) return;
      keepFocus(node, () => this.show(place, weights));
      this.kit.announce(`${placeName(place)} is shown.`);
    } catch (problem) {
      if (mine !== this.asked) return;
      node.removeAttribute("aria-busy");
      this.wanted = this.place;
      sentence.textContent = problem instanceof Error ? problem.message : "This head could not be fetched.";
    }
  }

  /** @param {Place} place @param {import("./spec.js").Packed} weights of the head there */
  show(place, weights) {
    this.place = place;
    this.matrix = headMatrix(this.model.figure, weights, place);
    this.parts.node.removeAttribute("aria-busy");
    this.redraw();
    this.tables.refresh();
  }

  /** @param {Pair | null} pair */
  look(pair) {
    this.preview = pair;
    this.relight();
  }

  /** Locks a choice; the same one again lets go. @param {Pair | null} pair */
  lock(pair) {
    const same = this.locked?.query === pair?.query && this.locked?.key === pair?.key;
    [this.locked, this.preview] = [same ? null : pair, null];
    this.relight();
    this.kit.announce(this.parts.sentence.textContent ?? "");
  }

  redraw() {
    const { model, place, matrix, kit, parts } = this;
    const figure = { ...model.figure, ...place };
    for (const panel of this.panels) panel.destroy();
    parts.title.replaceChildren(...heading(figure, place));
    const choose = (/** @type {Place} */ next) => void this.choose(next);
    this.panels = drawPanels(parts.stage, { figure, matrix, embed: Boolean(model.embed), kit, on: this.handlers, choose });
    parts.notes.replaceChildren(...noteLines(figure, matrix));
    this.relight();
  }

  relight() {
    const chosen = this.preview ?? this.locked;
    for (const panel of this.panels) panel.show(chosen, this.preview === null);
    this.parts.sentence.replaceChildren(...tell(this.matrix, chosen));
    setFacts(this.parts.sentence, this.matrix, chosen);
  }

  destroy() {
    this.asked += 1;
    this.tables.destroy();
    for (const panel of this.panels) panel.destroy();
    this.parts.node.remove();
  }
}

/** @param {Place} figure @returns {Place} */
function placeOf({ layer, head }) {
  return { layer, head };
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
