"""Rows of a Spark DataFrame that are one: their keys are made in the workers, and Spark shuffles.

A key is 16 bytes whatever the row, and nothing but counts and twenty rows come to the driver.

What no batch can show of a Spark DataFrame, repeated values, Spark counts. Of rows that share a
half or a box with another, what comes to the driver is their numbers, and pairs of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from datacheck.arrays import Ints, Keys
from datacheck.columns import cols, retyped
from datacheck.report.finding import LISTED
from datacheck.rows.keys import halved, keys_of
from datacheck.rows.lanes import MOST_IN_BOX, RowLanes
from datacheck.rows.queries import LocalRows, RowAnswers, RowQueries, missing_key
from datacheck.rows.repeats import DuplicateRows
from datacheck.schema.compile import Distinct, Plan
from datacheck.schema.rules import Key
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, OpenedFrame, collected, for_spark, placed, spark_type
from datacheck.table import Table
from datacheck.validation.tally import SAMPLED, Scanned, Tally

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


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
    from pyspark.sql import functions as f

    groups = rows.groupBy("a", "b").agg(f.count("*").alias("n"), f.min("row").alias("like"))
    groups = groups.where("n > 1")
    sums = groups.agg(f.sum(f.col("n") - 1), f.sum(f.col("n") * (f.col("n") - 1) / 2))
    again = rows.join(groups, ["a", "b"]).where("row != like")
    return _collected(sums, again)


def _conflicting(rows: DataFrame, missing: int) -> DuplicateRows:
    from pyspark.sql import functions as f

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
    from pyspark.sql import functions as f

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


#: Why a rule that looks at many rows at once has no verdict.
UNABLE = (
    "it looks at many rows at once, and Spark's workers see one part of the table each; "
    "validate a table without Spark for this check, or declare one that looks at a row"
)


def complete(opened: OpenedFrame, plan: Plan, seen: Scanned) -> None:
    """Add what no batch can show: repeated values, and why some rules have no verdict."""
    for key in wide(plan):
        seen.tally(key).error = UNABLE
    for distinct in plan.distinct:
        tally = _repeated_values(opened, plan, distinct)
        if tally.count:
            seen.tallies[distinct.key] = tally


def wide(plan: Plan) -> list[Key]:
    """The rules that look at many rows at once."""
    return [*(rule.key for rule in plan.apart), *(check.key for check in plan.by_pandera)]


def _repeated_values(opened: OpenedFrame, plan: Plan, rule: Distinct) -> Tally:
    """How many rows repeat the values of others, and the first of them; both found by Spark."""
    from pyspark.sql import Window, functions

    keys = [f"k{number}" for number in range(len(rule.columns))]
    types = [spark_type(plan.dtypes[name]) for name in rule.columns]
    schema = ", ".join(f"{key} {kind}" for key, kind in zip(keys, types, strict=True))
    needed = plan.needed if plan.steps else rule.columns
    rows = opened.each(partial(_numbered_values, plan, rule.columns), needed, f"{schema}, row long")
    groups = rows.groupBy(*keys).agg(functions.count("*").alias("n")).where("n > 1")
    spared = 0 if rule.report == "all" else 1
    with saying(NAME):
        count = groups.agg(functions.sum(functions.col("n") - spared)).collect()[0][0] or 0
    if not count:
        return Tally()
    group = Window.partitionBy(*keys)
    failing = rows.withColumn("n", functions.count("*").over(group))
    if spared:
        end = functions.min if rule.report == "exclude_first" else functions.max
        failing = failing.withColumn("spared", end("row").over(group)).where("row != spared")
    first = failing.where("n > 1").orderBy("row").limit(SAMPLED)
    table = collected(first)
    places, values = table["row"].to_list(), table.select(keys)
    values = retyped(values, dict(zip(keys, (plan.dtypes[n] for n in rule.columns), strict=True)))
    values.columns = list(rule.columns)
    shown: list[Any] = values.to_dicts() if len(keys) > 1 else values.to_series().to_list()
    return Tally(count=count, first=list(zip(places, shown, strict=True)))


def _numbered_values(
    plan: Plan, columns: tuple[str, ...], frames: Iterator[pl.DataFrame]
) -> Iterator[pa.RecordBatch]:
    """The columns in which repeated values are looked for, as the schema reads them."""
    for offset, frame in placed(frames):
        seen = plan.view(frame.lazy()).select(cols(columns)).collect(engine="in-memory")
        seen.columns = [f"k{number}" for number in range(len(columns))]
        seen = seen.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("row") + offset)
        yield from for_spark(seen).to_batches()


_LANES = "lane int, key long, row long"


def sharing(tables: Sequence[Table], kernel: RowLanes, session: SparkSession) -> list[Ints]:
    """By table, the rows that share a key with another row, or with one of the other table."""
    sides = _together(tables, kernel, session)
    return [collected(rows.select("row").distinct())["row"].sort().to_numpy() for rows in sides]


def paired(tables: Sequence[Table], kernel: RowLanes, session: SparkSession) -> Ints:
    """The pairs of rows that share a key; see `datacheck.rows.lanes.pairs_of`."""
    earlier, *others = map(collected, _together(tables, kernel, session, MOST_IN_BOX))
    pairs = earlier.join(others[0] if others else earlier, on=["lane", "key"], suffix=" later")
    if not others:
        pairs = pairs.filter(pl.col("row") < pl.col("row later"))
    kept = pairs.select("row", "row later").unique().sort("row", "row later")
    return np.ascontiguousarray(kept.to_numpy().T)


def _together(
    tables: Sequence[Table], kernel: RowLanes, session: SparkSession, most: int | None = None
) -> list[DataFrame]:
    """By table, the keys that several rows share, at most so many; of two tables, rows of both.

    The tables stay apart: in a union, the partitions of one would be numbered after the other's.
    """
    from pyspark.sql import functions as f

    sides = [_keys(table, kernel, session) for table in tables]
    groups, *others = (rows.groupBy("lane", "key").agg(f.count("*").alias("n")) for rows in sides)
    for more in others:
        groups = groups.join(more.withColumnRenamed("n", "more"), ["lane", "key"])
        groups = groups.withColumn("n", f.col("n") + f.col("more"))
    groups = groups.where(f.col("n") > 1)
    groups = groups if most is None else groups.where(f.col("n") <= most)
    return [rows.join(groups.select("lane", "key"), ["lane", "key"]) for rows in sides]


def _keys(table: Table, kernel: RowLanes, session: SparkSession) -> DataFrame:
    """The keys of a table's rows; those of one that is here are sent."""
    if table.elsewhere is not None:
        opened: OpenedFrame = cast("Any", table).opened
        return opened.each(partial(_numbered_lanes, kernel), kernel.columns, _LANES)
    seen: Any = table.fold([cast("Any", deepcopy(kernel))])[0]
    return session.createDataFrame(_long(seen.lanes(), 0).to_arrow())


def _numbered_lanes(kernel: RowLanes, frames: Iterator[pl.DataFrame]) -> Iterator[pa.RecordBatch]:
    for offset, frame in placed(frames):
        one = deepcopy(kernel)
        one.add(frame, offset, map)
        yield from _long(one.lanes(), offset).to_arrow().to_batches()


def _long(lanes: Keys, offset: int) -> pl.DataFrame:
    """A row for each key."""
    many, rows = lanes.shape
    return pl.DataFrame(
        {
            "lane": np.repeat(np.arange(many, dtype=np.int32), rows),
            "key": lanes.reshape(-1).view(np.int64),
            "row": np.tile(np.arange(rows, dtype=np.int64) + offset, many),
        }
    )
