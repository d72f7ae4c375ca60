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
import { el, keepFocus, listen, onTheme, onWidth } from "./kit.js";
import { REFIT } from "./fit.js";
import { number } from "./numbers.js";
import { cellName } from "./cells.js";
import { HeadNumbers } from "./headnumbers.js";
import { pickedWith, sumOf } from "./sums.js";
import { takenApart } from "./takenapart.js";
import { blocksOf, blockTable } from "./blocks.js";
import { legend } from "./matrix.js";
import { placeName } from "./overview.js";
import { drawPanels } from "./panels.js";
import { recent } from "./recent.js";
import { deckKeys } from "./steps.js";
import { matrixTable, numberTables } from "./tables.js";

const MOST_NAMED = 3;
const DIGITS = 2;
/** Up to so many tokens, arcs show 90% of each row; beyond, half of it is enough of a tangle. */
const FEW = 24;
/** A row of a long text is fetched once the pointer has rested on it so long, in milliseconds. */
const REST = 60;
/** Of a long text, the table shows so much. */
const SAMPLE = { rows: 256, columns: 64 };
/** Heads that are kept once they were fetched: of 512 tokens, 8 MB. */
const KEPT_HEADS = 32;
/** A head that the reader points at is fetched ahead after so long, in milliseconds. */
const AHEAD = 40;
/** The panels fade where a head takes longer than this to come, in milliseconds. */
const PATIENCE = 120;
/** What a link may have locked. */
const PARTS_LOCKED = ["cell", "query", "key"];

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
    listen(host.closest(".lectern") ?? host, REFIT, redraw),
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
  const why = el("button", { type: "button", class: "lx-button lx-small lx-why", "data-focus": "why", "aria-expanded": "false", hidden: true });
  const apart = el("div", { class: "lx-apart-place", role: "region", "aria-label": "How this weight came about" });
  const notes = el("div", { class: "lx-notes" });
  const node = el("div", { class: "lx-figure lx-heads" }, title, stage, el("div", { class: "lx-told" }, sentence, why), apart, notes);
  return { node, title, stage, sentence, why, apart, notes };
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
    this.numbers = numbersOf(model, this.place, partOf(model.figure));
    this.blocks = model.figure.blocks;
    this.matrix = headMatrix(model.figure, partOf(model.figure), this.place);
    /** @type {Matrix | null} */
    this.sample = null;
    this.tables = numberTables(() => this.tablesNow());
    this.parts.node.append(this.tables.node);
    this.parts.why.addEventListener("click", () => void this.explain());
    /** @type {Pair | null} */
    this.preview = null;
    this.picked = nothing();
    /** Where a stretch of picked tokens starts. @type {Pair} */
    this.anchor = { query: null, key: null };
    this.sum = { asked: 0, value: /** @type {number | null} */ (null) };
    /** @type {import("./panels.js").Panel[]} */
    this.panels = [];
    /** Counts what was asked for, so that a late answer cannot replace a newer one. */
    this.asked = 0;
    this.explained = 0;
    this.timer = 0;
    this.aheadTimer = 0;
    /** What the panels were drawn for. @type {Heads | null} */
    this.drawn = null;
    this.kept = keptParts(model);
    this.arcState = { ...this.asLinked(), from: 0 };
    /** @type {import("./overview.js").OverviewState} */
    this.overviewState = { ...this.sortedAsLinked(), open: false };
    /** @type {Pair | null} */
    this.locked = this.lockedAsLinked();
    this.handlers = this.makeHandlers();
  }

  /** Keeps the numbers of a head. @param {Place} place @param {import("./spec.js").HeadPart} part */
  hold(place, part) {
    this.sample = null;
    this.numbers = numbersOf(this.model, place, part);
    const { blocks } = this.model.figure;
    this.blocks = part.blocks ?? (blocks && part.weights ? blocksOf(blocks, part.weights) : null);
    this.matrix = headMatrix(this.model.figure, part, place);
  }

  /** The share and the heads of the arcs, as the link has them. */
  asLinked() {
    const { figure } = this.model;
    const heads = String(this.linked("heads") || this.place.head).split(",").map(Number).filter((head) => head < figure.heads);
    return { mass: Number(this.linked("mass")) || massFor(figure), heads: new Set(heads.length ? heads : [this.place.head]) };
  }

  /** What heads are sorted by, as the link has it. @returns {{ measure: string | null, least: number }} */
  sortedAsLinked() {
    const [measure, least] = this.linked("sort").split(":");
    const known = this.model.figure.measures.some(({ key }) => key === measure);
    return known ? { measure, least: Number(least ?? 0) } : { measure: null, least: 0 };
  }

  /** The locked cell, row or column, as the link has it. @returns {Pair | null} */
  lockedAsLinked() {
    const [what, query, key] = this.linked("cell").split(",");
    const { queries, keys } = this.model.figure;
    if (!PARTS_LOCKED.includes(what) || Number(query) >= queries.length || Number(key) >= keys.length) return null;
    return { query: what === "key" ? null : Number(query), key: what === "query" ? null : Number(key) };
  }

  /** A field of the link, where the view has a place for it. @param {string} field */
  linked(field) {
    const { figure, state } = this.model;
    return figure.keeps?.includes(field) ? String(state[field] ?? "") : "";
  }

  /** Keeps the locked cell and the order of the overview in the link. */
  keepChosen() {
    const { locked, overviewState: { measure, least } } = this;
    const what = locked && (locked.key === null ? "query" : locked.query === null ? "key" : "cell");
    const sort = measure && (least ? `${measure}:${Number(least.toFixed(4))}` : measure);
    this.keep({ sort, cell: locked && `${what},${locked.query ?? 0},${locked.key ?? 0}` });
  }

  /** Keeps what the reader set in the link, where the view has a place for it. @param {Record<string, string | number | null>} patch */
  keep(patch) {
    const { figure, fixed } = this.model;
    const own = Object.entries(patch).filter(([field, value]) => figure.keeps?.includes(field) && String(this.model.state[field] ?? "") !== String(value ?? ""));
    if (own.length && !fixed) this.model.set(Object.fromEntries(own), { local: true });
  }

  /** @param {Set<number>} heads */
  keepHeads(heads) {
    const alone = heads.size === 1 && heads.has(this.place.head);
    this.keep({ heads: alone ? null : [...heads].sort((one, other) => one - other).join(",") });
  }

  nothingPicked() {
    this.picked = nothing();
    this.anchor = { query: null, key: null };
    this.sum = { asked: this.sum.asked + 1, value: null };
  }

  /** @returns {import("./arcs.js").ArcHandlers} */
  makeHandlers() {
    return {
      preview: (pair) => this.look(pair),
      select: (pair, how) => this.lock(pair, how?.again ?? false),
      release: () => this.lock(null),
      extend: (pair) => this.extend(pair),
      pick: (side, index, stretch) => this.pick(side, index, stretch),
    };
  }

  /** New data of the same kind. */
  renew() {
    const { figure } = this.model;
    this.asked += 1;
    this.drawn = null;
    this.kept = keptParts(this.model);
    [this.locked, this.preview] = [this.lockedAsLinked(), null];
    this.nothingPicked();
    this.wanted = placeOf(figure);
    const sameText = figure.queries.length === this.numbers.queries;
    this.place = this.wanted;
    Object.assign(this.arcState, this.asLinked(), sameText ? {} : { from: 0 });
    Object.assign(this.overviewState, this.sortedAsLinked());
    this.show(this.wanted, partOf(figure));
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
    const busy = setTimeout(() => node.setAttribute("aria-busy", "true"), PATIENCE);
    try {
      const [part] = await this.ahead(place);
      if (mine !== this.asked) return;
      this.show(place, part);
      this.kit.announce(`${placeName(place)} is shown.`);
    } catch (problem) {
      if (mine !== this.asked) return;
      this.wanted = this.place;
      sentence.textContent = problem instanceof Error ? problem.message : "This head could not be fetched.";
    } finally {
      clearTimeout(busy);
      if (mine === this.asked) node.removeAttribute("aria-busy");
    }
  }

  /** All that another head needs, asked for at once. @param {Place} place @returns {Promise<[import("./spec.js").HeadPart, ...any[]]>} */
  ahead(place) {
    const heads = this.arcHeads(place);
    const arcs = this.panels.map((panel) => panel.ahead?.(place, heads)?.catch(() => null));
    return Promise.all([this.kept.head(place), ...arcs]);
  }

  /** A head that is pointed at is likely to be chosen. @param {Place | null} place */
  pointAt(place) {
    clearTimeout(this.aheadTimer);
    if (place) this.aheadTimer = window.setTimeout(() => void this.ahead(place).catch(() => undefined), AHEAD);
  }

  /** The heads whose arcs are drawn once this one is chosen. @param {Place} place */
  arcHeads(place) {
    const { heads } = this.arcState;
    return heads.size < 2 || place.layer !== this.place.layer ? new Set([place.head]) : new Set([...heads, place.head]);
  }

  /** @param {Place} place @param {import("./spec.js").HeadPart} part of the head there */
  show(place, part) {
    this.arcState.heads = this.arcHeads(place);
    this.place = place;
    this.keepHeads(this.arcState.heads);
    this.hold(place, part);
    if (this.drawn === this.model.figure) this.turn();
    else this.redraw();
    this.tables.refresh();
    this.addUp();
  }

  /** @param {Pair | null} pair */
  look(pair) {
    this.preview = pair;
    this.relight();
  }

  /** Locks a choice; the same one again lets go, unless `again`. @param {Pair | null} pair @param {boolean} [again] */
  lock(pair, again = false) {
    const same = this.locked?.query === pair?.query && this.locked?.key === pair?.key;
    [this.locked, this.preview] = [same && !again ? null : pair, null];
    this.nothingPicked();
    if (this.locked) this.anchor = { ...this.locked };
    this.keepChosen();
    this.relight();
    this.speak();
  }

  /** Stretches the choice to a block of cells. @param {Pair} pair */
  extend(pair) {
    const { query, key } = { query: this.anchor.query ?? pair.query, key: this.anchor.key ?? pair.key };
    this.anchor = { query, key };
    this.picked = { query: pickedWith(new Set(), pair.query ?? 0, query), key: pickedWith(new Set(), pair.key ?? 0, key) };
    this.addUp();
  }

  /** @param {"query" | "key"} side @param {number} index @param {boolean} stretch */
  pick(side, index, stretch) {
    const from = this.anchor[side] ?? index;
    this.picked[side] = pickedWith(this.picked[side], index, stretch ? from : null);
    this.anchor[side] = stretch ? from : index;
    this.addUp();
  }

  /** Adds up the picked tokens, with exact numbers. */
  addUp() {
    const mine = (this.sum.asked += 1);
    this.sum.value = null;
    this.preview = null;
    const any = this.picked.query.size + this.picked.key.size > 0;
    if (any) {
      void sumOf(this.numbers, this.picked).then((value) => {
        if (mine !== this.sum.asked) return;
        this.sum.value = value;
        this.relight();
        this.speak();
      }, () => undefined);
    }
    this.relight();
  }

  /** Says what is chosen. */
  speak() {
    const { locked, matrix, numbers } = this;
    const value = locked && locked.query !== null && locked.key !== null ? numbers.value(locked.query, locked.key) : undefined;
    const cell = value !== undefined && this.sum.value === null && locked;
    this.kit.announce(cell ? cellName(matrix, locked.query ?? 0, locked.key ?? 0, Number(number(value, DIGITS).replace("−", "-"))) : this.parts.sentence.textContent ?? "");
  }

  redraw() {
    for (const panel of this.panels) panel.destroy();
    this.keepChosen();
    const wanted = this.wants();
    this.panels = drawPanels(this.parts.stage, wanted);
    this.drawn = this.model.figure;
    this.around(wanted);
  }

  /** Another head of the same figure: the panels stay, and draw its numbers. */
  turn() {
    const wanted = this.wants();
    for (const panel of this.panels) panel.turn(wanted);
    this.around(wanted);
  }

  /** The words around the panels. @param {import("./panels.js").Wanted} wanted */
  around({ figure, matrix, blocks }) {
    this.parts.title.replaceChildren(...heading(figure, this.place));
    this.parts.notes.replaceChildren(...noteLines(figure, matrix, blocks));
    this.relight();
  }

  /** @returns {import("./panels.js").Wanted} */
  wants() {
    const { model, place, matrix, kit, parts } = this;
    return {
      figure: { ...model.figure, ...place }, matrix, kit, numbers: this.numbers, blocks: this.blocks, embed: Boolean(model.embed), fixed: Boolean(model.fixed),
      on: this.handlers, choose: (next) => void this.choose(next), pointAt: (next) => this.pointAt(next), arcState: this.arcState,
      overviewState: this.overviewState, redo: () => keepFocus(parts.node, () => this.redraw()), switchOff: this.switcher(),
      ask: (values) => this.kept.arcs(values), zoom: this.linked("zoom"),
      keep: (patch) => this.keep(patch), keepHeads: () => this.keepHeads(this.arcState.heads),
    };
  }

  /** Switches a head off or on again, where the view can compute without it. */
  switcher() {
    const { state, figure, fixed } = this.model;
    if (fixed || typeof state.off !== "string" || figure.mode !== "head") return null;
    return (/** @type {Place} */ { layer, head }) => {
      const name = `${layer}.${head}`;
      const before = String(this.model.state.off).split(",").filter(Boolean);
      this.model.set({ off: (before.includes(name) ? before.filter((one) => one !== name) : [...before, name]).join(",") });
    };
  }

  relight() {
    const chosen = this.preview ?? this.locked;
    for (const panel of this.panels) panel.show(chosen, this.preview === null, this.picked);
    const summed = this.preview === null && this.picked.query.size + this.picked.key.size > 0;
    this.parts.sentence.replaceChildren(...(summed ? tellSum(this.matrix, this.picked, this.sum.value) : tell(this.matrix, this.numbers, chosen)));
    setFacts(this.parts.sentence, this.matrix, this.numbers, chosen);
    this.offer();
    this.need(chosen);
  }

  /** Fetches what a long text's read-out needs. @param {Pair | null} chosen */
  need(chosen) {
    clearTimeout(this.timer);
    const { numbers } = this;
    if (!chosen || numbers.exact) return;
    const [side, index] = chosen.query !== null ? /** @type {const} */ (["row", chosen.query]) : /** @type {const} */ (["column", chosen.key ?? 0]);
    if (numbers.known(side, index)) return;
    this.timer = window.setTimeout(() => {
      const coming = numbers.line(side, index);
      void coming.then(() => {
        if (numbers !== this.numbers || (this.preview ?? this.locked) !== chosen) return;
        this.relight();
        if (this.locked === chosen) this.speak();
      }, () => undefined);
    }, REST);
  }

  /** Offers to take the locked cell apart. */
  offer() {
    const { why, apart } = this.parts;
    const { figure, fixed } = this.model;
    const { query, key } = this.locked ?? { query: null, key: null };
    const value = query !== null && key !== null ? this.numbers.value(query, key) : undefined;
    const can = figure.inspect && !fixed && figure.mode === "head" && value !== undefined && this.picked.query.size === 0;
    why.hidden = !can;
    const name = can ? `${this.place.layer} ${this.place.head} ${query} ${key}` : "";
    if (can) why.textContent = `Where does ${number(Number(value), DIGITS)} come from?`;
    if (apart.dataset.cell === name) return;
    apart.dataset.cell = name;
    apart.replaceChildren();
    why.setAttribute("aria-expanded", "false");
    this.explained += 1;
  }

  /** Shows the computation behind the locked cell, or hides it. */
  async explain() {
    const { why, apart } = this.parts;
    const open = why.getAttribute("aria-expanded") === "true";
    why.setAttribute("aria-expanded", String(!open));
    const mine = (this.explained += 1);
    if (open || !this.locked) return apart.replaceChildren();
    try {
      const cell = await this.model.part("cell", { ...this.place, query_at: this.locked.query ?? 0, key_at: this.locked.key ?? 0 });
      if (mine !== this.explained) return undefined;
      apart.replaceChildren(takenApart(cell));
      this.kit.announce(apart.textContent ?? "");
    } catch (problem) {
      if (mine === this.explained) apart.replaceChildren(el("p", { class: "lx-warn" }, problem instanceof Error ? problem.message : "This cell could not be taken apart."));
    }
    return undefined;
  }

  /** The numbers as a table; of a long text a part of them, fetched when the table is opened. */
  tablesNow() {
    const { numbers, matrix } = this;
    if (numbers.exact) return [matrixTable(matrix)];
    if (this.sample) return [matrixTable(this.sample)];
    const [rows, columns] = [Math.min(SAMPLE.rows, numbers.queries), Math.min(SAMPLE.columns, numbers.keys)];
    void numbers.window({ r0: 0, r1: rows, c0: 0, c1: columns }).then((data) => {
      if (numbers !== this.numbers) return;
      const title = `${matrix.title}: the first ${rows} of ${numbers.queries} rows and ${columns} of ${numbers.keys} columns; the CSV file holds all`;
      this.sample = { ...matrix, title, rows: matrix.rows.slice(0, rows), columns: matrix.columns.slice(0, columns), values: { shape: [rows, columns], data } };
      this.tables.refresh();
    }, () => undefined);
    return [];
  }

  destroy() {
    this.asked += 1;
    this.explained += 1;
    clearTimeout(this.timer);
    clearTimeout(this.aheadTimer);
    this.tables.destroy();
    for (const panel of this.panels) panel.destroy();
    this.parts.node.remove();
  }
}

