/**
 * On WebGL: what it does to NaN, why a min-max of a constant column is not seen there, and a
 * training that diverges.
 */

import { diagnose, predict, trainGuard } from "/two/tfjs.js";
import { table } from "/backends.mjs";
import { DIVERGENCES, divergence } from "/divergences.mjs";

const tf = globalThis.tf;

/** (x - min) / (max - min), whose range is 0 in the second column: 0/0 is 1 on WebGL. */
class MinMax extends tf.layers.Layer {
  static className = "MinMax";
  call(inputs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => x.sub(tf.tensor1d([0, 4])).div(tf.tensor1d([10, 0])));
  }
  computeOutputShape(shape) {
    return shape;
  }
}

function scaled() {
  const model = tf.sequential();
  model.add(new MinMax({ inputShape: [2], name: "scaled" }));
  model.add(tf.layers.dense({ units: 1, kernelInitializer: "ones" }));
  return model;
}

async function training() {
  const xs = tf.range(1, 25).reshape([24, 1]);
  const ys = xs.mul(2).add(1);
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [1], units: 1 }));
  model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
  const loss = async () => (await model.evaluate(xs, ys).data())[0];
  const start = await loss();
  const told = [];
  const guard = trainGuard(tf, { xs, ys, columns: ["x"], warn: (text) => told.push(text) });
  const given = { epochs: 300, verbose: 0, shuffle: false, callbacks: [guard] };
  const error = await model.fit(xs, ys, given).catch((reason) => reason);
  return { start, end: await loss(), told, name: error.name, message: error.message, column: error.column };
}

/** The planted trainings, on cpu: what differs on a card is the page above. */
async function divergences() {
  await tf.setBackend("cpu");
  const found = [];
  for (const name of DIVERGENCES) found.push(await divergence(tf, trainGuard, name));
  return found;
}

async function main() {
  const rows = Array.from({ length: 6 }, (_, row) => ({ a: row, b: 4 }));
  const exact = await tf.setBackend("webgl");
  const model = scaled();
  return {
    backend: exact && tf.getBackend(),
    table: await table(tf),
    answers: await predict(tf, model, rows),
    hidden: await predict(tf, model, rows, { exact: 3, bad: "mark" }),
    findings: (await diagnose(tf, model, rows)).findings,
    after: tf.getBackend(),
    training: await training(),
    divergences: await divergences(),
  };
}

const show = (what) => fetch("/result", { method: "POST", body: JSON.stringify(what) });
main().then(show, (error) => show({ error: String(error.stack ?? error) }));
