/** What a cell may hold: nothing that JavaScript would convert gets through as a number. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { DatacheckError } from "../../datacheck/export/runtime/lib/errors.js";
import { affine, cast, clip, fill, missing, number, prepared } from "./documents.mjs";

const plain = prepared([number("mass", missing([-999, "n/a"]), fill(40), affine(30, 10))]);
const kept = prepared([number("mass", missing())]);
const read = prepared([number("mass", cast("float64"), missing(["none"]))]);

function refused(run, { column = "mass", row, message }) {
  assert.throws(run, (error) => {
    assert.ok(error instanceof DatacheckError);
    assert.equal(error.column, column);
    assert.equal(error.row, row);
    assert.match(error.message, message);
    return true;
  });
}

test("null and NaN are missing, and so is what the schema declares", () => {
  for (const value of [null, NaN, -999, "n/a"]) {
    assert.deepEqual(plain.transform({ mass: value }), { mass: 1 });
    assert.equal(plain.transformBatch([{ mass: value }])[0], 1);
  }
});

test("a cell that stays missing is null in a row and NaN in a batch", () => {
  assert.deepEqual(kept.transform({ mass: null }), { mass: null });
  assert.deepEqual([...kept.transformBatch([{ mass: null }])], [NaN]);
});

const ODD = {
  text: ["N/A", /text/],
  "text that is a number": ["3.5", /text/],
  "empty text": ["", /text/],
  true: [true, /not a number/],
  false: [false, /not a number/],
  "a date": [new Date(0), /a Date is not a number/],
  "an object": [{}, /an object is not a number/],
  "an array": [[1], /an array is not a number/],
  "an empty array": [[], /an array is not a number/],
  "a boxed number": [new Number(1), /not a number/],
  "a function": [() => 1, /a function/],
  "a symbol": [Symbol("x"), /Symbol\(x\)/],
  "a large BigInt": [9007199254740993n, /beyond 2\^53/],
  "a large negative BigInt": [-9007199254740993n, /beyond 2\^53/],
  infinity: [Infinity, /infinite/],
  "negative infinity": [-Infinity, /infinite/],
};

for (const [name, [value, message]] of Object.entries(ODD)) {
  test(`${name} is an error that names the field and the row`, () => {
    refused(() => plain.transform({ mass: value }), { row: undefined, message });
    refused(() => plain.transformBatch([{ mass: 1 }, { mass: value }]), { row: 1, message });
    refused(() => plain.transformRows([{ mass: 1 }, { mass: value }]), { row: 1, message });
  });
}

test("the error carries the value itself", () => {
  const value = new Date(0);
  assert.throws(
    () => plain.transform({ mass: value }),
    (error) => error.value === value,
  );
});

test("a BigInt within 2^53 is the number", () => {
  assert.deepEqual(plain.transform({ mass: 50n }), { mass: 2 });
  assert.deepEqual(kept.transform({ mass: -9007199254740992n }), { mass: -9007199254740992 });
});

test("a missing key is an error, or missing where that is asked for", () => {
  for (const row of [{}, { mass: undefined }, { Mass: 1 }]) {
    refused(() => plain.transform(row), { row: undefined, message: /no value under this key/ });
    refused(() => plain.transformBatch([{ mass: 1 }, row]), { row: 1, message: /no value/ });
    assert.equal(plain.transform(row, { missingKeys: "missing" }).mass, 1);
    assert.deepEqual([...plain.transformBatch([row], { missingKeys: "missing" })], [1]);
  }
  assert.throws(() => plain.transform({}, { missingKeys: "zero" }), /missingKeys/);
});

test("what is no row, or no list of rows, is an error", () => {
  for (const row of [null, undefined, 5, "row"]) {
    assert.throws(() => plain.transform(row), DatacheckError);
    assert.throws(
      () => plain.transformBatch([{ mass: 1 }, row]),
      (error) => error instanceof DatacheckError && error.row === 1,
    );
  }
  assert.throws(() => plain.transformBatch({ mass: 1 }), /wrap a single row/);
  assert.throws(() => plain.transformRows(new Float64Array(2)), DatacheckError);
});

test("text is read as a number only where the transform casts it, and exactly", () => {
  const cells = {
    "1.5": 1.5,
    " 2\t": 2,
    "+.5e-1": 0.05,
    "5.": 5,
    "-0": -0,
    "9007199254740993": 9007199254740992,
    "": null,
    "  ": null,
    nan: null,
    none: null,
  };
  for (const [text, value] of Object.entries(cells)) {
    assert.ok(Object.is(read.transform({ mass: text }).mass, value), text);
  }
  assert.deepEqual(read.transform({ mass: true }), { mass: 1 });
  for (const text of ["1,5", "0x10", "1_000", "1e", ".", "--1", "١", "true", "1 2", "\u00a0", "\x1c", "1\ufeff"]) {
    refused(() => read.transform({ mass: text }), { row: undefined, message: /not a number/ });
  }
  for (const text of ["inf", "-Infinity", "1e999"]) {
    refused(() => read.transform({ mass: text }), { row: undefined, message: /infinite/ });
  }
});

test("a result that overflows is refused, never rounded to an infinity", () => {
  const wide = number("mass", missing(), affine(-1e308, 0.1));
  refused(() => prepared([wide]).transform({ mass: 1e308 }), {
    row: undefined,
    message: /overflows a double/,
  });
  const single = prepared([number("mass", missing())], { output: "float32" });
  refused(() => single.transform({ mass: 3.4028235677973366e38 }), {
    row: undefined,
    message: /overflows float32/,
  });
  refused(() => single.transform({ mass: -1e39 }), { row: undefined, message: /overflows float32/ });
  assert.equal(single.transform({ mass: 0.1 }).mass, Math.fround(0.1));
  assert.ok(single.transformBatch([{ mass: 0.1 }]) instanceof Float32Array);
});

test("an infinity is refused even where no op says what it means", () => {
  const bare = prepared([number("mass", clip(0, 1))]);
  refused(() => bare.transform({ mass: Infinity }), { row: undefined, message: /is infinite/ });
});

test("a clip with nothing beyond makes the cell missing", () => {
  const beyond = prepared([number("mass", missing(), clip(0, 1, null, null), fill(0.5))]);
  const out = beyond.transformBatch([2, -1, 1, 0].map((mass) => ({ mass })));
  assert.deepEqual([...out], [0.5, 0.5, 1, 0]);
});

test("fields that are not numeric are compared and filled as they are", () => {
  const kinds = prepared([
    { name: "island", kind: "text", dtype: "String", ops: [missing(["?"]), fill("Dream")] },
    { name: "ringed", kind: "boolean", dtype: "Boolean", ops: [missing(), fill(false)] },
    { name: "seen", kind: "datetime", dtype: "Datetime", ops: [missing(["1900-01-01T00:00:00"])] },
    { name: "swim", kind: "duration", dtype: "Duration", ops: [missing([-1]), fill(0)] },
    number("mass", missing()),
  ]);
  const row = { island: "Biscoe", ringed: true, seen: "2020-02-29T12:00", swim: 5n, mass: 1 };
  assert.deepEqual(kinds.transform(row), row);
  assert.deepEqual(
    kinds.transform({
      island: "?",
      ringed: null,
      seen: "1900-01-01 00:00:00.000",
      swim: -1,
      mass: 2,
    }),
    { island: "Dream", ringed: false, seen: null, swim: 0, mass: 2 },
  );
  assert.deepEqual([...kinds.transformBatch([{ mass: 3 }])], [3]);
  for (const [column, value] of Object.entries({
    island: 5,
    ringed: "true",
    seen: new Date(0),
    swim: 0.5,
  })) {
    refused(() => kinds.transform({ ...row, [column]: value }), {
      column,
      row: undefined,
      message: /is not/,
    });
  }
});

test("the row that was given is left as it was, and other fields pass through", () => {
  const row = Object.freeze({ mass: 50, name: "Pip", extra: [1] });
  const out = plain.transform(row);
  assert.deepEqual(out, { mass: 2, name: "Pip", extra: [1] });
  assert.equal(out.extra, row.extra);
});

test("a column may be called what every object inherits", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const odd = prepared([number(name, missing(), affine(1, 1))]);
    refused(() => odd.transform({}), { column: name, row: undefined, message: /no value/ });
    const row = JSON.parse(`{${JSON.stringify(name)}: 3}`);
    const out = odd.transform(row);
    assert.ok(Object.hasOwn(out, name));
    assert.equal(Object.entries(out)[0][1], 2);
    assert.deepEqual([...odd.transformBatch([row])], [2]);
    const filled = prepared([number(name, missing(), fill(5))]);
    const made = filled.transform({}, { missingKeys: "missing" });
    assert.deepEqual(Object.entries(made), [[name, 5]]);
  }
});

test("a transform of another version, or with an unknown op, is refused", async () => {
  const { compile } = await import("../../datacheck/export/runtime/lib/compile.js");
  assert.throws(() => compile({ format: "datacheck.javascript", version: 2 }), DatacheckError);
  assert.throws(() => compile(undefined), DatacheckError);
  for (const op of ["log", "constructor"]) {
    assert.throws(() => prepared([number("mass", { op })]), /unknown to this runtime/);
  }
});
