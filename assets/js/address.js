/** The address bar: the whole state, and nothing that is the default. */

/** What belongs to the page rather than to a view. */
const PAGE_KEYS = ["embed", "theme", "type", "hide", "predict", "tour"];
export const URL_VERSION = "1";
/** Longer addresses are refused by some servers, so that a text of this length stays on the page only. */
export const LONGEST = 8000;

/**
 * @param {string} search
 * @returns {{ view: string | null, values: Record<string, string>, page: Record<string, string>, version: string | null }}
 */
export function readAddress(search) {
  const all = Object.fromEntries(new URLSearchParams(search));
  const { view = null, v: version = null, ...rest } = all;
  const page = Object.fromEntries(Object.entries(rest).filter(([key]) => PAGE_KEYS.includes(key)));
  const values = Object.fromEntries(Object.entries(rest).filter(([key]) => !PAGE_KEYS.includes(key)));
  return { view, values, page, version };
}

/**
 * The query string of a view at these values.
 * @param {string} view
 * @param {Record<string, string>} values
 * @param {Record<string, string>} [page]
 */
export function writeAddress(view, values, page = {}) {
  const query = new URLSearchParams({ v: URL_VERSION, view, ...values, ...page }).toString();
  return `?${query.replaceAll("%2C", ",").replaceAll("%3B", ";")}`; // both are legal here, and tables are full of them
}

/** The query string of the start page. @param {Record<string, string>} page */
export function writePage({ theme = "", type = "" }) {
  return `?${new URLSearchParams({ ...(theme && { theme }), ...(type && { type }) })}`;
}

/**
 * Values as a query string writes them: nothing for null, 1 and 0 for yes and no.
 * @param {Record<string, string>} values
 * @param {Record<string, unknown>} patch
 */
export function patched(values, patch) {
  const next = { ...values };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete next[field];
    else next[field] = typeof value === "boolean" ? String(Number(value)) : String(value);
  }
  return next;
}

/**
 * What a link says that this page cannot follow to the letter, as sentences.
 * @param {string | null} version
 */
export function aboutVersion(version) {
  if (!version || version === URL_VERSION) return [];
  return [`This link is of version ${version.slice(0, 10)}, which this page does not know; it shows what it understands.`];
}

/** What every view starts with, beside the defaults of its controls. */
const STARTS = { step: "0", cell: "" };

/**
 * The values that are not the default.
 * @param {Record<string, string>} values
 * @param {{ field: string, default: string }[]} controls
 */
export function changed(values, controls) {
  /** @type {Record<string, string>} */
  const defaults = { ...STARTS, ...Object.fromEntries(controls.map((control) => [control.field, control.default])) };
  return Object.fromEntries(Object.entries(values).filter(([field, value]) => value !== defaults[field]));
}
