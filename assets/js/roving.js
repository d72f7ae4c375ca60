/** Many elements, one stop of the Tab key: arrows move between them, Enter or a click chooses. */
import { listen } from "./kit.js";

/** @type {Record<string, (place: number, count: number) => number>} */
const MOVES = {
  ArrowUp: (place) => place - 1,
  ArrowDown: (place) => place + 1,
  ArrowLeft: (place) => place - 1,
  ArrowRight: (place) => place + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/**
 * @param {HTMLElement} box holds the elements, which have `data-place` 0, 1, 2 and so on
 * @param {{ keys: string[], look: (place: number | null) => void, choose?: (place: number) => void }} hooks
 *   `keys`: which of the arrows move; `look`: what is under pointer or focus
 */
export function roving(box, { keys, look, choose }) {
  const all = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[data-place]")]);
  const placeOf = (/** @type {EventTarget | null} */ target) => {
    const found = target instanceof Element ? target.closest("[data-place]") : null;
    return found ? Number(found.getAttribute("data-place")) : null;
  };
  const focus = (/** @type {number} */ place) => {
    all().forEach((node) => node.setAttribute("tabindex", Number(node.dataset.place) === place ? "0" : "-1"));
    all().find((node) => Number(node.dataset.place) === place)?.focus();
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const place = placeOf(event.target);
    if (place === null) return;
    const move = keys.includes(event.key) || ["Home", "End"].includes(event.key) ? MOVES[event.key] : null;
    if (move) {
      focus(Math.min(all().length - 1, Math.max(0, move(place, all().length))));
    } else if (choose && (event.key === "Enter" || event.key === " ")) {
      choose(place);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const stops = [
    listen(box, "keydown", pressed),
    listen(box, "click", (event) => {
      const place = placeOf(event.target);
      if (place === null) return;
      focus(place);
      choose?.(place);
    }),
    listen(box, "pointerover", (event) => look(placeOf(event.target))),
    listen(box, "pointerleave", () => look(placeOf(document.activeElement))),
    listen(box, "focusin", (event) => look(placeOf(event.target))),
    listen(box, "focusout", () => look(null)),
  ];
  return () => stops.forEach((stop) => stop());
}
