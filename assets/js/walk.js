/**
 * A walkthrough: matrices and operators of the current step, a bar to move along, a caption, and the arithmetic of the
 * cell under the pointer or locked by a click. Everything shown comes from the figure's data; see `viz/scene.py`.
 *
 * @typedef {import("./spec.js").Walk} Walk
 * @typedef {import("./spec.js").Cell} Cell
 * @typedef {import("./spec.js").Block} Block
 * @typedef {import("./spec.js").Matrix} Matrix
 * @typedef {import("./spec.js").Model<Walk>} Model
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {import("./matrix.js").MatrixView} MatrixView
 * @typedef {{ step: number, index: number, cell: Cell | null }} Place `index` counts the cells of a sweep
 */
import { el, find, keepFocus, onTheme, onWidth, unit } from "./kit.js";
import { toWire } from "./numbers.js";
import { theme } from "./colours.js";
import { fit, sameColumns, sameRows } from "./sizes.js";
import { legend, matrixView } from "./matrix.js";
import { sources } from "./rules.js";
import { cellHead, readout } from "./readout.js";
import { count, placeOf, positionOf, stepBar, stepKeys, sweepCell } from "./steps.js";
import { matrixTable, numberTables } from "./tables.js";

const OPERATOR = 48;
/** From this width on, in units, the arithmetic stands beside the caption instead of below it. */
const WIDE = 940;
const PLAY_EVERY = 900;
/** @type {Record<string, string>} */
const SPOKEN = { "+": "plus", "=": "equals", "→": "becomes", "×": "times", "·": "times", "−": "minus", "÷": "divided by", "≠": "is not" };

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const walker = createWalker(model, kit);
  host.append(walker.node);
  walker.redraw();
  const stops = [
    model.on("figure", () => keepFocus(host, walker.renew)),
    model.on("state", walker.follow),
    onTheme(host, () => keepFocus(host, walker.redraw)),
    onWidth(host, () => keepFocus(host, walker.redraw)),
    stepKeys(host, { embed: () => Boolean(model.embed), move: walker.move }),
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

/**
 * @param {Model} model
 * @param {Kit} kit
 */
function createWalker(model, kit) {
  const parts = frameParts();
  const tables = numberTables(() => Object.values(model.figure.matrices).map(matrixTable));
  parts.node.append(tables.node);
  /** @type {Place} */
  let place = readPlace(model);
  /** @type {Cell | null} */
  let preview = null;
  /** @type {{ step: number, cell: Cell }[]} */
  let trail = [];
  /** @type {MatrixView[]} */
  let views = [];
  /** @type {Map<string, Float64Array>} */
  let drafts = new Map();
  let bar = createBar();
  /** What the arithmetic shows, so that it is rebuilt only when that changes: a button must outlive the press on it. */
  let told = "";
  const player = createPlayer(() => !atSweepEnd() && move(1), () => bar.update(position(), player.playing()));

  function atSweepEnd() {
    const { sweep } = model.figure.steps[place.step];
    return !sweep || place.index >= model.figure.matrices[sweep].values.data.length - 1;
  }

  function createBar() {
    const made = stepBar(model.figure, { go, play: () => player.toggle() });
    parts.bar.replaceChildren(made.node);
    return made;
  }

  function position() {
    return positionOf(model.figure, place.step, place.index);
  }

  /** @param {Partial<Place>} next */
  function change(next) {
    const before = place.step;
    place = { ...place, ...next };
    preview = null;
    const [step, cell] = model.figure.local;
    if (place.step === before) relight();
    else redraw();
    model.set({ [step]: place.step, [cell]: writeCell(savedCell(model.figure, place)) }, { local: true });
  }

  /** @param {number} to */
  function go(to) {
    const walk = model.figure;
    const next = placeOf(walk, to);
    if (to < 0 || to >= count(walk)) return false;
    trail = [];
    change({ ...next, cell: null });
    const { title, caption } = walk.steps[next.step];
    kit.announce(`${title}. ${caption}`);
    return true;
  }

  /** @param {number} by */
  function move(by) {
    return go(position() + by);
  }

  /** Goes to the step whose result holds a cell, and can come back. @param {Cell} cell */
  function trace(cell) {
    const shown = chosenCell(model.figure, place);
    if (shown) trail = [...trail, { step: place.step, cell: shown }];
    jump(stepOf(model.figure, place.step, cell), cell);
  }

  function back() {
    const last = trail[trail.length - 1];
    trail = trail.slice(0, -1);
    if (last) jump(last.step, last.cell);
  }

  /** @param {number} step @param {Cell} cell */
  function jump(step, cell) {
    change({ step, ...lockedAt(model.figure, step, cell, step === place.step ? place.index : 0) });
    (find(parts.node, "data-focus", `cell:${cell.matrix}:${cell.row}:${cell.column}`) ?? find(parts.node, "data-focus", `grid:${cell.matrix}`))?.focus();
  }

  /** @type {import("./matrix.js").Handlers} */
  const handlers = {
    preview(cell, towards) {
      if (writeCell(cell) === writeCell(preview)) return;
      if (preview && towards instanceof Node && parts.arithmetic.contains(towards)) return handlers.select(preview);
      preview = cell;
      relight();
    },
    select: (cell) => change(lockedAt(model.figure, place.step, cell, place.index)),
    release: () => change({ cell: null }),
    edit(matrix, row, column, value) {
      const draft = drafts.get(matrix.key) ?? Float64Array.from(matrix.values.data);
      draft[row * matrix.columns.length + column] = value;
      drafts.set(matrix.key, draft);
      model.set({ [matrix.edit ?? matrix.key]: writeTable(draft, matrix.columns.length) }, { local: false });
    },
  };

  function redraw() {
    for (const view of views) view.destroy();
    views = drawStage(parts, model.figure, place.step, { kit, handlers });
    relight();
  }

  function relight() {
    const walk = model.figure;
    const selected = chosenCell(walk, place);
    const shown = preview ?? selected;
    const { sweep } = walk.steps[place.step];
    const light = { selected, preview, blocks: litBlocks(walk, place.step, shown) };
    for (const [index, matrix] of matricesOf(walk, place.step).entries()) {
      const pending = matrix.key === sweep ? place.index + 1 : null;
      views[index].light({ ...light, pending, ...stressed(walk, matrix, shown) });
    }
    parts.caption.textContent = walk.steps[place.step].caption;
    tell(shown);
    bar.update(position(), player.playing());
  }

  /** @param {Cell | null} shown */
  function tell(shown) {
    const next = `${writeCell(shown)} ${trail.length}`;
    if (next === told) return;
    told = next;
    parts.arithmetic.replaceChildren(...(shown ? [readout(model.figure.matrices, shown, trace)] : []), ...returnButton());
  }

  function returnButton() {
    const last = trail[trail.length - 1];
    if (!last) return [];
    const name = cellHead(model.figure.matrices[last.cell.matrix], last.cell);
    return [el("button", { type: "button", class: "lx-button lx-small", "data-focus": "trail", onclick: back }, "Back to ", name)];
  }

  return {
    node: parts.node,
    redraw,
    move,
    /** New data of the same kind: the place is kept where it still exists. */
    renew() {
      drafts = new Map();
      trail = [];
      told = "";
      place = readPlace(model);
      bar = createBar();
      redraw();
      tables.refresh();
    },
    /** The address bar moved without new data. */
    follow() {
      const next = readPlace(model);
      if (next.step === place.step && writeCell(savedCell(model.figure, next)) === writeCell(savedCell(model.figure, place))) return;
      const before = place.step;
      place = next;
      if (place.step === before) relight();
      else redraw();
    },
    destroy() {
      player.stop();
      tables.destroy();
      for (const view of views) view.destroy();
      parts.node.remove();
    },
  };
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

/**
 * The place that the state names, corrected to what the figure has.
 * @param {Model} model
 * @returns {Place}
 */
function readPlace({ figure, state }) {
  const [stepField, cellField] = figure.local;
  const wanted = Number(state[stepField] ?? 0);
  const step = Math.min(figure.steps.length - 1, Math.max(0, Number.isInteger(wanted) ? wanted : 0));
  const cell = readCell(figure, String(state[cellField] ?? ""));
  return { step, ...lockedAt(figure, step, cell, 0) };
}

/**
 * A cell of the swept matrix is a position in the sweep; any other is locked beside it.
 * @param {Walk} walk
 * @param {number} step
 * @param {Cell | null} cell
 * @param {number} index
 */
function lockedAt(walk, step, cell, index) {
  if (!cell || walk.steps[step].sweep !== cell.matrix) return { cell, index };
  return { cell: null, index: cell.row * walk.matrices[cell.matrix].columns.length + cell.column };
}

/**
 * @param {Walk} walk
 * @param {string} text "matrix,row,column"
 * @returns {Cell | null}
 */
function readCell({ matrices }, text) {
  const [matrix, row, column] = text.split(",");
  const known = matrices[matrix];
  const cell = { matrix, row: Number(row), column: Number(column) };
  return known && cell.row < known.rows.length && cell.column < known.columns.length ? cell : null;
}

/** @param {Cell | null} cell */
function writeCell(cell) {
  return cell ? `${cell.matrix},${cell.row},${cell.column}` : "";
}

/** The cell that the address bar keeps. @param {Walk} walk @param {Place} place */
function savedCell(walk, { step, index, cell }) {
  return cell ?? (index > 0 ? sweepCell(walk, step, index) : null);
}

/** A table as the address bar holds it. @param {Float64Array} values @param {number} width */
function writeTable(values, width) {
  const cells = [...values].map(toWire);
  return Array.from({ length: cells.length / width }, (_, row) => cells.slice(row * width, (row + 1) * width).join(",")).join(";");
}

/** @param {Walk} walk @param {number} step */
function matricesOf(walk, step) {
  return walk.steps[step].layout.filter((part) => part in walk.matrices).map((key) => walk.matrices[key]);
}

/** The cell whose arithmetic is shown: the locked one, the sweep's, or the first that the step points at. @param {Walk} walk @param {Place} place */
function chosenCell(walk, { step, index, cell }) {
  const [focus] = walk.steps[step].focus;
  return cell ?? sweepCell(walk, step, index) ?? (focus ? { matrix: focus[0], row: focus[1], column: focus[2] } : null);
}

/**
 * What is lit beside the chosen cell: where it comes from, and what the step points at.
 * @param {Walk} walk
 * @param {number} step
 * @param {Cell | null} shown
 * @returns {Block[]}
 */
function litBlocks(walk, step, shown) {
  const focus = shown ? [] : walk.steps[step].focus.map(([matrix, row, column]) => ({ matrix, row, column, rows: 1, columns: 1 }));
  return [...(shown ? sources(walk.matrices, shown) : []), ...focus];
}

/**
 * The labels that name the shown cell, in every matrix with the same rows or columns.
 * @param {Walk} walk
 * @param {Matrix} matrix
 * @param {Cell | null} shown
 */
function stressed({ matrices }, matrix, shown) {
  const other = shown && matrices[shown.matrix];
  return { rows: other && sameRows(matrix, other) ? [shown.row] : [], columns: other && sameColumns(matrix, other) ? [shown.column] : [] };
}

/**
 * The step in which a cell is computed: the nearest before the current one whose last matrix holds it, then any that
 * computes it, then any that shows it.
 * @param {Walk} walk
 * @param {number} from
 * @param {Cell} cell
 */
function stepOf(walk, from, { matrix }) {
  const keys = walk.steps.map((_, step) => matricesOf(walk, step).map(({ key }) => key));
  const steps = [...keys.keys()];
  const computes = steps.filter((step) => keys[step][keys[step].length - 1] === matrix);
  const shows = steps.filter((step) => keys[step].includes(matrix));
  const before = computes.filter((step) => step < from);
  return before[before.length - 1] ?? computes[0] ?? (shows.includes(from) ? from : shows[0] ?? from);
}

/**
 * @param {ReturnType<typeof frameParts>} parts
 * @param {Walk} walk
 * @param {number} step
 * @param {{ kit: Kit, handlers: import("./matrix.js").Handlers }} tools
 * @returns {MatrixView[]}
 */
function drawStage({ node, stage, legends }, walk, step, { kit, handlers }) {
  const one = unit(stage);
  const matrices = matricesOf(walk, step);
  const frame = {
    width: stage.clientWidth || 720, height: Math.max(220, window.innerHeight * 0.52), unit: one, measure: kit.measure,
    sans: getComputedStyle(stage).fontFamily, operator: OPERATOR * one,
  };
  node.classList.toggle("lx-wide", frame.width >= WIDE * one);
  const sizes = fit(matrices, frame);
  const colours = theme(stage);
  const views = matrices.map((matrix, index) =>
    matrixView({ matrix, size: sizes[index], colours, kit, on: handlers, ...frame }));
  stage.style.setProperty("--head", `${Math.max(0, ...sizes.map(({ head }) => head))}px`);
  stage.style.setProperty("--middle", `${Math.min(...views.map(({ tall }) => tall)) / 2}px`);
  stage.replaceChildren(...groups(walk.steps[step].layout, matrices, views));
  legends.replaceChildren(...scales(matrices));
  return views;
}

/**
 * An operator stays on one line with the matrix after it.
 * @param {string[]} layout
 * @param {Matrix[]} matrices
 * @param {MatrixView[]} views
 */
function groups(layout, matrices, views) {
  const made = [];
  /** @type {HTMLElement[]} */
  let waiting = [];
  let next = 0;
  for (const part of layout) {
    if (matrices[next]?.key !== part) waiting.push(el("span", { class: `lx-operator${part === "·" ? " lx-operator-dot" : ""}`, "aria-label": SPOKEN[part] ?? part, role: "img" }, part));
    else {
      made.push(el("div", { class: "lx-group" }, ...waiting, views[next].node));
      waiting = [];
      next += 1;
    }
  }
  return waiting.length ? [...made, el("div", { class: "lx-group" }, ...waiting)] : made;
}

/** One legend for each scale on the stage. @param {Matrix[]} matrices */
function scales(matrices) {
  /** @type {Map<string, Matrix[]>} */
  const known = new Map();
  for (const matrix of matrices) {
    const key = `${matrix.colour} ${matrix.low} ${matrix.high}`;
    known.set(key, [...(known.get(key) ?? []), matrix]);
  }
  return [...known.values()].map((same) => legend(same[0], same.map(({ title }) => title).join(", "))).filter((node) => node !== null);
}
