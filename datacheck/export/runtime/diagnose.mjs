/**
 * Diagnoses a model.json of TensorFlow.js: `datacheck diagnose` runs this with the rows on standard
 * input. TensorFlow.js is the user's own, found from the model's folder or the one worked in.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { diagnoseMatrix } from "./lib/diagnose.js";
import { inputsOf } from "./lib/watch.js";

async function tensorflow(folder) {
  for (const from of [folder, process.cwd()]) {
    try {
      const found = createRequire(path.join(from, "any.js")).resolve("@tensorflow/tfjs");
      const module = await import(pathToFileURL(found).href);
      return module.default ?? module;
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Error("@tensorflow/tfjs is not installed beside the model, nor in the working folder");
}

/** The model's files, read without the network; a model.json runs no code. */
function artefacts(file) {
  const document = JSON.parse(readFileSync(file, "utf8"));
  const manifest = document.weightsManifest ?? [];
  const parts = manifest.flatMap(({ paths }) => paths);
  const bytes = Buffer.concat(parts.map((name) => readFileSync(path.join(path.dirname(file), name))));
  return {
    ...document,
    weightSpecs: manifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  };
}

async function load(tf, file) {
  const given = artefacts(file);
  const handler = { load: async () => given };
  if (given.format === "graph-model") return tf.loadGraphModel(handler);
  return tf.loadLayersModel(handler);
}

const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const asNumber = (x) => (typeof x === "string" ? WORDS[x] : x);

const asked = JSON.parse(readFileSync(0, "utf8"));
const folder = path.dirname(path.resolve(asked.model));
try {
  const warn = console.warn;
  console.warn = () => {};
  const tf = await tensorflow(folder);
  await tf.setBackend("cpu");
  const model = await load(tf, asked.model);
  console.warn = warn;
  if (asked.shape) {
    console.log(JSON.stringify({ inputs: inputsOf(model) }));
  } else {
    const cells = asked.cells.map((row) => row.map(asNumber));
    const raw = (row, column) => asked.words?.[`${row},${column}`] ?? cells[row][column];
    const feed = { name: asked.name, columns: asked.columns, cells, raw };
    console.log(JSON.stringify(await diagnoseMatrix(tf, model, feed)));
  }
} catch (error) {
  console.log(JSON.stringify({ error: String(error.message ?? error) }));
}
