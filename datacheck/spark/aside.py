"""Rows that are set apart on Spark for what they are beside others.

The keys of a row are put beside it, and Spark's windows and joins compare them: no number of a row
is trusted to be the same in two jobs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.rows.keys import keys_of
from datacheck.rows.queries import LocalRows, kernel_for, missing_key
from datacheck.spark.frames import OpenedFrame, open_frame
from datacheck.spark.rows import SparkRows
from datacheck.spark.workers import as_frame, sent, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame

    from datacheck.spark.workers import Batches
    from datacheck.validation.aside import AsidePlan

_KEY = "key "


def flagged(
    rows: DataFrame, opened: OpenedFrame, plan: AsidePlan, reference: Any
) -> tuple[DataFrame, dict[str, str]]:
    """The rows with a column more for each code, and what these are called.

    `rows` has the table's columns as they are called inside, and a number `row`, in any order.
    """
    if not plan.codes:
        return rows, {}
    other = None if reference is None else _opened(reference)
    both = [] if other is None else plan.in_both(other.dtypes.names())
    sets = {"row": plan.rows, "features": plan.features, "target": plan.targets, "both": both}
    marked = _with_keys(rows, opened, {name: own for name, own in sets.items() if own})
    made: dict[str, Column] = {}
    if "row.duplicate" in plan.codes:
        made["row.duplicate"] = _repeats()
    if "row.conflict" in plan.codes:
        made["row.conflict"] = _conflicts(plan)
    if other is not None:
        marked, made["row.overlap"] = _shared(marked, opened, other, frozenset(both))
    flags = {code: f"aside {number}" for number, code in enumerate(plan.codes)}
    own = [f"`{name}`" for name in rows.columns]
    return marked.select(*own, *(made[code].alias(flags[code]) for code in plan.codes)), flags


def _opened(reference: Any) -> SparkRows | LocalRows:
    from pyspark.sql import DataFrame

    from datacheck.source import open_source
    from datacheck.table import LocalTable

    if isinstance(reference, DataFrame | OpenedFrame):
        return SparkRows(open_frame(reference))
    table = LocalTable(open_source(reference))
    [kernel] = table.fold([kernel_for(table.dtypes, {})])
    return LocalRows(table, kernel)


def _with_keys(rows: DataFrame, opened: OpenedFrame, sets: Mapping[str, Any]) -> DataFrame:
    """The rows and their keys by these sets of columns."""
    from pyspark.sql.types import LongType, StructField, StructType

    wanted = {name for own in sets.values() for name in own}
    inside = {opened.place(name): name for name in wanted}
    read = [(place, inside[name]) for place, name in enumerate(rows.columns) if name in inside]
    lanes = [StructField(f"{_KEY}{name} {lane}", LongType()) for name in sets for lane in "ab"]
    work = partial(_keyed, read, {name: sorted(own) for name, own in sets.items()})
    return rows.mapInArrow(sent(work), StructType([*rows.schema.fields, *lanes]))


def _keyed(read: list[tuple[int, str]], sets: dict[str, list[str]], batches: Batches) -> Batches:
    for table in tables(batches):
        frame = as_frame(table.select([place for place, _ in read]), [name for _, name in read])
        for name, own in sets.items():
            for lane, keys in zip("ab", keys_of(frame, own), strict=True):
                signed = pl.Series(keys).reinterpret(signed=True)
                table = table.append_column(f"{_KEY}{name} {lane}", signed.to_arrow())  # noqa: PLW2901
        yield from table.to_batches()


def _lanes(name: str) -> list[str]:
    return [f"`{_KEY}{name} {lane}`" for lane in "ab"]


def _repeats() -> Column:
    """All but the first of the rows of one key."""
    from pyspark.sql import Window, functions

    alike = Window.partitionBy(*_lanes("row"))
    return functions.col("row") != functions.min("row").over(alike)


def _conflicts(plan: AsidePlan) -> Column:
    """The rows whose like has another target; those without one are in none."""
    from pyspark.sql import Window, functions

    target = functions.col(_lanes("target")[0])
    known = target != functions.lit(missing_key(plan.targets))
    alike = Window.partitionBy(*_lanes("features"))
    seen = functions.when(known, target)
    return known & (functions.min(seen).over(alike) != functions.max(seen).over(alike))


def _shared(
    rows: DataFrame, opened: OpenedFrame, other: SparkRows | LocalRows, names: frozenset[str]
) -> tuple[DataFrame, Column]:
    """The rows beside whether they stand in the other table too."""
    from pyspark.sql import functions

    if isinstance(other, LocalRows):
        other.ready((names,))
    keys = SparkRows(opened).keys_of_other(other, names).select("a", "b").distinct()
    one, two = _lanes("both")
    there = keys.withColumn("there", functions.lit(True))  # noqa: FBT003 - a column's value
    here = (functions.col(one) == there["a"]) & (functions.col(two) == there["b"])
    return rows.join(there, here, "left"), functions.col("there").isNotNull()
