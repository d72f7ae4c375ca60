/** A figure in a file of its own: the numbers are inside, nothing is asked of anybody. */
import { codeBlock } from "./codeblock.js";
import { held, heldScript } from "./held.js";
import { createKit, el } from "./kit.js";
import { unpack } from "./pack.js";
import { createStage } from "./stage.js";
import { plotlyFrom } from "./source.js";

/**
 * @param {HTMLElement} root
 * @param {Element} figure holds a packed response
 * @param {Element} plotly holds the library, or nothing
 */
export async function start(root, figure, plotly) {
  const response = unpack(await held(figure));
  const kit = createKit({ root, plotly: plotlyFrom(() => heldScript(plotly)) });
  const below = el("div", {});
  let state = { ...response.state };
  const light = () => response.formula.length && stage.light(below, response, state);
  const stage = createStage(root, kit, {
    embed: window.parent !== window,
    fixed: true,
    set(patch) {
      state = { ...state, ...patch };
      stage.state(patch);
      light();
    },
    slice: () => Promise.reject(new Error(OTHER_HEADS)),
  });
  root.dataset.view = response.view;
  root.append(below);
  if (response.code) root.append(codeBlock(response.code));
  light();
  await stage.draw(response);
  root.dataset.ready = "1";
}

const OTHER_HEADS = "This file holds the numbers of one head only: the text is too long for all of them.";
