"""What a profile keeps of a column's numbers: a bounded state that adds up.

Everything here is a count, an exact sum, an extreme or a choice by hash: none depends on the order
of the rows or on the batches they come in, and two states add up to the state of both tables.

- a histogram over the leading bits of the double (see `keys`);
- the values themselves with their counts: all of them while there are at most `KEPT`, after that
  those with the smallest hashes, which are a uniform sample of the distinct values (Cohen and
  Kaplan, "Summarizing data using bottom-k sketches", 2007);
- exact sums (see `moments`), counts of odd values, the extremes with their rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from datacheck.profile import keys
from datacheck.profile.moments import Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Distinct values that are kept with their counts.
KEPT = 4096
#: Rows that one step takes: its temporaries fit the processor's cache.
BLOCK = 2**15
#: Extremes that are kept on each side, with their rows.
EXTREMES = 5
FLOAT32_MAX = float(np.finfo(np.float32).max)
#: The least normal float32: below it digits are lost, and most devices flush to zero.
FLOAT32_TINY = float(np.finfo(np.float32).tiny)
INTEGER_LIMIT = 2.0**53

_ALL = np.uint64(2**64 - 1)
_MANY = 4096


def _none() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


def _no_values() -> NDArray[np.float64]:
    return np.zeros(0, dtype=np.float64)


@dataclass(slots=True)
class Numbers:
    """The mergeable state of a column's numbers.

    Attributes
    ----------
    count
        Finite values.
    nan, infinite_above, infinite_below, zero, negative, whole, beyond_integers
        NaN, +inf, -inf; finite values that are 0, below 0, whole numbers, beyond 2**53.
    float32_overflow, float32_underflow
        Finite values beyond float32's largest; values other than 0 below its least normal number.
    bins, bin_counts
        The sparse histogram.
    values, value_counts
        Distinct values, ascending, each with its exact count.
    threshold
        Values with a hash up to this are kept; the largest uint64 while all are.
    lowest, highest
        (value, row) of the extremes, from the outside in.
    sums
        Of the finite values.
    """

    count: int = 0
    nan: int = 0
    infinite_above: int = 0
    infinite_below: int = 0
    zero: int = 0
    negative: int = 0
    whole: int = 0
    beyond_integers: int = 0
    float32_overflow: int = 0
    float32_underflow: int = 0
    bins: NDArray[np.int64] = field(default_factory=_none)
    bin_counts: NDArray[np.int64] = field(default_factory=_none)
    values: NDArray[np.float64] = field(default_factory=_no_values)
    value_counts: NDArray[np.int64] = field(default_factory=_none)
    threshold: int = int(_ALL)
    lowest: tuple[tuple[float, int], ...] = ()
    highest: tuple[tuple[float, int], ...] = ()
    sums: Sums = field(default_factory=Sums)

    @property
    def exact(self) -> bool:
        """Whether every distinct value is kept."""
        return self.threshold == int(_ALL)

    def add(self, cells: NDArray[np.float64], offset: int) -> None:
        """Take in a column's cells; NaN stands for NaN and for null alike, `nan` tells them apart.

        Parameters
        ----------
        cells
            Shape (n,). Nulls are NaN too; the caller counts them and takes them off `nan`.
        offset
            The row of the first cell.
        """
        parts, waiting = [], []
        for start in range(0, len(cells), BLOCK):
            ordered = self._add_block(cells[start : start + BLOCK], offset + start)
            if ordered is None:
                continue
            parts.append(keys.counted(keys.bins_of(ordered)))
            waiting.append(self._candidates(ordered))
            # Few are left once the threshold is low: they are worth a merge only together.
            if self.exact or sum(map(len, waiting)) > KEPT:
                self._take(waiting)
        self._take(waiting)
        self._add_bins(parts)

    def _add_block(self, cells: NDArray[np.float64], offset: int) -> NDArray[np.uint64] | None:
        """Count and sum a block; returns the keys of its finite values."""
        finite = np.isfinite(cells)
        values = cells
        rows = None
        kept = int(np.count_nonzero(finite))
        if kept < len(cells):
            values = cells[finite]
            odd = cells[~finite]
            self.nan += int(np.count_nonzero(np.isnan(odd)))
            self.infinite_above += int(np.count_nonzero(odd > 0))
            self.infinite_below += int(np.count_nonzero(odd < 0))
            rows = finite
        if not kept:
            return None
        self.count += kept
        low, high = float(values.min()), float(values.max())
        self._count_kinds(values, low, high)
        self._add_extremes(values, rows, offset, (low, high))
        self.sums.add(values)
        return keys.ordered(values)

    def _count_kinds(self, values: NDArray[np.float64], low: float, high: float) -> None:
        if low <= 0 <= high:
            self.zero += int(np.count_nonzero(values == 0))
        if low < 0:
            self.negative += int(np.count_nonzero(values < 0))
        self.whole += int(np.count_nonzero(np.rint(values) == values))
        if max(high, -low) > INTEGER_LIMIT:
            size = np.abs(values)
            self.beyond_integers += int(np.count_nonzero(size > INTEGER_LIMIT))
            self.float32_overflow += int(np.count_nonzero(size > FLOAT32_MAX))
        if low < FLOAT32_TINY and high > -FLOAT32_TINY:
            size = np.abs(values)
            self.float32_underflow += int(np.count_nonzero((size < FLOAT32_TINY) & (size > 0)))

    def _add_extremes(
        self,
        values: NDArray[np.float64],
        finite: NDArray[np.bool_] | None,
        offset: int,
        ends: tuple[float, float],
    ) -> None:
        full = len(self.lowest) == EXTREMES
        if not full or ends[0] < self.lowest[-1][0]:
            found = _outermost(values, finite, offset, self.lowest[-1][0] if full else None)
            self.lowest = tuple(sorted({*self.lowest, *found})[:EXTREMES])
        if not full or ends[1] > self.highest[-1][0]:
            limit = -self.highest[-1][0] if full else None
            below = _outermost(-values, finite, offset, limit)
            found = [(-value, row) for value, row in below]
            self.highest = tuple(_from_above({*self.highest, *found})[:EXTREMES])

    def _candidates(self, ordered: NDArray[np.uint64]) -> NDArray[np.uint64]:
        if self.exact:
            return ordered
        return ordered[keys.hashed(ordered) <= np.uint64(self.threshold)]

    def _take(self, waiting: list[NDArray[np.uint64]]) -> None:
        ordered = np.concatenate(waiting) if waiting else np.zeros(0, dtype=np.uint64)
        waiting.clear()
        if len(ordered):
            values, counts = _tally(ordered)
            self._keep_values(keys.value_of(values), counts)

    def _keep_values(self, values: NDArray[np.float64], counts: NDArray[np.int64]) -> None:
        together = np.concatenate([self.values, values])
        distinct, inverse = np.unique(together, return_inverse=True)
        total = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(total, inverse, np.concatenate([self.value_counts, counts]))
        if len(distinct) > KEPT or not self.exact:
            hashes = keys.hashed(keys.ordered(distinct))
            if len(distinct) > KEPT:
                least = int(np.partition(hashes, KEPT - 1)[KEPT - 1])
                self.threshold = min(self.threshold, least)
            keep = hashes <= np.uint64(self.threshold)
            distinct, total = distinct[keep], total[keep]
        self.values, self.value_counts = distinct, total

    def _add_bins(self, parts: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> None:
        if parts:
            places = np.concatenate([self.bins, *(part[0] for part in parts)])
            counts = np.concatenate([self.bin_counts, *(part[1] for part in parts)])
            self.bins, inverse = np.unique(places, return_inverse=True)
            self.bin_counts = np.zeros(len(self.bins), dtype=np.int64)
            np.add.at(self.bin_counts, inverse, counts)

    def merged(self, other: Numbers, rows: int) -> Numbers:
        """The state of both; `rows` is how many rows of the table precede the other's first."""
        result = Numbers(
            **{name: getattr(self, name) + getattr(other, name) for name in COUNTS},
            bins=self.bins,
            bin_counts=self.bin_counts,
            values=self.values,
            value_counts=self.value_counts,
            threshold=min(self.threshold, other.threshold),
            sums=self.sums.merged(other.sums),
        )
        result._add_bins([(other.bins, other.bin_counts)])
        result._keep_values(other.values, other.value_counts)
        lowest = {*self.lowest, *((value, row + rows) for value, row in other.lowest)}
        highest = {*self.highest, *((value, row + rows) for value, row in other.highest)}
        result.lowest = tuple(sorted(lowest)[:EXTREMES])
        result.highest = tuple(_from_above(highest)[:EXTREMES])
        return result


