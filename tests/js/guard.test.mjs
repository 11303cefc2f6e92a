/** The guard of `model.fit`, with the real TensorFlow.js, beside the same training without it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { checkInputs, nanGuard } from "../../datacheck/export/runtime/lib/guard.js";

const SIZE = 4;
const COLUMNS = ["mass", "length"];

function makeModel(optimizer) {
  const model = tf.sequential();
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 3 });
  model.add(tf.layers.dense({ inputShape: [2], units: 3, kernelInitializer }));
  model.add(tf.layers.dense({ units: 1, kernelInitializer }));
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

/** `batches` batches of `SIZE` rows; the rows of batch `bad` have a first cell of `value`. */
function makeData(batches, bad, value) {
  const cells = Array.from({ length: batches * SIZE }, (_, row) => {
    const spoilt = Math.floor(row / SIZE) === bad;
    return [spoilt ? value : Math.sin(row), Math.cos(row * 3)];
  });
  const xs = tf.tensor2d(cells, [cells.length, 2]);
  const ys = tf.tensor2d(cells.map((_, row) => [Math.sin(row) * 2 + 1]));
  return { xs, ys };
}

const weightsOf = (model) => model.getWeights().map((weight) => [...weight.dataSync()]);
const plain = { epochs: 1, batchSize: SIZE, shuffle: false, verbose: 0 };

const OPTIMIZERS = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adam: () => tf.train.adam(0.05),
  rmsprop: () => tf.train.rmsprop(0.05),
};

async function fitGuarded(model, data, callbacks = []) {
  const guard = nanGuard(tf, { ...data, columns: COLUMNS });
  return model.fit(data.xs, data.ys, { ...plain, callbacks: [guard, ...callbacks] });
}

async function rejection(promise) {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  assert.ok(error instanceof DatacheckError, `expected a DatacheckError, got ${error}`);
  return error;
}

test("one NaN cell is refused before training, and the weights are as they were", async () => {
  const data = makeData(4, 2, NaN);
  const model = makeModel("adam");
  const before = weightsOf(model);
  const error = await rejection(fitGuarded(model, data));
  assert.equal(error.row, 2 * SIZE);
  assert.equal(error.column, "mass");
  assert.ok(Number.isNaN(error.value));
  assert.deepEqual(weightsOf(model), before);

  const unguarded = makeModel("adam");
  await unguarded.fit(data.xs, data.ys, plain);
  assert.ok(weightsOf(unguarded).at(-1).every(Number.isNaN), "without the guard: spoilt");
});

test("inputs are named whatever their shape", async () => {
  const ys = tf.tensor1d([1, 2, Infinity]);
  let error = await rejection(checkInputs({ xs: tf.ones([3, 2]), ys }));
  assert.deepEqual([error.row, error.column, error.value], [2, "ys", Infinity]);
  const images = tf.tensor4d([1, 2, 3, 4, 5, -Infinity, 7, 8], [2, 2, 2, 1]);
  error = await rejection(checkInputs({ xs: images }));
  assert.deepEqual([error.row, error.column], [1, "xs[1]"]);
  error = await rejection(checkInputs({ xs: [tf.ones([2, 2]), tf.tensor2d([[NaN]])] }));
  assert.deepEqual([error.row, error.column], [0, "xs.1"]);
  error = await rejection(checkInputs({ xs: { side: tf.tensor1d([0, NaN]) } }));
  assert.deepEqual([error.row, error.column], [1, "xs.side"]);
  await checkInputs({ xs: tf.ones([3, 2]), ys: tf.tensor1d([1, 2, 3], "int32") });
  await checkInputs();
});

test("a model that is spoilt already is refused before training", async () => {
  const model = makeModel("sgd");
  const weights = model.getWeights().map((weight) => weight.mul(NaN));
  model.setWeights(weights);
  const error = await rejection(fitGuarded(model, makeData(2)));
  assert.match(error.message, /before training/);
});

