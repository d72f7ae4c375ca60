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
  | { rule: "softmax"; of: string; sink: WireNumber | null; sink_name?: string }
  | { rule: "where"; of: string; mask: string; fill: WireNumber }
  | { rule: "softcap"; of: string; cap: number }
  | {
      rule: "window"; input: string; kernel: string;
      stride: number[]; padding: number[]; dilation: number[]; bias: number;
    }
  | { rule: "cosine"; left: string; right: string }
  | { rule: "length"; of: string }
  | { rule: "normal"; of: string; gain: string; shift: string | null; eps: number; centred: boolean }
  | { rule: "apply"; of: string; function: "relu" | "gelu" | "gelu_tanh" | "silu" | "sin_cos" }
  | { rule: "times"; left: string; right: string }
  | { rule: "take"; of: string; places: number[] }
  | { rule: "join"; parts: string[] }
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
  /** Null where there are more cells than are sent as numbers; then `pooled` is a picture of all. */
  weights: Packed | null;
  pooled: Packed | null;
  pooled_high: number;
  overview: Packed | null;
  overview_high: number;
  panels: string[];
  notes: string[];
  all: Packed | null;
  origin: number;
  statistics: Record<string, Packed>;
  measures: Measure[];
  patterns: { layer: number; head: number; name: string; definition: string; score: number }[];
  blocks: Blocks | null;
  mode: string;
  signed: boolean;
  inspect: boolean;
  ablated: [number, number][];
  /** 0 for as much as can be read. */
  mass: number;
  /** Fields of the state for what the reader sets on the page. */
  keeps: string[];
  local: string[];
}

export interface Measure { key: string; label: string; definition: string; unit: string }
/** Where the second of a pair of sentences starts, and the mean weight from each to each. */
export interface Blocks { query: number; key: number; names: string[]; sums: Packed; definition: string }
/** A window of a head, exact or pooled to bytes of which 255 stands for `high`. */
export interface HeadPart { weights: Packed | null; pooled?: Packed | null; high?: number; blocks?: Blocks | null }

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

export interface Bars {
  type: "bars";
  title: string;
  alt: string;
  labels: string[];
  values: Packed;
  value_label: string;
  details: string[];
  unit: string;
  digits: number;
  low: number;
  high: number;
  log: boolean;
  mark: number | null;
  pick: string | null;
  picks: string[];
  second: Packed | null;
  second_label: string;
  cut: number | null;
  cut_label: string;
  role: Role;
  note: string;
  local: string[];
}

export interface ChipRow {
  label: string;
  texts: string[];
  role: Role;
  ids: number[];
  values: Packed | null;
  value_label: string;
  digits: number;
  shades: Packed | null;
  special: boolean[];
  marked: number[];
  groups: (number | null)[];
  details: string[];
  picks: string[];
}

export interface Links { start: number; end: number; weights: Packed }

export interface Chips {
  type: "chips";
  title: string;
  alt: string;
  rows: ChipRow[];
  pick: string | null;
  links: Links | null;
  note: string;
  local: string[];
}

export interface Vectors {
  type: "vectors";
  title: string;
  alt: string;
  labels: string[];
  points: Packed;
  roles: Role[];
  fields: (string | null)[];
  low: number;
  high: number;
  step: number;
  angle: [number, number] | null;
  note: string;
  local: string[];
}

export type Figure = Walk | Heads | Plot | Page | Bars | Chips | Vectors;
export type State = Readonly<Record<string, unknown>>;

/** What a figure module may ask of the host. */
export interface Model<F extends Figure = Figure> {
  readonly figure: F;
  readonly state: State;
  /** True inside a frame of somebody else's page, usually a slide. */
  readonly embed?: boolean;
  /** True in a file of its own, where no server answers to a change. */
  readonly fixed?: boolean;
  /** `local`: the figure shows the change by itself; `passing`: Back shall not come to it, as during a drag. */
  set(patch: Record<string, unknown>, options?: { local?: boolean; passing?: boolean }): void;
  slice(which: { layer: number; head: number }): Promise<HeadPart>;
  /** Parts of an attention figure, from the server: a window of a head, arcs, a cell taken apart. */
  part(kind: "head" | "arcs" | "cell", values: Record<string, string | number>): Promise<any>;
  /** Tells the host of work that the figure is not ready without. */
  working(promise: Promise<void>): void;
  on(event: "figure" | "state", listener: () => void): () => void;
}

/** One cell, by the key of its matrix. */
export interface Cell { matrix: string; row: number; column: number }
/** A block of cells that is lit together. */
export interface Block extends Cell { rows: number; columns: number }
