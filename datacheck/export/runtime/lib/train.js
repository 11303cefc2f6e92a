/**
 * A guard for training: it stops before the weights are lost, and gives the best ones back.
 *
 * The last finite weights of a training that diverges are worthless (1e18), so the weights are
 * scored on a few rows of the training's own, and the best ones are kept. For the first steps, and
 * then now and then, the step's own batch is run again: a step that raises the loss tenfold is told
 * at once, for no healthy training was seen to do so.
 */

import { runAgain } from "./again.js";
import { watchBatches } from "./batch.js";
import { DatacheckError } from "./errors.js";
import { badLoss, badRows, badWeight, checkInputs, release, restore, snapshot, tensors } from "./guard.js";
import { sampleOf, answered } from "./sample.js";
import { reportOf } from "./wording.js";

/** The steps that are watched: some early ones, then every so many. */
const EARLY = [0, 1, 4, 16];
const EVERY = 50;
const TENFOLD = 10;
/** Looks in a row that find every row answered alike, before a training is told to have died. */
const LOOKS = 3;
const DIED = "the model answers every row alike: its units are off, and nothing more is learned";
/** Scores that a loss is compared with which lurches below where it began. */
const RECENT = 4;
/** A scaled column, or target, stays below this. */
const LARGE = 5;
/** A loss below this, or below this share of where it began, rises tenfold by rounding. */
const SMALL = 1e-3;

const MODES = ["raise", "skip", "halve"];

