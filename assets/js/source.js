/** Where figures come from: the routes of the server. Every address is the whole input of its answer. */
import { unpack } from "./pack.js";

/** An input that cannot be shown, said in one sentence for the reader. */
export class Problem extends Error {}

const UNREACHED = "The server does not answer. Check the connection; what is on the screen stays as it is.";
const LONGEST_GET = 6000;

/**
 * @param {{ base: string, build: string }} server
 */
export function createSource({ base, build }) {
  /**
   * @param {string} path
   * @param {Record<string, string>} values
   * @param {AbortSignal} [signal]
   */
  async function packed(path, values, signal) {
    const query = new URLSearchParams({ ...values, build }).toString();
    const long = query.length > LONGEST_GET;
    const address = new URL(`${path}?${long ? `build=${build}` : query}`, base);
    const response = await answered(address, long ? { method: "POST", body: query, signal } : { signal });
    if (response.headers.get("content-type")?.includes("json")) throw new Problem((await response.json()).message);
    return unpack(await response.arrayBuffer());
  }

  return {
    /** @param {string} view @param {Record<string, string>} values @param {AbortSignal} signal */
    figure: (view, values, signal) => packed(`figure/${encodeURIComponent(view)}`, values, signal),
    /** @param {"head" | "arcs" | "cell"} kind @param {string} view @param {Record<string, string>} values */
    part: (kind, view, values) => packed(`${kind}/${encodeURIComponent(view)}`, values),
    /** @param {string} path @param {Record<string, string>} [values] */
    json: async (path, values = {}) => (await answered(new URL(`${path}?${new URLSearchParams(values)}`, base), {})).json(),
    /** @param {string} path @param {Record<string, string> | string[][]} values */
    address: (path, values) => new URL(`${path}?${new URLSearchParams(values)}`, base).href,
  };
}

/**
 * @param {URL} address
 * @param {RequestInit} options
 */
async function answered(address, options) {
  const response = await fetch(address, options).catch((error) => {
    throw error.name === "AbortError" ? error : new Problem(UNREACHED);
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Problem(told.message ?? UNREACHED);
}

/**
 * Loads plotly.js once, when the first plot asks for it.
 * @param {() => Promise<string>} address
 * @returns {() => Promise<any>}
 */
export function plotlyFrom(address) {
  /** @type {Promise<any> | null} */
  let loading = null;
  const load = async () => {
    const script = document.createElement("script");
    script.src = await address();
    await new Promise((done, failed) => {
      script.onload = done;
      script.onerror = () => failed(new Problem("The plotting library did not load; the numbers are in the table below."));
      document.head.append(script);
    });
    return /** @type {any} */ (window).Plotly;
  };
  return () => (loading ??= load());
}
