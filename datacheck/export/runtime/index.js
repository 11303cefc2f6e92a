/**
 * A fitted transform: the preparation that a model was trained behind, with the same bits.
 *
 * `transform(row)` gives a row back with its fitted fields prepared; `transformBatch(rows)` gives
 * the numeric ones as one typed array, row by row, ready for a tensor.
 */

import { compile } from "./lib/compile.js";
import document from "./lib/transform.js";

export { DatacheckError } from "./lib/errors.js";
export const { columns, fields, output, transform, transformRows, transformBatch } =
  compile(document);