/** Heads and arcs of the figure that is shown now, the last ones kept. @param {Model} model */
function keptParts(model) {
  return {
    head: recent(({ layer, head }) => model.slice({ layer: Number(layer), head: Number(head) }), KEPT_HEADS),
    arcs: recent((values) => model.part("arcs", values), KEPT_HEADS),
  };
}

/** @param {Place} figure @returns {Place} */
function placeOf({ layer, head }) {
  return { layer, head };
}

/** The chosen head as it came with the figure. @param {Heads} figure @returns {import("./spec.js").HeadPart} */
function partOf({ weights, pooled, pooled_high: high, blocks }) {
  return { weights, pooled, high, blocks };
}

/** @param {Model} model @param {Place} place @param {import("./spec.js").HeadPart} part */
function numbersOf(model, { layer, head }, part) {
  const { queries, keys } = model.figure;
  return new HeadNumbers({ queries: queries.length, keys: keys.length, part, ask: (values) => model.part("head", { layer, head, ...values }) });
}

/** @returns {import("./sums.js").Picked} */
function nothing() {
  return { query: new Set(), key: new Set() };
}

/** @param {Heads} figure */
function massFor({ queries, keys }) {
  return Math.max(queries.length, keys.length) <= FEW ? 0.9 : 0.5;
}

