/** Guards of `fit` and `predict`, with the real TensorFlow.js. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { makePredict } from "../../datacheck/export/runtime/lib/predict.js";
import { trainGuard } from "../../datacheck/export/runtime/lib/train.js";
import { DIVERGENCES, divergence } from "./divergences.mjs";

await tf.setBackend("cpu");

const quiet = { verbose: 0, shuffle: false };

function lineModel(optimizer, units = 1) {
  const model = tf.sequential();
  const kernelInitializer = tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 5 });
  if (units > 1) model.add(tf.layers.dense({ inputShape: [1], units, activation: "tanh", kernelInitializer }));
  model.add(tf.layers.dense({ inputShape: [1], units: 1, kernelInitializer }));
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

/** x = 1..24, y = 2x + 1, scaled or not. */
function line(scale = 1) {
  const x = Array.from({ length: 24 }, (_, at) => at + 1);
  const xs = tf.tensor2d(x.map((each) => [each * scale]));
  const ys = tf.tensor2d(x.map((each) => [(2 * each + 1) * scale]));
  return { xs, ys };
}

async function rejection(promise) {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  assert.ok(error instanceof DatacheckError, `expected a DatacheckError, got ${error?.stack ?? error}`);
  return error;
}

const lossOf = async (model, { xs, ys }) => (await model.evaluate(xs, ys, { verbose: 0 }).data())[0];

test("plain SGD on x = 1..24 diverges: told early, and the best weights come back", async () => {
  const data = line();
  const model = lineModel(tf.train.sgd(0.01));
  const start = await lossOf(model, data);
  const told = [];
  const guard = trainGuard(tf, { ...data, columns: ["x"], warn: (text) => told.push(text) });
  const error = await rejection(model.fit(data.xs, data.ys, { ...quiet, epochs: 500, callbacks: [guard] }));
  assert.equal(error.column, "x");
  assert.match(error.message, /learning rate of 0.001/);
  assert.match(error.message, /scale "x", which reaches 24/);
  assert.equal(told.length, 1, "one warning before it is lost");
  assert.match(told[0], /tenfold/);
  assert.ok((await lossOf(model, data)) <= start * 1.0001);
});

test("one NaN label is refused before the first step", async () => {
  const data = line(0.05);
  const ys = tf.tensor2d([...data.ys.dataSync()].map((y, at) => [at === 13 ? NaN : y]));
  const model = lineModel(tf.train.sgd(0.01));
  const guard = trainGuard(tf, { xs: data.xs, ys });
  const error = await rejection(model.fit(data.xs, ys, { ...quiet, epochs: 2, callbacks: [guard] }));
  assert.deepEqual([error.row, error.column], [13, "ys"]);
});

test("trained well, then a rate too high: as good as at its best", async () => {
  const data = line(0.05);
  const model = lineModel(tf.train.sgd(0.2));
  await model.fit(data.xs, data.ys, { ...quiet, epochs: 40 });
  const trained = await lossOf(model, data);
  model.optimizer.setLearningRate(50);
  const guard = trainGuard(tf, { ...data, warn: () => {} });
  await rejection(model.fit(data.xs, data.ys, { ...quiet, epochs: 400, callbacks: [guard] }));
  assert.ok((await lossOf(model, data)) <= trained * 1.0001);
});

test("halving the learning rate goes on to the end", async () => {
  const data = line();
  const model = lineModel(tf.train.sgd(0.01));
  const guard = trainGuard(tf, { ...data, mode: "halve", warn: () => {} });
  await model.fit(data.xs, data.ys, { ...quiet, epochs: 400, callbacks: [guard] });
  assert.ok(model.optimizer.learningRate < 0.005);
  assert.ok((await lossOf(model, data)) < 2);
});

test("skipping leaves the weights as they were before the batch", async () => {
  const data = line(0.05);
  const xs = data.xs.concat(tf.tensor2d([[1e30]]));
  const ys = data.ys.concat(tf.tensor2d([[1]]));
  const model = lineModel(tf.train.sgd(0.05));
  const guard = trainGuard(tf, { mode: "skip" });
  await model.fit(xs, ys, { ...quiet, batchSize: 8, epochs: 20, callbacks: [guard] });
  assert.ok((await lossOf(model, data)) < 0.5);
  assert.equal(guard.findings.length, 20);
});

