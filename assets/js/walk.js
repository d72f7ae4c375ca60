/**
 * A walkthrough: matrices and operators of the current step, a bar to move along, a caption, and the arithmetic of the
 * cell under the pointer or locked by a click. Everything shown comes from the figure's data; see `viz/scene.py`.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Model<Walk>} Model
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./place.js").Place} Place
 */
import { el, find, keepFocus, listen, onTheme, onWidth } from "./kit.js";
import { chosenCell, litBlocks, lockedAt, matricesOf, readPlace, savedCell, stepOf, stressed, writeCell, writeTable } from "./place.js";
import { drawStep } from "./layout.js";
import { onPredicting, predictButton, predicting, questionPanel, quizKeys, verdict, verdictLine } from "./predict.js";
import { questionOf, withHidden } from "./quiz.js";
import { DRAWN, REFIT } from "./fit.js";
import { cellHead, readout } from "./readout.js";
import { count, placeOf, positionOf, stepBar, stepKeys } from "./steps.js";
import { matrixTable, numberTables } from "./tables.js";

const PLAY_EVERY = 900;

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const walker = new Walker(model, kit, host);
  host.append(walker.parts.node);
  walker.renew();
  const redraw = () => keepFocus(host, () => walker.redraw());
  const stops = [
    model.on("figure", () => keepFocus(host, () => walker.renew())),
    model.on("state", () => walker.follow()),
    onTheme(host, redraw),
    onWidth(host, redraw),
    onPredicting(host, () => keepFocus(host, () => walker.ask())),
    listen(window, "message", ({ data }) => data === "slide:stop" && walker.player.stop()),
    listen(host.closest(".lectern") ?? host, REFIT, redraw),
    quizKeys(host, () => walker.waiting, (option) => walker.reveal(option)),
    stepKeys(host, { embed: () => Boolean(model.embed), move: (by) => walker.move(by) }),
  ];
  return () => {
    for (const stop of stops) stop();
    walker.destroy();
  };
}

/** The parts of the figure that stay while its matrices change. */
function frameParts() {
  const stage = el("div", { class: "lx-stage" });
  const bar = el("div", { class: "lx-bar" });
  const caption = el("p", { class: "lx-caption" });
  const arithmetic = el("div", { class: "lx-arithmetic" });
  const legends = el("div", { class: "lx-legends" });
  const row = el("div", { class: "lx-row" }, bar, legends);
  const node = el("div", { class: "lx-figure lx-walk" }, stage, row, caption, arithmetic);
  return { node, stage, bar, caption, arithmetic, legends };
}

/** One walkthrough on the page: where the reader is, and what is drawn for it. */
class Walker {
  /**
   * @param {Model} model
   * @param {Kit} kit
   * @param {HTMLElement} host
   */
  constructor(model, kit, host) {
    this.model = model;
    this.kit = kit;
    this.host = host;
    this.parts = frameParts();
    this.tables = numberTables(() => Object.values(this.walk.matrices).map(matrixTable));
    this.parts.node.append(this.tables.node);
    this.place = readPlace(model);
    /** @type {Cell | null} */
    this.preview = null;
    /** Where a trace came from, so that it can go back. @type {{ step: number, cell: Cell }[]} */
    this.trail = [];
    /** @type {import("./matrix.js").MatrixView[]} */
    this.views = [];
    /** Numbers typed since the figure was fetched: a second one must not undo the first. @type {Map<string, Float64Array>} */
    this.drafts = new Map();
    /** What the arithmetic shows; it is rebuilt only when that changes, so that a button outlives the press on it. */
    this.told = "";
    /** The question of this place, where the reader wants to predict. @type {import("./quiz.js").Question | null} */
    this.question = null;
    /** Whether its answer is shown, and what was guessed. @type {{ guess: import("./quiz.js").Option | null } | null} */
    this.answered = null;
    this.predict = predictButton(host);
    this.bar = this.makeBar();
    this.player = createPlayer(() => !this.atSweepEnd() && this.move(1), () => this.bar.update(this.position, this.player.playing()));
    this.handlers = this.makeHandlers();
  }

  get walk() {
    return this.model.figure;
  }

  get position() {
    return positionOf(this.walk, this.place.step, this.place.index);
  }

