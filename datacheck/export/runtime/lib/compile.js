/**
 * Turns a transform, which is data, into functions. No code is generated, so a page with a strict
 * Content-Security-Policy can use it.
 */

import { DatacheckError, show } from "./errors.js";
import { compileNeighbours } from "./neighbours.js";
import { compileNumber, refusesMissing, UNFILLED } from "./program.js";
import { instant, readOther, refusal } from "./read.js";
import { compileReader, Faults, isRow, present } from "./rows.js";

const FORMAT = "datacheck.javascript";
const VERSION = 1;

/** Rows that are worked on at once: their cells should stay in a processor's nearest cache. */
const CHUNK = 128;

/**
 * @param {object} document what `transform.json` holds
 * @returns {object} `columns`, `fields`, `output`, `transform`, `transformRows`, `transformBatch`
 */
export function compile(document) {
  checkVersion(document);
  const fields = document.columns.map(compileField);
  const numeric = fields.filter((field) => field.kind === "number");
  const others = fields.filter((field) => field.kind !== "number");
  const { cells, calculate } = compileCalculation(numeric, document.donors);
  const width = numeric.length;
  const Batch = document.output === "float32" ? Float32Array : Float64Array;

  function transformBatch(rows, options) {
    const settings = readOptions(options, true);
    const out = new Batch(checkList(rows).length * width);
    for (let start = 0; start < rows.length; start += CHUNK) {
      const count = Math.min(CHUNK, rows.length - start);
      calculate(rows, start, count, settings);
      for (let i = 0, to = start * width; i < count; i++) {
        for (let column = 0; column < width; column++) out[to++] = cells[column * CHUNK + i];
      }
    }
    return out;
  }

  /** Some rows, at most a chunk, as objects: undeclared fields stay as they were. */
  function objects(rows, start, count, settings) {
    const out = [];
    for (let i = 0; i < count; i++) {
      const row = rows[start + i];
      const copy = { ...row };
      for (const field of isRow(row) ? others : []) runOther(field, row, start + i, copy, settings);
      out.push(copy);
    }
    calculate(rows, start, count, settings);
    for (let column = 0; column < width; column++) {
      for (let i = 0; i < count; i++) {
        const x = cells[column * CHUNK + i];
        put(out[i], numeric[column], x === x ? x : null);
      }
    }
    return out;
  }

  function transformRows(rows, options) {
    const settings = readOptions(options, true);
    const out = [];
    for (let start = 0; start < checkList(rows).length; start += CHUNK) {
      out.push(...objects(rows, start, Math.min(CHUNK, rows.length - start), settings));
    }
    return out;
  }

  return {
    columns: Object.freeze(numeric.map((field) => field.name)),
    fields: Object.freeze(fields.map(({ name, kind }) => Object.freeze({ name, kind }))),
    output: document.output,
    transform: (row, options) => objects([row], 0, 1, readOptions(options, false))[0],
    transformRows,
    transformBatch,
  };
}

function checkVersion(document) {
  if (document?.format === FORMAT && document.version === VERSION) return;
  throw new DatacheckError(
    `this is no transform of format ${FORMAT} ${VERSION}, but ` +
      `${document?.format} ${document?.version}`,
    { todo: "export the transform again, or use the runtime that was exported with it" },
  );
}

function compileField(column, place) {
  const { name, kind } = column;
  const field = { name, kind, place, inherited: name in Object.prototype };
  if (kind === "number") return { ...field, ...compileNumber(column) };
  const known = column.ops.find((op) => op.op === "missing")?.values ?? [];
  return {
    ...field,
    zoned: column.dtype.includes("time_zone='"),
    missing: new Set(kind === "datetime" ? known.map(instant) : known),
    fill: column.ops.find((op) => op.op === "fill"),
    whole: refusesMissing(column),
  };
}

/**
 * @returns {{cells: Float64Array, calculate: Function}} the finished cells of a chunk, column by
 *   column, and the function that calculates them; it raises the earliest fault so far
 */
function compileCalculation(numeric, donors) {
  const read = compileReader(numeric, CHUNK);
  const cells = new Float64Array(numeric.length * CHUNK);
  const entered = donors ? new Float64Array(cells.length) : cells; // neighbours ask what entered
  const neighbours = compileNeighbours(donors, numeric, entered, CHUNK);

  function calculate(rows, start, count, settings) {
    read(rows, start, count, entered, settings);
    for (let column = 0; column < numeric.length; column++) {
      const from = column * CHUNK;
      const to = from + count;
      if (donors) for (let at = from; at < to; at++) cells[at] = entered[at];
      const { steps } = numeric[column];
      for (let s = 0; s < steps.length; s++) {
        const bad = steps[s].run(cells, from, to, neighbours);
        if (bad >= 0) {
          noteRefusal(numeric[column], rows, start + bad - from, steps[s].why, settings);
        }
      }
    }
    settings.faults.throwFirst();
  }
  return { cells, calculate };
}

function noteRefusal(field, rows, position, why, { faults, numbered }) {
  faults.note(position, field.place, () =>
    refusal(field, rows[position][field.name], numbered ? position : undefined, why),
  );
}

/** A field that is not computed with: declared values become missing, missing is filled. */
function runOther(field, row, position, out, { faults, forgiving, numbered }) {
  try {
    const given = present(field, row, numbered ? position : undefined, forgiving);
    const form = readOther(field, given, numbered ? position : undefined);
    let cell = form === null || field.missing.has(form) ? null : given;
    if (cell === null && field.fill) cell = field.fill.value;
    if (cell === null && field.whole) {
      throw refusal(field, given, numbered ? position : undefined, UNFILLED);
    }
    put(out, field, cell);
  } catch (error) {
    faults.note(position, field.place, () => error);
  }
}

function put(out, field, value) {
  if (!field.inherited) {
    out[field.name] = value;
    return;
  }
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(out, field.name, own); // plain assignment to __proto__ is lost
}

function checkList(rows) {
  if (Array.isArray(rows)) return rows;
  throw new DatacheckError(`rows are an array of objects, not ${show(rows)}`, {
    value: rows,
    todo: "wrap a single row: [row]",
  });
}

function readOptions(options, numbered) {
  const policy = options?.missingKeys ?? "error";
  if (policy !== "missing" && policy !== "error") {
    throw new DatacheckError(`missingKeys is "error" or "missing", not ${show(policy)}`);
  }
  return { forgiving: policy === "missing", numbered, faults: new Faults() };
}
