/** Why a model predicts NaN, with the real TensorFlow.js: planted causes, stories and bait. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { makeDiagnose } from "../../datacheck/export/runtime/lib/asked.js";
import { diagnoseMatrix } from "../../datacheck/export/runtime/lib/diagnose.js";
import { ownStep } from "./own_step.mjs";

await tf.setBackend("cpu");

const COLUMNS = ["age", "income", "rooms"];

/** Rows of three columns with the same numbers each time. */
function rowsOf(count = 40) {
  return Array.from({ length: count }, (_, row) => [
    30 + 20 * Math.sin(row),
    2 + Math.cos(row * 3),
    4 + Math.sin(row * 7),
  ]);
}

const feedOf = (cells, raw) => ({
  name: "rows",
  columns: COLUMNS.slice(0, cells[0].length),
  cells,
  raw: raw ?? ((row, column) => cells[row][column]),
});

const ask = (model, cells, raw) => diagnoseMatrix(tf, model, feedOf(cells, raw));

const Step = ownStep(tf, "Step");

function modelOf(...layers) {
  const input = tf.input({ shape: [3] });
  const output = layers.reduce((value, layer) => layer.apply(value), input);
  return tf.model({ inputs: input, outputs: output });
}

let made = 0;
const kernel = () => tf.initializers.randomUniform({ minval: 0.1, maxval: 0.9, seed: 3 });
const dense = (units, activation) =>
  tf.layers.dense({ units, activation, kernelInitializer: kernel(), name: `dense_t${made++}` });

async function silent(model, cells) {
  assert.deepEqual((await ask(model, cells)).findings, []);
}

test("a missing cell, with a word in the table", async () => {
  const cells = rowsOf();
  const model = modelOf(dense(4, "tanh"), dense(1));
  await silent(model, cells);
  cells[17][1] = NaN;
  const report = await ask(model, cells, (row, column) => (row === 17 && column === 1 ? "?" : cells[row][column]));
  const [found] = report.findings;
  assert.equal(report.findings.length, 1);
  assert.deepEqual([found.code, found.column, found.rows, found.values], ["nan.input", "income", [17], ["?"]]);
  assert.equal(found.evidence.cause, "unreadable");
  assert.match(found.evidence.reached, /^dense_t/);
  assert.equal(report.ok, false);
});

test("min-max of a constant column: by place, for every row fails", async () => {
  const low = tf.tensor1d([10, 1, 4]);
  const span = tf.tensor1d([40, 2, 0]);
  const scaled = new Step("scaled", (x) => x.sub(low).div(span));
  const cells = rowsOf().map(([a, b]) => [a, b, 4]);
  const { findings } = await ask(modelOf(scaled, dense(1)), cells);
  assert.equal(findings.length, 1);
  const [found] = findings;
  assert.deepEqual([found.code, found.column, found.count], ["nan.op", "rooms", 40]);
  assert.equal(found.evidence.cause, "zero_by_zero");
  assert.equal(found.evidence.layer, "scaled");
  assert.equal(found.evidence.columns_found_by, "place");
});

test("NaN in a stored moving variance", async () => {
  const norm = tf.layers.batchNormalization({ name: "norm_t" });
  const model = modelOf(dense(4), norm, dense(1));
  const [gamma, beta, mean, variance] = norm.getWeights().map((weight) => weight.clone());
  const spoilt = tf.tensor1d([1, NaN, 1, 1]);
  norm.setWeights([gamma, beta, mean, spoilt]);
  const { findings } = await ask(model, rowsOf());
  assert.deepEqual(findings.map(({ code, count }) => [code, count]), [["nan.weight", 40]]);
  assert.match(findings[0].evidence.weight, /moving_variance/);
  norm.setWeights([gamma, beta, mean, variance]);
  await silent(model, rowsOf());
  norm.setWeights([gamma, beta, mean, tf.tensor1d([1, 1, -0.3, 1])]);
  const [negative] = (await ask(model, rowsOf())).findings;
  assert.equal(negative.evidence.cause, "variance_negative");
  assert.equal(negative.evidence.operands.channel, 2);
});

