/**
 * Turns a transform, which is data, into functions. No code is generated, so a page with a strict
 * Content-Security-Policy can use it.
 */

import { DatacheckError, show } from "./errors.js";
import { categoryOf, compileInverse } from "./inverse.js";
import { compileNeighbours } from "./neighbours.js";
import { compileOther } from "./other.js";
import { partDocument } from "./part.js";
import { compileNumber } from "./program.js";
import { readOther, refusal } from "./read.js";
import { compileReader, Faults, isRow, present } from "./rows.js";

const FORMAT = "datacheck.javascript";
const VERSION = 1;

/** Rows that are worked on at once: their cells should stay in a processor's nearest cache. */
const CHUNK = 128;

/**
 * @param {object} document what `transform.json` holds
 * @returns {object} `columns`, `fields`, `output`, `transform`, `transformRows`, `transformBatch`,
 *   `featuresOf`, `inverse`
 */
export function compile(document) {
  checkVersion(document);
  const whole = compilePart(document);
  const parts = new Map();
  let last = { names: [], part: undefined };

  /** The part that works on the fields named in the options alone; the whole where none are. */
  function partOf(options) {
    const names = options?.columns;
    if (names === undefined) return whole;
    // A service asks for the same fields row after row: no key is made of them each time.
    if (last.part && isSame(names, last.names)) return last.part;
    const key = JSON.stringify(names);
    if (!parts.has(key)) parts.set(key, compilePart(partDocument(document, names), names));
    last = { names: [...names], part: parts.get(key) };
    return last.part;
  }

  return {
    ...whole.about,
    transform: (row, options) => partOf(options).transform(row, options),
    transformRows: (rows, options) => partOf(options).transformRows(rows, options),
    transformBatch: (rows, options) => partOf(options).transformBatch(rows, options),
    featuresOf: (columns) => partOf({ columns }).about.columns,
    inverse: compileInverse(whole.all),
  };
}

function isSame(names, others) {
  return names?.length === others.length && others.every((name, at) => name === names[at]);
}

/**
 * @param {object} document
 * @param {string[] | undefined} alone the fields that leave, where not all that the row has
 */
function compilePart(document, alone) {
  const fields = document.columns.map(compileField);
  const byName = new Map(fields.map((field) => [field.name, field]));
  const made = new Set(fields.flatMap(({ outputs }) => outputs).filter((name) => !byName.has(name)));
  // A target is never an input of the model, and may be absent: it is worked on by itself.
  const served = fields.filter((field) => field.role !== "target");
  const targets = fields.filter((field) => field.role === "target");
  const needed = (row, field) => alone !== undefined || has(row, field);
  const numeric = served.filter((field) => field.kind === "number");
  const others = served.filter((field) => field.kind !== "number");
  const spreads = fields.some((field) => field.optional || field.role === "target" || field.many);
  const { cells, calculate } = compileCalculation(numeric, document.donors);
  const columns = placeFeatures(served);
  const width = columns.length;
  const encoded = others.filter((field) => field.at !== undefined);
  const Batch = document.output === "float32" ? Float32Array : Float64Array;

  function transformBatch(rows, options) {
    const settings = readOptions(options, true);
    const out = new Batch(checkList(rows).length * width);
    for (let start = 0; start < rows.length; start += CHUNK) {
      const count = Math.min(CHUNK, rows.length - start);
      for (let i = 0; i < count && encoded.length; i++) {
        const row = rows[start + i];
        for (const field of isRow(row) ? encoded : []) {
          const made = runOther(field, row, start + i, settings) ?? [];
          const to = (start + i) * width + field.at;
          for (let j = 0; j < field.given; j++) out[to + j] = Number(made[field.first + j] ?? NaN);
        }
      }
      calculate(rows, start, count, settings);
      for (let column = 0; column < numeric.length; column++) {
        const { at, flags } = numeric[column];
        if (at === undefined) continue;
        for (let i = 0, to = start * width + at; i < count; i++, to += width) {
          out[to] = cells[column * CHUNK + i];
          if (flags) out[to + 1] = flags[i];
        }
      }
    }
    return out;
  }

  /** Some rows, at most a chunk, as objects: undeclared fields stay as they were. */
  function objects(rows, start, count, settings) {
    const all = [];
    for (let i = 0; i < count; i++) {
      const row = rows[start + i];
      const cellsOf = new Map();
      for (const field of isRow(row) ? others : []) {
        cellsOf.set(field, runOther(field, row, start + i, settings));
      }
      for (const field of isRow(row) ? targets : []) {
        if (needed(row, field)) cellsOf.set(field, runTarget(field, row, start + i, settings));
      }
      all.push(cellsOf);
    }
    calculate(rows, start, count, settings);
    for (let column = 0; column < numeric.length; column++) {
      const field = numeric[column];
      for (let i = 0; i < count; i++) {
        const x = cells[column * CHUNK + i];
        all[i].set(field, field.flags ? [x === x ? x : null, field.flags[i]] : [x === x ? x : null]);
      }
    }
    const leave = alone ? picked : spreads ? spread : inPlace;
    return all.map((cellsOf, i) => leave(rows[start + i], cellsOf, settings.numbered ? start + i : undefined));
  }

  /** What the fields give that were asked for, in their order. */
  function picked(row, cellsOf) {
    const out = {};
    for (const name of alone) give(out, byName.get(name), cellsOf.get(byName.get(name)));
    return out;
  }

  function inPlace(row, cellsOf) {
    const out = { ...row };
    for (const [field, [cell]] of cellsOf) put(out, field.name, cell);
    return out;
  }

  /** What a field gives stands where it stood; one that was absent, after the field before it. */
  function spread(row, cellsOf, position) {
    const out = {};
    const absent = absentAfter(row, cellsOf);
    const follow = (field) => absent.get(field)?.forEach((each) => give(out, each, cellsOf.get(each)));
    follow(undefined);
    for (const key of Object.keys(row)) {
      const field = byName.get(key);
      if (made.has(key)) throw collision(key, position);
      if (field === undefined || !cellsOf.has(field)) put(out, key, row[key]);
      else give(out, field, cellsOf.get(field));
      if (field !== undefined) follow(field);
    }
    return out;
  }

  /** By field of the row (undefined: before all), those that it lacks and that followed it. */
  function absentAfter(row, cellsOf) {
    const absent = new Map();
    let last;
    for (const field of fields) {
      if (Object.hasOwn(row, field.name)) last = field;
      else if (cellsOf.has(field)) absent.set(last, [...(absent.get(last) ?? []), field]);
    }
    return absent;
  }

  function transformRows(rows, options) {
    const settings = readOptions(options, true);
    const out = [];
    for (let start = 0; start < checkList(rows).length; start += CHUNK) {
      out.push(...objects(rows, start, Math.min(CHUNK, rows.length - start), settings));
    }
    return out;
  }

  const about = {
    columns: Object.freeze(columns),
    fields: Object.freeze(
      fields.map(({ name, kind, role = "feature", at }) =>
        Object.freeze({ name, kind, role, feature: at !== undefined }),
      ),
    ),
    output: document.output,
  };
  const transform = (row, options) => objects([row], 0, 1, readOptions(options, false))[0];
  return { about, all: fields, transform, transformRows, transformBatch };
}