/**
 * One head's weights as a matrix that the other modules understand; of a long text without its numbers.
 * @param {Heads} figure
 * @param {import("./spec.js").HeadPart} part
 * @param {Place} place
 * @returns {Matrix}
 */
function headMatrix(figure, part, place) {
  const shape = [figure.queries.length, figure.keys.length];
  const top = figure.mode === "head" ? figure.overview_high || 1 : part.high || largestOf(part) || 1;
  return {
    key: "weights", title: `Attention weights, ${placeName(place)}`, symbol: "weight", values: part.weights ?? { shape, data: new Float32Array(0) },
    rows: figure.queries, columns: figure.keys, row_role: "query", column_role: "key", colour: figure.signed ? "signed" : "weight",
    low: figure.signed ? -top : 0, high: top, digits: DIGITS, edit: null, choices: null, source: null, note: null,
  };
}

/** @param {import("./spec.js").HeadPart} part */
function largestOf({ weights }) {
  let most = 0;
  for (const value of weights?.data ?? []) most = Math.max(most, Math.abs(value));
  return most;
}

/** @param {Heads} figure @param {Place} place */
function heading(figure, place) {
  const counted = `layers 0 to ${figure.layers - 1}, heads 0 to ${figure.heads - 1}`;
  return [
    el("strong", null, figure.title), el("span", { class: "lx-place", "data-layer": place.layer, "data-head": place.head }, placeName(place)),
    el("span", { class: "lx-words" }, counted),
  ];
}

