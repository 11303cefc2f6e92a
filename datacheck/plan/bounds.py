"""Bounds with room: wide enough for the next sample of the same data, narrow enough to see a fault.

The exact least and greatest value would reject fresh samples. A quarter of the range is added on
each side, more where the tail is heavy, and the result is rounded outwards.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datacheck.findings.fences import LIGHTEST, mirrored, upper_tail

if TYPE_CHECKING:
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
    """Least and greatest allowed value; None where there is nothing to go by.

    Parameters
    ----------
    whole
        Whether the bounds must be whole numbers.
    """
    if not len(points):
        return None
    low, high = float(points.values[0]), float(points.values[-1])
    wide = high - low
    if not math.isfinite(wide):
        return None
    room = ROOM * wide if wide > 0 else 0.5 * max(abs(high), 1.0)
    top = max(high + room, _tail_end(points, wide))
    bottom = min(low - room, -_tail_end(mirrored(points), wide))
    step = 10.0 ** math.floor(math.log10(room)) if room > 0 else 1.0
    step = max(step, 1.0) if whole else step
    # Free of the digits that a step such as 0.1 leaves behind.
    bottom = float(f"{math.floor(bottom / step) * step:.12g}")
    top = float(f"{math.ceil(top / step) * step:.12g}")
    # What has never been negative, or never positive, stays so.
    if low >= 0:
        bottom = max(bottom, 0.0)
    if high <= 0:
        top = min(top, 0.0)
    return min(bottom, low), max(top, high)


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
