/**
 * All heads of all layers as thumbnails on one canvas: a row for each layer, a column for each head. The head under the
 * pointer is enlarged beside the grid.
 *
 * @typedef {import("./spec.js").Heads} Heads
 * @typedef {import("./colours.js").Theme} Theme
 * @typedef {{ layer: number, head: number }} Place
 * @typedef {{ figure: Heads, width: number, height: number, unit: number, sans: string, colours: Theme,
 *   kit: import("./kit.js").Kit, choose(place: Place): void, stacked: boolean }} OverviewOptions
 *   `stacked`: the enlarged head has to fit below the grid within the height
 * @typedef {{ size: number, gap: number, left: number, top: number, ratio: number, large: number, beside: boolean }} Grid
 */
import { el, listen } from "./kit.js";
import { mix, parseHex } from "./colours.js";

const THUMB = { least: 18, most: 60 };
const GAP = 6;
const LARGE = 168;

/**
 * @param {OverviewOptions} options
 * @returns {{ node: HTMLElement, show(place: Place): void, destroy(): void }}
 */
export function overview(options) {
  const { figure } = options;
  const grid = layout(options);
  const canvas = el("canvas", {
    class: "lx-overview", tabindex: 0, role: "application", "aria-roledescription": "grid of heads", "data-focus": "overview",
  });
  const enlarged = el("canvas", { class: "lx-enlarged", "aria-hidden": "true" });
  const name = el("div", { class: "lx-enlarged-name" });
  sized(canvas, grid.left + figure.heads * (grid.size + grid.gap), grid.top + figure.layers * (grid.size + grid.gap), grid.ratio);
  sized(enlarged, grid.large, grid.large, grid.ratio);
  const images = thumbnails(options);
  const state = { chosen: { layer: figure.layer, head: figure.head }, cursor: /** @type {Place | null} */ (null) };
  const draw = () => {
    drawOverview(canvas, options, grid, images, state);
    enlarge(enlarged, name, options, images, state);
    canvas.setAttribute("aria-label", `${placeName(state.cursor ?? state.chosen)}, of ${figure.layers} layers by ${figure.heads} heads. Arrow keys move, Enter chooses.`);
  };
  const stops = overviewEvents(canvas, options, grid, state, draw);
  draw();
  const frame = el("div", { class: "lx-overview-frame", "data-scroll": "overview" }, canvas);
  const node = el("div", { class: `lx-overview-panel${grid.beside ? " lx-beside" : ""}` }, frame, el("div", { class: "lx-enlarged-box" }, enlarged, name));
  return {
    node,
    show(place) {
      state.chosen = place;
      draw();
    },
    destroy: () => stops.forEach((stop) => stop()),
  };
}

/** @param {Place} place */
export function placeName({ layer, head }) {
  return `layer ${layer}, head ${head}`;
}

