/**
 * Why a model of TensorFlow.js predicts NaN: which row, which column and which step.
 *
 * The model is run once on the backend in use, then step by step on cpu, which computes as IEEE 754
 * says where wasm and WebGL lose a NaN. Where the two differ, that is the finding.
 */

import { byColumns, columnsOf, responsible, search, Trials, typical } from "./columns.js";
import { Judge } from "./judge.js";
import { causeOf, classOf } from "./tables.js";
import { answered, layout, traced } from "./watch.js";
import { findingOf, reportOf } from "./wording.js";

const BAD = 256;
const GOOD = 64;
const EDGE = 256;
const TOLERANCE = 1e-4;
const LARGEST = 3.4028234663852886e38;

const finite = (x) => x - x === 0;

/** By row, whether any number of the answer is not finite. */
function badRowsOf(ends, rows) {
  const bad = Array(rows).fill(false);
  for (const { data } of ends) {
    const width = data.length / rows;
    data.forEach((x, at) => {
      if (!finite(x)) bad[Math.floor(at / width)] = true;
    });
  }
  return bad;
}

/**
 * @param {object} tf the caller's own TensorFlow.js
 * @param {object} model a layers model or a graph model
 * @param {{name: string, columns: string[], cells: number[][], raw: Function}} feed `raw(row,
 *   column)` gives a cell as it stands in the table
 */
export async function diagnoseMatrix(tf, model, feed) {
  const parts = layout(model, feed.columns);
  const cells = feed.cells.map((row) => row.map(Math.fround));
  if (!cells.length) return reportOf([], feed);
  const backend = tf.getBackend();
  const plain = await answered(tf, model, parts, cells, feed.columns);
  const bad = badRowsOf(plain, cells.length);
  const exact = await onCpu(tf);
  try {
    const trials = new Trials(tf, model, parts, typical(cells, bad.map((each) => !each)));
    const run = { tf, model, parts, feed, cells, plain, bad, trials, backend, exact };
    const causes = merged(found(run));
    const count = bad.filter(Boolean).length;
    return reportOf(causes.map((cause) => findingOf(cause, feed, count, plain)), feed);
  } finally {
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
  }
}

/** Switches to cpu where it is registered. */
async function onCpu(tf) {
  if (tf.getBackend() === "cpu") return true;
  if (!tf.engine().registryFactory?.cpu) return false;
  return tf.setBackend("cpu");
}

function found(run) {
  const rows = picked(run);
  const trace = watch(run, rows, rows.map((row) => run.cells[row]));
  forgetMeant(run, trace);
  const causes = [...causesOf(run, trace), ...behind(run, trace), ...hidden(run, trace)];
  return served(run, trace, causes);
}

function watch(run, rows, cells) {
  const judge = new Judge(rows.length);
  const { ends, codes } = traced(run.tf, run.model, run.parts, cells, judge);
  return { rows, cells, judge, ends, codes };
}

/** An infinity that a mask put into the answer is meant. */
function forgetMeant({ plain, bad }, { rows, ends, codes }) {
  rows.forEach((row, at) => {
    const same = ends.every(({ data }, nth) => {
      const width = data.length / rows.length;
      const own = plain[nth].data;
      return Array.from({ length: width }).every((_, place) => {
        const [x, y] = [data[at * width + place], own[row * width + place]];
        return finite(y) ? finite(x) : x === y;
      });
    });
    if (same && !codes[at]) bad[row] = false;
  });
}

/** The rows to be watched: bad ones, those at the edge of a column, some healthy ones. */
function picked({ cells, bad }) {
  const all = cells.map((_, row) => row);
  const odd = all.filter((row) => !cells[row].every(finite));
  const chosen = new Set([
    ...odd.slice(0, BAD),
    ...all.filter((row) => bad[row]).slice(0, BAD),
    ...all.filter((row) => !bad[row]).slice(0, GOOD),
  ]);
  for (let column = 0; column < cells[0].length && column < EDGE; column++) {
    let [low, high, small] = [0, 0, 0];
    for (const row of all) {
      const x = cells[row][column];
      if (x < cells[low][column]) low = row;
      if (x > cells[high][column]) high = row;
      if (Math.abs(x) < Math.abs(cells[small][column])) small = row;
    }
    [low, high, small].forEach((row) => chosen.add(row));
  }
  return [...chosen].sort((a, b) => a - b);
}

function causesOf(run, trace) {
  const causes = [];
  for (const code of new Set(trace.codes)) {
    if (!code) continue;
    const origin = trace.judge.origins[code];
    const members = trace.rows.flatMap((row, at) =>
      trace.codes[at] === code ? [{ row, at, cells: trace.cells[at] }] : [],
    );
    const rows = members.map(({ row }) => row);
    if (origin.kind === "input") causes.push(...inputCauses(run, origin, members));
    else if (origin.kind === "weight") causes.push({ code: "nan.weight", cause: "weight_nan", rows, origin });
    else if (origin.kind === "spread") causes.push(spreadCause(trace, origin, rows));
    else if (origin.kind === "op") causes.push(...opCauses(run, origin, members));
  }
  return causes;
}

