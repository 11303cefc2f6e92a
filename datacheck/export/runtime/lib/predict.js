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
    const given = prepare(rows, columns, transformBatch, options, bad === "mark");
    const answers = await run(tf, model, given.cells);
    const failed = new Set(given.marked);
    rowsThatFail(answers).forEach((row) => failed.add(row));
    const more = exact === true ? rows.length : Number(exact);
    for (const row of await hiddenRows(tf, model, given.cells.slice(0, more))) failed.add(row);
    if (failed.size && bad !== "mark") throw await refusal(tf, model, rows, columns, given.cells, failed);
    const whole = answers.map((answer) => answer.map((each, row) => (failed.has(row) ? null : each)));
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

/** The cells of the rows; where rows are marked, one that is refused becomes zeros and is marked. */
function prepare(rows, columns, transformBatch, options, mark) {
  const width = columns.length;
  if (!mark) return { cells: split(transformBatch(rows, options), width, columns), marked: [] };
  const marked = [];
  const cells = rows.map((row, at) => {
    try {
      return split(transformBatch([row], options), width, columns)[0];
    } catch (error) {
      if (!(error instanceof DatacheckError)) throw error;
      marked.push(at);
      return Array(width).fill(0);
    }
  });
  return { cells, marked };
}

function split(flat, width, columns) {
  const cells = Float32Array.from(flat);
  const at = cells.findIndex(isBad);
  if (at >= 0) {
    const missing = cells[at] !== cells[at];
    throw new DatacheckError(missing ? "the cell is missing" : "the cell overflows float32", {
      row: Math.floor(at / width),
      column: columns[at % width],
      value: flat[at],
      todo: "declare an imputation or a scaling for this column, and fit again",
    });
  }
  return Array.from({ length: cells.length / width }, (_, row) => [
    ...cells.slice(row * width, (row + 1) * width),
  ]);
}

async function run(tf, model, cells) {
  const input = tf.tensor2d(cells, [cells.length, cells[0].length], "float32");
  const given = asList(isGraph(model) ? model.execute(input) : model.predict(input));
  const answers = [];
  for (const tensor of given) answers.push(await tensor.array());
  [input, ...given].forEach((tensor) => tensor.dispose());
  return answers;
}

const someBad = (value) => (Array.isArray(value) ? value.some(someBad) : isBad(value));

function rowsThatFail(answers) {
  return answers.flatMap((answer) => answer.flatMap((each, row) => (someBad(each) ? [row] : [])));
}

/** Rows whose answer is not finite on cpu, where a NaN stays a NaN. */
async function hiddenRows(tf, model, cells) {
  const backend = tf.getBackend();
  if (!cells.length || backend === "cpu" || !(await tf.setBackend("cpu"))) return [];
  try {
    return rowsThatFail(await run(tf, model, cells));
  } finally {
    await tf.setBackend(backend);
  }
}

/** The error of the first row that failed: its column and its remedy as `diagnose` finds them. */
async function refusal(tf, model, rows, columns, cells, failed) {
  const [row] = [...failed].sort((a, b) => a - b);
  const chosen = [row, ...cells.keys()].filter((at, nth, all) => all.indexOf(at) === nth).slice(0, 64);
  const raw = (at, column) => rows[chosen[at]][columns[column]];
  const feed = { name: "rows", columns, cells: chosen.map((at) => cells[at]), raw };
  const { findings } = await diagnoseMatrix(tf, model, feed);
  const found = findings.find((each) => each.rows.includes(0)) ?? findings[0];
  const others = failed.size > 1 ? ` (and ${failed.size - 1} more)` : "";
  return new DatacheckError(`the model's answer is no number${others}; ${found?.message ?? ""}`, {
    row,
    column: found?.column ?? undefined,
    todo: found?.remedy ?? "diagnose(tf, model, rows) tells more",
  });
}
