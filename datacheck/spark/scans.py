"""A Spark DataFrame as a table that fitting asks: the same scans, made in Spark's workers."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from pyspark.sql import functions

from datacheck.arrays import Floats
from datacheck.columns import col
from datacheck.ops import CATEGORIES
from datacheck.spark import count_exchange
from datacheck.spark.frames import OpenedFrame, collected, for_spark, spark_type
from datacheck.spark.tree_reduce import folded
from datacheck.transform.arrays import run
from datacheck.transform.decode import value_kind
from datacheck.transform.fit_columns import FitColumn, view
from datacheck.transform.learn import Learned
from datacheck.transform.sampling import Sample
from datacheck.transform.scan_state import ScanState
from datacheck.transform.scans import learn_by_scans
from datacheck.transform.search import changed
from datacheck.transform.statistics import Mode
from datacheck.transform.tallies import Counted, counted

if TYPE_CHECKING:
    import pyarrow as pa


Views = Mapping[str, pl.Expr]
Frames = Iterator[pl.DataFrame]


class ScannedSparkTable:
    """A table on a cluster, of so many rows; see `transform.tables.FitTable`."""

    def __init__(self, opened: OpenedFrame, targets: Sequence[FitColumn], height: int) -> None:
        self._opened = opened
        self._views = {
            target.program.column: view(
                target, opened.dtypes[target.program.column], text=opened.text
            )
            for target in targets
        }
        self.height = height

    def learn(self, questions: Mapping[str, Generator[Any, Any, Learned]]) -> dict[str, Learned]:
        """See `FitTable`."""
        return learn_by_scans(questions, self._scan, self._mode_of)

    def most_frequent(self, column: str) -> Any:
        """See `FitTable`."""
        return self._most_frequent(column, partial(_cells, self._views[column], column))

    def counted(self, column: str) -> Counted:
        """See `FitTable`."""
        tallied, kind = self._tally(column, partial(_every_cell, self._views[column], column))
        # Nulls come first, so that their count is there among the few that are looked at.
        few = tallied.orderBy(functions.asc_nulls_first("value")).limit(CATEGORIES + 2)
        return counted(collected(few).with_columns(pl.col("value").cast(kind)), self.height)

    def counts(self, column: str) -> dict[Any, int]:
        """See `FitTable`."""
        tallied, kind = self._tally(column, partial(_cells, self._views[column], column))
        return dict(collected(tallied).with_columns(pl.col("value").cast(kind)).rows())

    def sample(self, columns: Sequence[str], most: int, seed: int) -> Floats:
        """See `FitTable`."""
        views = [self._views[column] for column in columns]
        kernel = partial(_sampled, views, Sample(most, seed))
        found = folded(self._opened, kernel, columns, _with)
        whole: Sample = found.get(0, Sample(most, seed))
        return whole.rows

    def _scan(self, wanted: Mapping[str, list[ScanState]]) -> None:
        views = {name: self._views[name] for name in wanted}
        kernel = partial(_scanned, views, dict(wanted))
        rows = count_exchange.added(self._opened, kernel, wanted)
        counted = rows.filter(pl.col("state") == ROWS)
        seen = int(counted["count"].sum())
        if seen != self.height:
            raise changed("rows", seen, self.height)
        states = [state for each in wanted.values() for state in each]
        count_exchange.fill(states, rows.filter(pl.col("state") != ROWS))

    def _mode_of(self, column: str, question: Mode) -> float:
        return float(self._most_frequent(column, partial(_values, self._views[column], question)))

    def _most_frequent(self, column: str, tally: Any) -> Any:
        tallied, kind = self._tally(column, tally)
        best = tallied.orderBy(functions.desc("count"), functions.asc("value")).limit(1)
        found = collected(best)
        return found["value"].cast(kind).item() if found.height else None

    def _tally(self, column: str, tally: Any) -> tuple[Any, pl.DataType]:
        """How often each value occurs, as a Spark DataFrame, and the values' dtype."""
        kind = tally(pl.DataFrame(schema=self._opened.dtypes).select(col(column))).schema["value"]
        schema = f"value {spark_type(kind)}, count long"
        tallied = self._opened.each(partial(_tallied, tally), [column], schema)
        return tallied.groupBy("value").agg(functions.sum("count").alias("count")), kind


#: Stands for a state where the rows themselves are counted.
ROWS = -1


def _scanned(
    views: Views, wanted: dict[str, list[ScanState]], frames: Frames
) -> Iterator[pa.RecordBatch]:
    rows = 0
    for frame in frames:
        count_exchange.look(wanted, frame.select(list(views.values())), pl.Series.to_numpy)
        rows += frame.height
    yield count_exchange.batch(ROWS, 0, np.zeros(1, np.int64), np.array([rows], np.int64))
    if rows:
        yield from count_exchange.rows_of([state for states in wanted.values() for state in states])


def _sampled(views: list[pl.Expr], sample: Sample, frames: Frames) -> Iterator[tuple[int, Sample]]:
    for frame in frames:
        sample.add(frame.select(views).to_numpy())
    yield 0, sample


def _with(sample: Sample, other: Sample) -> Sample:
    sample.merge(other)
    return sample


def _tallied(tally: Any, frames: Frames) -> Iterator[pa.RecordBatch]:
    for frame in frames:
        yield from for_spark(tally(frame)).to_batches()


def _values(cells: pl.Expr, question: Mode, frame: pl.DataFrame) -> pl.DataFrame:
    """How often each number occurs after some ops."""
    values = run(frame.select(cells).to_series().to_numpy(), question.ops)
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return pl.DataFrame({"value": distinct + 0.0, "count": counts.astype(np.int64)})


def _cells(cells: pl.Expr, column: str, frame: pl.DataFrame) -> pl.DataFrame:
    """How often each cell that is not missing occurs."""
    found = frame.select(cells).select(col(column).drop_nulls().alias("value"))
    return found.group_by("value").agg(pl.len().cast(pl.Int64).alias("count"))


def _every_cell(cells: pl.Expr, column: str, frame: pl.DataFrame) -> pl.DataFrame:
    """How often each text occurs, and null; of other kinds, only whether a cell is null."""
    seen = frame.select(cells)
    value = col(column).cast(pl.String)
    if value_kind(seen.schema[column]) != "text":
        seen = seen.filter(col(column).is_null())
    return seen.group_by(value.alias("value")).agg(pl.len().cast(pl.Int64).alias("count"))