function spreadCause(trace, origin, rows) {
  const source = trace.rows.filter((_, at) => trace.codes[at] === origin.of);
  const evidence = { source_rows: source.slice(0, 20) };
  return { code: "nan.spread", cause: "spread", rows, origin, evidence };
}

/** Why an input cell is not finite. */
function kindOf({ feed, cells }, row, column) {
  const given = feed.raw(row, column);
  if (typeof given === "string" && given.trim()) {
    if (Number.isNaN(Number(given))) return "unreadable";
  }
  const x = feed.cells[row][column];
  if (x === Infinity || x === -Infinity) return "infinite";
  return finite(x) && !finite(cells[row][column]) ? "beyond_type" : "missing";
}

function inputCauses(run, origin, members) {
  const sets = responsible(run.trials, members.map(({ cells }) => cells));
  const groups = new Map();
  const together = new Map();
  members.forEach(({ row }, nth) => {
    const { columns, how } = sets[nth];
    if (how === "together") {
      const key = columns.join();
      together.set(key, { columns, rows: [...(together.get(key)?.rows ?? []), row] });
      return;
    }
    for (const column of columns) {
      const cause = kindOf(run, row, column);
      groups.set(cause, [...(groups.get(cause) ?? []), [row, [column]]]);
    }
  });
  const evidence = origin.reached
    ? { reached: origin.reached.label, reached_by: origin.reached.op }
    : {};
  const make = (cause, how, { columns, rows }) => ({
    ...{ code: "nan.input", cause, rows, columns, how, evidence: { ...evidence } },
  });
  return [
    ...[...groups].flatMap(([cause, pairs]) => byColumns(pairs).map((each) => make(cause, "input", each))),
    ...[...together.values()].map((each) => make("missing", "together", each)),
  ];
}

const givenOf = (origin, at) => origin.operands.get(at) ?? [...origin.operands.values()][0] ?? {};

function opCauses(run, origin, members) {
  const kind = classOf(origin.step.op);
  const groups = new Map();
  for (const member of members) {
    const cause = causeOf(kind, givenOf(origin, member.at));
    groups.set(cause, [...(groups.get(cause) ?? []), member]);
  }
  return [...groups].flatMap(([cause, own]) => {
    const code = origin.stored || cause === "variance_negative" ? "nan.weight" : "nan.op";
    const sets = code === "nan.weight" ? own.map(() => null) : columnsOf(run.trials, origin, own);
    const pairs = own.map((member, nth) => [member, sets[nth]]);
    const parts = [];
    const none = pairs.filter(([, set]) => !set).map(([member]) => member.row);
    if (none.length) parts.push({ columns: [], rows: none });
    parts.push(...byColumns(pairs.flatMap(([member, set]) => (set?.how === "place" ? [[member.row, set.columns]] : []))));
    const joint = new Map();
    for (const [member, set] of pairs) {
      if (!set || set.how === "place") continue;
      const key = set.columns.join();
      const group = joint.get(key) ?? { columns: set.columns, rows: [] };
      group.rows.push(member.row);
      joint.set(key, group);
    }
    parts.push(...joint.values());
    return parts.map(({ columns, rows }) => {
      const first = own.find(({ row }) => row === rows[0]);
      const how = pairs.find(([member]) => member.row === rows[0])[1]?.how ?? "";
      return { code, cause, rows, columns, how, origin, given: givenOf(origin, first.at), evidence: turning(origin, own) };
    });
  });
}

function turning(origin, members) {
  const turned = members.map(({ at }) => origin.turned.get(at)).find(Boolean);
  return turned ? { turned_to_nan: turned.label, turned_by: turned.op } : {};
}

/** Puts inputs right that are not finite, and looks what else is wrong with their rows. */
function behind(run, trace) {
  const at = trace.rows.flatMap((_, nth) =>
    trace.judge.origins[trace.codes[nth]].kind === "input" ? [nth] : [],
  );
  if (!at.length) return [];
  const mended = at.map((nth) =>
    trace.cells[nth].map((x, column) => (finite(x) ? x : run.trials.center[column])),
  );
  return causesOf(run, watch(run, at.map((nth) => trace.rows[nth]), mended));
}

/** Finite, but wrong: two other numbers where one was not finite; if the end differs, it was read. */
function hidden(run, trace) {
  const causes = [];
  const told = new Set();
  const sizes = run.plain.flatMap(({ data }) => Array.from(data, Math.abs).filter((x) => finite(x) && x));
  const middle = sizes.sort((a, b) => a - b)[sizes.length >> 1] ?? 1;
  const edges = [...trace.judge.vanished.values()].flatMap(({ at, nth, gone }) =>
    readByTest(trace.judge, at, nth)
      ? []
      : [...new Set(gone)].filter(Boolean).map((code) => ({ at, nth, gone, code })),
  );
  // Of two that are lost in one step each alone may change nothing: 0 times another number.
  for (const together of edges.length > 1 ? [false, true] : [false]) {
    for (const edge of edges) {
      const rows = trace.rows.flatMap((row, own) =>
        edge.gone[own] === edge.code && !trace.codes[own] && !told.has(row) ? [own] : [],
      );
      if (!rows.length) continue;
      const origin = trace.judge.origins[edge.code];
      const places = together ? edges : [edge];
      const wrong = readRows(run, trace, rows, places, origin, TOLERANCE * middle);
      if (!wrong.length) continue;
      wrong.forEach((own) => told.add(trace.rows[own]));
      causes.push(hiddenCause(run, trace, wrong, edge.at, origin));
    }
  }
  return causes;
}

