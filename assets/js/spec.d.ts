/** The figure response as it reaches the browser, arrays unpacked. Rows are queries, columns are keys; counting from 0. */

export type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;
export interface Packed { shape: number[]; data: Numbers }
export type Role = "query" | "key" | "value" | "plain";
/** Infinite numbers travel outside arrays as the strings "-inf" and "inf". */
export type WireNumber = number | "-inf" | "inf";

export type Rule =
  | { rule: "dot"; left: string; right: string; transpose: boolean; bias: string | null }
  | { rule: "add"; left: string; right: string }
  | { rule: "scale"; of: string; factor: number; shown: string }
  | { rule: "softmax"; of: string; sink: WireNumber | null }
  | { rule: "where"; of: string; mask: string; fill: WireNumber }
  | { rule: "softcap"; of: string; cap: number }
  | {
      rule: "window"; input: string; kernel: string;
      stride: number[]; padding: number[]; dilation: number[]; bias: number;
    }
  | { rule: "cosine"; left: string; right: string }
  | { rule: "given"; note: string };

export interface Matrix {
  key: string;
  title: string;
  symbol: string;
  values: Packed;
  rows: string[];
  columns: string[];
  row_role: Role;
  column_role: Role;
  colour: "weight" | "signed" | "plain";
  low: number;
  high: number;
  digits: number;
  edit: string | null;
  choices: WireNumber[] | null;
  source: Rule | null;
  note: string | null;
}

export interface Step {
  title: string;
  caption: string;
  layout: string[];
  focus: [string, number, number][];
  sweep: string | null;
  term: string | null;
}

export interface Walk {
  type: "walk";
  title: string;
  alt: string;
  matrices: Record<string, Matrix>;
  steps: Step[];
  local: string[];
}

export interface Heads {
  type: "heads";
  title: string;
  alt: string;
  kind: string;
  causal: boolean;
  queries: string[];
  keys: string[];
  query_special: boolean[];
  key_special: boolean[];
  query_segments: number[];
  key_segments: number[];
  layers: number;
  heads: number;
  layer: number;
  head: number;
  weights: Packed;
  overview: Packed | null;
  overview_high: number;
  panels: string[];
  notes: string[];
  all: Packed | null;
  local: string[];
}

export interface Table { title?: string; columns: string[]; rows: (string | number)[][] }

export interface Plot {
  type: "plot";
  title: string;
  alt: string;
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
  table: Table;
  local: string[];
}

export interface Page { type: "page"; title: string; alt: string; html: string; height: number; local: string[] }

export type Figure = Walk | Heads | Plot | Page;
export type State = Readonly<Record<string, unknown>>;

/** What a figure module may ask of the host. */
export interface Model<F extends Figure = Figure> {
  readonly figure: F;
  readonly state: State;
  /** True inside a frame of somebody else's page, usually a slide. */
  readonly embed?: boolean;
  set(patch: Record<string, unknown>, options?: { local?: boolean }): void;
  slice(which: { layer: number; head: number }): Promise<{ weights: Packed }>;
  /** Tells the host of work that the figure is not ready without. */
  working(promise: Promise<void>): void;
  on(event: "figure" | "state", listener: () => void): () => void;
}

/** One cell, by the key of its matrix. */
export interface Cell { matrix: string; row: number; column: number }
/** A block of cells that is lit together. */
export interface Block extends Cell { rows: number; columns: number }
