/**
 * A plotly figure in the colours of the page, with the table behind it as what keyboards and screen readers reach.
 *
 * @typedef {import("./spec.js").Plot} Plot
 * @typedef {import("./spec.js").Model<Plot>} Model
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./colours.js").Theme} Theme
 */
import { el, listen, onTheme, unit } from "./kit.js";
import { REFIT } from "./fit.js";
import { mix, theme } from "./colours.js";
import { deckKeys } from "./steps.js";
import { numberTables } from "./tables.js";

const LEAST_FONT = 13;
const FONT = 14;

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const title = el("div", { class: "lx-plot-title" });
  const box = el("div", { class: "lx-plot", "aria-hidden": "true" });
  const problem = el("p", { class: "lx-note", role: "status" });
  const tables = numberTables(() => [{ ...model.figure.table, title: model.figure.table.title ?? model.figure.title, digits: 3 }]);
  const node = el("div", { class: "lx-figure lx-plot-figure" }, title, box, problem, tables.node);
  host.append(node);
  let alive = true;
  /** @type {any} */
  let library = null;
  const draw = async () => {
    try {
      library = library ?? (await kit.plotly());
      if (alive && box.clientWidth) await library.react(box, ...themed(model.figure, box));
      problem.textContent = "";
    } catch (error) {
      problem.textContent = `The plot could not be drawn; its numbers are in the table below. ${error instanceof Error ? error.message : ""}`;
    }
  };
  const redraw = () => {
    title.textContent = model.figure.title;
    tables.refresh();
    model.working(draw());
  };
  redraw();
  const sized = new ResizeObserver(() => void (library && outgrown(box) && draw()));
  sized.observe(box);
  const stops = [
    model.on("figure", redraw), onTheme(host, redraw), listen(host.closest(".lectern") ?? host, REFIT, () => void draw()),
    deckKeys(host, () => Boolean(model.embed)), tables.destroy, () => sized.disconnect(),
  ];
  return () => {
    alive = false;
    for (const stop of stops) stop();
    library?.purge(box);
    node.remove();
  };
}

/**
 * Whether a plot was drawn for another size than its box has now, or not at all because the box was hidden.
 * @param {HTMLElement & { _fullLayout?: { width: number, height: number } }} box
 */
function outgrown(box) {
  const { width = 0, height = 0 } = box._fullLayout ?? {};
  return Math.abs(width - box.clientWidth) > 1 || (box.closest("[data-fit]") && Math.abs(height - box.clientHeight) > 1);
}

/**
 * Traces, layout and configuration for plotly.
 * @param {Plot} figure
 * @param {HTMLElement} box
 * @returns {[unknown, unknown, unknown]}
 */
function themed(figure, box) {
  const colours = theme(box);
  const one = unit(box);
  const layout = merge(baseLayout(colours, one, getComputedStyle(box).fontFamily), painted(figure.layout, colours, one));
  if (box.closest("[data-fit]")) delete layout.height; // the frame says how high it may be, see slides.css
  const data = figure.data.map((trace) => ({ cliponaxis: false, ...painted(trace, colours, one) }));
  return [data, layout, { displayModeBar: false, responsive: false, displaylogo: false, scrollZoom: false, showTips: false }];
}

/**
 * @param {Theme} colours
 * @param {number} one
 * @param {string} family
 */
function baseLayout(colours, one, family) {
  const axis = {
    gridcolor: colours.line, zerolinecolor: colours.soft, linecolor: colours.line, automargin: true,
    tickfont: { size: LEAST_FONT * one, color: colours.soft }, title: { font: { size: FONT * one, color: colours.ink }, standoff: 10 * one },
  };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: { family, size: FONT * one, color: colours.ink }, colorway: [0, 1, 2, 3, 4, 5, 6, 7].map((index) => colours[`series-${index}`]),
    margin: { l: 56 * one, r: 16 * one, t: 16 * one, b: 48 * one }, hovermode: "closest", dragmode: false,
    hoverlabel: { bgcolor: colours.raised, bordercolor: colours.line, font: { family, size: FONT * one, color: colours.ink } },
    legend: { font: { size: FONT * one }, orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    xaxis: axis, yaxis: axis,
  };
}

/**
 * A copy in which "role:query", "series:0" and the like are colours, arrays are plain lists, and no font is too small.
 * @param {unknown} thing
 * @param {Theme} colours
 * @param {number} one
 * @param {string} [name] under which it stands
 * @returns {any}
 */
function painted(thing, colours, one, name = "") {
  if (typeof thing === "string") return paint(thing, colours);
  if (Array.isArray(thing)) return thing.map((part) => painted(part, colours, one));
  if (thing === null || typeof thing !== "object") return thing;
  if ("shape" in thing && "data" in thing && ArrayBuffer.isView(thing.data)) return nested(/** @type {any} */ (thing));
  const copy = Object.fromEntries(Object.entries(thing).map(([key, part]) => [key, painted(part, colours, one, key)]));
  if (/font$/.test(name) && typeof copy.size === "number") copy.size = Math.max(LEAST_FONT, copy.size) * one;
  return copy;
}

/** @param {string} text @param {Theme} colours */
function paint(text, colours) {
  const [kind, name] = text.split(":");
  if (kind === "series" && colours[`series-${name}`]) return colours[`series-${name}`];
  return kind === "role" && colours[name] ? colours[name] : SCALES[text]?.(colours) ?? text;
}

/** Colour scales by name, from the same ends as the matrices. @type {Record<string, (colours: Theme) => unknown>} */
const SCALES = {
  "scale:weight": (colours) => [[0, colours["weight-low"]], [1, colours["weight-high"]]],
  "scale:signed": (colours) => [[0, colours["signed-low"]], [0.5, colours["signed-mid"]], [1, colours["signed-high"]]],
  "role:faint": (colours) => mix(colours.paper, colours.soft, 0.5),
};

/** @param {{ shape: number[], data: ArrayLike<number> }} packed */
function nested({ shape, data }) {
  const values = Array.from(data);
  if (shape.length < 2) return values;
  return Array.from({ length: shape[0] }, (_, row) => values.slice(row * shape[1], (row + 1) * shape[1]));
}

/**
 * The second over the first, object by object.
 * @param {any} base
 * @param {any} over
 * @returns {any}
 */
function merge(base, over) {
  if (Array.isArray(over) || over === null || typeof over !== "object" || base === null || typeof base !== "object") return over ?? base;
  const copy = { ...base };
  for (const [key, part] of Object.entries(over)) copy[key] = key in base ? merge(base[key], part) : part;
  return copy;
}
