/** The controls of a view, made from its declaration. One row above the figure, and those that every view shares in the bar. */
import { el, listen } from "./kit.js";
import { readPicture } from "./picture.js";

const TYPING_PAUSE = 450;

/**
 * @typedef {object} Control
 * @property {string} field
 * @property {string} label
 * @property {string} kind
 * @property {{ value: string, label: string }[]} options
 * @property {number | null} min
 * @property {number | null} max
 * @property {string} help
 * @property {Record<string, string[]> | null} when
 * @property {boolean} top
 * @property {string[]} clears
 */

/**
 * Keeps a row of controls in an element. `choose` hears of each change with the values that belong to it.
 * @param {HTMLElement} row
 * @param {(patch: Record<string, unknown>) => void} choose
 * @param {(control: Control, value: string) => HTMLElement} modelButton makes the button that opens the model list
 */
export function createControls(row, choose, modelButton) {
  let signature = "";
  /** @type {{ control: Control, box: HTMLElement, show: (value: unknown) => void }[]} */
  let parts = [];

  /**
   * @param {Control[]} controls
   * @param {Record<string, unknown>} state
   */
  function update(controls, state) {
    const wanted = JSON.stringify(controls);
    if (wanted !== signature) build(controls, state);
    signature = wanted;
    for (const part of parts) {
      part.box.hidden = !applies(part.control, state);
      part.show(state[part.control.field]);
    }
    row.hidden = parts.every((part) => part.box.hidden);
  }

  /**
   * @param {Control[]} controls
   * @param {Record<string, unknown>} state
   */
  function build(controls, state) {
    const focused = row.contains(document.activeElement) ? document.activeElement?.getAttribute("data-focus") : null;
    const typed = focused ? parts.find((part) => part.control.field === focused) : null;
    const kept = typed?.box.querySelector("input, textarea");
    parts = controls.map((control) => make(control, String(state[control.field] ?? ""), choose, modelButton));
    if (typed && kept) parts = parts.map((part) => (same(part.control, typed.control) ? typed : part));
    row.replaceChildren(...parts.map((part) => part.box));
    if (focused) /** @type {HTMLElement | null} */ (row.querySelector(`[data-focus="${focused}"]`))?.focus();
  }

  return { update };
}

/**
 * @param {Control} one
 * @param {Control} other
 */
function same(one, other) {
  return one.field === other.field && one.kind === other.kind;
}

/**
 * @param {Control} control
 * @param {Record<string, unknown>} state
 */
function applies(control, state) {
  if (control.min !== null && control.min === control.max) return false; // a number that can be only one
  return Object.entries(control.when ?? {}).every(([field, values]) => values.includes(String(state[field])));
}

/**
 * @param {Control} control
 * @param {string} value
 * @param {(patch: Record<string, unknown>) => void} choose
 * @param {(control: Control, value: string) => HTMLElement} modelButton
 */
function make(control, value, choose, modelButton) {
  const commit = (/** @type {unknown} */ chosen) =>
    choose({ ...Object.fromEntries(control.clears.map((field) => [field, null])), [control.field]: chosen });
  const makers = { text, longtext: text, number: stepper, choice, toggle, picture, model: text };
  if (control.kind === "model") return chooser(control, value, modelButton);
  return makers[/** @type {keyof typeof makers} */ (control.kind)](control, value, commit);
}

/**
 * @param {Control} control
 * @param {...Node} parts
 */
function labelled(control, ...parts) {
  return el("label", { class: `lp-control lp-${control.kind}`, title: control.help || null },
    el("span", { class: "lp-label" }, control.label), ...parts);
}

/**
 * @param {Control} control
 * @param {string} value
 * @param {(value: unknown) => void} commit
 */
function text(control, value, commit) {
  const long = control.kind === "longtext";
  const props = { class: "lp-input", "data-focus": control.field, spellcheck: "false", autocomplete: "off", dir: "auto" };
  const input = long ? el("textarea", { ...props, rows: "4" }) : el("input", { ...props, type: "text" });
  input.value = value;
  let known = value;
  let timer = 0;
  const send = () => {
    clearTimeout(timer);
    if (input.value === known) return;
    known = input.value;
    commit(input.value);
  };
  listen(input, "input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(send, TYPING_PAUSE);
  });
  listen(input, "change", send);
  listen(input, "keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) send();
  });
  const show = (/** @type {unknown} */ next) => {
    if (document.activeElement === input) return;
    known = String(next ?? "");
    input.value = known;
  };
  return { control, box: labelled(control, input), show };
}

