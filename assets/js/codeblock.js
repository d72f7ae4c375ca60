/** Python code for the numbers on the screen, folded away, with a button that copies it. */
import { el } from "./kit.js";

/** @param {string} code */
export function codeBlock(code) {
  const said = el("span", { role: "status" });
  const text = el("pre", { tabindex: "0", role: "group", "aria-label": "Python code" }, el("code", {}, code));
  const copy = async () => {
    await navigator.clipboard.writeText(code).then(
      () => (said.textContent = " Copied."),
      () => (getSelection()?.selectAllChildren(text), (said.textContent = " Selected: press Ctrl+C.")),
    );
  };
  return el("details", { class: "lp-recipe" }, el("summary", {}, "Python code for these numbers"), text,
    el("button", { type: "button", class: "lp-quiet", onclick: copy }, "Copy"), said);
}
