/**
 * Rows of tokens as chips. A chip can be chosen where the view takes it; links between two rows show at a chip that is
 * under the pointer or the focus.
 *
 * @typedef {import("./spec.js").Chips} Chips
 * @typedef {import("./spec.js").ChipRow} ChipRow
 * @typedef {import("./spec.js").Model<Chips>} Model
 * @typedef {import("./kit.js").Kit} Kit
 */
import { el, keepFocus, onTheme, onWidth, spoken, svg } from "./kit.js";
import { inkOn, mix, theme } from "./colours.js";
import { number } from "./numbers.js";
import { roving } from "./roving.js";
import { deckKeys } from "./steps.js";
import { numberTables } from "./tables.js";

const FAINTEST = 0.02;

/**
 * The other ends of the links at a chip, with their weights.
 * @param {Chips} figure
 * @param {number} row
 * @param {number} chip
 * @returns {{ row: number, chip: number, weight: number }[]}
 */
export function linked({ links }, row, chip) {
  if (!links || (row !== links.start && row !== links.end)) return [];
  const [starts, ends] = links.weights.shape;
  const at = (/** @type {number} */ i, /** @type {number} */ j) => links.weights.data[i * ends + j];
  if (row === links.start) return Array.from({ length: ends }, (_, j) => ({ row: links.end, chip: j, weight: at(chip, j) }));
  return Array.from({ length: starts }, (_, i) => ({ row: links.start, chip: i, weight: at(i, chip) }));
}

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const title = el("div", { class: "lx-plot-title" });
  const box = el("div", { class: "lx-chips" });
  const detail = el("p", { class: "lx-sentence" });
  const note = el("p", { class: "lx-note" });
  const tables = numberTables(() => chipTables(model.figure));
  const node = el("div", { class: "lx-figure lx-chips-figure" }, title, box, detail, note, tables.node);
  host.append(node);
  const lines = svg("svg", { class: "lx-chip-lines", "aria-hidden": "true" });
  /** Where each row starts in the count of all chips. @type {number[]} */
  let starts = [];
  const redraw = () => keepFocus(host, () => {
    const { figure } = model;
    title.textContent = figure.title;
    starts = figure.rows.map((_, i) => figure.rows.slice(0, i).reduce((sum, row) => sum + row.texts.length, 0));
    const colours = theme(host);
    box.replaceChildren(...figure.rows.flatMap((row, i) => rowNodes(model, row, i, starts[i], colours)), lines);
    lines.replaceChildren();
    detail.hidden = !figure.links && figure.rows.every((row) => !row.details.length);
    note.textContent = figure.note;
    note.hidden = !figure.note;
    tables.refresh();
  });
  redraw();
  const find = (/** @type {number} */ place) => {
    const row = starts.findLastIndex((start) => start <= place);
    return { row, chip: place - starts[row] };
  };
  const look = (/** @type {number | null} */ place) => {
    const at = place === null ? null : find(place);
    detail.textContent = at ? model.figure.rows[at.row].details[at.chip] ?? "" : "";
    drawLines(lines, box, at && place !== null ? linked(model.figure, at.row, at.chip).map((end) => ({ from: place, to: starts[end.row] + end.chip, weight: end.weight })) : []);
  };
  const choose = (/** @type {number} */ place) => {
    const { row, chip } = find(place);
    const value = model.figure.rows[row].picks[chip];
    if (model.figure.pick && value !== undefined && !model.fixed) model.set({ [model.figure.pick]: value });
    else if (detail.textContent) kit.announce(detail.textContent);
  };
  const stops = [
    model.on("figure", redraw),
    onTheme(host, redraw),
    onWidth(host, () => lines.replaceChildren()),
    roving(box, { keys: model.embed ? ["ArrowUp", "ArrowDown"] : ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"], look, choose }),
    deckKeys(host, () => Boolean(model.embed)),
    tables.destroy,
  ];
  return () => {
    for (const stop of stops) stop();
    node.remove();
  };
}

/**
 * @param {Model} model
 * @param {ChipRow} row
 * @param {number} index
 * @param {number} start
 * @param {import("./colours.js").Theme} colours
 */
function rowNodes(model, row, index, start, colours) {
  const chips = row.texts.map((_, chip) => chipNode(model, row, chip, start + chip, colours));
  return [
    el("div", { class: `lx-chip-label lx-role-${row.role}`, dir: "auto" }, row.label),
    el("div", { class: "lx-chip-row", role: "group", "aria-label": row.label, "data-row": index }, ...chips),
  ];
}

/**
 * @param {Model} model
 * @param {ChipRow} row
 * @param {number} chip
 * @param {number} place
 * @param {import("./colours.js").Theme} colours
 */
function chipNode(model, row, chip, place, colours) {
  const choice = model.figure.pick && row.picks.length > 0 && !model.fixed;
  const alive = choice || row.details.length > 0 || model.figure.links;
  const marked = row.marked.includes(chip);
  const value = row.values ? number(row.values.data[chip], row.digits) : null;
  const below = [row.ids.length ? String(row.ids[chip]) : null, value].filter((text) => text !== null);
  const group = row.groups[chip] ?? null;
  const classes = ["lx-chip", `lx-role-${row.role}`, choice && "is-choice", marked && "is-selected", row.special[chip] && "lx-special",
    group !== null && row.groups[chip - 1] === group && "is-joined"];
  return el("span", {
    class: classes.filter(Boolean).join(" "),
    role: choice ? "button" : "note",
    "aria-current": choice && marked ? "true" : null,
    "data-place": alive ? place : null,
    "data-focus": alive ? `chip:${place}` : null,
    tabindex: alive ? (place === 0 ? "0" : "-1") : null,
  },
  el("span", { class: "lx-chip-text", dir: "auto", style: shadeOf(row, chip, colours) }, row.texts[chip]),
  ...below.map((text) => el("span", { class: "lx-chip-below" }, spoken(", "), text)));
}

/**
 * @param {ChipRow} row
 * @param {number} chip
 * @param {import("./colours.js").Theme} colours
 */
function shadeOf(row, chip, colours) {
  if (!row.shades) return {};
  const ground = mix(colours["weight-low"], colours["weight-high"], Math.min(1, Math.max(0, row.shades.data[chip])));
  return { "background-color": ground, color: inkOn(ground, [colours.ink, colours.paper]) };
}

/**
 * @param {SVGElement} lines
 * @param {HTMLElement} box
 * @param {{ from: number, to: number, weight: number }[]} links
 */
function drawLines(lines, box, links) {
  const frame = box.getBoundingClientRect();
  const rect = (/** @type {number} */ place) => box.querySelector(`[data-place="${place}"] .lx-chip-text`)?.getBoundingClientRect();
  const drawn = links.filter((link) => link.weight >= FAINTEST).map(({ from, to, weight }) => {
    const [a, b] = [rect(from), rect(to)];
    if (!a || !b) return null;
    const [up, down] = a.top < b.top ? [a, b] : [b, a];
    const points = { x1: up.left + up.width / 2 - frame.left, y1: up.bottom - frame.top, x2: down.left + down.width / 2 - frame.left, y2: down.top - frame.top };
    return svg("line", { ...points, "stroke-width": 1 + 7 * weight, "stroke-opacity": Math.min(1, 0.25 + weight), "data-weight": weight });
  });
  lines.replaceChildren(...drawn.filter((line) => line !== null));
}

/** @param {Chips} figure */
function chipTables(figure) {
  const rows = figure.rows.map((row) => ({
    title: row.label,
    columns: ["position", "token", ...(row.ids.length ? ["id"] : []), ...(row.values ? [row.value_label] : [])],
    rows: row.texts.map((text, i) => [String(i), text, ...(row.ids.length ? [String(row.ids[i])] : []), ...(row.values ? [row.values.data[i]] : [])]),
    digits: row.digits,
  }));
  return figure.links ? [...rows, linkTable(figure, figure.links)] : rows;
}

/** @param {Chips} figure @param {import("./spec.js").Links} links */
function linkTable({ rows }, { start, end, weights }) {
  const width = weights.shape[1];
  return {
    title: `${rows[start].label} to ${rows[end].label}`,
    columns: ["", ...rows[end].texts],
    rows: rows[start].texts.map((text, i) => [text, ...Array.from(weights.data.slice(i * width, (i + 1) * width))]),
    digits: 3,
  };
}