for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
  test(`${name}: the first bad batch is named, and undone`, async () => {
    const bad = 3;
    const data = makeData(6, bad, 1e30);
    const model = makeModel(optimizer());
    const error = await rejection(fitGuarded(model, data));
    assert.deepEqual([error.epoch, error.batch], [0, bad]);
    assert.match(error.message, /batch 3 of epoch 0: the loss is Infinity/);

    const reference = makeModel(optimizer());
    const first = bad * SIZE;
    await reference.fit(data.xs.slice(0, first), data.ys.slice(0, first), plain);
    assert.deepEqual(weightsOf(model), weightsOf(reference));

    const unguarded = makeModel(optimizer());
    await unguarded.fit(data.xs, data.ys, plain);
    assert.ok(weightsOf(unguarded).flat().some(Number.isNaN), "without the guard: spoilt");

    const rest = [data.xs.slice(first + SIZE), data.ys.slice(first + SIZE)];
    await model.fit(...rest, plain);
    await reference.fit(...rest, plain);
    const expected = weightsOf(reference).flat();
    weightsOf(model)
      .flat()
      .forEach((weight, at) => {
        assert.ok(Math.abs(weight - expected[at]) < 1e-5, `${weight} against ${expected[at]}`);
      });
  });
}

test("a first batch that is bad leaves the model as it was made, able to train", async () => {
  const model = makeModel(tf.train.adam(0.05));
  const before = weightsOf(model);
  const error = await rejection(fitGuarded(model, makeData(3, 0, 1e30)));
  assert.deepEqual([error.epoch, error.batch], [0, 0]);
  assert.deepEqual(weightsOf(model), before);
  await fitGuarded(model, makeData(3));
  assert.ok(weightsOf(model).flat().every(Number.isFinite));
});

test("weights that overflow under a finite loss are found", async () => {
  const model = makeModel(tf.train.sgd(1e12));
  const before = weightsOf(model);
  const error = await rejection(fitGuarded(model, makeData(3, 0, 1e16)));
  assert.match(error.message, /holds -?(Infinity|NaN)/);
  assert.equal(error.batch, 0);
  assert.deepEqual(weightsOf(model), before);
});

test("a later epoch is named", async () => {
  const model = makeModel("sgd");
  const data = makeData(2);
  const spoiler = new tf.CustomCallback({
    onEpochBegin: async (epoch) => {
      if (epoch !== 2) return;
      model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, 1e30)));
    },
  });
  const guard = nanGuard(tf, data);
  const callbacks = [guard, spoiler];
  const error = await rejection(model.fit(data.xs, data.ys, { ...plain, epochs: 4, callbacks }));
  assert.deepEqual([error.epoch, error.batch], [2, 0]);
});

test("fitDataset: the bad batch is named though the inputs cannot be seen", async () => {
  const data = makeData(5, 3, NaN);
  const { xs, ys } = data;
  const dataset = tf.data.zip({ xs: slices(xs), ys: slices(ys) }).batch(SIZE);
  const model = makeModel("adam");
  const callbacks = [nanGuard(tf)];
  const error = await rejection(model.fitDataset(dataset, { epochs: 1, verbose: 0, callbacks }));
  assert.deepEqual([error.epoch, error.batch], [0, 3]);
  const reference = makeModel("adam");
  await reference.fit(xs.slice(0, 3 * SIZE), ys.slice(0, 3 * SIZE), plain);
  assert.deepEqual(weightsOf(model), weightsOf(reference));
});

function slices(tensor) {
  return tf.data.array(tensor.arraySync());
}

test("training that goes well is the same training, and no tensor is left behind", async () => {
  const data = makeData(5);
  const run = async (model, callbacks) => {
    await model.fit(data.xs, data.ys, { ...plain, epochs: 3, callbacks });
    return weightsOf(model);
  };
  const model = makeModel(tf.train.adam(0.05));
  await run(model, [nanGuard(tf, data)]);
  const { numTensors } = tf.memory();
  await run(model, [nanGuard(tf, data)]);
  assert.equal(tf.memory().numTensors, numTensors);

  const guarded = await run(makeModel("adam"), [nanGuard(tf, data)]);
  assert.deepEqual(guarded, await run(makeModel("adam"), []));
});
