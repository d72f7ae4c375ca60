/** A figure in a file of its own: the numbers are inside, nothing is asked of anybody. */
import { createKit, el } from "./kit.js";
import { unpack } from "./pack.js";
import { createStage, formula, litTerm } from "./stage.js";
import { plotlyFrom } from "./source.js";

/**
 * @param {HTMLElement} root
 * @param {Element} figure base64 of a gzipped packed response
 * @param {Element} plotly base64 of the gzipped library, or nothing
 */
export async function start(root, figure, plotly) {
  const response = unpack(await opened(figure.textContent ?? ""));
  const kit = createKit({ root, plotly: plotlyFrom(() => scriptAddress(plotly)) });
  const below = el("div", {});
  let state = { ...response.state };
  const light = () => below.replaceChildren(formula(response.formula, litTerm(response, state)));
  const stage = createStage(root, kit, {
    embed: window.parent !== window,
    set(patch) {
      state = { ...state, ...patch };
      stage.state(patch);
      light();
    },
    slice: () => Promise.reject(new Error(OTHER_HEADS)),
  });
  root.dataset.view = response.view;
  root.append(below);
  light();
  await stage.draw(response);
  root.dataset.ready = "1";
}

const OTHER_HEADS = "This file holds the numbers of one head only: the text is too long for all of them.";

/** @param {string} base64 */
async function opened(base64) {
  const bytes = Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** @param {Element} held */
async function scriptAddress(held) {
  return URL.createObjectURL(new Blob([await opened(held.textContent ?? "")], { type: "text/javascript" }));
}
