"""The tests of `statistics` for many pairs of columns at once, each from one side.

What is asked is whether a p-value is at or above a level for certain: bounds that are never above
it suffice, and are quicker than the value. What is not a number is not certain.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.findings.change_findings import EFFECT
from datacheck.findings.changes import ENOUGH, FEW_ZEROS
from datacheck.findings.statistics import KOLMOGOROV, UNTIED
from datacheck.profiling.stack import ROOM, Pairs

#: What rounding, and Stirling's series, may move the logarithm of a chance by.
_LOG_ROOM = 0.01
#: The least p-value of a pair counts for so many: three tests that count as two, of three looks
#: that count as two.
_TESTS = 4
_HALF_LOG = 0.5 * math.log(2 * math.pi)


def log_factorial(n: Floats) -> Floats:
    """The logarithm of n!, by Stirling's series: within a thousandth."""
    n = np.maximum(n, 1.0)
    return (n + 0.5) * np.log(n) - n + _HALF_LOG + 1 / (12 * n) - 1 / (360 * n**3)


def log_choose(n: Floats, k: Floats) -> Floats:
    """The logarithm of the binomial coefficient."""
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k)


def log_more_often(
    hits: Floats, rows: Floats, reference_hits: Floats, reference_rows: Floats
) -> Floats:
    """No more than the logarithm of `statistics.more_often`: of the chance of just so many hits."""
    total, everything = hits + reference_hits, rows + reference_rows
    least = (
        log_choose(rows, hits)
        + log_choose(reference_rows, reference_hits)
        - log_choose(everything, total)
        - _LOG_ROOM
    )
    return np.where(hits * everything <= total * rows, 0.0, np.minimum(least, 0.0))


def log_at_least(hits: Floats, expected: Floats) -> Floats:
    """No more than the logarithm of `statistics.at_least`: of the chance of just so many."""
    least = hits * np.log(expected) - expected - log_factorial(hits) - _LOG_ROOM
    return np.where(hits <= expected * (1 - ROOM), 0.0, np.minimum(least, 0.0))


def is_likely(log_p: Floats, alpha: float) -> Flags:
    """Where a chance, known by a bound of its logarithm, is not below a level."""
    return log_p >= math.log(alpha) + ROOM


def alike(pairs: Pairs, middle: Floats, alpha: float) -> Flags:
    """Which pairs are no more apart than `changes.change_between` lets samples of one column be.

    `middle` are the medians of the reference, shape (m,).
    """
    values = pairs.stack.values
    others = pairs.where(values != 0)
    asked = np.ones(len(middle), dtype=bool)
    for rest, side in ((others.theirs, pairs.theirs), (others.ours, pairs.ours)):
        asked &= (rest.totals >= ENOUGH) & (rest.totals < FEW_ZEROS * side.totals)
    apart = pairs.moved(np.abs(values - pairs.stack.spread(middle)))
    found: Flags = _near(pairs, alpha) & _near(apart, alpha)
    return found & (~asked | _near(others, alpha)) if asked.any() else found


def _near(pairs: Pairs, alpha: float) -> Flags:
    """Which pairs have no p-value below the level, or else a trifle of an effect."""
    stack, theirs, ours = pairs
    level = alpha / _TESTS * (1 + ROOM)
    n, m = theirs.totals, ours.totals
    # The distance of the distribution functions at each value, in parts of n * m.
    apart = stack.spread(m) * theirs.reached - stack.spread(n) * ours.reached
    gap = np.maximum.reduceat(np.abs(apart), stack.starts) / (n * m)
    size = np.sqrt(n * m / (n + m))
    reach = (size + 0.12 + 0.11 / size) * gap
    # The first two terms of the series, whose signs alternate, are less than all of it.
    likely = 2 * (np.exp(-2 * reach**2) - np.exp(-8 * reach**2)) >= level
    likely |= reach < KOLMOGOROV * (1 - ROOM)
    below = np.add.reduceat(theirs.weights * (ours.reached - ours.weights / 2), stack.starts)
    off = np.abs(0.5 - below / (n * m))
    both = theirs.weights + ours.weights
    likely &= _likely_by_rank(pairs, both, off, level)
    likely &= _likely_by_tails(pairs, both, apart, level)
    return likely | (np.maximum(gap, off) < EFFECT * (1 - ROOM))


def _likely_by_rank(pairs: Pairs, both: Floats, off: Floats, level: float) -> Flags:
    """Of Mann and Whitney's test, by how far P(theirs < ours) is from a half."""
    stack, theirs, ours = pairs
    n, m = theirs.totals, ours.totals
    everything = n + m
    tied = np.add.reduceat(both * (both * both - 1), stack.starts)
    tied /= everything * np.maximum(everything - 1, 1)
    spread = np.sqrt(np.maximum((everything + 1 - tied) / (12 * n * m), 0.0))
    furthest = -NormalDist().inv_cdf(level / 2) * (1 - ROOM)
    return off - 0.5 / (n * m) <= furthest * spread


def _likely_by_tails(pairs: Pairs, both: Floats, apart: Floats, level: float) -> Flags:
    """Of Anderson and Darling's test."""
    stack, theirs, ours = pairs
    n, m = theirs.totals, ours.totals
    everything = n + m
    reached = theirs.reached + ours.reached
    size = reached * (stack.spread(everything) - reached)
    terms = np.divide(both * apart * apart, size, out=np.zeros(len(both)), where=size > 0)
    statistic = np.add.reduceat(terms, stack.starts)
    statistic *= (everything - 1) / (everything * n * m) * (1 + ROOM)
    few = (stack.number(both > 0) < UNTIED) | (
        np.maximum.reduceat(both, stack.starts) > everything / UNTIED
    )
    return few | (statistic < 1) | (np.exp(-statistic) / np.sqrt(statistic) >= level)
