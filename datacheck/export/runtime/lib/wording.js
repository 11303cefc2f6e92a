/** From a cause to the finding that people read: the contract's report, as plain data. */

import { sentence } from "./tables.js";

const LISTED = 20;
const NAMED = new Set(["missing", "infinite", "unreadable", "beyond_type", "raw", "lost"]);
const OPERANDS = ["a", "b", "largest", "variance", "channel"];

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const number = (x) => (x - x === 0 ? String(Number(x.toPrecision(6))) : String(x));

function listed(names) {
  const shown = names.slice(0, 6).map((name) => `\`${name}\``).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

/** JSON has no NaN: it becomes its name, as in Python. */
export const plain = (x) => {
  if (typeof x !== "number" || x - x === 0) return x === undefined ? null : x;
  return x !== x ? "nan" : x > 0 ? "inf" : "-inf";
};

function answerOf(plainEnds, row, rows) {
  const cells = plainEnds.flatMap(({ data }) => {
    const width = data.length / rows;
    return Array.from(data.slice(row * width, (row + 1) * width));
  });
  const shown = cells.slice(0, 4).map((x) => (x - x === 0 ? Number(x.toPrecision(4)) : x)).join(", ");
  return cells.length === 1 ? shown : `[${shown}${cells.length > 4 ? ", ..." : ""}]`;
}

/** A cause as a finding of the contract's report. */
export function findingOf(cause, feed, bad, plainEnds) {
  const names = cause.columns.map((at) => feed.columns[at]);
  const { step } = cause.origin ?? {};
  const evidence = cause.evidence ?? {};
  const [says, remedy] = sentence(cause.cause, wordsOf(cause, names));
  const single = names.length === 1 ? names[0] : null;
  const rows = cause.rows.slice(0, LISTED);
  const answer = answerOf(plainEnds, cause.rows[0], feed.cells.length);
  const given = Object.entries(cause.given ?? {}).filter(([key]) => OPERANDS.includes(key));
  return {
    code: cause.code,
    severity: "error",
    column: single,
    count: cause.rows.length,
    rows,
    values: single === null ? [] : rows.map((row) => plain(feed.raw(row, cause.columns[0]))),
    evidence: {
      cause: cause.cause,
      columns: names,
      columns_found_by: cause.how ?? "",
      ...(step ? { step: step.name, operation: step.op, layer: step.layer, at: step.at } : {}),
      ...(cause.origin?.name ? { weight: cause.origin.name } : {}),
      ...(given.length ? { operands: Object.fromEntries(given.map(([k, x]) => [k, plain(x)])) } : {}),
      ...evidence,
    },
    message: message(cause, says, names, bad, answer),
    remedy,
    fix: null,
    accepted: null,
  };
}

function wordsOf(cause, names) {
  const { origin, given = {}, evidence = {} } = cause;
  const step = origin?.step;
  const columns = names.length ? listed(names) : "the inputs";
  const words = {
    step: step ? `${step.label} (${step.op})` : "the model",
    columns,
    columns_or_inputs: columns,
    where: `${columns} of row ${cause.rows[0]}`,
    dtype: "float32",
    weight: origin?.name ?? "",
    value: origin?.value === undefined ? "" : number(origin.value),
    backend: evidence.backend ?? "",
    source: (evidence.source_rows ?? []).slice(0, 3).join(", "),
    channel: given.channel === undefined ? "" : ` in channel ${given.channel}`,
  };
  for (const key of ["a", "b", "largest", "variance"]) {
    words[key] = given[key] === undefined ? "a value" : number(given[key]);
  }
  return words;
}

function message({ code, cause, rows, evidence = {} }, says, names, bad, answer) {
  const many = plural(rows.length, "row");
  const verb = rows.length === 1 ? "predicts" : "predict";
  const share = bad > rows.length ? `${many} of ${bad.toLocaleString("en")} that are not finite` : many;
  const head =
    code === "nan.hidden"
      ? `${many} ${verb} a number (${answer} in row ${rows[0]}) that is wrong`
      : `${share}: row ${rows[0]} predicts ${answer}`;
  const behind = names.length && code !== "nan.input" && !NAMED.has(cause) ? `, because of ${listed(names)}` : "";
  let through = "";
  if (evidence.reached) through = `; it reaches ${evidence.reached} (${evidence.reached_by})`;
  if (evidence.turned_to_nan) through = `; the infinity becomes NaN in ${evidence.turned_to_nan}`;
  if (evidence.lost_in) through = `; it is lost in ${evidence.lost_in} (${evidence.lost_by})`;
  if (evidence.backend && code === "nan.hidden") through += `; the backend ${evidence.backend} hides it`;
  return `${head}: ${says}${behind}${through}.`;
}

/** The report as JSON, the format of datacheck's own. */
export function reportOf(findings, feed) {
  return {
    format: "datacheck.report",
    version: 1,
    ok: !findings.some(({ severity }) => severity === "error"),
    source: { name: feed.name, rows: feed.cells.length, columns: feed.columns.length },
    findings,
  };
}
