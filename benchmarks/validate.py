"""Validation and `split`, on table A, on one row, and where everything fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.data import NAMES, schema_path, table, table_a, table_a_path
from benchmarks.data import ROWS as TABLE_A
from benchmarks.harness import (
    Against,
    Contestant,
    Row,
    repeated,
    same_count,
    takes_at_most,
    times_as_fast,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from benchmarks.harness import Timed
    from datacheck.schema import Schema

TITLE = "what `validate` and `split` cost"

#: Three range checks a column, as YAML and as limits: all of table A keeps them.
CHECKS = """
ge: 0
lt: 1.0e+15
in_range: {min_value: -1, max_value: 1.0e+16}
"""
LOW, HIGH, LOWER, HIGHER = 0.0, 1e15, -1.0, 1e16

#: Rows that `split` sets aside.
BAD = 2_000


def declared(names: Sequence[str] = NAMES) -> Schema:
    import datacheck as dc

    return dc.load_schema(schema_path(f"ranges_{len(names)}", names, CHECKS))


def with_bad(frame: pl.DataFrame, bad: int) -> pl.DataFrame:
    """Put a number under every range into the first column, in `bad` rows spread over the table."""
    import numpy as np
    import polars as pl

    rows = np.linspace(0, frame.height - 1, bad).astype(int)
    spoilt = frame[NAMES[0]].scatter(rows, -5.0)
    return frame.with_columns(pl.Series(NAMES[0], spoilt))


def failing_checks(names: Sequence[str]) -> list[pl.Expr]:
    """The three checks of every column by hand: true where a value is not as declared."""
    import polars as pl

    return [
        broken.alias(f"{name} {number}")
        for name in names
        for number, broken in enumerate(
            (
                pl.col(name) < LOW,
                pl.col(name) >= HIGH,
                ~pl.col(name).is_between(LOWER, HIGHER),
            )
        )
    ]


def datacheck_validate(frame: Any, schema: Schema) -> Callable[[], Any]:
    import datacheck as dc

    return lambda: sum(finding.count for finding in dc.validate(frame, schema).findings)


def datacheck_clean(rows: int) -> Callable[[], Any]:
    return datacheck_validate(table_a(rows), declared())


def datacheck_all_fail(rows: int) -> Callable[[], Any]:
    return datacheck_validate(with_bad(table_a(rows), rows), declared())


def datacheck_parquet(rows: int) -> Callable[[], Any]:
    return datacheck_validate(table_a_path(rows), declared())


def polars_clean(rows: int) -> Callable[[], Any]:
    import polars as pl

    frame, checks = table_a(rows), failing_checks(NAMES)
    counts = [check.sum() for check in checks]
    return lambda: frame.select(counts).select(pl.sum_horizontal(pl.all())).item()


def polars_scan(rows: int) -> Callable[[], Any]:
    """Read every value, which a sum needs and the file's own statistics do not give."""
    import polars as pl

    path = table_a_path(rows)

    def run() -> None:
        pl.scan_parquet(path).select(pl.all().sum()).collect(engine="streaming")

    return run


def pandera_schema(names: Sequence[str]) -> Any:
    import pandera.polars as pa

    checks = [pa.Check.ge(LOW), pa.Check.lt(HIGH), pa.Check.in_range(LOWER, HIGHER)]
    column = {name: pa.Column(float, checks, nullable=True) for name in names}
    return pa.DataFrameSchema(column)


def pandera_clean(rows: int) -> Callable[[], Any]:
    frame, schema = table_a(rows), pandera_schema(NAMES)

    def run() -> int:
        schema.validate(frame, lazy=True)
        return 0

    return run


def dataframely_schema() -> Any:
    import dataframely as dy

    columns = {
        name: dy.Float64(nullable=True, min=LOW, max_exclusive=HIGH, allow_nan=True)
        for name in NAMES
    }
    return type("Ranges", (dy.Schema,), columns)


