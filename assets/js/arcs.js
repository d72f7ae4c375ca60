/**
 * Attention as arcs between two columns of tokens: queries on the left, keys on the right, the wider the more weight. One
 * head or several of a layer, each in a colour of its own; each query's largest weights up to a share that the reader sets.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {import("./mass.js").Arc} Arc
 * @typedef {import("./viewport.js").Range} Range
 * @typedef {{ query: number | null, key: number | null }} Pair what is chosen: one token, or one of each
 * @typedef {{ preview(pair: Pair | null): void, select(pair: Pair, how?: { again: boolean }): void, release(): void,
 *   extend(pair: Pair): void, pick(side: "query" | "key", index: number, stretch: boolean): void }} ArcHandlers
 *   `again`: the same choice again keeps it
 * @typedef {{ mass: number, heads: Set<number>, from: number }} ArcState `from`: the first token of a part of a long text
 * @typedef {{ arcs: Arc[], hidden: number[], capped: boolean }} Drawn
 * @typedef {{ figure: Heads, numbers: import("./headnumbers.js").HeadNumbers, state: ArcState,
 *   ask: (values: Record<string, string | number>) => Promise<any>, width: number, height: number, unit: number,
 *   colours: Theme, fixed: boolean, redo(): void, on: ArcHandlers, keep(patch: Record<string, number>): void,
 *   keepHeads(): void }} ArcOptions
 */
import { el, listen, svg } from "./kit.js";
import { percent } from "./numbers.js";
import { largest } from "./mass.js";
import { parseHex } from "./colours.js";
import { BEND, covered, tint } from "./arcpixels.js";
import { headColour } from "./headcolours.js";
import { arcTools, PART } from "./arctools.js";

const LEAST_OF_TOKEN = 0.002;
const LEAST_SHARE = 0.005;
const HEAD = 34;
const PITCH = { least: 20, touch: 26, most: 30 };
/** Longer texts are shown a part at a time. */
const LONG = 160;
/** More arcs than this are pixels: so many elements would take the browser longer than drawing them. */
const MOST_PATHS = 1000;
/** A pixel of theirs is so wide. */
const ACROSS = 2;

/**
 * @param {ArcOptions} given
 * @returns {{ node: HTMLElement, show(chosen: Pair | null, picked: import("./sums.js").Picked): void,
 *   turn(next: { figure: Heads, numbers: import("./headnumbers.js").HeadNumbers }): void,
 *   ahead(place: import("./overview.js").Place, heads: Set<number>): Promise<unknown> | null, destroy(): void }}
 */
export function arcs(given) {
  let options = given;
  const { figure, unit } = options;
  const pitch = pitchOf(options);
  const range = rangeOf(options);
  const left = column(figure.queries, figure.query_special, figure.query_segments, "query", pitch, range.r0, range.r1);
  const right = column(figure.keys, figure.key_special, figure.key_segments, "key", pitch, range.c0, range.c1);
  const tall = Math.max(range.r1 - range.r0, range.c1 - range.c0) * pitch;
  const [idle, lit] = [svg("g", {}), svg("g", {})];
  const many = el("canvas", { class: "lx-arcs-many", "aria-hidden": "true" });
  const lines = svg("svg", { class: "lx-arcs-picture", "aria-hidden": "true", height: tall }, idle, lit);
  const picture = el("div", { class: "lx-arcs-middle" }, many, lines);
  const heads = ["queries", "", "keys"].map((text) => el("span", { class: `lx-arcs-head lx-role-${text === "keys" ? "key" : "query"}` }, text));
  const columns = el("div", { class: "lx-arcs-columns" }, ...heads, left.node, picture, right.node);
  const most = Math.max(options.height, 200 * unit) + HEAD * unit;
  const frame = el("div", { class: "lx-arcs-frame", "data-scroll": "arcs", style: { "max-height": `${most}px` } }, columns);
  /** @type {Drawn} */
  let drawn = { arcs: [], hidden: [], capped: false };
  /** @type {Pair | null} */
  let now = null;
  let asked = 0;
  // Asked once for each size: asking while drawing would make the browser lay everything out at every hover.
  let [width, scrolled] = [160, 0];
  const place = () => {
    const from = Math.max(0, scrolled - HEAD * unit);
    return { ...options, range, pitch, width, seen: { from, tall: Math.min(tall - from, most) } };
  };
  const drawIdle = () => {
    const few = drawn.arcs.length <= MOST_PATHS;
    draw(idle, place(), few ? drawn.arcs : [], null);
    drawMany(many, place(), few ? [] : drawn.arcs);
  };
  const show = (/** @type {Pair | null} */ chosen, /** @type {import("./sums.js").Picked | null} */ picked = null) => {
    now = chosen;
    idle.style.display = many.style.display = chosen ? "none" : "";
    draw(lit, place(), chosen ? ofPair(options, drawn, range, chosen) : [], chosen);
    mark(left, chosen?.query ?? null, chosen && chosen.query === null ? options.numbers.known("column", chosen.key ?? 0) : null, picked?.query);
    mark(right, chosen?.key ?? null, chosen && chosen.query !== null ? options.numbers.known("row", chosen.query) : null, picked?.key);
  };
  const renew = () => {
    const mine = (asked += 1);
    const took = (/** @type {Drawn | null} */ next) => {
      if (mine !== asked) return;
      drawn = next ?? { arcs: [], hidden: [], capped: false };
      tools.tell(next);
      drawIdle();
      show(now);
    };
    const found = prune(options, range);
    if (found instanceof Promise) void found.then(took, () => took(null));
    else took(found);
  };
  const tools = arcTools(options, range, renew);
  const stops = [left, right].flatMap((side) => tokenEvents(side, left, right, options.on));
  const watch = new ResizeObserver(() => {
    if (!picture.clientWidth || picture.clientWidth === width) return;
    width = picture.clientWidth;
    drawIdle();
    show(now);
  });
  watch.observe(picture);
  stops.push(listen(frame, "scroll", () => {
    scrolled = frame.scrollTop;
    drawIdle();
  }));
  renew();
  return {
    node: el("div", { class: "lx-arcs" }, frame, tools.node), show,
    turn({ figure: head, numbers }) {
      options = { ...options, figure: head, numbers };
      tools.turn(options);
      renew();
    },
    ahead: ({ layer, head }, wanted) => (options.numbers.exact ? null : options.ask({ layer, ...question(wanted, options.state.mass, range) })),
    destroy: () => {
      asked += 1;
      watch.disconnect();
      stops.forEach((stop) => stop());
    },
  };
}

