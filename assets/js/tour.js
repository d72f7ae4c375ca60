/** The guided tour: a slim bar above the figure that leads one sentence from view to view. */
import { el } from "./kit.js";

/**
 * @typedef {{ view: string, here: string, next: string, field: string, backwards: string, state: Record<string, string> }} Stop
 * @typedef {{ sentence: string, longest: number, stops: Stop[] }} Tour
 */

/**
 * The stop that an address names, counted from 0; null where it is none of this tour, or none of this view.
 * @param {Stop[]} stops
 * @param {string | undefined} asked
 * @param {string} view
 */
export function stopOf(stops, asked, view) {
  const number = /^[1-9]\d?$/.test(asked ?? "") ? Number(asked) - 1 : -1;
  return stops[number]?.view === view ? number : null;
}

/**
 * The values of a view at a stop, with the sentence in it.
 * @param {Stop} stop
 * @param {string} sentence
 * @returns {Record<string, string>}
 */
export function valuesAt(stop, sentence) {
  const other = stop.backwards ? { [stop.backwards]: sentence.trim().split(/\s+/).reverse().join(" ") } : {};
  return { ...stop.state, ...other, [stop.field]: sentence };
}

/**
 * Makes the bar, hidden.
 * @param {{ turn: (number: number) => void, leave: () => void }} hooks `turn` gets the place of a stop, counted from 0
 */
export function createTour({ turn, leave }) {
  const node = el("section", { class: "lp-tour", "aria-label": "Guided tour", hidden: true });

  /**
   * @param {Stop[]} stops
   * @param {number | null} at
   */
  function show(stops, at) {
    const focused = node.contains(document.activeElement) ? document.activeElement?.getAttribute("data-focus") : null;
    node.hidden = at === null;
    if (at === null) return;
    const last = at === stops.length - 1;
    const button = (/** @type {string} */ name, /** @type {number} */ to, /** @type {string} */ kind) =>
      el("button", { type: "button", class: kind, "data-focus": `tour:${name}`, disabled: !stops[to], onclick: () => turn(to) }, name);
    node.replaceChildren(
      el("p", { class: "lp-tour-words", "aria-live": "polite" }, el("strong", {}, `Step ${at + 1} of ${stops.length}. `), `${stops[at].here} ${stops[at].next}`),
      el("div", { class: "lp-tour-buttons" }, button("Previous", at - 1, "lp-quiet"), button("Next", at + 1, last ? "lp-quiet" : "lp-strong"),
        el("button", { type: "button", class: "lp-quiet", "data-focus": "tour:leave", onclick: leave }, "Leave the tour")));
    if (focused) /** @type {HTMLElement | null} */ (node.querySelector(`[data-focus="${focused}"]:not([disabled])`))?.focus();
  }

  return { node, show };
}