/** @param {Matrix} matrix @param {"query" | "key"} side @param {number} index */
function token(matrix, side, index) {
  return el("span", { class: `lx-role-${side}`, dir: "auto" }, (side === "query" ? matrix.rows : matrix.columns)[index]);
}

/**
 * "query sat → key cat: weight 0.31", or where one token looks and is looked at.
 * @param {Matrix} matrix
 * @param {HeadNumbers} numbers
 * @param {Pair | null} chosen
 * @returns {(Node | string)[]}
 */
function tell(matrix, numbers, chosen) {
  const { query, key } = chosen ?? { query: null, key: null };
  if (query === null && key === null) return [el("span", { class: "lx-words" }, "Point at a cell or a token; a click keeps it. With Shift, tokens are added up.")];
  if (query !== null && key !== null) {
    const value = numbers.value(query, key);
    return ["query ", token(matrix, "query", query), " → key ", token(matrix, "key", key), `: weight ${value === undefined ? "…" : number(value, 4)}`];
  }
  const [side, other, index] = query !== null ? /** @type {const} */ (["query", "key", query]) : /** @type {const} */ (["key", "query", key ?? 0]);
  const line = numbers.known(side === "query" ? "row" : "column", index);
  const looks = side === "query" ? " looks most at " : " is looked at most by ";
  return [`${side} `, token(matrix, side, index), looks, ...(line ? most(line, (at) => token(matrix, other, at)) : ["…"]), "."];
}

