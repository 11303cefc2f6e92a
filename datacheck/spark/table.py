"""A Spark DataFrame as a table: kernels see its partitions in the workers, and add up there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import polars as pl

from datacheck.arrays import Ints
from datacheck.columns import cols
from datacheck.profiling.as_numbers import kind_of
from datacheck.profiling.model import Profile
from datacheck.rows.lanes import RowLanes
from datacheck.schema.compile import Plan
from datacheck.spark.frames import OpenedFrame, placed
from datacheck.spark.near import paired, sharing
from datacheck.spark.quantiles import with_ranks
from datacheck.spark.rows import SparkRows
from datacheck.spark.tree_reduce import folded
from datacheck.spark.uniqueness import complete
from datacheck.table import Kernel, Table, View
from datacheck.validation.tally import Scanned

K = TypeVar("K", bound=Kernel)


class SparkTable:
    """See `datacheck.table.Table`. A row's number is what Spark's own ids give it."""

    held = False
    source = None

    def __init__(self, opened: OpenedFrame) -> None:
        self.opened = opened
        self.name = opened.name
        self.dtypes = opened.dtypes
        self.text = opened.text

    @property
    def frame(self) -> None:
        """See `Table`."""
        return None

    @property
    def elsewhere(self) -> SparkTable:
        """See `Table`."""
        return self

    def rows_at(self, rows: Sequence[int]) -> None:  # noqa: ARG002 - see `Table`
        """See `Table`."""
        return

    @property
    def names(self) -> list[str]:
        """See `Table`."""
        return self.dtypes.names()

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> SparkTable:
        """See `Table`."""
        opened = self.opened.with_text([n for n, dtype in dtypes.items() if dtype == pl.String])
        return self if opened is self.opened else SparkTable(opened)

    def fold(self, kernels: Sequence[K]) -> list[K]:
        """See `Table`. Each partition's kernels are merged in the order of the partitions."""
        wanted = {name for kernel in kernels for name in kernel.columns}
        # As one state, so that kernels that share columns still do in a worker.
        found = folded(self.opened, partial(_seen, list(kernels)), wanted, _merged)
        for kernel, seen in zip(kernels, found.get(0, ()), strict=False):
            kernel.merge(seen)
        return list(kernels)

    def complete(self, plan: Plan, seen: Scanned) -> None:
        """See `Elsewhere`."""
        complete(self.opened, plan, seen)

    def keyed(self) -> SparkRows:
        """See `Elsewhere`."""
        return SparkRows(self.opened)

    def sharing(self, tables: Sequence[Table], halves: RowLanes) -> list[Ints]:
        """See `Elsewhere`."""
        return sharing(tables, halves, self.opened.data.sparkSession)

    def paired(self, tables: Sequence[Table], boxes: RowLanes) -> Ints:
        """See `Elsewhere`."""
        return paired(tables, boxes, self.opened.data.sparkSession)

    def ranked(self, profile: Profile, view: View) -> Profile:
        """See `Elsewhere`: Spark counts."""
        columns = with_ranks(self.opened, profile.columns, partial(_numbers, view))
        return replace(profile, columns=columns)


def _seen(kernels: list[Any], frames: Iterator[pl.DataFrame]) -> Iterator[tuple[int, list[Any]]]:
    for offset, frame in placed(frames):
        for kernel in kernels:
            kernel.add(frame, offset, map)
    yield 0, [kernel.seen_alone() for kernel in kernels]


def _merged(left: list[Any], right: list[Any]) -> list[Any]:
    for kernel, later in zip(left, right, strict=True):
        kernel.merge(later)
    return left


def _numbers(view: View, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns whose cells count as numbers, as they are looked at."""
    seen = view.only(frame.columns).of(frame)
    kinds = {name: kind_of(dtype) for name, dtype in seen.schema.items()}
    return seen.select(cols(name for name, kind in kinds.items() if kind in ("number", "time")))
