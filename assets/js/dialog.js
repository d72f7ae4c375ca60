/** A dialog over the page: it takes the focus, Escape and "Close" end it, and the focus goes back to where it was. */
import { el } from "./kit.js";

/**
 * @param {HTMLElement} root the `.lectern` element
 * @param {string} title
 * @param {(Node | string | null)[]} children
 * @param {{ look?: string }} [options]
 */
export function openDialog(root, title, children, { look = "" } = {}) {
  const close = () => dialog.close();
  const head = el("div", { class: "lp-dialog-head" }, el("h2", {}, title), el("button", { type: "button", class: "lp-quiet", onclick: close }, "Close"));
  const dialog = el("dialog", { class: `lp-dialog ${look}`, "aria-label": title }, head, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A text to copy, with its button.
 * @param {string} label
 * @param {string} text
 * @param {number} [rows]
 */
export function copyable(label, text, rows = 2) {
  const field = el("textarea", { class: "lp-input lp-code", rows: String(rows), readonly: true, spellcheck: "false" });
  field.value = text;
  const button = el("button", { type: "button", class: "lp-strong" }, "Copy");
  button.addEventListener("click", async () => {
    field.select();
    const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
  });
  const node = el("div", { class: "lp-copy" }, el("label", {}, el("span", { class: "lp-label" }, label), field), button);
  /** @param {string} next */
  const set = (next) => {
    field.value = next;
    button.textContent = "Copy";
  };
  return { node, set };
}
