"""Rows of a Spark DataFrame that share a half or a box with another, as `datacheck.rows.near` asks.

What comes to the driver is their numbers, and pairs of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from datacheck.arrays import Ints, Keys
from datacheck.rows.lanes import MOST_IN_BOX, RowLanes
from datacheck.spark.frames import OpenedFrame, collected, placed
from datacheck.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

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
    """By table, the keys that several rows share, at most so many; rows keep their own numbers."""
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
