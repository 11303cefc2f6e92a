"""Which columns cannot show two units: what `units.mix_in` needs, asked of many columns at once.

At thousands of columns, each question costs more in calls than in arithmetic. Here the first of
them are asked of all columns together, with a little room for rounding: where `mix_in` certainly
finds nothing, it need not look. Each test is of what rules a mix out, so that what is not a number
(of columns at the ends of the doubles) rules out nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from datacheck.arrays import Flags, Floats, Indices
from datacheck.findings.conversions import near_grids, on_grid
from datacheck.findings.digits import CELLS, MORE_PLACES, PLACES
from datacheck.findings.digits import DISTINCT as TELLING
from datacheck.findings.long_digits import USUAL, is_surely_long
from datacheck.findings.unit_ratios import (
    DISTINCT,
    EMPTY,
    GAP_IN_WIDTHS,
    LEAST,
    LEAST_SHARE,
    VALLEY,
)
from datacheck.findings.units import BELOW, mix_in
from datacheck.profiling.points import Points
from datacheck.profiling.stack import ROOM, Stack, is_short, stacked


def find_unmixed(columns: Iterable[Points]) -> None:
    """Note of the short columns that cannot show two units that `mix_in` finds none."""
    asked = (each for each in columns if is_short(each) and mix_in not in each.facts)
    for some, stack in stacked(asked):
        for place in np.flatnonzero(_unmixed(stack)).tolist():
            some[place].facts[mix_in] = None


def _unmixed(stack: Stack) -> Flags:
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
    """The sizes of all values but 0, ascending; the positive ones' if hardly any is negative."""
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
    """Which have a stretch of the logarithmic axis that hardly a cell lies in."""
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
