"""Many short columns measured at once: what `Numbers.add` comes to of each alone, to the bit.

At thousands of columns each step of numpy on one column alone costs more than its arithmetic. Here
a column is a row of one array, and a step is one for all of them: they are sorted, so that what is
equal stands side by side. Sums are exact, so that their order is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Floats, Indices, Keys
from datacheck.limits import EXACT_INTEGERS, FLOAT32_MAX, FLOAT32_TINY
from datacheck.numeric import ordered_bits
from datacheck.numeric.extremes import EXTREMES, Ends
from datacheck.numeric.moments import sums_of_each
from datacheck.numeric.numbers import Numbers

#: Rows of a short column. All its values are kept (there are fewer than `numbers.KEPT`), and to
#: sort them costs less than to call numpy for it alone.
SHORT = 2**10
#: Sorts behind every finite value.
_LAST = np.uint64(2**64 - 1)


def side_by_side(cells: Floats, nulls: Indices, offset: int, *, sums: bool) -> list[Numbers]:
    """The states of columns of at most `SHORT` rows.

    `cells` has shape (columns, rows), with NaN for a null; `nulls`, shape (columns,), counts the
    nulls: what else is NaN is counted as such. `offset` is the row of the first cells.
    """
    finite = np.isfinite(cells)
    counts = {"count": np.count_nonzero(finite, axis=1)}
    if not finite.all():
        counts["nan"] = np.count_nonzero(np.isnan(cells), axis=1) - nulls
        counts["infinite_above"] = np.count_nonzero(cells == np.inf, axis=1)
        counts["infinite_below"] = np.count_nonzero(cells == -np.inf, axis=1)
        cells = np.where(finite, cells, np.nan)
    counts |= _kinds(cells)
    listed = zip(*(count.tolist() for count in counts.values()), strict=True)
    added = sums_of_each(np.where(finite, cells, 0.0)) if sums else [None] * len(cells)
    columns = [
        Numbers(**dict(zip(counts, each, strict=True)), sums=exact)
        for each, exact in zip(listed, added, strict=True)
    ]
    keys = ordered_bits.ordered(cells.ravel()).reshape(cells.shape)
    keys = np.where(finite, keys, _LAST)
    rows = np.argsort(keys, axis=1, kind="stable")
    ahead = np.arange(cells.shape[1]) < counts["count"][:, None]
    _keep(columns, np.take_along_axis(keys, rows, axis=1)[ahead], rows[ahead] + offset)
    return columns


def _kinds(cells: Floats) -> dict[str, Indices]:
    """How many of each column's numbers are of each kind; NaN is of none."""
    size = np.abs(cells)
    flags = {
        "zero": size == 0,
        "negative": cells < 0,
        "whole": np.rint(cells) == cells,
        "beyond_integers": size > EXACT_INTEGERS,
        "float32_overflow": size > FLOAT32_MAX,
        "float32_underflow": (size < FLOAT32_TINY) & (size > 0),
    }
    return {name: np.count_nonzero(flag, axis=1) for name, flag in flags.items()}


def _keep(columns: Sequence[Numbers], keys: Keys, rows: Indices) -> None:
    """Put down what sorting tells: ordered bits and rows, shape (n,), column after column."""
    if not len(keys):
        return
    cuts = np.concatenate([[0], np.cumsum([column.count for column in columns])])
    runs = _Runs.of(keys, cuts)
    # What is in one bin stands side by side as well.
    bins = ordered_bits.bins_of(keys[runs.starts])
    binned = _Runs.of(bins, runs.cuts)
    reached = np.append(runs.starts, len(keys))
    bin_counts = np.diff(reached[np.append(binned.starts, len(bins))])
    values, bins = ordered_bits.value_of(keys[runs.starts]), bins[binned.starts]
    ends = zip(_lowest(keys, rows, cuts), _highest(keys, rows, cuts, runs), strict=True)
    spans = zip(pairwise(runs.cuts.tolist()), pairwise(binned.cuts.tolist()), strict=True)
    for column, (low, high), (of_values, of_bins) in zip(columns, ends, spans, strict=True):
        if not column.count:
            continue
        own, within = slice(*of_values), slice(*of_bins)
        column.values, column.value_counts = values[own], runs.sizes[own]
        column.bins, column.bin_counts = bins[within], bin_counts[within]
        column.lowest, column.highest = low[: column.count], high[: column.count]


class _Runs(NamedTuple):
    """Where what is equal stands side by side in columns that lie one behind the other.

    `starts` and `sizes` have shape (r,): where each run begins, and how long it is. `cuts`, shape
    (columns + 1,), tells how many runs the earlier columns have.
    """

    starts: Indices
    sizes: Indices
    cuts: Indices

    @staticmethod
    def of(ascending: NDArray[Any], cuts: Indices) -> _Runs:
        """The runs of n sorted values; `cuts` tells how many the earlier columns have."""
        begins = np.ones(len(ascending) + 1, dtype=np.bool_)
        np.not_equal(ascending[1:], ascending[:-1], out=begins[1:-1])
        begins[cuts] = True
        starts = np.flatnonzero(begins)
        return _Runs(starts[:-1], np.diff(starts), np.searchsorted(starts, cuts))


def _lowest(keys: Keys, rows: Indices, cuts: Indices) -> Iterator[Ends]:
    """The first values of each column, with their rows; those of the next one where it ends."""
    places = np.minimum(cuts[:-1, None] + np.arange(EXTREMES), len(keys) - 1)
    return _told(keys[places], rows[places])


def _highest(keys: Keys, rows: Indices, cuts: Indices, runs: _Runs) -> Iterator[Ends]:
    """The same of the last; of equal ones the first rows come first."""
    places = np.maximum(cuts[1:, None] - 1 - np.arange(EXTREMES), 0)
    run = np.searchsorted(runs.starts, places, "right") - 1
    mirrored = 2 * runs.starts[run] + runs.sizes[run] - 1 - places
    return _told(keys[places], rows[mirrored])


def _told(keys: Keys, rows: Indices) -> Iterator[Ends]:
    told = zip(ordered_bits.value_of(keys).tolist(), rows.tolist(), strict=True)
    return (tuple(zip(values, stand, strict=True)) for values, stand in told)
