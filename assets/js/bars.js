/**
 * Labelled horizontal bars with their numbers; one of them can be chosen where the view takes it.
 *
 * @typedef {import("./spec.js").Bars} Bars
 * @typedef {import("./spec.js").Model<Bars>} Model
 * @typedef {import("./kit.js").Kit} Kit
 */
import { el, keepFocus, spoken } from "./kit.js";
import { number } from "./numbers.js";
import { roving } from "./roving.js";
import { deckKeys } from "./steps.js";
import { numberTables } from "./tables.js";

/**
 * Where a bar begins and how long it is, as shares of the track.
 * @param {number} value
 * @param {{ low: number, high: number, log: boolean }} scale
 */
export function extent(value, { low, high, log }) {
  const share = (/** @type {number} */ at) => {
    const [from, to, here] = log ? [low, high, Math.max(at, low)].map(Math.log) : [low, high, at];
    return Math.min(1, Math.max(0, (here - from) / (to - from)));
  };
  const zero = log ? 0 : share(0);
  const end = share(value);
  return { start: Math.min(zero, end), length: Math.abs(end - zero) };
}

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const title = el("div", { class: "lx-plot-title" });
  const list = el("div", { class: "lx-bars" });
  const detail = el("p", { class: "lx-sentence" });
  const note = el("p", { class: "lx-note" });
  const tables = numberTables(() => [table(model.figure)]);
  const node = el("div", { class: "lx-figure lx-bars-figure" }, title, list, detail, note, tables.node);
  host.append(node);
  const redraw = () => keepFocus(host, () => {
    const { figure } = model;
    title.textContent = figure.title;
    list.setAttribute("role", figure.pick && !model.fixed ? "group" : "list");
    list.setAttribute("aria-label", figure.title);
    list.replaceChildren(...legend(figure), ...figure.labels.flatMap((_, place) => line(figure, place, Boolean(model.fixed))));
    detail.hidden = !figure.details.length;
    detail.textContent = "";
    note.textContent = figure.note;
    note.hidden = !figure.note;
    tables.refresh();
  });
  redraw();
  const look = (/** @type {number | null} */ place) => {
    detail.textContent = place === null ? "" : model.figure.details[place] ?? "";
  };
  const choose = (/** @type {number} */ place) => {
    const { pick, picks } = model.figure;
    if (pick && !model.fixed) model.set({ [pick]: picks[place] });
    else if (detail.textContent) kit.announce(detail.textContent);
  };
  const stops = [
    model.on("figure", redraw),
    roving(list, { keys: ["ArrowUp", "ArrowDown"], look, choose }),
    deckKeys(host, () => Boolean(model.embed)),
    tables.destroy,
  ];
  return () => {
    for (const stop of stops) stop();
    node.remove();
  };
}

/**
 * @param {Bars} figure
 * @param {number} place
 * @param {boolean} fixed
 */
function line(figure, place, fixed) {
  const value = figure.values.data[place];
  const alive = (figure.pick && !fixed) || figure.details.length;
  const second = figure.second?.data[place];
  const [choice, otherwise] = [Boolean(figure.pick && !fixed), figure.second ? ` ${figure.second_label} ` : ""];
  const row = el("div", {
    class: `lx-bar-row${place === figure.mark ? " is-marked" : ""}${choice ? " is-choice" : ""}`,
    role: choice ? "button" : "listitem",
    "aria-current": figure.pick && place === figure.mark ? "true" : null,
    "data-place": alive ? place : null,
    "data-focus": alive ? `bar:${place}` : null,
    tabindex: alive ? (place === (figure.mark ?? 0) ? "0" : "-1") : null,
  },
  el("span", { class: "lx-bar-label", dir: "auto", title: figure.labels[place] }, figure.labels[place]),
  el("span", { class: "lx-bar-track" }, fill(figure, value, "lx-bar-fill"), second === undefined ? null : fill(figure, second, "lx-bar-second", "second")),
  el("span", { class: "lx-bar-number", "data-number": String(value) }, spoken(": "), printed(figure, value),
    second === undefined ? null : el("span", { class: "lx-bar-other" }, spoken(otherwise), printed(figure, second))));
  return figure.cut === place + 1 ? [row, el("div", { class: "lx-bar-cut", role: choice ? "note" : "listitem" }, figure.cut_label)] : [row];
}

/**
 * @param {Bars} figure
 * @param {number} value
 * @param {string} name
 * @param {string} [colour]
 */
function fill(figure, value, name, colour = value < 0 ? "below" : figure.role) {
  const { start, length } = extent(value, figure);
  return el("span", {
    class: `${name} lx-fill-${colour}`,
    style: { left: `${start * 100}%`, width: `${length * 100}%` },
  });
}

/** @param {Bars} figure */
function legend(figure) {
  if (!figure.second) return [];
  return [el("div", { class: "lx-bar-legend" },
    el("span", null, el("span", { class: `lx-swatch lx-fill-${figure.role}` }), figure.value_label),
    el("span", null, el("span", { class: "lx-swatch lx-swatch-second" }), figure.second_label))];
}

/** @param {Bars} figure @param {number} value */
function printed(figure, value) {
  const least = 10 ** -figure.digits;
  if (value > 0 && value < least / 2) return `< ${number(least, figure.digits)}${figure.unit}`;
  return `${number(value, figure.digits)}${figure.unit}`;
}

/** @param {Bars} figure */
function table(figure) {
  const columns = ["", figure.value_label, ...(figure.second ? [figure.second_label] : [])];
  const rows = figure.labels.map((label, i) => [label, figure.values.data[i], ...(figure.second ? [figure.second.data[i]] : [])]);
  return { title: figure.title, columns, rows, key: "bars", digits: figure.digits };
}
