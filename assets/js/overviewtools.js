/**
 * Sorting and filtering the overview by what heads do. Closed it is one small button; open, each measure says what it is
 * when it is pointed at or has the focus.
 *
 * @typedef {import("./overview.js").OverviewOptions} OverviewOptions
 */
import { el } from "./kit.js";
import { number } from "./numbers.js";

const NO_MEASURE = { key: "", label: "layer and head", definition: "All heads where the model has them: a row for each layer.", unit: "" };

/**
 * @param {OverviewOptions} options
 * @param {number} count of heads that are shown
 */
export function overviewTools({ figure, state, redo }, count) {
  if (!figure.measures.length) return { node: null, opener: null };
  const chosen = figure.measures.find(({ key }) => key === state.measure) ?? NO_MEASURE;
  const opener = el("button", { type: "button", class: "lx-button lx-small lx-sort-button", "aria-expanded": String(state.open), "data-focus": "sort" }, "Sort and filter");
  opener.addEventListener("click", () => {
    state.open = !state.open;
    redo();
  });
  if (!state.open) return { node: null, opener };
  const definition = el("p", { class: "lx-note lx-definition", role: "status" }, chosen.definition);
  const choices = [NO_MEASURE, ...figure.measures].map((measure) => choice(measure, measure === chosen, definition, chosen.definition, () => {
    state.measure = measure.key || null;
    state.least = 0;
    redo();
  }));
  const group = el("div", { class: "lx-measures", role: "radiogroup", "aria-label": "Sort heads by" }, ...choices);
  const total = figure.layers * figure.heads;
  const said = el("span", { class: "lx-words", role: "status", "data-count": count }, `${count} of ${total} heads`);
  const filter = state.measure ? least(figure, state, chosen, redo) : null;
  return { node: el("div", { class: "lx-sort" }, group, definition, filter && el("div", { class: "lx-arc-line" }, filter, said)), opener };
}

/**
 * @param {import("./spec.js").Measure} measure
 * @param {boolean} checked
 * @param {HTMLElement} definition
 * @param {string} usual what is said while nothing is pointed at
 * @param {() => void} choose
 */
function choice({ key, label, definition: text, unit }, checked, definition, usual, choose) {
  const button = el("button", {
    type: "button", role: "radio", class: "lx-measure", "aria-checked": String(checked), title: text, "aria-description": text,
    "data-measure": key, "data-focus": `measure:${key}`, onclick: choose,
  }, label, unit && unit !== "share" ? el("span", { class: "lx-words" }, ` (${unit})`) : null);
  for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => (definition.textContent = text));
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => (definition.textContent = usual));
  return button;
}

/**
 * @param {import("./spec.js").Heads} figure
 * @param {import("./overview.js").OverviewState} state
 * @param {import("./spec.js").Measure} measure
 * @param {() => void} redo
 */
function least(figure, state, { key, label }, redo) {
  const most = Math.max(0, ...figure.statistics[key].data);
  const input = el("input", { class: "lx-slider", type: "range", min: 0, max: 100, step: 1, "data-focus": "least", "aria-label": `At least so much: ${label}` });
  input.value = String(Math.round((100 * state.least) / (most || 1)));
  input.setAttribute("aria-valuetext", number(state.least, 2));
  input.addEventListener("input", () => {
    state.least = (Number(input.value) / 100) * most * 0.9999;
    redo();
  });
  input.addEventListener("keydown", (event) => event.stopPropagation());
  return el("label", { class: "lx-mass-label" }, "At least ", input, el("output", { class: "lx-mass" }, number(state.least, 2)));
}
