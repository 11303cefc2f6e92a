/**
 * Which columns make a row fail: by replacement, and by place.
 *
 * Replacement puts the typical value into one column at a time and looks whether the step recovers;
 * then the smallest set. Place serves where the typical row fails as well (a scale of 0): a bad
 * place of the step that only one column reaches is that column.
 */

import { Judge } from "./judge.js";
import { traced } from "./watch.js";

/** How many trial rows a search may take. */
const BUDGET = 6000;
const FEW = 3;

const finite = (x) => x - x === 0;

function median(values) {
  const sorted = values.filter(finite).sort((a, b) => a - b);
  if (!sorted.length) return 0;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A typical row, of rows that predict a number where there are any, and the spread around it. */
export function typical(rows, good) {
  const whole = rows.filter((row, at) => good[at] && row.every(finite));
  const chosen = whole.length ? whole : rows;
  const center = rows[0].map((_, at) => median(chosen.map((row) => row[at])));
  const spread = center.map((middle, at) => {
    const mad = median(chosen.map((row) => Math.abs(row[at] - middle)));
    return mad || Math.abs(middle) * 1e-3 || 1;
  });
  return { center, spread };
}

/** Runs changed rows, and tells by row whether the end, or a step, is bad. */
export class Trials {
  constructor(tf, model, parts, { center, spread }) {
    Object.assign(this, { tf, model, parts, center, spread });
  }

  bad(rows, at) {
    const judge = new Judge(rows.length);
    if (at !== undefined) judge.watched.set(at, new Uint8Array(rows.length));
    const { codes } = traced(this.tf, this.model, this.parts, rows, judge);
    return Array.from(at === undefined ? codes : judge.watched.get(at), Boolean);
  }

  distance(row) {
    return row.map((x, at) => {
      const far = Math.abs(x - this.center[at]) / this.spread[at];
      return finite(far) ? far : Infinity;
    });
  }

  with(row, columns) {
    const changed = [...row];
    for (const at of columns) changed[at] = this.center[at];
    return changed;
  }
}

/** Of rows whose inputs are not finite, the columns that the model cannot do without. */
export function responsible(trials, rows) {
  const patterns = rows.map((row) => row.flatMap((x, at) => (finite(x) ? [] : [at])));
  if (trials.bad([trials.center])[0]) return patterns.map((columns) => ({ columns, how: "input" }));
  const kinds = new Map();
  rows.forEach((row, nth) => {
    for (const at of patterns[nth]) kinds.set(`${at}:${row[at]}`, [at, row[at]]);
  });
  const probes = [...kinds.values()].map(([at, x]) => trials.center.with?.(at, x) ?? put(trials.center, at, x));
  const fails = trials.bad(probes);
  const alone = new Map([...kinds.keys()].map((key, nth) => [key, fails[nth]]));
  return rows.map((row, nth) => {
    const own = patterns[nth].filter((at) => alone.get(`${at}:${row[at]}`));
    return own.length ? { columns: own, how: "input" } : { columns: patterns[nth], how: "together" };
  });
}

function put(row, at, x) {
  const changed = [...row];
  changed[at] = x;
  return changed;
}

/** The columns of each row that fails at a step; null where none was found. */
export function search(trials, at, rows) {
  const width = trials.center.length;
  if (trials.bad([trials.center], at)[0]) return rows.map(() => null);
  const most = Math.max(1, Math.floor(BUDGET / width));
  const tried = rows.slice(0, most);
  const fails = trials.bad(
    tried.flatMap((row) => row.map((_, column) => trials.with(row, [column]))),
    at,
  );
  const found = tried.map((row, nth) => {
    const mends = row.flatMap((_, column) => (fails[nth * width + column] ? [] : [column]));
    return mends.length
      ? { columns: farthest(trials.distance(row), mends), how: "replacement" }
      : smallest(trials, at, row);
  });
  const usual = found.find(Boolean);
  const others = rows.slice(most);
  if (!usual || !others.length) return [...found, ...others.map(() => null)];
  const still = trials.bad(others.map((row) => trials.with(row, usual.columns)), at);
  return [...found, ...still.map((bad) => (bad ? null : usual))];
}

/** Of columns each of which mends the row: all that are not finite, else the farthest. */
function farthest(distance, columns) {
  const beyond = columns.filter((at) => distance[at] === Infinity);
  if (beyond.length) return beyond;
  return [columns.reduce((best, at) => (distance[at] > distance[best] ? at : best))];
}

/** The smallest set of columns that mends the row together. */
function smallest(trials, at, row) {
  const distance = trials.distance(row);
  const order = row.map((_, column) => column).sort((a, b) => distance[b] - distance[a] || a - b);
  const fails = (columns) => trials.bad([trials.with(row, columns)], at)[0];
  if (fails(order)) return null;
  let [low, high] = [1, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fails(order.slice(0, middle))) low = middle + 1;
    else high = middle;
  }
  let kept = order.slice(0, low);
  for (const column of [...kept].reverse()) {
    const others = kept.filter((each) => each !== column);
    if (others.length && !fails(others)) kept = others;
  }
  return { columns: kept.sort((a, b) => a - b), how: "replacement" };
}

