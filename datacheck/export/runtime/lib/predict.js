/**
 * `predict` that never gives a NaN in silence: rows are prepared, the model runs, and a row whose
 * input or answer is not finite is an error, or is marked, with its row, its column and what to do.
 *
 * What it looks at: the cells that the transform gives, every weight once a model, every answer.
 * What a backend hides on the way (wasm turns the NaN of a fused dense and relu layer into 0) shows
 * in a second run on cpu alone: `exact: true` for all rows, or a number of rows.
 */

import { diagnoseMatrix } from "./diagnose.js";
import { DatacheckError } from "./errors.js";
import { featuresIn } from "./tensor.js";
import { isGraph } from "./watch.js";

const seen = new WeakSet();
const isBad = (x) => x - x !== 0;

const asList = (value) => (Array.isArray(value) ? value : [value]);

/** @param {{columns: string[], transformBatch: Function, featuresOf?: Function}} prepared */
export function makePredict(prepared) {
  const { transformBatch } = prepared;
  /**
   * @param {object} tf the caller's own TensorFlow.js
   * @param {object} model a layers model or a graph model with one input
   * @param {object[]} rows as `transform` takes them
   * @param {{bad?: "error" | "mark", exact?: boolean | number}} options
   * @returns {Promise<Array>} the answer of each row, null for a marked one; of a model with
   *   several outputs, a list of such answers
   */
  return async function predict(tf, model, rows, { bad = "error", exact = false, ...options } = {}) {
    const columns = featuresIn(prepared, options);
    await lookAtWeights(model);
    if (!rows.length) return [];
    const { cells, marked } = prepare(rows, columns, transformBatch, options, bad === "mark");
    const width = columns.length;
    const answers = await run(tf, model, cells, width);
    const failed = new Set([...marked, ...rowsThatFail(answers)]);
    const more = exact === true ? rows.length : Math.min(Number(exact), rows.length);
    for (const row of await hiddenRows(tf, model, cells.subarray(0, more * width), width)) failed.add(row);
    if (failed.size && bad !== "mark") throw await refusal(tf, model, rows, columns, cells, failed);
    const whole = answers.map(nested);
    for (const row of failed) for (const answer of whole) answer[row] = null;
    return whole.length === 1 ? whole[0] : whole;
  };
}

/** Every weight, once a model: a spoilt one makes every answer worthless. */
async function lookAtWeights(model) {
  if (seen.has(model)) return;
  const weights = isGraph(model)
    ? Object.entries(model.weights).flatMap(([name, held]) => held.map((tensor) => [name, tensor]))
    : model.weights.map((weight) => [weight.originalName ?? weight.name, weight.read()]);
  for (const [name, tensor] of weights) {
    const value = (await tensor.data()).find(isBad);
    if (value === undefined) continue;
    throw new DatacheckError(`the weight ${JSON.stringify(name)} holds ${value}`, {
      value,
      todo: "load an earlier checkpoint, or train again behind trainGuard",
    });
  }
  seen.add(model);
}

/**
 * The cells of the rows, row after row, as the model takes them: looked at once they are float32.
 * Where rows are marked, one that is refused becomes zeros and is marked.
 */
function prepare(rows, columns, transformBatch, options, mark) {
  if (!mark) return { cells: finiteCells(transformBatch(rows, options), columns), marked: [] };
  const width = columns.length;
  const cells = new Float32Array(rows.length * width);
  const marked = [];
  rows.forEach((row, at) => {
    try {
      cells.set(finiteCells(transformBatch([row], options), columns), at * width);
    } catch (error) {
      if (!(error instanceof DatacheckError)) throw error;
      marked.push(at);
    }
  });
  return { cells, marked };
}

function finiteCells(given, columns) {
  const cells = given instanceof Float32Array ? given : new Float32Array(given);
  const at = firstBad(cells);
  if (at < 0) return cells;
  const missing = cells[at] !== cells[at];
  throw new DatacheckError(missing ? "the cell is missing" : "the cell overflows float32", {
    row: Math.floor(at / columns.length),
    column: columns[at % columns.length],
    value: given[at],
    todo: "declare an imputation or a scaling for this column, and fit again",
  });
}

/** Where an array has its first number that is not finite; -1 for nowhere. */
function firstBad(values) {
  for (let at = 0; at < values.length; at++) if (isBad(values[at])) return at;
  return -1;
}

/** @returns {Promise<{values: TypedArray, shape: number[]}[]>} of each output, row after row */
async function run(tf, model, cells, width) {
  const input = tf.tensor2d(cells, [cells.length / width, width], "float32");
  const given = asList(isGraph(model) ? model.execute(input) : model.predict(input));
  const answers = [];
  for (const tensor of given) answers.push({ values: await tensor.data(), shape: tensor.shape });
  [input, ...given].forEach((tensor) => tensor.dispose());
  return answers;
}

/** An answer as `tensor.array()` gives it: a number, or a list, for each row. */
function nested({ values, shape }) {
  const [count, ...inner] = shape;
  if (!inner.length) return Array.from(values);
  const size = values.length / count;
  return Array.from({ length: count }, (_, row) =>
    nested({ values: values.subarray(row * size, (row + 1) * size), shape: inner }),
  );
}

function rowsThatFail(answers) {
  return answers.flatMap(({ values, shape }) => {
    const [count, size] = [shape[0], values.length / shape[0]];
    if (firstBad(values) < 0) return [];
    const rows = Array.from({ length: count }, (_, row) => row);
    return rows.filter((row) => firstBad(values.subarray(row * size, (row + 1) * size)) >= 0);
  });
}

/** Rows whose answer is not finite on cpu, where a NaN stays a NaN. */
async function hiddenRows(tf, model, cells, width) {
  const backend = tf.getBackend();
  if (!cells.length || backend === "cpu" || !(await tf.setBackend("cpu"))) return [];
  try {
    return rowsThatFail(await run(tf, model, cells, width));
  } finally {
    await tf.setBackend(backend);
  }
}

/** The error of the first row that failed: its column and its remedy as `diagnose` finds them. */
async function refusal(tf, model, rows, columns, cells, failed) {
  const [row] = [...failed].sort((a, b) => a - b);
  const chosen = [row, ...rows.keys()].filter((at, nth, all) => all.indexOf(at) === nth).slice(0, 64);
  const raw = (at, column) => rows[chosen[at]][columns[column]];
  const width = columns.length;
  const given = chosen.map((at) => [...cells.subarray(at * width, (at + 1) * width)]);
  const feed = { name: "rows", columns, cells: given, raw };
  const { findings } = await diagnoseMatrix(tf, model, feed);
  const found = findings.find((each) => each.rows.includes(0)) ?? findings[0];
  const others = failed.size > 1 ? ` (and ${failed.size - 1} more)` : "";
  return new DatacheckError(`the model's answer is no number${others}; ${found?.message ?? ""}`, {
    row,
    column: found?.column ?? undefined,
    todo: found?.remedy ?? "diagnose(tf, model, rows) tells more",
  });
}