const HEALTHY = {
  adam: [() => tf.train.adam(0.05), 0.05, 4],
  sgd: [() => tf.train.sgd(0.1), 0.05, 1],
  momentum: [() => tf.train.momentum(0.05, 0.9), 0.05, 4],
  rmsprop: [() => tf.train.rmsprop(0.01), 0.05, 4],
  "a large first loss": [() => tf.train.adam(1), 100, 1],
  pixels: [() => tf.train.adam(0.001), 10, 8],
};

for (const [name, [optimizer, scale, units]] of Object.entries(HEALTHY)) {
  for (const batchSize of [4, 8, 24]) {
    test(`a healthy training is left alone: ${name}, batches of ${batchSize}`, async () => {
      const data = line(scale);
      const run = async (callbacks) => {
        const model = lineModel(optimizer(), units);
        await model.fit(data.xs, data.ys, { ...quiet, epochs: 12, batchSize, callbacks });
        return model.getWeights().map((weight) => [...weight.dataSync()]);
      };
      const told = [];
      const guard = trainGuard(tf, { ...data, warn: (text) => told.push(text) });
      const guarded = await run([guard]);
      assert.deepEqual(guarded, await run([]));
      assert.deepEqual(told, []);
      assert.deepEqual(guard.findings, []);
    });
  }
}

/** Five more kinds of healthy training: what `fit` is given beside a model. */
const KINDS = {
  "a norm of batches, whose statistics are put back": () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [1], units: 4, kernelInitializer: seeded() }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.dense({ units: 1, kernelInitializer: seeded() }));
    model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError", metrics: ["mae"] });
    return [model, line(0.05)];
  },
  "seeded dropout": () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [1], units: 8, activation: "tanh", kernelInitializer: seeded() }));
    model.add(tf.layers.dropout({ rate: 0.3, seed: 7 }));
    model.add(tf.layers.dense({ units: 1, kernelInitializer: seeded() }));
    model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError" });
    return [model, line(0.05)];
  },
  "a recurrent net": () => {
    const model = tf.sequential();
    const own = { kernelInitializer: seeded(), recurrentInitializer: "identity" };
    model.add(tf.layers.simpleRNN({ inputShape: [3, 1], units: 4, ...own }));
    model.add(tf.layers.dense({ units: 1, kernelInitializer: seeded() }));
    model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError" });
    const { xs, ys } = line(0.05);
    return [model, { xs: tf.stack([xs, xs, xs], 1), ys }];
  },
  "several inputs and outputs": () => {
    const [a, b] = [tf.input({ shape: [1], name: "a" }), tf.input({ shape: [1], name: "b" })];
    const dense = () => tf.layers.dense({ units: 3, kernelInitializer: seeded() });
    const both = tf.layers.add().apply([dense().apply(a), dense().apply(b)]);
    const ends = [0, 1].map(() => tf.layers.dense({ units: 1, kernelInitializer: seeded() }).apply(both));
    const model = tf.model({ inputs: [a, b], outputs: ends });
    model.compile({ optimizer: tf.train.adam(0.05), loss: ["meanSquaredError", "meanAbsoluteError"] });
    const { xs, ys } = line(0.05);
    return [model, { xs: [xs, xs], ys: [ys, ys] }];
  },
  "warm-up": () => [lineModel(tf.train.adam(0.0001), 4), line(0.05)],
};

const seeded = () => tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: 5 });