  makeBar() {
    const bar = stepBar(this.walk, { go: (position) => this.go(position), play: () => this.player.toggle() });
    this.parts.bar.replaceChildren(bar.node);
    const questions = this.walk.steps.some((_, step) => questionOf(this.walk, step, 0));
    if (questions && !this.model.embed) bar.node.append(this.predict.node);
    return bar;
  }

  /** The question that waits for a guess. */
  get waiting() {
    return this.answered ? null : this.question;
  }

  /** Asks about this place anew, or stops asking. */
  ask() {
    this.told = "";
    this.redraw();
  }

  /** Shows the answer. @param {import("./quiz.js").Option | null} guess */
  reveal(guess) {
    const { question } = this;
    if (!question) return;
    this.answered = { guess };
    this.told = "";
    const inside = this.parts.arithmetic.contains(document.activeElement);
    keepFocus(this.host, () => this.draw());
    if (inside) find(this.parts.node, "data-focus", "verdict")?.focus({ preventScroll: true });
    this.kit.announce(verdict(question, guess));
  }

  /** @returns {import("./matrix.js").Handlers} */
  makeHandlers() {
    return {
      preview: (cell, towards) => this.look(cell, towards ?? null),
      select: (cell) => this.change(lockedAt(this.walk, this.place.step, cell, this.place.index)),
      release: () => this.change({ cell: null }),
      edit: (matrix, row, column, value) => this.edit(matrix, row, column, value),
    };
  }

  /** New data: the place is kept where it still exists. */
  renew() {
    this.drafts = new Map();
    this.trail = [];
    this.told = "";
    this.place = readPlace(this.model);
    this.bar = this.makeBar();
    this.redraw();
    this.tables.refresh();
  }

  /** The address bar moved without new data. */
  follow() {
    const next = readPlace(this.model);
    const same = writeCell(savedCell(this.walk, next)) === writeCell(savedCell(this.walk, this.place));
    if (next.step !== this.place.step || !same) this.enter(next);
  }

  /** @param {Place} next */
  enter(next) {
    const before = this.place.step;
    this.place = next;
    this.preview = null;
    if (next.step === before && !predicting(this.host)) this.relight();
    else this.redraw();
  }

  /** @param {Partial<Place>} next */
  change(next) {
    this.enter({ ...this.place, ...next });
    const [step, cell] = this.walk.local;
    this.model.set({ [step]: this.place.step, [cell]: writeCell(savedCell(this.walk, this.place)) }, { local: true });
  }

  /** @param {number} by */
  move(by) {
    return this.go(this.position + by);
  }

  /** Whether there was such a position to go to. @param {number} to */
  go(to) {
    if (this.waiting && to === this.position + 1) return this.reveal(null), true;
    if (to < 0 || to >= count(this.walk)) return false;
    this.trail = [];
    this.change({ ...placeOf(this.walk, to), cell: null });
    const { title, caption } = this.walk.steps[this.place.step];
    this.kit.announce(this.waiting ? `${title}. ${this.waiting.prompt}` : `${title}. ${caption}`);
    return true;
  }

  atSweepEnd() {
    const { sweep } = this.walk.steps[this.place.step];
    return !sweep || this.place.index >= this.walk.matrices[sweep].values.data.length - 1;
  }

  /**
   * A cell under the pointer or the focus. Focus that goes on into its arithmetic locks it.
   * @param {Cell | null} cell
   * @param {EventTarget | null} towards
   */
  look(cell, towards) {
    if (writeCell(cell) === writeCell(this.preview)) return;
    if (this.preview && towards instanceof Node && this.parts.arithmetic.contains(towards)) {
      this.handlers.select(this.preview);
      return;
    }
    this.preview = cell;
    this.relight();
  }

  /** Goes to the step whose result holds a cell, and can come back. @param {Cell} cell */
  trace(cell) {
    const shown = chosenCell(this.walk, this.place);
    if (shown) this.trail = [...this.trail, { step: this.place.step, cell: shown }];
    this.jump(stepOf(this.walk, this.place.step, cell), cell);
  }

  back() {
    const last = this.trail[this.trail.length - 1];
    this.trail = this.trail.slice(0, -1);
    if (last) this.jump(last.step, last.cell);
  }

  /** @param {number} step @param {Cell} cell */
  jump(step, cell) {
    const { place, parts } = this;
    this.change({ step, ...lockedAt(this.walk, step, cell, step === place.step ? place.index : 0) });
    const target = find(parts.node, "data-focus", `cell:${writeCell(cell).replaceAll(",", ":")}`);
    (target ?? find(parts.node, "data-focus", `grid:${cell.matrix}`))?.focus();
  }

