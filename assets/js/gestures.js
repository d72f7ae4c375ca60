/**
 * What pointers do to a field: a click chooses, a drag pans, Ctrl and the wheel or two fingers zoom. A wheel alone, and a
 * finger on a field that is seen whole, still scroll the page.
 *
 * @typedef {import("./field.js").Field} Field
 */
import { listen } from "./kit.js";

const DRAG = 5;
const WHEEL = 0.0022;

/** @param {Field} field */
export function fieldGestures(field) {
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  let [travelled, spread] = [0, 0];
  const lift = (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId)) return;
    if (event.type === "pointerup" && travelled < DRAG && down.size === 0) field.press(field.under(event), event);
    spread = 0;
  };
  return [
    listen(field.stage, "pointerdown", (event) => {
      if (event.button !== 0) return;
      if (down.size === 0) travelled = 0;
      down.set(event.pointerId, event);
    }),
    listen(field.stage, "pointermove", (event) => {
      const before = down.get(event.pointerId);
      if (!before) return;
      down.set(event.pointerId, event);
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      travelled += Math.hypot(dx, dy);
      if (down.size > 1) spread = pinch(field, [...down.values()], spread);
      else if (travelled >= DRAG && field.zoomedIn()) {
        field.stage.setPointerCapture(event.pointerId);
        field.pan(dx, dy);
      }
    }),
    listen(field.stage, "pointerup", lift),
    listen(field.stage, "pointercancel", lift),
    listen(field.stage, "wheel", (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const [x, y] = field.point(event);
      field.zoom(Math.exp(-event.deltaY * WHEEL), [x, y]);
    }, { passive: false }),
  ];
}

/** @param {Field} field @param {PointerEvent[]} fingers @param {number} before how far apart they were, 0 at first */
function pinch(field, [one, other], before) {
  const apart = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const [x, y] = field.point({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });
  if (before > 0) field.zoom(apart / before, [x, y]);
  return apart;
}
