import type { BatchOptions, Row } from "./index.js";

export { DatacheckError } from "./index.js";

/** The part of TensorFlow.js that is used: pass your own `tf`. */
export interface TensorFlow {
  tensor2d(values: Float32Array, shape: [number, number], dtype: "float32"): any;
  Callback: abstract new (...args: any[]) => any;
}

export interface TensorOptions extends BatchOptions {
  /** Let cells that are still missing through, as NaN. */
  readonly allowMissing?: boolean;
  /** Told of columns that float16 devices cannot hold; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
}

/** A tensor of shape [rows, columns], float32, from rows as they come. */
export function toTensor<T extends TensorFlow>(
  tf: T,
  rows: readonly Partial<Row>[],
  options?: TensorOptions,
): ReturnType<T["tensor2d"]>;

/** What training takes: a tensor, a list of tensors or an object of tensors each. */
export interface Inputs {
  readonly xs?: unknown;
  readonly ys?: unknown;
}

/** Refuses inputs that hold NaN or an infinity, naming the row and the column. */
export function checkInputs(tf: TensorFlow, inputs: Inputs): Promise<void>;

/** The refusal of a batch: which one, counted from 0. */
export interface StoppedTraining extends Error {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * A callback for `model.fit(xs, ys, {callbacks: [nanGuard(tf, {xs, ys})]})`.
 *
 * It refuses inputs that are not finite before training starts. At the first batch after which
 * the loss or a weight is not finite, `fit` rejects with a `DatacheckError` that is also a
 * `StoppedTraining`, and the model's weights are as they were before that batch.
 */
export function nanGuard<T extends TensorFlow>(tf: T, inputs?: Inputs): InstanceType<T["Callback"]>;

/** One problem, as datacheck's report has it. */
export interface Finding {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly column: string | null;
  /** How many rows are concerned; `rows` and `values` are the first 20. */
  readonly count: number;
  readonly rows: readonly number[];
  readonly values: readonly unknown[];
  readonly evidence: Readonly<Record<string, any>>;
  readonly message: string;
  readonly remedy: string;
}

export interface Report {
  readonly format: "datacheck.report";
  readonly version: 1;
  readonly ok: boolean;
  readonly source: { readonly name: string; readonly rows: number; readonly columns: number };
  readonly findings: readonly Finding[];
}

/**
 * Which row, which column and which step of a layers model or a graph model make it predict NaN.
 *
 * `rows` are objects as `transform` takes them; or what the model itself takes, as rows of numbers
 * or a tensor.
 */
export function diagnose(
  tf: TensorFlow,
  model: unknown,
  rows: readonly Partial<Row>[] | readonly (readonly number[])[] | object,
  options?: BatchOptions,
): Promise<Report>;

export interface PredictOptions extends BatchOptions {
  /** "mark" gives null for a row that failed; by default the first one is an error. */
  readonly bad?: "error" | "mark";
  /** Run rows again on cpu, where no NaN is lost: all of them, or so many of the first. */
  readonly exact?: boolean | number;
}

/**
 * The answers of a model with one input, never NaN in silence: a row whose input or answer is not
 * finite is a `DatacheckError` with its row, its column and what to do, or null where it is marked.
 */
export function predict(
  tf: TensorFlow,
  model: unknown,
  rows: readonly Partial<Row>[],
  options?: PredictOptions,
): Promise<any[]>;

export interface TrainOptions extends Inputs {
  /**
   * At a loss or weight that is not finite: stop, leave the batch out, or halve the learning rate. A
   * batch that itself holds what is no number is refused by `raise` and left out by the others.
   */
  readonly mode?: "raise" | "skip" | "halve";
  /** Told of a step that raises the loss tenfold; `console.warn` unless given. */
  readonly warn?: (message: string) => void;
  /** How often a step is watched after the first ones. */
  readonly every?: number;
  /** Given the report when training ends or is stopped: to be written beside the checkpoint. */
  readonly report?: (report: Report) => void | Promise<void>;
}

/**
 * A callback for `model.fit(xs, ys, {callbacks: [trainGuard(tf, {xs, ys})]})`, which `nanGuard` was.
 *
 * It refuses inputs that are not finite, tells a step that raises the loss tenfold, and at the first
 * loss or weight that is not finite gives the model its best weights so far back. For the first steps,
 * and then every so many, the step's own batch is run again, of `fit` and of `fitDataset`.
 */
export function trainGuard<T extends TensorFlow>(tf: T, inputs?: TrainOptions): TrainGuard<T>;

export type TrainGuard<T extends TensorFlow> = InstanceType<T["Callback"]> & {
  /** What was found so far, as datacheck's report: to be saved beside the checkpoint. */
  report(): Report;
};