  /**
   * @param {Matrix} matrix
   * @param {number} row
   * @param {number} column
   * @param {number} value
   */
  edit(matrix, row, column, value) {
    const draft = this.drafts.get(matrix.key) ?? Float64Array.from(matrix.values.data);
    draft[row * matrix.columns.length + column] = value;
    this.drafts.set(matrix.key, draft);
    this.model.set({ [matrix.edit ?? matrix.key]: writeTable(draft, matrix.columns.length) }, { local: false });
  }

  redraw() {
    const { walk, place } = this;
    this.question = predicting(this.host) ? questionOf(walk, place.step, place.index) : null;
    this.answered = null;
    this.draw();
  }

  draw() {
    for (const view of this.views) view.destroy();
    const shown = withHidden(this.walk, this.waiting?.hidden ?? []);
    this.views = drawStep(this.parts, shown, this.place.step, { kit: this.kit, handlers: this.handlers });
    this.parts.node.classList.toggle("lx-waiting", this.waiting !== null);
    this.parts.caption.textContent = this.walk.steps[this.place.step].caption;
    this.predict.update();
    this.relight();
    this.parts.node.dispatchEvent(new CustomEvent(DRAWN, { bubbles: true }));
  }

  relight() {
    const { walk, place, preview } = this;
    const selected = this.lightable();
    const shown = preview ?? selected;
    const { sweep } = walk.steps[place.step];
    const light = { selected, preview, blocks: litBlocks(walk, place.step, shown) };
    for (const [index, matrix] of matricesOf(walk, place.step).entries()) {
      const pending = matrix.key === sweep ? place.index + 1 : null;
      const asked = this.waiting?.cell.matrix === matrix.key && !shown ? { rows: [this.waiting.cell.row], columns: [] } : null;
      this.views[index].light({ ...light, pending, ...(asked ?? stressed(walk, matrix, shown)) });
    }
    this.tell(shown);
    this.bar.update(this.position, this.player.playing());
  }

  /** The cell to outline. The largest of a row must not be, before it was guessed. */
  lightable() {
    const { question, waiting } = this;
    if (waiting?.kind === "largest") return null;
    return this.place.cell === null && question ? question.cell : chosenCell(this.walk, this.place);
  }

  /** @param {Cell | null} shown */
  tell(shown) {
    const next = this.waiting ? `? ${this.waiting.prompt}` : `${writeCell(shown)} ${this.trail.length}`;
    if (next === this.told) return;
    this.told = next;
    this.parts.arithmetic.replaceChildren(...this.lines(shown), ...this.returnButton());
  }

  /** @param {Cell | null} shown */
  lines(shown) {
    const { question, answered, waiting } = this;
    if (waiting) return [questionPanel(waiting, { guess: (option) => this.reveal(option), show: () => this.reveal(null) })];
    const line = question && answered ? [verdictLine(question, answered.guess)] : [];
    return shown ? [...line, readout(this.walk.matrices, shown, (cell) => this.trace(cell))] : line;
  }

  returnButton() {
    const last = this.trail[this.trail.length - 1];
    if (!last) return [];
    const name = cellHead(this.walk.matrices[last.cell.matrix], last.cell);
    const look = { type: "button", class: "lx-button lx-small", "data-focus": "trail", onclick: () => this.back() };
    return [el("button", look, "Back to ", name)];
  }

  destroy() {
    this.player.stop();
    this.tables.destroy();
    for (const view of this.views) view.destroy();
    this.parts.node.remove();
  }
}

/**
 * A sweep that plays by itself, only once a person asked for it, and only to its end.
 * @param {() => boolean} advance whether there is more to play
 * @param {() => void} changed
 */
function createPlayer(advance, changed) {
  /** @type {number | undefined} */
  let timer;
  const stop = () => {
    window.clearInterval(timer);
    timer = undefined;
  };
  const tick = () => {
    if (document.hidden || !advance()) stop();
    changed();
  };
  return {
    stop,
    playing: () => timer !== undefined,
    toggle() {
      if (timer === undefined) timer = window.setInterval(tick, PLAY_EVERY);
      else stop();
      changed();
    },
  };
}
