/**
 * Lectern in a frame of somebody else's page: the keys go where they belong, a click takes none of them away, and what
 * was shown comes back with the slide.
 */
import { el, listen } from "./kit.js";

export const framed = () => window.parent !== window;

/** Keys that mean nothing to a figure and something to a deck. */
const FOR_THE_DECK = ["ArrowUp", "ArrowDown", "Home", "End", "Escape", " ", "b", "B", ".", "f", "F", "o", "O"];
const STEPS = ["ArrowRight", "ArrowLeft", "PageDown", "PageUp"];
const NAME = "lectern ";

/**
 * The query string to start from. A deck that empties a frame and fills it again gets the state back that it had: the
 * name of the frame lives as long as the frame, and no longer than the deck.
 * @param {string} search
 */
export function recalled(search) {
  const [first, last] = window.name.startsWith(NAME) ? window.name.slice(NAME.length).split("\n") : [];
  return framed() && first === search && last ? last : search;
}

/**
 * @param {string} first the query string that the deck asked for
 * @param {string} now
 */
export function recall(first, now) {
  if (framed()) window.name = `${NAME}${first}\n${now}`;
}

/**
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function frameKeys(root) {
  const stops = [
    listen(window, "keydown", (event) => passOn(root, event)),
    listen(root, "click", (event) => letGo(event)),
    listen(window, "message", ({ data }) => data === "slide:stop" && document.hasFocus() && giveBack()),
  ];
  return () => stops.forEach((stop) => stop());
}

/**
 * @param {HTMLElement} root
 * @param {KeyboardEvent} event
 */
function passOn(root, event) {
  const target = event.target;
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || !(target instanceof Element)) return;
  if (root.querySelector("dialog[open]")) return;
  const nowhere = target.matches("body, html, h1");
  const typing = target.matches("input, textarea, select");
  if (FOR_THE_DECK.includes(event.key) && nowhere) return trigger(event);
  if (!STEPS.includes(event.key) || nowhere || target.closest(".lp-figure") || (typing && !event.key.startsWith("Page"))) return;
  event.preventDefault();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, cancelable: true }));
}

/** reveal.js answers to any of its keys. @param {KeyboardEvent} event */
function trigger(event) {
  if (!framed()) return;
  event.preventDefault();
  window.parent.postMessage(JSON.stringify({ method: "triggerKey", args: [event.keyCode] }), "*");
  giveBack();
}

function giveBack() {
  const active = document.activeElement;
  if (active instanceof HTMLElement) active.blur();
  window.parent.focus();
}

/** A cell that was clicked is shown; the arrow keys stay those of the steps. @param {MouseEvent} event */
function letGo(event) {
  const active = document.activeElement;
  if (event.detail === 0 || !(active instanceof HTMLElement) || active.matches("input, textarea, select, iframe")) return;
  if (active.matches("td, [role=grid], [role=application], canvas, [tabindex]:not(button, a)")) active.blur();
}

/** A discreet way to the page with everything. @param {string} address */
export function pageLink(address) {
  return el("a", { class: "lp-page-link", href: address, target: "_blank", rel: "noopener", title: "Open this figure with all its controls" }, "Lectern ↗");
}

