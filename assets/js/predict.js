/**
 * "Predict, then reveal": the question of a step, its options, and what was right. The answer stays hidden until a guess,
 * "Show the answer", or the key that goes on.
 *
 * @typedef {import("./quiz.js").Question} Question
 * @typedef {{ guess(option: import("./quiz.js").Option): void, show(): void }} PanelHandlers
 */
import { el, listen } from "./kit.js";

/**
 * @param {Question} question
 * @param {PanelHandlers} on
 */
export function questionPanel({ prompt, options }, on) {
  const buttons = options.map((option, index) =>
    el("button", { type: "button", class: "lx-button", "data-focus": `option:${index}`, "aria-keyshortcuts": String(index + 1), onclick: () => on.guess(option) }, option.label));
  const show = el("button", { type: "button", class: "lx-button lx-small", "data-focus": "option:show", onclick: on.show }, "Show the answer");
  return el("div", { class: "lx-quiz", role: "group", "aria-label": "Predict" },
    el("p", { class: "lx-quiz-prompt" }, prompt),
    el("div", { class: "lx-quiz-options" }, ...buttons, show));
}

/**
 * What came of a guess, as a sentence; `guess` is null where the answer was only asked for.
 * @param {Question} question
 * @param {import("./quiz.js").Option | null} guess
 */
export function verdict({ answer }, guess) {
  if (!guess) return `The answer: ${answer}.`;
  return guess.right ? `Right: ${answer}.` : `Not “${guess.label}”. The answer: ${answer}.`;
}

/**
 * @param {Question} question
 * @param {import("./quiz.js").Option | null} guess
 */
export function verdictLine(question, guess) {
  const look = guess ? (guess.right ? " is-right" : " is-wrong") : "";
  return el("p", { class: `lx-verdict${look}`, tabindex: -1, "data-focus": "verdict" }, verdict(question, guess));
}

/**
 * The digits choose an option while a question waits.
 * @param {HTMLElement} root
 * @param {() => Question | null} waiting
 * @param {(option: import("./quiz.js").Option) => void} guess
 */
export function quizKeys(root, waiting, guess) {
  return listen(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const option = waiting()?.options[Number(event.key) - 1];
    if (!option || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || !root.isConnected) return;
    if (event.target instanceof Element && event.target.matches("input, textarea, select, td")) return;
    event.preventDefault();
    guess(option);
  });
}

/** A button that turns predicting on and off for the whole page. @param {HTMLElement} host */
export function predictButton(host) {
  const button = el("button", { type: "button", class: "lx-button lx-predict", "data-focus": "step:predict", title: "Hide each answer until you have guessed it" }, "Predict first");
  button.addEventListener("click", () => setPredicting(host, !predicting(host)));
  return { node: button, update: () => button.setAttribute("aria-pressed", String(predicting(host))) };
}

/** @param {Element} node */
export function predicting(node) {
  return node.closest(".lectern")?.getAttribute("data-predict") === "1";
}

/** @param {Element} node @param {boolean} on */
export function setPredicting(node, on) {
  node.closest(".lectern")?.setAttribute("data-predict", on ? "1" : "0");
}

/**
 * Calls back when predicting is turned on or off.
 * @param {Element} node
 * @param {() => void} changed
 */
export function onPredicting(node, changed) {
  const root = node.closest(".lectern");
  const observer = new MutationObserver(changed);
  if (root) observer.observe(root, { attributes: true, attributeFilter: ["data-predict"] });
  return () => observer.disconnect();
}
