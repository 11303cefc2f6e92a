"""Exact quantiles and repeated values of a profile on Spark, found as fitting finds its ranks.

The profile's own histogram tells in which bins the wanted ranks lie; a scan or two look into those
bins alone. Spark counts the values in them and hands over only those that repeat often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from datacheck.arrays import Ints
from datacheck.numeric import ordered_bits
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.quantiles import position, quantile
from datacheck.profiling import refine
from datacheck.profiling.as_numbers import as_numbers, gathered
from datacheck.profiling.column import LEVELS, ColumnProfile
from datacheck.spark import count_exchange
from datacheck.spark.frames import OpenedFrame
from datacheck.transform.scan_state import Histogram, ScanState
from datacheck.transform.search import RankSearch

if TYPE_CHECKING:
    import pyarrow as pa


View = Callable[[pl.DataFrame], pl.DataFrame]
Frames = Iterator[pl.DataFrame]


def with_ranks(
    opened: OpenedFrame, columns: dict[str, ColumnProfile], view: View
) -> dict[str, ColumnProfile]:
    """The columns with quantiles and repeated values, where they hold too many to keep."""
    numbers = {
        name: column.numbers
        for name, column in columns.items()
        if column.kind in ("number", "time")
        and column.numbers is not None
        and column.exact_quantiles is None
        and not column.numbers.exact
        and column.numbers.count
    }
    if not numbers:
        return columns
    quantiles = _quantiles(opened, numbers, view)
    frequent = _frequent(opened, numbers, view)
    return {
        name: replace(column, exact_quantiles=quantiles[name], frequent=frequent[name])
        if name in numbers
        else column
        for name, column in columns.items()
    }


def _quantiles(
    opened: OpenedFrame, numbers: dict[str, Numbers], view: View
) -> dict[str, tuple[float, ...]]:
    searches = {
        name: RankSearch(Histogram(valid=each.count, bins=each.bins, counts=each.bin_counts))
        for name, each in numbers.items()
    }
    wanted = _wanted(searches)
    while wanted:
        flat = [state for states in wanted.values() for state in states]
        count_exchange.fill(
            flat, count_exchange.added(opened, partial(_scanned, view, wanted), wanted)
        )
        for name, states in wanted.items():
            for state in states:
                searches[name].learn(state)
        wanted = _wanted(searches)
    return {
        name: tuple(quantile(level, search.count, search.pair) for level in LEVELS)
        for name, search in searches.items()
    }


def _wanted(searches: dict[str, RankSearch]) -> dict[str, list[ScanState]]:
    states = {
        name: search.states_for([position(level, search.count)[0] for level in LEVELS])
        for name, search in searches.items()
    }
    return {name: each for name, each in states.items() if each}


def _scanned(
    view: View, wanted: dict[str, list[ScanState]], frames: Frames
) -> Iterator[pa.RecordBatch]:
    for frame in frames:
        count_exchange.look(wanted, view(frame), as_numbers)
    yield from count_exchange.rows_of([state for states in wanted.values() for state in states])


def _frequent(
    opened: OpenedFrame, numbers: dict[str, Numbers], view: View
) -> dict[str, tuple[tuple[float, int], ...]]:
    """Values that repeat, among those in prominent bins and in the bins of the quantiles."""
    bins = {name: _bins(each) for name, each in numbers.items()}
    fewest = min(each.count for each in numbers.values())
    least = int(max(refine.CELLS, refine.SHARE * fewest))
    rows = count_exchange.added(opened, partial(_tallied, view, bins), bins, least)
    found = {}
    for place, (name, each) in enumerate(numbers.items()):
        part = rows.filter(pl.col("state") == place)
        values, counts = (
            ordered_bits.value_of(part["bin"].to_numpy().view(np.uint64)),
            part["count"].to_numpy(),
        )
        found[name] = refine.repeated(values, counts, each)
    return found


def _bins(numbers: Numbers) -> Ints:
    ranks = [position(level, numbers.count)[0] for level in LEVELS]
    ranks += [min(rank + 1, numbers.count - 1) for rank in ranks]
    return np.union1d(refine.prominent_bins(numbers), refine.rank_bins(numbers, ranks))


def _tallied(view: View, bins: dict[str, Ints], frames: Frames) -> Iterator[pa.RecordBatch]:
    for frame in frames:
        seen = view(frame)
        for place, (name, wanted) in enumerate(bins.items()):
            values = gathered(seen[name], wanted)
            distinct, counts = np.unique(values, return_counts=True)
            bits = ordered_bits.ordered(distinct).view(np.int64)
            yield count_exchange.batch(place, 0, bits, counts.astype(np.int64))
