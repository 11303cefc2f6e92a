"""What cannot be found in a column, decided for many columns at once.

A detector asks a column question after question, and at thousands of columns each costs more in
calls than in arithmetic. A screen asks the first of them of all columns together, with a little
room for rounding, and clears a column of the codes that it is certain of: there the detector finds
nothing, and need not look. What it does not clear, the detector judges as ever.

Which columns cannot show two units: what `units.mix_in` needs, asked of many columns at once.

Which columns cannot show a value apart from the others, asked of many columns at once.

Of sentinels, of outliers, and of what float32 would lose: each test is of what rules the finding
out, so that what is not a number (of columns at the ends of the doubles) clears no column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from datacheck.arrays import Flags, Floats, Indices
from datacheck.findings import fences, slips
from datacheck.findings.conversions import near_grids, on_grid
from datacheck.findings.digits import CELLS, MORE_PLACES, PLACES
from datacheck.findings.digits import DISTINCT as TELLING
from datacheck.findings.long_digits import USUAL, is_surely_long
from datacheck.findings.numeric import FLOAT32_INTEGERS, LOST
from datacheck.findings.sentinels import CLASSIC, FAR_IF_ODD, NINES, OFTEN_IF_ODD
from datacheck.findings.statistics import NORMAL
from datacheck.findings.types import holds_numbers
from datacheck.findings.unit_ratios import (
    DISTINCT,
    EMPTY,
    GAP_IN_WIDTHS,
    LEAST,
    LEAST_SHARE,
    VALLEY,
)
from datacheck.findings.units import BELOW
from datacheck.limits import FLOAT32_MAX, FLOAT32_TINY
from datacheck.profiling.model import Profile
from datacheck.profiling.points import Points
from datacheck.profiling.stack import ROOM, Stack, is_short, stacked


def no_mix(stack: Stack) -> Flags:
    """Which columns have no two populations, and no digits that give a conversion away."""
    told, on_grid_alone = _digits(stack)
    exactly = ~on_grid_alone & (_short_enough(stack) | _pairs(stack))
    return ~(told | exactly | _apart(stack))


def _digits(stack: Stack) -> tuple[Flags, Flags]:
    """Which columns have enough values beside the usual decimals; and which have none at all."""
    usual = np.full(len(stack.lengths), -1)
    told = np.zeros(len(stack.lengths), dtype=bool)
    alone = told.copy()
    near = stack.some(near_grids(stack.values, 0, PLACES))
    for places in range(PLACES + 1):
        on = on_grid(near.values, places)
        held = near.held(on)
        usual[(usual < 0) & (held >= 0.5 * stack.totals)] = places
        off = stack.lengths - near.number(on)
        odd = (off >= TELLING) & (stack.totals - held >= CELLS)
        told |= odd & (usual >= 0) & (places <= usual + MORE_PLACES)
        alone |= (usual == places) & (off == 0)
    return told, alone


def _short_enough(stack: Stack) -> Flags:
    """Which columns have so many numbers of few digits that longer ones are odd."""
    long = stack.held(is_surely_long(stack.values))
    return stack.totals - long >= USUAL * stack.totals


def _pairs(stack: Stack) -> Flags:
    """Which columns repeat their values, so that one may be another's, converted."""
    return (stack.totals >= 2 * stack.lengths) & (stack.lengths >= 2 * CELLS)


def _apart(stack: Stack) -> Flags:
    """Which columns may have two populations in size."""
    found = np.zeros(len(stack.lengths), dtype=bool)
    sizes, places = _sizes(stack)
    if len(places):
        found[places] = _gap(sizes) | _valley(sizes)
    return found


def _sizes(stack: Stack) -> tuple[Stack, Indices]:
    """The sizes of all values but 0, ascending, and whose they are: equal ones are not joined.

    Of columns with hardly a negative value, the positive ones alone.
    """
    signed = stack.held(stack.values < 0) > BELOW * stack.totals
    taken = np.where(signed[stack.column], stack.values != 0, stack.values > 0)
    places = np.flatnonzero(stack.number(taken))
    sizes = stack.chosen(taken)
    if signed.any():
        np.abs(sizes.values, out=sizes.values)
        order = np.lexsort((sizes.values, sizes.column))
        sizes = Stack(sizes.values[order], sizes.weights[order], sizes.lengths)
    return sizes, places


