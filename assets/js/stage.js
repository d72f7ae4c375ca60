/**
 * Draws a figure response into an element and keeps it up to date: headline, figures, notices. The page, an embedded
 * figure and a standalone file all stand on this one.
 */
import { el, keepFocus } from "./kit.js";
import { render as walk } from "./walk.js";
import { render as heads } from "./heads.js";
import { render as plot } from "./plot.js";
import { render as page } from "./page.js";
import { render as bars } from "./bars.js";
import { render as chips } from "./chips.js";
import { render as vectors } from "./vectors.js";
import { createTerms } from "./terms.js";

/** @type {Record<string, (parts: { model: any, el: HTMLElement, kit: any }) => () => void>} */
const FIGURES = { walk, heads, plot, page, bars, chips, vectors };

/**
 * @typedef {object} Hooks
 * @property {(patch: Record<string, unknown>, options?: { local?: boolean, passing?: boolean }) => void} set
 * @property {(figure: any, place: { layer: number, head: number }) => Promise<any>} slice
 * @property {(figure: any, kind: "head" | "arcs" | "cell", values: Record<string, string | number>) => Promise<any>} [part]
 * @property {boolean} embed
 * @property {boolean} [fixed] no server answers to a change
 */

/**
 * @param {HTMLElement} root where headline and figures go
 * @param {any} kit
 * @param {Hooks} hooks
 */
export function createStage(root, kit, hooks) {
  const title = el("h1", { class: "lp-question", tabindex: "-1" });
  const lead = el("p", { class: "lp-lead" });
  const figures = el("div", { class: "lp-figures" });
  const terms = createTerms(figures, hooks.set);
  root.append(title, lead, figures);

  /** @type {ReturnType<typeof slot>[]} */
  let slots = [];

  /**
   * Resolves when everything is on the screen.
   * @param {any} response
   */
  async function draw(response) {
    title.textContent = response.question;
    lead.textContent = response.lead;
    figures.dataset.count = String(response.figures.length);
    if (sameKinds(slots, response)) slots.forEach((part, i) => part.update(response.figures[i], response.state));
    else replace(response);
    await Promise.allSettled(slots.flatMap((part) => part.pending()));
  }

  /** @param {any} response */
  function replace(response) {
    keepFocus(figures, () => {
      slots.forEach((part) => part.destroy());
      figures.replaceChildren();
      slots = response.figures.map((/** @type {any} */ figure) => slot(figures, figure, response, kit, hooks));
    });
  }

  return {
    draw,
    /** @param {Record<string, unknown>} state */
    state: (state) => slots.forEach((part) => part.state(state)),
    /** Writes the formula into a place, tied to the figures. */
    light: terms.light,
    destroy() {
      terms.destroy();
      slots.forEach((part) => part.destroy());
    },
  };
}

/**
 * @param {{ type: string, view: string }[]} slots
 * @param {any} response
 */
function sameKinds(slots, response) {
  const fits = (/** @type {any} */ figure, /** @type {number} */ i) =>
    slots[i].type === figure.type && slots[i].view === response.view;
  return slots.length > 0 && slots.length === response.figures.length && response.figures.every(fits);
}

/**
 * One figure with the model that its module sees.
 * @param {HTMLElement} parent
 * @param {any} figure
 * @param {any} response
 * @param {any} kit
 * @param {Hooks} hooks
 */
function slot(parent, figure, response, kit, hooks) {
  const box = el("div", { class: `lp-figure lp-${figure.type}`, role: "figure", "aria-label": figure.alt });
  parent.append(box);
  /** @type {Record<string, Set<(value: any) => void>>} */
  const listeners = { figure: new Set(), state: new Set() };
  const tell = (/** @type {string} */ what, /** @type {any} */ value) => listeners[what].forEach((listener) => listener(value));
  /** @type {Promise<void>[]} */
  let works = [];
  const model = {
    figure,
    state: Object.freeze({ ...response.state }),
    embed: hooks.embed,
    fixed: hooks.fixed ?? false,
    set: hooks.set,
    working: (/** @type {Promise<void>} */ promise) => void works.push(promise),
    slice: (/** @type {{ layer: number, head: number }} */ place) =>
      model.figure.all ? Promise.resolve({ weights: oneHead(model.figure.all, place) }) : hooks.slice(model.figure, place),
    part: (/** @type {"head" | "arcs" | "cell"} */ kind, /** @type {Record<string, string | number>} */ values) =>
      hooks.part ? hooks.part(model.figure, kind, values) : Promise.reject(new Error("This file holds no more numbers.")),
    on(/** @type {"figure" | "state"} */ what, /** @type {(value: any) => void} */ listener) {
      listeners[what].add(listener);
      return () => listeners[what].delete(listener);
    },
  };
  const cleanup = FIGURES[figure.type]({ model, el: box, kit });
  return {
    type: figure.type,
    view: response.view,
    pending() {
      const now = works;
      works = [];
      return now;
    },
    update(/** @type {any} */ next, /** @type {any} */ state) {
      model.figure = next;
      model.state = Object.freeze({ ...state });
      box.setAttribute("aria-label", next.alt);
      tell("figure", next);
    },
    state(/** @type {any} */ state) {
      model.state = Object.freeze({ ...model.state, ...state });
      tell("state", model.state);
    },
    destroy() {
      cleanup();
      box.remove();
    },
  };
}

/**
 * One head of those that came with the figure.
 * @param {{ shape: number[], data: Float32Array }} all [layer, head, query, key]
 * @param {{ layer: number, head: number }} place
 */
function oneHead({ shape: [, heads, queries, keys], data }, { layer, head }) {
  const size = queries * keys;
  const start = (layer * heads + head) * size;
  return { shape: [queries, keys], data: data.subarray(start, start + size) };
}
