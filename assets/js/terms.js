/**
 * A formula whose terms are tied to the picture. Pointing at a term outlines what shows it, pressing it goes to the step
 * that is about it; pointing at a part of the picture lights the terms that it shows.
 *
 * @typedef {{ text: string, role: string, term: string | null, style: "sub" | "sup" | null, at: number[] | null }} Term
 * @typedef {{ type: string, steps?: { title: string, term: string | null }[] }} Figure
 * @typedef {{ figures: Figure[], formula: Term[], title: string }} Response
 */
import { el, listen } from "./kit.js";

/**
 * @param {HTMLElement} figures holds one element for each figure
 * @param {(patch: Record<string, unknown>, options: { local: boolean }) => void} set
 */
export function createTerms(figures, set) {
  /** @type {Response | null} */
  let shown = null;
  /** @type {HTMLElement[]} */
  let buttons = [];
  /** @type {Term[][]} */
  let groups = [];

  /** @param {HTMLElement} place @param {Response} response @param {Record<string, unknown>} state */
  function light(place, response, state) {
    if (shown !== response || !place.contains(buttons[0] ?? null)) write(place, response);
    const lit = litTerm(response, state);
    buttons.forEach((button, i) => button.classList.toggle("lp-lit", Boolean(lit) && groups[i][0].term === lit));
  }

  /** @param {HTMLElement} place @param {Response} response */
  function write(place, response) {
    shown = response;
    groups = grouped(response.formula);
    buttons = groups.map((terms) => piece(terms, response, figures, set));
    const spoken = response.formula.map((term) => term.text).join("");
    place.replaceChildren(el("p", { class: "lp-formula", role: "group", "aria-label": spoken }, ...buttons));
  }

  /** Lights the terms that the part of the picture under the pointer or the focus shows. @param {Event} event */
  function follow(event) {
    const place = placeOf(figures, event.target);
    buttons.forEach((button, i) => button.classList.toggle("lp-near", covers(groups[i][0].at, place)));
  }

  const leave = () => buttons.forEach((button) => button.classList.remove("lp-near"));
  const stops = [
    listen(figures, "pointerover", follow), listen(figures, "focusin", follow),
    listen(figures, "pointerleave", leave), listen(figures, "focusout", leave),
  ];
  return { light, destroy: () => stops.forEach((stop) => stop()) };
}

/**
 * The term that the step of a walkthrough is about.
 * @param {{ figures: Figure[] }} response
 * @param {Record<string, unknown>} state
 */
export function litTerm(response, state) {
  const steps = response.figures.find((figure) => figure.type === "walk")?.steps;
  if (!steps) return null;
  return steps[Math.min(Number(state.step ?? 0), steps.length - 1)]?.term ?? null;
}

/** Neighbours that are tied to the same thing are one piece. @param {Term[]} terms */
export function grouped(terms) {
  /** @type {Term[][]} */
  const groups = [];
  for (const term of terms) {
    const last = groups.at(-1);
    if (last && String(last[0].at) === String(term.at) && last[0].term === term.term) last.push(term);
    else groups.push([term]);
  }
  return groups;
}

/**
 * Whether a term at [figure] or [figure, row] is shown at this place: all of a figure shows what any row of it does.
 * @param {number[] | null} at
 * @param {number[] | null} place
 */
export function covers(at, place) {
  return Boolean(at && place) && /** @type {number[]} */ (at).every((part, i) => part === /** @type {number[]} */ (place)[i]);
}

/**
 * @param {Term[]} terms
 * @param {Response} response
 * @param {HTMLElement} figures
 * @param {(patch: Record<string, unknown>, options: { local: boolean }) => void} set
 */
function piece(terms, response, figures, set) {
  const [{ term, at }] = terms;
  const steps = response.figures.find((figure) => figure.type === "walk")?.steps ?? [];
  const step = term ? steps.findIndex((one) => one.term === term) : -1;
  const written = terms.map((part) => el(part.style ?? "span", { class: `lp-role-${part.role}` }, part.text));
  const wordy = terms.some(({ text }) => /[\p{L}\p{N}]/u.test(text)); // a closing bracket is no button of its own
  if ((step < 0 && !at) || !wordy) return el("span", { class: "lp-term" }, ...written);
  const outlined = () => placed(figures, at);
  const button = el("button", { type: "button", class: "lp-term lp-tied", "data-term": term, title: step < 0 ? null : `Step: ${steps[step].title}` }, ...written);
  const mark = (/** @type {boolean} */ on) => () => outlined()?.classList.toggle("lp-shown", on);
  listen(button, "pointerenter", mark(true));
  listen(button, "pointerleave", mark(false));
  listen(button, "focus", mark(true));
  listen(button, "blur", mark(false));
  listen(button, "click", () => (step < 0 ? outlined()?.scrollIntoView({ block: "nearest" }) : set({ step, cell: "" }, { local: true })));
  return button;
}

/** @param {HTMLElement} figures @param {number[] | null} at @returns {Element | null} */
function placed(figures, at) {
  if (!at) return null;
  const box = figures.children[at[0]] ?? null;
  return box && at.length > 1 ? rowsOf(box)[at[1]] ?? box : box;
}

/** @param {HTMLElement} figures @param {EventTarget | null} target @returns {number[] | null} */
function placeOf(figures, target) {
  const box = target instanceof Element ? [...figures.children].findIndex((child) => child.contains(target)) : -1;
  if (box < 0) return null;
  const row = rowsOf(figures.children[box]).findIndex((one) => one.contains(/** @type {Element} */ (target)));
  return row < 0 ? [box] : [box, row];
}

/** The rows of chips of a figure. @param {Element} box */
function rowsOf(box) {
  return [...box.querySelectorAll(".lx-chip-row")];
}
