/**
 * Reads one cell of a row: a double (NaN where it is missing), or an error that names it.
 *
 * JavaScript would rather convert: Number(null) is 0, Number("") is 0, Number(true) is 1 and
 * Number(new Date()) is an epoch. Only what the fitted column can hold gets through here.
 */

import { DatacheckError, show } from "./errors.js";

/** A decimal numeral, or a word for NaN or infinity, with ASCII white space around it. */
const NUMERAL =
  /^[ \t\n\r\f\v]*(?:([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([+-]?)inf(?:inity)?|nan)[ \t\n\r\f\v]*$/i;

/** Text of nothing but ASCII white space is an empty cell. */
const BLANK = /^[ \t\n\r\f\v]*$/;

const EXACT = 9007199254740992n; // 2^53: beyond it a BigInt may not be a double
const HALF = 2n ** 63n; // signed integers of 64 bits end before it

const REPAIR = "repair the row, or declare in the schema what such a value means";

/**
 * The cell of a numeric field, where it is not plainly a number.
 *
 * @param {{name: string, texts: Set<string>, readsText: boolean}} field
 * @param {unknown} value
 * @param {number | undefined} row its position in a batch
 * @returns {number} NaN where it is missing
 */
export function readNumber(field, value, row) {
  if (typeof value === "number") return value;
  if (value === null) return NaN;
  if (typeof value === "string") return readText(field, value, row);
  if (typeof value === "boolean" && field.readsText) return value ? 1 : 0;
  if (typeof value === "bigint") {
    if (value <= EXACT && value >= -EXACT) return Number(value);
    throw refusal(field, value, row, "is a BigInt beyond 2^53, which no double holds for certain");
  }
  throw refusal(field, value, row, "is not a number");
}

function readText(field, value, row) {
  if (field.texts.has(value)) return NaN;
  if (!field.readsText) {
    throw refusal(field, value, row, "is text, the field was fitted on numbers");
  }
  if (field.spelt) {
    const spelt = field.spelt(value);
    if (spelt === undefined) throw refusal(field, value, row, "is text that is not a number");
    return spelt;
  }
  if (BLANK.test(value)) return NaN;
  const match = NUMERAL.exec(value);
  if (!match) throw refusal(field, value, row, "is text that is not a number");
  if (match[1] !== undefined) return Number(match[1]);
  if (match[2] !== undefined) return match[2] === "-" ? -Infinity : Infinity;
  return NaN;
}

const FRACTION = String.raw`(?:\.(\d{1,9}))?`;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = new RegExp(String.raw`^(\d{2}:\d{2})(?::(\d{2})${FRACTION})?$`);
const DATETIME = new RegExp(
  String.raw`^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})${FRACTION})?(Z|[+-]\d{2}:\d{2})?$`,
);

/**
 * The cell of a field that is not numeric, in the form that declared missing values have.
 *
 * @param {{name: string, kind: string}} field
 * @returns {string | boolean | number | bigint | null} null where it is missing
 */
export function readOther(field, value, row) {
  if (value === null || Number.isNaN(value)) return null;
  const form = FORMS[field.kind](value);
  if (form === undefined) {
    throw refusal(field, value, row, `is not ${EXPECTED[field.kind]}`);
  }
  if (typeof form === "bigint" && (form >= HALF || form < -HALF)) {
    throw refusal(field, value, row, "is beyond the 64 bits of a signed integer");
  }
  if (field.kind !== "datetime") return form;
  const zoned = OFFSET.test(form);
  if (zoned === field.zoned) return instant(form);
  throw refusal(field, value, row, zoned ? "has a time zone" : "has no offset from UTC");
}

const OFFSET = /[+-]\d{2}:\d{2}$/;

/** A whole number in the form that it is compared in: a BigInt where no double is sure to hold it. */
function whole(value) {
  if (typeof value !== "bigint" && !Number.isInteger(value)) return undefined;
  return value <= EXACT && value >= -EXACT ? Number(value) : BigInt(value);
}

/** A declared value; JSON holds whole numbers beyond 2^53 as their digits. */
export const declared = (value) => (value?.int === undefined ? value : BigInt(value.int));

/** A moment with an offset as its instant, so that two zones' words for it are one. */
export function instant(form) {
  if (typeof form !== "string" || !OFFSET.test(form)) return form;
  const [, seconds, fraction = "", offset] = /^(.{19})(\.\d{6})?(.{6})$/.exec(form) ?? [];
  const utc = Date.parse(`${seconds}${offset}`);
  return Number.isNaN(utc) ? form : `${utc}${fraction}`;
}

const FORMS = {
  text: (value) => (typeof value === "string" ? value : undefined),
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  integer: whole,
  duration: whole,
  date: (value) => (typeof value === "string" && DATE.test(value) ? value : undefined),
  time(value) {
    const match = typeof value === "string" && TIME.exec(value);
    return match ? clock(match[1], match[2], match[3]) : undefined;
  },
  datetime(value) {
    const match = typeof value === "string" && DATETIME.exec(value);
    if (!match) return undefined;
    const [, day, minutes, seconds, fraction, zone = ""] = match;
    return `${day}T${clock(minutes, seconds, fraction)}${zone === "Z" ? "+00:00" : zone}`;
  },
};

const EXPECTED = {
  text: "text",
  boolean: "true or false",
  integer: "a whole number",
  duration: "a whole number of microseconds",
  date: "a date as ISO text, such as 2020-01-31",
  time: "a time as ISO text, such as 23:59:00",
  datetime: "a date and time as ISO text, such as 2020-01-31T23:59:00",
};

/** Python's isoformat: seconds always, a fraction of six digits only where there is one. */
function clock(minutes, seconds = "00", fraction = "") {
  const micros = fraction.padEnd(6, "0").slice(0, 6);
  return `${minutes}:${seconds}${micros === "000000" ? "" : `.${micros}`}`;
}

/** An error for a cell that may not pass. */
export function refusal(field, value, row, why) {
  return new DatacheckError(`${show(value)} ${why}`, {
    row,
    column: field.name,
    value,
    todo: REPAIR,
  });
}
