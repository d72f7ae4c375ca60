/**
 * "Numbers as a table": under every figure, built when it is opened, for readers who hear or copy instead of look.
 *
 * @typedef {{ title: string, columns: string[], rows: (string | number)[][], key?: string, digits?: number }} NumberTable
 */
import { el, listen } from "./kit.js";
import { precise } from "./numbers.js";
import { at } from "./cells.js";

/** More than this and a page with tables of it no longer scrolls well; files hold everything. */
const MOST_ROWS = 256;
const MOST_COLUMNS = 64;

/**
 * @param {() => NumberTable[]} tables
 * @returns {{ node: HTMLElement, refresh(): void, destroy(): void }}
 */
export function numberTables(tables) {
  const body = el("div", { class: "lx-tables" });
  const node = el("details", { class: "lx-details" }, el("summary", { "data-focus": "tables" }, "Numbers as a table"), body);
  const refresh = () => body.replaceChildren(...(node.open ? tables().map(tableNode) : []));
  return { node, refresh, destroy: listen(node, "toggle", refresh) };
}

/**
 * A matrix as such a table: the first column holds the labels of the rows.
 * @param {import("./spec.js").Matrix} matrix
 * @returns {NumberTable}
 */
export function matrixTable(matrix) {
  const rows = matrix.rows.map((label, row) => [label, ...matrix.columns.map((_, column) => at(matrix, row, column))]);
  return { title: matrix.title, columns: ["", ...matrix.columns], rows, key: matrix.key, digits: matrix.digits };
}

/** @param {NumberTable} table */
function tableNode(table) {
  const columns = table.columns.slice(0, MOST_COLUMNS + 1);
  const head = el("tr", null, ...columns.map((label) => el("th", { scope: "col" }, label)));
  const rows = table.rows.slice(0, MOST_ROWS).map((row, index) => rowNode(row.slice(0, columns.length), index, table));
  const caption = el("caption", null, `${table.title}${leftOut(table)}`);
  const frame = { class: "lx-frame lx-tables-frame", tabindex: 0, role: "region", "aria-label": table.title };
  return el("div", frame, el("table", { class: "lx-numbers", "data-table": table.key ?? null }, caption, el("thead", null, head), el("tbody", null, ...rows)));
}

/** @param {NumberTable} table */
function leftOut({ rows, columns }) {
  if (rows.length <= MOST_ROWS && columns.length <= MOST_COLUMNS + 1) return "";
  const [down, across] = [Math.min(MOST_ROWS, rows.length), Math.min(MOST_COLUMNS, columns.length - 1)];
  return `: the first ${down} of ${rows.length} rows and ${across} of ${columns.length - 1} columns; the CSV file holds all`;
}

/**
 * @param {(string | number)[]} row
 * @param {number} index
 * @param {NumberTable} table
 */
function rowNode(row, index, { digits = 2 }) {
  const cells = row.map((value, column) => {
    if (typeof value === "number") return el("td", { "data-row": index, "data-column": column - 1, "data-number": String(value) }, precise(value, digits, 6));
    return column === 0 ? el("th", { scope: "row" }, value) : el("td", { class: "lx-text" }, value);
  });
  return el("tr", null, ...cells);
}
