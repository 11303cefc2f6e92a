"""Looks as rows of counts, so that Spark itself adds them up and none depends on the partitions.

Every look of `transform.looks` is a sum: counts by bin, counts by value, whole numbers. A row is
``(look, node, bin, count)``; rows with the same first three are added. Two doubles go along for the
extremes, of which Spark takes the least and the greatest. A whole number of any size is a sum of
limbs of 32 bits, which carry its sign each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.numeric import ordered_bits
from datacheck.spark.frames import collected
from datacheck.transform.scan_state import STEP, Gather, Histogram, Narrow, SquareSum, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

    from datacheck.spark.frames import Kernel, OpenedFrame
    from datacheck.transform.scan_state import ScanState

    #: A node, its bins and their counts.
    Part = tuple[int, NDArray[np.int64], NDArray[np.int64]]

SCHEMA = "look int, node int, bin long, count long, low double, high double"

_LIMB = 32
_BINS, _COUNTS = 0, 1


def rows_of(looks: Sequence[ScanState]) -> Iterator[pa.RecordBatch]:
    """What looks have seen, as rows; a look's number is its place."""
    for place, look in enumerate(looks):
        low = high = None
        if isinstance(look, Histogram) and look.minimum <= look.maximum:
            low, high = look.minimum, look.maximum
        for node, bins, counts in _PARTS[type(look)](look):
            yield batch(place, node, bins, counts, (low, high))


def batch(
    look: int,
    node: int,
    bins: NDArray[np.int64],
    counts: NDArray[np.int64],
    ends: tuple[float | None, float | None] = (None, None),
) -> pa.RecordBatch:
    """Some rows of one node of one look."""
    import pyarrow as pa

    size = len(bins)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.full(size, look, np.int32)),
            pa.array(np.full(size, node, np.int32)),
            pa.array(bins),
            pa.array(counts),
            *(pa.repeat(pa.scalar(end, pa.float64()), size) for end in ends),
        ],
        names=["look", "node", "bin", "count", "low", "high"],
    )


def added(
    opened: OpenedFrame, kernel: Kernel, columns: Iterable[str], least: int = 0
) -> pl.DataFrame:
    """The rows of a kernel, those of one look, node and bin added; none with a lesser count."""
    from pyspark.sql import functions

    rows = opened.each(kernel, columns, SCHEMA).groupBy("look", "node", "bin")
    sums = rows.agg(
        functions.sum("count").alias("count"),
        functions.min("low").alias("low"),
        functions.max("high").alias("high"),
    )
    return collected(sums.where(functions.col("count") >= least) if least else sums)


def fill(looks: Sequence[ScanState], added: pl.DataFrame) -> None:
    """Put into empty looks what Spark has added up; columns as in `SCHEMA`."""
    parts = added.partition_by("look", "node", as_dict=True)
    for (place, node), part in parts.items():
        look = looks[place]
        ordered = part.sort("bin")
        _FILLS[type(look)](look, node, ordered)


def _of_histogram(look: Histogram) -> Iterator[Part]:
    yield _BINS, look.bins, look.counts
    counts = np.array([look.rows, look.valid, look.infinite], np.int64)
    yield _COUNTS, np.arange(3), counts


def _to_histogram(look: Histogram, node: int, part: pl.DataFrame) -> None:
    bins, counts = part["bin"].to_numpy(), part["count"].to_numpy()
    if node == _BINS:
        look.bins, look.counts = bins, counts
        return
    look.rows, look.valid, look.infinite = counts.tolist()
    low, high = part["low"][0], part["high"][0]
    look.minimum = np.inf if low is None else low
    look.maximum = -np.inf if high is None else high


def _of_narrow(look: Narrow) -> Iterator[Part]:
    for number, node in enumerate(look.nodes):
        counts = look.counts.get(node)
        if counts is not None:
            bins = np.flatnonzero(counts)
            yield number, bins, counts[bins]


def _to_narrow(look: Narrow, node: int, part: pl.DataFrame) -> None:
    interval = look.nodes[node]
    counts = np.zeros(1 << min(STEP, 64 - interval[0]), np.int64)
    counts[part["bin"].to_numpy()] = part["count"].to_numpy()
    look.counts[interval] = counts


def _of_gather(look: Gather) -> Iterator[Part]:
    for number, node in enumerate(look.nodes):
        found, counts = np.unique(ordered_bits.ordered(look.ordered(node)), return_counts=True)
        yield number, found.view(np.int64), counts.astype(np.int64)


def _to_gather(look: Gather, node: int, part: pl.DataFrame) -> None:
    values = ordered_bits.value_of(part["bin"].to_numpy().view(np.uint64))
    look.found[look.nodes[node]] = [np.repeat(values, part["count"].to_numpy())]


def _of_sum(look: Sum) -> Iterator[Part]:
    yield _limbs(0, look.units)


def _to_sum(look: Sum, node: int, part: pl.DataFrame) -> None:  # noqa: ARG001 - there is one node
    look.units = _number(part)


def _of_squares(look: SquareSum) -> Iterator[Part]:
    yield _limbs(0, look.first)
    yield _limbs(1, look.second)


def _to_squares(look: SquareSum, node: int, part: pl.DataFrame) -> None:
    if node:
        look.second = _number(part)
    else:
        look.first = _number(part)


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
