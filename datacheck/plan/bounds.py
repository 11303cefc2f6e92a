"""Bounds with room: wide enough for the next sample of the same data, narrow enough to see a fault.

The exact least and greatest value would reject fresh samples. A quarter of the range is added on
each side, more where the tail is heavy, and the result is rounded outwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import polars as pl

from datacheck.findings.fences import LIGHTEST, mirrored, upper_tail
from datacheck.limits import FLOAT32_MAX
from datacheck.profiling.points import Points

#: Share of the range that is added on each side.
ROOM = 0.25
#: The same on the logarithmic axis, from the median up, where the upper side is this much longer.
LOG_ROOM, LOPSIDED = 0.4, 2.0
#: The tail is followed out to where one in so many times the rows lies beyond.
BEYOND = 50.0
#: ... but no farther than this many ranges.
_FARTHEST = 3.0


def bounds_with_room(points: Points, *, whole: bool) -> tuple[float, float] | None:
    """Least and greatest allowed value, whole if asked; None where there is nothing to go by."""
    if not len(points):
        return None
    low, high = points.ends
    wide = high - low
    if not math.isfinite(wide):
        return None
    room = ROOM * wide if wide > 0 else 0.5 * max(abs(high), 1.0)
    top = max(high + room, _tail_end(points, wide))
    bottom = min(low - room, -_tail_end(mirrored(points), wide))
    step = 10.0 ** math.floor(math.log10(room)) if room > 0 else 1.0
    step = max(step, 1.0) if whole else step
    # Free of the digits that a step such as 0.1 leaves behind.
    bottom = _short(bottom / step, math.floor, step, instead=low)
    top = _short(top / step, math.ceil, step, instead=high)
    # What has never been negative, or never positive, stays so.
    if low >= 0:
        bottom = max(bottom, 0.0)
    if high <= 0:
        top = min(top, 0.0)
    return min(bottom, low), max(top, high)


@cache
def _limits(dtype: pl.DataType) -> tuple[int, int]:
    ends = {"low": dtype.min(), "high": dtype.max()}  # type: ignore[attr-defined]
    low, high = pl.select(**ends).row(0)
    return low, high


def held(low: float, high: float, dtype: pl.DataType | None) -> dict[str, float]:
    """The arguments of a range, in the column's type: no end lies where it has no values.

    >>> held(-25.0, 200.0, pl.Int8())
    {'min_value': -25, 'max_value': 127}
    """
    if dtype is not None and dtype.is_integer():
        least, most = _limits(dtype)
        low, high = max(int(low), least), min(int(high), most)
    elif dtype == pl.Float32:
        low, high = max(low, -FLOAT32_MAX), min(high, FLOAT32_MAX)
    return {"min_value": low, "max_value": high}


def _short(steps: float, whole: Callable[[float], int], step: float, *, instead: float) -> float:
    """So many steps as a bound of few digits; `instead` where no double is as large as that."""
    if not math.isfinite(steps):
        return instead
    bound = float(f"{whole(steps) * step:.12g}")
    return bound if math.isfinite(bound) else instead


def _tail_end(points: Points, wide: float) -> float:
    """How far out the upper tail may reach in a sample of the same size."""
    high = float(points.values[-1])
    if wide <= 0:
        return high
    low, middle, top = points.quantiles([0.05, 0.5, 0.95])
    end = high
    tail = upper_tail(points)
    if tail is not None and tail.shape > LIGHTEST:
        chance = 1.0 / (BEYOND * points.total)
        reach = tail.scale / tail.shape * (math.pow(chance / tail.share, -tail.shape) - 1)
        end = tail.start + reach
    if 0 < low < middle and top - middle > LOPSIDED * (middle - low):
        # On the logarithmic axis such a column is even: there the room is laid.
        end = max(end, high * (high / middle) ** LOG_ROOM)
    return min(end, high + _FARTHEST * wide)