/** @param {OverviewOptions} options @returns {Grid} */
function layout({ figure, width, height, unit, stacked }) {
  const [left, top, gap] = [44 * unit, 42 * unit, GAP * unit];
  const large = LARGE * unit;
  const rest = width - large - 24 * unit;
  const beside = rest - left >= figure.heads * (THUMB.least * unit + gap);
  const room = beside ? rest : width;
  const across = (room - left) / figure.heads - gap;
  const down = (height - top - (stacked ? large + 40 * unit : 0)) / figure.layers - gap;
  const size = Math.floor(Math.min(THUMB.most * unit, Math.max(THUMB.least * unit, Math.min(across, down))));
  return { size, gap, left, top, ratio: Math.max(2, window.devicePixelRatio), large, beside };
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

/**
 * One small picture for each head, a pixel for each pooled cell.
 * @param {OverviewOptions} options
 */
function thumbnails({ figure, colours }) {
  const { shape: [layers, heads, rows, columns], data } = /** @type {import("./spec.js").Packed} */ (figure.overview);
  const table = Array.from({ length: 256 }, (_, byte) => parseHex(mix(colours["weight-low"], colours["weight-high"], byte / 255)));
  return Array.from({ length: layers * heads }, (_, index) => {
    const picture = el("canvas", { width: columns, height: rows });
    const context = picture.getContext("2d");
    const image = new ImageData(columns, rows);
    for (let at = 0; at < rows * columns; at += 1) image.data.set([...table[data[index * rows * columns + at]], 255], at * 4);
    context?.putImageData(image, 0, 0);
    return picture;
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {HTMLCanvasElement[]} images
 * @param {{ chosen: Place, cursor: Place | null }} state
 */
function drawOverview(canvas, options, grid, images, { chosen, cursor }) {
  const context = canvas.getContext("2d");
  const { figure, colours, unit } = options;
  if (!context) return;
  context.setTransform(grid.ratio, 0, 0, grid.ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  images.forEach((image, index) => {
    const [x, y] = cornerOf(grid, { layer: Math.floor(index / figure.heads), head: index % figure.heads });
    context.drawImage(image, x, y, grid.size, grid.size);
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, grid.size + 1, grid.size + 1);
  });
  labels(context, options, grid, cursor ?? chosen);
  if (cursor) ring(context, grid, cursor, colours.accent, 2 * unit, [4 * unit, 3 * unit]);
  ring(context, grid, chosen, colours.accent, 3 * unit, []);
}

/** @param {Grid} grid @param {Place} place */
function cornerOf(grid, { layer, head }) {
  return [grid.left + head * (grid.size + grid.gap) + grid.gap / 2, grid.top + layer * (grid.size + grid.gap) + grid.gap / 2];
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
  const [x, y] = cornerOf(grid, place);
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
    write(String(layer), grid.left - 8 * unit, cornerOf(grid, { layer, head: 0 })[1] + grid.size / 2, layer === now.layer);
  }
  context.textAlign = "center";
  for (let head = 0; head < figure.heads; head += 1) {
    write(String(head), cornerOf(grid, { layer: 0, head })[0] + grid.size / 2, 30 * unit, head === now.head);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} name
 * @param {OverviewOptions} options
 * @param {HTMLCanvasElement[]} images
 * @param {{ chosen: Place, cursor: Place | null }} state
 */
function enlarge(canvas, name, { figure }, images, { chosen, cursor }) {
  const context = canvas.getContext("2d");
  const place = cursor ?? chosen;
  const image = images[place.layer * figure.heads + place.head];
  if (!context || !image) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const isChosen = place.layer === chosen.layer && place.head === chosen.head;
  name.textContent = `${placeName(place)}${isChosen ? ", chosen" : ": click to choose"}`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {OverviewOptions} options
 * @param {Grid} grid
 * @param {{ chosen: Place, cursor: Place | null }} state
 * @param {() => void} draw
 */
function overviewEvents(canvas, options, grid, state, draw) {
  const move = (/** @type {Place | null} */ place) => {
    if (place?.layer === state.cursor?.layer && place?.head === state.cursor?.head) return;
    state.cursor = place;
    draw();
  };
  return [
    listen(canvas, "pointermove", (event) => event.pointerType !== "touch" && move(placeAt(canvas, options.figure, grid, event))),
    listen(canvas, "pointerleave", () => move(null)),
    listen(canvas, "blur", () => move(null)),
    listen(canvas, "click", (event) => {
      const place = placeAt(canvas, options.figure, grid, event);
      if (place) options.choose(place);
    }),
    listen(canvas, "keydown", (event) => overviewKey(event, options, state, move)),
  ];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Heads} figure
 * @param {Grid} grid
 * @param {PointerEvent} event
 * @returns {Place | null}
 */
function placeAt(canvas, figure, grid, event) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width / (canvas.width / grid.ratio) || 1;
  const head = Math.floor(((event.clientX - box.left) / scale - grid.left) / (grid.size + grid.gap));
  const layer = Math.floor(((event.clientY - box.top) / scale - grid.top) / (grid.size + grid.gap));
  const inside = head >= 0 && layer >= 0 && head < figure.heads && layer < figure.layers;
  return inside ? { layer, head } : null;
}

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {KeyboardEvent} event
 * @param {OverviewOptions} options
 * @param {{ chosen: Place, cursor: Place | null }} state
 * @param {(place: Place | null) => void} move
 */
function overviewKey(event, { figure, kit, choose }, state, move) {
  const by = MOVES[event.key];
  const now = state.cursor ?? state.chosen;
  if (by) {
    const next = { layer: (now.layer + by[0] + figure.layers) % figure.layers, head: (now.head + by[1] + figure.heads) % figure.heads };
    move(next);
    kit.announce(placeName(next));
  } else if (event.key === "Enter" || event.key === " ") choose(now);
  else if (event.key === "Escape") move(null);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
