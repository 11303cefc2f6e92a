/**
 * The contestants that run in Node: `node javascript.mjs CONTESTANT WORK`.
 *
 * WORK is a folder with the export (`prepared/`) and the rows as JSON. For each line of standard
 * input, a number, the work is done so often, and answered with the sum of some of the magnitudes
 * that came out.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [contestant, work] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(`${work}/rows.json`, "utf8"));
const { columns, transform, transformBatch } = await import(
  pathToFileURL(`${work}/prepared/index.js`)
);
const document = JSON.parse(readFileSync(`${work}/prepared/transform.json`, "utf8"));
const numbers = document.columns.map(({ name, ops }) => ({
  name,
  fill: ops.find(({ op }) => op === "fill").value,
  center: ops.find(({ op }) => op === "affine").center,
  inverseScale: ops.find(({ op }) => op === "affine").inverse_scale,
}));

/** What a port by hand does, with no check of anything. */
function byHand() {
  const out = new Float32Array(rows.length * numbers.length);
  let at = 0;
  for (const row of rows) {
    for (const { name, fill, center, inverseScale } of numbers) {
      out[at++] = ((row[name] ?? fill) - center) * inverseScale;
    }
  }
  return out;
}

/** Arrays, tensors, and the arithmetic in TensorFlow.js, in float32. */
async function inTensors() {
  const tf = await import("@tensorflow/tfjs");
  const vector = (key) => tf.tensor1d(numbers.map((number) => number[key]));
  const [fill, center, inverseScale] = ["fill", "center", "inverseScale"].map(vector);
  return () =>
    tf.tidy(() => {
      const x = tf.tensor2d(rows.map((row) => columns.map((name) => row[name] ?? NaN)));
      return tf.where(tf.isNaN(x), fill, x).sub(center).mul(inverseScale).dataSync();
    });
}

function oneByOne() {
  const out = new Float32Array(rows.length * columns.length);
  let at = 0;
  for (const row of rows) {
    const prepared = transform(row);
    for (const name of columns) out[at++] = prepared[name];
  }
  return out;
}

const CONTESTANTS = {
  batch: () => () => transformBatch(rows),
  one: () => oneByOne,
  hand: () => byHand,
  tensors: inTensors,
};

const run = await CONTESTANTS[contestant]();
for (let warm = 0; warm < 5; warm++) run();
for await (const passes of createInterface({ input: process.stdin })) {
  let out;
  for (let pass = 0; pass < Number(passes); pass++) out = run();
  let sum = 0;
  for (let at = 0; at < out.length; at += 97) sum += Math.abs(out[at]);
  console.log(sum);
}