for (const [name, make] of Object.entries(KINDS)) {
  for (const bySet of [false, true]) {
    test(`a healthy training is the same training: ${name}${bySet ? ", of a dataset" : ""}`, async () => {
      const run = async (guarded) => {
        const [model, { xs, ys }] = make();
        const guard = trainGuard(tf, bySet ? { warn: told.push } : { xs, ys, warn: (text) => told.push(text) });
        const callbacks = guarded ? [guard] : [];
        if (bySet) {
          const parts = (given, at) => {
            const named = (list, names) => Object.fromEntries(list.map((each, nth) => [names[nth], each.slice(at, 8)]));
            if (!Array.isArray(given)) return given.slice(at, 8);
            return named(given, given === xs ? model.inputNames : model.outputNames);
          };
          const set = tf.data.array([0, 8, 16]).map((at) => ({ xs: parts(xs, at), ys: parts(ys, at) }));
          await model.fitDataset(set, { epochs: 5, verbose: 0, callbacks });
        } else {
          await model.fit(xs, ys, { ...quiet, epochs: 5, batchSize: 8, callbacks });
        }
        assert.ok(!Object.hasOwn(model.optimizer, "minimize"));
        assert.deepEqual(guard.findings, []);
        return model.getWeights().map((weight) => [...weight.dataSync()]);
      };
      const told = [];
      assert.deepEqual(await run(true), await run(false));
      assert.deepEqual(told, []);
    });
  }
}

for (const name of DIVERGENCES) {
  test(`planted: ${name} is stopped with weights as good as at the best epoch`, async () => {
    const found = await divergence(tf, trainGuard, name);
    const { best, end, report } = found;
    assert.ok(found.spoilt, "the plant is one");
    assert.equal(found.error, "DatacheckError");
    assert.ok(found.finite && !found.left);
    assert.ok(best === null || end <= best * 1.01 + 1e-6, `${end} after ${best}`);
    assert.deepEqual([report.format, report.ok], ["datacheck.report", false]);
    if (name === "unscaled inputs") assert.equal(found.column, "x");
    if (name === "unscaled target") assert.match(found.message, /scale the target/);
    if (name === "a label in batch 2") assert.deepEqual([found.row, found.column, found.batch], [5, "ys", 2]);
  });
}

test("no tensor is left behind", async () => {
  const data = line(0.05);
  const model = lineModel(tf.train.adam(0.05));
  const fit = () =>
    model.fit(data.xs, data.ys, { ...quiet, epochs: 3, callbacks: [trainGuard(tf, data)] });
  await fit();
  const { numTensors } = tf.memory();
  await fit();
  assert.equal(tf.memory().numTensors, numTensors);
});

const COLUMNS = ["age", "income"];
const transformBatch = (rows) => {
  const cells = rows.flatMap((row) => COLUMNS.map((name) => row[name] ?? NaN));
  return Float64Array.from(cells);
};
const predict = makePredict({ columns: COLUMNS, transformBatch });

function logModel(weight = 1) {
  class Log extends tf.layers.Layer {
    static className = "LogOf";
    call(inputs) {
      return tf.tidy(() => (Array.isArray(inputs) ? inputs[0] : inputs).log());
    }
    computeOutputShape(shape) {
      return shape;
    }
  }
  const input = tf.input({ shape: [2] });
  const dense = tf.layers.dense({ units: 1, useBias: false });
  const model = tf.model({ inputs: input, outputs: dense.apply(new Log({}).apply(input)) });
  dense.setWeights([tf.tensor2d([[weight], [1]])]);
  return model;
}

test("predict: answers, never a NaN", async () => {
  const model = logModel();
  const rows = [{ age: 1, income: 1 }, { age: Math.E, income: 1 }];
  const [[first], [second]] = await predict(tf, model, rows);
  assert.equal(first, 0);
  assert.ok(Math.abs(second - 1) < 1e-6);
  assert.deepEqual(await predict(tf, model, []), []);
});

test("predict: an input that is missing, and an answer that is no number", async () => {
  const model = logModel();
  const good = { age: 1, income: 1 };
  let error = await rejection(predict(tf, model, [good, { age: 2, income: null }]));
  assert.deepEqual([error.row, error.column], [1, "income"]);
  error = await rejection(predict(tf, model, [good, good, { age: -3, income: 1 }]));
  assert.deepEqual([error.row, error.column], [2, "age"]);
  assert.match(error.message, /logarithm of -3/);
  const rows = [good, { age: 2, income: null }, { age: -3, income: 1 }];
  assert.deepEqual(await predict(tf, model, rows, { bad: "mark" }), [[0], null, null]);
});

