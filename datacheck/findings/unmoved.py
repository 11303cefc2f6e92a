"""The tests of `changes.change_between` for many short columns at once.

At thousands of columns, testing each alone costs more in calls than in arithmetic. Here bounds that
are never above a p-value say of which columns it is certain not to be below a level: what is not a
number is not certain. The others are tested alone, as all longer columns are.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress, islice
from statistics import NormalDist

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.findings.change_findings import EFFECT
from datacheck.findings.changes import ENOUGH, FEW_ZEROS
from datacheck.findings.statistics import KOLMOGOROV, UNTIED
from datacheck.profiling.stack import ROOM, Pair, Pairs, is_short, paired

#: The least p-value of a pair counts for so many: three tests that count as two, of three looks
#: that count as two.
_TESTS = 4


def unmoved(columns: Mapping[str, Pair], alpha: float) -> set[str]:
    """The columns, by name, whose reference and data differ by no more than chance at a level."""
    short = {name: pair for name, pair in columns.items() if all(map(is_short, pair))}
    names = iter(short)
    found: set[str] = set()
    for some, theirs, ours in paired(short.values()):
        clear = _alike(Pairs.of(theirs, ours), theirs.quantile(0.5), alpha)
        found.update(compress(islice(names, len(some)), clear.tolist()))
    return found


def _alike(pairs: Pairs, middle: Floats, alpha: float) -> Flags:
    """Which pairs `changes.change_between` lets be of one column, by the reference's medians."""
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
