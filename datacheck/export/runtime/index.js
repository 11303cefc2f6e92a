/**
 * A fitted transform: the preparation that a model was trained behind, with the same bits.
 *
 * `transform(row)` gives a row back with its fitted fields prepared; `transformBatch(rows)` gives
 * the features as one typed array, row by row, ready for a tensor; `inverse` brings a prediction
 * back to its own unit.
 */

import { compile } from "./lib/compile.js";
import document from "./lib/transform.js";

export { DatacheckError } from "./lib/errors.js";
export const {
  columns,
  fields,
  output,
  transform,
  transformRows,
  transformBatch,
  featuresOf,
  inverse,
} = compile(document);
