/**
 * The steps of a walkthrough as one line of positions, and the bar that moves along it. A step with a sweep has one
 * position for each cell that it computes.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {{ go(position: number): void, play(): void }} BarHandlers
 */
import { el, listen, reducedMotion, toDeck } from "./kit.js";

const MOST_DOTS = 12;

/** How many positions each step has. @param {Walk} walk */
export function lengths({ steps, matrices }) {
  return steps.map(({ sweep }) => (sweep ? Math.max(1, matrices[sweep].values.data.length) : 1));
}

/** How many positions there are. @param {Walk} walk */
export function count(walk) {
  return lengths(walk).reduce((sum, length) => sum + length, 0);
}

/**
 * The step at a position and how far into its sweep it is.
 * @param {Walk} walk
 * @param {number} position
 */
export function placeOf(walk, position) {
  let left = Math.min(count(walk) - 1, Math.max(0, position));
  const all = lengths(walk);
  const step = all.findIndex((length) => (left < length ? true : ((left -= length), false)));
  return { step, index: left };
}

/**
 * @param {Walk} walk
 * @param {number} step
 * @param {number} index
 */
export function positionOf(walk, step, index) {
  return lengths(walk).slice(0, step).reduce((sum, length) => sum + length, 0) + index;
}

/**
 * The cell that a sweep computes at an index, row by row.
 * @param {Walk} walk
 * @param {number} step
 * @param {number} index
 * @returns {Cell | null}
 */
export function sweepCell(walk, step, index) {
  const matrix = walk.steps[step].sweep;
  if (!matrix) return null;
  const width = walk.matrices[matrix].values.shape[1];
  return { matrix, row: Math.floor(index / width), column: index % width };
}

/**
 * @param {Walk} walk
 * @param {BarHandlers} on
 * @returns {{ node: HTMLElement, update(position: number, playing: boolean): void }}
 */
export function stepBar(walk, on) {
  const total = count(walk);
  let now = 0;
  const button = (/** @type {string} */ text, /** @type {number} */ by, /** @type {string} */ look) =>
    el("button", { type: "button", class: `lx-button ${look}`, "data-focus": `step:${text}`, onclick: () => on.go(now + by) }, text);
  const [back, next] = [button("Back", -1, ""), button("Next", 1, "lx-primary")];
  const track = total <= MOST_DOTS ? dots(walk, total, on) : slider(walk, total, on);
  const play = playButton(walk, on);
  const where = el("span", { class: "lx-step-count" });
  const node = el("div", { class: "lx-steps", role: "group", "aria-label": "Steps" }, back, track.node, next, play, where);
  if (total < 2) node.hidden = true;
  return {
    node,
    update(position, playing) {
      now = position;
      back.setAttribute("aria-disabled", String(position === 0));
      next.setAttribute("aria-disabled", String(position === total - 1));
      track.update(position);
      if (play) play.textContent = playing ? "Pause" : "Play";
      where.replaceChildren(`${position + 1} of ${total}`, el("span", { class: "lx-step-hint" }, ", or the arrow keys"));
    },
  };
}

/** Plays a sweep, where there is one and motion is welcome. @param {Walk} walk @param {BarHandlers} on */
function playButton(walk, on) {
  if (reducedMotion() || !walk.steps.some(({ sweep }) => sweep)) return null;
  return el("button", { type: "button", class: "lx-button", "data-focus": "step:play", onclick: on.play }, "Play");
}

/**
 * @param {Walk} walk
 * @param {number} total
 * @param {BarHandlers} on
 */
function dots(walk, total, on) {
  const all = Array.from({ length: total }, (_, position) => {
    const title = `${position + 1}: ${walk.steps[placeOf(walk, position).step].title}`;
    return el("button", {
      type: "button", class: "lx-dot", title, "aria-label": `Step ${title}`, "data-focus": `dot:${position}`, onclick: () => on.go(position),
    });
  });
  return {
    node: el("span", { class: "lx-dots" }, ...all),
    update(/** @type {number} */ position) {
      all.forEach((dot, index) => {
        dot.classList.toggle("is-reached", index <= position);
        dot.classList.toggle("is-now", index === position);
        if (index === position) dot.setAttribute("aria-current", "step");
        else dot.removeAttribute("aria-current");
      });
    },
  };
}

/**
 * @param {Walk} walk
 * @param {number} total
 * @param {BarHandlers} on
 */
function slider(walk, total, on) {
  const input = el("input", {
    type: "range", class: "lx-slider", min: 0, max: total - 1, step: 1, "aria-label": "Step", "data-focus": "step:slider",
  });
  input.addEventListener("input", () => on.go(Number(input.value)));
  return {
    node: input,
    update(/** @type {number} */ position) {
      input.value = String(position);
      input.style.setProperty("--share", String(position / (total - 1)));
      input.setAttribute("aria-valuetext", `${position + 1} of ${total}: ${walk.steps[placeOf(walk, position).step].title}`);
    },
  };
}

/**
 * Arrow and page keys step; at the ends an embedded figure gives them back to its deck. Text fields and matrices keep
 * their arrow keys and release PageUp and PageDown.
 * @param {HTMLElement} root
 * @param {{ embed: () => boolean, move(by: number): boolean }} steps `move` says whether there was somewhere to go
 * @param {EventTarget} [target]
 */
export function stepKeys(root, { embed, move }, target = document) {
  return listen(target, "keydown", (event) => {
    const by = STEP_KEYS[event.key];
    if (!by || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!concerns(root, event)) return;
    const moved = move(by);
    if (!moved && embed()) toDeck(by > 0 ? "next" : "prev");
    if (moved || embed()) event.preventDefault();
  });
}

/**
 * For a figure without steps: its deck gets the keys back at once, unless a walkthrough beside it had use for them.
 * @param {HTMLElement} root
 * @param {() => boolean} embed
 */
export function deckKeys(root, embed) {
  return stepKeys(root, { embed, move: () => false }, window);
}

/** @type {Record<string, number>} */
const STEP_KEYS = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };

/**
 * Whether a key press is meant for this figure's steps: it happened in it, or nowhere in particular.
 * @param {HTMLElement} root
 * @param {KeyboardEvent} event
 */
function concerns(root, event) {
  const target = event.target;
  if (!(target instanceof Element) || !root.isConnected || root.closest(".is-away")) return false;
  const nowhere = target.matches("body, html, h1");
  if (!nowhere && !root.contains(target)) return false;
  return event.key.startsWith("Page") || !target.matches("input, textarea, select, [contenteditable], [role=application]");
}