/** By place of the step's operands, the columns that reach it. */
export function reachOf(trials, origin, row) {
  const width = row.length;
  const base = row.map((x, at) => (finite(x) ? x : trials.center[at]));
  const probes = base.map((x, at) =>
    put(base, at, trials.center[at] === x ? x + trials.spread[at] : trials.center[at]),
  );
  const reach = new Map();
  for (const nth of [0, 1]) {
    const look = ({ data, shape }) => {
      if (shape[0] === width + 1) noteReach(reach, data, width, origin.width);
      return data;
    };
    const judge = new Judge(width + 1);
    const hook = { places: [{ at: origin.step.at, nth }], change: look };
    traced(trials.tf, trials.model, trials.parts, [base, ...probes], judge, hook);
  }
  return reach;
}

function noteReach(reach, data, width, places) {
  if (data.length !== (width + 1) * places) return;
  for (let column = 0; column < width; column++) {
    for (let place = 0; place < places; place++) {
      if (Object.is(data[place], data[(column + 1) * places + place])) continue;
      if (!reach.has(place)) reach.set(place, new Set());
      reach.get(place).add(column);
    }
  }
}

/** The columns of a row's bad places, if so few reach each of them. */
export function placed(origin, row, reach, few = 1) {
  const places = origin.places.get(row) ?? [...origin.places.values()][0] ?? [];
  const sets = places.map((place) => [...(reach.get(place) ?? [])]);
  if (!sets.length || sets.some((columns) => !columns.length || columns.length > few)) return null;
  return { columns: [...new Set(sets.flat())].sort((a, b) => a - b), how: "place" };
}

/** The columns of rows that a step makes bad. */
export function columnsOf(trials, origin, members) {
  const reach = reachOf(trials, origin, members[0].cells);
  const out = members.map(({ at }) => placed(origin, at, reach));
  const left = members.flatMap((member, nth) => (out[nth] ? [] : [{ ...member, nth }]));
  if (!left.length) return out;
  const found = search(trials, origin.step.at, left.map(({ cells }) => cells));
  left.forEach(({ nth, at }, each) => {
    out[nth] = found[each] ?? placed(origin, at, reach, FEW);
  });
  return out;
}

/** Rows by column; columns that have the very same rows go together. */
export function byColumns(pairs) {
  const rows = new Map();
  for (const [row, columns] of pairs) {
    for (const column of columns) rows.set(column, [...(rows.get(column) ?? []), row]);
  }
  const out = new Map();
  for (const [column, own] of [...rows].sort(([a], [b]) => a - b)) {
    const key = own.join();
    const group = out.get(key) ?? { columns: [], rows: own };
    group.columns.push(column);
    out.set(key, group);
  }
  return [...out.values()];
}
