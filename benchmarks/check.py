"""`check` and `fit` of table A from parquet, beside one scan of it, and beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import ROWS as TABLE_A
from benchmarks.data import table_a_path
from benchmarks.fit_apply import robust_to_float32
from benchmarks.harness import Against, Contestant, Row, within
from benchmarks.validate import declared

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "what `check` costs, and `fit`, in scans of the file"


def with_schema(rows: int) -> Callable[[], Any]:
    """Three range checks a column; the findings about rows are another topic's."""
    import datacheck as dc

    path, schema = table_a_path(rows), declared()
    return lambda: len(dc.check(path, schema, rows=False).findings)


def without_schema(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    path = table_a_path(rows)
    return lambda: len(dc.check(path, rows=False).findings)


def with_rows(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    path = table_a_path(rows)
    return lambda: len(dc.check(path).findings)


def fit(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    path, schema = table_a_path(rows), robust_to_float32()
    return lambda: dc.fit(path, schema).columns[0]


def polars_scan(rows: int) -> Callable[[], Any]:
    """One scan: the least and greatest of each column, and its nulls."""
    import polars as pl

    cells = pl.all()
    asked = [cells.min().name.suffix(" min"), cells.max().name.suffix(" max")]
    asked.append(cells.null_count().name.suffix(" null"))
    plan = pl.scan_parquet(table_a_path(rows)).select(asked)

    def run() -> None:
        plan.collect(engine="streaming")

    return run


SCAN = Contestant("polars: min, max, nulls of all", polars_scan)
BARE = Contestant("check without a schema", without_schema)

ROWS = (
    Row(
        "check with a schema, but for rows",
        Contestant("datacheck", with_schema),
        (Against(BARE, within(1.2)), Against(SCAN, within(3))),
        TABLE_A,
        rounds=9,
    ),
    Row(
        "check without a schema, but for rows",
        Contestant("datacheck", without_schema),
        (Against(SCAN, within(3)),),
        TABLE_A,
        rounds=9,
    ),
    Row(
        "check without a schema, rows too",
        Contestant("datacheck", with_rows),
        (Against(SCAN),),
        TABLE_A,
        rounds=5,
    ),
    Row(
        "fit: median, robust",
        Contestant("datacheck", fit),
        (Against(SCAN, within(3.5)),),
        TABLE_A,
        rounds=9,
    ),
)