for (const [name, run, value, cause] of [
  ["log", (x) => x.log(), -4, "log_negative"],
  ["log", (x) => x.log(), 0, "log_zero"],
  ["sqrt", (x) => x.sqrt(), -4, "sqrt_negative"],
  ["inverse", (x) => tf.reciprocal(x), 0, "inverse_of_zero"],
  ["exp", (x) => x.exp(), 200, "exp_overflow"],
  ["square", (x) => x.mul(x), 3e25, "overflow"],
]) {
  test(`${name} of ${value} behind a dense layer and before another`, async () => {
    const cells = rowsOf();
    const model = modelOf(new Step(`by_${name}`, run), dense(4), dense(1));
    await silent(model, cells.map(([a, b, c]) => [a, b, c]));
    cells[9][2] = value;
    const { findings } = await ask(model, cells);
    assert.equal(findings.length, 1);
    const [found] = findings;
    assert.deepEqual([found.code, found.column, found.rows], ["nan.op", "rooms", [9]]);
    assert.equal(found.evidence.cause, cause);
    assert.equal(found.evidence.layer, `by_${name}`);
  });
}

test("columns deeper in are found by replacement", async () => {
  const cells = rowsOf();
  cells[5][0] = -9000;
  const model = modelOf(dense(3), new Step("deep_log", (x) => x.log()), dense(1));
  const [found] = (await ask(model, cells)).findings;
  assert.deepEqual([found.column, found.rows], ["age", [5]]);
  assert.equal(found.evidence.columns_found_by, "replacement");
});

test("two causes come out apart, the costlier first", async () => {
  const cells = rowsOf();
  cells[3][0] = cells[4][0] = NaN;
  cells[4][2] = cells[8][2] = -1;
  const model = modelOf(new Step("two_log", (x) => x.log()), dense(1));
  const { findings } = await ask(model, cells);
  assert.deepEqual(
    findings.map(({ code, column, rows }) => [code, column, rows]).sort(),
    [["nan.input", "age", [3, 4]], ["nan.op", "rooms", [4, 8]]],
  );
});

test("one row that spoils the batch", async () => {
  const cells = rowsOf();
  cells[7][1] = NaN;
  const centered = new Step("centered", (x) => x.sub(x.mean(0)));
  const { findings } = await ask(modelOf(centered, dense(1)), cells);
  assert.deepEqual(findings.map(({ code, count }) => [code, count]), [["nan.spread", 39], ["nan.input", 1]]);
  assert.deepEqual(findings[0].evidence.source_rows, [7]);
});

test("a length that overflows is found though its answer is finite", async () => {
  const cells = rowsOf();
  cells[5][0] = 3e19;
  const unit = new Step("unit", (x) => x.div(x.mul(x).sum(1, true).sqrt()));
  const { findings } = await ask(modelOf(unit), cells);
  assert.deepEqual(findings.map(({ code, column, rows }) => [code, column, rows]), [["nan.hidden", "age", [5]]]);
});

test("a cosine whose two lengths overflow: each of them alone changes nothing", async () => {
  const cells = rowsOf();
  cells[5][0] = 1e30;
  const turn = tf.tensor2d([0.3, -0.2, 0.9, 0.8, 0.1, -0.4, -0.6, 0.7, 0.2], [3, 3]);
  const unit = (x) => x.div(x.mul(x).sum(1, true).sqrt());
  const model = modelOf(new Step("cosine", (x) => unit(x).mul(unit(x.matMul(turn)))));
  const { findings } = await ask(model, cells);
  assert.deepEqual(findings.map(({ code, column, rows }) => [code, column, rows]), [["nan.hidden", "age", [5]]]);
  cells[5][0] = 1e15;
  await silent(model, cells);
});

