/**
 * Attention as arcs between two columns of tokens: queries on the left, keys on the right, the wider the more weight.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {{ query: number | null, key: number | null }} Pair what is chosen: one token, or one of each
 * @typedef {{ data: ArrayLike<number>, queries: number, keys: number }} Weights
 * @typedef {{ preview(pair: Pair | null): void, select(pair: Pair): void, release(): void }} ArcHandlers
 * @typedef {{ figure: Heads, weights: Weights, width: number, height: number, unit: number, colours: Theme,
 *   on: ArcHandlers }} ArcOptions
 */
import { el, listen, svg } from "./kit.js";
import { percent } from "./numbers.js";

/** More arcs than this are a tangle; fainter ones than this are not seen. */
const MOST_ARCS = 320;
const MOST_PER_QUERY = 5;
const LEAST_WEIGHT = 0.03;
/** The same for the arcs of one token. */
const LEAST_OF_TOKEN = 0.002;
const LEAST_SHARE = 0.005;
const HEAD = 34;
const PITCH = { least: 20, touch: 26, most: 30 };

/**
 * @param {ArcOptions} options
 * @returns {{ node: HTMLElement, show(chosen: Pair | null): void, destroy(): void }}
 */
export function arcs(options) {
  const { figure, unit } = options;
  const pitch = pitchOf(options);
  const left = column(figure.queries, figure.query_special, figure.query_segments, "query", pitch);
  const right = column(figure.keys, figure.key_special, figure.key_segments, "key", pitch);
  const tall = Math.max(figure.queries.length, figure.keys.length) * pitch;
  const picture = svg("svg", { class: "lx-arcs-picture", "aria-hidden": "true", height: tall });
  const heads = ["queries", "", "keys"].map((text) => el("span", { class: `lx-arcs-head lx-role-${text === "keys" ? "key" : "query"}` }, text));
  const columns = el("div", { class: "lx-arcs-columns" }, ...heads, left.node, picture, right.node);
  const frame = el("div", { class: "lx-arcs-frame", "data-scroll": "arcs", style: { "max-height": `${Math.max(options.height, 200 * unit) + HEAD * unit}px` } }, columns);
  const hidden = el("div", { class: "lx-note" });
  const drawn = strongest(options.weights);
  hidden.textContent = leftOut(drawn);
  /** @type {Pair | null} */
  let now = null;
  // Asked once for each size: asking while drawing would make the browser lay everything out at every hover.
  let width = 160;
  const show = (/** @type {Pair | null} */ chosen) => {
    now = chosen;
    draw(picture, { ...options, width }, chosen ? ofPair(options.weights, chosen) : drawn.arcs, chosen, pitch);
    mark(left, chosen?.query ?? null, chosen && chosen.query === null ? shares(options.weights, chosen) : null);
    mark(right, chosen?.key ?? null, chosen && chosen.query !== null ? shares(options.weights, chosen) : null);
    hidden.style.visibility = chosen ? "hidden" : "visible";
  };
  const stops = [left, right].flatMap((side) => tokenEvents(side, left, right, options.on));
  const watch = new ResizeObserver(() => {
    width = picture.clientWidth || width;
    show(now);
  });
  watch.observe(picture);
  return { node: el("div", { class: "lx-arcs" }, frame, hidden), show, destroy: () => (watch.disconnect(), stops.forEach((stop) => stop())) };
}

/** @param {ArcOptions} options */
function pitchOf({ figure, height, unit }) {
  const least = matchMedia("(pointer: coarse)").matches ? PITCH.touch : PITCH.least;
  const fitting = height / Math.max(figure.queries.length, figure.keys.length);
  return Math.round(Math.min(PITCH.most * unit, Math.max(least * unit, fitting)));
}

/**
 * @typedef {{ node: HTMLElement, tokens: HTMLElement[], shares: HTMLElement[], side: "query" | "key" }} Column
 * @param {string[]} labels
 * @param {boolean[]} special
 * @param {number[]} segments
 * @param {"query" | "key"} side
 * @param {number} pitch
 * @returns {Column}
 */
