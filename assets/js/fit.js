/**
 * Keeps an embedded or presented figure within its frame: no scrollbar, nothing cut off, and never more words than a hall
 * can read. What matters least goes first, then the figure is shown in pages, then the title goes, then text shrinks; what
 * fits no frame at all may be scrolled.
 */
import { listen } from "./kit.js";
import { createPages } from "./pages.js";
import { countWords, withinWords } from "./words.js";

/** A figure says that it has drawn; the page asks figures to draw again in less height. */
export const DRAWN = "lectern-drawn";
export const REFIT = "lectern-refit";

/** The share of the frame's height that matrices may take, for each level of tightness (see slides.css for what it hides). */
const SHARES = [0.52, 0.46, 0.42, 0.36, 0.3, 0.24];
const FILLED = [0.7, 0.64, 0.58, 0.52, 0.46, 0.4, 0.34, 0.28];
const SHRINKS = [0.92, 0.84, 0.76, 0.68];
const MOST_WORDS = 40;
const SLACK = 1;

/**
 * @param {HTMLElement} root the `.lectern` element
 * @param {HTMLElement} main what has to fit
 * @param {() => { fit: boolean, words: boolean }} wanted
 */
export function createFit(root, main, wanted) {
  const last = SHARES.length + SHRINKS.length;
  const pages = createPages(main);
  let level = 0;
  let busy = false;

  /** @param {number} level */
  function tighten(level) {
    root.dataset.fit = String(Math.min(level, SHARES.length - 1));
    root.toggleAttribute("data-untitled", level >= SHARES.length);
    root.style.setProperty("--shrink", String(SHRINKS[level - SHARES.length - 1] ?? 1));
    allow(SHARES[Math.min(level, SHARES.length - 1)]);
  }

  /** Draws matrices within a share of the frame's height, and shortens anew what was drawn anew. @param {number} share */
  function allow(share) {
    root.style.setProperty("--figure-share", String(share));
    root.dispatchEvent(new CustomEvent(REFIT));
    trim();
  }

  /** Divides what is too tall, and shortens what is too long. */
  function trim() {
    if (level >= SHARES.length - 1) pages.divide();
    if (wanted().words) limitWords(main);
  }

  /** Gives matrices what is left of the frame once everything fits: the most of these shares with which it still does. */
  function fill() {
    const least = SHARES[Math.min(level, SHARES.length - 1)];
    for (const share of [...FILLED.filter((share) => share > least), least]) {
      allow(share);
      if (!overflows(main)) return;
    }
  }

  function loosen() {
    level = 0;
    pages.join();
    delete root.dataset.fit;
    root.removeAttribute("data-untitled");
    root.style.removeProperty("--figure-share");
    root.style.removeProperty("--shrink");
  }

  /** Tightens until everything fits; it never loosens while a reader steps, so that nothing jumps. */
  function check() {
    const { fit, words } = wanted();
    if (busy || (!fit && !words)) return;
    busy = true;
    trim();
    const before = level;
    while (fit && level < last && overflows(main)) {
      level += 1;
      tighten(level);
    }
    if (level > before) fill();
    root.toggleAttribute("data-scrolls", fit && level === last && overflows(main));
    busy = false;
  }

  /** Starts over: another figure, or another frame. */
  function again() {
    const was = level;
    loosen();
    if (was > 0) root.dispatchEvent(new CustomEvent(REFIT));
    check();
  }

  const observer = new ResizeObserver(() => check());
  for (const child of main.children) observer.observe(child);
  const stops = [listen(root, DRAWN, check), listen(window, "resize", again)];
  return { again, check, destroy: () => (observer.disconnect(), stops.forEach((stop) => stop())) };
}

/** @param {HTMLElement} main */
function overflows(main) {
  if (main.scrollHeight > main.clientHeight + SLACK || main.scrollWidth > main.clientWidth + SLACK) return true;
  const frames = /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll(".lx-frame"));
  return [...frames].some((frame) => frame.offsetParent && frame.scrollWidth > frame.clientWidth + SLACK);
}

/** What a hall reads: words outside tables, formulas of cells and pictures. */
const PROSE = "h1, .lp-lead, .lx-matrix-name, .lx-matrix-note, .lx-legend, .lx-steps, .lx-quiz, .lx-verdict, .lx-sentence, .lx-note, .lx-words, .lp-notices, .lp-turn";

/**
 * Shortens the captions to what is left of forty words.
 * @param {HTMLElement} main
 */
export function limitWords(main) {
  const seen = (/** @type {Element} */ node) => node instanceof HTMLElement && node.offsetParent !== null;
  const others = [...main.querySelectorAll(PROSE)].filter((node) => seen(node) && !node.parentElement?.closest(PROSE));
  let left = MOST_WORDS - others.reduce((sum, node) => sum + countWords(/** @type {HTMLElement} */ (node).innerText), 0);
  for (const caption of [...main.querySelectorAll(".lx-caption")].filter(seen)) {
    caption.textContent = withinWords(caption.textContent ?? "", left);
    left -= countWords(caption.textContent ?? "");
  }
}
