"""A warm fit on Spark, beside Spark's own aggregates, in sessions of two cores."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.data import ROWS as TABLE_A
from benchmarks.data import schema_path, table_a_path
from benchmarks.harness import Against, Contestant, Row, times_as_fast, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column, DataFrame

TITLE = "fit on Spark `local[2]`, warm, median and robust"

COLUMNS = 10


@cache
def frame(rows: int) -> DataFrame:
    """The first ten columns of table A, as Spark reads them."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "3g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    data = session.read.parquet(str(table_a_path(rows)))
    return data.select(data.columns[:COLUMNS])


def datacheck_fit(rows: int) -> Callable[[], Any]:
    import datacheck as dc
    import datacheck.spark as ds
    from benchmarks.fit_apply import statistics

    data = frame(rows)
    prepare = "prepare: {impute: median, scale: robust}"
    schema = dc.load_schema(schema_path("spark", data.columns, prepare))
    return lambda: statistics(ds.fit(data, schema))


def exactly(rows: int) -> Callable[[], Any]:
    from pyspark.sql import functions

    return aggregates(rows, functions.percentile)


def approximately(rows: int) -> Callable[[], Any]:
    from pyspark.sql import functions

    return aggregates(rows, functions.percentile_approx)


def aggregates(rows: int, percentile: Callable[..., Column]) -> Callable[[], Any]:
    """Quartiles, mean and deviation of each column, in one aggregation."""
    from pyspark.sql import functions

    data = frame(rows)
    wanted = [
        each.alias(f"{name} {number}")
        for name in data.columns
        for number, each in enumerate(
            (
                percentile(name, functions.array(*map(functions.lit, (0.25, 0.5, 0.75)))),
                functions.avg(name),
                functions.stddev_pop(name),
            )
        )
    ]

    def run() -> list[list[float]]:
        found = data.agg(*wanted).first()
        assert found is not None  # noqa: S101 - an aggregation has a row
        return [[float(found[f"{name} 0"][1])] for name in data.columns]

    return run


def same_medians(ours: Any, theirs: Any) -> str | None:
    """Whether the medians agree to a thousandth: `percentile_approx` may miss by some ranks."""
    worst = max(abs(a[0] - b[0]) / abs(b[0]) for a, b in zip(ours, theirs, strict=True))
    return None if worst <= 1e-3 else f"by {worst:.1e}"


ROWS = (
    Row(
        "fit: 2,000,000 x 10",
        Contestant("datacheck.spark", datacheck_fit),
        (
            Against(
                Contestant("percentile, avg, stddev_pop", exactly),
                times_as_fast(6),
            ),
            Against(
                Contestant("percentile_approx, avg, stddev_pop", approximately),
                within(1.5),
            ),
        ),
        TABLE_A,
        rounds=2,
        agree=same_medians,
    ),
)
