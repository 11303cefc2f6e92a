"""What no batch can show of a Spark DataFrame: values that repeat, which Spark counts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from pyspark.sql import Window, functions

from datacheck.columns import cols, retyped
from datacheck.schema.compile import Distinct, Plan
from datacheck.schema.rules import Key
from datacheck.spark.errors import saying
from datacheck.spark.frames import NAME, OpenedFrame, collected, for_spark, placed, spark_type
from datacheck.validation.tally import SAMPLED, Scanned, Tally

if TYPE_CHECKING:
    import pyarrow as pa


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
