/** The page: chapters, the bar with sentence and model, the address, and the figure of the view that is open. */
import { createKit, el, listen } from "./kit.js";
import { createControls } from "./controls.js";
import { createStage, formula, litTerm } from "./stage.js";
import { createSource, plotlyFrom, Problem } from "./source.js";
import { LONGEST, patched, readAddress, URL_VERSION, writeAddress } from "./address.js";
import { chooseModel } from "./catalogue.js";
import { openSlides } from "./slides.js";

/** Kept while moving from view to view: chosen once, looked at everywhere. */
const SHARED = ["text", "pair", "model", "layer", "head"];
const PATIENCE = 350;
const THEMES = ["auto", "light", "dark", "projector"];

/**
 * @typedef {{ key: string, title: string, chapter: string, question: string }} ViewLine
 */

/**
 * Fills Gradio's empty element with the page.
 * @param {{ element: HTMLElement, base: string, build: string, views: ViewLine[], home: string }} page
 */
export function start({ element, base, build, views, home }) {
  const first = readAddress(location.search);
  const embed = first.page.embed === "1";
  const source = createSource({ base, build });
  const root = el("div", { class: `lectern lp-page${embed ? " lp-embed" : ""}`, "data-ready": "0", "data-theme": theme(first.page.theme) });
  element.replaceChildren(root);

  const kit = createKit({ root, plotly: plotlyFrom(async () => source.address("plotly.js", { build })) });
  const parts = skeleton(views, embed);
  root.append(...parts.children);
  const stage = createStage(parts.stage, kit, { embed, set, slice });
  const shared = createControls(parts.shared, choose, modelButton);
  const own = createControls(parts.own, choose, modelButton);

  let view = first.view ?? home;
  let values = first.values;
  /** What the reader chose for every view, and which of it could be drawn. */
  let wished = only(first.values, SHARED);
  /** @type {Record<string, string>} */
  let kept = {};
  /** @type {any} */
  let shown = null;
  /** @type {AbortController | null} */
  let asking = null;

  listen(window, "popstate", () => {
    const address = readAddress(location.search);
    view = address.view ?? home;
    values = address.values;
    wished = { ...kept, ...only(values, SHARED) };
    void load();
  });
  listen(parts.nav, "click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.dataset.key ?? view);
  });
  listen(parts.theme, "click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
    root.dataset.theme = next;
    remember(next);
    nameTheme();
  });
  listen(parts.menu, "click", () => {
    const open = root.classList.toggle("lp-menu-open");
    parts.menu.setAttribute("aria-expanded", String(open));
  });
  listen(parts.slides, "click", () => openSlides(root, { link: link(), title: shown?.question ?? "Lectern", file }));
  nameTheme();
  void begin();

  async function begin() {
    const known = views.some((line) => line.key === view);
    const notices = [];
    const styles = styled();
    if (!known) {
      notices.push(`There is no view “${view.slice(0, 60)}”: this is the start page instead.`);
      view = home;
      values = {};
    }
    if (first.version && first.version !== URL_VERSION) notices.push(`This link is of version ${first.version.slice(0, 10)}, which this page does not know; it shows what it understands.`);
    await load({ notices, after: styles });
    if (!shown) await fallBack();
  }

  /** A link whose figure cannot be drawn opens the default and says why. */
  async function fallBack() {
    const why = parts.notices.textContent ?? "";
    values = {};
    await load({ notices: [`${why} This is the default picture.`] });
  }

  function nameTheme() {
    const name = root.dataset.theme ?? "auto";
    parts.theme.textContent = `Theme: ${name}`;
  }

  /** @param {string} key */
  function go(key) {
    view = key;
    wished = kept;
    values = { ...kept };
    root.classList.remove("lp-menu-open");
    parts.menu.setAttribute("aria-expanded", "false");
    void load({ push: true }).then(() => parts.stage.querySelector("h1")?.focus({ preventScroll: true }));
  }

  /** @param {Record<string, unknown>} patch */
  function choose(patch) {
    set(patch);
  }

  /**
   * @param {Record<string, unknown>} patch
   * @param {{ local?: boolean }} [options]
   */
  function set(patch, options = {}) {
    if (!options.local && !("step" in patch)) patch = { ...patch, cell: null };
    values = patched(values, patch);
    wished = patched(wished, only(patch, SHARED));
    if (options.local) kept = wished;
    if (!options.local) return void load({ push: true });
    Object.assign(shown.state, patch);
    write(false);
    stage.state(patch);
    own.update(ownControls(), shown.state);
    light();
  }

  /**
   * @param {any} figure
   * @param {{ layer: number, head: number }} place
   */
  function slice(figure, { layer, head }) {
    return source.head(view, { ...values, layer: String(layer), head: String(head), origin: String(figure.origin) });
  }

  /** @param {{ push?: boolean, notices?: string[], after?: Promise<void> }} [options] `after`: what drawing waits for */
  async function load({ push = false, notices = [], after } = {}) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    root.dataset.ready = "0";
    write(push);
    const stopWaiting = wait(signal);
    try {
      const response = await source.figure(view, values, signal);
      await after;
      if (signal.aborted) return;
      await show(response, notices);
    } catch (error) {
      if (signal.aborted) return;
      say([...notices, error instanceof Problem ? error.message : "This figure could not be drawn; the numbers before it stay."], true);
      if (!(error instanceof Problem)) console.error(error);
    } finally {
      stopWaiting();
      if (!signal.aborted) root.dataset.ready = shown ? "1" : "0";
    }
  }

  /**
   * @param {any} response
   * @param {string[]} notices
   */
  async function show(response, notices) {
    shown = response;
    kept = wished;
    values = Object.fromEntries(new URLSearchParams(response.query));
    delete values.v;
    delete values.view;
    root.dataset.view = response.view;
    document.title = `${response.title} · Lectern`;
    write(false);
    shared.update(response.controls.filter((/** @type {any} */ control) => control.top), response.state);
    own.update(ownControls(), response.state);
    say([...notices, ...response.notices], false);
    mark();
    explain();
    await stage.draw(response);
  }

  function ownControls() {
    return shown.controls.filter((/** @type {any} */ control) => !control.top);
  }

  function mark() {
    for (const anchor of parts.nav.querySelectorAll("a")) {
      if (anchor.dataset.key === view) anchor.setAttribute("aria-current", "page");
      else anchor.removeAttribute("aria-current");
    }
  }

  function explain() {
    const references = shown.references.map((/** @type {any} */ link) =>
      el("li", {}, link.url ? el("a", { href: link.url, target: "_blank", rel: "noreferrer" }, link.text) : link.text));
    parts.words.replaceChildren(
      el("h2", {}, "The formula"), el("div", { class: "lp-formula-place" }),
      el("h2", {}, "What people get wrong"), el("p", {}, shown.misconception),
      el("h2", {}, "What this does not show"), el("p", {}, shown.not_shown),
      el("h2", {}, "Read more"), el("ul", {}, ...references));
    const hasFormula = shown.formula.length > 0;
    if (!hasFormula) parts.words.querySelector("h2")?.remove();
    light();
  }

  function light() {
    const place = parts.words.querySelector(".lp-formula-place");
    if (shown.formula.length) place?.replaceChildren(formula(shown.formula, litTerm(shown, shown.state)));
  }

  /**
   * @param {string[]} sentences
   * @param {boolean} wrong
   */
  function say(sentences, wrong) {
    parts.notices.replaceChildren(...sentences.map((sentence) => el("p", { class: wrong ? "lp-wrong" : null, dir: "auto" }, sentence)));
    parts.notices.hidden = sentences.length === 0;
  }

  /**
   * Tells a reader who has to wait what for.
   * @param {AbortSignal} signal
   */
  function wait(signal) {
    const model = () => values.model ?? shown?.state.model ?? "";
    const timer = setInterval(async () => {
      const told = await source.json("progress", { model: String(model()) }).catch(() => null);
      if (signal.aborted || root.dataset.ready === "1") return;
      parts.bar.hidden = false;
      parts.bar.replaceChildren(...bar(told));
    }, PATIENCE);
    return () => {
      clearInterval(timer);
      if (!signal.aborted) parts.bar.hidden = true;
    };
  }

  /** @param {boolean} push whether Back shall come here again */
  function write(push) {
    const address = writeAddress(view, values, first.page);
    if (address.length > LONGEST) return;
    if (push && address !== location.search) history.pushState(null, "", address);
    else history.replaceState(history.state, "", address);
  }

  function link() {
    return new URL(writeAddress(view, values), document.baseURI).href;
  }

  /** @param {string} extension */
  function file(extension) {
    return source.address(`export/${view}.${extension}`, values);
  }

  /**
   * @param {import("./controls.js").Control} control
   * @param {string} value
   */
  function modelButton(control, value) {
    const button = el("button", { type: "button", class: "lp-choose-model", "data-focus": control.field }, value || "none");
    listen(button, "click", async () => {
      const entries = await source.json("catalogue").catch(() => []);
      const chosen = await chooseModel(root, entries, value);
      if (chosen) choose({ [control.field]: chosen });
    });
    return button;
  }
}

