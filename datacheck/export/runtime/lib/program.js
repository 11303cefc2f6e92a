/**
 * A numeric field's ops as steps over a run of cells in a Float64Array.
 *
 * NaN stands for missing, as null and NaN enter alike. Scaling is `(x - center) * inverseScale`,
 * two roundings, so that every runtime gives the same bits. A step takes many rows at once, which
 * costs a nanosecond a cell, and says where the first cell is that it refuses.
 */

import { DatacheckError } from "./errors.js";
import { compileNumeral } from "./numeral.js";

/**
 * @callback Run
 * @param {Float64Array} cells
 * @param {number} from
 * @param {number} to
 * @param {(at: number) => number} neighbours what the nearest donors have for a cell
 * @returns {number} where the first refused cell is, or -1
 */

/** @typedef {{op: string, run: Run, why?: string}} Step */

/** Why a missing cell is refused. */
export const UNFILLED = "is missing, and nothing fills it";

/** @returns {boolean} whether a cell that is missing still at the end may not pass */
export const refusesMissing = ({ ops }) => ops.some(({ unfilled }) => unfilled === "refuse");

const isText = (value) => typeof value === "string";
const isInfinite = (x) => x === Infinity || x === -Infinity;

/**
 * @param {{name: string, ops: object[]}} column
 * @param {number} most how many rows are worked on at once
 * @returns {{texts: Set<string>, readsText: boolean, steps: Step[], unfilled: Step[]}} `texts`
 *   stand for missing; `unfilled` are the steps whose result a neighbour search compares. `flags`
 *   holds which cells of the last run were missing, `back` brings a cell back to its unit.
 */
export function compileNumber(column, most) {
  const { ops } = column;
  const flags = ops.some(({ op }) => op === "indicator") ? new Float64Array(most) : undefined;
  const refuses = ops.some(({ op }) => op === "missing") ? [] : INFINITE.refuse;
  const steps = ops.flatMap((op, position) => {
    const make = Object.hasOwn(STEPS, op.op) ? STEPS[op.op] : undefined;
    if (make) return make(op, position, flags).map((step) => ({ op: op.op, ...step }));
    throw new DatacheckError(`the op ${JSON.stringify(op.op)} is unknown to this runtime`, {
      column: column.name,
      todo: "use the runtime that was exported with the transform",
    });
  });
  return {
    texts: new Set(ops.flatMap((op) => op.values ?? []).filter(isText)),
    readsText: ops[0].op === "cast",
    spelt: ops[0].op === "cast" && ops[0].number ? compileNumeral(ops[0].number) : undefined,
    fallback: ops.find((op) => op.op === "knn_fill")?.fallback,
    flags,
    back: undoing(ops),
    steps: [...refuses, ...steps, ...(refusesMissing(column) ? [whole] : [])],
    unfilled: steps.filter((step) => step.op === "missing" || step.op === "clip"),
  };
}

/** JSON has no word for an infinity: it is an object there. */
const number = (value) =>
  typeof value === "object" ? { inf: Infinity, "-inf": -Infinity }[value.float] : value;

const STEPS = {
  missing: (op) => [
    ...sentinels(op.values.filter((value) => !isText(value)).map(number)),
    ...INFINITE[op.infinite],
  ],
  clip: (op) => [clip(number(op.lower), number(op.upper), op.below ?? NaN, op.above ?? NaN)],
  fill: (op) => [fill(op.value)],
  knn_fill: () => [fillFromNeighbours],
  affine: (op) => [affine(op.center, op.inverse_scale)],
  indicator: (op, position, flags) => [noteMissing(flags)],
  power: (op) => [power(op.function)],
  cast: (op, position) => (position === 0 ? [] : LEAVE[op.dtype]),
};

/** Up to so many values are compared one by one, which is faster than to look them up. */
const FEW = 4;

const sentinels = (values) =>
  values.length > FEW ? [sentinelOf(new Set(values))] : values.map(sentinel);

const sentinel = (value) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) if (cells[i] === value) cells[i] = NaN;
    return -1;
  },
});

const sentinelOf = (values) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) if (values.has(cells[i])) cells[i] = NaN;
    return -1;
  },
});

const whole = {
  why: UNFILLED,
  run(cells, from, to) {
    for (let i = from; i < to; i++) if (cells[i] !== cells[i]) return i;
    return -1;
  },
};

const clip = (lower, upper, below, above) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) {
      const x = cells[i];
      if (x < lower) cells[i] = below;
      else if (x > upper) cells[i] = above;
    }
    return -1;
  },
});

const fill = (value) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) if (cells[i] !== cells[i]) cells[i] = value;
    return -1;
  },
});

const fillFromNeighbours = {
  run(cells, from, to, neighbours) {
    for (let i = from; i < to; i++) if (cells[i] !== cells[i]) cells[i] = neighbours(i);
    return -1;
  },
};

const affine = (center, inverseScale) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) cells[i] = (cells[i] - center) * inverseScale;
    return -1;
  },
});

const noteMissing = (flags) => ({
  run(cells, from, to) {
    for (let i = from; i < to; i++) flags[i - from] = cells[i] !== cells[i] ? 1 : 0;
    return -1;
  },
});

const POWERS = {
  log1p: { takes: (x) => x > -1, of: Math.log1p, back: Math.expm1 },
  sqrt: { takes: (x) => x >= 0, of: Math.sqrt, back: (y) => y * y },
  signed_log1p: {
    takes: () => true,
    of: (x) => (x < 0 || Object.is(x, -0) ? -Math.log1p(-x) : Math.log1p(x)),
    back: (y) => (y < 0 || Object.is(y, -0) ? -Math.expm1(-y) : Math.expm1(y)),
  },
};

const power = (name) => ({
  why: `is nothing that ${name} takes`,
  run(cells, from, to) {
    const { takes, of } = POWERS[name];
    let bad = -1;
    for (let i = to - 1; i >= from; i--) {
      const x = cells[i];
      if (x !== x) continue;
      if (takes(x)) cells[i] = of(x);
      else bad = i;
    }
    return bad;
  },
});

function undoing(ops) {
  const { center, scale } = ops.find(({ op }) => op === "affine") ?? { center: -0, scale: 1 };
  const back = POWERS[ops.find(({ op }) => op === "power")?.function]?.back;
  return (y) => (back ? back(y * scale + center) : y * scale + center);
}

function firstInfinite(cells, from, to) {
  for (let i = from; i < to; i++) if (isInfinite(cells[i])) return i;
  return -1;
}

const INFINITE = {
  refuse: [{ run: firstInfinite, why: "is infinite" }],
  missing: [
    {
      run(cells, from, to) {
        for (let i = from; i < to; i++) if (isInfinite(cells[i])) cells[i] = NaN;
        return -1;
      },
    },
  ],
  keep: [],
};

const finite = { run: firstInfinite, why: "overflows a double when it is scaled" };

const single = {
  why: "overflows float32",
  run(cells, from, to) {
    let bad = -1;
    for (let i = to - 1; i >= from; i--) {
      const x = Math.fround(cells[i]);
      cells[i] = x;
      if (x === Infinity || x === -Infinity) bad = i;
    }
    return bad;
  },
};

const LEAVE = { float64: [finite], float32: [single] };
