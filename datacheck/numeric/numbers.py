"""What a profile keeps of a column's numbers: a bounded state that adds up.

Everything here is a count, an exact sum, an extreme or a choice by hash: none depends on the order
of the rows or on the batches they come in, and two states add up to the state of both tables.

- a histogram over the leading bits of the double (see `ordered_bits`);
- the values themselves with their counts: all of them while there are at most `KEPT`, after that
  those with the smallest hashes, which are a uniform sample of the distinct values (Cohen and
  Kaplan, "Summarizing data using bottom-k sketches", 2007);
- exact sums (see `moments`), counts of odd values, the extremes with their rows.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats, Indices, Ints, Keys
from datacheck.limits import EXACT_INTEGERS, FLOAT32_MAX, FLOAT32_TINY
from datacheck.numeric import ordered_bits
from datacheck.numeric.blocks import BLOCK, Buffers, buffers
from datacheck.numeric.extremes import Extremes, Rows, highest_of, located, lowest_of
from datacheck.numeric.moments import CHUNK, Sums

#: Distinct values that are kept with their counts.
KEPT = 4096
_ALL = 2**64 - 1


class _Sought(NamedTuple):
    """From which cell on, only those with a hash of at most `most` are kept."""

    start: int
    most: int


@dataclass(slots=True)
class Numbers:
    """The mergeable state of a column's numbers."""

    #: Finite values.
    count: int = 0
    #: NaN, +inf, -inf; finite values that are 0, below 0, whole numbers, beyond 2**53.
    nan: int = 0
    infinite_above: int = 0
    infinite_below: int = 0
    zero: int = 0
    negative: int = 0
    whole: int = 0
    beyond_integers: int = 0
    #: Finite values beyond float32's largest; values other than 0 below its least normal number.
    float32_overflow: int = 0
    float32_underflow: int = 0
    #: The sparse histogram.
    bins: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    bin_counts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Distinct values, ascending, each with its exact count.
    values: Floats = field(default_factory=lambda: np.zeros(0))
    value_counts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    #: Values with a hash up to this are kept; the largest uint64 while all are.
    threshold: int = _ALL
    #: Keys that may have to be kept, and are not counted yet: see `settle`.
    waiting: list[Keys] = field(default_factory=list, init=False, repr=False, compare=False)
    #: (value, row) of the extremes, from the outside in.
    lowest: tuple[tuple[float, int], ...] = ()
    highest: tuple[tuple[float, int], ...] = ()
    #: Of the finite values; None where nobody asks for them: they cost most.
    sums: Sums | None = field(default_factory=Sums)

    @property
    def exact(self) -> bool:
        """Whether every distinct value is kept."""
        return self.threshold == _ALL

    def add(
        self,
        cells: Floats,
        offset: int,
        places: Rows | None = None,
        *,
        more: bool = False,
    ) -> Floats:
        """Take in a column's cells, or those of them that are not null; gives the finite ones.

        `offset` is the row of the first cell. Where cells were left out before, `places` tells how
        many rows after it some of them stand. Where there are `more` to come, nobody reads the
        state before it is told to `settle`.
        """
        values, rows = self._finite(cells, offset, places)
        if not len(values):
            return values
        self.count += len(values)
        work, ends = buffers(), Extremes(self.lowest, self.highest)
        if self.sums is not None:
            for start, end in _cuts(len(values), CHUNK):
                chunk = values[start:end]
                self.sums.add_chunk(
                    chunk, max(float(chunk.max()), -float(chunk.min())), work.slices
                )
        bins = work.no_bins()
        sought = _Sought(0, self.threshold)
        for start, end in _cuts(len(values), BLOCK):
            block = values[start:end]
            low, high = float(block.min()), float(block.max())
            whole = self._count_kinds(block, low, high, work)
            ends.add(block, low, high, start)
            ordered = work.ordered(block, low, high)
            bins.add(ordered, low, high, work)
            if self.exact:
                few = whole == len(block) and high - low < BLOCK
                self._keep_values(*(_counted(block, low) if few else _tally(ordered)))
                if self.threshold < _ALL:
                    # The highest hash that can count, if most of the cells are distinct.
                    guess = _ALL * 2 * KEPT // len(values) | ordered_bits.LOWER_BITS
                    sought = _Sought(end, min(self.threshold, guess))
                continue
            self._await(work.hashed_below(ordered, min(sought.most, self.threshold)))
        if not more or sought.start:
            self.settle()
        elif self.waiting:
            self.waiting = [np.concatenate(self.waiting)]
        self._complete(values[sought.start :], sought.most, work)
        self.lowest = lowest_of(self.lowest, located(ends.lowest, rows))
        self.highest = highest_of(self.highest, located(ends.highest, rows))
        self.bins, self.bin_counts = ordered_bits.added((self.bins, self.bin_counts), bins.found())
        return values

    def _complete(self, values: Floats, sought: int, work: Buffers) -> None:
        """Look again for those that a guess left out, if it was too low to leave `KEPT`."""
        if self.threshold <= sought:
            return
        for start in range(0, len(values), BLOCK):
            block = values[start : start + BLOCK]
            ordered = work.ordered(block, float(block.min()), float(block.max()))
            found = work.hashed_below(ordered, self.threshold)
            self._await(found[ordered_bits.hashed(found) > np.uint64(sought)])
        self.settle()

    def _finite(
        self,
        cells: Floats,
        offset: int,
        places: Rows | None,
    ) -> tuple[Floats, Rows]:
        """The finite cells, and what tells the rows of some of them; counts the others."""

        def row(at: Indices) -> Indices:
            return (at if places is None else places(at)) + offset

        with np.errstate(over="ignore", invalid="ignore"):
            if not len(cells) or np.isfinite(cells.sum()):
                return cells, row
        finite = np.isfinite(cells)
        odd = cells[~finite]
        self.nan += int(np.count_nonzero(np.isnan(odd)))
        self.infinite_above += int(np.count_nonzero(odd > 0))
        self.infinite_below += int(np.count_nonzero(odd < 0))
        return cells[finite], lambda at: row(np.flatnonzero(finite)[at])

    def _count_kinds(self, values: Floats, low: float, high: float, work: Buffers) -> int:
        """Count what values of a block are; returns how many are whole."""
        if low <= 0 <= high:
            self.zero += int(np.count_nonzero(values == 0))
        if low < 0:
            self.negative += int(np.count_nonzero(values < 0))
        whole = work.whole(values)
        self.whole += whole
        if max(high, -low) > EXACT_INTEGERS:
            size = np.abs(values)
            self.beyond_integers += int(np.count_nonzero(size > EXACT_INTEGERS))
            self.float32_overflow += int(np.count_nonzero(size > FLOAT32_MAX))
        if low < FLOAT32_TINY and high > -FLOAT32_TINY:
            size = np.abs(values)
            self.float32_underflow += int(np.count_nonzero((size < FLOAT32_TINY) & (size > 0)))
        return whole

    def _await(self, keys: Keys) -> None:
        """Keys of which some may be kept: few are worth a merge only together."""
        self.waiting.append(keys)
        if sum(map(len, self.waiting)) > KEPT:
            self.settle()

    def settle(self) -> None:
        """Count the keys that wait."""
        if any(map(len, self.waiting)):
            self._keep_values(*_tally(np.concatenate(self.waiting)))
        self.waiting = []

    def _keep_values(self, values: Floats, counts: Ints) -> None:
        """Take in distinct values, ascending, with their counts."""
        if not len(self.values) and len(values) <= KEPT and self.exact:
            self.values, self.value_counts = values, counts
            return
        distinct, total = ordered_bits.summed(
            np.concatenate([self.values, values]), np.concatenate([self.value_counts, counts])
        )
        if len(distinct) > KEPT or not self.exact:
            hashes = ordered_bits.hashed(ordered_bits.ordered(distinct))
            if len(distinct) > KEPT:
                least = int(np.partition(hashes, KEPT - 1)[KEPT - 1])
                self.threshold = min(self.threshold, least)
            keep = hashes <= np.uint64(self.threshold)
            distinct, total = distinct[keep], total[keep]
        self.values, self.value_counts = distinct, total

    def merged(self, other: Numbers, rows: int) -> Numbers:
        """The state of both; `rows` is how many rows of the table precede the other's first."""
        self.settle()
        other.settle()
        result = Numbers(
            **{name: getattr(self, name) + getattr(other, name) for name in COUNTS},
            values=self.values,
            value_counts=self.value_counts,
            threshold=min(self.threshold, other.threshold),
            sums=self.sums and other.sums and self.sums.merged(other.sums),
        )
        own, others = (self.bins, self.bin_counts), (other.bins, other.bin_counts)
        result.bins, result.bin_counts = ordered_bits.added(own, others)
        result._keep_values(other.values, other.value_counts)
        shifted = partial(operator.add, rows)
        result.lowest = lowest_of(self.lowest, located(other.lowest, shifted))
        result.highest = highest_of(self.highest, located(other.highest, shifted))
        return result


#: The fields that add up as they are: all that begin at 0.
COUNTS = tuple(each.name for each in fields(Numbers) if each.default == 0)


def _cuts(cells: int, size: int) -> Iterator[tuple[int, int]]:
    """Blocks, the first a short one: it tells whether the values are too many to keep."""
    start, end = 0, min(2 * KEPT, size)
    while start < cells:
        yield start, min(end, cells)
        start, end = end, end + size


def _counted(values: Floats, low: float) -> tuple[Floats, Ints]:
    """Distinct values, ascending, with their counts, of whole numbers that are close together."""
    counts = np.bincount((values - low).astype(np.intp))
    places = np.flatnonzero(counts)
    distinct: Floats = np.add(places, low)
    return distinct, counts[places]


def _tally(ordered: Keys) -> tuple[Floats, Ints]:
    """Distinct values, ascending, with their counts."""
    keys, counts = np.unique(ordered, return_counts=True)
    return ordered_bits.value_of(keys), counts