/**
 * @template T
 * @param {Record<string, T>} values
 * @param {string[]} fields
 * @returns {Record<string, T>}
 */
function only(values, fields) {
  return Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field)));
}

/** Resolves when the styles are there: figures read their colours from them. */
async function styled() {
  const links = /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel="stylesheet"]'));
  const waiting = [...links].filter((link) => !link.sheet);
  await Promise.all(waiting.map((link) => new Promise((done) => ["load", "error"].forEach((what) => listen(link, what, done)))));
}

/** @param {string | undefined} asked */
function theme(asked) {
  if (asked && THEMES.includes(asked)) return asked;
  try {
    const before = localStorage.getItem("lectern-theme") ?? "auto";
    return THEMES.includes(before) ? before : "auto";
  } catch {
    return "auto";
  }
}

/** @param {string} name */
function remember(name) {
  try {
    localStorage.setItem("lectern-theme", name);
  } catch {
    // A frame on another site may not store anything; the theme then lasts as long as the page.
  }
}

/** @param {any} told */
function bar(told) {
  const share = told?.total ? Math.round((100 * told.done) / told.total) : null;
  const sentence = told?.sentence ?? "Computing …";
  const meter = el("progress", { max: "100", value: share === null ? null : String(share), "aria-label": sentence });
  return [el("span", {}, share === null ? sentence : `${sentence} ${share} %`), meter];
}

