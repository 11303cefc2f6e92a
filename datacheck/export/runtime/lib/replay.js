/**
 * Replays golden rows: alone, one by one, and as one batch, since both ways must give one result.
 */

/**
 * @returns {object[][]} for each way, an outcome a row: `{out}` or `{refused}`, the field's name
 */
export function outcomes({ columns, fields, transform, transformBatch }, golden) {
  const inputs = new Set(fields.filter(({ feature }) => feature).map(({ name }) => name));
  const kinds = new Map(fields.map(({ name, kind }) => [name, kind]));
  const rows = golden.rows.map(({ row }) => decodeRow(row, kinds));
  const alone = rows.map((row) => attempt(() => transform(row)));
  const accepted = rows.filter((_, at) => "out" in alone[at]);
  const batch = attempt(() => transformBatch(accepted));
  if (!("out" in batch)) return [alone, alone.map((one) => ("out" in one ? batch : one))];

  let next = 0;
  const together = alone.map((one, at) => {
    if (!("out" in one)) {
      return inputs.has(one.refused) ? attempt(() => transformBatch([rows[at]])) : one;
    }
    const start = columns.length * next++;
    return { out: withNumbers(one.out, columns, batch.out, start) };
  });
  return [alone, together];
}

/**
 * Replays the rows of the way back: a row of prepared cells at once, and a column of them at once.
 *
 * @returns {object[][]} for each way, an outcome a row
 */
export function outcomesBack({ inverse }, { columns, rows }) {
  const given = rows.map(({ row }) => decodeRow(row, new Map()));
  const byRow = given.map((row) => attempt(() => inverse(row)));
  const byColumn = given.map(() => ({ out: {} }));
  for (const name of columns) {
    const back = attempt(() => inverse(given.map((row) => row[name]), name));
    byColumn.forEach((one, at) => {
      if ("refused" in back) byColumn[at] = back;
      else if ("out" in one) define(one.out, name, back.out[at]);
    });
  }
  return [byRow, byColumn];
}

function attempt(run) {
  try {
    return { out: run() };
  } catch (error) {
    return { refused: error.column ?? null, message: String(error.message ?? error) };
  }
}

/**
 * A row with these numbers: made anew, for changing an object of hundreds of fields is slow. A whole
 * number that a row alone keeps is the nearest one that the batch holds.
 */
function withNumbers(out, columns, numbers, start) {
  const cells = new Map(Object.entries(out));
  const nearest = numbers instanceof Float32Array ? Math.fround : (x) => x;
  columns.forEach((name, j) => {
    const whole = typeof out[name] === "bigint" || Number.isInteger(out[name]);
    const kept = whole && Object.is(nearest(Number(out[name])), numbers[start + j]);
    cells.set(name, kept ? out[name] : numbers[start + j]);
  });
  return Object.fromEntries(cells);
}

function define(object, name, value) {
  if (name !== "__proto__") {
    object[name] = value;
    return;
  }
  const own = { value, writable: true, enumerable: true, configurable: true };
  Object.defineProperty(object, name, own);
}

function decodeRow(cells, kinds) {
  const row = {};
  for (const [name, cell] of Object.entries(cells)) {
    const value = decode(cell);
    define(row, name, kinds.get(name) === "number" && typeof value === "bigint" ? Number(value) : value);
  }
  return row;
}

/**
 * A cell as a JavaScript program would have it: a whole number beyond 2^53 as a BigInt, and in a
 * field that is computed with as JSON.parse reads it.
 */
function decode(cell) {
  if (typeof cell !== "object" || cell === null) return cell;
  if ("iso" in cell) return cell.iso;
  if ("int" in cell) return BigInt(cell.int);
  if ("decimal" in cell) return Number(cell.decimal);
  return { nan: NaN, inf: Infinity, "-inf": -Infinity }[cell.float];
}

/** @returns {string[]} a line for each cell or verdict that differs */
export function differences(golden, results) {
  const names = golden.outputs ?? golden.columns;
  return golden.rows.flatMap((row, at) => {
    const result = results[at];
    if ("refused" in row) {
      const ok = "refused" in result && result.refused === row.refused;
      return ok ? [] : [line(at, row.refused, "a refusal", result.out ?? result.message)];
    }
    if ("refused" in result) return [line(at, result.refused, row.out, result.message)];
    return names.flatMap((name) => {
      // A cell that is no field's own is left out where it is 0.
      const expected = Object.hasOwn(row.out, name) ? decode(row.out[name]) : 0;
      const got = result.out[name];
      const allowed = Math.max(golden.tolerance?.[name] ?? 0, (golden.ulps ?? 0) * ulp(expected));
      return same(expected, got, allowed) ? [] : [line(at, name, expected, got)];
    });
  });
}

function line(at, name, expected, got) {
  const [a, b] = [expected, got].map((value) => (Object.is(value, -0) ? "-0" : text(value)));
  return `row ${at}, field ${JSON.stringify(name)}: expected ${a}, got ${b}`;
}

const isNumber = (value) => typeof value === "number" || typeof value === "bigint";
const text = (value) => (isNumber(value) ? String(value) : JSON.stringify(value));

function same(expected, got, tolerance) {
  const missing = (value) => value === null || Number.isNaN(value);
  if (missing(expected) || missing(got)) return missing(expected) && missing(got);
  if (Object.is(expected, got)) return true;
  return tolerance > 0 && Math.abs(expected - got) <= tolerance;
}

/** From a number to the next one away from 0: what its last place is worth. */
function ulp(x) {
  if (typeof x !== "number" || x - x !== 0) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  view.setBigUint64(0, bits + 1n);
  return view.getFloat64(0) - Math.abs(x);
}

/**
 * An outcome as JSON holds it: what is missing as null, and a number that JSON does not hold by the
 * digits of its bits. Ways that give alike are printed alike.
 */
export function printable(results) {
  return results.map(({ out, refused }) => {
    if (!out) return { refused };
    if (Object.values(out).every((value) => Object.is(bits(value), value))) return { out };
    return { out: Object.fromEntries(Object.entries(out).map(([name, x]) => [name, bits(x)])) };
  });
}

function bits(value) {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value !== "number" || (value - value === 0 && !Object.is(value, -0))) return value;
  if (value !== value) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return { bits: view.getBigUint64(0).toString(16).padStart(16, "0") };
}
