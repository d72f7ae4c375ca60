/**
 * A deck in one file: shows one slide at a time, makes its figure alive, and steps on with the keys. The markup is that
 * of reveal.js; where reveal.js is loaded, it takes over and this only fills the frames.
 */

import { held } from "./held.js";

const NEXT = ["ArrowRight", "ArrowDown", "PageDown", " ", "Enter"];
const BACK = ["ArrowLeft", "ArrowUp", "PageUp"];

/** @param {Document} page */
export async function start(page) {
  const slides = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(".slides > section")]);
  const shell = new TextDecoder().decode(await held(page.querySelector(".deck-shell")));
  const plotly = page.querySelector(".deck-plotly")?.textContent ?? "";
  const status = page.querySelector(".deck-place");
  let now = Math.min(slides.length - 1, Math.max(0, Number(location.hash.slice(2)) || 0));
  const show = (/** @type {number} */ to) => {
    if (to < 0 || to >= slides.length) return;
    slides[now].classList.remove("present");
    now = to;
    slides[now].classList.add("present");
    history.replaceState(null, "", `#/${now}`);
    if (status) status.textContent = `${now + 1} / ${slides.length}`;
    fill(slides[now], shell, plotly);
    focusOn(slides[now]);
  };
  const move = (/** @type {number} */ by) => show(now + by);
  page.addEventListener("keydown", (event) => {
    const by = Number(NEXT.includes(event.key)) - Number(BACK.includes(event.key));
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else if (by) move(by);
    else return;
    event.preventDefault();
  });
  window.addEventListener("message", ({ data, source }) => {
    const asked = methodOf(data);
    const mine = slides[now].querySelector("iframe")?.contentWindow === source;
    if (mine && asked) move(asked === "next" ? 1 : -1);
  });
  show(now);
}

/** @param {unknown} data */
function methodOf(data) {
  try {
    const { method } = JSON.parse(String(data));
    return method === "next" || method === "prev" ? method : null;
  } catch {
    return null;
  }
}

/**
 * Puts the figure into its slide, once; its picture stays behind it for paper.
 * @param {HTMLElement} slide
 * @param {string} shell
 * @param {string} plotly
 */
function fill(slide, shell, plotly) {
  const place = slide.querySelector(".deck-frame");
  const figure = slide.querySelector("script")?.textContent;
  if (!place || !figure || place.querySelector("iframe")) return;
  const frame = document.createElement("iframe");
  frame.title = place.getAttribute("data-title") ?? "";
  frame.srcdoc = shell.replace("@figure@", () => figure).replace("@plotly@", () => ("plotly" in slide.dataset ? plotly : ""));
  frame.addEventListener("load", () => slide.classList.contains("present") && focusOn(slide));
  place.append(frame);
}

/** The keys go to the figure, which gives them back at its ends. @param {HTMLElement} slide */
function focusOn(slide) {
  slide.querySelector("iframe")?.contentWindow?.focus();
}
