/**
 * All heads of all layers as thumbnails on one canvas: a row for each layer, a column for each head. The head under the
 * pointer is enlarged beside the grid.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {{ layer: number, head: number }} Place
 * @typedef {{ figure: Heads, width: number, height: number, unit: number, sans: string, colours: Theme,
 *   kit: import("./kit.js").Kit, choose(place: Place): void, pointAt(place: Place | null): void, stacked: boolean, state: OverviewState,
 *   switchOff: ((place: Place) => void) | null, redo(): void }} OverviewOptions
 *   `stacked`: the enlarged head has to fit below the grid within the height
 * @typedef {{ measure: string | null, least: number, open: boolean }} OverviewState by what heads are sorted, the least that
 *   is looked for, and whether the controls for it are open
 * @typedef {{ size: number, gap: number, left: number, top: number, ratio: number, large: number, beside: boolean,
 *   columns: number, below: number, places: Place[] }} Grid `places`: the heads in the order they are drawn in;
 *   `below`: room for a name under each
 * @typedef {{ chosen: Place, cursor: Place | null }} Now
 */
import { el, listen } from "./kit.js";
import { parseHex, shader } from "./colours.js";
import { number } from "./numbers.js";
import { ranked } from "./ranking.js";
import { overviewTools } from "./overviewtools.js";

const THUMB = { least: 18, most: 60 };
const GAP = 6;
const LARGE = 168;
/** Sorted heads carry their names below, which need so much room. */
const NAME = { width: 40, height: 18 };

/**
 * @param {OverviewOptions} options
 * @returns {{ node: HTMLElement, opener: HTMLElement | null, show(place: Place): void, destroy(): void }}
 */
export function overview(options) {
  const { figure } = options;
  const grid = layout(options);
  const canvas = el("canvas", {
    class: "lx-overview", tabindex: 0, role: "application", "aria-roledescription": "grid of heads", "data-focus": "overview",
  });
  const enlarged = el("canvas", { class: "lx-enlarged", "aria-hidden": "true" });
  const name = el("div", { class: "lx-enlarged-name" });
  const rows = Math.ceil(grid.places.length / grid.columns);
  sized(canvas, grid.left + grid.columns * (grid.size + grid.gap), grid.top + rows * (grid.size + grid.gap + grid.below), grid.ratio);
  sized(enlarged, grid.large, grid.large, grid.ratio);
  const images = thumbnails(options);
  const still = allThumbnails(canvas, options, grid, images);
  /** @type {Now} */
  const state = { chosen: { layer: figure.layer, head: figure.head }, cursor: null };
  const off = el("div", null, switchButton(options, state));
  const draw = () => {
    drawOverview(canvas, options, grid, still, state);
    enlarge(enlarged, name, options, images, state);
    canvas.setAttribute("aria-label", `${described(options, state.cursor ?? state.chosen)}, of ${figure.layers} layers by ${figure.heads} heads. Arrow keys move, Enter chooses.`);
  };
  const stops = overviewEvents(canvas, options, grid, state, draw);
  const tools = overviewTools(options, grid.places.length);
  draw();
  const frame = el("div", { class: "lx-overview-frame", "data-scroll": "overview", "data-order": grid.places.map(({ layer, head }) => `${layer}.${head}`).join(" ") }, canvas);
  const node = el("div", { class: `lx-overview-panel${grid.beside ? " lx-beside" : ""}` }, tools.node, frame, el("div", { class: "lx-enlarged-box" }, enlarged, name, off));
  return {
    node, opener: tools.opener,
    show(place) {
      state.chosen = place;
      const button = switchButton(options, state);
      if (button) off.replaceChildren(button);
      draw();
    },
    destroy: () => stops.forEach((stop) => stop()),
  };
}

/** @param {OverviewOptions} options @param {Now} state */
function switchButton({ figure, switchOff }, { chosen }) {
  if (!switchOff) return null;
  const off = isOff(figure, chosen);
  const text = off ? "Switch this head on again" : "Switch this head off";
  return el("button", {
    type: "button", class: "lx-button lx-small lx-switch-off", "aria-pressed": String(off), "data-focus": "switch-off",
    title: "The model runs again with this head's output set to 0.", onclick: () => switchOff(chosen),
  }, text);
}

/** @param {Heads} figure @param {Place} place */
function isOff(figure, { layer, head }) {
  return figure.ablated.some(([l, h]) => l === layer && h === head);
}

/** A head with what is known of it: what it is sorted by, and habits that have a name. @param {OverviewOptions} options @param {Place} place */
function described({ figure, state }, place) {
  const measure = figure.measures.find(({ key }) => key === state.measure);
  const value = measure && figure.statistics[measure.key].data[place.layer * figure.heads + place.head];
  const habits = figure.patterns.filter(({ layer, head }) => layer === place.layer && head === place.head).map((habit) => habit.name);
  const told = [measure ? `${measure.label} ${number(value ?? 0, 2)}` : null, ...habits, isOff(figure, place) ? "switched off" : null].filter(Boolean);
  return `${placeName(place)}${told.length ? `: ${told.join(", ")}` : ""}`;
}

