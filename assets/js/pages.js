/**
 * Pages of a figure that is too tall for its frame in the type that was promised: rows of matrices, chips or bars that
 * fit whole, one page at a time, turned by two buttons. Nothing scrolls, nothing is cut in half.
 */
import { el } from "./kit.js";

const PAGED = ".lx-stage, .lx-chips, .lx-bars";
/** What is never divided. */
const WHOLE = ".lx-group, .lx-chip, .lx-chip-label, .lx-bar-row, .lx-bar-legend, .lx-bar-cut";
const MARKED = ".is-selected, .is-marked";
/** A page lower than this share of the frame's height says too little. */
const LEAST = 0.16;

/**
 * @typedef {{ top: number, bottom: number }} Band from the top of what is divided, in CSS pixels
 */

/**
 * Whole bands, as many to a page as its height holds.
 * @param {Band[]} parts in any order; what overlaps stays together
 * @param {number} room
 * @returns {Band[]} the pages; none where a band is higher than a page
 */
export function pagesOf(parts, room) {
  /** @type {Band[]} */
  const bands = [];
  for (const { top, bottom } of [...parts].sort((one, other) => one.top - other.top)) {
    const last = bands[bands.length - 1];
    if (last && top < last.bottom - 1) last.bottom = Math.max(last.bottom, bottom);
    else bands.push({ top, bottom });
  }
  /** @type {Band[]} */
  const pages = [];
  for (const band of bands) {
    const page = pages[pages.length - 1];
    if (page && band.bottom - page.top <= room) page.bottom = band.bottom;
    else pages.push({ ...band });
  }
  return pages.some(({ top, bottom }) => bottom - top > room) ? [] : pages;
}

/** @param {HTMLElement} main what has to fit */
export function createPages(main) {
  const where = el("span", { class: "lp-page-number", role: "status" });
  const turner = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number} */ by) =>
    el("button", { type: "button", class: "lp-quiet", "aria-label": label, onclick: () => show(now + by) }, sign);
  const [back, next] = [turner("‹", "Part before", -1), turner("›", "Next part", 1)];
  const bar = el("div", { class: "lp-pages", role: "group", "aria-label": "Parts of the figure" }, back, where, next);
  /** @type {HTMLElement | null} */
  let target = null;
  /** @type {Band[]} */
  let pages = [];
  let now = 0;

  /** The figure in one piece again. */
  function join() {
    bar.remove();
    if (!target) return;
    target.classList.remove("is-paged");
    target.style.removeProperty("height");
    target.style.removeProperty("--page-top");
    for (const part of target.querySelectorAll(".is-off-page")) part.classList.remove("is-off-page");
    target = null;
  }

  /** Divides what is too tall, if that helps. */
  function divide() {
    join();
    const over = main.scrollHeight - main.clientHeight;
    const found = /** @type {HTMLElement[]} */ ([...main.querySelectorAll(PAGED)]).filter((node) => node.checkVisibility());
    const tallest = found.sort((one, other) => other.offsetHeight - one.offsetHeight)[0];
    if (over <= 0 || !tallest) return;
    (tallest.parentElement?.querySelector(":scope > .lx-row") ?? tallest.parentElement)?.append(bar);
    const taken = main.scrollHeight - main.clientHeight - tallest.offsetHeight;
    const room = -taken;
    const parts = partsOf(tallest).map(([, band]) => band);
    pages = room < LEAST * window.innerHeight ? [] : pagesOf(parts, room);
    if (pages.length < 2) return void bar.remove();
    target = tallest;
    show(first(tallest));
  }

  /** The page with what is marked; of matrices the last, where the result is. @param {HTMLElement} node */
  function first(node) {
    const marked = partsOf(node).find(([part]) => part.matches(MARKED) || part.querySelector(MARKED));
    const at = marked ? pages.findIndex(({ bottom }) => marked[1].top < bottom) : -1;
    return at >= 0 ? at : node.matches(".lx-stage") ? pages.length - 1 : 0;
  }

  /** @param {number} page */
  function show(page) {
    if (!target || page < 0 || page >= pages.length) return;
    now = page;
    const { top, bottom } = pages[now];
    const parts = partsOf(target);
    target.classList.add("is-paged");
    target.style.height = `${bottom - top}px`;
    target.style.setProperty("--page-top", `${-top}px`);
    for (const [part, band] of parts) part.classList.toggle("is-off-page", band.top < top - 1 || band.bottom > bottom + 1);
    where.textContent = `${now + 1} of ${pages.length}`;
    back.setAttribute("aria-disabled", String(now === 0));
    next.setAttribute("aria-disabled", String(now === pages.length - 1));
  }

  return { divide, join };
}

/**
 * What is never divided, with where it stands in the undivided figure.
 * @param {HTMLElement} node
 * @returns {[Element, Band][]}
 */
function partsOf(node) {
  const moved = Number.parseFloat(node.style.getPropertyValue("--page-top")) || 0;
  const origin = node.getBoundingClientRect().top + moved;
  return [...node.querySelectorAll(WHOLE)].map((part) => {
    const { top, bottom } = part.getBoundingClientRect();
    return [part, { top: top - origin, bottom: bottom - origin }];
  });
}
