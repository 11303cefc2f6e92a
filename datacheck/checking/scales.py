"""A table against a fitted transform: whether each column still has the scale that was fitted.

A transform keeps no rows and no histogram, only each column's center and scale. They are held
against the data's own in the three ways that `fit` knows (median and quartiles, mean and standard
deviation, least and range): where one of them agrees, nothing is said. So only gross changes are
found, such as a wrong unit or data that was scaled already; a profile as the reference sees more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.findings.conversions import CONVERSIONS, Conversion
from datacheck.ops import Affine, Fill, Power, first, missing_op, numbers_of
from datacheck.profiling.points import Points
from datacheck.report import Finding
from datacheck.text import converted, magnitude, undoing
from datacheck.transform.arrays import powered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.ops import Program
    from datacheck.profiling.column import ColumnProfile
    from datacheck.profiling.model import Profile

#: Fewer values say too little of a scale.
ENOUGH = 30
#: Misfits: up to the first a conversion explains the data, from the second on it has changed.
#: 1 is a center that moved by one scale, or a scale that is e times as large.
CLOSE, FAR = 0.25, 1.2
#: ... and where the least and the range are compared, which depend on how many rows there are.
RANGE_FAR = 2.0
#: What a rarer conversion must fit better by, a step of rareness.
RARER = 0.03

#: A column of which the fitted power refuses more is another.
TAKEN = 0.9

SCALERS = ("robust", "zscore", "minmax")


class Scale(NamedTuple):
    """Where a column's values lie and how far apart."""

    center: float
    scale: float

    def misfit(self, other: Scale) -> float:
        """How far `other` is from this: in scales for the center, as a logarithm for the scale."""
        if not (other.scale > 0 and math.isfinite(other.scale)):
            return math.inf
        moved = abs(other.center - self.center) / self.scale
        return max(moved, abs(math.log(other.scale / self.scale)))


def changed_scales(programs: tuple[Program, ...], data: Profile) -> Iterator[Finding]:
    """``drift.already_scaled``, ``drift.unit_change`` and ``drift.shift``, where they are gross."""
    for program in programs:
        column = data.columns.get(program.column)
        affine = first(program.ops, Affine)
        if affine is None or column is None or column.numbers is None or affine.scale == 1.0:
            continue
        points = _without_missing(column.points, program)
        if points.total >= ENOUGH and len(points) > 1:
            yield from _changed(program, Scale(affine.center, affine.scale), column, points)


def _changed(
    program: Program, fitted: Scale, column: ColumnProfile, points: Points
) -> Iterator[Finding]:
    function = power.function if (power := first(program.ops, Power)) is not None else ""

    def misfits_of(back: Points, function: str) -> list[float]:
        filled = _filled(back, program, column)
        own, whole = _powered(back, function), _powered(filled, function)
        if own.total < TAKEN * back.total or len(own) < 2:  # noqa: PLR2004 - there is no scale
            return [math.inf] * len(SCALERS)
        return [fitted.misfit(scale) for scale in _scales(own, whole)]

    def misfits(conversion: Conversion, function: str = function) -> list[float]:
        return misfits_of(points.moved(conversion.back(points.values)), function)

    if _unchanged(misfits_of(points, function)):
        return
    evidence = {"fitted": {"center": fitted.center, "scale": fitted.scale}}
    best = min(CONVERSIONS, key=lambda c: min(misfits(c)) + RARER * c.rarity)
    # What is scaled already has gone through the power too.
    scaled = misfits(Conversion("scaled", 1 / fitted.scale, -fitted.center / fitted.scale), "")
    if min(scaled) <= min(CLOSE, *misfits(best)):
        scaler = SCALERS[scaled.index(min(scaled))]
        yield _finding(
            column,
            "drift.already_scaled",
            f"The values look scaled already, by {scaler}; the transform would scale them again.",
            "Feed the raw values, or leave the transform out.",
            evidence | {"scaler": scaler},
        )
    elif min(misfits(best)) <= CLOSE:
        offset = magnitude(best.offset, 6)
        yield _finding(
            column,
            "drift.unit_change",
            f"The values are about {converted('those that were fitted', best.factor, best.offset)}"
            f"{best.aside}.",
            f"Undo it: {f'subtract {offset}, ' if best.offset else ''}{undoing(best.factor)}.",
            evidence | {"factor": best.factor, "offset": best.offset, "conversion": best.name},
        )
    else:
        laid = _powered(points, function)
        after = f"after {function} " if function and len(laid) else ""
        median = (laid if after else points).quantile(0.5)
        yield _finding(
            column,
            "drift.shift",
            f"The values have moved: {after}their median is {magnitude(median, 5)}; the fit had a "
            f"center of {magnitude(fitted.center, 5)} and a scale of {magnitude(fitted.scale, 5)}.",
            "Find out whether the world has changed or the measurement; "
            "fit again if it is the world.",
            evidence | {"median": median},
        )


def _powered(points: Points, function: str) -> Points:
    """The values as they are scaled; what the power refuses is left out."""
    if not function:
        return points
    with np.errstate(invalid="ignore", divide="ignore"):
        values = powered(points.values, function)
    kept = np.isfinite(values)
    return Points(values[kept], points.weights[kept], points.exact)


def _unchanged(misfits: list[float]) -> bool:
    """Whether one of the scalers agrees; the range of a small sample is smaller, and may be."""
    *others, by_range = misfits
    return min(others) < FAR or by_range < RANGE_FAR


def _finding(
    column: ColumnProfile, code: str, message: str, remedy: str, evidence: dict[str, object]
) -> Finding:
    return Finding(
        code=code,
        severity="warning" if code == "drift.shift" else "error",
        column=column.name,
        count=column.rows,
        message=message,
        remedy=remedy,
        evidence=evidence,
    )


def _without_missing(points: Points, program: Program) -> Points:
    declared = numbers_of(missing_op(program))
    if not declared:
        return points
    return points.where(~np.isin(points.values, declared))


def _filled(points: Points, program: Program, column: ColumnProfile) -> Points:
    """The cells as the scale was fitted on them: filled where they were missing."""
    op = first(program.ops, Fill)
    fill = None if op is None else op.value
    missing = max(column.rows - points.total, 0.0)
    if not isinstance(fill, int | float) or not missing:
        return points
    order = np.argsort(np.append(points.values, float(fill)), kind="stable")
    return Points(
        np.append(points.values, float(fill))[order],
        np.append(points.weights, missing)[order],
        points.exact,
    )


def _scales(points: Points, filled: Points) -> tuple[Scale, Scale, Scale]:
    """What each of `SCALERS` would fit; a fill lies within the ends, so it moves no range."""
    low, middle, high = filled.quantiles([0.25, 0.5, 0.75])
    shares = filled.weights / filled.total
    mean = float((filled.values * shares).sum())
    std = float((((filled.values - mean) ** 2) * shares).sum()) ** 0.5
    least, greatest = points.ends
    return Scale(middle, high - low), Scale(mean, std), Scale(least, greatest - least)
