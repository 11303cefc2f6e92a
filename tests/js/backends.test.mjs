/** Where the answer that is served differs from the one that is right: cpu and wasm in Node. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeEach, test } from "node:test";

import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

import { diagnoseMatrix } from "../../datacheck/export/runtime/lib/diagnose.js";
import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { makePredict } from "../../datacheck/export/runtime/lib/predict.js";
import { table } from "./backends.mjs";

const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
setWasmPaths(wasm.replace("package.json", "dist/"));

const EXPECTED = JSON.parse(readFileSync(new URL("backends.json", import.meta.url), "utf8"));
const COLUMNS = ["age", "income", "rooms"];

beforeEach(() => tf.setBackend("wasm"));

for (const backend of ["cpu", "wasm"]) {
  test(`what ${backend} does to NaN and infinities is what is written of it`, async () => {
    await tf.setBackend(backend);
    assert.deepEqual(await table(tf), { ...EXPECTED.cpu, ...EXPECTED[backend] });
  });
}

function network(...layers) {
  const input = tf.input({ shape: [3] });
  return tf.model({ inputs: input, outputs: layers.reduce((value, layer) => layer.apply(value), input) });
}

const rowsOf = (count = 60) =>
  Array.from({ length: count }, (_, row) => [1 + Math.sin(row), 2 + Math.cos(row * 3), 3 + Math.sin(row * 7)]);

const ask = (model, cells) =>
  diagnoseMatrix(tf, model, { name: "rows", columns: COLUMNS, cells, raw: (row, column) => cells[row][column] });

const finite = async (model, cells) =>
  (await model.predict(tf.tensor2d(cells)).data()).every(Number.isFinite);

test("a table with 43 missing cells predicts 43 finite numbers; each row is named", async () => {
  const model = network(tf.layers.dense({ units: 8, activation: "relu", name: "hidden" }), tf.layers.dense({ units: 1 }));
  const cells = rowsOf();
  for (let row = 0; row < 43; row++) cells[row][1] = NaN;
  assert.ok(await finite(model, cells), "wasm hides every one");
  const { findings } = await ask(model, cells);
  assert.deepEqual(findings.map(({ code, column, count }) => [code, column, count]), [["nan.hidden", "income", 43]]);
  assert.equal(findings[0].evidence.was, "nan.input");
  assert.equal(findings[0].evidence.backend, "wasm");
  assert.match(findings[0].message, /the backend wasm hides it/);
  assert.equal(tf.getBackend(), "wasm");
});

test("rows that are served as NaN and rows that are hidden come out apart", async () => {
  const input = tf.input({ shape: [3] });
  const part = (at) => new Part({ at }).apply(input);
  const relu = tf.layers.dense({ units: 2, activation: "relu" }).apply(part(0));
  const plain = tf.layers.dense({ units: 2, activation: "tanh" }).apply(part(1));
  const model = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 1 }).apply(tf.layers.concatenate().apply([relu, plain])) });
  const cells = rowsOf();
  cells[4][0] = NaN;
  cells[9][1] = NaN;
  const { findings } = await ask(model, cells);
  assert.deepEqual(
    findings.map(({ code, column, rows }) => [code, column, rows]).sort(),
    [["nan.hidden", "age", [4]], ["nan.input", "income", [9]]],
  );
});

class Part extends tf.layers.Layer {
  static className = "Part";
  constructor({ at }) {
    super({});
    this.at = at;
  }
  call(inputs) {
    return tf.tidy(() => (Array.isArray(inputs) ? inputs[0] : inputs).slice([0, this.at], [-1, 1]));
  }
  computeOutputShape([rows]) {
    return [rows, 1];
  }
}

test("a NaN in a moving variance: all NaN on cpu, exactly 0 on wasm", async () => {
  const norm = tf.layers.batchNormalization({ name: "norm_w" });
  const relu = tf.layers.dense({ units: 3, activation: "relu", useBias: false });
  const model = network(norm, relu, tf.layers.dense({ units: 1, useBias: false }));
  const [gamma, beta, mean] = norm.getWeights();
  norm.setWeights([gamma, beta, mean, tf.tensor1d([NaN, NaN, NaN])]);
  assert.ok((await model.predict(tf.tensor2d(rowsOf())).data()).every((x) => x === 0));
  const { findings } = await ask(model, rowsOf());
  assert.deepEqual(findings.map(({ code, count }) => [code, count]), [["nan.hidden", 60]]);
  assert.equal(findings[0].evidence.was, "nan.weight");
  assert.match(findings[0].evidence.weight, /moving_variance/);
});

test("a NaN that wasm makes an infinity is still the input's", async () => {
  const cells = rowsOf();
  cells[5][2] = NaN;
  const image = tf.layers.reshape({ targetShape: [1, 3, 1] });
  const conv = tf.layers.conv2d({ filters: 1, kernelSize: 1, kernelInitializer: "ones" });
  const model = network(image, conv, tf.layers.flatten(), tf.layers.dense({ units: 1, kernelInitializer: "ones" }));
  const [found] = (await ask(model, cells)).findings;
  assert.deepEqual([found.code, found.column, found.rows], ["nan.input", "rooms", [5]]);
});

test("a healthy model is silent on wasm too", async () => {
  const model = network(tf.layers.dense({ units: 8, activation: "relu" }), tf.layers.batchNormalization({}), tf.layers.dense({ units: 2, activation: "softmax" }));
  assert.deepEqual((await ask(model, rowsOf())).findings, []);
});

test("predict on wasm: a sample run again on cpu finds what relu hides", async () => {
  class Root extends tf.layers.Layer {
    static className = "Root";
    call(inputs) {
      return tf.tidy(() => (Array.isArray(inputs) ? inputs[0] : inputs).sqrt());
    }
    computeOutputShape(shape) {
      return shape;
    }
  }
  const model = network(new Root({ name: "root" }), tf.layers.dense({ units: 4, activation: "relu", kernelInitializer: "ones" }));
  const transformBatch = (rows) => Float64Array.from(rows.flatMap((row) => COLUMNS.map((name) => row[name])));
  const predict = makePredict({ columns: COLUMNS, transformBatch });
  const rows = rowsOf(10).map(([age, income, rooms]) => ({ age, income, rooms }));
  rows[2].income = -5;
  assert.ok((await predict(tf, model, rows)).flat().every(Number.isFinite), "hidden, and not looked at");
  const error = await predict(tf, model, rows, { exact: 5 }).catch((reason) => reason);
  assert.ok(error instanceof DatacheckError);
  assert.deepEqual([error.row, error.column], [2, "income"]);
  const marked = await predict(tf, model, rows, { exact: true, bad: "mark" });
  assert.deepEqual(marked.flatMap((answer, row) => (answer === null ? [row] : [])), [2]);
  assert.equal(tf.getBackend(), "wasm");
});
