/** "Use in slides": the link, the frame and the files of what is on the screen. */
import { el } from "./kit.js";

const FILES = /** @type {const} */ ([
  ["html", "Interactive file, works offline"],
  ["json", "Everything as JSON"],
  ["npz", "Numbers for NumPy"],
  ["csv", "Tables for a spreadsheet"],
]);

/**
 * @param {HTMLElement} root
 * @param {{ link: string, title: string, file: (extension: string) => string }} shown
 */
export function openSlides(root, { link, title, file }) {
  const address = new URL(link);
  address.searchParams.set("embed", "1");
  const frame = `<iframe src="${address.href.replaceAll("&", "&amp;")}" title="${attribute(title)}" width="1280" height="720" style="border:0" loading="lazy" allow="clipboard-write; fullscreen"></iframe>`;
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const files = FILES.map(([extension, about]) =>
    el("li", {}, el("a", { class: "lp-file-link", href: file(extension), download: `lectern.${extension}` }, el("strong", {}, `.${extension}`), ` ${about}`)));
  const dialog = el("dialog", { class: "lp-dialog", "aria-label": "Use in slides" },
    el("div", { class: "lp-dialog-head" }, el("h2", {}, "Use in slides"), el("button", { type: "button", class: "lp-quiet", onclick: close }, "Close")),
    copyable("Link to exactly this state", link),
    copyable("Frame for reveal.js, Quarto or any web page", frame),
    el("p", { class: "lp-label" }, "As a file"),
    el("ul", { class: "lp-files" }, ...files));
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}

/** @param {string} text */
function attribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/**
 * @param {string} label
 * @param {string} text
 */
function copyable(label, text) {
  const field = el("textarea", { class: "lp-input lp-code", rows: "2", readonly: true, spellcheck: "false" });
  field.value = text;
  const button = el("button", { type: "button", class: "lp-strong" }, "Copy");
  button.addEventListener("click", async () => {
    field.select();
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
  });
  return el("div", { class: "lp-copy" }, el("label", {}, el("span", { class: "lp-label" }, label), field), button);
}
