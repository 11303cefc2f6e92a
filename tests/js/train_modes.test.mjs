/** What the modes of `trainGuard` do with a batch that holds what is no number, and with lurches. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { trainGuard } from "../../datacheck/export/runtime/lib/train.js";

await tf.setBackend("cpu");

const quiet = { verbose: 0, shuffle: false };
const ROWS = 24;

/** y = 2x + 1 of two columns, with a norm between, and one bad cell. */
function holed(where) {
  const rows = Array.from({ length: ROWS }, (_, at) => [Math.sin(at), Math.cos(at * 3)]);
  const labels = rows.map(([a, b]) => [a - b + 1]);
  if (where === "xs") rows[13][1] = NaN;
  if (where === "ys") labels[13][0] = NaN;
  return { xs: tf.tensor2d(rows), ys: tf.tensor2d(labels) };
}

function network() {
  const seeded = (seed) => tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed });
  const model = tf.sequential();
  model.add(tf.layers.batchNormalization({ inputShape: [2] }));
  model.add(tf.layers.dense({ units: 4, activation: "tanh", kernelInitializer: seeded(1) }));
  model.add(tf.layers.dense({ units: 1, kernelInitializer: seeded(2) }));
  model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
  return model;
}

const parts = ({ xs, ys }) =>
  tf.data.array([0, 8, 16]).map((at) => ({ xs: xs.slice(at, 8), ys: ys.slice(at, 8) }));

const finite = (model) => model.getWeights().every((weight) => weight.dataSync().every(Number.isFinite));

const lossOf = async (model, { xs, ys }) => (await model.evaluate(xs, ys, { verbose: 0 }).data())[0];

for (const mode of ["skip", "halve"]) {
  for (const where of ["xs", "ys"]) {
    for (const bySet of [false, true]) {
      test(`${mode}: a bad cell of ${where} is left out${bySet ? ", of a dataset" : ""}`, async () => {
        const data = holed(where);
        const model = network();
        const own = bySet ? {} : data;
        const reports = [];
        const guard = trainGuard(tf, { ...own, columns: ["a", "b"], mode, report: (each) => reports.push(each) });
        if (bySet) await model.fitDataset(parts(data), { epochs: 30, verbose: 0, callbacks: [guard] });
        else await model.fit(data.xs, data.ys, { ...quiet, batchSize: 8, epochs: 30, callbacks: [guard] });
        assert.ok(finite(model));
        assert.ok((await lossOf(model, holed())) < 0.5);
        assert.ok(model.optimizer.learningRate === 0.02, "the rate is not to blame");
        assert.equal(guard.findings.length, 30);
        const [found] = reports.at(-1).findings;
        const column = where === "xs" ? "b" : "ys";
        assert.deepEqual([found.code, found.column], ["train.skipped", column]);
        assert.deepEqual([found.evidence.row, found.evidence.batch, found.evidence.value], [5, 1, "NaN"]);
        assert.ok(!Object.hasOwn(model.optimizer, "minimize"));
        assert.ok(model.layers.every((layer) => !Object.hasOwn(layer, "call")));
        assert.doesNotThrow(() => JSON.stringify(reports));
      });
    }
  }
}

test("a dataset's bad batch is told by its row and column", async () => {
  const data = holed("xs");
  const model = network();
  const reports = [];
  const guard = trainGuard(tf, { columns: ["a", "b"], report: (each) => reports.push(each) });
  const error = await model
    .fitDataset(parts(data), { epochs: 3, verbose: 0, callbacks: [guard] })
    .catch((reason) => reason);
  assert.ok(error instanceof DatacheckError);
  assert.deepEqual([error.row, error.column, error.batch, error.epoch], [5, "b", 1, 0]);
  assert.ok(finite(model));
  assert.deepEqual(reports.map(({ ok }) => ok), [false]);
});

test("a lurch below where it began is told", async () => {
  const { xs, ys } = holed();
  const far = ys.mul(20);
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [2], units: 1 }));
  model.compile({ optimizer: tf.train.sgd(0.2), loss: "meanSquaredError" });
  const told = [];
  const guard = trainGuard(tf, { xs, ys: far, warn: (text) => told.push(text), every: 1 });
  class Lurch extends tf.Callback {
    async onEpochBegin(epoch) {
      this.model.optimizer.setLearningRate(epoch === 10 ? 8 : 0.2);
    }
  }
  await model.fit(xs, far, { ...quiet, epochs: 11, callbacks: [new Lurch(), guard] });
  assert.deepEqual(guard.findings.map(({ code, epoch }) => [code, epoch]), [["train.diverges", 10]]);
  assert.match(told[0], /before it, more than tenfold/);
});

test("a mode that is none is refused", () => {
  assert.throws(() => trainGuard(tf, { mode: "ignore" }), /one of raise, skip, halve/);
});
