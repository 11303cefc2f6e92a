"""Which columns of numbers cannot show a change since the reference, told of many at once.

Each test is of what a detector of `changes.changed_numbers` needs to find anything, with a little
room for rounding; a column that needs no look by any of them has none.

Which columns have no values improbably far out, by the tails of their references.

`blend.far_out` for many pairs of columns at once, from one side: the chance that it would find is
no less than what is found here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import compress, islice
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats, Indices
from datacheck.findings import ends, fences, resolution, spikes
from datacheck.findings.blend import FARTHEST, LEAST_CHANCE
from datacheck.findings.changes import APART, OFTEN
from datacheck.findings.conversions import DECIMALS, MOST_DECIMALS, near_grids, on_grid
from datacheck.findings.digits import CELLS, DISTINCT
from datacheck.findings.screen_tests import alike, is_likely, log_at_least, log_more_often
from datacheck.findings.screens import SHORT
from datacheck.profiling.points import Points
from datacheck.profiling.stack import ROOM, Pairs, Stack, paired


def unchanged(columns: Mapping[str, tuple[Points, Points]], alpha: float) -> set[str]:
    """The names of columns of numbers in which no detector can find a change at a level.

    By name, these are the reference's points and the data's.
    """
    return _told(columns, lambda theirs, ours: _clear(theirs, ours, alpha))


def not_moved(columns: Mapping[str, tuple[Points, Points]], alpha: float) -> set[str]:
    """The names of those whose distributions differ by no more than chance, whatever they are."""

    def near(theirs: Stack, ours: Stack) -> Flags:
        return alike(Pairs.of(theirs, ours), theirs.quantile(0.5), alpha)

    return _told(columns, near)


def _told(
    columns: Mapping[str, tuple[Points, Points]], rules_out: Callable[[Stack, Stack], Flags]
) -> set[str]:
    short = {name: pair for name, pair in columns.items() if all(map(_fits, pair))}
    found: set[str] = set()
    names = iter(short)
    for some, theirs, ours in paired(short.values()):
        clear = rules_out(theirs, ours)
        found.update(compress(islice(names, len(some)), clear.tolist()))
    return found


def _fits(points: Points) -> bool:
    return points.exact and 0 < len(points) < SHORT


def _clear(theirs: Stack, ours: Stack, alpha: float) -> Flags:
    """Which pairs no detector can find anything in."""
    pairs = Pairs.of(theirs, ours)
    return (
        _no_new_constant(pairs, theirs, ours, alpha)
        & ~_counted_anew(theirs, ours)
        & alike(pairs, theirs.quantile(0.5), alpha)
        & _same_decimals(theirs, ours, alpha)
        & ~_repeated(theirs, ours)
        & ~_apart(theirs, ours)
        & ~_piled(pairs, alpha)
        & _same_ends(theirs, ours, alpha)
        & within_tails(theirs, ours, alpha)
    )


def _no_new_constant(pairs: Pairs, theirs: Stack, ours: Stack, alpha: float) -> Flags:
    """Which have not become constant, nor ceased to be it, but for chance."""
    commonest = np.maximum.reduceat(theirs.weights, theirs.starts)
    by_chance = ours.totals * np.log((commonest + 1) / (theirs.totals + 1))
    became = (ours.lengths == 1) & (theirs.lengths > 1) & ~is_likely(by_chance, alpha)
    known = pairs.theirs.weights > 0
    new = np.add.reduceat(np.where(known, 0.0, pairs.ours.weights), pairs.stack.starts)
    by_chance = log_more_often(new, ours.totals, np.zeros(len(new)), theirs.totals)
    ceased = (theirs.lengths == 1) & (ours.lengths > 1) & ~is_likely(by_chance, alpha)
    found: Flags = ~(became | ceased)
    return found


def _counted_anew(theirs: Stack, ours: Stack) -> Flags:
    """Which may be codes that count from 0 on one side, and from 1 on the other."""
    few = (theirs.lengths <= ends.CODES) & (ours.lengths <= ends.CODES)
    first, own = (side.values[side.starts] for side in (theirs, ours))
    at_first = np.isin(first, list(ends.FIRST)) & np.isin(own, list(ends.FIRST))
    found: Flags = few & at_first & (first != own)
    return found


def _same_decimals(theirs: Stack, ours: Stack, alpha: float) -> Flags:
    """Which have as many cells on each grid of decimals, and none whose digits tell tales."""
    sides = theirs, ours
    zeros = [side.held(side.values == 0) for side in sides]
    near = [
        side.some(near_grids(side.values, resolution.COARSEST, resolution.FINEST)) for side in sides
    ]
    rest = [side.totals - none for side, none in zip(sides, zeros, strict=True)]
    moved = np.zeros(len(theirs.lengths), dtype=bool)
    telling, written = moved.copy(), moved.copy()
    for places in range(resolution.COARSEST, resolution.FINEST + 1):
        on = [on_grid(side.values, places) for side in near]
        held = [side.held(mask) for side, mask in zip(near, on, strict=True)]
        cells = [all_on - none for all_on, none in zip(held, zeros, strict=True)]
        moved |= _another_share(cells, rest, alpha)
        if 0 <= places <= MOST_DECIMALS:
            new = ~written & (held[0] >= DECIMALS * theirs.totals)
            off = ours.lengths - near[1].number(on[1])
            odd = (ours.totals - held[1] >= CELLS) & (off >= DISTINCT)
            telling |= new & odd
            written |= new
    return ~(moved | telling)


def _another_share(cells: list[Floats], totals: list[Floats], alpha: float) -> Flags:
    """Where the shares of some cells differ by an effect, and by more than chance."""
    before, now = (some / total for some, total in zip(cells, totals, strict=True))
    differ = np.abs(now - before) >= resolution.EFFECT * (1 - ROOM)
    if differ.any():
        ways = (
            log_more_often(cells[one], totals[one], cells[other], totals[other])
            for one, other in ((0, 1), (1, 0))
        )
        differ &= ~is_likely(np.minimum(*ways) + math.log(resolution.TRIED), alpha)
    return differ


def _repeated(theirs: Stack, ours: Stack) -> Flags:
    """Which have far fewer values that stand once."""
    smaller = np.minimum(theirs.totals, ours.totals)
    before, now = (_single(side, smaller / side.totals) for side in (theirs, ours))
    fewer = before - now >= resolution.SINGLES * (1 - ROOM)
    return fewer & (now <= resolution.LEFT * before * (1 + ROOM))


def _single(side: Stack, part: Floats) -> Floats:
    """`resolution` has it of one column: the share of values that would stand once in a part."""
    weights = np.where(side.values == 0, 0.0, side.weights)
    once = weights * side.spread(1 - part) ** (side.weights - 1)
    totals = np.add.reduceat(weights, side.starts)
    return np.add.reduceat(once, side.starts) / np.where(totals > 0, totals, 1.0)


def _apart(theirs: Stack, ours: Stack) -> Flags:
    """Which have repeated values apart from the reference's range, or alone below 0."""
    low, high = (theirs.values[at] for at in (theirs.starts, theirs.ends - 1))
    below, above = ours.spread(low) - ours.values, ours.values - ours.spread(high)
    far = np.maximum(below, above) >= ours.spread(APART * (high - low) * (1 - ROOM))
    far |= (ours.spread(low) >= 0) & (ours.values < 0)
    return ours.any((ours.weights >= OFTEN - 1) & ((below > 0) | (above > 0)) & far)


