"""The second look at a column whose values are too many to keep: exact ranks, exact spikes.

The histogram of the first look tells which bins hold the wanted ranks and which bins hold far more
than those beside them. Only the values in those bins are gathered and sorted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datacheck.arrays import Floats, Indices, Ints
from datacheck.numeric import ordered_bits
from datacheck.numeric.blocks import LONG, WantedBins, buffers
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.quantiles import quantile

#: A bin is looked at again if it holds this many times what its neighbours hold.
PROMINENCE = 3.0
#: ... and at least this share of the column, and this many cells.
SHARE, CELLS = 0.0005, 8
#: Bins that are looked at again, and repeated values that are kept.
LOOKED_AT, FREQUENT = 64, 32
_NEIGHBOURS = 3


def prominent_bins(numbers: Numbers) -> Ints:
    """The bins that hold far more than those beside them, where a repeated value may stand."""
    counts = numbers.bin_counts
    least = np.int64(numbers.bins[0] - _NEIGHBOURS)
    beside = np.zeros((2 * _NEIGHBOURS, len(counts)))
    steps = [step for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if step]
    for row, step in zip(beside, steps, strict=True):
        places = np.searchsorted(numbers.bins, numbers.bins + step)
        places = np.minimum(places, len(counts) - 1)
        row[:] = np.where(numbers.bins[places] == numbers.bins + step, counts[places], 0)
    high = counts >= PROMINENCE * np.median(beside, axis=0)
    high &= counts >= max(CELLS, SHARE * numbers.count)
    chosen = np.flatnonzero(high & (numbers.bins > least))
    order = np.argsort(-counts[chosen], kind="stable")[:LOOKED_AT]
    return np.sort(numbers.bins[chosen[order]])


def rank_bins(numbers: Numbers, ranks: Sequence[int]) -> Ints:
    """The bins that hold the given ranks."""
    reached = np.cumsum(numbers.bin_counts)
    places = np.searchsorted(reached, np.array(ranks), side="right")
    return np.unique(numbers.bins[np.minimum(places, len(reached) - 1)])


def within(cells: Floats, bins: Ints) -> Indices:
    """Where the values stand that lie in the given bins of numbers; any cell may be no number."""
    wanted, work = WantedBins(bins), buffers()
    starts = range(0, len(cells), LONG)
    parts = [wanted.places(cells[start : start + LONG], work) + start for start in starts]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)


def repeated(values: Floats, counts: Ints, numbers: Numbers) -> tuple[tuple[float, int], ...]:
    """The values that hold a good part of the column, most frequent first."""
    often = np.flatnonzero(counts >= max(CELLS, SHARE * numbers.count))
    pairs = zip(values[often].tolist(), counts[often].tolist(), strict=True)
    return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:FREQUENT])


def exact_quantiles(numbers: Numbers, values: Floats, levels: Sequence[float]) -> tuple[float, ...]:
    """Quantiles from the gathered values of the bins that hold their ranks."""
    reached = np.cumsum(numbers.bin_counts)
    places = ordered_bits.bins_of(ordered_bits.ordered(values))

    def at(rank: int) -> float:
        place = int(np.searchsorted(reached, rank, side="right"))
        before = int(reached[place - 1]) if place else 0
        start = int(np.searchsorted(places, numbers.bins[place]))
        return float(values[start + rank - before])

    def pair(rank: int) -> tuple[float, float]:
        return at(rank), at(min(rank + 1, numbers.count - 1))

    return tuple(quantile(level, numbers.count, pair) for level in levels)
