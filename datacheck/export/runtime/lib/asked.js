/** `diagnose`, as a page asks it: rows as they come, through the transform, to a report. */

import { diagnoseMatrix } from "./diagnose.js";
import { DatacheckError } from "./errors.js";
import { featuresIn } from "./tensor.js";
import { answers, layout } from "./watch.js";
import { plain, reportOf } from "./wording.js";

/** So many rows that the transform refuses are named one by one. */
const REFUSED = 20;

/** @param {{columns: string[], transformBatch: Function, featuresOf?: Function}} prepared */
export function makeDiagnose(prepared) {
  const { transformBatch } = prepared;
  /**
   * Which row, column and step make a model predict NaN.
   *
   * @param {object} tf the caller's own TensorFlow.js
   * @param {object} model a layers model or a graph model
   * @param {object[] | number[][] | object} rows objects, as `transform` takes them; or what the
   *   model itself takes, as rows of numbers or a tensor
   */
  return async function diagnose(tf, model, rows, options) {
    const columns = featuresIn(prepared, options);
    if (typeof rows?.array === "function") return diagnosed(tf, model, await rows.array(), columns);
    if (Array.isArray(rows[0])) return diagnosed(tf, model, rows, columns);
    const { cells, refused } = passed(rows, columns, transformBatch, options);
    const raw = (row, column) => rows[row][columns[column]];
    const feed = { name: "rows", columns, cells, raw };
    const report = await diagnoseMatrix(tf, model, feed);
    const findings = [...refused, ...report.findings];
    return reportOf(findings.length ? findings : await fedRaw(tf, model, feed, rows), feed);
  };
}

function diagnosed(tf, model, cells, columns) {
  const width = cells[0]?.length ?? 0;
  const names = width === columns.length ? columns : cells[0].map((_, at) => `x[${at}]`);
  const raw = (row, column) => cells[row][column];
  return diagnoseMatrix(tf, model, { name: "rows", columns: names, cells, raw });
}

/** What the transform makes of the rows; what it refuses is a finding, and goes on as missing. */
function passed(rows, columns, transformBatch, options) {
  let given = rows;
  const refused = [];
  for (;;) {
    try {
      const flat = transformBatch(given, options);
      const width = columns.length;
      const cells = given.map((_, row) => [...flat.slice(row * width, (row + 1) * width)]);
      return { cells, refused };
    } catch (error) {
      const named = error instanceof DatacheckError && error.row !== undefined && error.column;
      if (!named || refused.length >= REFUSED) throw error;
      refused.push(refusal(error));
      given = given.map((row, at) => (at === error.row ? { ...row, [error.column]: null } : row));
    }
  }
}

const refusal = (error) => ({
  code: "nan.input",
  severity: "error",
  column: error.column,
  count: 1,
  rows: [error.row],
  values: [plain(error.value)],
  evidence: { cause: "infinite", columns: [error.column], columns_found_by: "input" },
  message: `the transform refuses this cell: ${error.message.split("\n")[0]}`,
  remedy: "Mend the cell, or declare what it means (missing_values, infinite), and fit again.",
  fix: null,
  accepted: null,
});

/** As people feed a model without a transform: `parseFloat` for text, NaN for what is not there. */
function unprepared(value) {
  if (typeof value === "number") return value;
  return typeof value === "string" ? parseFloat(value) : NaN;
}

/** Whether the model would answer with NaN if the transform were forgotten. */
async function fedRaw(tf, model, feed, rows) {
  const cells = rows.map((row) => feed.columns.map((name) => unprepared(row[name])));
  const ends = await answers(tf, model, layout(model, feed.columns), cells);
  const bad = rows.flatMap((_, row) => {
    const fails = ends.some(({ data }) => {
      const width = data.length / rows.length;
      return data.slice(row * width, (row + 1) * width).some((x) => x - x !== 0);
    });
    return fails ? [row] : [];
  });
  if (!bad.length) return [];
  const names = feed.columns.filter((_, at) => bad.some((row) => !Number.isFinite(cells[row][at])));
  const shown = names.map((name) => `\`${name}\``).join(", ");
  const single = names.length === 1 ? names[0] : null;
  return [
    {
      code: "nan.input",
      severity: "warning",
      column: single,
      count: bad.length,
      rows: bad.slice(0, REFUSED),
      values: single === null ? [] : bad.slice(0, REFUSED).map((row) => plain(rows[row][single])),
      evidence: { cause: "raw", columns: names, columns_found_by: "input", prepared: "finite" },
      message: `the transform makes ${shown} of row ${bad[0]} finite, but fed the raw rows the model answers with NaN`,
      remedy: "Feed the model with predict or toTensor of this module, never with the raw rows.",
      fix: null,
      accepted: null,
    },
  ];
}
