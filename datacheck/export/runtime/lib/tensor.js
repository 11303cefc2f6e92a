/**
 * Tensors from rows. `tf.tensor2d` itself takes null for 0 and undefined for NaN, and both predict;
 * here a cell that is still missing is an error, and what a float16 device would lose is said.
 */

import { DatacheckError } from "./errors.js";

const LARGEST_FLOAT16 = 65504;
const SMALLEST_FLOAT16 = 2 ** -24;

/** The columns of a batch: of the fields that the options name, where they name some. */
export const featuresIn = ({ columns, featuresOf }, options) =>
  options?.columns === undefined ? columns : featuresOf(options.columns);

/** @param {{columns: string[], transformBatch: Function, featuresOf?: Function}} prepared */
export function makeToTensor(prepared) {
  return function toTensor(tf, rows, { allowMissing = false, warn = console.warn, ...options } = {}) {
    const columns = featuresIn(prepared, options);
    const values = narrow(prepared.transformBatch(rows, options), columns);
    if (!allowMissing) refuseMissing(values, columns);
    warnFloat16(values, columns, warn);
    return tf.tensor2d(values, [rows.length, columns.length], "float32");
  };
}

/** Float32Array last: what a tensor holds. */
function narrow(values, columns) {
  if (values instanceof Float32Array) return values;
  const out = Float32Array.from(values);
  const bad = out.findIndex((x) => x === Infinity || x === -Infinity);
  if (bad < 0) return out;
  throw new DatacheckError(`${values[bad]} overflows float32, which tensors hold`, {
    ...placeOf(bad, columns),
    value: values[bad],
    todo: "declare a scaling or an outlier rule for this column, and fit again",
  });
}

function refuseMissing(values, columns) {
  const bad = values.findIndex((x) => x !== x);
  if (bad < 0) return;
  throw new DatacheckError("the cell is missing and its column has no imputation", {
    ...placeOf(bad, columns),
    value: NaN,
    todo: "declare an imputation and fit again; or pass {allowMissing: true} for a NaN",
  });
}

const placeOf = (at, columns) => ({
  row: Math.floor(at / columns.length),
  column: columns[at % columns.length],
});

/** Says which columns a device that computes in float16 would turn infinite, or into zeros. */
function warnFloat16(values, columns, warn) {
  columns.forEach((column, j) => {
    let largest = 0;
    for (let at = j; at < values.length; at += columns.length) {
      const size = Math.abs(values[at]);
      if (size > largest) largest = size;
    }
    const name = JSON.stringify(column);
    if (largest > LARGEST_FLOAT16) {
      warn(
        `datacheck: field ${name} reaches ${largest}; beyond ${LARGEST_FLOAT16} it is infinite ` +
          "on devices that compute in float16 (most phones). Scale it, or clip its outliers.",
      );
    } else if (largest > 0 && largest < SMALLEST_FLOAT16) {
      warn(
        `datacheck: field ${name} stays under ${largest}; under ${SMALLEST_FLOAT16} it is 0 on ` +
          "devices that compute in float16 (most phones). Scale it.",
      );
    }
  });
}