/**
 * The elements of the page, empty.
 * @param {ViewLine[]} views
 * @param {boolean} embed
 */
function skeleton(views, embed) {
  const nav = el("nav", { class: "lp-chapters", "aria-label": "Chapters" }, ...chapters(views));
  const shared = el("div", { class: "lp-shared" });
  const own = el("div", { class: "lp-own" });
  const stage = el("div", { class: "lp-stage" });
  const notices = el("div", { class: "lp-notices", role: "status", hidden: true });
  const bar = el("div", { class: "lp-bar", role: "status", hidden: true });
  const words = el("aside", { class: "lp-words", "aria-label": "Explanation" });
  const menu = el("button", { type: "button", class: "lp-quiet lp-menu", "aria-expanded": "false" }, "Chapters");
  const theme = el("button", { type: "button", class: "lp-quiet lp-theme" });
  const slides = el("button", { type: "button", class: "lp-strong" }, "Use in slides");
  const header = el("header", { class: "lp-top" }, menu, brand(), shared, theme, slides);
  const main = el("main", { class: "lp-main" }, notices, stage, bar);
  const children = embed ? [main] : [header, nav, main, own, words];
  return { nav, shared, own, stage, notices, bar, words, menu, theme, slides, children };
}

function brand() {
  return el("a", { class: "lp-brand", href: "?" }, el("span", { class: "lp-mark", "aria-hidden": "true" }), "Lectern");
}

/** @param {ViewLine[]} views */
function chapters(views) {
  const names = [...new Set(views.map((line) => line.chapter))];
  return names.map((name) =>
    el("section", {}, el("h2", {}, name), el("ul", {}, ...views.filter((line) => line.chapter === name).map((line) =>
      el("li", {}, el("a", { href: writeAddress(line.key, {}), "data-key": line.key, title: line.question }, line.title))))));
}
