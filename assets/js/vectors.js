/**
 * Arrows in the plane. Those that belong to a state field are dragged by their tip, or moved by the arrow keys.
 *
 * @typedef {import("./spec.js").Vectors} Vectors
 * @typedef {import("./spec.js").Model<Vectors>} Model
 * @typedef {import("./kit.js").Kit} Kit
 * @typedef {[number, number]} Point
 */
import { el, keepFocus, listen, onWidth, svg, unit } from "./kit.js";
import { REFIT } from "./fit.js";
import { number, toWire } from "./numbers.js";
import { deckKeys } from "./steps.js";
import { numberTables } from "./tables.js";

const SIDE = 440;
const MARGIN = 18;
const HEAD = 11;
const ASK_EVERY = 120;

/** The size of the numbers at the axes, in CSS pixels on the page; see figures.css. */
const TICK = 16;

/** @type {Record<string, Point>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * From numbers to places in the picture and back.
 * @param {{ low: number, high: number }} figure
 */
export function plane({ low, high }) {
  const one = (SIDE - 2 * MARGIN) / (high - low);
  return {
    /** @param {number} x @param {number} y @returns {Point} */
    place: (x, y) => [MARGIN + (x - low) * one, SIDE - MARGIN - (y - low) * one],
    /** @param {number} across @param {number} down @returns {Point} */
    read: (across, down) => [(across - MARGIN) / one + low, (SIDE - MARGIN - down) / one + low],
  };
}

/**
 * A point rounded to whole steps and kept in the square.
 * @param {Point} point
 * @param {{ low: number, high: number, step: number }} figure
 * @returns {Point}
 */
export function snapped(point, { low, high, step }) {
  return /** @type {Point} */ (point.map((at) => Math.min(high, Math.max(low, Math.round(at / step) * step))));
}

/**
 * The angle between two arrows in degrees, and null where one of them has no direction.
 * @param {Point} one
 * @param {Point} other
 */
export function degrees([a, b], [c, d]) {
  if ((a === 0 && b === 0) || (c === 0 && d === 0)) return null;
  return Math.abs(Math.atan2(a * d - b * c, a * c + b * d)) * (180 / Math.PI);
}

/**
 * @param {{ model: Model, el: HTMLElement, kit: Kit }} host
 * @returns {() => void} cleanup
 */
