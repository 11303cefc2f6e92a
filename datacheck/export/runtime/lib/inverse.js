/**
 * The way back: what a model predicts, in the unit of the field that it was trained on, and an
 * ordinal code as its category.
 */

import { DatacheckError, show } from "./errors.js";
import { declared } from "./read.js";

/** @returns {Function | undefined} from the code of an ordinal encoding to its category, or null */
export function categoryOf(ops) {
  const encode = ops.find(({ op }) => op === "encode");
  if (!encode || ops.some(({ op }) => op === "one_hot")) return undefined;
  const named = new Map();
  encode.codes.forEach((code, at) => {
    if (code >= 0 && !named.has(code)) named.set(code, declared(encode.categories[at]));
  });
  return (code) => named.get(code) ?? null;
}

const isList = (cells) =>
  typeof cells === "object" && cells !== null && ("length" in cells || Symbol.iterator in cells);

/** @returns {Function} `inverse(cells)` or `inverse(numbers, name)` */
export function compileInverse(fields) {
  const byName = new Map(fields.filter(({ back }) => back).map((field) => [field.name, field]));

  function of(name) {
    const field = byName.get(name);
    if (field) return field;
    throw new DatacheckError("no field of this name was fitted that could come back", {
      column: name,
      todo: `give one of ${[...byName.keys()].map((each) => JSON.stringify(each)).join(", ")}`,
    });
  }

  /** A cell that a model gave: what is missing stays so, and text is no number. */
  function brought({ name, back }, cell) {
    if (typeof cell === "number") return back(cell);
    if (cell === null) return null;
    if (typeof cell === "bigint") return back(Number(cell));
    throw new DatacheckError(`a prepared number is wanted, not ${show(cell)}`, {
      column: name,
      value: cell,
      todo: "give what the transform or the model gave",
    });
  }

  return function inverse(cells, name) {
    if (name !== undefined) {
      const field = of(name);
      if (!isList(cells)) return brought(field, cells);
      if (field.kind !== "number") return Array.from(cells, (cell) => brought(field, cell));
      return Float64Array.from(cells, (cell) => brought(field, cell) ?? NaN);
    }
    const out = { ...cells };
    const known = Object.keys(out).filter((key) => byName.has(key));
    if (known.length === 0) of(Object.keys(out)[0]);
    for (const key of known) out[key] = brought(byName.get(key), out[key]);
    return out;
  };
}
