/**
 * One step of a walkthrough on the page: its matrices and operators from left to right, wrapping where they must, and a
 * legend for each scale.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./matrix.js").MatrixView} MatrixView
 */
import { el, unit } from "./kit.js";
import { theme } from "./colours.js";
import { figureShare, fit, mayNotScroll } from "./sizes.js";
import { legend, matrixView } from "./matrix.js";
import { matricesOf } from "./place.js";

/** The width of an operator, and the share of the window's height that matrices may take; a tight frame sets a smaller one. */
const OPERATOR = 48;
const HEIGHT_SHARE = 0.52;
const LEAST_HEIGHT = 130;
/** From this width on, in units, the arithmetic stands beside the caption instead of below it. */
const WIDE = 940;
/** @type {Record<string, string>} */
const SPOKEN = { "+": "plus", "=": "equals", "→": "becomes", "×": "times", "·": "times", "−": "minus", "÷": "divided by", "≠": "is not" };

/**
 * Draws the matrices of a step into the stage, as large as fits.
 * @param {{ node: HTMLElement, stage: HTMLElement, legends: HTMLElement }} parts
 * @param {Walk} walk
 * @param {number} step
 * @param {{ kit: Kit, handlers: import("./matrix.js").Handlers }} tools
 * @returns {MatrixView[]}
 */
export function drawStep({ node, stage, legends }, walk, step, { kit, handlers }) {
  const matrices = matricesOf(walk, step);
  const frame = frameOf(stage, kit);
  const sizes = fit(matrices, frame);
  const colours = theme(stage);
  const views = matrices.map((matrix, index) => matrixView({ matrix, size: sizes[index], colours, kit, on: handlers, ...frame }));
  node.classList.toggle("lx-wide", frame.width >= WIDE * frame.unit);
  stage.style.setProperty("--head", `${Math.max(0, ...sizes.map(({ head }) => head))}px`);
  stage.style.setProperty("--middle", `${Math.min(...views.map(({ tall }) => tall)) / 2}px`);
  stage.replaceChildren(...groups(walk.steps[step].layout, matrices, views));
  legends.replaceChildren(...scales(matrices));
  return views;
}

/** @param {HTMLElement} stage @param {Kit} kit @returns {import("./sizes.js").Frame} */
function frameOf(stage, kit) {
  const one = unit(stage);
  const tight = figureShare(stage);
  const share = tight || HEIGHT_SHARE;
  return {
    tight: tight > 0, whole: mayNotScroll(stage),
    width: stage.clientWidth || 720, height: Math.max(LEAST_HEIGHT * one, window.innerHeight * share), unit: one, measure: kit.measure,
    sans: getComputedStyle(stage).fontFamily, operator: OPERATOR * one,
  };
}

/**
 * An operator stays on one line with the matrix after it.
 * @param {string[]} layout
 * @param {Matrix[]} matrices
 * @param {MatrixView[]} views
 */
function groups(layout, matrices, views) {
  const made = [];
  /** @type {HTMLElement[]} */
  let waiting = [];
  let next = 0;
  for (const part of layout) {
    if (matrices[next]?.key !== part) waiting.push(operator(part));
    else {
      made.push(el("div", { class: "lx-group" }, ...waiting, views[next].node));
      waiting = [];
      next += 1;
    }
  }
  return waiting.length ? [...made, el("div", { class: "lx-group" }, ...waiting)] : made;
}

/** @param {string} sign */
function operator(sign) {
  const look = `lx-operator${sign === "·" ? " lx-operator-dot" : ""}`;
  return el("span", { class: look, "aria-label": SPOKEN[sign] ?? sign, role: "img" }, sign);
}

/** One legend for each scale on the stage. @param {Matrix[]} matrices */
function scales(matrices) {
  /** @type {Map<string, Matrix[]>} */
  const known = new Map();
  for (const matrix of matrices) {
    const key = `${matrix.colour} ${matrix.low} ${matrix.high}`;
    known.set(key, [...(known.get(key) ?? []), matrix]);
  }
  return [...known.values()].map((same) => legend(same[0], same.map(({ title }) => title).join(", "))).filter((node) => node !== null);
}