export function render({ model, el: host, kit }) {
  const title = el("div", { class: "lx-plot-title" });
  const picture = svg("svg", { class: "lx-plane", viewBox: `0 0 ${SIDE} ${SIDE}`, role: "group" });
  const note = el("p", { class: "lx-note" });
  const tables = numberTables(() => [table(model.figure)]);
  const node = el("div", { class: "lx-figure lx-vectors-figure" }, title, picture, note, tables.node);
  host.append(node);
  /** Where the arrows are on the screen, ahead of the server while one is dragged. @type {Point[]} */
  let points = [];
  /** @type {number | null} */
  let dragged = null;
  let asked = 0;
  /** The arrow whose angle with the first one is drawn: the one that was touched last. @type {number | null} */
  let touched = null;
  const paint = () => keepFocus(host, () => {
    // Text keeps its size on the screen, however large the picture is drawn.
    const one = (unit(host) * SIDE) / (picture.clientWidth || SIDE);
    picture.style.setProperty("--one", String(one));
    title.textContent = model.figure.title;
    picture.setAttribute("aria-label", model.figure.title);
    picture.replaceChildren(...ground(model.figure, TICK * one), ...angleArc(model.figure, points, touched), ...points.map((_, i) => arrow(model, points, i)));
    note.textContent = model.figure.note;
    note.hidden = !model.figure.note;
  });
  const renew = () => {
    if (dragged !== null) return;
    points = pointsOf(model.figure);
    paint();
    tables.refresh();
  };
  const send = (/** @type {number} */ index, /** @type {boolean} */ passing) => {
    const field = model.figure.fields[index];
    if (field) model.set({ [field]: written(model.figure.fields, field, points) }, { passing });
  };
  const move = (/** @type {number} */ index, /** @type {Point} */ to) => {
    points = points.map((point, i) => (i === index ? snapped(to, model.figure) : point));
    paint();
  };
  const handleOf = (/** @type {EventTarget | null} */ target) => {
    const found = target instanceof Element ? target.closest("[data-arrow]") : null;
    return found && !model.fixed ? Number(found.getAttribute("data-arrow")) : null;
  };
  const end = () => {
    if (dragged === null) return;
    const last = dragged;
    dragged = null;
    send(last, false);
  };
  const under = (/** @type {PointerEvent} */ event) => {
    const frame = picture.getBoundingClientRect();
    const one = SIDE / frame.width;
    return plane(model.figure).read((event.clientX - frame.left) * one, (event.clientY - frame.top) * one);
  };
  renew();
  const stops = [
    model.on("figure", renew),
    listen(picture, "pointerdown", (event) => {
      dragged = handleOf(event.target);
      if (dragged === null) return;
      event.preventDefault();
      picture.setPointerCapture(event.pointerId);
      /** @type {HTMLElement | null} */ (picture.querySelector(`[data-arrow="${dragged}"]`))?.focus();
    }),
    listen(picture, "pointermove", (event) => {
      if (dragged === null) return;
      const before = points[dragged].join();
      move(dragged, under(event));
      if (points[dragged].join() === before || Date.now() - asked < ASK_EVERY) return;
      asked = Date.now();
      send(dragged, true);
    }),
    listen(picture, "focusin", (event) => {
      const index = handleOf(event.target);
      if (!model.figure.angle || index === null || index === touched || index === model.figure.angle[0]) return;
      touched = index;
      paint();
    }),
    onWidth(host, paint),
    listen(host.closest(".lectern") ?? host, REFIT, paint),
    listen(picture, "pointerup", end),
    listen(picture, "pointercancel", end),
    listen(picture, "keydown", (event) => {
      const index = handleOf(event.target);
      const by = KEYS[event.key];
      if (index === null || !by) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = points[index];
      move(index, [x + by[0] * model.figure.step, y + by[1] * model.figure.step]);
      kit.announce(spoken(model.figure, points, index));
      send(index, false);
    }),
    deckKeys(host, () => Boolean(model.embed)),
    tables.destroy,
  ];
  return () => {
    for (const stop of stops) stop();
    node.remove();
  };
}

/** @param {Vectors} figure @returns {Point[]} */
function pointsOf({ points: { data } }) {
  return Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i], data[2 * i + 1]]);
}

/**
 * The arrows of one state field as a table: a row each.
 * @param {(string | null)[]} fields
 * @param {string} field
 * @param {Point[]} points
 */
export function written(fields, field, points) {
  return points.filter((_, i) => fields[i] === field).map((point) => point.map(toWire).join(",")).join(";");
}

/**
 * Grid, axes and their numbers: as many of them as there is room for.
 * @param {Vectors} figure
 * @param {number} size of the text, in units of the picture
 */
