/**
 * Below the arcs: how much of each row they show and how much is hidden, which heads are drawn, which part of a long text.
 *
 * @typedef {import("./arcs.js").ArcOptions} ArcOptions
 * @typedef {import("./arcs.js").Drawn} Drawn
 */
import { el } from "./kit.js";
import { percent } from "./numbers.js";
import { headColour } from "./headcolours.js";

/** Tokens in a part of a long text. */
export const PART = 128;

/**
 * @param {ArcOptions} options
 * @param {import("./viewport.js").Range} range
 * @param {() => void} renew draws the arcs again
 */
export function arcTools(options, range, renew) {
  let now = options;
  const said = el("span", { class: "lx-hidden-share", role: "status" });
  const switches = el("div", null, legend(now));
  const node = el("div", { class: "lx-arc-tools" }, el("div", { class: "lx-arc-line" }, slider(now, renew), said), switches, parts(now, range));
  return {
    node,
    /** Another head is shown. @param {ArcOptions} next */
    turn(next) {
      now = next;
      switches.replaceChildren(...[legend(now)].filter((part) => part !== null));
    },
    /** @param {Drawn | null} drawn */
    tell(drawn) {
      said.textContent = drawn ? hiddenShare(now, drawn, range) : "The arcs could not be fetched.";
      if (drawn) said.dataset.hidden = drawn.hidden.join(",");
    },
  };
}

/** @param {ArcOptions} options @param {Drawn} drawn @param {import("./viewport.js").Range} range */
function hiddenShare({ figure, state }, { hidden, capped, arcs }, { r0, r1 }) {
  const heads = [...state.heads].sort((one, other) => one - other);
  const what = heads.length > 1 ? heads.map((head, at) => `${percent(hidden[at])} of head ${head}`).join(", ") : `${percent(hidden[0] ?? 0)} of all weight`;
  const inside = r1 - r0 < figure.queries.length ? " between these tokens" : "";
  const most = capped ? ` Only the ${arcs.length.toLocaleString("en")} largest are drawn.` : "";
  return `Hidden: ${what}${inside}.${most}`;
}

/** @param {ArcOptions} options @param {() => void} renew */
function slider({ state, keep }, renew) {
  const input = el("input", { class: "lx-slider", type: "range", min: 5, max: 100, step: 5, "data-focus": "mass", "aria-label": "Share of each query's weight that the arcs show" });
  input.value = String(Math.round(100 * state.mass));
  const shown = el("output", { class: "lx-mass" }, `${input.value}%`);
  input.addEventListener("input", () => {
    state.mass = Number(input.value) / 100;
    shown.textContent = `${input.value}%`;
    renew();
  });
  input.addEventListener("change", () => keep({ mass: state.mass }));
  input.addEventListener("keydown", (event) => event.stopPropagation());
  return el("label", { class: "lx-mass-label", title: "Each query's largest weights are drawn, until they add up to this share of what it gives." }, "Arcs show ", input, shown);
}

/** A switch for each head of the layer, in the colour of its arcs. @param {ArcOptions} options */
function legend({ figure, state, colours, fixed, redo, keepHeads }) {
  const chosen = () => (keepHeads(), redo());
  if (figure.heads < 2 || figure.mode !== "head" || (fixed && !figure.all)) return null;
  const buttons = Array.from({ length: figure.heads }, (_, head) => {
    const on = state.heads.has(head);
    const button = el("button", {
      type: "button", class: "lx-head-switch", "aria-pressed": String(on), "aria-label": `arcs of head ${head}`, "data-focus": `arcs:${head}`,
      style: { "--head-colour": headColour(head, figure.heads, colours.paper) },
    }, String(head));
    button.addEventListener("click", () => {
      if (!state.heads.delete(head)) state.heads.add(head);
      if (state.heads.size === 0) state.heads.add(figure.head);
      chosen();
    });
    return button;
  });
  const all = el("button", { type: "button", class: "lx-head-switch lx-head-all", "data-focus": "arcs:all" }, state.heads.size === figure.heads ? "one" : "all");
  all.addEventListener("click", () => {
    const every = state.heads.size < figure.heads;
    state.heads = new Set(every ? Array.from({ length: figure.heads }, (_, head) => head) : [figure.head]);
    chosen();
  });
  return el("div", { class: "lx-head-switches", role: "group", "aria-label": `Heads of layer ${figure.layer} whose arcs are drawn` }, el("span", null, "Heads"), ...buttons, all);
}

/** @param {ArcOptions} options @param {import("./viewport.js").Range} range */
function parts({ figure, state, redo }, { r0, r1, c0, c1 }) {
  const most = Math.max(figure.queries.length, figure.keys.length);
  if (r1 - r0 === figure.queries.length && c1 - c0 === figure.keys.length) return null;
  const start = Math.max(r0, c0);
  const go = (/** @type {string} */ text, /** @type {number} */ from, /** @type {boolean} */ can) =>
    el("button", { type: "button", class: "lx-button lx-small", "aria-disabled": String(!can), "data-focus": text, onclick: () => can && ((state.from = from), redo()) }, text);
  return el("div", { class: "lx-arc-line" }, go("Earlier", Math.max(0, start - PART), start > 0),
    el("span", null, `Tokens ${start} to ${Math.max(r1, c1) - 1} of ${most}`), go("Later", start + PART, Math.max(r1, c1) < most));
}