/** The tokens that are shown: all, or a part of a long text. @param {ArcOptions} options @returns {Range} */
function rangeOf({ figure: { queries, keys }, state }) {
  if (Math.max(queries.length, keys.length) <= LONG) return { r0: 0, r1: queries.length, c0: 0, c1: keys.length };
  const part = (/** @type {number} */ count) => {
    const start = Math.max(0, Math.min(state.from, count - PART));
    return [start, Math.min(count, start + PART)];
  };
  const [[r0, r1], [c0, c1]] = [part(queries.length), part(keys.length)];
  return { r0, r1, c0, c1 };
}

/**
 * Which arcs to draw: computed here where the numbers are at hand, else by the server.
 * @param {ArcOptions} options
 * @param {Range} range
 * @returns {Drawn | Promise<Drawn>}
 */
function prune({ figure, numbers, state, ask }, range) {
  const held = inOrder(state.heads).map((head) => ({ head, at: atHead(figure, numbers, head) }));
  if (held.every((one) => one.at !== null)) return largest(/** @type {any} */ (held), range, state.mass);
  return ask({ layer: figure.layer, ...question(state.heads, state.mass, range) }).then(({ query, key, head, weight, hidden, capped }) => ({
    arcs: Array.from(weight.data, (part, at) => ({ query: query.data[at], key: key.data[at], head: head.data[at], weight: part })),
    hidden: [...hidden.data], capped,
  }));
}

/** @param {Set<number>} heads */
function inOrder(heads) {
  return [...heads].sort((one, other) => one - other);
}

/** What the server is asked for arcs. @param {Set<number>} heads @param {number} mass @param {Range} range */
function question(heads, mass, { r0, r1, c0, c1 }) {
  return { heads: inOrder(heads).join(","), mass, rows: `${r0}:${r1}`, columns: `${c0}:${c1}` };
}

/**
 * How to read a head of the layer that is shown, where its numbers are here.
 * @param {Heads} figure
 * @param {import("./headnumbers.js").HeadNumbers} numbers
 * @param {number} head
 * @returns {((query: number, key: number) => number) | null}
 */
function atHead(figure, numbers, head) {
  const { exact } = numbers;
  if (exact && head === figure.head) return (query, key) => exact[query * numbers.keys + key];
  if (!figure.all) return null;
  const { shape: [, heads, queries, keys], data } = figure.all;
  const start = (figure.layer * heads + head) * queries * keys;
  return (query, key) => data[start + query * keys + key];
}

/**
 * The arcs of a chosen token or pair, the faint ones too where they are known.
 * @param {ArcOptions} options
 * @param {Drawn} drawn
 * @param {Range} range
 * @param {Pair} chosen
 * @returns {Arc[]}
 */
