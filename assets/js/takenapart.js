/**
 * One weight taken apart: weight ← softmax ← masked score ← q·k, the largest products first ← a token's vector times W_Q.
 * All numbers are the model's own; the weight is computed again from them and compared with the model's.
 */
import { el } from "./kit.js";
import { fromWire, number, precise } from "./numbers.js";

const MOST = 5;
/** @type {Record<string, string>} */
const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** @param {any} cell as the route answers */
export function takenApart(cell) {
  const steps = [softmaxStep(cell), ...scoreSteps(cell), ...projectionSteps(cell)];
  const note = cell.note ? el("p", { class: "lx-note" }, cell.note) : null;
  return el("div", { class: "lx-apart" }, badge(cell), el("ol", { class: "lx-apart-steps" }, ...steps.map((parts) => el("li", null, ...parts))), note);
}

/** @param {any} cell */
function badge({ equal, difference, tolerance, model_from: from, model }) {
  const size = (/** @type {number} */ value) => {
    const [digit, power] = value.toExponential(0).split("e");
    return value === 0 ? "0" : `${digit} · 10${[...String(Number(power))].map((sign) => RAISED[sign]).join("")}`;
  };
  const text = equal
    ? `✓ Computed again: equal to the model's own ${number(model, 4)} (largest difference in this row ${size(difference)}, allowed ${size(tolerance)}).`
    : `✗ Computed again, this row differs from the model's own by ${size(difference)}; allowed is ${size(tolerance)}.`;
  return el("p", { class: `lx-badge${equal ? "" : " lx-warn"}`, "data-equal": String(equal), "data-difference": difference, title: from }, text);
}

/** @param {string} name @param {string} role */
function named(name, role) {
  return el("span", { class: `lx-role-${role}` }, name);
}

/** @param {any} cell */
function softmaxStep({ recomputed, masked, top, sum, hidden, sink }) {
  const title = el("strong", null, "weight");
  if (hidden) return [title, ` = softmax: the score is −∞, so the weight is ${number(recomputed, 4)}`];
  const extra = sink === null ? "" : `, a sink of ${number(sink, 2)} among them`;
  return [title, " = softmax of the row: e^(", number(fromWire(masked), 3), " − ", number(top, 3), ") ÷ ", number(sum, 4), " = ", el("b", null, number(recomputed, 4)),
    el("span", { class: "lx-words" }, ` (the row's largest score is taken off all; ${number(sum, 4)} is the sum over all keys${extra})`)];
}

/** @param {any} cell */
function scoreSteps(cell) {
  if (cell.q === undefined) return [[el("strong", null, "masked score"), ` = ${number(fromWire(cell.masked), 4)}, as the model has it`]];
  const { raw, scale, softcap, capped, bias, mask, masked } = cell;
  const more = [
    softcap === null ? "" : ` → soft-capped at ±${precise(softcap)}: ${number(capped, 4)}`,
    bias === null ? "" : ` + position bias ${number(bias, 4)}`,
    fromWire(mask) === -Infinity ? " + mask −∞" : " + mask 0",
  ].join("");
  return [
    [el("strong", null, "masked score"), ` = q·k × scale${more} = ${number(raw, 4)} × ${precise(scale, 0, 6)}${more} = `, el("b", null, number(fromWire(masked), 4))],
    products(cell),
  ];
}

/** @param {any} cell */
function products({ q, k, products: all, order, raw, query, key }) {
  const first = [...order.data].slice(0, MOST);
  const rest = raw - first.reduce((sum, at) => sum + all.data[at], 0);
  const term = (/** @type {number} */ at) => el("span", { class: "lx-product" }, named(number(q.data[at], 2), "query"), " × ", named(number(k.data[at], 2), "key"), ` = ${number(all.data[at], 3)} `, el("span", { class: "lx-words" }, `(component ${at})`));
  const parts = first.flatMap((at, index) => [index ? " + " : " = ", term(at)]);
  const left = all.data.length > MOST ? ` + ${all.data.length - MOST} smaller products, together ${number(rest, 3)}` : "";
  return [el("strong", null, "q·k"), " of ", named(query, "query"), " and ", named(key, "key"), ...parts, left, " = ", el("b", null, number(raw, 4))];
}

/** @param {any} cell */
function projectionSteps(cell) {
  if (cell.component === null || cell.component === undefined) return cell.projection ? [[cell.projection]] : [];
  const line = (/** @type {"query" | "key"} */ side, /** @type {any} */ x, /** @type {any} */ w, /** @type {number | null} */ b, /** @type {number} */ made, /** @type {number} */ used) => {
    const terms = Float64Array.from(x.data, (/** @type {number} */ value, /** @type {number} */ at) => value * w.data[at]);
    const order = [...terms.keys()].sort((one, other) => Math.abs(terms[other]) - Math.abs(terms[one])).slice(0, 3);
    const shown = order.map((at) => `${number(x.data[at], 2)} × ${number(w.data[at], 3)}`).join(" + ");
    const letter = side === "query" ? "Q" : "K";
    const turned = Math.abs(made - used) > 1e-3 ? `, after which the model turns it into ${number(used, 4)}` : "";
    return [el("strong", null, `${side === "query" ? "q" : "k"}, component ${cell.component}`), " = vector of ", named(cell[side], side), ` times column ${cell.component} of W`, el("sub", null, letter),
      ` = ${shown} + … (${terms.length} products)${b === null ? "" : ` + bias ${number(b, 3)}`} = `, el("b", null, number(made, 4)), turned];
  };
  return [
    line("query", cell.x_query, cell.w_q_column, cell.b_q, cell.q_projected, cell.q_component),
    line("key", cell.x_key, cell.w_k_column, cell.b_k, cell.k_projected, cell.k_component),
    ...(cell.projection ? [[cell.projection]] : []),
  ];
}
