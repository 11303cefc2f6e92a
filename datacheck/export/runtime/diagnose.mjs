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

/** What to do about files of weights that are not as they were written. */
const TORN = "copy the model's files again, all of them, or save it again";

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

const BYTES = { float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2 };
const sizeOf = ({ shape, dtype, quantization }) =>
  shape.reduce((size, axis) => size * axis, BYTES[quantization?.dtype ?? dtype] ?? NaN);

/** A file of weights, which lies in the model's folder. */
function shard(folder, name) {
  try {
    if (path.normalize(name).startsWith("..")) throw new Error("a name out of the folder");
    return readFileSync(path.join(folder, name));
  } catch (error) {
    throw new Error(`the weights in ${name} cannot be read: ${error.message}`, { cause: TORN });
  }
}

/** The bytes of a group of weights: as many as its weights take, or its files are torn. */
function weightsOf({ paths, weights }, folder) {
  const bytes = Buffer.concat(paths.map((name) => shard(folder, name)));
  const size = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  if (size >= 0 && bytes.length !== size) {
    const got = `${paths.join(" and ")} hold ${bytes.length} bytes, and the weights take ${size}`;
    throw new Error(got, { cause: TORN });
  }
  return bytes;
}

/** The model's files, read without the network; a model.json runs no code. */
function artefacts(file) {
  const document = JSON.parse(readFileSync(file, "utf8"));
  const manifest = document.weightsManifest ?? [];
  const bytes = Buffer.concat(manifest.map((group) => weightsOf(group, path.dirname(file))));
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
  console.log(JSON.stringify({ error: String(error.message ?? error), todo: error.cause }));
}
