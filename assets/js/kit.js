/**
 * What every figure needs from the page: making elements, keeping focus, following the theme, speaking, the deck.
 */
import { number, percent, precise, parseNumber } from "./numbers.js";
import { contrast, inkOn, shader, theme } from "./colours.js";

const SVG = "http://www.w3.org/2000/svg";
/** Milliseconds after which a browser that cannot say so is taken to have nothing to do. */
const LEISURE = 1500;

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, unknown>} Props
 * @typedef {ReturnType<typeof createKit>} Kit
 */

/**
 * An element. A function is a listener ("onclick"), an object under `style` sets CSS properties, `true` sets an empty
 * attribute, `false` and null set none; everything else is an attribute. Text is only ever text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props, ...children) {
  return /** @type {HTMLElementTagNameMap[K]} */ (fill(document.createElement(tag), props, children));
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, props, ...children) {
  return /** @type {SVGElementTagNameMap[K]} */ (fill(document.createElementNS(SVG, tag), props, children));
}

/**
 * @param {HTMLElement | SVGElement} node
 * @param {Props | null | undefined} props
 * @param {Child[]} children
 */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) setProperty(node, name, value);
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/**
 * @param {HTMLElement | SVGElement} node
 * @param {string} name
 * @param {unknown} value
 */
function setProperty(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
  else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, String(part));
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Words between others that only a screen reader needs: a name may not leave out what is seen. @param {string} text */
export function spoken(text) {
  return el("span", { class: "lx-spoken" }, text);
}

/**
 * A listener that can be taken off again.
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} listener
 * @param {AddEventListenerOptions} [options]
 */
export function listen(target, type, listener, options) {
  target.addEventListener(type, listener, options);
  return () => target.removeEventListener(type, listener, options);
}

/**
 * Redraws and gives focus and scroll positions back to what has the same `data-focus` and `data-scroll`.
 * @param {HTMLElement} root
 * @param {() => void} redraw
 */
export function keepFocus(root, redraw) {
  const active = root.ownerDocument.activeElement;
  const name = active && root.contains(active) ? active.getAttribute("data-focus") : null;
  const scrolls = marked(root, "data-scroll").map(([key, node]) => ({ key, left: node.scrollLeft, top: node.scrollTop }));
  redraw();
  for (const { key, left, top } of scrolls) find(root, "data-scroll", key)?.scrollTo({ left, top });
  if (name !== null) find(root, "data-focus", name)?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} root
 * @param {string} attribute
 * @returns {[string, HTMLElement][]}
 */
function marked(root, attribute) {
  const nodes = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[${attribute}]`));
  return [...nodes].map((node) => [node.getAttribute(attribute) ?? "", node]);
}

/**
 * @param {HTMLElement} root
 * @param {string} attribute
 * @param {string} name
 */
export function find(root, attribute, name) {
  return marked(root, attribute).find(([key]) => key === name)?.[1] ?? null;
}

/** True where the reader asked for less motion. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * CSS pixels in one unit at an element: 1 on the page, more on a large screen and in a slide (see tokens.css).
 * @param {Element} node
 */
export function unit(node) {
  const root = node.closest(".lectern") ?? node;
  return Number.parseFloat(getComputedStyle(root).fontSize) / 15 || 1;
}

/**
 * Calls back when the colours in force at an element may have changed.
 * @param {Element} node
 * @param {() => void} changed
 * @returns {() => void}
 */
export function onTheme(node, changed) {
  const observer = new MutationObserver(changed);
  const root = node.closest(".lectern");
  if (root) observer.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  const stop = listen(matchMedia("(prefers-color-scheme: dark)"), "change", changed);
  return () => (observer.disconnect(), stop());
}

/**
 * Calls back when an element's width has changed by more than a scrollbar's flicker.
 * @param {Element} node
 * @param {() => void} changed
 * @returns {() => void}
 */
export function onWidth(node, changed) {
  let width = node.clientWidth;
  const observer = new ResizeObserver(() => {
    if (Math.abs(node.clientWidth - width) < 2) return;
    width = node.clientWidth;
    changed();
  });
  observer.observe(node);
  return () => observer.disconnect();
}

/**
 * Gives an arrow key back to the slide deck around this frame (reveal.js understands the message).
 * @param {"next" | "prev"} method
 */
export function toDeck(method) {
  if (window.parent === window) return;
  window.parent.postMessage(JSON.stringify({ method }), "*");
  const active = document.activeElement;
  if (active instanceof HTMLElement) active.blur();
  window.parent.focus();
}

/**
 * How wide a text is, in CSS pixels.
 * @returns {(text: string, font: string) => number}
 */
export function textMeasure() {
  const context = document.createElement("canvas").getContext("2d");
  /** @type {Map<string, number>} */
  const known = new Map();
  return (text, font) => {
    const key = `${font}|${text}`;
    const before = known.get(key);
    if (before !== undefined || !context) return before ?? text.length * 8;
    context.font = font;
    const width = context.measureText(text).width;
    known.set(key, width);
    return width;
  };
}

/**
 * A text that fits, shortened in the middle of nothing: the start is kept and an ellipsis says that there is more.
 * @param {string} text
 * @param {number} most characters
 */
export function shorten(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}…`;
}

/**
 * The kit that the host hands to every figure.
 * @param {{ root: HTMLElement, plotly: () => Promise<any> }} page `root` is the `.lectern` element
 */
export function createKit({ root, plotly }) {
  const live = el("div", { class: "lx-live", "aria-live": "polite", role: "status" });
  root.append(live);
  /** Says a sentence to screen readers. @param {string} text */
  const announce = (text) => {
    live.textContent = text;
  };
  return {
    el, svg, listen, number, precise, percent, parseNumber, theme, shader, inkOn, contrast, keepFocus, onTheme, onWidth,
    reducedMotion, unit, toDeck, announce, plotly,
    measure: textMeasure(),
    destroy: () => live.remove(),
  };
}

/**
 * Does what can wait once the browser has nothing to do, unless the reader asked to save data.
 * @param {() => void} work
 */
export function atLeisure(work) {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  if (connection?.saveData) return;
  if ("requestIdleCallback" in window) window.requestIdleCallback(work);
  else setTimeout(work, LEISURE);
}
