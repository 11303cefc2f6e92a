/**
 * The way back: what a model predicts, in the unit of the field that it was trained on.
 */

import { DatacheckError } from "./errors.js";

/** @returns {Function} `inverse(cells)` or `inverse(numbers, name)` */
export function compileInverse(fields) {
  const backOf = new Map(
    fields.filter(({ kind }) => kind === "number").map(({ name, back }) => [name, back]),
  );

  function of(name) {
    const back = backOf.get(name);
    if (back) return back;
    throw new DatacheckError("no numeric field of this name was fitted", {
      column: name,
      todo: `give one of ${[...backOf.keys()].map((each) => JSON.stringify(each)).join(", ")}`,
    });
  }

  return function inverse(cells, name) {
    if (name !== undefined) {
      return typeof cells === "number" ? of(name)(cells) : Float64Array.from(cells, of(name));
    }
    const out = { ...cells };
    const known = Object.keys(out).filter((key) => backOf.has(key));
    if (known.length === 0) of(Object.keys(out)[0]);
    for (const key of known) if (typeof out[key] === "number") out[key] = of(key)(out[key]);
    return out;
  };
}
