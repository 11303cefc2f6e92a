"""Scan states as rows of counts: Spark adds them up, and no result depends on the partitions.

Every state of `transform.scan_state` is a sum. A row is ``(state, node, bin, count)``; rows with
the same first three are added. Two doubles go along for the extremes. A whole number of any size is
a sum of limbs of 32 bits, which carry its sign each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
from pyspark.sql import functions

from datacheck.arrays import Floats, Ints
from datacheck.numeric import ordered_bits
from datacheck.spark.frames import collected
from datacheck.transform.scan_state import (
    STEP,
    Gather,
    Histogram,
    Narrow,
    ScanState,
    SquareSum,
    Sum,
)

if TYPE_CHECKING:
    from datacheck.spark.frames import Kernel, OpenedFrame


#: A node, its bins and their counts.
Part = tuple[int, Ints, Ints]

SCHEMA = "state int, node int, bin long, count long, low double, high double"

_LIMB = 32
_BINS, _COUNTS = 0, 1


def look(
    wanted: Mapping[str, Sequence[ScanState]],
    seen: pl.DataFrame,
    array_of: Callable[[pl.Series], Floats],
) -> None:
    """Let the states of each column take in its cells."""
    for name, states in wanted.items():
        values = array_of(seen[name])
        for state in states:
            state.add(values)


def rows_of(states: Sequence[ScanState]) -> Iterator[pa.RecordBatch]:
    """What states have seen, as rows; a state's number is its place."""
    for place, state in enumerate(states):
        low = high = None
        if isinstance(state, Histogram) and state.minimum <= state.maximum:
            low, high = state.minimum, state.maximum
        for node, bins, counts in _PARTS[type(state)](state):
            yield batch(place, node, bins, counts, (low, high))


def batch(
    state: int,
    node: int,
    bins: Ints,
    counts: Ints,
    ends: tuple[float | None, float | None] = (None, None),
) -> pa.RecordBatch:
    """Some rows of one node of one state."""
    size = len(bins)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.full(size, state, np.int32)),
            pa.array(np.full(size, node, np.int32)),
            pa.array(bins),
            pa.array(counts),
            *(pa.repeat(pa.scalar(end, pa.float64()), size) for end in ends),
        ],
        names=["state", "node", "bin", "count", "low", "high"],
    )


def added(
    opened: OpenedFrame, kernel: Kernel, columns: Iterable[str], least: int = 0
) -> pl.DataFrame:
    """The rows of a kernel, those of one state, node and bin added; none with a lesser count."""
    rows = opened.each(kernel, columns, SCHEMA).groupBy("state", "node", "bin")
    sums = rows.agg(
        functions.sum("count").alias("count"),
        functions.min("low").alias("low"),
        functions.max("high").alias("high"),
    )
    return collected(sums.where(functions.col("count") >= least) if least else sums)


def fill(states: Sequence[ScanState], added: pl.DataFrame) -> None:
    """Put into empty states what Spark has added up; columns as in `SCHEMA`."""
    parts = added.partition_by("state", "node", as_dict=True)
    for (place, node), part in parts.items():
        state = states[place]
        ordered = part.sort("bin")
        _FILLS[type(state)](state, node, ordered)


def _of_histogram(state: Histogram) -> Iterator[Part]:
    yield _BINS, state.bins, state.counts
    counts = np.array([state.rows, state.valid, state.infinite], np.int64)
    yield _COUNTS, np.arange(3), counts


def _to_histogram(state: Histogram, node: int, part: pl.DataFrame) -> None:
    bins, counts = part["bin"].to_numpy(), part["count"].to_numpy()
    if node == _BINS:
        state.bins, state.counts = bins, counts
        return
    state.rows, state.valid, state.infinite = counts.tolist()
    low, high = part["low"][0], part["high"][0]
    state.minimum = np.inf if low is None else low
    state.maximum = -np.inf if high is None else high


def _of_narrow(state: Narrow) -> Iterator[Part]:
    for number, node in enumerate(state.nodes):
        counts = state.counts.get(node)
        if counts is not None:
            bins = np.flatnonzero(counts)
            yield number, bins, counts[bins]


def _to_narrow(state: Narrow, node: int, part: pl.DataFrame) -> None:
    interval = state.nodes[node]
    counts = np.zeros(1 << min(STEP, 64 - interval[0]), np.int64)
    counts[part["bin"].to_numpy()] = part["count"].to_numpy()
    state.counts[interval] = counts


def _of_gather(state: Gather) -> Iterator[Part]:
    for number, node in enumerate(state.nodes):
        found, counts = np.unique(ordered_bits.ordered(state.ordered(node)), return_counts=True)
        yield number, found.view(np.int64), counts.astype(np.int64)


def _to_gather(state: Gather, node: int, part: pl.DataFrame) -> None:
    values = ordered_bits.value_of(part["bin"].to_numpy().view(np.uint64))
    state.found[state.nodes[node]] = [np.repeat(values, part["count"].to_numpy())]


def _of_sum(state: Sum) -> Iterator[Part]:
    yield _limbs(0, state.units)


def _to_sum(state: Sum, node: int, part: pl.DataFrame) -> None:  # noqa: ARG001 - there is one node
    state.units = _number(part)


def _of_squares(state: SquareSum) -> Iterator[Part]:
    yield _limbs(0, state.first)
    yield _limbs(1, state.second)


def _to_squares(state: SquareSum, node: int, part: pl.DataFrame) -> None:
    if node:
        state.second = _number(part)
    else:
        state.first = _number(part)


def _limbs(node: int, number: int) -> Part:
    sign, rest = (-1, -number) if number < 0 else (1, number)
    limbs = []
    while rest:
        limbs.append(sign * (rest & ((1 << _LIMB) - 1)))
        rest >>= _LIMB
    return node, np.arange(len(limbs)), np.array(limbs, np.int64)


def _number(part: pl.DataFrame) -> int:
    rows = zip(part["bin"].to_list(), part["count"].to_list(), strict=True)
    return sum(count << (_LIMB * place) for place, count in rows)


_PARTS: dict[type, Callable[[Any], Iterator[Part]]] = {
    Histogram: _of_histogram,
    Narrow: _of_narrow,
    Gather: _of_gather,
    Sum: _of_sum,
    SquareSum: _of_squares,
}
_FILLS: dict[type, Callable[[Any, int, pl.DataFrame], None]] = {
    Histogram: _to_histogram,
    Narrow: _to_narrow,
    Gather: _to_gather,
    Sum: _to_sum,
    SquareSum: _to_squares,
}