const has = (row, field) =>
  row[field.name] !== undefined && (!field.inherited || Object.hasOwn(row, field.name));

/** Gives each field its place among the features, and their names. */
function placeFeatures(fields) {
  const columns = [];
  for (const field of fields.filter(({ role = "feature", asked }) => role === "feature" && !asked)) {
    const numbers = field.kind === "number" || field.kind === "integer" || field.encoded;
    field.first = numbers ? 0 : 1; // text that is not encoded may still say that it was missing
    const names = field.outputs.slice(field.first);
    if (names.length === 0) continue;
    field.at = columns.length;
    field.given = names.length;
    columns.push(...names);
  }
  return columns;
}

function collision(key, row) {
  return new DatacheckError("the row has a value under a name that the transform gives its own", {
    row,
    column: key,
    todo: "rename it, or leave it out: it was not there when the transform was fitted",
  });
}

function give(out, field, made) {
  if (made !== undefined) field.outputs.forEach((name, j) => put(out, name, made[j]));
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
  const { name, kind, ops } = column;
  const hot = ops.find(({ op }) => op === "one_hot");
  const indicator = ops.find(({ op }) => op === "indicator");
  const field = {
    name,
    kind,
    place,
    role: column.role,
    optional: column.required === false,
    inherited: name in Object.prototype,
    outputs: [...(hot?.names ?? [name]), ...(indicator ? [indicator.name] : [])],
    encoded: ops.some(({ op }) => op === "encode"),
    many: Boolean(hot ?? indicator),
    asked: column.asked,
    zoned: column.dtype.includes("time_zone='"),
  };
  if (kind !== "number") return { ...field, steps: compileOther(column), back: categoryOf(ops) };
  const made = { ...field, ...compileNumber(column, CHUNK) };
  if (column.asked) made.steps = []; // neighbours are sought by it, and it leaves nothing
  if (column.role === "target") made.alone = compileCalculation([made], null);
  return made;
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

/**
 * A field that is not computed with.
 *
 * @returns {any[] | undefined} its cells, in the order of its outputs; nothing for a refused one
 */
function runOther(field, row, position, { faults, forgiving, numbered }) {
  try {
    const given = present(field, row, numbered ? position : undefined, forgiving);
    const form = readOther(field, given, numbered ? position : undefined);
    const state = { form, cell: form === null ? null : given, hot: undefined, beside: [] };
    for (const step of field.steps) {
      const why = step(state);
      if (why) throw refusal(field, given, numbered ? position : undefined, why);
    }
    return [...(state.hot ?? [state.cell]), ...state.beside];
  } catch (error) {
    faults.note(position, field.place, () => error);
    return undefined;
  }
}

function runTarget(field, row, position, settings) {
  if (field.kind !== "number") return runOther(field, row, position, settings);
  const own = { ...settings, faults: new Faults() };
  try {
    field.alone.calculate([row], 0, 1, own);
  } catch (error) {
    if (settings.numbered) error.row = position;
    settings.faults.note(position, field.place, () => error);
  }
  const x = field.alone.cells[0];
  return [x === x ? x : null];
}

function put(out, name, value) {
  if (!(name in Object.prototype)) {
    out[name] = value;
    return;
  }
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(out, name, own); // plain assignment to __proto__ is lost
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