/**
 * A number with a smaller and a larger button.
 * @param {Control} control
 * @param {string} value
 * @param {(value: unknown) => void} commit
 */
function stepper(control, value, commit) {
  const low = control.min ?? -Infinity;
  const high = control.max ?? Infinity;
  const input = el("input", { class: "lp-number", type: "text", inputmode: "decimal", "data-focus": control.field });
  let known = Number(value);
  const go = (/** @type {number} */ next) => {
    const bounded = Math.min(high, Math.max(low, next));
    input.value = String(bounded).replace("-", "−");
    if (bounded === known) return;
    known = bounded;
    commit(bounded);
  };
  const typed = () => {
    const number = Number(input.value.replace("−", "-").replace(",", "."));
    go(Number.isFinite(number) && input.value.trim() ? number : known);
  };
  const button = (/** @type {string} */ sign, /** @type {number} */ by, /** @type {string} */ name) =>
    el("button", { type: "button", class: "lp-step", "aria-label": `${name} ${control.label.toLowerCase()}`, onclick: () => go(known + by) }, sign);
  listen(input, "change", typed);
  listen(input, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (by) event.preventDefault();
    if (by) go(known + by);
  });
  const most = Number.isFinite(high) && control.max !== null && high < 999 ? el("span", { class: "lp-of" }, `of ${high}`) : "";
  const group = el("span", { class: "lp-stepper" }, button("−", -1, "Smaller"), input, button("+", 1, "Larger"));
  const show = (/** @type {unknown} */ next) => {
    known = Number(next);
    if (document.activeElement !== input) input.value = String(next).replace("-", "−");
  };
  const box = el("span", { class: "lp-control lp-number-control", role: "group", "aria-label": control.label, title: control.help || null },
    el("span", { class: "lp-label" }, control.label), group, most);
  input.setAttribute("aria-label", control.label);
  return { control, box, show };
}

/**
 * @param {Control} control
 * @param {string} value
 * @param {(value: unknown) => void} commit
 */
function choice(control, value, commit) {
  const options = control.options.map((option) => el("option", { value: option.value }, option.label));
  const select = el("select", { class: "lp-select", "data-focus": control.field }, ...options);
  select.value = value;
  listen(select, "change", () => commit(select.value));
  const show = (/** @type {unknown} */ next) => {
    select.value = String(next);
  };
  return { control, box: labelled(control, select), show };
}

/**
 * @param {Control} control
 * @param {string} value
 * @param {(value: unknown) => void} commit
 */
function toggle(control, value, commit) {
  const box = el("input", { type: "checkbox", class: "lp-check", "data-focus": control.field });
  box.checked = value === "true";
  listen(box, "change", () => commit(box.checked));
  const show = (/** @type {unknown} */ next) => {
    box.checked = next === true;
  };
  return { control, box: labelled(control, box), show };
}

/**
 * A picture from the reader's disk; it is made small in the browser and never sent as a file.
 * @param {Control} control
 * @param {string} value
 * @param {(value: unknown) => void} commit
 */
function picture(control, value, commit) {
  const file = el("input", { type: "file", accept: "image/*", class: "lp-file", "data-focus": control.field });
  const said = el("span", { class: "lp-said", role: "status" });
  const remove = el("button", { type: "button", class: "lp-quiet", onclick: () => commit(null) }, "Back to the numbers");
  listen(file, "change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    said.textContent = "";
    try {
      commit(await readPicture(chosen));
    } catch {
      said.textContent = `“${chosen.name}” is not a picture that this browser can read: choose a PNG, JPEG or WebP file.`;
    }
    file.value = "";
  });
  const show = (/** @type {unknown} */ next) => {
    remove.hidden = !next;
  };
  show(value);
  return { control, box: el("span", { class: "lp-control lp-picture" }, labelled(control, file), remove, said), show };
}

/**
 * @param {Control} control
 * @param {string} value
 * @param {(control: Control, value: string) => HTMLElement} modelButton
 */
function chooser(control, value, modelButton) {
  const holder = el("span", { class: "lp-control lp-model" });
  const show = (/** @type {unknown} */ next) => {
    const focused = holder.contains(document.activeElement);
    holder.replaceChildren(el("span", { class: "lp-label" }, control.label), modelButton(control, String(next)));
    if (focused) holder.querySelector("button")?.focus();
  };
  show(value);
  return { control, box: holder, show };
}
