/** The page: chapters, the bar with sentence and model, the address, and the figure of the view that is open. */
import { atLeisure, createKit, el, listen } from "./kit.js";
import { createControls } from "./controls.js";
import { createStage } from "./stage.js";
import { createSource, plotlyFrom, Problem } from "./source.js";
import { aboutVersion, changed, LONGEST, patched, readAddress, writeAddress, writePage } from "./address.js";
import { chooseModel } from "./catalogue.js";
import { addToDeck, openDeck, readDeck } from "./deck.js";
import { createFit } from "./fit.js";
import { frameKeys, framed, pageLink, recall, recalled } from "./frame.js";
import { createPresenter } from "./present.js";
import { onPredicting } from "./predict.js";
import { openSlides } from "./slides.js";
import { createHome } from "./home.js";
import { codeBlock } from "./codeblock.js";
import { createTour, stopOf, valuesAt } from "./tour.js";
import { createTurner } from "./turn.js";

/** Kept while moving from view to view: chosen once, looked at everywhere. */
const SHARED = ["text", "pair", "model", "layer", "head"];
const PATIENCE = 350;
/** The address follows a change that the figure shows by itself after so long, in milliseconds. */
const DRAWN = 120;
const LONGEST_CODE = 1200;
const THEMES = ["auto", "light", "dark", "projector"];
const TYPES = ["l", "xl"];
/** The start page stands where a view does, and has no key. */
const HOME = "";

/**
 * @typedef {{ key: string, title: string, chapter: string, question: string }} ViewLine
 */

/**
 * Fills Gradio's empty element with the page.
 * @param {{ element: HTMLElement, base: string, build: string, views: ViewLine[], home: string }} page
 */