function ground(figure, size) {
  const { place } = plane(figure);
  const { low, high } = figure;
  const every = Math.max(1, Math.ceil((high - low) / 12));
  const marks = Array.from({ length: Math.floor(high / every) - Math.ceil(low / every) + 1 }, (_, i) => (Math.ceil(low / every) + i) * every);
  const line = (/** @type {Point} */ from, /** @type {Point} */ to, /** @type {string} */ name) =>
    svg("line", { class: name, x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
  const lines = marks.flatMap((at) => {
    const name = at === 0 ? "lx-axis" : "lx-gridline";
    return [line(place(at, low), place(at, high), name), line(place(low, at), place(high, at), name)];
  });
  const apart = place(every, 0)[0] - place(0, 0)[0];
  const told = every * Math.ceil((1.7 * size) / apart);
  const numbers = marks.filter((at) => at !== 0 && at % told === 0).flatMap((at) => {
    const [[x, y0], [x0, y]] = [place(at, 0), place(0, at)];
    return [
      svg("text", { class: "lx-tick", x, y: y0 + size, "text-anchor": "middle" }, number(at, 0)),
      svg("text", { class: "lx-tick", x: x0 - 6, y: y + size / 3, "text-anchor": "end" }, number(at, 0)),
    ];
  });
  return [...lines, ...numbers];
}

/**
 * @param {Model} model
 * @param {Point[]} points
 * @param {number} index
 */
function arrow({ figure, fixed }, points, index) {
  const { place } = plane(figure);
  const [from, tip] = [place(0, 0), place(...points[index])];
  const [across, down] = [tip[0] - from[0], tip[1] - from[1]];
  const length = Math.hypot(across, down) || 1;
  const [ux, uy] = [across / length, down / length];
  const back = Math.min(HEAD, length);
  const corner = (/** @type {number} */ side) => `${tip[0] - back * ux - side * uy * back * 0.55},${tip[1] - back * uy + side * ux * back * 0.55}`;
  const alive = figure.fields[index] && !fixed;
  const aside = { x: tip[0] + 14 * ux + (ux < -0.3 ? -4 : 4), y: tip[1] + 14 * uy + 5, "text-anchor": ux < -0.3 ? "end" : "start" };
  return svg("g", { class: `lx-arrow lx-stroke-${figure.roles[index]}` },
    svg("line", { x1: from[0], y1: from[1], x2: tip[0] - ux * back * 0.8, y2: tip[1] - uy * back * 0.8 }),
    svg("polygon", { points: `${tip.join(",")} ${corner(1)} ${corner(-1)}` }),
    svg("text", { class: "lx-arrow-name", ...aside }, figure.labels[index]),
    alive ? svg("circle", {
      class: "lx-handle", cx: tip[0], cy: tip[1], r: 16, tabindex: 0, role: "application",
      "aria-label": spoken(figure, points, index), "data-arrow": index, "data-focus": `arrow:${index}`,
    }) : null);
}

/**
 * @param {Vectors} figure
 * @param {Point[]} points
 * @param {number} index
 */
function spoken(figure, points, index) {
  return `${figure.labels[index]}: ${points[index].map((at) => number(at, 1)).join(", ")}. Drag, or move with the arrow keys.`;
}

/** @param {Vectors} figure @param {Point[]} points @param {number | null} touched */
function angleArc(figure, points, touched) {
  if (!figure.angle) return [];
  const [one, other] = [points[figure.angle[0]], points[touched ?? figure.angle[1]] ?? points[figure.angle[1]]];
  const angle = degrees(one, other);
  if (angle === null) return [];
  const { place } = plane(figure);
  const reach = (figure.high - figure.low) / 10;
  const at = (/** @type {Point} */ [x, y]) => place((x / Math.hypot(x, y)) * reach, (y / Math.hypot(x, y)) * reach);
  const [from, to, origin] = [at(one), at(other), place(0, 0)];
  const radius = Math.hypot(from[0] - origin[0], from[1] - origin[1]);
  const turn = one[0] * other[1] - one[1] * other[0] > 0 ? 0 : 1;
  const half = turned(one, ((turn === 0 ? 1 : -1) * angle * Math.PI) / 360);
  const [x, y] = place((half[0] / Math.hypot(...half)) * reach * 1.75, (half[1] / Math.hypot(...half)) * reach * 1.75);
  return [
    svg("path", { class: "lx-angle", d: `M${from.join(",")} A${radius},${radius} 0 0 ${turn} ${to.join(",")}` }),
    svg("text", { class: "lx-angle-name", x, y: y + 5, "text-anchor": "middle" }, `${number(angle, 0)}°`),
  ];
}

/** @param {Point} point @param {number} by radians @returns {Point} */
function turned([x, y], by) {
  return [x * Math.cos(by) - y * Math.sin(by), x * Math.sin(by) + y * Math.cos(by)];
}

/** @param {Vectors} figure */
function table(figure) {
  return { title: figure.title, columns: ["", "x", "y"], rows: figure.labels.map((label, i) => [label, ...pointsOf(figure)[i]]), key: "vectors", digits: 2 };
}
