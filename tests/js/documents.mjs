/** Small transforms for the tests, as `transform.json` holds them. */

import { compile } from "../../datacheck/export/runtime/lib/compile.js";

export const missing = (values = [], infinite = "refuse") => ({ op: "missing", values, infinite });
export const clip = (lower, upper, below = lower, above = upper) => ({
  op: "clip",
  lower,
  upper,
  below,
  above,
});
export const fill = (value) => ({ op: "fill", value });
export const affine = (center, scale) => ({
  op: "affine",
  center,
  inverse_scale: 1 / scale,
  scale,
});
export const cast = (dtype) => ({ op: "cast", dtype });

export function number(name, ...ops) {
  return { name, kind: "number", dtype: "Float64", ops };
}

export function prepared(columns, { output = "float64", donors = null } = {}) {
  const finished = columns.map((column) =>
    column.kind === "number" ? { ...column, ops: [...column.ops, cast(output)] } : column,
  );
  return compile({
    format: "datacheck.javascript",
    version: 1,
    producer: "tests",
    output,
    columns: finished,
    donors,
  });
}