def _piled(pairs: Pairs, alpha: float) -> Flags:
    """Which have a value of which there are more than before."""
    stack, theirs, ours = pairs
    share = ours.weights / stack.spread(ours.totals)
    before = theirs.weights / stack.spread(theirs.totals)
    more = (ours.weights >= spikes.OFTEN) & (share >= spikes.TIMES * before * (1 - ROOM))
    more &= share - before >= min(spikes.EFFECT, spikes.EFFECT_IF_ODD) * (1 - ROOM)
    at = np.flatnonzero(more)
    column = stack.column[at]
    log_p = log_more_often(
        ours.weights[at], ours.totals[column], theirs.weights[at], theirs.totals[column]
    )
    found = np.zeros(len(stack.lengths), dtype=bool)
    found[column[~is_likely(log_p, alpha)]] = True
    return found


def _same_ends(theirs: Stack, ours: Stack, alpha: float) -> Flags:
    """Which do not end where the reference goes on."""
    low, high = (theirs.spread(ours.values[at]) for at in (ours.starts, ours.ends - 1))
    same = np.ones(len(theirs.lengths), dtype=bool)
    for lost in (theirs.held(theirs.values < low), theirs.held(theirs.values > high)):
        none = np.zeros(len(lost))
        log_p = log_more_often(lost, theirs.totals, none, ours.totals) + math.log(2)
        same &= (lost < spikes.CUT * theirs.totals * (1 - ROOM)) | is_likely(log_p, alpha)
    return same


