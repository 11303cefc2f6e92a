"""A training's loss: labels that are no numbers, losses and gradients that are not finite.

A batch is halved until the rows are known that fail, each by itself. A model that can be
differentiated then shows the step of the loss, or of its backward pass, that made it.

The target of a diagnosis: the labels, laid out as a loss takes them, with the table's cells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.arrays import Flags, Floats
from datacheck.diagnosis.arrays import as_array
from datacheck.diagnosis.causes import Cause, merged
from datacheck.diagnosis.columns import ColumnSearch, Trials, quiet
from datacheck.diagnosis.feed import Feed, from_arrays, from_frame, names_of
from datacheck.diagnosis.losses import loss_of_arrays
from datacheck.diagnosis.model import Arrays, Input, Model, answer_of, end_is_bad
from datacheck.diagnosis.origin import Origin
from datacheck.diagnosis.tables import cause_of, class_of
from datacheck.diagnosis.tensorflowjs import NodeModel
from datacheck.diagnosis.wording import finding_of
from datacheck.errors import ArtefactError, DataError
from datacheck.report import Finding

#: Rows in a batch; rows that fail and are looked for; rows that a search for columns is given.
BATCH, MOST, SEARCHED = 256, 64, 8
#: Columns that are tried one by one: each is a backward pass.
WIDEST = 512


class Learning(Protocol):
    """A model under its loss."""

    def fails(self, arrays: Arrays, labels: NDArray[Any]) -> bool:
        """Whether the loss of a batch, or a gradient, is not finite."""

    def origin(self, arrays: Arrays, labels: NDArray[Any]) -> tuple[Origin | None, str]:
        """Who made it, and whose gradient is not finite: none for the loss itself."""


class ByAnswer:
    """A model that cannot be differentiated: a loss of its answers and the labels."""

    def __init__(self, model: Model, loss: Callable[..., Any] | str) -> None:
        self._model, self._loss = model, loss_of_arrays(loss)

    def fails(self, arrays: Arrays, labels: NDArray[Any]) -> bool:
        """Whether the loss is not finite."""
        ends = self._model.run(arrays)
        value = self._loss(ends[0] if len(ends) == 1 else ends, labels)
        return not np.isfinite(np.asarray(value, np.float64)).all()

    def origin(self, arrays: Arrays, labels: NDArray[Any]) -> tuple[Origin | None, str]:  # noqa: ARG002
        """Not seen."""
        return None, ""


def learning(model: Model, loss: Any) -> Learning:
    """A model under its loss."""
    differentiated = getattr(model, "under", None)
    return ByAnswer(model, loss) if differentiated is None else differentiated(loss)


def loss_findings(
    model: Model | NodeModel, feed: Feed, reference: Floats | None, loss: Any, labels: Feed
) -> list[Finding]:
    """What is wrong with the labels, losses and gradients of rows whose answer is finite."""
    if isinstance(model, NodeModel):
        raise ArtefactError(
            "a model of TensorFlow.js is trained in JavaScript",
            todo="leave loss out here, and give trainGuard to fit there",
        )
    bad = label_causes(labels)
    found = [finding_of(cause, labels, 0, {}) for cause in merged(bad)]
    with quiet():
        plain = model.run(feed.arrays(feed.matrix)) if len(feed.matrix) else []
        failed = end_is_bad(plain, len(feed.matrix))
        trials = Trials.of(model, feed, failed, reference)
        skip = set(np.flatnonzero(failed).tolist()) | {row for each in bad for row in each.rows}
        causes = merged(loss_causes(trials, feed, labels, loss, skip))
    outcome = {row: answer_of(plain, row) for cause in causes for row in cause.rows[:1]}
    return found + [finding_of(cause, feed, 0, outcome) for cause in causes]


def label_causes(labels: Feed) -> list[Cause]:
    """Labels that are no numbers."""
    missing = np.isnan(labels.matrix)
    infinite = ~np.isfinite(labels.cast()) & ~missing
    return [
        Cause(
            "nan.input",
            f"label_{word}",
            np.flatnonzero(bad[:, at]).tolist(),
            (int(at),),
            "input",
            evidence={"stage": "label"},
        )
        for word, bad in (("missing", missing), ("infinite", infinite))
        for at in np.flatnonzero(bad.any(axis=0))
    ]


class LossTrials(Trials):
    """Trials whose rows fail if their loss or a gradient of it does, each by itself."""

    def __init__(self, trials: Trials, feed: Feed, labels: Feed, under: Learning) -> None:
        super().__init__(trials.model, feed, trials.center, trials.spread)
        self._labels, self._under = labels, under
        self.label = labels.matrix[:1]

    def bad(self, rows: Floats, *, at: int | None = None) -> Flags:  # noqa: ARG002
        """By row, whether it fails, with the label that is set."""
        return np.array([self.together(row[None], self.label) for row in rows], bool)

    def together(self, rows: Floats, labels: Floats) -> bool:
        """Whether rows fail as one batch; one row is taken twice, for norms of batches."""
        if len(rows) == 1:
            rows, labels = np.repeat(rows, 2, axis=0), np.repeat(labels, 2, axis=0)
        arrays = self.feed.arrays(rows)
        return self._under.fails(arrays, self.answers(arrays, labels))

    def answers(self, arrays: Arrays, labels: Floats) -> NDArray[Any]:
        """Labels as the loss takes them."""
        return as_answer(self._labels, labels, self.model.run([a[:2] for a in arrays]))


def loss_causes(trials: Trials, feed: Feed, labels: Feed, loss: Any, skip: set[int]) -> list[Cause]:
    """Rows whose loss, or a gradient of it, is not finite though their answer is."""
    under = learning(trials.model, loss)
    own = LossTrials(trials, feed, labels, under)
    rows = np.array([row for row in range(len(feed.matrix)) if row not in skip], np.int64)
    left = failing(own, feed.matrix, labels.matrix, rows)
    good = [row for row in rows.tolist() if row not in left][:BATCH]
    causes = []
    while left:
        found = _causes(own, under, labels, left, good)
        causes += found
        told = {row for cause in found for row in cause.rows}
        left = [row for row in left if row not in told]
    return causes


def failing(trials: LossTrials, matrix: Floats, labels: Floats, rows: NDArray[Any]) -> list[int]:
    """The rows that fail, found by halving batches that do."""
    found: list[int] = []
    stack = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)][::-1]
    while stack and len(found) < MOST:
        batch = stack.pop()
        if not trials.together(matrix[batch], labels[batch]):
            continue
        if len(batch) == 1:
            found.append(int(batch[0]))
            continue
        middle = len(batch) // 2
        stack += [batch[middle:], batch[:middle]]
    return found


def _causes(
    trials: LossTrials, under: Learning, labels: Feed, rows: list[int], good: list[int]
) -> list[Cause]:
    """What makes the first of the rows fail, with the others that it makes fail, by columns."""
    chosen = np.array([*rows, *good], np.int64)
    arrays = trials.feed.arrays(trials.feed.matrix[chosen])
    given = trials.answers(arrays, labels.matrix[chosen])
    origin, parameter = under.origin(arrays, given)
    evidence = {"stage": "backward" if parameter else "loss"}
    if parameter:
        evidence["gradient"] = parameter
    members = [rows[at] for at in sorted(origin.operands) if at < len(rows)] if origin else []
    word, operands = "loss", dict[str, Any]()
    if origin is not None and origin.step is not None and members:
        operands = next(iter(origin.operands.values()), {})
        word = cause_of(class_of(origin.op), operands)
    else:
        members, origin = (rows, None) if origin is None else (rows[:1], None)
    return [
        Cause(
            "nan.op",
            word,
            own,
            columns,
            "replacement" if columns else "",
            origin,
            operands,
            dict(evidence),
        )
        for columns, own in _by_columns(trials, labels, members).items()
    ]


def _by_columns(
    trials: LossTrials, labels: Feed, rows: list[int]
) -> dict[tuple[int, ...], list[int]]:
    """Rows by the columns that make them fail; rows beyond those searched go with the first."""
    out: dict[tuple[int, ...], list[int]] = {}
    searched = rows[:SEARCHED] if len(trials.center) <= WIDEST else []
    cast = trials.feed.cast()
    for row in searched:
        trials.label = labels.matrix[row : row + 1]
        (found,) = ColumnSearch(trials, None).of(cast[row : row + 1])
        out.setdefault(found.columns if found else (), []).append(row)
    first = next(iter(out), ())
    out.setdefault(first, []).extend(rows[len(searched) :])
    return out


def labels_of(target: Any, frame: pl.DataFrame | None, name: str, rows: int) -> Feed:
    """The labels of so many rows, from columns or an array; raises `DataError` for others."""
    names = names_of(target)
    if names and frame is not None:
        cells = [frame[column] for column in names if column in frame.columns]
        whole = all(each.dtype.is_integer() and not each.null_count() for each in cells)
        dtype = np.dtype(np.int64 if whole else np.float32)
        return from_frame(frame, name, (Input("target", (len(names),), dtype),), names, None)
    if target is None or names:
        raise DataError(
            "a loss needs the labels",
            got="no target" if target is None else f"target={target!r} and no table",
            todo="give target: a column of the data, or an array with a label for each row",
        )
    array = as_array(target)
    if len(array) != rows:
        raise DataError(
            "the target has other rows than the data",
            got=f"{len(array):,} labels",
            expected=f"{rows:,}",
        )
    kind = np.dtype(np.int64) if array.dtype.kind in "iub" else np.dtype(np.float32)
    dtype = array.dtype if array.dtype.kind == "f" else kind
    return from_arrays([array], (Input("target", None, dtype),), None)


def as_answer(labels: Feed, matrix: Floats, ends: Arrays) -> NDArray[Any]:
    """Labels in the shape that a loss takes them in beside a model's answers."""
    (found,) = labels.arrays(matrix)
    if labels.frame is None or found.ndim != 2 or found.shape[1] != 1 or not ends:  # noqa: PLR2004
        return found
    answer = ends[0]
    classes = found.dtype.kind == "i" and answer.ndim > 1 and answer.shape[-1] > 1
    if classes or answer.ndim == 1:
        return found[:, 0]
    return found if answer.dtype.kind != "f" else found.astype(answer.dtype)
