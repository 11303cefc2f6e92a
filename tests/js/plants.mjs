/** Plants of the generator in TensorFlow.js: reads them as JSON lines, writes a report for each. */

import { readFileSync } from "node:fs";

import { ownStep } from "./own_step.mjs";

const warn = console.warn;
console.warn = () => {};
const tf = await import("@tensorflow/tfjs");
const { diagnoseMatrix } = await import("../../datacheck/export/runtime/lib/diagnose.js");
console.warn = warn;
await tf.setBackend("cpu");

const WORDS = { nan: NaN, inf: Infinity };
const numbers = (value) => (Array.isArray(value) ? value.map(numbers) : (WORDS[value] ?? value));

const Own = ownStep(tf, "OwnStep");

const columnOf = (x, at) => x.slice([0, at], [-1, 1]);

/** The step on one column: the others, then what it makes, as in the other frameworks. */
function oneColumn(kind, { column, factor = 1 }) {
  return (x) => {
    const one = columnOf(x, column);
    const others = Array.from({ length: x.shape[1] }, (_, at) => at).filter((at) => at !== column);
    const made = {
      log: () => one.mul(factor).log(),
      sqrt: () => one.mul(factor).sqrt(),
      exp: () => one.mul(factor).exp(),
      divide: () => columnOf(x, others[0]).div(one),
      square: () => one.mul(one),
    }[kind]();
    return tf.concat([...others.map((at) => columnOf(x, at)), made], 1);
  };
}

function asModel(plan, k) {
  const input = tf.input({ shape: [k] });
  const weights = [];
  let [out, kept] = [input, input];
  for (const { kind, name, values } of plan) {
    const given = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, numbers(value)]));
    if (kind === "skip") {
      kept = out;
      continue;
    }
    const layer = {
      add: () => tf.layers.add({ name }),
      dense: () => tf.layers.dense({ units: given.bias.length, name }),
      batchnorm: () => tf.layers.batchNormalization({ name, epsilon: 1e-5 }),
      layernorm: () => tf.layers.layerNormalization({ name }),
      scale: () => new Own(name, (x) => x.sub(tf.tensor1d(given.mean)).div(tf.tensor1d(given.deviation))),
      relu: () => tf.layers.activation({ activation: "relu", name }),
      elu: () => tf.layers.activation({ activation: "elu", name }),
    }[kind]?.() ?? new Own(name, oneColumn(kind, given));
    out = layer.apply(kind === "add" ? [kept, out] : out);
    if (kind === "dense") weights.push([layer, [tf.tensor2d(given.kernel), tf.tensor1d(given.bias)]]);
    if (kind === "batchnorm") {
      weights.push([layer, ["gamma", "beta", "mean", "variance"].map((key) => tf.tensor1d(given[key]))]);
    }
  }
  const model = tf.model({ inputs: input, outputs: out });
  weights.forEach(([layer, values]) => layer.setWeights(values));
  return model;
}

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const { layers, rows, columns } = JSON.parse(line);
  const cells = numbers(rows);
  const feed = { name: "rows", columns, cells, raw: (row, column) => cells[row][column] };
  console.log(JSON.stringify((await diagnoseMatrix(tf, asModel(layers, columns.length), feed)).findings));
}