test("an infinity that the model holds, and one of a 0 that it holds, stand for nothing", async () => {
  const held = tf.tensor1d([1, Infinity, 2]);
  const zero = tf.tensor1d([1, 0, 2]);
  for (const [name, run, cause] of [
    ["scale", (x) => x.mul(held).sigmoid(), "weight_nan"],
    ["divisor", (x) => x.div(held), "weight_nan"],
    ["zero", (x) => x.div(zero).sigmoid(), "divide_by_zero"],
  ]) {
    const { findings } = await ask(modelOf(new Step(name, run)), rowsOf());
    assert.deepEqual(findings.map(({ code, count }) => [code, count]), [["nan.hidden", 40]], name);
    assert.equal(findings[0].evidence.cause, cause, name);
  }
  // A zero in the data makes an infinity as well, and a sigmoid is right about it; bounds are bounds.
  const cells = rowsOf();
  cells[5][0] = 0;
  await silent(modelOf(new Step("data", (x) => tf.scalar(1).div(x).sigmoid())), cells);
  await silent(modelOf(new Step("bounds", (x) => x.minimum(tf.scalar(Infinity)))), cells);
});

test("a class is a class, though it came of NaN", async () => {
  const cells = rowsOf();
  cells[2][1] = NaN;
  class Pick extends Step {
    computeOutputShape(shape) {
      return [shape[0], 1];
    }
  }
  const model = modelOf(dense(4), new Pick("pick", (x) => x.argMax(1).toFloat().expandDims(1)));
  const [found] = (await ask(model, cells)).findings;
  assert.deepEqual([found.code, found.rows, found.column], ["nan.hidden", [2], "income"]);
});

const BAIT = {
  "masked softmax": (x) => x.add(tf.tensor1d([0, -Infinity, 0])).softmax(),
  "sigmoid by hand": (x) => tf.scalar(1).div(x.mul(-50).exp().add(1)),
  "log behind a where": (x) => tf.where(x.greater(3), x.log(), tf.zerosLike(x)),
  "imputation inside": (x) => tf.where(tf.isNaN(x), tf.zerosLike(x), x),
  "tanh of infinity": (x) => x.mul(1e30).mul(1e30).tanh(),
  "saturated sigmoid": (x) => x.mul(-1e30).mul(1e30).sigmoid(),
};

for (const [name, run] of Object.entries(BAIT)) {
  test(`bait is left alone: ${name}`, async () => {
    const cells = rowsOf();
    if (name === "imputation inside") cells[3][1] = NaN;
    if (name === "sigmoid by hand") cells[3][1] = -500;
    if (name === "log behind a where") cells[3][1] = -5;
    await silent(modelOf(new Step("bait", run)), cells);
  });
}

test("nothing is left behind: kernels, layers, backend and tensors are as they were", async () => {
  const model = modelOf(dense(4, "relu"), dense(1));
  const cells = rowsOf();
  cells[1][1] = NaN;
  const { runKernel } = tf.engine();
  await ask(model, cells);
  const { numTensors } = tf.memory();
  await ask(model, cells);
  assert.equal(tf.memory().numTensors, numTensors);
  assert.equal(tf.engine().runKernel, runKernel);
  assert.ok(model.layers.every((layer) => !Object.hasOwn(layer, "call")));
  await assert.rejects(ask(model, cells.map(([a, b]) => [a, b])), /takes 3 numbers a row/);
  assert.equal(tf.getBackend(), "cpu");
});

test("through a transform: what it refuses, and what it would have mended", async () => {
  const transformBatch = (rows) =>
    Float64Array.from(rows.flatMap((row) => COLUMNS.map((name) => row[name] ?? 1)));
  const diagnose = makeDiagnose({ columns: COLUMNS, transformBatch });
  const model = modelOf(dense(1));
  const rows = [{ age: 30, income: 2, rooms: 4 }, { age: null, income: 1, rooms: 3 }];
  const [found] = (await diagnose(tf, model, rows)).findings;
  assert.deepEqual([found.code, found.severity, found.column, found.rows], ["nan.input", "warning", "age", [1]]);
  assert.equal(found.evidence.cause, "raw");
  const direct = await diagnose(tf, model, [[1, 2, NaN]]);
  assert.deepEqual([direct.findings[0].column, direct.findings[0].rows], ["rooms", [0]]);
});