function column(labels, special, segments, side, pitch) {
  const amounts = labels.map(() => el("span", { class: "lx-share" }));
  const tokens = labels.map((label, index) => {
    const starts = index > 0 && segments[index] !== segments[index - 1];
    const look = `lx-token lx-role-${side}${special[index] ? " lx-special" : ""}${starts ? " lx-segment" : ""}`;
    const text = el("span", { class: "lx-token-text" }, label);
    return el("button", {
      type: "button", class: look, tabindex: index ? -1 : 0, title: special[index] ? `${label}: a special token` : label, "aria-label": `${side} ${label}`,
      "data-side": side, "data-index": index, "data-focus": `token:${side}:${index}`, style: { height: `${pitch}px` },
    }, ...(side === "query" ? [amounts[index], text] : [text, amounts[index]]));
  });
  return { node: el("div", { class: `lx-tokens lx-tokens-${side}`, role: "group", "aria-label": side === "query" ? "queries" : "keys" }, ...tokens), tokens, shares: amounts, side };
}

/**
 * The strongest arcs, and which share of all weight the others carry.
 * @param {Weights} weights
 */
export function strongest({ data, queries, keys }) {
  const all = Array.from({ length: queries * keys }, (_, at) => at).filter((at) => data[at] >= LEAST_WEIGHT);
  const kept = all.sort((one, other) => data[other] - data[one]).slice(0, Math.min(MOST_ARCS, MOST_PER_QUERY * queries));
  let whole = 0;
  for (let at = 0; at < queries * keys; at += 1) whole += data[at];
  const seen = kept.reduce((sum, at) => sum + data[at], 0);
  return {
    arcs: kept.map((at) => ({ query: Math.floor(at / keys), key: at % keys, weight: data[at] })),
    hidden: whole > 0 ? Math.max(0, 1 - seen / whole) : 0,
    least: kept.length ? data[kept[kept.length - 1]] : 0,
  };
}

/** @param {ReturnType<typeof strongest>} drawn */
function leftOut({ hidden, least }) {
  if (hidden < 0.0005) return "";
  return `Arcs below ${percent(least)} are left out. They carry ${percent(hidden)} of all weight.`;
}

/** @param {Weights} weights @param {Pair} pair */
function ofPair({ data, queries, keys }, { query, key }) {
  const found = [];
  for (let q = query ?? 0; q <= (query ?? queries - 1); q += 1) {
    for (let k = 0; k < keys; k += 1) {
      const weight = data[q * keys + k];
      if ((query !== null || k === key) && weight >= LEAST_OF_TOKEN) found.push({ query: q, key: k, weight });
    }
  }
  return found;
}

/** The weights of the chosen token over the other side. @param {Weights} weights @param {Pair} pair */
function shares({ data, queries, keys }, { query, key }) {
  if (query !== null) return Array.from({ length: keys }, (_, k) => data[query * keys + k]);
  return Array.from({ length: queries }, (_, q) => data[q * keys + (key ?? 0)]);
}

/**
 * @param {SVGSVGElement} picture
 * @param {ArcOptions} options
 * @param {{ query: number, key: number, weight: number }[]} list
 * @param {Pair | null} chosen
 * @param {number} pitch
 */
function draw(picture, { colours, unit, width }, list, chosen, pitch) {
  const middle = (/** @type {number} */ index) => (index + 0.5) * pitch;
  const paths = [...list].sort((one, other) => one.weight - other.weight).map(({ query, key, weight }) => {
    const [from, to] = [middle(query), middle(key)];
    const stressed = chosen && chosen.query === query && chosen.key === key;
    return svg("path", {
      d: `M0 ${from} C${width * 0.45} ${from} ${width * 0.55} ${to} ${width} ${to}`, fill: "none",
      stroke: stressed ? colours.accent : colours["weight-high"], "stroke-linecap": "butt",
      "data-query": query, "data-key": key, "data-number": String(weight),
      "stroke-width": (0.8 + 7 * weight) * unit, "stroke-opacity": stressed ? 1 : Math.min(0.95, 0.12 + 0.85 * weight),
    });
  });
  picture.replaceChildren(...paths);
}

/**
 * @param {Column} column
 * @param {number | null} chosen
 * @param {number[] | null} amounts
 */
function mark({ tokens, shares: places }, chosen, amounts) {
  tokens.forEach((token, index) => {
    token.classList.toggle("is-selected", index === chosen);
    const share = amounts && amounts[index] >= LEAST_SHARE ? percent(amounts[index]) : "";
    if (places[index].textContent !== share) places[index].textContent = share;
    token.classList.toggle("is-faint", amounts !== null && amounts[index] < LEAST_SHARE);
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
      if (chosen) on.select(chosen);
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
}
