/**
 * Present: the figure alone, large, in full screen. Each answer waits for a guess or a key. Q shows the code of the
 * link, P turns predicting off and on, ? lists the keys, Escape leaves.
 */
import { el, listen } from "./kit.js";
import { openDialog } from "./dialog.js";
import { codePicture } from "./slides.js";
import { predicting, setPredicting } from "./predict.js";

const KEYS = [
  ["→ or Page Down", "next step, answer or figure"], ["← or Page Up", "step or figure before"], ["1 to 4", "guess"], ["P", "predict first, on or off"],
  ["Q", "code of the link"], ["?", "these keys"], ["Esc", "leave"],
];

/**
 * @param {HTMLElement} root
 * @param {{ link(): string, code(): string | null, changed(): void }} page
 */
export function createPresenter(root, { link, code, changed }) {
  let before = { type: "", predict: "0" };
  const presenting = () => root.classList.contains("lp-present");

  function start() {
    if (presenting()) return;
    before = { type: root.dataset.type ?? "", predict: root.dataset.predict ?? "0" };
    root.classList.add("lp-present");
    root.dataset.type = before.type || "l";
    setPredicting(root, true);
    document.documentElement.requestFullscreen?.().catch(() => undefined);
    changed();
    /** @type {HTMLElement | null} */ (root.querySelector("h1"))?.focus({ preventScroll: true });
  }

  function stop() {
    if (!presenting()) return;
    root.classList.remove("lp-present");
    if (before.type) root.dataset.type = before.type;
    else delete root.dataset.type;
    setPredicting(root, before.predict === "1");
    if (document.fullscreenElement) void document.exitFullscreen();
    changed();
  }

  /** @type {Record<string, () => void>} */
  const does = {
    q: () => void toggled("Scan to open this", () => [el("p", { class: "lp-qr-big" }, codePicture(code())), el("p", { class: "lp-qr-link" }, link())]),
    "?": () => void toggled("Keys", () => [el("dl", { class: "lp-keys" }, ...KEYS.flatMap(([key, about]) => [el("dt", {}, key), el("dd", {}, about)]))]),
    p: () => setPredicting(root, !predicting(root)),
    escape: stop,
  };
  /** The key that opens closes too. @param {string} title @param {() => (Node | string)[]} children */
  const toggled = (title, children) => {
    const open = /** @type {HTMLDialogElement | null} */ (root.querySelector("dialog[open]"));
    open?.close();
    if (open?.getAttribute("aria-label") !== title) openDialog(root, title, children(), { look: "lp-large" });
  };
  listen(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
    const act = does[event.key.toLowerCase()];
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (!presenting() || !act || typing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && (event.defaultPrevented || root.querySelector("dialog[open]"))) return;
    event.preventDefault();
    act();
  });
  listen(document, "fullscreenchange", () => !document.fullscreenElement && stop());
  return { start, stop, presenting };
}