/** @param {Place} place */
export function placeName({ layer, head }) {
  return `layer ${layer}, head ${head}`;
}

/** @param {OverviewOptions} options @returns {Grid} */
function layout({ figure, width, height, unit, stacked, state }) {
  const places = ranked(figure, state);
  const sorted = state.measure !== null;
  const [left, top, gap] = sorted ? [4 * unit, 4 * unit, GAP * unit] : [44 * unit, 42 * unit, GAP * unit];
  const large = LARGE * unit;
  const rest = width - large - 24 * unit;
  const beside = rest - left >= figure.heads * (THUMB.least * unit + gap);
  const room = beside ? rest : width;
  const across = (room - left) / figure.heads - gap;
  const down = (height - top - (stacked ? large + 40 * unit : 0)) / figure.layers - gap;
  const fitting = Math.floor(Math.min(THUMB.most * unit, Math.max(THUMB.least * unit, Math.min(across, down))));
  const size = sorted ? Math.max(NAME.width * unit, fitting) : fitting;
  const columns = sorted ? Math.max(1, Math.min(places.length, Math.floor((room - left) / (size + gap)))) : figure.heads;
  return { size, gap, left, top, ratio: Math.max(2, window.devicePixelRatio), large, beside, columns, below: sorted ? NAME.height * unit : 0, places };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {number} ratio
 */
function sized(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/** Pictures are kept while another head of the same figure is chosen. @type {WeakMap<object, { look: string, images: HTMLCanvasElement[] }>} */
const PICTURES = new WeakMap();

/** @param {OverviewOptions} options */
function thumbnails(options) {
  const packed = /** @type {import("./spec.js").Packed} */ (options.figure.overview);
  const look = `${options.colours["weight-low"]} ${options.colours["weight-high"]}`;
  const before = PICTURES.get(packed);
  if (before?.look === look) return before.images;
  const images = pictures(options);
  PICTURES.set(packed, { look, images });
  return images;
}

/**
 * One small picture for each head, a pixel for each pooled cell.
 * @param {OverviewOptions} options
 */
function pictures({ figure, colours }) {
  const { shape: [layers, heads, rows, columns], data } = /** @type {import("./spec.js").Packed} */ (figure.overview);
  const shade = shader(colours, { colour: "weight", low: 0, high: 255 });
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    const [red, green, blue] = parseHex(shade(byte).background);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
  const cells = rows * columns;
  return Array.from({ length: layers * heads }, (_, index) => {
    const picture = el("canvas", { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = 0; at < cells; at += 1) pixels[at] = table[data[index * cells + at]];
    picture.getContext("2d")?.putImageData(image, 0, 0);
    return picture;
  });
}

/**
 * What stays while the choice moves: all thumbnails, and which heads are switched off.
 * @param {HTMLCanvasElement} canvas where they will be seen
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {HTMLCanvasElement[]} images
 */
function allThumbnails({ width, height }, { figure, colours, unit }, grid, images) {
  const still = el("canvas", { width, height });
  const context = still.getContext("2d");
  if (!context) return still;
  context.setTransform(grid.ratio, 0, 0, grid.ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  grid.places.forEach((place, index) => {
    const [x, y] = cornerAt(grid, index);
    context.drawImage(images[place.layer * figure.heads + place.head], x, y, grid.size, grid.size);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, grid.size + 1, grid.size + 1);
    if (isOff(figure, place)) crossed(context, x, y, grid.size, colours.warn, 3 * unit);
  });
  return still;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {HTMLCanvasElement} still
 * @param {Now} state
 */
function drawOverview(canvas, options, grid, still, { chosen, cursor }) {
  const context = canvas.getContext("2d");
  const { colours, unit } = options;
  if (!context) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(still, 0, 0);
  context.setTransform(grid.ratio, 0, 0, grid.ratio, 0, 0);
  if (grid.below) names(context, options, grid, cursor ?? chosen);
  else labels(context, options, grid, cursor ?? chosen);
  if (cursor) ring(context, grid, cursor, colours.accent, 2 * unit, [4 * unit, 3 * unit]);
  ring(context, grid, chosen, colours.accent, 3 * unit, []);
}

/** A head that is switched off. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} size @param {string} colour @param {number} width */
function crossed(context, x, y, size, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y);
  context.lineTo(x, y + size);
  context.stroke();
}

/** Where the picture at a place in the order stands. @param {Grid} grid @param {number} index */
function cornerAt({ columns, left, top, size, gap, below }, index) {
  return [left + (index % columns) * (size + gap) + gap / 2, top + Math.floor(index / columns) * (size + gap + below) + gap / 2];
}

/** @param {Grid} grid @param {Place} place */
function indexOf({ places }, place) {
  return places.findIndex(({ layer, head }) => layer === place.layer && head === place.head);
}

/** Sorted heads have their names below. @param {CanvasRenderingContext2D} context @param {OverviewOptions} options @param {Grid} grid @param {Place} now */
function names(context, { colours, unit, sans }, grid, now) {
  context.textAlign = "center";
  context.textBaseline = "top";
  grid.places.forEach(({ layer, head }, index) => {
    const [x, y] = cornerAt(grid, index);
    const strong = layer === now.layer && head === now.head;
    context.font = `${strong ? 700 : 400} ${13 * unit}px ${sans}`;
    context.fillStyle = strong ? colours.ink : colours.soft;
    context.fillText(`${layer}.${head}`, x + grid.size / 2, y + grid.size + 3 * unit);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Grid} grid
 * @param {Place} place
 * @param {string} colour
 * @param {number} width
 * @param {number[]} dashes
 */
function ring(context, grid, place, colour, width, dashes) {
  const index = indexOf(grid, place);
  if (index < 0) return;
  const [x, y] = cornerAt(grid, index);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.beginPath();
  context.roundRect(x - width / 2, y - width / 2, grid.size + width, grid.size + width, 3);
  context.stroke();
  context.setLineDash([]);
}

/**
 * Every layer and every head is labelled; the head's numbers thin out only where they would run into each other.
 * @param {CanvasRenderingContext2D} context
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {Place} now
 */
function labels(context, { figure, colours, unit, sans }, grid, now) {
  const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, strong = false) => {
    context.font = `${strong ? 700 : 400} ${13 * unit}px ${sans}`;
    context.fillStyle = strong ? colours.ink : colours.soft;
    context.fillText(text, x, y);
  };
  context.textBaseline = "middle";
  context.textAlign = "left";
  write("head", grid.left, 10 * unit);
  write("layer", 0, 28 * unit);
  context.textAlign = "right";
  for (let layer = 0; layer < figure.layers; layer += 1) {
    write(String(layer), grid.left - 8 * unit, cornerAt(grid, layer * grid.columns)[1] + grid.size / 2, layer === now.layer);
  }
  context.textAlign = "center";
  for (let head = 0; head < figure.heads; head += 1) {
    write(String(head), cornerAt(grid, head)[0] + grid.size / 2, 30 * unit, head === now.head);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} name
 * @param {OverviewOptions} options
 * @param {HTMLCanvasElement[]} images
 * @param {Now} state
 */
function enlarge(canvas, name, options, images, { chosen, cursor }) {
  const { figure } = options;
  const context = canvas.getContext("2d");
  const place = cursor ?? chosen;
  const image = images[place.layer * figure.heads + place.head];
  if (!context || !image) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const isChosen = place.layer === chosen.layer && place.head === chosen.head;
  name.textContent = `${described(options, place)}${isChosen ? " (chosen)" : " (click to choose)"}`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {Now} state
 * @param {() => void} draw
 */
function overviewEvents(canvas, options, grid, state, draw) {
  const move = (/** @type {Place | null} */ place) => {
    if (place?.layer === state.cursor?.layer && place?.head === state.cursor?.head) return;
    state.cursor = place;
    options.pointAt(place);
    draw();
  };
  return [
    listen(canvas, "pointermove", (event) => event.pointerType !== "touch" && move(placeAt(canvas, grid, event))),
    listen(canvas, "pointerleave", () => move(null)),
    listen(canvas, "blur", () => move(null)),
    listen(canvas, "click", (event) => {
      const place = placeAt(canvas, grid, event);
      if (place) options.choose(place);
    }),
    listen(canvas, "keydown", (event) => overviewKey(event, options, grid, state, move)),
  ];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Grid} grid
 * @param {PointerEvent} event
 * @returns {Place | null}
 */
function placeAt(canvas, grid, event) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width / (canvas.width / grid.ratio) || 1;
  const column = Math.floor(((event.clientX - box.left) / scale - grid.left) / (grid.size + grid.gap));
  const row = Math.floor(((event.clientY - box.top) / scale - grid.top) / (grid.size + grid.gap + grid.below));
  return column >= 0 && row >= 0 && column < grid.columns ? grid.places[row * grid.columns + column] ?? null : null;
}

/** Steps of the arrow keys, as [down, right]. @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * The next head in a direction; the grid has no edges.
 * @param {Grid} grid
 * @param {Place} now
 * @param {[number, number]} by
 */
function next({ places, columns }, now, [down, right]) {
  const index = Math.max(0, places.findIndex(({ layer, head }) => layer === now.layer && head === now.head));
  const rows = Math.ceil(places.length / columns);
  const [row, column] = [(Math.floor(index / columns) + down + rows) % rows, ((index % columns) + right + columns) % columns];
  return places[Math.min(places.length - 1, row * columns + column)];
}

/**
 * @param {KeyboardEvent} event
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {Now} state
 * @param {(place: Place | null) => void} move
 */
function overviewKey(event, options, grid, state, move) {
  const { kit, choose } = options;
  const by = MOVES[event.key];
  const now = state.cursor ?? state.chosen;
  if (by && grid.places.length) {
    const place = next(grid, now, by);
    move(place);
    kit.announce(described(options, place));
  } else if (event.key === "Enter" || event.key === " ") choose(now);
  else if (event.key === "Escape") move(null);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
