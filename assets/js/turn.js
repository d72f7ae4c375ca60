/**
 * One figure at a time, where a frame has no room for all of a view's: a row of buttons with their titles, or numbers
 * where room or words are few. Presented, the keys that step go on to the next figure at the end of one; in a slide they
 * go back to the deck there.
 */
import { el, listen } from "./kit.js";
import { REFIT } from "./fit.js";
import { stepKeys } from "./steps.js";

/** Words of a title that is not the shown one's. */
const FEW = 4;

/** @param {string} title */
function beginning(title) {
  const words = title.split(/\s+/);
  return words.length > FEW + 1 ? `${words.slice(0, FEW).join(" ")} …` : title;
}

/** Two stand side by side from this shape of the frame on, in type of the usual size; more never do. */
const BROAD = 1.5;

/**
 * @param {HTMLElement} root the `.lectern` element
 * @param {() => boolean} wanted whether the page is embedded or presented
 */
export function createTurner(root, wanted) {
  const bar = el("div", { class: "lp-turn", role: "group", "aria-label": "Figures", hidden: true });
  /** @type {string[]} */
  let titles = [];
  let shown = 0;

  /** Shows what has to be shown now. @param {string[]} [next] the titles of other figures than before */
  function update(next) {
    if (next && next.join("\n") !== titles.join("\n")) [titles, shown] = [next, 0];
    const beside = window.innerWidth / window.innerHeight >= BROAD && !root.dataset.type ? 2 : 1;
    const single = wanted() && titles.length > beside;
    const figures = [...root.querySelectorAll(".lp-figures > .lp-figure")];
    figures.forEach((figure, index) => figure.classList.toggle("is-away", single && index !== shown));
    bar.hidden = !single;
    bar.replaceChildren(...(single ? titles.map(button) : []));
  }

  /** Whether the others are named or numbered is for the styles to say. @param {string} title @param {number} index */
  function button(title, index) {
    const press = () => {
      turn(index);
      /** @type {HTMLElement | undefined} */ (bar.children[index])?.focus();
    };
    const named = index === shown ? [title] : [el("span", { class: "lp-turn-name" }, beginning(title)), el("span", { class: "lp-turn-number" }, String(index + 1))];
    return el("button", { type: "button", class: "lp-quiet", "aria-pressed": String(index === shown), "aria-label": title, title, onclick: press }, ...named);
  }

  /** @param {number} index */
  function turn(index) {
    shown = index;
    update();
    root.dispatchEvent(new CustomEvent(REFIT));
    window.dispatchEvent(new Event("resize"));
  }

  /** @param {number} by */
  function move(by) {
    const possible = root.classList.contains("lp-present") && !bar.hidden && titles[shown + by] !== undefined;
    if (possible) turn(shown + by);
    return possible;
  }

  listen(window, "resize", () => update());
  stepKeys(root, { embed: () => false, move }, window);
  return { bar, update };
}