test("predict: a spoilt weight is told at once", async () => {
  const error = await rejection(predict(tf, logModel(NaN), [{ age: 1, income: 1 }]));
  assert.match(error.message, /weight ".*" holds NaN/);
});

/** Units that one step sends below 0 for every row; the offset answers all of them from then on. */
function dying() {
  const rows = Array.from({ length: 60 }, (_, at) => [Math.sin(at), 1.7e9 + 3e6 * Math.cos(at), Math.cos(3 * at)]);
  const xs = tf.tensor2d(rows);
  const ys = tf.tensor2d(rows.map(([a, , c]) => [2 * a - c]));
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [3], units: 8, activation: "relu" }));
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.sgd(1e-6), loss: "meanSquaredError" });
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, 0.1)));
  return { model, xs, ys };
}

test("a relu network whose units die is stopped though its loss is finite", async () => {
  const { model, xs, ys } = dying();
  const guard = trainGuard(tf, { xs, ys, columns: ["a", "b", "c"], warn: () => {} });
  const error = await rejection(model.fit(xs, ys, { ...quiet, epochs: 20, batchSize: 20, callbacks: [guard] }));
  assert.match(error.message, /answers every row alike/);
  assert.equal(error.column, "b");
  const answers = await model.predict(xs).data();
  assert.ok(new Set(answers).size > 1, "the weights that come back tell rows apart");
});

for (const mode of ["skip", "halve"]) {
  test(`a training in mode ${mode} goes on, and is told once that its units died`, async () => {
    const { model, xs, ys } = dying();
    const guard = trainGuard(tf, { xs, ys, mode, warn: () => {} });
    await model.fit(xs, ys, { ...quiet, epochs: 20, batchSize: 20, callbacks: [guard] });
    const died = guard.findings.filter(({ message }) => /answers every row alike/.test(message));
    assert.ok(mode === "skip" ? died.length === 1 : died.length >= 1, `told ${died.length} times`);
    assert.equal(died[0].code, "train.stopped");
  });
}

test("a model that has never told rows apart, or need not, has not died", async () => {
  const { xs, ys } = line(0.05);
  for (const labels of [ys, tf.onesLike(ys)]) {
    const model = lineModel(tf.train.sgd(0.01));
    model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight)));
    const guard = trainGuard(tf, { xs: labels === ys ? tf.zerosLike(xs) : xs, ys: labels });
    const given = labels === ys ? tf.zerosLike(xs) : xs;
    await model.fit(given, labels, { ...quiet, epochs: 8, callbacks: [guard] });
    assert.deepEqual(guard.findings, []);
  }
});

test("predict: answers of several outputs and of any shape are those of tensor.array()", async () => {
  const input = tf.input({ shape: [2] });
  const flat = tf.layers.dense({ units: 6 }).apply(input);
  const outputs = [tf.layers.reshape({ targetShape: [2, 3] }).apply(flat), tf.layers.dense({ units: 1 }).apply(flat)];
  const model = tf.model({ inputs: input, outputs });
  const predict = makePredict({ columns: ["a", "b"], transformBatch: (rows) => rows.flatMap(({ a, b }) => [a, b]) });
  const rows = [{ a: 1, b: 2 }, { a: 1e39, b: 0 }, { a: 3, b: -1 }];
  const whole = [rows[0], rows[2]];
  const given = model.predict(tf.tensor2d(whole.map(({ a, b }) => [a, b])));
  const wanted = await Promise.all(given.map((tensor) => tensor.array()));
  assert.deepEqual(await predict(tf, model, whole), wanted);
  const marked = await predict(tf, model, rows, { bad: "mark" });
  assert.deepEqual(marked, wanted.map(([one, other]) => [one, null, other]));
  await assert.rejects(predict(tf, model, rows), { row: 1, column: "a", message: /overflows float32/ });
});
