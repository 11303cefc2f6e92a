"""What a training is watched for, whatever the framework: one design in three skins.

Before the first step: inputs, target and weights. For the first steps, and then now and then, the
weights are scored on a few rows, and the best ones are kept, for the last finite weights of a
training that diverges are worthless. A loss that a step raised tenfold is told at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.errors import TrainingError, must_be_known
from datacheck.files import write_text
from datacheck.report import Finding, Report

MODES = ("raise", "skip", "halve")

#: Rows that weights are scored on; the steps that are watched: some early ones, then every so many.
SCORED = 128
EARLY = (0, 1, 4, 16)
EVERY = 50
TENFOLD = 10.0
#: Looks in a row that find every row answered alike, before a training is told to have died.
LOOKS = 3
#: What is said of a model that has died.
DIED = "the model answers every row alike: its units are off, and nothing more is learned"
#: Scores that a loss is compared with which lurches below where it began.
RECENT = 4
#: A scaled column, or target, stays below this.
LARGE = 5.0
#: A loss below this, or below this share of where it began, rises tenfold by rounding.
SMALL = 1e-3


class Watched:
    """What every guard tells of its watch."""

    _watch: TrainingWatch

    @property
    def findings(self) -> list[Finding]:
        """What was found so far."""
        return self._watch.findings

    def report(self) -> Report:
        """What was found so far, as a report."""
        return self._watch.report()

    def _must_be_sound(self, spoilt: str | None) -> None:
        """Refuse to train a model with a weight that is not finite."""
        if spoilt is not None:
            raise TrainingError(
                f"the weight {spoilt!r} is not finite before training: the model is spoilt",
                todo="load an earlier checkpoint, or initialise it anew",
            )


class TrainingWatch:
    """The state of a watched training.

    `mode` says what follows a loss, gradient or weight that is not finite: ``raise`` (the model has
    its best weights back), ``skip`` the batch, or ``halve`` the learning rate and go on from the
    best weights. `every` says how often a step is watched after the first ones. The report goes to
    a path that ends in ``.json`` or ``.html``.
    """

    def __init__(
        self,
        columns: Sequence[str] = (),
        *,
        mode: str = "raise",
        every: int = EVERY,
        report: str | Path | None = None,
    ) -> None:
        must_be_known(mode, MODES, f"there is no mode {mode!r}", TrainingError)
        self.columns, self.mode, self.every = tuple(columns), mode, every
        self.findings: list[Finding] = []
        self.step = 0
        self.start = self.last = self.best = float("inf")
        #: The model has told rows apart, and how many looks in a row found that it does no more.
        self._told_apart, self._alike = False, 0
        #: The last scores.
        self.recent = [float("inf")] * RECENT
        #: The column, or the target, that carries the size, as the last advice found it.
        self.carries: dict[str, Any] = {}
        self._report, self._unwritten = report, False

    @property
    def watched(self) -> bool:
        """Whether this step is one of those that are watched."""
        return self.step in EARLY or self.step % self.every == 0

    def begin(self, score: float) -> None:
        """The score of the weights before the first step."""
        self.start = self.last = self.best = score if np.isfinite(score) else float("inf")

    def rescored(self, score: float) -> None:
        """The score of the best weights on more rows than before: others are compared with it."""
        if np.isfinite(score) and np.isfinite(self.best):
            share = score / self.best if self.best > 0 else 1.0
            self.start, self.last, self.best = self.start * share, self.last * share, score
            self.recent = [each * share for each in self.recent]

    def died(self, *, alike: bool) -> bool:
        """Whether a model that has told rows apart answers all of them alike, look after look.

        So do units that are off for every row: their gradients are 0, and nothing is learned again,
        though every loss is finite. `alike` is to the last bit, of rows whose target differs.
        """
        self._told_apart |= not alike
        self._alike = self._alike + 1 if alike and self._told_apart else 0
        # A training that goes on is told once.
        return self._alike >= LOOKS if self.mode == "raise" else self._alike == LOOKS

    def better(self, score: float) -> bool:
        """Whether weights of this score are the best so far; then they are to be kept."""
        if self._alike or not score < self.best:
            return False
        self.best = score
        return True

    def diverges(
        self,
        score: float,
        advice: Callable[[], str],
        where: dict[str, Any],
        own: tuple[float, float] | None = None,
    ) -> bool:
        """Tell a step that has raised the loss tenfold, by itself or since the start.

        `score` is that of the weights on the rows that they are scored on, `own` the loss of the
        step's own batch before and after it, where that can be run again. `advice` says what to
        try, once it is needed.
        """
        last, self.last = self.last, score
        floor = max(self.start, SMALL)
        before, after = own or (max(last, floor / TENFOLD), score)
        # A batch that is nearly fitted may rise tenfold alone, and a first loss that is large may
        # bounce: below where it began, the rows that weights are scored on have to rise with it,
        # tenfold above all that was seen of late.
        settled = max(*self.recent, SMALL, SMALL * self.start)
        lurches = after > self.start or (own is not None and score > TENFOLD * settled)
        leaves = after > TENFOLD * max(before, SMALL) and lurches
        self.recent = [*self.recent[1:], score]
        climbs = score > TENFOLD * floor and score > last
        if not (leaves or climbs):
            return False
        score, todo = max(score, after), advice()
        began = after <= self.start and not climbs
        source = f"{before:.3g} before it" if began else f"{self.start:.3g} at the start"
        message = (
            f"step {self.step} has raised the loss to {score:.3g}, from {source}, "
            "more than tenfold: training diverges."
        )
        if not self.findings:
            warnings.warn(f"datacheck: {message} {todo}", RuntimeWarning, stacklevel=3)
        self.add("train.diverges", "warning", message, todo, {**where, **self.carries})
        return True

    def add(
        self, code: str, severity: Any, message: str, remedy: str, evidence: dict[str, Any]
    ) -> None:
        """Keep a finding, and write the report where one is asked for."""
        found = Finding(
            code=code,
            severity=severity,
            message=message,
            remedy=remedy,
            column=evidence.get("column"),
            count=1,
            evidence={**evidence, "step": self.step},
        )
        self.findings.append(found)
        # Of many findings every one is not worth a page: `settle` writes the rest.
        count = len(self.findings)
        self._unwritten = bool(count & (count - 1))
        if not self._unwritten or code == "train.stopped":
            self._unwritten = True
            self.settle()

    def settle(self) -> None:
        """Write the report, if it is asked for, where there is more to tell; as its name ends."""
        if self._report is not None and self._unwritten:
            report, page = self.report(), str(self._report).endswith(".html")
            text = report.to_html() if page else report.to_json() + "\n"
            write_text(self._report, text, force=True)
            self._unwritten = False

    def report(self) -> Report:
        """What was found so far."""
        return Report(self.findings, name="training", rows=None, columns=len(self.columns))

    def stopped(self, what: str, advice: str, where: dict[str, Any]) -> TrainingError:
        """The error that ends a training."""
        self.add("train.stopped", "error", what, advice, where)
        back = ". Training stopped; the model has its best weights back" if self.step else ""
        error = TrainingError(what + back, todo=advice)
        error.step, error.report = self.step, self.report()
        error.row, error.column = where.get("row"), where.get("column")
        return error

    def bad_cell(self, name: str, array: NDArray[Any]) -> dict[str, Any] | None:
        """Where an array of inputs or targets is not finite: row, column and value."""
        if array.dtype.kind != "f" or np.isfinite(array.sum(dtype=np.float64)):
            return None
        flat = array.reshape(len(array), -1)
        rows, places = np.nonzero(~np.isfinite(flat))
        if not len(rows):
            return None
        row, place = int(rows[0]), int(places[0])
        column = self.name_of(name, place, flat.shape[1])
        return {"row": row, "column": column, "value": float(flat[row, place])}

    def name_of(self, name: str, place: int, width: int) -> str:
        """The name of a place in a row."""
        if name == "inputs" and width == len(self.columns):
            return self.columns[place]
        return name if width == 1 else f"{name}[{place}]"

    def refuse(
        self, where: dict[str, Any], name: str, at: dict[str, Any] | None = None
    ) -> TrainingError | None:
        """The error, if not skipped, of a cell by row, column and value that is not finite."""
        at = at or {}
        place = ", ".join(f"{word} {number}" for word, number in at.items())
        what = (
            f"{place + ': ' if place else ''}{name} holds {where['value']} in row {where['row']}, "
            f"column {where['column']!r}"
        )
        todo = "impute it, or leave the row out"
        if at and self.mode != "raise":
            self.add("train.skipped", "error", what, todo, {**at, **where})
            return None
        return self.stopped(f"{what}: training would spoil every weight", todo, {**at, **where})

    def advice(self, inputs: NDArray[Any] | None, target: NDArray[Any] | None, rate: float) -> str:
        """What to try: scale the column or the target that carries the size, a smaller rate."""
        tips = []
        self.carries = {}
        if inputs is not None and inputs.dtype.kind == "f" and inputs.size:
            flat = np.nan_to_num(np.abs(inputs.reshape(len(inputs), -1)))
            sizes = flat.max(axis=0)
            place = int(np.argmax(sizes))
            if sizes[place] > LARGE:
                name = self.name_of("inputs", place, len(sizes))
                row = int(flat[:, place].argmax())
                self.carries = {"column": name, "row": row, "largest": float(sizes[place])}
                tips.append(f"scale {name!r}, which reaches {sizes[place]:.3g}")
        if target is not None and target.dtype.kind == "f" and target.size:
            top = float(np.nanmax(np.abs(target)))
            if top > LARGE:
                self.carries = self.carries or {"column": "target", "largest": top}
                tips.append(f"scale the target, which reaches {top:.3g}")
        if rate > 0:
            tips.append(f"try a learning rate of {rate / 10:.2g}")
        return "; ".join(tips) or "lower the learning rate"
