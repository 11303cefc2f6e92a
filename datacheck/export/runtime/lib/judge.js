/**
 * The judge: a run is a list of steps, and it remembers which step made each row bad.
 *
 * A bad row inherits from its inputs; where no input was bad, the step itself is the origin. At the
 * end the outputs are asked, so what a mask throws away leaves no trace. NaN and infinities are
 * followed apart. The same design, and the same tables, as datacheck's judge in Python.
 */

import { badRows, noteCells, takes } from "./bad.js";
import { classOf, isCompare, isElementwise, isLandmark } from "./tables.js";

const CLEAN = 0;

export class Judge {
  constructor(rows) {
    this.rows = rows;
    this.origins = [{ kind: "clean" }];
    this.steps = [];
    this.vanished = new Map();
    this.watched = new Map();
    this.marks = new Map();
    this.constants = new Map();
  }

  /** An input of the run, whose bad cells came in. */
  start(id, value, name) {
    const found = badRows(value, this.rows);
    if (!found) return;
    const code = this.add({ kind: "input", name });
    this.marks.set(id, {
      nan: Int32Array.from(found.nan, (bad) => bad * code),
      inf: Int32Array.from(found.inf, (bad) => bad * code),
      batched: found.batched,
    });
  }

  /** A weight. Infinities of the negative sign alone, or among zeros, are a mask. */
  constant(id, value, name) {
    this.constants.set(id, name);
    if (!(value.data instanceof Float32Array)) return;
    const bad = value.data.filter((x) => x - x !== 0);
    if (!bad.length) return;
    const hasNan = bad.some((x) => x !== x);
    const code = this.add({ kind: "weight", name, value: hasNan ? NaN : bad[0] });
    const others = value.data.filter((x) => x - x === 0);
    const meant = !hasNan && (bad.every((x) => x < 0) || others.every((x) => x === 0));
    const infinite = bad.some((x) => x === x);
    const mask = meant ? this.add({ kind: "mask", of: code }) : code;
    this.marks.set(id, {
      nan: new Int32Array(this.rows).fill(hasNan ? code : CLEAN),
      inf: new Int32Array(this.rows).fill(infinite ? mask : CLEAN),
      batched: false,
    });
  }

  /**
   * One step, in order.
   *
   * @param {{op: string, name: string, layer?: string}} given
   * @param {{id: unknown, value: object, key?: string}[]} inputs
   * @param {{id: unknown, value: object}[]} outputs
   */
  see(given, inputs, outputs) {
    const step = { ...given, at: this.steps.length, label: given.layer || given.name };
    step.inputs = inputs.map(({ id }) => id);
    this.steps.push(step);
    const stored = inputs.every(({ id }) => this.constants.has(id));
    const before = inputs.map(({ id }) => this.marks.get(id));
    for (const { id, value } of outputs) {
      if (stored) this.constants.set(id, inputs.length ? this.constants.get(inputs[0].id) : step.label);
      const found = badRows(value, this.rows);
      if (!found) this.marks.delete(id);
      else if (!inputs.length) this.constant(id, value, step.label);
      else this.marks.set(id, this.judged(step, inputs, before, value, found));
    }
    if (before.some(Boolean) || this.watched.has(step.at)) this.note(step, inputs, before, outputs);
  }

  /** By row, who made what the run gives bad. */
  ends(ids) {
    const codes = new Int32Array(this.rows);
    for (const id of ids) {
      const mark = this.marks.get(id);
      if (!mark) continue;
      for (let row = 0; row < this.rows; row++) {
        codes[row] ||= mark.nan[row] || this.unmasked(mark.inf[row]);
      }
    }
    return codes;
  }

  add(origin) {
    const whole = { operands: new Map(), places: new Map(), turned: new Map(), of: CLEAN };
    this.origins.push({ ...whole, ...origin });
    return this.origins.length - 1;
  }

  unmasked(code) {
    return this.origins[code].kind === "mask" ? CLEAN : code;
  }

  judged(step, inputs, before, value, found) {
    const kind = classOf(step.op);
    const fromNan = this.inherited(step, inputs, before, value, "nan");
    const fromInf = this.inherited(step, inputs, before, value, "inf");
    const asWeight = (code) => (this.origins[code].kind === "mask" && this.origins[code].of) || code;
    const nan = new Int32Array(this.rows);
    const inf = new Int32Array(this.rows);
    const fresh = new Uint8Array(this.rows);
    let freshNan = false;
    for (let row = 0; row < this.rows; row++) {
      const came = kind === "product" ? asWeight(fromInf[row]) : fromInf[row];
      if (found.nan[row]) {
        nan[row] = fromNan[row] || this.turned(this.unmasked(came), row, step);
        if (!nan[row]) fresh[row] = 1;
        freshNan ||= !nan[row];
      }
      if (found.inf[row]) {
        inf[row] = came || fromNan[row];
        if (!inf[row]) fresh[row] |= 2;
      }
    }
    const mixed = !found.batched && this.source(before);
    if (mixed) {
      const code = this.add({ kind: "spread", step, of: mixed });
      for (const codes of [nan, inf]) codes.forEach((own, row) => (codes[row] = own && code));
    }
    if (fresh.some(Boolean)) this.blame(step, inputs, before, value, { fresh, freshNan, nan, inf });
    return { nan, inf, batched: found.batched };
  }

