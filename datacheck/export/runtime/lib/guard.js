/**
 * A guard for `model.fit`. One NaN cell makes every weight NaN within a batch, long before
 * `onEpochEnd` could stop, and some backends turn the NaN into a finite 0 on its way to the loss.
 * So the inputs are looked at before training, and the weights after each batch.
 */

import { DatacheckError } from "./errors.js";

/**
 * Refuses inputs that hold NaN or an infinity.
 *
 * @param {{xs?: object, ys?: object, columns?: readonly string[]}} inputs a tensor, a list of
 *   tensors or an object of tensors each; `columns` name the second axis of a matrix of that width
 */
export async function checkInputs({ xs, ys, columns = [] } = {}) {
  for (const [input, tensor] of [...tensors("xs", xs), ...tensors("ys", ys)]) {
    const cell = firstBad(input, tensor, await tensor.data(), columns);
    if (!cell) continue;
    const { name, row, column, value } = cell;
    throw new DatacheckError(`${name} holds ${value}, so training would spoil every weight`, {
      row,
      column,
      value,
      todo: "impute or leave out this row; toTensor does so for fitted columns",
    });
  }
}

/** The rows that hold a cell that is no number, of any of the tensors. */
export async function badRows({ xs, ys }) {
  const rows = new Set();
  for (const [, tensor] of [...tensors("xs", xs), ...tensors("ys", ys)]) {
    const width = tensor.size / tensor.shape[0];
    (await tensor.data()).forEach((x, at) => x - x !== 0 && rows.add(Math.floor(at / width)));
  }
  return rows;
}

/** @returns {{name: string, row: number, column: string, value: number} | undefined} */
export function firstBad(name, tensor, values, columns) {
  const at = firstNotFinite(values);
  if (at < 0) return undefined;
  const width = tensor.size / tensor.shape[0];
  const place = at % width;
  const named = name === "xs" && width === columns.length;
  const column = named ? columns[place] : width > 1 ? `${name}[${place}]` : name;
  return { name, row: Math.floor(at / width), column, value: values[at] };
}

export function tensors(name, given) {
  if (given === undefined || given === null) return [];
  if (typeof given.data === "function") return [[name, given]];
  return Object.entries(given).map(([key, tensor]) => [`${name}.${key}`, tensor]);
}

const firstNotFinite = (values) => values.findIndex((x) => x - x !== 0);

/**
 * A callback for `model.fit` and `model.fitDataset`.
 *
 * Before the first batch it refuses inputs and weights that are not finite. After each batch it
 * looks at the loss and at every weight; at the first that is not finite it puts the weights and
 * the optimizer back as they were before that batch, and raises a `DatacheckError` with `epoch`
 * and `batch`, which rejects the promise of `fit`.
 */
export function nanGuard(tf, inputs) {
  class NanGuard extends tf.Callback {
    epoch = 0;
    saved = null;

    async onTrainBegin() {
      release(this.saved);
      this.saved = null;
      await checkInputs(inputs);
      const bad = await badWeight(this.model);
      if (bad) throw new DatacheckError(`weight ${bad} before training: the model is spoilt`);
    }

    async onEpochBegin(epoch) {
      this.epoch = epoch;
    }

    async onBatchBegin() {
      release(this.saved);
      this.saved = await snapshot(this.model);
    }

    async onBatchEnd(batch, logs) {
      const bad = (await badLoss(logs)) ?? (await badWeight(this.model));
      if (!bad) return;
      await restore(this.model, this.saved);
      release(this.saved);
      this.saved = null;
      throw stopped(bad, this.epoch, batch);
    }

    async onTrainEnd() {
      release(this.saved);
      this.saved = null;
    }
  }
  return new NanGuard();
}

function stopped(bad, epoch, batch) {
  const error = new DatacheckError(
    `batch ${batch} of epoch ${epoch}: ${bad}. Training stopped; the weights are as they were ` +
      "before this batch",
    { todo: "check the inputs (xs, ys), scale them, or lower the learning rate" },
  );
  return Object.assign(error, { epoch, batch });
}

export async function badLoss(logs) {
  const loss = typeof logs?.loss?.data === "function" ? (await logs.loss.data())[0] : logs?.loss;
  return typeof loss === "number" && loss - loss !== 0 ? `the loss is ${loss}` : undefined;
}

/** Reads the weights themselves: a sum on the device may hide a NaN. */
export async function badWeight(model) {
  for (const weight of model.weights) {
    const values = await weight.read().data();
    const at = firstNotFinite(values);
    if (at >= 0) return `${JSON.stringify(weight.originalName)} holds ${values[at]}`;
  }
  return undefined;
}

/** Clones share their data with the variable until it is assigned anew, so nothing is copied. */
export async function snapshot(model) {
  const weights = model.getWeights().map((weight) => weight.clone());
  const kept = await model.optimizer.getWeights();
  const optimizer = kept.map(({ name, tensor }) => ({ name, tensor: tensor.clone() }));
  kept[0]?.tensor.dispose(); // the count of iterations is a new tensor each time it is asked for
  return { weights, optimizer };
}

export async function restore(model, saved) {
  model.setWeights(saved.weights);
  await model.optimizer.setWeights(saved.optimizer);
}

export function release(saved) {
  saved?.weights.forEach((weight) => weight.dispose());
  saved?.optimizer.forEach(({ tensor }) => tensor.dispose());
}
