/**
 * Reads rows, which are objects, into columns of doubles.
 *
 * Looking a key up costs more than all the arithmetic after it. Rows of one shape list their keys
 * in one order, so the order of the last row is remembered and followed while it holds.
 */

import { DatacheckError, show } from "./errors.js";
import { readNumber } from "./read.js";

/** The earliest fault of a batch: the first bad row, and its first bad field. */
export class Faults {
  row = Infinity;
  place = Infinity;
  error = undefined;

  /** @param {() => Error} make called only if this fault comes before those noted */
  note(row, place, make) {
    if (row > this.row || (row === this.row && place >= this.place)) return;
    this.row = row;
    this.place = place;
    this.error = make();
  }

  throwFirst() {
    if (this.error) throw this.error;
  }
}

/**
 * The value under a field's key.
 *
 * @returns {unknown} null for an absent key where `forgiving`, else an error
 */
export function present(field, row, position, forgiving) {
  const value = row[field.name];
  if (value !== undefined && (!field.inherited || Object.hasOwn(row, field.name))) return value;
  if (forgiving || field.optional) return null;
  throw new DatacheckError("the row has no value under this key", {
    row: position,
    column: field.name,
    todo: 'add it, null for a missing value; or pass {missingKeys: "missing"}',
  });
}

export const isRow = (row) => typeof row === "object" && row !== null;

function notARow(row, position) {
  return new DatacheckError(`a row is an object of its fields, not ${show(row)}`, {
    row: position,
    value: row,
  });
}

/**
 * @param {object[]} fields the numeric fields
 * @param {number} stride how far apart the columns lie in the cells
 * @returns {Function} reader of `count` rows from `start` on into `cells`, noting faults
 */
export function compileReader(fields, stride) {
  const placeOf = new Map(fields.map((field, place) => [field.name, place]));
  let keys = [];
  let places = [];

  function follow(row) {
    keys = [];
    for (const key in row) keys.push(key);
    places = keys.map((key) => placeOf.get(key) ?? -1);
  }

  /** Reads a row whose keys come in the remembered order; says if they did. */
  function readInOrder(row, position, cells, at, odd) {
    let next = 0;
    let found = 0;
    for (const key in row) {
      if (key !== keys[next]) return false;
      const place = places[next++];
      if (place < 0) continue;
      const value = row[key];
      if (typeof value === "number") cells[at + place * stride] = value;
      else cells[at + place * stride] = value === null ? NaN : odd(row, position, place);
      found++;
    }
    return found === fields.length;
  }

  return function read(rows, start, count, cells, { faults, forgiving, numbered }) {
    const odd = (row, position, place) => {
      const field = fields[place];
      const shown = numbered ? position : undefined;
      let given = false;
      try {
        const value = present(field, row, shown, forgiving);
        given = true;
        return readNumber(field, value, shown);
      } catch (error) {
        // A field that neighbours are sought by, and no more, refuses no row.
        if (!field.asked || !given) faults.note(position, field.place, () => error);
        return NaN;
      }
    };
    for (let i = 0; i < count; i++) {
      const position = start + i;
      const row = rows[position];
      if (!isRow(row)) {
        faults.note(position, -1, () => notARow(row, numbered ? position : undefined));
        continue;
      }
      if (readInOrder(row, position, cells, i, odd)) continue;
      for (let place = 0; place < fields.length; place++) {
        cells[i + place * stride] = odd(row, position, place);
      }
      if (i === 0) follow(row);
    }
  };
}
