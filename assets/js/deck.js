/**
 * The deck: states that a lecturer collects while preparing, kept in this browser, put in order, and fetched as one file.
 *
 * @typedef {{ title: string, query: string }} Item `query`: the query string of the state, with its view
 */
import { el, listen } from "./kit.js";
import { openDialog } from "./dialog.js";

const KEY = "lectern-deck";
const MOST = 60;
const FILES = [["html", "One web page for reveal.js, works offline"], ["pptx", "PowerPoint"], ["pdf", "PDF hand-out"]];

/** @returns {Item[]} */
export function readDeck() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(({ title, query }) => typeof title === "string" && typeof query === "string") : [];
  } catch {
    return [];
  }
}

/** @param {Item[]} items */
function writeDeck(items) {
  try {
    localStorage.setItem(KEY, JSON.stringify(items.slice(0, MOST)));
  } catch {
    // A browser that stores nothing: the deck then cannot outlive this dialog.
  }
}

/** How many there are then. @param {Item} item */
export function addToDeck(item) {
  writeDeck([...readDeck(), item]);
  return readDeck().length;
}

/**
 * @template T
 * @param {T[]} items
 * @param {number} from
 * @param {number} by
 */
export function moved(items, from, by) {
  const to = Math.min(items.length - 1, Math.max(0, from + by));
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), items[from], ...rest.slice(to)];
}

/**
 * @param {HTMLElement} root
 * @param {(extension: string, queries: string[]) => string} address where the deck is as a file
 */
export function openDeck(root, address) {
  let items = readDeck();
  const list = el("ol", { class: "lp-deck", "aria-label": "States in this deck" });
  const files = el("ul", { class: "lp-files" });
  const said = el("p", { class: "lp-hint", role: "status" });

  const change = (/** @type {Item[]} */ next, /** @type {string} */ sentence, /** @type {string} */ focus) => {
    items = next;
    writeDeck(items);
    draw();
    said.textContent = sentence;
    const target = /** @type {HTMLElement | null} */ (list.querySelector(`[data-focus="${focus}"]`) ?? dialog.querySelector("button"));
    target?.focus();
  };
  const shift = (/** @type {number} */ index, /** @type {number} */ by) => {
    const to = index + by;
    if (to < 0 || to >= items.length) return;
    change(moved(items, index, by), `Now number ${to + 1} of ${items.length}.`, `deck:${to}:${by < 0 ? "up" : "down"}`);
  };
  const remove = (/** @type {number} */ index) =>
    change(items.filter((_, at) => at !== index), "Removed.", `deck:${Math.min(index, items.length - 2)}:remove`);

  const row = (/** @type {Item} */ { title, query }, /** @type {number} */ index) => {
    const button = (/** @type {string} */ name, /** @type {string} */ sign, /** @type {() => void} */ press, /** @type {boolean} */ off) =>
      el("button", { type: "button", class: "lp-quiet", "aria-label": `${name}: ${title}`, "aria-disabled": off ? "true" : null, "data-focus": `deck:${index}:${name.toLowerCase()}`, onclick: press }, sign);
    const node = el("li", {},
      el("a", { href: `?${query}` }, title),
      button("Up", "↑", () => shift(index, -1), index === 0), button("Down", "↓", () => shift(index, 1), index === items.length - 1), button("Remove", "×", () => remove(index), false));
    listen(node, "keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || !event.altKey) return;
      event.preventDefault();
      shift(index, by);
    });
    return node;
  };
  const draw = () => {
    list.replaceChildren(...items.map(row));
    files.replaceChildren(...FILES.map(([extension, about]) =>
      el("li", {}, el("a", { class: "lp-file-link", href: address(extension, items.map(({ query }) => query)), download: `lectern-deck.${extension}` }, el("strong", {}, `.${extension}`), ` ${about}`))));
    files.hidden = items.length === 0;
    empty.hidden = items.length > 0;
  };
  const empty = el("p", {}, "Nothing here yet. Open a view, then “Use in slides”, then “Add to deck”.");
  draw();
  const hint = el("p", { class: "lp-hint" }, "Alt with the arrow keys moves a line.");
  const dialog = openDialog(root, "Your deck", [empty, list, hint, said, el("h3", {}, "All of them as one file"), files]);
}
