/**
 * The one error of the exported transform. A value that cannot be used is refused with its field
 * and its row, because JavaScript's own conversions turn most such values into 0 or NaN in silence.
 */

export class DatacheckError extends Error {
  /**
   * @param {string} what the problem, as one sentence
   * @param {{row?: number, column?: string, value?: unknown, todo?: string}} where
   */
  constructor(what, { row, column, value, todo } = {}) {
    const place = [
      column === undefined ? "" : `field ${JSON.stringify(column)}`,
      row === undefined ? "" : `row ${row}`,
    ].filter(Boolean);
    const head = place.length ? `${place.join(", ")}: ${what}` : what;
    super(todo ? `${head}\n  to do: ${todo}` : head);
    this.name = "DatacheckError";
    this.row = row;
    this.column = column;
    this.value = value;
  }
}

/** A short text for any value, for messages; never throws. */
export function show(value) {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return "a Date";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  return Object.is(value, -0) ? "-0" : String(value);
}