#: The fields that add up as they are.
COUNTS = (
    "count",
    "nan",
    "infinite_above",
    "infinite_below",
    "zero",
    "negative",
    "whole",
    "beyond_integers",
    "float32_overflow",
    "float32_underflow",
)


def _outermost(
    values: NDArray[np.float64], finite: NDArray[np.bool_] | None, offset: int, limit: float | None
) -> list[tuple[float, int]]:
    """The lowest values with their rows, those below `limit`; the first row where values tie."""
    places = np.arange(len(values)) if limit is None else np.flatnonzero(values < limit)
    if len(places) > EXTREMES:
        worst = np.partition(values, EXTREMES - 1)[EXTREMES - 1]
        below = np.flatnonzero(values < worst)
        ties = np.flatnonzero(values == worst)[: EXTREMES - len(below)]
        places = np.concatenate([below, ties])
    rows = places if finite is None else np.flatnonzero(finite)[places]
    return [(float(values[p]) + 0.0, int(r) + offset) for p, r in zip(places, rows, strict=True)]


def _from_above(pairs: set[tuple[float, int]]) -> list[tuple[float, int]]:
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1]))


def _tally(ordered: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Distinct keys with their counts: by hash where many, since a sort would cost more."""
    if len(ordered) <= _MANY:
        return np.unique(ordered, return_counts=True)
    import polars as pl

    counts = pl.Series("key", ordered).value_counts()
    return counts["key"].to_numpy(), counts["count"].to_numpy().astype(np.int64)
