/** Tensors from rows, with the real TensorFlow.js, and what it does with the same rows by itself. */

import assert from "node:assert/strict";
import { test } from "node:test";

import * as tf from "@tensorflow/tfjs";

import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { makeToTensor } from "../../datacheck/export/runtime/lib/tensor.js";
import { affine, fill, missing, number, prepared } from "./documents.mjs";

const filled = prepared([
  number("mass", missing(), fill(40), affine(30, 10)),
  number("length", missing(), fill(3), affine(3, 2)),
]);
const kept = prepared([number("mass", missing()), number("length", missing())]);
const toTensor = makeToTensor(filled);

function warnings(transform, rows) {
  const told = [];
  makeToTensor(transform)(tf, rows, { warn: (message) => told.push(message) }).dispose();
  return told;
}

test("a hole is imputed before the first tensor, where tf would make it a 0", async () => {
  const rows = [{ mass: null, length: 5 }];
  const tensor = toTensor(tf, rows);
  assert.deepEqual(tensor.shape, [1, 2]);
  assert.equal(tensor.dtype, "float32");
  assert.deepEqual(await tensor.array(), [[1, 1]]);
  assert.deepEqual(await tf.tensor2d([[null, 5]]).array(), [[0, 5]]);
});

test("float64 is rounded once, and what overflows float32 is an error", async () => {
  const tensor = makeToTensor(kept)(tf, [{ mass: 0.1, length: 16777217 }]);
  assert.deepEqual(await tensor.array(), [[Math.fround(0.1), 16777216]]);
  assert.throws(
    () => makeToTensor(kept)(tf, [{ mass: 1, length: 1 }, { mass: 1, length: 1e39 }]),
    (error) => error instanceof DatacheckError && error.row === 1 && error.column === "length",
  );
});

test("a cell that is still missing is an error unless it is allowed", async () => {
  const rows = [{ mass: 1, length: 2 }, { mass: null, length: 2 }];
  assert.throws(
    () => makeToTensor(kept)(tf, rows),
    (error) => error instanceof DatacheckError && error.row === 1 && error.column === "mass",
  );
  const tensor = makeToTensor(kept)(tf, rows, { allowMissing: true });
  assert.ok(Number.isNaN((await tensor.array())[1][0]));
});

test("options of the transform pass through", async () => {
  assert.throws(() => toTensor(tf, [{ mass: 30 }]), DatacheckError);
  const tensor = toTensor(tf, [{ mass: 30 }], { missingKeys: "missing" });
  assert.deepEqual(await tensor.array(), [[0, 0]]);
});

test("no rows make a tensor of no rows", () => {
  assert.deepEqual(toTensor(tf, []).shape, [0, 2]);
});

test("what float16 cannot hold is said, once a column", () => {
  assert.deepEqual(warnings(kept, [{ mass: 65504, length: 2 ** -24 }]), []);
  assert.deepEqual(warnings(kept, [{ mass: 0, length: 0 }]), []);
  const beyond = warnings(kept, [
    { mass: 65505, length: 1 },
    { mass: -1e6, length: 1 },
  ]);
  assert.equal(beyond.length, 1);
  assert.match(beyond[0], /"mass" reaches 1000000; beyond 65504/);
  const under = warnings(kept, [{ mass: 1, length: 1e-9 }]);
  assert.equal(under.length, 1);
  assert.match(under[0], /"length"/);
  assert.deepEqual(warnings(kept, [{ mass: 1, length: 1e-9 }, { mass: 1, length: 1 }]), []);
});
