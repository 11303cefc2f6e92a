"""Finite, but wrong: a value that was not finite on the way, and that the answer has read.

Two different numbers are put where the infinity or NaN stood, and the rest is run again. If the end
differs, it was read. A mask, a saturated sigmoid or tanh of infinity read none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags
from datacheck.diagnosis.arrays import by_row, shrunk
from datacheck.diagnosis.causes import Cause, Traced, columns_of, given_of, weight_word
from datacheck.diagnosis.columns import ColumnSearch, Trials
from datacheck.diagnosis.model import Arrays, Places
from datacheck.diagnosis.origin import CLEAN, Origin
from datacheck.diagnosis.tables import cause_of, class_of, is_of_batch

#: Rows whose squares may overflow that are run again.
VAST = 256
#: Where bad values vanish in more places than these, the first are looked at.
MOST = 12
#: Relative to the median answer: a difference below is none.
TOLERANCE = 1e-4


def hidden_causes(traced: Traced, trials: Trials, median: float) -> Iterator[Cause]:
    """Causes of answers that are finite and wrong; `median` is the answers' median magnitude."""
    judge, clean = traced.judge, traced.codes == CLEAN
    edges = [
        (at, operand, judge.origins[code], clean & (codes == code))
        for (at, operand), codes in sorted(judge.vanished.items())
        for code in np.unique(codes[clean & (codes != CLEAN)]).tolist()
    ]
    seen = np.zeros(len(clean), bool)
    # Of two that are lost in one step each alone may change nothing: 0 times another number.
    places = [(at, operand) for at, operand, _, _ in edges[:MOST]]
    for together in (False, True) if len(edges) > 1 else (False,):
        for at, operand, origin, rows in edges[:MOST]:
            chosen = np.flatnonzero(rows & ~seen)[:64]
            if not len(chosen):
                continue
            where = places if together else [(at, operand)]
            read = _read(traced, trials, where, chosen, origin, TOLERANCE * median)
            wrong = chosen[read]
            seen[wrong] = True
            if len(wrong):
                yield _cause(traced, trials, at, wrong, origin)
    yield from _overflowed_inside(traced, trials, clean, TOLERANCE * median)


def _overflowed_inside(
    traced: Traced, trials: Trials, clean: Flags, tolerance: float
) -> Iterator[Cause]:
    """Normalisations that tell a row, or a batch's channel, from the same at another scale."""
    clean = clean.copy()
    for at, vast in sorted(traced.judge.vast.items())[:MOST]:
        of_batch = is_of_batch(traced.judge.steps[at].op)
        rows = np.flatnonzero(vast & clean)[:VAST]
        rows = np.arange(len(clean)) if of_batch and len(rows) else rows
        given: Arrays = []

        def smaller(
            value: NDArray[Any], given: Arrays = given, axis: int = int(of_batch)
        ) -> NDArray[Any]:
            given.append(value)
            return shrunk(value, axis)

        arrays = trials.feed.arrays(traced.matrix[rows])
        again = trials.model.replaced(arrays, [(at, 0)], smaller) if len(rows) else None
        if again is None:
            continue
        ends = [end[rows] if len(end) == len(clean) else end for end in traced.ends]
        wrong = differ(ends, again, len(rows), tolerance) & clean[rows]
        if wrong.any():
            where = np.flatnonzero(wrong)
            vast_first = where[np.argsort(~vast[rows[where]], kind="stable")]
            found = ColumnSearch(trials, at).of(traced.matrix[rows[vast_first[:1]]])[0]
            columns, how = (found.columns, found.how) if found else ((), "")
            origin = Origin("op", step=traced.judge.steps[at], dtype=str(given[0].dtype))
            largest = {"largest": max(float(np.abs(value).max()) for value in given)}
            own = traced.rows[rows[where]].tolist()
            yield Cause("nan.hidden", "overflow", own, columns, how, origin, largest)
            clean[rows[where]] = False


def _read(
    traced: Traced,
    trials: Trials,
    places: Places,
    rows: NDArray[Any],
    origin: Origin,
    tolerance: float,
) -> Flags:
    """By row, whether the end depends on what stood there."""
    lost_in = traced.judge.steps[places[0][0]].op
    cast = origin.kind == "input" and class_of(lost_in) == "cast"
    nothing = cast or origin.kind == "weight" or origin.by_stored_zero
    arrays = trials.feed.arrays(traced.matrix[rows])
    one, other = (
        trials.model.replaced(arrays, places, partial(_other, which, nothing=nothing))
        for which in (0, 1)
    )
    if one is None or other is None:
        return np.zeros(len(rows), bool)
    return differ(one, other, len(rows), tolerance)


def _other(which: int, value: NDArray[Any], *, nothing: bool = False) -> NDArray[Any]:
    """Another number where one is not finite: the largest and its root, or 0 and a usual one.

    For an infinity that stands for nothing, the largest and 0.
    """
    if value.dtype.kind != "f":
        return value
    largest = float(np.finfo(value.dtype).max)
    size = (largest, 0.0 if nothing else largest**0.5)[which]
    # Several cells become several numbers, so that the place of the largest is not the same.
    several = 1 + np.arange(value.size).reshape(value.shape) % 5
    beside = np.abs(value[np.isfinite(value)])
    usual = min(max(1.0, float(np.median(beside))), largest / 8) if beside.size else 1.0
    out = np.where(np.isnan(value), which * several * usual, value).astype(value.dtype)
    out[np.isposinf(value)] = size
    out[np.isneginf(value)] = -size
    return out


def differ(one: Arrays, other: Arrays, rows: int, tolerance: float) -> Flags:
    """By row, whether one run's answers are other numbers than another's."""
    out = np.zeros(rows, bool)
    for a, b in zip(one, other, strict=True):
        x, y = a.astype(np.float64), b.astype(np.float64)
        same = (np.abs(x - y) <= tolerance) | (x == y) | (np.isnan(x) & np.isnan(y))
        out |= by_row(~same, rows)[0]
    return out


def _cause(traced: Traced, trials: Trials, at: int, rows: NDArray[Any], origin: Origin) -> Cause:
    """Name the step that made what vanished, and the columns that make it do so."""
    first = int(rows[0])
    lost = traced.judge.steps[at]
    evidence = {"lost_in": lost.label, "lost_by": lost.op}
    where = traced.rows[rows].tolist()
    if origin.kind == "weight":
        return Cause("nan.hidden", weight_word(origin), where, origin=origin, evidence=evidence)
    if origin.kind != "op" or origin.step is None:
        cells = ~np.isfinite(traced.matrix[first])
        columns = tuple(np.flatnonzero(cells).tolist())
        return Cause("nan.hidden", "lost", where, columns, "input", evidence=evidence)
    found = ColumnSearch(trials, origin.step.at).of(traced.matrix[rows[:1]])[0]
    found = found or columns_of(traced, [first], origin, trials)[0]
    given = given_of(origin, first)
    cause = cause_of(class_of(origin.op), given)
    columns = found.columns if found else ()
    how = found.how if found else ""
    return Cause("nan.hidden", cause, where, columns, how, origin, given, evidence)