/** A value that a step tests for NaN is imputed on purpose. */
function readByTest(judge, at, nth) {
  const id = judge.steps[at].inputs[nth];
  return judge.steps.some(({ op, inputs }) => classOf(op) === "test" && inputs.includes(id));
}

/**
 * An infinity stands for a very large number, but one that the model holds stands for nothing, nor
 * does one that came in and is cast to a type that has none.
 */
function readRows(run, trace, rows, places, origin, tolerance) {
  const cells = rows.map((own) => trace.cells[own]);
  const cast = origin.kind === "input" && classOf(trace.judge.steps[places[0].at].op) === "cast";
  const nothing = cast || origin.kind === "weight" || Boolean(origin.byStoredZero);
  const [one, other] = [0, 1].map((which) => {
    const change = ({ data }) => data.map((x, cell) => (finite(x) ? x : substitute(x, which, cell, nothing)));
    const judge = new Judge(rows.length);
    return traced(run.tf, run.model, run.parts, cells, judge, { places, change }).ends;
  });
  return rows.filter((_, row) =>
    one.some(({ data }, end) => {
      const width = data.length / rows.length;
      return Array.from({ length: width }).some((__, place) => {
        const [x, y] = [data[row * width + place], other[end].data[row * width + place]];
        return !Object.is(x, y) && !(Math.abs(x - y) <= tolerance);
      });
    }),
  );
}

/** NaN in several cells becomes several numbers, so that the place of the largest is not the same. */
const substitute = (x, which, cell, nothing) =>
  x !== x
    ? which && 1 + (cell % 5)
    : Math.sign(x) * (which ? (nothing ? 0 : Math.sqrt(LARGEST)) : LARGEST);

function hiddenCause(run, trace, rows, at, origin) {
  const { judge } = trace;
  const lost = judge.steps[at];
  const evidence = { lost_in: lost.label, lost_by: lost.op };
  const where = rows.map((own) => trace.rows[own]);
  if (origin.kind === "weight") {
    return { code: "nan.hidden", cause: "weight_nan", rows: where, columns: [], origin, evidence };
  }
  if (origin.kind !== "op") {
    const columns = trace.cells[rows[0]].flatMap((x, column) => (finite(x) ? [] : [column]));
    return { code: "nan.hidden", cause: "lost", rows: where, columns, how: "input", evidence };
  }
  const set = search(run.trials, origin.step.at, [trace.cells[rows[0]]])[0];
  const given = givenOf(origin, rows[0]);
  const cause = causeOf(classOf(origin.step.op), given);
  return { code: "nan.hidden", cause, rows: where, columns: set?.columns ?? [], how: set?.how ?? "", origin, given, evidence };
}

/** What the backend in use answers where the watched run differs. */
function served(run, trace, causes) {
  const hides = new Set(trace.rows.filter((row, at) => trace.codes[at] && !run.bad[row]));
  for (const cause of causes) {
    if (cause.code === "nan.hidden" || !cause.rows.every((row) => hides.has(row))) continue;
    cause.evidence = { ...cause.evidence, was: cause.code, backend: run.backend };
    cause.code = "nan.hidden";
  }
  const told = new Set(causes.flatMap(({ rows }) => rows));
  const silent = trace.rows.filter((row, at) => !trace.codes[at] && run.bad[row] && !told.has(row));
  if (silent.length) {
    const evidence = { backend: run.backend };
    causes.push({ code: "nan.op", cause: "served", rows: silent, evidence });
  }
  const left = run.bad.flatMap((bad, row) => (bad && !told.has(row) && !silent.includes(row) ? [row] : []));
  if (!left.length || !causes.length) return causes;
  const more = watch(run, left, left.map((row) => run.cells[row]));
  return [...causes, ...causesOf(run, more)];
}

/** Causes that say the same of the same columns become one, the costliest first. */
function merged(causes) {
  const out = new Map();
  for (const cause of causes) {
    const columns = cause.columns ?? [];
    const step = columns.length ? "" : cause.origin?.step?.at;
    const key = JSON.stringify([cause.code, cause.cause, columns, cause.origin?.name, step]);
    const kept = out.get(key) ?? { ...cause, columns, rows: [] };
    kept.rows = [...new Set([...kept.rows, ...cause.rows])].sort((a, b) => a - b);
    out.set(key, kept);
  }
  return [...out.values()].sort((a, b) => b.rows.length - a.rows.length);
}
