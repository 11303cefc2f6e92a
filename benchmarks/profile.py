"""Profiles of long and wide tables, and comparisons of two, beside the peers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import LONG, long_path, table, table_a_path
from benchmarks.data import ROWS as TABLE_A
from benchmarks.harness import (
    Against,
    Contestant,
    Row,
    memory_at_most,
    times_as_fast,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "what `profile` and `compare` cost"

#: Rows of a table of 5,000 columns, and of one of 500.
WIDE = 1_000


def datacheck_profile(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    path = table_a_path(rows)
    return lambda: [column.missing for column in dc.profile(path).columns.values()]


def duckdb_summarize(rows: int) -> Callable[[], Any]:
    import duckdb

    path = table_a_path(rows)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")

    def run() -> None:
        connection.execute(f"SUMMARIZE SELECT * FROM '{path}'").fetchall()  # noqa: S608

    return run


def ydata_profile(rows: int) -> Callable[[], Any]:
    from ydata_profiling import ProfileReport

    frame = table(rows).to_pandas()

    def run() -> None:
        ProfileReport(frame, minimal=True, progress_bar=False).to_json()

    return run


def datacheck_long(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    folder = long_path(rows)
    return lambda: dc.profile(folder).rows


def datacheck_wide(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table(rows, 5_000)
    return lambda: len(dc.profile(frame).columns)


def datacheck_less_wide(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    frame = table(rows, 500)
    return lambda: len(dc.profile(frame).columns)


def datacheck_compare(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    first, second = table(rows), table(rows, seed=1)
    reference = dc.profile(first)

    def run() -> int:
        return len(dc.compare(reference, second).findings)

    return run


ROWS = (
    Row(
        "profile: table A from parquet",
        Contestant("datacheck", datacheck_profile),
        (Against(Contestant("DuckDB SUMMARIZE", duckdb_summarize), times_as_fast(5)),),
        TABLE_A,
    ),
    Row(
        "profile: 200,000 x 20",
        Contestant("datacheck", datacheck_profile),
        (
            Against(
                Contestant("ydata-profiling (minimal)", ydata_profile),
                times_as_fast(50),
            ),
        ),
        200_000,
        rounds=3,
    ),
    Row(
        "profile: 50,000,000 x 20 from parquet",
        Contestant("datacheck", datacheck_long),
        (Against(None, memory_at_most(2)),),
        LONG,
        rounds=1,
    ),
    Row(
        "profile: 1,000 x 5,000",
        Contestant("datacheck", datacheck_wide),
        (Against(Contestant("datacheck, 500 columns", datacheck_less_wide), within(12)),),
        WIDE,
        rounds=3,
    ),
    Row(
        "compare: 200,000 x 20 with a saved profile",
        Contestant("datacheck", datacheck_compare),
        (Against(None),),
        200_000,
        rounds=3,
    ),
)
