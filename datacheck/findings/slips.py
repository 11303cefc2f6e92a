"""A lone decimal slip: a value apart by tens, and among the others once they are undone.

In a skewed column a fence leaves room for such a value. On the logarithmic axis the tail's own
steps say how far the next value may lie: excesses over a high value are exponential there, as those
of any power law are (Hill, "A Simple General Approach to Inference About the Tail of a
Distribution", Annals of Statistics 3, 1975), and a lighter tail has shorter ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from datacheck.findings.conversions import on_grid
from datacheck.profiling.points import Points

#: Cells and distinct values that have a tail; the share of it, and its least cells.
ENOUGH, DISTINCT, TAIL, LEAST = 40, 25, 0.05, 6
#: How far a slip stands from the next value: in the tail's mean excesses, for information and for
#: a warning; and in decades.
DOUBTED, SURE, DECADES = 5.0, 8.0, 0.3
#: Powers of ten that a point slips by.
_POWERS = (1, 2, 3)
#: Of whole numbers 2 comes of no other than 2,000, if so many of the others are as round as that.
ROUND = 0.05


class Slip(NamedTuple):
    """A value that may have its point in the wrong place."""

    #: What stands there, and what may have been meant.
    value: float
    meant: float
    #: The nearest other value.
    next: float
    #: Whether the tail makes it improbable enough for a warning.
    sure: bool


def slips_in(points: Points) -> Iterator[Slip]:
    """The lone value at either end of a column of positive numbers, where it looks like a slip."""
    if not points.exact or points.total < ENOUGH or len(points) < DISTINCT or points.values[0] <= 0:
        return
    logs = np.log10(points.values)
    for sign in (1, -1):
        ordered, weights = sign * logs[::sign], points.weights[::sign]
        slip = _at_end(ordered, weights, points, sign)
        if slip is not None:
            yield slip


def _at_end(logs: np.ndarray, weights: np.ndarray, points: Points, sign: int) -> Slip | None:
    if weights[-1] > 1:
        return None
    gap = float(logs[-1] - logs[-2])
    if gap < DECADES:
        return None
    cells = np.repeat(logs[:-1], weights[:-1].astype(int))
    tail = cells[-max(LEAST, math.ceil(TAIL * len(cells))) :]
    excess = float((tail[1:] - tail[0]).mean())
    if gap < DOUBTED * excess:
        return None
    low, high = np.quantile(cells, [0.05, 0.95])
    for power in _POWERS:
        if low <= logs[-1] - power <= high and (sign > 0 or _as_round(points, power)):
            value, beside = points.values[[-1, -2] if sign > 0 else [0, 1]].tolist()
            return Slip(value, value / 10.0 ** (sign * power), beside, gap >= SURE * excess)
    return None


def _as_round(points: Points, power: int) -> bool:
    """Whether the lowest of some whole numbers, moved up, is as round as others are."""
    if not np.array_equal(points.values, np.rint(points.values)):
        return True
    others = points.where(points.values > points.values[0])
    return others.share(on_grid(others.values, -power)) >= ROUND
