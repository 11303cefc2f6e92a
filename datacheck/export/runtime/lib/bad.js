/** Which rows of a value are bad, wherever its rows stand, and what a step was given there. */

const isBad = (x) => x - x !== 0;
const PLACES = 16;

/** By flat index, the row of a cell; undefined where no axis is the rows'. */
export function rowOf(given, rows) {
  const shape = given.slice(leadingOnes(given, rows));
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (shape[0] === rows) return (at) => Math.floor(at / (size / rows));
  if (shape.length > 1 && shape[1] === rows) {
    const inner = size / shape[0] / rows;
    return (at) => Math.floor(at / inner) % rows;
  }
  if (shape.length > 1 && rows > 1 && shape[0] > 0 && shape[0] % rows === 0) {
    return (at) => Math.floor(at / (size / rows));
  }
  return undefined;
}

/** Axes of length 1 before the rows', as TensorFlow.js's batch normalisation puts them. */
function leadingOnes(shape, rows) {
  if (rows === 1) return 0;
  const first = shape.findIndex((axis) => axis !== 1);
  return first < 0 ? 0 : first;
}

/** @returns {{nan: Uint8Array, inf: Uint8Array, batched: boolean} | null} null where all is finite */
export function badRows({ data, shape }, rows) {
  if (!(data instanceof Float32Array) || !data.some(isBad)) return null;
  const nan = new Uint8Array(rows);
  const inf = new Uint8Array(rows);
  const row = rowOf(shape, rows);
  for (let at = 0; at < data.length; at++) {
    if (!isBad(data[at])) continue;
    const flags = data[at] !== data[at] ? nan : inf;
    if (row) flags[row(at)] = 1;
    else flags.fill(1);
  }
  return { nan, inf, batched: row !== undefined };
}

/** The value of an operand at a cell of the output, where it stretches to it. */
export function operandAt({ data, shape }, out, at) {
  if (data.length === 1) return Number(data[0]);
  if (shape.length > out.length) return undefined;
  let index = 0;
  let step = 1;
  let rest = at;
  for (let axis = 1; axis <= out.length; axis++) {
    const size = out[out.length - axis];
    const place = rest % size;
    rest = Math.floor(rest / size);
    if (axis > shape.length) continue;
    const own = shape[shape.length - axis];
    if (own !== size && own !== 1) return undefined;
    if (own !== 1) index += place * step;
    step *= own;
  }
  return Number(data[index]);
}

function largestOf({ data, shape }, row, rows) {
  const of = rowOf(shape, rows);
  let largest = -Infinity;
  let masked = true;
  for (let at = 0; at < data.length; at++) {
    if (of && of(at) !== row) continue;
    if (data[at] !== -Infinity) masked = false;
    if (data[at] === Infinity) return Infinity;
    const size = Math.abs(data[at]);
    if (size < Infinity && size > largest) largest = size;
  }
  return masked ? -Infinity : largest === -Infinity ? Infinity : largest;
}

/** Notes, for each fresh row, what the step was given at its first bad cell, and its bad places. */
export function noteCells(origin, fresh, output, inputs, rows) {
  const row = rowOf(output.shape, rows);
  const width = row ? output.data.length / rows : output.data.length;
  origin.width = width;
  const seen = new Map();
  for (let at = 0; at < output.data.length; at++) {
    if (!isBad(output.data[at])) continue;
    const own = row ? row(at) : 0;
    if (!fresh[own]) continue;
    if (!seen.has(own)) seen.set(own, []);
    seen.get(own).push(at);
  }
  const variance = inputs.find((input) => input.key === "variance")?.value;
  for (const [own, cells] of seen) {
    origin.places.set(own, cells.slice(0, PLACES).map((at) => at % width));
    const given = { result: output.data[cells[0]], largest: -Infinity };
    inputs.forEach(({ value }, nth) => {
      if (!value) return;
      const operand = operandAt(value, output.shape, cells[0]);
      if (operand !== undefined) given["abcdefgh"[nth]] = operand;
      if (value.data instanceof Float32Array) {
        given.largest = Math.max(given.largest, largestOf(value, own, rows));
      }
    });
    if (variance) {
      given.channel = cells[0] % variance.data.length;
      given.variance = variance.data[given.channel];
    }
    origin.operands.set(own, given);
  }
}

/** By operand, whether a step takes a cell of it: a select takes what its condition says. */
export function takes(kind, inputs, nth, at) {
  if (kind !== "mask" || inputs.length !== 3 || nth === 0) return true;
  const condition = inputs[0].value?.data;
  if (!condition || condition instanceof Float32Array || at >= condition.length) return true;
  return nth === 1 ? Boolean(condition[at]) : !condition[at];
}
