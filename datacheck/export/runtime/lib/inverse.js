/**
 * The way back: what a model predicts, in the unit of the field that it was trained on, and an
 * ordinal code as its category.
 */

import { DatacheckError } from "./errors.js";

/** @returns {Function | undefined} from the code of an ordinal encoding to its category, or null */
export function categoryOf(ops) {
  const encode = ops.find(({ op }) => op === "encode");
  if (!encode || ops.some(({ op }) => op === "one_hot")) return undefined;
  const named = new Map();
  encode.codes.forEach((code, at) => {
    if (code >= 0 && !named.has(code)) named.set(code, encode.categories[at]);
  });
  return (code) => named.get(code) ?? null;
}

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

  return function inverse(cells, name) {
    if (name !== undefined) {
      const { kind, back } = of(name);
      if (typeof cells === "number") return back(cells);
      return kind === "number" ? Float64Array.from(cells, back) : Array.from(cells, back);
    }
    const out = { ...cells };
    const known = Object.keys(out).filter((key) => byName.has(key));
    if (known.length === 0) of(Object.keys(out)[0]);
    for (const key of known) if (typeof out[key] === "number") out[key] = of(key).back(out[key]);
    return out;
  };
}