/**
 * The largest few, with their weights.
 * @param {ArrayLike<number>} values
 * @param {(index: number) => Node} name
 */
function most(values, name) {
  const order = Array.from({ length: values.length }, (_, at) => at).sort((one, other) => values[other] - values[one]).slice(0, MOST_NAMED);
  return order.flatMap((index, place) => [place === 0 ? "" : place === order.length - 1 ? " and " : ", ", name(index), ` (${number(values[index], DIGITS)})`]);
}

/**
 * "2 queries (cat, sat) give 1 key (the): 0.84 in sum, 0.42 a query".
 * @param {Matrix} matrix
 * @param {import("./sums.js").Picked} picked
 * @param {number | null} sum
 * @returns {(Node | string)[]}
 */
function tellSum(matrix, picked, sum) {
  const side = (/** @type {"query" | "key"} */ name) => {
    const labels = name === "query" ? matrix.rows : matrix.columns;
    const chosen = [...picked[name]].sort((one, other) => one - other);
    const [plural, count] = [name === "query" ? "queries" : "keys", chosen.length || labels.length];
    const words = chosen.length ? ` (${chosen.slice(0, 6).map((index) => labels[index]).join(", ")}${chosen.length > 6 ? ", …" : ""})` : "";
    return el("span", { class: `lx-role-${name}` }, `${chosen.length ? "" : "all "}${count} ${count === 1 ? name : plural}${words}`);
  };
  const rows = picked.query.size || matrix.rows.length;
  const amount = sum === null ? "…" : el("b", { "data-sum": sum }, number(sum, 4));
  return [side("query"), " → ", side("key"), ": ", amount, sum === null ? "" : ` in sum, ${number(sum / rows, 4)} a query`];
}