  blame(step, inputs, before, value, { fresh, freshNan, nan, inf }) {
    const spoilt = freshNan ? this.spoilt(step, inputs, before) : CLEAN;
    let code;
    if (spoilt) {
      code = this.add({ kind: "spread", step, of: spoilt });
    } else {
      const stored = inputs.length > 0 && inputs.every(({ id }) => this.constants.has(id));
      code = this.add({ kind: "op", step, stored, name: stored ? this.constants.get(inputs[0].id) : undefined });
      noteCells(this.origins[code], fresh, value, inputs, this.rows);
      const given = [...this.origins[code].operands.values()];
      const divides = classOf(step.op) === "divide" && this.constants.has(inputs[1]?.id);
      this.origins[code].byStoredZero = divides && given.some(({ b }) => b === 0);
    }
    const masks = classOf(step.op) === "mask" && !spoilt;
    const infinite = masks ? this.add({ kind: "mask", step }) : code;
    fresh.forEach((flags, row) => {
      if (flags & 1) nan[row] = code;
      if (flags & 2) inf[row] = infinite;
    });
  }

  turned(code, row, step) {
    if (code && !this.origins[code].turned.has(row)) this.origins[code].turned.set(row, step);
    return code;
  }

  /** By row, the code of the first bad input; where several are, of one that is bad there. */
  inherited(step, inputs, before, value, kind) {
    const codes = new Int32Array(this.rows);
    const bad = before.filter((mark) => mark?.[kind].some(Boolean)).length;
    before.forEach((mark, nth) => {
      if (!mark) return;
      this.reach(mark[kind], step);
      const there = bad > 1 ? this.coincides(step, inputs, nth, value, kind) : null;
      for (let row = 0; row < this.rows; row++) {
        if (!there || there[row]) codes[row] ||= mark[kind][row];
      }
    });
    if (bad > 1) {
      for (const mark of before) mark?.[kind].forEach((code, row) => (codes[row] ||= code));
    }
    return codes;
  }

  coincides(step, inputs, nth, value, kind) {
    const data = inputs[nth].value.data;
    if (data.length !== value.data.length || classOf(step.op) === "product") return null;
    const rows = new Uint8Array(this.rows);
    const width = value.data.length / this.rows;
    const test = kind === "nan" ? (x) => x !== x : (x) => x === Infinity || x === -Infinity;
    const mask = classOf(step.op);
    for (let at = 0; at < data.length; at++) {
      const both = test(data[at]) && value.data[at] - value.data[at] !== 0;
      if (both && takes(mask, inputs, nth, at)) rows[Math.floor(at / width)] = 1;
    }
    return rows;
  }

  reach(codes, step) {
    for (const code of new Set(codes)) {
      const origin = this.origins[code];
      if (origin.kind === "input" && !origin.reached && isLandmark(step.op)) origin.reached = step;
    }
  }

  /** The code of a bad row among inputs that have rows. */
  source(before) {
    for (const mark of before) {
      if (!mark?.batched) continue;
      const code = mark.nan.find(Boolean) ?? mark.inf.find((own) => this.unmasked(own));
      if (code) return code;
    }
    return CLEAN;
  }

  spoilt(step, inputs, before) {
    if (isElementwise(step.op)) return CLEAN;
    const moving = inputs.filter(({ id }) => !this.constants.has(id)).length;
    if (classOf(step.op) === "product" && moving < 2) return CLEAN;
    return this.source(before);
  }

  /** Notes where bad rows vanish, and how watched steps fared. */
  note(step, inputs, before, outputs) {
    const after = new Uint8Array(this.rows);
    for (const { id } of outputs) {
      const mark = this.marks.get(id);
      if (mark) after.forEach((_, row) => (after[row] |= Number(Boolean(mark.nan[row] || mark.inf[row]))));
    }
    if (this.watched.has(step.at)) this.watched.set(step.at, after);
    const same = inputs.length > 1 && new Set(inputs.map(({ id }) => id)).size === 1;
    if (classOf(step.op) === "test" || (isCompare(step.op) && same)) return;
    before.forEach((mark, nth) => {
      const divisor = classOf(step.op) === "norm" || (nth === 1 && classOf(step.op) === "divide");
      if (!mark || (this.constants.has(inputs[nth].id) && !divisor)) return;
      const gone = Int32Array.from(after, (bad, row) =>
        bad ? CLEAN : mark.nan[row] || this.unmasked(mark.inf[row]),
      );
      if (gone.some(Boolean)) this.vanished.set(`${step.at},${nth}`, { at: step.at, nth, gone });
    });
  }
}