function ofPair({ figure, numbers, state }, drawn, { r0, r1, c0, c1 }, { query, key }) {
  const single = state.heads.size === 1 && state.heads.has(figure.head);
  const line = single ? (query !== null ? numbers.known("row", query) : numbers.known("column", key ?? 0)) : null;
  if (!line) return drawn.arcs.filter((arc) => (query === null || arc.query === query) && (key === null || arc.key === key || query !== null));
  const [from, to] = query !== null ? [c0, c1] : [r0, r1];
  const found = [];
  for (let at = from; at < to; at += 1) {
    if (Math.abs(line[at]) < LEAST_OF_TOKEN) continue;
    found.push({ query: query ?? at, key: query !== null ? at : key ?? 0, head: figure.head, weight: line[at] });
  }
  return found;
}

/** @param {ArcOptions} options */
function pitchOf({ figure, height, unit }) {
  const least = matchMedia("(pointer: coarse)").matches ? PITCH.touch : PITCH.least;
  const fitting = height / Math.max(figure.queries.length, figure.keys.length);
  return Math.round(Math.min(PITCH.most * unit, Math.max(least * unit, fitting)));
}

/**
 * @typedef {{ node: HTMLElement, tokens: HTMLElement[], shares: HTMLElement[], side: "query" | "key", from: number }} Column
 * @param {string[]} labels
 * @param {boolean[]} special
 * @param {number[]} segments
 * @param {"query" | "key"} side
 * @param {number} pitch
 * @param {number} from
 * @param {number} to
 * @returns {Column}
 */
function column(labels, special, segments, side, pitch, from, to) {
  const seen = labels.slice(from, to);
  const amounts = seen.map(() => el("span", { class: "lx-share" }));
  const tokens = seen.map((label, at) => {
    const index = from + at;
    const starts = index > 0 && segments[index] !== segments[index - 1];
    const look = `lx-token lx-role-${side}${special[index] ? " lx-special" : ""}${starts ? " lx-segment" : ""}`;
    const text = el("span", { class: "lx-token-text", dir: "auto" }, label);
    return el("button", {
      type: "button", class: look, tabindex: at ? -1 : 0, title: special[index] ? `${label}: a special token` : label, "aria-label": `${side} ${label}`,
      "data-side": side, "data-index": index, "data-focus": `token:${side}:${index}`, style: { height: `${pitch}px` },
    }, ...(side === "query" ? [amounts[at], text] : [text, amounts[at]]));
  });
  return { node: el("div", { class: `lx-tokens lx-tokens-${side}`, role: "group", "aria-label": side === "query" ? "queries" : "keys" }, ...tokens), tokens, shares: amounts, side, from };
}

/**
 * @typedef {ArcOptions & { range: Range, pitch: number, seen: { from: number, tall: number } }} Place
 * @param {SVGElement} group
 * @param {Place} place
 * @param {Arc[]} list
 * @param {Pair | null} chosen
 */
function draw(group, place, list, chosen) {
  const { colours, width } = place;
  const look = looks(place);
  const paths = faintFirst(list).map((arc) => {
    const { from, to, ink, line, opacity } = look(arc);
    const stressed = chosen && chosen.query === arc.query && chosen.key === arc.key;
    return svg("path", {
      d: `M0 ${from} C${width * BEND} ${from} ${width * (1 - BEND)} ${to} ${width} ${to}`, fill: "none",
      stroke: stressed ? colours.accent : ink, "stroke-linecap": "butt",
      "data-query": arc.query, "data-key": arc.key, "data-head": arc.head, "data-number": String(arc.weight),
      "stroke-width": line, "stroke-opacity": stressed ? 1 : opacity,
    });
  });
  if (paths.length || group.firstChild) group.replaceChildren(...paths);
}

/** Thousands of arcs, as pixels; only the part that is scrolled to. @param {HTMLCanvasElement} canvas @param {Place} place @param {Arc[]} list */
function drawMany(canvas, place, list) {
  if (list.length === 0 && canvas.width === 0) return;
  const { from, tall } = place.seen;
  // Arcs are smooth from left to right: half the pixels do.
  [canvas.width, canvas.height] = list.length ? [Math.round(place.width / ACROSS), Math.round(tall)] : [0, 0];
  Object.assign(canvas.style, { top: `${from}px`, height: `${tall}px` });
  const context = list.length ? canvas.getContext("2d") : null;
  if (!context) return;
  const image = new ImageData(canvas.width, canvas.height);
  for (const [ink, strokes] of strokesOf(place, list)) {
    context.fillStyle = ink;
    tint(image, covered(strokes, image.width, image.height), parseHex(String(context.fillStyle)));
  }
  context.putImageData(image, 0, 0);
}

