/** The start page: the course as chapters of cards, a field that finds them, and the way into the guided tour. */
import { theme } from "./colours.js";
import { el, listen, onTheme } from "./kit.js";
import { writeAddress } from "./address.js";
import { countOf, matches } from "./search.js";

/**
 * @typedef {{ key: string, title: string, chapter: string, question: string }} ViewLine
 * @typedef {object} Hooks
 * @property {ViewLine[]} views
 * @property {(name: string) => string} asset the address of one of our own files
 * @property {(key: string) => void} open
 * @property {(sentence: string) => void} tour
 */

/**
 * Makes the start page; it is in the document only while it is shown.
 * @param {HTMLElement} root the `.lectern` element
 * @param {Hooks} hooks
 */
export function createHome(root, { views, asset, open, tour }) {
  const cards = views.map((line) => card(line));
  const field = el("input", { class: "lp-input", type: "search", placeholder: "softmax, mask, BERT …", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/", "data-focus": "search" });
  const count = el("p", { class: "lp-count", role: "status", "aria-live": "polite" }, countOf(cards.length, cards.length));
  const title = el("h1", { class: "lp-question", tabindex: "-1" }, "How do transformers work? See every step, with real numbers.");
  const sections = chapters(cards);
  const sentence = el("input", { class: "lp-input", type: "text", autocomplete: "off", spellcheck: "false", dir: "auto", "data-focus": "tour", required: true });
  const ride = el("form", { class: "lp-ride", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), tour(sentence.value)) },
    el("div", {}, el("h2", {}, "One sentence through a transformer"), el("p", {}, "Follow your own sentence from its tokens to the next word, in ten stops.")),
    el("label", { class: "lp-control" }, el("span", { class: "lp-label" }, "Your sentence"), sentence),
    el("button", { type: "submit", class: "lp-strong" }, "Start the tour"));
  const node = el("div", { class: "lp-home" },
    el("div", { class: "lp-home-head" }, el("div", {}, title, el("p", { class: "lp-lead" }, "Change a sentence, click any number and see where it comes from.")),
      el("label", { class: "lp-control lp-search" }, el("span", { class: "lp-label" }, "Find a figure ", el("kbd", {}, "/")), field), count),
    ride, ...sections.map((part) => part.node));
  let dark = false;

  listen(field, "input", search);
  listen(field, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const first = cards.find((one) => !one.node.hidden);
    if (event.key === "Enter" && field.value.trim() && first) open(first.line.key);
    if (event.key === "Escape") (field.value = "", search());
  });
  listen(window, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (!node.isConnected || typing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  listen(node, "click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link?.dataset.key || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.dataset.key);
  });
  onTheme(root, () => node.isConnected && paint());

  function search() {
    for (const one of cards) one.node.hidden = !matches(one.words, field.value);
    for (const part of sections) part.node.hidden = part.cards.every((one) => one.node.hidden);
    ride.hidden = field.value.trim() !== "";
    count.textContent = countOf(cards.filter((one) => !one.node.hidden).length, cards.length);
  }

  /** Pictures in the colours of the page. */
  function paint() {
    const now = isDark(theme(root).paper);
    for (const { line, image } of cards) {
      if (!image.src || now !== dark) image.src = asset(`cards/${line.key}-${now ? "dark" : "light"}.webp`);
    }
    dark = now;
  }

  return {
    node,
    title,
    /** @param {HTMLElement} place what it stands after */
    show(place) {
      place.after(node);
      paint();
    },
    /** The rest of what the page knows. @param {{ views: { key: string, lead: string, terms: string }[], tour: { sentence: string, longest: number } }} told */
    tell(told) {
      for (const { key, lead, terms } of told.views) {
        const one = cards.find(({ line }) => line.key === key);
        if (one) one.words += ` ${lead} ${terms}`;
      }
      sentence.value ||= told.tour.sentence;
      sentence.maxLength = told.tour.longest;
      search();
    },
  };
}

/** @param {ViewLine} line */
function card(line) {
  const image = el("img", { loading: "lazy", decoding: "async", width: "640", height: "360", alt: "" });
  const link = el("a", { class: "lp-card", href: writeAddress(line.key, {}), "data-key": line.key }, image,
    el("span", { class: "lp-card-title" }, line.title), el("span", { class: "lp-card-question" }, line.question));
  return { line, image, node: el("li", {}, link), words: `${line.title} ${line.question} ${line.chapter}` };
}

/** @param {ReturnType<typeof card>[]} cards */
function chapters(cards) {
  const names = [...new Set(cards.map((one) => one.line.chapter))];
  return names.map((name) => {
    const own = cards.filter((one) => one.line.chapter === name);
    const list = el("ul", { class: "lp-cards" }, ...own.map((one) => one.node));
    return { cards: own, node: el("section", { "aria-label": name }, el("h2", {}, name), list) };
  });
}

/** @param {string} paper six-digit hex */
function isDark(paper) {
  return Number.parseInt(paper.slice(1, 3), 16) < 128;
}
