/** Networks of every kind in the real TensorFlow.js, each with a planted cause and a healthy twin. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { diagnoseMatrix } from "../../datacheck/export/runtime/lib/diagnose.js";

await tf.setBackend("cpu");

const rowsOf = (count = 40, k = 6) =>
  Array.from({ length: count }, (_, row) => Array.from({ length: k }, (__, at) => 1 + 0.5 * Math.sin(row * 7 + at * 3)));

async function ask(model, cells) {
  const feed = { name: "rows", columns: cells[0].map((_, at) => `c${at}`), cells, raw: (row, at) => cells[row][at] };
  const { findings } = await diagnoseMatrix(tf, model, feed);
  return findings.map(({ code, column, rows, count }) => [code, column, rows.slice(0, 3), count]);
}

function modelOf(...layers) {
  const input = tf.input({ shape: [6] });
  return tf.model({ inputs: input, outputs: layers.reduce((out, layer) => layer.apply(out), input) });
}

const sequence = () => tf.layers.reshape({ targetShape: [6, 1] });
const dense = (units = 1) => tf.layers.dense({ units });

const NETWORKS = {
  GRU: () => modelOf(sequence(), tf.layers.gru({ units: 4 }), dense()),
  "LSTM both ways": () =>
    modelOf(sequence(), tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 3 }), mergeMode: "concat" }), dense()),
  "every time step": () =>
    modelOf(
      sequence(),
      tf.layers.simpleRNN({ units: 3, returnSequences: true }),
      tf.layers.timeDistributed({ layer: dense(2) }),
      tf.layers.flatten(),
      dense(),
    ),
  convolution: () =>
    modelOf(
      sequence(),
      tf.layers.conv1d({ filters: 4, kernelSize: 3, activation: "elu" }),
      tf.layers.batchNormalization(),
      tf.layers.globalAveragePooling1d(),
      dense(2),
    ),
  "convolution in two": () =>
    modelOf(tf.layers.reshape({ targetShape: [2, 3, 1] }), tf.layers.conv2d({ filters: 4, kernelSize: 2 }), tf.layers.flatten(), dense()),
};

for (const [name, make] of Object.entries(NETWORKS)) {
  test(`${name}: a missing cell, and a spoilt weight`, async () => {
    const model = make();
    const cells = rowsOf();
    assert.deepEqual(await ask(model, cells), []);
    cells[4][3] = NaN;
    assert.deepEqual(await ask(model, cells), [["nan.input", "c3", [4], 1]]);
    const weights = model.getWeights();
    const values = weights[1].dataSync().slice();
    values[0] = NaN;
    weights[1] = tf.tensor(values, weights[1].shape);
    model.setWeights(weights);
    assert.deepEqual(await ask(model, rowsOf()), [["nan.weight", null, [0, 1, 2], 40]]);
  });
}

test("an index beyond an embedding names row and column", async () => {
  const [code, size] = ["c0", "c1"].map((name) => tf.input({ shape: [1], name }));
  const known = tf.layers.flatten().apply(tf.layers.embedding({ inputDim: 10, outputDim: 3 }).apply(code));
  const outputs = dense().apply(tf.layers.concatenate().apply([known, size]));
  const model = tf.model({ inputs: [code, size], outputs });
  const cells = rowsOf(40, 2).map(([, x], row) => [row % 10, x]);
  assert.deepEqual(await ask(model, cells), []);
  cells[5][1] = NaN;
  assert.deepEqual(await ask(model, cells), [["nan.input", "c1", [5], 1]]);
  cells[6][0] = 25;
  await assert.rejects(ask(model, cells), ({ row, column, message }) => {
    assert.deepEqual([row, column], [6, "c0"]);
    return /not in \[0, 9\]/.test(message);
  });
});
