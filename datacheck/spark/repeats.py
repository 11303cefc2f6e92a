"""What no batch can show of a Spark DataFrame: repeated values, which Spark counts.

Rows that share a half or a box with another: the workers make the keys, Spark shuffles them.

What comes to the driver is of such rows alone: their numbers, and pairs of them.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from datacheck.columns import cols, retyped
from datacheck.rows.lanes import MOST_IN_BOX
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, collected, for_spark, placed, spark_type
from datacheck.validation.tally import SAMPLED, Scanned, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from datacheck.arrays import Ints, Keys
    from datacheck.rows.lanes import RowLanes
    from datacheck.schema.compile import Distinct, Plan
    from datacheck.schema.rules import Key
    from datacheck.spark.frames import OpenedFrame
    from datacheck.table import Table


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
        tally = _repeated(opened, plan, distinct)
        if tally.count:
            seen.tallies[distinct.key] = tally


def wide(plan: Plan) -> list[Key]:
    """The rules that look at many rows at once."""
    return [*(rule.key for rule in plan.apart), *(check.key for check in plan.by_pandera)]


def _repeated(opened: OpenedFrame, plan: Plan, rule: Distinct) -> Tally:
    """How many rows repeat the values of others, and the first of them; both found by Spark."""
    from pyspark.sql import Window, functions

    keys = [f"k{number}" for number in range(len(rule.columns))]
    types = [spark_type(plan.dtypes[name]) for name in rule.columns]
    schema = ", ".join(f"{key} {kind}" for key, kind in zip(keys, types, strict=True))
    needed = plan.needed if plan.steps else rule.columns
    rows = opened.each(partial(_keyed, plan, rule.columns), needed, f"{schema}, row long")
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


def _keyed(
    plan: Plan, columns: tuple[str, ...], frames: Iterator[pl.DataFrame]
) -> Iterator[pa.RecordBatch]:
    """The columns in which repeated values are looked for, as the schema reads them."""
    for offset, frame in placed(frames):
        seen = plan.view(frame.lazy()).select(cols(columns)).collect(engine="in-memory")
        seen.columns = [f"k{number}" for number in range(len(columns))]
        seen = seen.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("row") + offset)
        yield from for_spark(seen).to_batches()


_SCHEMA = "lane int, key long, row long"


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
        return opened.each(partial(_near_keyed, kernel), kernel.columns, _SCHEMA)
    seen: Any = table.fold([cast("Any", deepcopy(kernel))])[0]
    return session.createDataFrame(_long(seen.lanes(), 0).to_arrow())


def _near_keyed(kernel: RowLanes, frames: Iterator[pl.DataFrame]) -> Iterator[pa.RecordBatch]:
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