#: Two moments that are nearer each other, in parts of themselves, say nothing for certain.
_CANCELLED = 1e-3


def within_tails(theirs: Stack, ours: Stack, alpha: float) -> Flags:
    """Which columns of data have no values that the reference's tails do not allow."""
    above = _log_above(theirs, ours)
    below = _log_above(theirs.mirrored, ours.mirrored)[::-1]
    both = np.maximum(above + below, math.log(LEAST_CHANCE))
    either = np.minimum(above, below)
    return is_likely(math.log(3) + np.minimum(either, both + np.log(1 - both)), alpha)


def _log_above(theirs: Stack, ours: Stack) -> Floats:
    """No more than the logarithm of the chance of what lies above all of the reference."""
    greatest = theirs.values[theirs.ends - 1]
    at = np.flatnonzero(ours.values > ours.spread(greatest))
    column, values = ours.column[at], ours.values[at]
    total = ours.totals[column]
    # As many cells lie at or beyond each.
    hits = total - ours.before_each[at]
    tails = _upper_tails(theirs)
    log_p = log_at_least(hits, total * tails.chance(values, column) * tails.doubt[column])
    plain = tails.none[column]
    # Of those without a tail all cells count, and the outermost value.
    by_range = log_more_often(hits, total, np.zeros(len(at)), theirs.totals[column])
    wide = greatest - theirs.values[theirs.starts]
    reach = np.where(wide > 0, (ours.values[ours.ends - 1] - greatest) / wide, 0.0)[column]
    by_range -= math.log(10) * np.minimum(reach, FARTHEST)
    least = np.zeros(len(theirs.lengths))
    np.minimum.at(least, column, np.where(plain, by_range, log_p))
    return least


class _Tails(NamedTuple):
    """As `fences.Tail`, of columns, shape (m,) each; not a number where nothing is certain."""

    #: Which columns have no tail.
    none: Flags
    start: Floats
    share: Floats
    scale: Floats
    shape: Floats
    doubt: Floats

    def chance(self, values: Floats, column: Indices) -> Floats:
        """The chance that a cell of each column lies beyond a value."""
        shape = self.shape[column]
        reach = shape * (values - self.start[column]) / self.scale[column]
        return self.share[column] * np.exp(-np.log1p(reach) / shape)


def _upper_tails(stack: Stack) -> _Tails:
    """`fences.upper_tail` of each column."""
    least, part, most = fences.TAIL
    used = np.clip(part * stack.totals, least, most)
    start = stack.quantile(1 - used / stack.totals)
    excess = stack.values - stack.spread(start)
    beyond = excess > 0
    held = stack.held(beyond)
    weights = np.where(beyond, stack.weights, 0.0)
    after = stack.spread(stack.totals) - stack.before_each - stack.weights / 2
    first = np.add.reduceat(weights * excess, stack.starts) / held
    second = np.add.reduceat(weights * excess * after / stack.spread(held), stack.starts) / held
    between = first - 2 * second
    raised = 2 - first / between + fences.HEDGE / np.sqrt(held)
    shape = np.clip(raised, fences.LIGHTEST, fences.HEAVIEST)
    scale = first * np.where(shape < fences.HALF, 1 - shape, 2 * second / between)
    sure = (between > _CANCELLED * first) & (np.abs(shape - fences.HALF) > ROOM)
    none = (stack.totals < fences.ENOUGH) | (stack.lengths < fences.DISTINCT)
    none |= stack.number(beyond) < fences.DISTINCT // 2
    return _Tails(
        none=none,
        start=start,
        share=held / stack.totals,
        scale=np.where(sure, scale, np.nan),
        shape=shape,
        doubt=1 + fences.DOUBT / np.sqrt(held),
    )