def dataframely_clean(rows: int) -> Callable[[], Any]:
    frame, schema = table_a(rows), dataframely_schema()

    def run() -> int:
        schema.validate(frame)
        return 0

    return run


def pointblank_clean(rows: int) -> Callable[[], Any]:
    import pointblank as pb

    frame, names = table_a(rows), list(NAMES)

    def run() -> int:
        steps = pb.Validate(frame)
        steps = steps.col_vals_ge(names, LOW, na_pass=True)
        steps = steps.col_vals_lt(names, HIGH, na_pass=True)
        steps = steps.col_vals_between(names, LOWER, HIGHER, na_pass=True)
        return sum(int(failed) for failed in steps.interrogate().n_failed().values())

    return run


def datacheck_split(rows: int) -> Callable[[], Any]:
    import polars as pl

    import datacheck as dc

    frame, schema = with_bad(table_a(rows), BAD), declared()

    def run() -> list[int]:
        parts = dc.split(frame, schema)
        return [part.height for part in pl.collect_all([part.lazy() for part in parts])]

    return run


def polars_split(rows: int) -> Callable[[], Any]:
    import polars as pl

    frame = with_bad(table_a(rows), BAD)
    broken = pl.any_horizontal(failing_checks(NAMES)).fill_null(value=False)

    def run() -> list[int]:
        mask = frame.select(broken).to_series()
        return [frame.filter(~mask).height, frame.filter(mask).height]

    return run


def dataframely_split(rows: int) -> Callable[[], Any]:
    frame, schema = with_bad(table_a(rows), BAD), dataframely_schema()

    def run() -> list[int]:
        valid, failure = schema.filter(frame)
        return [valid.height, failure.invalid().height]

    return run


def datacheck_one_row(_rows: int) -> Timed:
    return repeated(datacheck_validate(table(1, holes=0), declared()), 200)


def datacheck_wide_row(_rows: int) -> Timed:
    wide = table(1, 200, holes=0)
    return repeated(datacheck_validate(wide, declared(wide.columns)), 50)


def pandera_one_row(_rows: int) -> Timed:
    row, schema = table(1, holes=0), pandera_schema(NAMES)
    return repeated(lambda: schema.validate(row, lazy=True), 5)


ROWS = (
    Row(
        "validate: 3 range checks a column",
        Contestant("datacheck", datacheck_clean),
        (
            Against(Contestant("polars by hand", polars_clean), within(1.6)),
            Against(Contestant("pandera", pandera_clean), times_as_fast(2)),
            Against(Contestant("dataframely (2 checks)", dataframely_clean)),
            Against(Contestant("pointblank", pointblank_clean)),
        ),
        TABLE_A,
        rounds=9,
        agree=same_count,
    ),
    Row(
        "split: 2,000 bad rows",
        Contestant("datacheck", datacheck_split),
        (
            Against(Contestant("dataframely (2 checks)", dataframely_split), times_as_fast(2)),
            Against(Contestant("polars by hand", polars_split)),
        ),
        TABLE_A,
        rounds=9,
        agree=same_count,
    ),
    Row(
        "validate: one row, 20 columns",
        Contestant("datacheck", datacheck_one_row),
        (
            Against(None, takes_at_most(0.001)),
            Against(Contestant("pandera", pandera_one_row), times_as_fast(40)),
        ),
        1,
        rounds=9,
    ),
    Row(
        "validate: one row, 200 columns",
        Contestant("datacheck", datacheck_wide_row),
        (Against(Contestant("datacheck, 20 columns", datacheck_one_row), within(10)),),
        1,
        rounds=9,
    ),
    Row(
        "validate: a column fails whole",
        Contestant("datacheck", datacheck_all_fail),
        (Against(Contestant("datacheck, nothing fails", datacheck_clean), within(2)),),
        TABLE_A,
        rounds=9,
    ),
    Row(
        "validate: from parquet",
        Contestant("datacheck", datacheck_parquet),
        (Against(Contestant("polars scan, sums", polars_scan), within(1.3)),),
        TABLE_A,
        rounds=9,
    ),
)
