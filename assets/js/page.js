/**
 * A whole HTML page of another tool in a frame of its own, with scripts but without access to this page.
 *
 * @typedef {import("./spec.js").Page} Page
 * @typedef {import("./spec.js").Model<Page>} Model
 */
import { el } from "./kit.js";

/**
 * @param {{ model: Model, el: HTMLElement, kit: import("./kit.js").Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host }) {
  const node = el("div", { class: "lx-figure lx-page-figure" });
  host.append(node);
  const draw = () => {
    const { html, height, title } = model.figure;
    const frame = el("iframe", { class: "lx-page", sandbox: "allow-scripts", title, height, "data-focus": "page" });
    frame.srcdoc = html;
    node.replaceChildren(frame);
  };
  draw();
  const stop = model.on("figure", draw);
  return () => {
    stop();
    node.remove();
  };
}
