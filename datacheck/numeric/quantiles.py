"""Exact order statistics and the quantiles that stand on them, whatever the order of the rows.

A quantile is numpy's default one (linear interpolation; type 7 of Hyndman and Fan, "Sample
Quantiles in Statistical Packages", The American Statistician 50, 1996). Order statistics of large
columns are found by bracketing: a sample tells between which two values a rank must lie, one pass
counts what is below and keeps what is between, and a sort of that little ends it (Floyd and
Rivest's SELECT). A bracket that misses its rank is noticed by the count, and the whole column is
sorted instead: the sample decides the speed, never the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from datacheck.arrays import Floats
from datacheck.numeric.sums import chunks

#: Below this many values a sort costs less than a sample and its brackets.
SMALL = 50_000
SAMPLE = 2**15
#: How many standard errors of the sample a bracket reaches to either side.
REACH = 5.0


class OrderStatistics:
    """Ranks and counts of one column, shape (n,), float64; NaN is missing and has no rank."""

    def __init__(self, values: Floats) -> None:
        self._values = values
        self._sorted: Floats | None = None
        self._sample: Floats | None = None
        self.count = int(len(values) - np.count_nonzero(np.isnan(values)))

    def pair(self, rank: int) -> tuple[float, float]:
        """The values at `rank`, from 0, and at the next (the last's own); -0.0 comes as 0.0."""
        following = min(rank + 1, self.count - 1)
        if self._sorted is None and self.count > SMALL:
            found = self._bracketed(rank, following)
            if found is not None:
                return found
        ordered = self._all_sorted()
        return float(ordered[rank]) + 0.0, float(ordered[following]) + 0.0

    def below(self, value: float) -> int:
        """How many values are less than `value`."""
        if self._sorted is not None:
            return int(np.searchsorted(self._sorted, value, side="left"))
        return int(np.count_nonzero(self._values < value))

    def _all_sorted(self) -> Floats:
        if self._sorted is None:
            # NaN sorts last, so the first `count` are the values.
            self._sorted = np.sort(self._values)[: self.count]
        return self._sorted

    def _bracketed(self, rank: int, following: int) -> tuple[float, float] | None:
        low, high = self._bracket(rank)
        reached, parts = 0, []
        for chunk in chunks(self._values):  # they stay in the cache from one comparison to the next
            inside = chunk >= low
            reached += int(np.count_nonzero(inside))
            inside &= chunk <= high
            # By position, not by mask: numpy gathers the few several times as fast.
            parts.append(chunk[np.flatnonzero(inside)])
        between, under = np.concatenate(parts), self.count - reached
        if not under <= rank or not following < under + len(between):
            return None
        between.partition((rank - under, following - under))
        return float(between[rank - under]) + 0.0, float(between[following - under]) + 0.0

    def _bracket(self, rank: int) -> tuple[float, float]:
        """Two values between which the rank lies, `REACH` standard errors to either side."""
        if self._sample is None:
            # A fixed generator: the same table takes the same time, and sorted or periodic tables
            # are sampled as well as any.
            picks = np.random.default_rng(0).integers(0, len(self._values), SAMPLE)
            drawn = self._values[picks]
            self._sample = np.sort(drawn[~np.isnan(drawn)])
        size = len(self._sample)
        share = rank / self.count
        margin = REACH * (math.sqrt(size * share * (1 - share)) + 1.0)
        low, high = math.floor(share * size - margin), math.ceil(share * size + margin)
        return (
            float(self._sample[low]) if low >= 0 else -math.inf,
            float(self._sample[high]) if high < size else math.inf,
        )


def quantile(q: float, count: int, pair: Callable[[int], tuple[float, float]]) -> float:
    """The q-quantile by linear interpolation, as numpy rounds it; see `pair` for the ranks."""
    rank, share = position(q, count)
    low, high = pair(rank)
    return interpolate(low, high, share)


def position(q: float, count: int) -> tuple[int, float]:
    """The rank at or below the q-quantile, and the share of the way to the next.

    >>> position(0.5, 4)
    (1, 0.5)
    """
    exact = (count - 1) * q
    rank = math.floor(exact)
    return rank, exact - rank


def interpolate(low: float, high: float, share: float) -> float:
    """Between `low` and `high`, from the nearer end, as numpy's quantile does; never overflowing.

    >>> interpolate(1.0, 2.0, 0.25), interpolate(-1.7e308, 1.7e308, 0.5)
    (1.25, 0.0)
    """
    if share == 0.0 or low == high:
        return low
    difference = high - low
    if math.isinf(difference):
        if math.isinf(low) or math.isinf(high):
            return low if share < 0.5 else high  # noqa: PLR2004 - the nearer end
        return 2.0 * interpolate(low / 2.0, high / 2.0, share)
    if share >= 0.5:  # noqa: PLR2004 - the nearer end
        return high - difference * (1.0 - share)
    return low + difference * share