export function trainGuard(
  tf,
  { xs, ys, columns = [], mode = "raise", warn = console.warn, every = EVERY, report } = {},
) {
  if (!MODES.includes(mode)) {
    throw new DatacheckError(`there is no mode ${JSON.stringify(mode)}`, { todo: `one of ${MODES.join(", ")}` });
  }
  class TrainGuard extends tf.Callback {
    epoch = 0;
    step = 0;
    best = null;
    score = Infinity;
    before = null;
    findings = [];

    async onTrainBegin() {
      this.forget();
      Object.assign(this, { epoch: 0, step: 0, score: Infinity, findings: [] });
      this.recent = Array(RECENT).fill(Infinity);
      Object.assign(this, { toldApart: false, alike: 0 });
      if (mode === "raise") await checkInputs({ xs, ys, columns });
      const bad = await badWeight(this.model);
      if (bad) throw new DatacheckError(`weight ${bad} before training: the model is spoilt`);
      const holed = mode === "raise" ? new Set() : await badRows({ xs, ys });
      this.sample = await sampleOf(tf, this.model, xs, ys, holed);
      this.start = await this.scored();
      this.last = undefined;
      await this.keep(this.start);
    }

    async onEpochBegin(epoch) {
      this.epoch = epoch;
    }

    get watched() {
      return EARLY.includes(this.step) || this.step % every === 0;
    }

    async onBatchBegin() {
      this.putBack();
      // What `fit` is given was looked at before; a dataset, or rows to be left out, by the batch.
      if (mode !== "raise" || !xs) this.batch = watchBatches(tf, this.model, columns);
      this.own = this.watched ? runAgain(tf, this.model) : undefined;
      if (mode === "raise") return;
      release(this.before);
      this.before = await snapshot(this.model);
    }

    async onBatchEnd(batch, logs) {
      const { watched } = this;
      this.step += 1;
      const own = await this.own?.losses();
      const cell = this.batch?.take();
      this.putBack();
      // A gradient alone may be NaN: where the batch is to be skipped, that has to show at once.
      const spoilt = watched || mode === "skip" ? () => badWeight(this.model) : () => undefined;
      const bad = (await badLoss(logs)) ?? (await spoilt());
      if (bad) return cell ? this.refuse(cell, batch) : this.stop(bad, batch);
      if (watched) await this.look(batch, this.sample ? await this.scored() : undefined, own);
    }

    async onEpochEnd(_, logs) {
      // The loss of an epoch whose bad batches were left out still tells of them.
      const loss = mode === "raise" ? await badLoss(logs) : undefined;
      const bad = loss ?? (await badWeight(this.model));
      if (bad) return this.stop(bad, undefined);
      const score = await this.scored(logs);
      return this.sample ? this.look(undefined, score) : this.keep(score);
    }

    async onTrainEnd() {
      this.forget();
      await report?.(this.report());
    }

    putBack() {
      this.own?.putBack();
      this.batch?.putBack();
      this.batch = this.own = undefined;
    }

    /** The loss on the guard's own rows; the epoch's where it has none. */
    async scored(logs) {
      if (!this.sample) return logs ? numberOf(logs.loss) : Infinity;
      const { loss, alike } = await answered(tf, this.model, this.sample);
      this.toldApart ||= !alike;
      this.alike = alike && this.toldApart ? this.alike + 1 : 0;
      return loss;
    }

    async keep(score) {
      if ((this.alike || !(score < this.score)) && this.best) return;
      release(this.best);
      this.best = await snapshot(this.model);
      this.score = Number.isFinite(score) ? score : Infinity;
    }

    /** Tells a training whose loss has left where it began: by a step, or by several in a row. */
    async look(batch, score, own) {
      // Units that are off for every row have gradients of 0: no loss is bad, and nothing is learned.
      // A training that goes on is told once.
      if (mode === "raise" ? this.alike >= LOOKS : this.alike === LOOKS) return this.stop(DIED, batch, false);
      // Without rows of its own it has begun where the first batch did.
      if (own && !Number.isFinite(this.start)) this.start = own[0];
      const last = this.last ?? this.start;
      this.last = score ?? last;
      const floor = Math.max(this.start, SMALL);
      const [before, after] = own ?? [Math.max(last, floor / TENFOLD), score];
      // A batch that is nearly fitted may rise tenfold alone, and a first loss that is large may bounce:
      // below where it began, the rows that weights are scored on have to rise tenfold with it, above
      // all that was seen of late.
      const settled = Math.max(...this.recent, SMALL, SMALL * this.start);
      const lurches = !(after <= this.start) || (own && score > TENFOLD * settled);
      this.recent = [...this.recent.slice(1), score];
      const leaves = after > TENFOLD * Math.max(before, SMALL) && lurches;
      const climbs = score > TENFOLD * floor && score > last;
      if (!leaves && !climbs) return score === undefined ? undefined : this.keep(score);
      const raised = Math.max(after, score ?? after);
      const above = this.sample && (after > this.start || climbs);
      const from = above ? `${this.start.toPrecision(3)} at the start` : `${before.toPrecision(3)} before it`;
      const message =
        `step ${this.step} has raised the loss to ${raised.toPrecision(3)}, from ${from}, ` +
        "more than tenfold: training diverges.";
      const { todo, carries } = await advice(this.model, xs, ys, columns);
      if (!this.findings.length) warn(`datacheck: ${message} ${todo}`);
      this.note("train.diverges", "warning", batch, message, todo, { ...carries, loss: before, loss_after: after });
      if (mode === "halve") await this.back();
    }

    /** What was found, as datacheck's report. */
    report() {
      const findings = this.findings.map(({ code, severity, message, todo, ...evidence }) => ({
        ...{ code, severity, column: evidence.column ?? null, count: 1, rows: [], values: [] },
        ...{ evidence, message, remedy: todo ?? "", fix: null, accepted: null },
      }));
      return reportOf(findings, { name: "training", columns, cells: [] });
    }

    note(code, severity, batch, message, todo, where = {}) {
      const { epoch, step } = this;
      this.findings.push({ code, severity, epoch, batch, step, message, todo, ...where });
    }

    /** A batch that holds what is no number teaches nothing: an error, or it is left out. */
    async refuse({ name, row, column, value }, batch) {
      const message = `batch ${batch} of epoch ${this.epoch}: ${name} holds ${value} in row ${row}`;
      const where = { row, column, value: String(value), mode };
      const todo = "impute it, or leave the row out";
      if (mode !== "raise") {
        this.note("train.skipped", "error", batch, message, todo, where);
        return restore(this.model, this.before);
      }
      await restore(this.model, this.best);
      return this.end(`${message}: training would spoil every weight`, batch, todo, where);
    }

    /** Back to the best weights, with half the learning rate. */
    async back() {
      await restore(this.model, this.best);
      this.last = this.score;
      return halved(this.model.optimizer);
    }

    async stop(bad, batch, spoilt = true) {
      const where = batch === undefined ? `the end of epoch ${this.epoch}` : `batch ${batch} of epoch ${this.epoch}`;
      const message = `${where}: ${bad}`;
      const { todo, carries } = await advice(this.model, xs, ys, columns);
      if (mode !== "raise") {
        this.note("train.stopped", "error", batch, message, todo, { ...carries, mode });
        if (mode === "skip" && !spoilt) return undefined;
        if (mode === "skip" && this.before) return restore(this.model, this.before);
        if (mode === "halve" && (await this.back())) return undefined;
      }
      await restore(this.model, this.best);
      return this.end(message, batch, todo, carries);
    }

    /** Ends the training by an error; the model has its best weights back. */
    async end(message, batch, todo, where) {
      if (mode === "raise") this.note("train.stopped", "error", batch, message, todo, where);
      this.forget();
      await report?.(this.report());
      const what = `${message}. Training stopped; the model has its best weights back`;
      const error = new DatacheckError(what, { row: where.row, column: where.column, todo });
      throw Object.assign(error, { epoch: this.epoch, batch, findings: this.findings });
    }

    forget() {
      this.putBack();
      release(this.best);
      release(this.before);
      this.sample?.owned.forEach((tensor) => tensor.dispose());
      Object.assign(this, { best: null, before: null, sample: null });
    }
  }
  return new TrainGuard();
}