export function start({ element, base, build, views, home }) {
  const asked = location.search;
  const first = readAddress(recalled(asked));
  const embed = first.page.embed === "1";
  const leftOut = embed ? hidden(first.page.hide) : [];
  const source = createSource({ base, build });
  const root = el("div", {
    class: `lectern lp-page${embed ? " lp-embed" : ""}`, "data-ready": "0", "data-theme": theme(first.page.theme),
    "data-type": TYPES.includes(first.page.type) ? first.page.type : null, "data-hide": leftOut.join(" ") || null,
    "data-predict": first.page.predict === "1" ? "1" : "0",
  });
  element.replaceChildren(root);

  const kit = createKit({ root, plotly: plotlyFrom(async () => source.address("plotly.js", { build })) });
  const parts = skeleton(views, embed);
  root.append(...parts.children);
  const stage = createStage(parts.stage, kit, { embed, set, slice, part });
  const shared = createControls(parts.shared, choose, modelButton);
  const own = createControls(parts.own, choose, modelButton);
  const presenter = createPresenter(root, { link, code, changed: refit });
  const turner = createTurner(root, () => embed || presenter.presenting());
  parts.stage.after(turner.bar);
  const fit = createFit(root, parts.main, () => ({ fit: embed || presenter.presenting(), words: presenter.presenting() }));

  const front = createHome(root, {
    views, open: go, tour: (sentence) => void ride(0, sentence),
    asset: (name) => new URL(`assets/${build}/${name}`, base).href,
  });
  const tour = createTour({ turn: (to) => void ride(to), leave: () => guide(undefined) });
  parts.main.prepend(tour.node);
  /** @type {Promise<any> | null} */
  let telling = null;
  const about = () => (telling ??= source.json("home", { build }));
  /** The sentence that is on the tour. */
  let carried = "";

  let view = meant(first);
  let values = first.values;
  /** What the reader chose for every view, and which of it could be drawn. */
  let wished = only(first.values, SHARED);
  /** @type {Record<string, string>} */
  let kept = {};
  /** @type {any} */
  let shown = null;
  /** @type {AbortController | null} */
  let asking = null;
  let writing = 0;

  listen(window, "popstate", () => {
    const address = readAddress(location.search);
    view = meant(address);
    values = address.values;
    guide(address.page.tour, false);
    wished = { ...kept, ...only(values, SHARED) };
    void load({ notices: aboutVersion(address.version) });
  });
  listen(parts.nav, "click", (/** @type {MouseEvent} */ event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.dataset.key ?? view);
  });
  listen(parts.brand, "click", (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(HOME);
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
  listen(parts.slides, "click", () => shown && openSlides(root, { ...shown, link: link(), code: code(), embedded, file, deck }));
  listen(parts.present, "click", () => shown && presenter.start());
  if (embed) frameKeys(root);
  onPredicting(root, () => {
    if (root.dataset.predict === "1") first.page.predict = "1";
    else delete first.page.predict;
    if (shown && !presenter.presenting()) write(false);
  });
  nameTheme();
  const deck = {
    add: () => addToDeck({ title: shown.question, query: writeAddress(view, said()).slice(1) }),
    count: () => readDeck().length,
    open: () => openDeck(root, (extension, queries) => source.address(`deck.${extension}`, queries.map((query) => ["s", query]))),
  };
  void begin();

  async function begin() {
    const known = view === HOME || views.some((line) => line.key === view);
    const notices = aboutVersion(first.version);
    const styles = styled();
    if (!known) {
      notices.push(`There is no view “${view.slice(0, 60)}”: this is the ${embed ? "default picture" : "start page"} instead.`);
      view = embed ? home : HOME;
      values = {};
    }
    await load({ notices, after: styles });
    if (!shown && view !== HOME) await fallBack();
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
    guide(undefined, false);
    view = key;
    wished = kept;
    values = { ...kept };
    root.classList.remove("lp-menu-open");
    parts.menu.setAttribute("aria-expanded", "false");
    void load({ push: true }).then(() => (key === HOME ? front.title : parts.stage.querySelector("h1"))?.focus({ preventScroll: true }));
    if (key !== HOME) window.scrollTo(0, 0);
  }

  /** What an address without a view means: the start page, or the default view where it says how that shall be. @param {ReturnType<typeof readAddress>} address */
  function meant(address) {
    const told = Object.keys(address.values).some((field) => !field.startsWith("__"));
    return address.view ?? (embed || told ? home : HOME);
  }

  /** Shows the start page, or takes it away. @param {boolean} on */
  function atHome(on) {
    root.classList.toggle("lp-at-home", on);
    if (on) front.show(parts.main);
    if (on) return front.node.prepend(parts.notices);
    tour.node.after(parts.notices);
    front.node.remove();
  }

  /**
   * @param {string[]} notices
   * @param {Promise<void>} [after]
   */
  async function welcome(notices, after) {
    await after;
    atHome(true);
    delete root.dataset.view;
    document.title = "Lectern";
    say(notices, false);
    mark();
    await about().then(front.tell, () => say([...notices, "The server does not answer; the search knows titles only."], false));
    atLeisure(() => void kit.plotly().catch(() => undefined)); // the one large script, for the figures that need it
  }

  /**
   * Takes the sentence to a stop of the tour.
   * @param {number} to
   * @param {string} [sentence]
   */
  async function ride(to, sentence = carried) {
    const { stops } = (await about()).tour;
    carried = sentence;
    view = stops[to].view;
    values = valuesAt(stops[to], sentence);
    wished = only(values, SHARED);
    guide(String(to + 1), false);
    window.scrollTo(0, 0);
    await load({ push: true });
  }

  /**
   * Remembers which stop of the tour this is, and shows its bar.
   * @param {string | undefined} number
   * @param {boolean} [written] whether the address shall say so at once
   */
  function guide(number, written = true) {
    if (number) first.page.tour = number;
    else delete first.page.tour;
    if (!number || embed) tour.show([], null);
    else void guided();
    if (written) write(false);
  }

  /** A number that is none of this tour, or of another view, is left out of the address. */
  async function guided() {
    const { stops } = (await about()).tour;
    const at = stopOf(stops, first.page.tour, view);
    if (at === null) return first.page.tour ? guide(undefined) : undefined;
    tour.show(stops, at);
    carried = String((shown?.view === view && shown.state[stops[at].field]) || carried);
  }

  /** @param {Record<string, unknown>} patch */
  function choose(patch) {
    set(patch);
  }

  /**
   * @param {Record<string, unknown>} patch
   * @param {{ local?: boolean, passing?: boolean }} [options]
   */
  function set(patch, options = {}) {
    if (!options.local && !("step" in patch)) patch = { ...patch, cell: null };
    values = patched(values, patch);
    wished = patched(wished, only(patch, SHARED));
    if (options.local) kept = wished;
    if (!options.local) return void load({ push: !options.passing });
    Object.assign(shown.state, patch);
    writeSoon();
    stage.state(patch);
    own.update(ownControls(), shown.state);
    light();
  }

  /**
   * @param {any} figure
   * @param {{ layer: number, head: number }} place
   */
  function slice(figure, { layer, head }) {
    return part(figure, "head", { layer, head });
  }

  /**
   * @param {any} figure
   * @param {"head" | "arcs" | "cell"} kind
   * @param {Record<string, string | number>} asked
   */
  function part(figure, kind, asked) {
    const told = Object.fromEntries(Object.entries(asked).map(([field, value]) => [field, String(value)]));
    return source.part(kind, view, { ...values, ...told, origin: String(figure.origin) });
  }

  /** @param {{ push?: boolean, notices?: string[], after?: Promise<void> }} [options] `after`: what drawing waits for */
  async function load({ push = false, notices = [], after } = {}) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    root.dataset.ready = "0";
    write(push);
    if (view !== HOME) atHome(false);
    const stopWaiting = view === HOME ? () => {} : wait(signal);
    try {
      if (view === HOME) return await welcome(notices, after);
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
      if (!signal.aborted) root.dataset.ready = shown || view === HOME ? "1" : "0";
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
    shared.update(response.controls.filter((/** @type {any} */ control) => control.top && !leftOut.includes(control.field)), response.state);
    own.update(ownControls(), response.state);
    say([...notices, ...response.notices], false);
    mark();
    explain();
    if (first.page.tour) guide(first.page.tour, false);
    await stage.draw(response);
    turner.update(response.figures.map((/** @type {any} */ figure) => figure.title));
    fit.again();
  }

  /** The frame or the size of the text has changed. */
  function refit() {
    turner.update();
    window.dispatchEvent(new Event("resize"));
  }

  function ownControls() {
    return shown.controls.filter((/** @type {any} */ control) => !control.top && !leftOut.includes(control.field));
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
    if (shown.code) parts.words.prepend(codeBlock(shown.code));
    const hasFormula = shown.formula.length > 0;
    if (!hasFormula) parts.words.querySelector("h2")?.remove();
    light();
  }

  function light() {
    const place = /** @type {HTMLElement | null} */ (parts.words.querySelector(".lp-formula-place"));
    if (place && shown.formula.length) stage.light(place, shown, shown.state);
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

  /** @param {boolean} push whether Back shall come here again; in a frame, Back is the deck's */
  function write(push) {
    clearTimeout(writing);
    const address = keep();
    if (address.length > LONGEST) return;
    const bar = address === "?" ? location.pathname : address;
    if (push && !framed() && address !== location.search) history.pushState(null, "", bar);
    else history.replaceState(history.state, "", bar);
    parts.link?.setAttribute("href", link());
  }

  /** The state as a query string, which the frame knows at once: its deck may go on to another slide right now. */
  function keep() {
    const address = view === HOME ? writePage(first.page) : writeAddress(view, said(), first.page);
    if (address.length <= LONGEST) recall(asked, address);
    return address;
  }

  /** The same once the figure has been drawn: to change the address takes the browser longer than drawing a head. */
  function writeSoon() {
    clearTimeout(writing);
    keep();
    writing = window.setTimeout(() => write(false), DRAWN);
  }

  /** What an address has to say: the rest is the default. */
  function said() {
    return shown?.view === view ? changed(values, shown.controls) : values;
  }

  function link() {
    return embedded({}, false);
  }

  /** The address of the QR code of the link; null where no phone could read it. */
  function code() {
    return link().length > LONGEST_CODE ? null : source.address(`qr/${view}.svg`, values);
  }

  /**
   * The address of this state with such options of the page.
   * @param {Record<string, string>} page
   * @param {boolean} [embed]
   */
  function embedded(page, embed = true) {
    return new URL(writeAddress(view, said(), embed ? { embed: "1", ...page } : page), document.baseURI).href;
  }

  /**
   * @param {string} name an extension, or what else the server makes of a state
   * @param {Record<string, string>} [query]
   */
  function file(name, query = {}) {
    return source.address(`export/${view}.${name}`, { ...values, ...query });
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

/** What a lecturer left out of a frame. @param {string | undefined} asked */
function hidden(asked) {
  return (asked ?? "").split(",").filter((part) => /^[a-z_]+$/.test(part));
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
  const present = el("button", { type: "button", class: "lp-quiet lp-present-button" }, "Present");
  const slides = el("button", { type: "button", class: "lp-strong" }, "Use in slides");
  const brand = el("a", { class: "lp-brand", href: "?", title: "All figures" }, el("span", { class: "lp-mark", "aria-hidden": "true" }), "Lectern");
  const header = el("header", { class: "lp-top" }, menu, brand, shared, theme, present, slides);
  const link = embed ? pageLink("") : null;
  const main = el("div", { class: "lp-main" }, notices, stage, bar); // Gradio's own <main> is around the whole page
  if (link) main.append(el("div", { class: "lp-controls" }, shared, own), link);
  const children = embed ? [main] : [header, nav, main, own, words];
  return { nav, shared, own, stage, main, notices, bar, words, menu, brand, theme, present, slides, link, children };
}

/** @param {ViewLine[]} views */
function chapters(views) {
  const names = [...new Set(views.map((line) => line.chapter))];
  return names.map((name) =>
    el("section", {}, el("h2", {}, name), el("ul", {}, ...views.filter((line) => line.chapter === name).map((line) =>
      el("li", {}, el("a", { href: writeAddress(line.key, {}), "data-key": line.key, title: line.question }, line.title))))));
}
