"""Finite, but wrong: a value that was not finite on the way, and that the answer has read.

Two different numbers are put where the infinity or NaN stood, and the rest is run again. If the end
differs, it was read. A mask, a saturated sigmoid or tanh of infinity read none of it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.causes import Cause
from datacheck.diagnosis.columns import ColumnSearch
from datacheck.diagnosis.tables import cause_of, class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datacheck.arrays import Flags
    from datacheck.diagnosis.causes import Traced
    from datacheck.diagnosis.model import Arrays
    from datacheck.diagnosis.trials import Trials

#: Where bad values vanish in more places than these, the first are looked at.
MOST = 12
#: Relative to the median answer: a difference below is none.
TOLERANCE = 1e-4


def hidden_causes(traced: Traced, trials: Trials, median: float) -> Iterator[Cause]:
    """Causes of answers that are finite and wrong; `median` is the answers' median magnitude."""
    clean = traced.codes == 0
    edges = [(key, rows & clean) for key, rows in sorted(traced.judge.vanished.items())]
    seen: set[int] = set()
    for (at, operand), rows in [edge for edge in edges if edge[1].any()][:MOST]:
        chosen = np.flatnonzero(rows)[:64]
        chosen = chosen[[int(row) not in seen for row in chosen]]
        if not len(chosen):
            continue
        read = _read(traced, trials, at, operand, chosen, TOLERANCE * median)
        wrong = chosen[read]
        seen.update(wrong.tolist())
        if len(wrong):
            yield _cause(traced, trials, at, wrong)


def _read(
    traced: Traced, trials: Trials, at: int, operand: int, rows: NDArray[Any], tolerance: float
) -> Flags:
    """By row, whether the end depends on what stood there."""
    arrays = trials.feed.arrays(traced.matrix[rows])
    one, other = (
        trials.model.replaced(arrays, at, operand, partial(_other, which)) for which in (0, 1)
    )
    if one is None or other is None:
        return np.zeros(len(rows), bool)
    return _differ(one, other, len(rows), tolerance)


def _other(which: int, value: NDArray[Any]) -> NDArray[Any]:
    """Another number where one is not finite: of two, the largest and its root, or 0 and 1."""
    if value.dtype.kind != "f":
        return value
    largest = float(np.finfo(value.dtype).max)
    size = (largest, largest**0.5)[which]
    # Several cells become several numbers, so that the place of the largest is not the same.
    several = 1 + np.arange(value.size).reshape(value.shape) % 5
    out = np.where(np.isnan(value), which * several, value).astype(value.dtype)
    out[np.isposinf(value)] = size
    out[np.isneginf(value)] = -size
    return out


def _differ(one: Arrays, other: Arrays, rows: int, tolerance: float) -> Flags:
    out = np.zeros(rows, bool)
    for a, b in zip(one, other, strict=True):
        x, y = a.astype(np.float64), b.astype(np.float64)
        same = (np.abs(x - y) <= tolerance) | (x == y) | (np.isnan(x) & np.isnan(y))
        out |= ~same.reshape(rows, -1).all(axis=1)
    return out


def _cause(traced: Traced, trials: Trials, at: int, rows: NDArray[Any]) -> Cause:
    """Name the step that made what vanished, and the columns that make it do so."""
    judge = traced.judge
    first = int(rows[0])
    origins = (each for each in judge.origins if each.kind == "op" and first in each.operands)
    origin = next((each for each in origins if each.step is not None), None)
    lost = judge.steps[at]
    evidence = {"lost_in": lost.label, "lost_by": lost.op}
    where = traced.rows[rows].tolist()
    if origin is None or origin.step is None:
        cells = ~np.isfinite(traced.matrix[first])
        columns = tuple(np.flatnonzero(cells).tolist())
        return Cause("nan.hidden", "lost", where, columns, "input", evidence=evidence)
    found = ColumnSearch(trials, origin.step.at).of(traced.matrix[rows[:1]])[0]
    given = origin.operands[first]
    cause = cause_of(class_of(origin.op), given)
    columns = found.columns if found else ()
    how = found.how if found else ""
    return Cause("nan.hidden", cause, where, columns, how, origin, given, evidence)
