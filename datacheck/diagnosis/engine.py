"""One diagnosis: run plainly, watch the rows that matter, and tell who made them bad.

The model is run once as it serves. Then the rows that failed, some that lie at the edge of their
columns and some healthy ones are run under the judge, for a model of many rows stays cheap to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Floats
from datacheck.diagnosis.categories import unknown_categories
from datacheck.diagnosis.causes import (
    Cause,
    Traced,
    by_columns,
    causes_of,
    causes_without_steps,
    merged,
)
from datacheck.diagnosis.columns import Trials, culprits, evenly, quiet
from datacheck.diagnosis.feed import Feed
from datacheck.diagnosis.functions import FunctionModel, said
from datacheck.diagnosis.hidden import TOLERANCE, differ, hidden_causes
from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import Arrays, Model, answer_of, end_is_bad
from datacheck.diagnosis.origin import CLEAN, Origin
from datacheck.diagnosis.serving import served
from datacheck.diagnosis.tables import is_drawn
from datacheck.diagnosis.tensorflowjs import NodeModel
from datacheck.diagnosis.wording import finding_of, unseen_of
from datacheck.errors import DatacheckError, PredictionError
from datacheck.findings.row_counts import none_of
from datacheck.report import Finding

#: How many rows of each kind are watched.
BAD, EDGE, GOOD = 256, 512, 64
#: Fewer rows are not divided to see whether they mix.
MIXED = 4


def findings_of(
    model: Model | NodeModel, feed: Feed, reference: Floats | None, *, trains: bool = False
) -> list[Finding]:
    """Why rows predict no number, or a wrong one; a model that `trains` mixes rows on purpose."""
    if not len(feed.matrix):
        return list(none_of(0))
    if isinstance(model, NodeModel):
        return list(model.report(feed).findings)
    with quiet():
        run = _Run(model, feed, reference, trains=trains)
        try:
            found = run.found() if model.traces else run.unseen()
        except DatacheckError:
            raise
        except Exception as error:
            raise PredictionError(
                f"{model.name} answers, and raises where its steps are watched",
                got=said(error),
                expected="a model that runs on some of the rows as it does on all",
                todo="give a function that runs it, which shows rows and columns alone",
            ) from error
        causes = merged([*run.with_unheld(found), *run.unknown()])
        for cause in causes:
            run.note_refusal(cause)
        answers = {row: answer_of(run.plain, row) for each in causes for row in each.rows[:1]}
    bad = int(np.count_nonzero(run.bad))
    findings = [finding_of(cause, feed, bad, answers) for cause in causes]
    unseen = getattr(model, "unseen", None)
    return [unseen_of(unseen)] if unseen and not findings else findings


#: Causes in a model that shows no step.
WITHOUT_STEPS = ("function", "always")


class _Run:
    def __init__(self, model: Model, feed: Feed, reference: Floats | None, *, trains: bool) -> None:
        self.model, self.feed, self._trains = model, feed, trains
        self.matrix = feed.cast()
        self.plain = served(model, feed)
        self.bad = end_is_bad(self.plain, len(self.matrix))
        self.trials = Trials.of(model, feed, self.bad, reference)

    def found(self) -> list[Cause]:
        """The causes in a model that shows its steps."""
        picked = self._picked()
        traced = self._trace(picked, self.matrix[picked])
        self._forget_meant(traced)
        causes = list(self._truly_spread(causes_of(traced, self.trials, self.cell_fault)))
        causes += self._behind(traced)
        causes += hidden_causes(traced, self.trials, self._median())
        causes += self._halves(traced)
        causes = self._served(traced, causes)
        causes += self._unsettled(traced, causes)
        return self._all_rows(causes)

    def with_unheld(self, causes: list[Cause]) -> list[Cause]:
        """Before all else: cells that an integer or boolean input cannot hold."""
        unheld = self.feed.unheld()
        odd = set(np.flatnonzero(unheld.any(axis=1)).tolist())
        for cause in causes:
            if cause.code == "nan.op":
                cause.rows = [row for row in cause.rows if row not in odd]
        causes = [cause for cause in causes if cause.rows]
        for at in np.flatnonzero(unheld.any(axis=0)).tolist():
            rows = np.flatnonzero(unheld[:, at]).tolist()
            code = "nan.input" if self.bad[rows[0]] else "nan.hidden"
            evidence = self.feed.held(rows[0], at)
            causes.append(Cause(code, "unheld", rows, (at,), "input", evidence=evidence))
        return causes

    def unknown(self) -> Iterator[Cause]:
        """Categories that a booster does not know."""
        if isinstance(self.model, FunctionModel):
            yield from unknown_categories(self.model, self.feed, self.bad)

    def note_refusal(self, cause: Cause) -> None:
        """Note what a model that shows no steps raises at the first row, if it gives no answer."""
        row = cause.rows[0]
        if self.bad[row] and isinstance(self.model, FunctionModel):
            raised = self.model.refusal(self.feed.arrays(self.feed.matrix[[row]]))
            if raised:
                cause.evidence["raises"] = raised
                cause.cause = "refused" if cause.cause in WITHOUT_STEPS else cause.cause

    def _trace(self, rows: NDArray[Any], matrix: Floats, *, halves: bool = False) -> Traced:
        judge = Judge(len(rows))
        run = getattr(self.model, "trace_halves" if halves else "trace")
        ends, codes = run(self.feed.arrays(matrix), judge)
        return Traced(rows, matrix, judge, ends, codes)

    def _forget_meant(self, traced: Traced) -> None:
        """An infinity that the watched run gives as well, and that a mask put there, is meant."""
        same = np.ones(len(traced.rows), bool)
        for end, plain in zip(traced.ends, self.plain, strict=True):
            if plain.shape[:1] != self.bad.shape:  # not by rows: a state, a loss of the batch
                same &= bool(np.isfinite(plain).all())
                continue
            own = plain[traced.rows]
            equal = (np.isfinite(end) & np.isfinite(own)) | ((end == own) & np.isinf(own))
            same &= equal.reshape(len(equal), -1).all(axis=1)
        self.bad[traced.rows[same & (traced.codes == 0)]] = False

    def _behind(self, traced: Traced) -> list[Cause]:
        """Put inputs right that are not finite, and look what else is wrong with their rows."""
        inputs = [at for at, o in enumerate(traced.judge.origins) if o.kind == "input"]
        at = np.flatnonzero(np.isin(traced.codes, inputs))
        if not len(at):
            return []
        mended = np.where(np.isfinite(traced.matrix), traced.matrix, self.trials.center)
        again = self._trace(traced.rows, mended)  # in the company that they were in
        again.codes = np.where(np.isin(traced.codes, inputs), again.codes, CLEAN)
        return list(causes_of(again, self.trials, self.cell_fault))

    def _truly_spread(self, causes: Iterable[Cause]) -> Iterator[Cause]:
        """Rows that fail without the row that spoilt them have a cause of their own."""
        for cause in causes:
            if cause.code == "nan.spread":
                rows = np.array(cause.rows)
                again = self._trace(rows, self.matrix[rows])
                own = again.judge.own(again.codes)
                again.codes = np.where(own, again.codes, CLEAN)
                yield from causes_of(again, self.trials, self.cell_fault)
                cause.rows = rows[~own].tolist()
            if cause.rows:
                yield cause

    def _halves(self, traced: Traced) -> list[Cause]:
        """Run suspect rows as the file says, halves in halves."""
        if not getattr(self.model, "has_halves", False):
            return []
        suspect = np.zeros(len(traced.rows), bool)
        for gone in traced.judge.vanished.values():
            suspect |= gone != CLEAN
        suspect |= self.bad[traced.rows] | (traced.codes != 0)
        at = np.flatnonzero(suspect)[:BAD]
        if not len(at):
            return []
        again = self._trace(traced.rows[at], traced.matrix[at], halves=True)
        known = set(traced.rows[traced.codes != 0].tolist())
        out = []
        for cause in causes_of(again, self.trials, self.cell_fault):
            cause.rows = [row for row in cause.rows if row not in known]
            if not cause.rows:
                continue
            if not self.bad[cause.rows].any():
                cause.code = "nan.hidden"
                cause.evidence["served"] = f"{self.model.runtime} computes halves in float32"
            out.append(cause)
        return out

    def _served(self, traced: Traced, causes: list[Cause]) -> list[Cause]:
        """What the served run answers where the watched one differs."""
        served = self.bad[traced.rows]
        hides = {int(row) for row in traced.rows[(traced.codes != 0) & ~served]}
        for cause in causes:
            if cause.code != "nan.hidden" and hides.issuperset(cause.rows):
                cause.evidence |= {"served": f"{self.model.runtime} hides it", "was": cause.code}
                cause.code = "nan.hidden"
        told = {row for cause in causes for row in cause.rows}
        silent = [int(r) for r in traced.rows[served & (traced.codes == 0)] if int(r) not in told]
        if silent:
            causes += self._spoilt(silent) or [
                Cause("nan.op", "served", silent, evidence={"runtime": self.model.runtime})
            ]
        return causes

    def _unsettled(self, traced: Traced, causes: list[Cause]) -> Iterator[Cause]:
        """Answers that are numbers, and others in other company or when they are asked again."""
        told = {cause.origin.op for cause in causes if cause.origin and cause.code == "nan.spread"}
        found = [] if self._trains else traced.judge.unsettled
        steps = {is_drawn(each.op): each for each in reversed(found)}
        for drawn, step in steps.items():
            run = getattr(self.model, "run_again", self.model.run) if drawn else self._in_halves
            rows = self._otherwise(run) if step.op not in told else []
            if rows:
                word = "draws" if drawn else "mixes"
                yield Cause("nan.hidden", word, rows, origin=Origin("op", step=step))
                return

    def _otherwise(self, run: Callable[[Arrays], Arrays]) -> list[int]:
        """The rows whose answer is another number in another run."""
        ends = run(self.feed.arrays(self.matrix))
        pairs = [(a, b) for a, b in zip(self.plain, ends, strict=True) if len(a) == len(self.bad)]
        rows = np.zeros(len(self.bad), bool)
        for plain, end in pairs:
            rows |= differ([plain], [end], len(rows), TOLERANCE * self._median())
        return np.flatnonzero(rows & ~self.bad).tolist()

    def _in_halves(self, arrays: Arrays) -> Arrays:
        """What the model gives where every second row is answered in the company of its like."""
        ends = [end.copy() for end in self.plain]
        for start in (0, 1) if len(self.bad) > MIXED else ():
            for end, half in zip(ends, self.model.run([a[start::2] for a in arrays]), strict=True):
                if len(end) == len(self.bad):
                    end[start::2] = half
        return ends

    def _spoilt(self, rows: list[int]) -> list[Cause]:
        """Rows that fail in the company of others alone."""
        source = culprits(self.trials, self.matrix, self.bad)
        rows = [row for row in rows if row not in source]
        if not source or not rows:
            return []
        return [Cause("nan.spread", "spread", rows, evidence={"source_rows": source[:20]})]

    def unseen(self) -> list[Cause]:
        """The causes in a model that shows none."""
        bad = np.flatnonzero(self.bad)
        if hasattr(self.model, "unseen"):
            return [*self._failed(bad), *self._lost()]
        return self._failed(bad)

    def _lost(self) -> Iterator[Cause]:
        """Rows answered in spite of a cell that is not finite, and where two numbers differ."""
        odd = np.flatnonzero(~np.isfinite(self.matrix).all(axis=1) & ~self.bad)[:BAD]
        low, high = (
            np.where(np.isfinite(self.matrix[odd]), self.matrix[odd], value)
            for value in (self.trials.center, self.trials.center + 3 * self.trials.spread)
        )
        if not len(odd):
            return
        one, other = (self.model.run(self.feed.arrays(each)) for each in (low, high))
        read = odd[differ(one, other, len(odd), TOLERANCE * self._median())]
        holes = ((row, np.flatnonzero(~np.isfinite(self.matrix[row]))) for row in read.tolist())
        sets = [(row, (column,)) for row, columns in holes for column in columns.tolist()]
        for columns, rows in by_columns(sets).items():
            yield Cause("nan.hidden", "maybe_lost", rows, columns, "input")

    def _failed(self, bad: NDArray[Any]) -> list[Cause]:
        if not len(bad):
            return []
        again = end_is_bad(self.model.run(self.feed.arrays(self.feed.matrix)), len(self.bad))
        if not np.array_equal(again, self.bad):
            return [Cause("nan.op", "unsteady", bad.tolist())]
        source = culprits(self.trials, self.matrix, self.bad)
        spoilt = [int(row) for row in bad if int(row) not in source] if source else []
        own = np.array(source or bad)
        causes = causes_without_steps(self.trials, self.matrix, own, self.cell_fault)
        if spoilt:
            causes.append(Cause("nan.spread", "spread", spoilt, evidence={"source_rows": source}))
        return causes

    def _all_rows(self, causes: list[Cause]) -> list[Cause]:
        """Rows that failed and were too many to be watched belong to the causes seen."""
        told = {row for cause in causes for row in cause.rows}
        left = np.array([row for row in np.flatnonzero(self.bad) if int(row) not in told])
        if not len(left) or not causes:
            return causes
        traced = self._trace(left, self.matrix[left])
        self._forget_meant(traced)
        return [*causes, *causes_of(traced, self.trials, self.cell_fault)]

    def _picked(self) -> NDArray[Any]:
        """The rows to be watched: bad ones, those at the edge of a column, some healthy ones."""
        cast = self.matrix
        finite = np.isfinite(cast)
        odd, bad = ~finite.all(axis=1), np.flatnonzero(self.bad)
        chosen = [np.flatnonzero(self.bad & odd)[:BAD], bad[:BAD]]
        chosen += [np.flatnonzero(~self.bad)[:GOOD], np.flatnonzero(~self.bad & odd)[:BAD]]
        filled = np.where(finite, cast, self.trials.center)
        edges = [filled.argmax(axis=0), filled.argmin(axis=0), np.abs(filled).argmin(axis=0)]
        far = np.abs(filled - self.trials.center) / self.trials.spread
        order = np.argsort(-far.max(axis=1), kind="stable") if far.shape[1] else np.arange(0)
        chosen += [order[:GOOD], np.unique(np.concatenate(edges))[: EDGE - GOOD]]
        return np.unique(np.concatenate(chosen)).astype(np.int64)

    def cell_fault(self, row: int, column: int) -> str:
        """Why an input cell is not finite."""
        value = self.feed.matrix[row, column]
        if np.isinf(value):
            return "infinite"
        cell = self.feed.cell(row, self.feed.columns[column])
        if np.isfinite(value):
            prepared = isinstance(cell, int | float) and cell != value
            return "scaled_beyond_type" if prepared else "beyond_type"
        return "unreadable" if isinstance(cell, str) and cell.strip() else "missing"

    def _median(self) -> float:
        good = evenly(np.flatnonzero(~self.bad))
        ends = [end for end in self.plain if end.shape[:1] == self.bad.shape]
        sizes = [np.abs(end[good].astype(np.float64)).reshape(-1) for end in ends]
        sizes = [size[np.isfinite(size) & (size > 0)] for size in sizes]
        whole = np.concatenate(sizes) if sizes else np.zeros(0)
        return float(np.median(whole)) if len(whole) else 1.0