def _gap(sizes: Stack) -> Flags:
    """Which have a gap as wide as `populations` asks of the widest, with values on either side."""
    logs = np.log(sizes.values)
    gaps, under = sizes.between(logs), sizes.before_each
    gaps[(under < LEAST) | (sizes.totals[sizes.column] - under < LEAST)] = 0.0
    widest = np.maximum.reduceat(gaps, sizes.starts)[sizes.column]
    at = np.flatnonzero((gaps > 0) & (gaps >= (1 - ROOM) * widest))
    column = sizes.column[at]
    below, first, total = under[at], sizes.before[column], sizes.totals[column]
    wide = [
        np.log(sizes.quantile(0.95, start, count) / sizes.quantile(0.05, start, count))
        for start, count in ((first, below), (first + below, total - below))
    ]
    many = at - sizes.starts[column], sizes.ends[column] - at
    # Of populations as large as each other, either may be meant.
    distinct = np.where(below <= total / 2, many[0], many[1])
    distinct = np.where(below * 2 == total, np.maximum(*many), distinct)
    narrow = gaps[at] < GAP_IN_WIDTHS * np.maximum(*wide) * (1 - ROOM)
    found = np.zeros(len(sizes.lengths), dtype=bool)
    found[column[~narrow & (distinct >= DISTINCT)]] = True
    return found


def _valley(sizes: Stack) -> Flags:
    """Which have a stretch of the logarithmic axis that hardly a cell lies in.

    Between its two ends lie no more cells than that, so a value and the first one before it that
    leaves so few between them are as far apart as the valley is wide.
    """
    logs, column = np.log10(sizes.values), sizes.column
    totals = sizes.totals[column]
    under = sizes.before_each
    few = EMPTY * totals
    from_start = sizes.reached[:-1]
    first = np.searchsorted(sizes.reached[1:], from_start - np.floor(few))
    first = np.maximum(first, sizes.starts[column])
    least = np.maximum(LEAST, LEAST_SHARE * totals)
    wide: Floats = logs - logs[first]
    inside = (under >= least * (1 - ROOM)) & (totals - under >= (least - few) * (1 - ROOM) - 1)
    return sizes.any(inside & (wide >= VALLEY * (1 - ROOM)))


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
        near = (gap < FAR_IF_ODD * least * (1 - ROOM)) & ~np.isin(value, [*CLASSIC, *NINES])
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
    return upper - lower > ROOM * (np.abs(lower) + np.abs(upper))


#: By the code of what they rule out.
SCREENS: dict[str, Callable[[Stack], Flags]] = {
    "missing.sentinel": no_sentinel,
    "scale.unit_mix": no_mix,
    "outlier.value": no_outlier,
    "numeric.float32_precision": no_float32_hazard,
    "scale.degenerate": no_tied_quartiles,
}
#: What else must be ruled out, earlier in the order above.
_NEEDS = {"outlier.value": "missing.sentinel"}


def screen(profile: Profile) -> None:
    """Clear the columns of a profile of what they cannot show."""
    screen_points(
        column.points
        for column in profile.columns.values()
        if column.kind == "number" or holds_numbers(column)
    )


def screen_points(columns: Iterable[Points]) -> None:
    """The same of columns as points; only short and exact ones are looked at."""
    short = (each for each in columns if is_short(each) and not each.clear)
    for some, stack in stacked(short):
        flags: dict[str, Flags] = {}
        for code, rules_out in SCREENS.items():
            flags[code] = rules_out(stack)
            if code in _NEEDS:
                flags[code] &= flags[_NEEDS[code]]
        for code, clear in flags.items():
            for place in np.flatnonzero(clear).tolist():
                some[place].clear.add(code)