const numberOf = (loss) => (typeof loss === "number" ? loss : Infinity);

function halved(optimizer) {
  const rate = optimizer.learningRate;
  if (!(rate > 0)) return false;
  if (typeof optimizer.setLearningRate === "function") optimizer.setLearningRate(rate / 2);
  else optimizer.learningRate = rate / 2;
  return true;
}

/** The column of the inputs that reaches furthest. */
async function largest(xs, columns) {
  const [given] = tensors("xs", xs);
  if (!given || given[1].rank !== 2) return undefined;
  const values = await given[1].data();
  const width = given[1].shape[1];
  const sizes = Array(width).fill(0);
  values.forEach((x, at) => finite(x) && (sizes[at % width] = Math.max(sizes[at % width], Math.abs(x))));
  const at = sizes.indexOf(Math.max(...sizes));
  return { column: width === columns.length ? columns[at] : `xs[${at}]`, size: sizes[at] };
}

const finite = (x) => x - x === 0;

/**
 * What to try: the column or the target that carries the size, and a smaller learning rate.
 *
 * @returns {Promise<{todo: string, carries: {column?: string, largest?: number}}>}
 */
async function advice(model, xs, ys, columns) {
  const tips = [];
  let carries = {};
  const found = await largest(xs, columns);
  if (found?.size > LARGE) {
    carries = { column: found.column, largest: found.size };
    tips.push(`scale ${JSON.stringify(found.column)}, which reaches ${found.size.toPrecision(3)}`);
  }
  const [target] = tensors("ys", ys);
  const labels = target ? (await target[1].data()).filter(finite) : [];
  const top = labels.reduce((size, y) => Math.max(size, Math.abs(y)), 0);
  if (top > LARGE) {
    if (!carries.column) carries = { column: "target", largest: top };
    tips.push(`scale the target, which reaches ${top.toPrecision(3)}`);
  }
  const rate = model.optimizer.learningRate;
  if (rate > 0) tips.push(`try a learning rate of ${(rate / 10).toPrecision(2)}`);
  return { todo: tips.length ? `${tips.join("; ")}.` : "Lower the learning rate.", carries };
}
