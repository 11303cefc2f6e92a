"""Tables larger than memory: scanned, in a process to which the system gives 2 GB and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import CACHE, LONG, NAMES, long_path, table_a
from benchmarks.fit_apply import FEW, robust_to_float32
from benchmarks.harness import Against, Contestant, Row, memory_at_most, within

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "`fit`, `check` and `apply` of tables larger than memory, from parquet"

LIMIT = 2 * 10**9


def datacheck_fit(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    folder, schema = long_path(rows), robust_to_float32()
    return lambda: dc.fit(folder, schema).columns[0]


def datacheck_fit_grouped(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    folder, schema = long_path(rows, grouped=True), robust_to_float32()
    return lambda: dc.fit(folder, schema).columns[0]


def datacheck_check(rows: int) -> Callable[[], Any]:
    import datacheck as dc

    folder, schema = long_path(rows), robust_to_float32()
    return lambda: len(dc.check(folder, schema).findings)


def datacheck_apply(rows: int) -> Callable[[], Any]:
    import datacheck as dc
    from datacheck.source import open_source, write_tables

    folder, out = long_path(rows), CACHE / "prepared.parquet"
    transform = dc.fit(table_a(FEW), robust_to_float32())

    def run() -> None:
        write_tables([(transform.apply(open_source(str(folder))), out)], force=True)
        out.unlink()

    return run


def polars_scan(rows: int) -> Callable[[], Any]:
    import polars as pl

    frame = pl.scan_parquet(long_path(rows) / "*.parquet")
    cells = pl.all()
    asked = [cells.min().name.suffix(" min"), cells.max().name.suffix(" max")]
    asked.append(cells.null_count().name.suffix(" null"))

    def run() -> None:
        frame.select(asked).collect(engine="streaming")

    return run


def polars_by_hand(rows: int) -> Callable[[], Any]:
    import polars as pl

    few, out = table_a(FEW), CACHE / "by_hand.parquet"
    steps = []
    for name in NAMES:
        middle, low, high = (
            float(few[name].quantile(rank, "linear") or 0) for rank in (0.5, 0.25, 0.75)
        )
        filled = pl.col(name).fill_null(middle)
        steps.append(((filled - middle) * (1 / (high - low))).cast(pl.Float32))
    plan = pl.scan_parquet(long_path(rows) / "*.parquet").select(steps)

    def run() -> None:
        plan.sink_parquet(out)
        out.unlink()

    return run


FIT = Contestant("datacheck", datacheck_fit, memory=LIMIT)
GROUPED = Contestant("datacheck", datacheck_fit_grouped, memory=LIMIT)
CHECK = Contestant("datacheck", datacheck_check, memory=LIMIT)
APPLY = Contestant("datacheck", datacheck_apply, memory=LIMIT)
SCAN = Contestant("polars: min, max, nulls of all", polars_scan)
BY_HAND = Contestant("polars by hand", polars_by_hand)
IN_2_GB = Against(None, memory_at_most(2))

ROWS = (
    *(
        Row(f"fit: {rows:,} x 20", FIT, (Against(SCAN, within(6)), IN_2_GB), rows, rounds=rounds)
        for rows, rounds in ((1_000_000, 3), (10_000_000, 3), (LONG, 1))
    ),
    Row(
        "fit: 10,000,000 x 20, two million rows a group",
        GROUPED,
        (Against(SCAN), IN_2_GB),
        10_000_000,
        rounds=1,
    ),
    *(
        Row(f"check: {rows:,} x 20", CHECK, (Against(SCAN), IN_2_GB), rows, rounds=rounds)
        for rows, rounds in ((1_000_000, 3), (10_000_000, 1), (LONG, 1))
    ),
    *(
        Row(
            f"apply and write: {rows:,} x 20",
            APPLY,
            (Against(BY_HAND, within(1.3)), IN_2_GB),
            rows,
            rounds=rounds,
        )
        for rows, rounds in ((1_000_000, 3), (10_000_000, 1), (LONG, 1))
    ),
)
