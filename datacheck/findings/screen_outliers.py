"""Which columns cannot show a value apart from the others, asked of many columns at once.

Of sentinels, of outliers, and of what float32 would lose: each test is of what rules the finding
out, so that what is not a number (of columns at the ends of the doubles) clears no column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.findings import fences, slips
from datacheck.findings.numeric import FLOAT32_INTEGERS, LOST
from datacheck.findings.sentinels import CLASSIC, FAR_IF_ODD, OFTEN_IF_ODD
from datacheck.findings.statistics import NORMAL
from datacheck.limits import FLOAT32_MAX, FLOAT32_TINY
from datacheck.profiling.stack import ROOM

if TYPE_CHECKING:
    from datacheck.arrays import Flags, Floats
    from datacheck.profiling.stack import Stack

#: A float32 is off by no more than this of itself.
_FLOAT32 = 2.0**-24
#: The middle of a column, as `outliers` begins with it; a little less, for one cell may be gone.
_MIDDLE = (0.1, 0.9)


def no_sentinel(stack: Stack) -> Flags:
    """Which columns have no repeated end apart from the others."""
    clear = np.ones(len(stack.lengths), dtype=bool)
    wide = _middle(stack, without=stack.weights[stack.starts])
    wide = np.fmin(wide, _middle(stack, without=stack.weights[stack.ends - 1]))
    full = stack.values[stack.ends - 1] - stack.values[stack.starts]
    few = stack.lengths == 1
    for ends, beside in ((stack.starts, 1), (stack.ends - 1, -1)):
        once = stack.weights[ends] < OFTEN_IF_ODD
        value = stack.values[ends]
        gap = np.abs(value - stack.values[np.where(few, ends, ends + beside)])
        least = np.minimum(full - gap, 2 * wide)
        near = (gap < FAR_IF_ODD * least * (1 - ROOM)) & ~np.isin(value, list(CLASSIC))
        clear &= once | near
    found: Flags = clear | few
    return found


def _middle(stack: Stack, without: Floats) -> Floats:
    """How far the middle of each column spans at least, if so many cells at an end are gone."""
    low = np.ceil(_MIDDLE[0] * stack.totals * (1 + ROOM) + without)
    high = np.floor(_MIDDLE[1] * stack.totals * (1 - ROOM) - without) - 1
    inside = (low < high) & (low >= 0) & (high < stack.totals)
    first, last = (stack.before + np.where(inside, cell, 0.0) for cell in (low, high))
    return stack.at(last) - stack.at(first)


def no_outlier(stack: Stack) -> Flags:
    """Which columns have no value beyond their fences, nor beyond a gap, nor a slipped point.

    Of columns without a sentinel: one is taken off before.
    """
    return _together(stack) & ~_slipped(stack) & _within_fences(stack)


def _together(stack: Stack) -> Flags:
    """Which columns have no step as wide as their middle."""
    none = np.zeros(len(stack.lengths))
    widest = np.maximum.reduceat(stack.steps, stack.starts)
    return widest < _middle(stack, without=none) * (1 - ROOM)


def _slipped(stack: Stack) -> Flags:
    """Which columns end in a lone value that is a good part of a power of ten from the next."""
    last, few = stack.ends - 1, stack.lengths < slips.DISTINCT
    at = np.where(few, stack.starts, stack.starts + 1), np.where(few, last, last - 1)
    ratio = 10.0**slips.DECADES * (1 - ROOM)
    low = ~(stack.values[at[0]] < stack.values[stack.starts] * ratio)
    high = ~(stack.values[last] < stack.values[at[1]] * ratio)
    low &= stack.weights[stack.starts] <= 1
    high &= stack.weights[last] <= 1
    found: Flags = ~few & (stack.values[stack.starts] > 0) & (low | high)
    return found


def _within_fences(stack: Stack) -> Flags:
    """Which columns end within their fences, none of their values cut off for shaping them."""
    few = (stack.totals < fences.ENOUGH) | (stack.lengths < fences.DISTINCT)
    letters = np.array([stack.quantile(level) for level in fences.LEVELS]).T
    low, high = fences.about(letters, stack.totals)
    first, last = stack.values[stack.starts], stack.values[stack.ends - 1]
    room = ROOM * (last - first)
    found: Flags = few | (~_has_gap(stack) & (first >= low + room) & (last <= high - room))
    return found


def _has_gap(stack: Stack) -> Flags:
    """Which columns have a gap on either side that is as wide as all values inside it."""
    allowed = fences.CUT_OFF * stack.totals[stack.column] * (1 + ROOM)
    tenth = stack.lengths // 10
    below, above = stack.before_each, stack.totals[stack.column] - stack.before_each
    wide = fences.WIDE_GAP * (1 - ROOM)
    before = np.concatenate([stack.values[:1], stack.values[:-1]])
    low = stack.values[stack.starts + tenth][stack.column]
    high = stack.values[stack.ends - 1 - tenth][stack.column]
    upper = (above <= allowed) & ~(stack.steps <= wide * (before - low))
    lower = (below <= allowed) & ~(stack.steps <= wide * (high - stack.values))
    inner = stack.steps > 0
    return stack.any(inner & (upper & (before > low) | lower & (stack.values < high)))


def no_float32_hazard(stack: Stack) -> Flags:
    """Which columns float32 holds well: fine steps, against how far they spread."""
    first, last = stack.values[stack.starts], stack.values[stack.ends - 1]
    size = np.maximum(np.abs(first), np.abs(last))
    lower, upper = stack.quartiles
    spread = (upper - lower) / NORMAL
    sized = np.abs(stack.values)
    odd = stack.any((sized < FLOAT32_TINY) & (sized > 0)) | ~(size <= FLOAT32_MAX)
    fine = _FLOAT32 * size < LOST * spread * (1 - ROOM)
    found: Flags = fine & ~odd & (size <= FLOAT32_INTEGERS)
    return found


def no_tied_quartiles(stack: Stack) -> Flags:
    """Which columns have quartiles apart."""
    lower, upper = stack.quartiles
    found: Flags = upper - lower > ROOM * (np.abs(lower) + np.abs(upper))
    return found
