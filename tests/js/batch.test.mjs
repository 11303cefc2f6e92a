/** A batch gives what its rows give alone, whatever their number, shape and order of keys. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { affine, clip, fill, missing, number, prepared } from "./documents.mjs";

const NAMES = ["a", "b", "c", "d"];
const table = prepared(
  NAMES.map((name, j) =>
    number(name, missing([-9]), clip(-2 * j, 90 + j), fill(0.1 * j), affine(j / 3, 7 + j)),
  ),
  { output: "float32" },
);

/** A small generator, so that a failing case can be seen again. */
function random(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

function rows(count, next) {
  return Array.from({ length: count }, () => {
    const cells = NAMES.map((name) => [name, next() < 0.1 ? null : next() * 200 - 100]);
    return Object.fromEntries(cells);
  });
}

function alone(batch) {
  return batch.flatMap((row) => {
    const out = table.transform(row);
    return NAMES.map((name) => out[name] ?? NaN);
  });
}

for (const count of [0, 1, 127, 128, 129, 1000]) {
  test(`${count} rows give what each gives alone`, () => {
    const batch = rows(count, random(count + 1));
    const out = table.transformBatch(batch);
    assert.equal(out.length, count * NAMES.length);
    assert.deepEqual([...out], alone(batch));
    assert.deepEqual(
      table.transformRows(batch),
      batch.map((row) => table.transform(row)),
    );
  });
}

test("the order of keys, further keys and mixed shapes do not matter", () => {
  const next = random(7);
  const shapes = [
    (row) => row,
    ({ a, b, c, d }) => ({ d, c, b, a }),
    ({ a, b, c, d }) => ({ extra: "x", b, a, more: null, d, c }),
    (row) => Object.assign(Object.create({ inherited: 1 }), row),
    (row) => Object.assign(Object.create(null), row),
    ({ a, ...row }) => Object.assign(Object.create({ a }), row),
  ];
  const batch = rows(400, next);
  const expected = [...table.transformBatch(batch)];
  for (const shape of shapes) {
    assert.deepEqual([...table.transformBatch(batch.map(shape))], expected);
  }
  const mixed = batch.map((row) => shapes[Math.floor(next() * shapes.length)](row));
  assert.deepEqual([...table.transformBatch(mixed)], expected);
});

test("the first bad row is named, and in it the first bad field", () => {
  const place = (batch) => {
    try {
      table.transformBatch(batch);
    } catch (error) {
      return [error.row, error.column];
    }
    return undefined;
  };
  const batch = rows(300, random(3));
  batch[250] = { ...batch[250], a: "late" };
  batch[251] = { ...batch[251], a: "later" };
  assert.deepEqual(place(batch), [250, "a"]);
  batch[200] = { ...batch[200], d: "text", b: Infinity };
  assert.deepEqual(place(batch), [200, "b"]);
  batch[199] = { ...batch[199], c: Infinity };
  assert.deepEqual(place(batch), [199, "c"]);
  batch[5] = null;
  assert.deepEqual(place(batch), [5, undefined]);
});

test("a refused batch leaves nothing behind in the next", () => {
  const good = rows(3, random(11));
  const expected = [...table.transformBatch(good)];
  assert.throws(() => table.transformBatch([{ a: 1, b: 2, c: 3, d: "x" }, ...good]));
  assert.deepEqual([...table.transformBatch(good)], expected);
});

test("the columns are the numeric fields, in order, and cannot be changed", () => {
  assert.deepEqual(table.columns, NAMES);
  assert.ok(Object.isFrozen(table.columns));
  assert.ok(Object.isFrozen(table.fields[0]));
  assert.equal(table.output, "float32");
});