/** The arcs that touch what is seen, by their colour. @param {Place} place @param {Arc[]} list */
function strokesOf(place, list) {
  const { from: top, tall } = place.seen;
  const look = looks(place);
  /** @type {Map<string, import("./arcpixels.js").Stroke[]>} */
  const found = new Map();
  for (const arc of faintFirst(list)) {
    const { from, to, ink, line, opacity } = look(arc);
    if (Math.max(from, to) + line < top || Math.min(from, to) - line > top + tall) continue;
    const stroke = { from: from - top, to: to - top, line, opacity };
    const same = found.get(ink);
    if (same) same.push(stroke);
    else found.set(ink, [stroke]);
  }
  return found;
}

/** @param {Arc[]} list */
function faintFirst(list) {
  return [...list].sort((one, other) => Math.abs(one.weight) - Math.abs(other.weight));
}

/** Where an arc goes, its colour and its strength. @param {Place} place */
function looks({ figure, state, colours, unit, range, pitch }) {
  const inks = Array.from({ length: figure.heads }, (_, head) =>
    (state.heads.size > 1 ? headColour(head, figure.heads, colours.paper) : colours["weight-high"]));
  return (/** @type {Arc} */ { query, key, head, weight }) => {
    const strength = Math.min(1, Math.abs(weight));
    return {
      from: (query - range.r0 + 0.5) * pitch, to: (key - range.c0 + 0.5) * pitch, ink: weight < 0 ? colours["signed-low"] : inks[head],
      line: (0.8 + 7 * strength) * unit, opacity: Math.min(0.95, 0.12 + 0.85 * strength),
    };
  };
}

/**
 * @param {Column} column
 * @param {number | null} chosen
 * @param {ArrayLike<number> | null} amounts
 * @param {Set<number>} [picked]
 */
function mark({ tokens, shares: places, from }, chosen, amounts, picked) {
  tokens.forEach((token, at) => {
    const index = from + at;
    const amount = amounts ? Math.abs(amounts[index]) : 0;
    token.classList.toggle("is-selected", index === chosen || Boolean(picked?.has(index)));
    const share = amounts && amount >= LEAST_SHARE ? percent(amounts[index]) : "";
    if (places[at].textContent !== share) places[at].textContent = share;
    token.classList.toggle("is-faint", amounts !== null && amount < LEAST_SHARE);
    // Written only where it changes: a hover would otherwise make the browser look at every token again.
    const pressed = String(index === chosen || Boolean(picked?.has(index)));
    if (token.getAttribute("aria-pressed") !== pressed) token.setAttribute("aria-pressed", pressed);
  });
}

/**
 * @param {Column} side
 * @param {Column} left
 * @param {Column} right
 * @param {ArcHandlers} on
 */
function tokenEvents(side, left, right, on) {
  const pair = (/** @type {Event} */ event) => {
    const token = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    const index = token ? Number(token.getAttribute("data-index")) : null;
    if (index === null) return null;
    return side.side === "query" ? { query: index, key: null } : { query: null, key: index };
  };
  return [
    listen(side.node, "pointerover", (event) => event.pointerType !== "touch" && on.preview(pair(event))),
    listen(side.node, "pointerleave", () => on.preview(null)),
    listen(side.node, "focusin", (event) => on.preview(pair(event))),
    listen(side.node, "focusout", () => on.preview(null)),
    listen(side.node, "click", (event) => {
      const chosen = pair(event);
      if (!chosen) return;
      const index = chosen.query ?? chosen.key ?? 0;
      if (event.shiftKey || event.ctrlKey || event.metaKey) on.pick(side.side, index, event.shiftKey);
      else on.select(chosen);
    }),
    listen(side.node, "keydown", (event) => tokenKey(event, side, left, right, on)),
  ];
}

/**
 * @param {KeyboardEvent} event
 * @param {Column} side
 * @param {Column} left
 * @param {Column} right
 * @param {ArcHandlers} on
 */
function tokenKey(event, side, left, right, on) {
  const index = side.tokens.indexOf(/** @type {HTMLElement} */ (event.target));
  /** @type {Record<string, [Column, number]>} */
  const moves = { ArrowUp: [side, index - 1], ArrowDown: [side, index + 1], ArrowLeft: [left, index], ArrowRight: [right, index] };
  if (index < 0 || (!moves[event.key] && event.key !== "Escape")) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") return on.release();
  const [column, wanted] = moves[event.key];
  const next = column.tokens[Math.min(column.tokens.length - 1, Math.max(0, wanted))];
  for (const token of column.tokens) token.tabIndex = token === next ? 0 : -1;
  next.focus();
  if (event.shiftKey && column === side) on.pick(side.side, Number(next.dataset.index), true);
}
