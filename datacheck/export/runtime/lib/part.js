/** The part of a transform that prepares some fields alone, in their order. */

import { DatacheckError, show } from "./errors.js";

/**
 * @param {object} document what `transform.json` holds
 * @param {string[]} names of fields
 * @returns {object} such a document; fields that neighbours are sought by are `asked` alone
 */
export function partDocument(document, names) {
  const byName = new Map(document.columns.map((column) => [column.name, column]));
  if (!Array.isArray(names)) {
    throw new DatacheckError(`columns is a list of fields, not ${show(names)}`);
  }
  names.forEach((name, at) => {
    if (byName.has(name) && names.indexOf(name) === at) return;
    throw new DatacheckError(byName.has(name) ? "the field is named twice" : "no such field was fitted", {
      column: name,
      todo: `give some of ${[...byName.keys()].map((each) => JSON.stringify(each)).join(", ")}`,
    });
  });
  const columns = names.map((name) => byName.get(name));
  const filled = columns.some(({ ops }) => ops.some(({ op }) => op === "knn_fill"));
  const features = filled ? document.donors.features.filter((name) => !names.includes(name)) : [];
  const asked = features.map((name) => ({ ...byName.get(name), asked: true }));
  return { ...document, columns: [...columns, ...asked], donors: filled ? document.donors : null };
}
