"""Rows of a Spark DataFrame that are one: their keys are made in the workers, and Spark shuffles.

A key is 16 bytes whatever the row, and nothing but counts and twenty rows come to the driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from datacheck.report.finding import LISTED
from datacheck.rows.keys import halved, keys_of
from datacheck.rows.queries import LocalRows, RowAnswers, RowQueries, missing_key
from datacheck.rows.repeats import DuplicateRows
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, OpenedFrame, placed

if TYPE_CHECKING:
    import pyarrow as pa

_SCHEMA = "a long, b long, target long, row long"


class SparkRows:
    """See `datacheck.rows.queries.KeyedRows`."""

    def __init__(self, opened: OpenedFrame) -> None:
        self.opened = opened
        self.dtypes = opened.dtypes

    def answers(self, asked: RowQueries, other: Any = None) -> RowAnswers:
        """See `KeyedRows`."""
        conflicts = DuplicateRows()
        if asked.conflicts is not None:
            conflicts = _conflicting(self.keys(*asked.conflicts), missing_key(asked.conflicts[1]))
        both = asked.shared if other is not None else ()
        single = halved(self.dtypes, other.dtypes) if both else frozenset()
        if isinstance(other, LocalRows):
            other.ready(both, single)
        theirs = {names: self.keys_of_other(other, names, single) for names in both}
        return RowAnswers(
            {names: _repeated(self.keys(names)) for names in asked.repeats},
            conflicts,
            {n: _shared(self.keys(n, single=single), keys) for n, keys in theirs.items()},
        )

    def keys_of_other(
        self, other: SparkRows | LocalRows, names: frozenset[str], single: frozenset[str]
    ) -> DataFrame:
        """The keys of the rows of another table; those of one that is here are sent."""
        if isinstance(other, SparkRows):
            return other.keys(names, single=single)
        parts = list(other.keys(names, single))
        one, two = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.uint64)
        made = pl.DataFrame({"a": one, "b": two}).select(pl.all().reinterpret(signed=True))
        sent = made.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"))
        return self.opened.data.sparkSession.createDataFrame(sent.to_arrow())

    def keys(
        self,
        names: frozenset[str],
        targets: frozenset[str] = frozenset(),
        single: frozenset[str] = frozenset(),
    ) -> DataFrame:
        """The keys of the rows by these columns, lazily; those of `single` as float32."""
        ordered = sorted(names), sorted(targets), single
        return self.opened.each(partial(_keyed, *ordered), names | targets, _SCHEMA)


def _keyed(
    names: list[str],
    targets: list[str],
    single: frozenset[str],
    frames: Iterator[pl.DataFrame],
) -> Iterator[pa.RecordBatch]:
    for offset, frame in placed(frames):
        one, two = keys_of(frame, names, single=single)
        target = keys_of(frame, targets)[0]
        made = pl.DataFrame({"a": one, "b": two, "target": target}).select(
            pl.all().reinterpret(signed=True)
        )
        row = pl.int_range(pl.len(), dtype=pl.Int64).alias("row") + offset
        yield from made.with_columns(row).to_arrow().to_batches()


def _repeated(rows: DataFrame) -> DuplicateRows:
    groups = rows.groupBy("a", "b").agg(f.count("*").alias("n"), f.min("row").alias("like"))
    groups = groups.where("n > 1")
    sums = groups.agg(f.sum(f.col("n") - 1), f.sum(f.col("n") * (f.col("n") - 1) / 2))
    again = rows.join(groups, ["a", "b"]).where("row != like")
    return _collected(sums, again)


def _conflicting(rows: DataFrame, missing: int) -> DuplicateRows:
    known = rows.where(f.col("target") != f.lit(missing))
    first = f.min(f.struct("row", "target")).alias("first")
    groups = known.groupBy("a", "b").agg(
        f.count("*").alias("n"), f.min("target").alias("low"), f.max("target").alias("high"), first
    )
    groups = groups.where("low != high")
    joined = known.join(groups, ["a", "b"])
    apart = joined.where(f.col("target") != f.col("first.target"))
    other = apart.groupBy("a", "b").agg(f.min("row").alias("other"))
    like = f.when(f.col("target") == f.col("first.target"), f.col("other"))
    found = joined.join(other, ["a", "b"]).withColumn("like", like.otherwise(f.col("first.row")))
    sums = groups.agg(f.sum("n"), f.sum(f.col("n") * (f.col("n") - 1) / 2))
    return _collected(sums, found)


def _shared(rows: DataFrame, others: DataFrame) -> DuplicateRows:
    there = others.groupBy("a", "b").agg(f.min("row").alias("like"))
    found = rows.join(there, ["a", "b"])
    return _collected(found.agg(f.count("*"), f.lit(0)), found)


def _collected(sums: DataFrame, found: DataFrame) -> DuplicateRows:
    with saying(NAME):
        count, pairs = sums.collect()[0]
        if not count:
            return DuplicateRows()
        listed = found.orderBy("row").limit(LISTED).select("row", "like").collect()
    rows = tuple(int(row) for row, _ in listed)
    return DuplicateRows(int(count), rows, tuple(int(like) for _, like in listed), int(pairs))
