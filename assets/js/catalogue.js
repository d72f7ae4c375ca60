/** The list of models: what each is good for, how large it is, and whether it is here. Any id of the Hub can be typed. */
import { el, listen } from "./kit.js";

const PLACES = /** @type {Record<string, string>} */ ({ here: "here", cached: "downloaded before", download: "download" });

/**
 * Opens the list in a dialog; resolves with the chosen model, or null where it was closed.
 * @param {HTMLElement} root the `.lectern` element
 * @param {any[]} entries
 * @param {string} current
 * @returns {Promise<string | null>}
 */
export function chooseModel(root, entries, current) {
  return new Promise((resolve) => {
    const close = (/** @type {string | null} */ chosen) => {
      dialog.close();
      dialog.remove();
      resolve(chosen);
    };
    const typed = el("input", { class: "lp-input", type: "text", placeholder: "owner/name", spellcheck: "false", "aria-label": "Model id on the Hugging Face Hub" });
    const form = el("form", { class: "lp-any-model" },
      el("label", {}, el("span", { class: "lp-label" }, "Or any model of the Hugging Face Hub, by its id"), typed),
      el("button", { class: "lp-strong", type: "submit" }, "Use it"));
    const rows = entries.map((entry) => row(entry, entry.key === current, () => close(entry.key)));
    const dialog = el("dialog", { class: "lp-dialog", "aria-label": "Choose a model" },
      el("div", { class: "lp-dialog-head" }, el("h2", {}, "Choose a model"), el("button", { type: "button", class: "lp-quiet", onclick: () => close(null) }, "Close")),
      el("ul", { class: "lp-models" }, ...rows), form);
    listen(form, "submit", (event) => {
      event.preventDefault();
      if (typed.value.trim()) close(typed.value.trim());
    });
    listen(dialog, "cancel", (event) => {
      event.preventDefault();
      close(null);
    });
    root.append(dialog);
    dialog.showModal();
    /** @type {HTMLElement | null} */ (dialog.querySelector("[aria-current]"))?.focus();
  });
}

/**
 * @param {any} entry
 * @param {boolean} current
 * @param {() => void} chosen
 */
function row(entry, current, chosen) {
  const facts = [entry.family, entry.size, PLACES[entry.availability] + (entry.download ? ` ${entry.download}` : ""), entry.licence];
  return el("li", {},
    el("button", { type: "button", class: "lp-model-row", "aria-current": current ? "true" : null, onclick: chosen },
      el("strong", {}, entry.title),
      el("span", { class: `lp-place lp-${entry.availability}` }, facts.filter(Boolean).join(" · ")),
      el("span", { class: "lp-good" }, entry.good_for)));
}