/**
 * @param {HTMLElement} sentence
 * @param {Matrix} matrix
 * @param {HeadNumbers} numbers
 * @param {Pair | null} chosen
 */
function setFacts(sentence, matrix, numbers, chosen) {
  const value = chosen && chosen.query !== null && chosen.key !== null ? numbers.value(chosen.query, chosen.key) : undefined;
  const facts = value !== undefined ? { matrix: matrix.key, row: chosen?.query, column: chosen?.key, number: value } : {};
  for (const fact of ["matrix", "row", "column", "number"]) delete sentence.dataset[fact];
  for (const [fact, part] of Object.entries(facts)) sentence.dataset[fact] = String(part);
}

/** @param {Heads} figure @param {Matrix} matrix @param {import("./spec.js").Blocks | null} blocks */
function noteLines(figure, matrix, blocks) {
  const scale = legend({ ...matrix, digits: DIGITS }, "weight");
  const causal = figure.causal ? ["This model reads from left to right: no token can look at a later one, so those weights are exactly 0."] : [];
  const long = matrix.rows.length * matrix.columns.length !== matrix.values.data.length;
  const pooled = long ? ["Seen whole, each pixel shows the largest weight of the cells below it; zoomed in, each cell its own."] : [];
  return [scale, blocks && blockTable(blocks), ...[...causal, ...pooled, ...figure.notes].map((text) => el("p", { class: "lx-note" }, text))].filter((part) => part !== null);
}
