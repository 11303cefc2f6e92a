"""Which columns have no values improbably far out, by the tails of their references.

`blend.far_out` for many pairs of columns at once, from one side: the chance that it would find is
no less than what is found here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.findings import fences
from datacheck.findings.blend import FARTHEST, LEAST_CHANCE
from datacheck.findings.screen_tests import is_likely, log_at_least, log_more_often
from datacheck.profiling.stack import ROOM

if TYPE_CHECKING:
    from datacheck.arrays import Flags, Floats, Indices
    from datacheck.profiling.stack import Stack

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
        found: Floats = self.share[column] * np.exp(-np.log1p(reach) / shape)
        return found


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
