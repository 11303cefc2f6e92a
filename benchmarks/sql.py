"""The exported SQL on table A in DuckDB, beside what one writes by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import NAMES, table_a, table_a_path
from benchmarks.fit_apply import FEW, robust
from benchmarks.harness import Against, Contestant, Row, within

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from datacheck.ops import Fitted

TITLE = "the SQL export in DuckDB"


def fitted(rows: int) -> Fitted:
    import datacheck as dc

    return dc.fit(table_a(rows).head(FEW), robust()).fitted


def database(rows: int) -> duckdb.DuckDBPyConnection:
    """Table A in DuckDB's memory."""
    import duckdb

    connection = duckdb.connect(":memory:")
    path = table_a_path(rows).as_posix()
    connection.execute("CREATE TABLE data AS SELECT * FROM read_parquet(?)", [path])
    return connection


def into_a_table(rows: int, select: str) -> Callable[[], Any]:
    """Prepare the whole table into another one; the answer is a few sums of it."""
    connection = database(rows)
    sums = ", ".join(f"sum({name})" for name in NAMES)

    def run() -> list[float]:
        connection.execute(f"CREATE OR REPLACE TABLE prepared AS {select}")
        (answer,) = connection.execute(f"SELECT {sums} FROM prepared LIMIT 1").fetchall()  # noqa: S608
        return list(answer)

    return run


def exported(rows: int) -> Callable[[], Any]:
    from datacheck.export import sql

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prepared.sql"
        sql.write(fitted(rows), path, dialect="duckdb", table="data")
        return into_a_table(rows, "\n" + path.read_text(encoding="utf-8"))


def by_hand(rows: int, filled: str) -> Callable[[], Any]:
    from datacheck.ops import Affine, Fill

    items = []
    for program in fitted(rows).programs:
        fill = next(op.value for op in program.ops if isinstance(op, Fill))
        affine = next(op for op in program.ops if isinstance(op, Affine))
        x = filled.format(x=program.column, fill=f"CAST({fill!r} AS DOUBLE)")
        center, inverse = (f"CAST({n!r} AS DOUBLE)" for n in affine[:2])
        items.append(f"({x} - {center}) * {inverse} AS {program.column}")
    return into_a_table(rows, f"SELECT {', '.join(items)} FROM data")  # noqa: S608


def careful_by_hand(rows: int) -> Callable[[], Any]:
    return by_hand(rows, "CASE WHEN {x} IS NULL OR isnan({x}) THEN {fill} ELSE {x} END")


def careless_by_hand(rows: int) -> Callable[[], Any]:
    return by_hand(rows, "coalesce({x}, {fill})")


def same_sums(ours: Any, theirs: Any) -> str | None:
    """Whether sums agree to 1e-9: an engine with threads adds up in any order."""
    worst = max(abs(a - b) / max(abs(b), 1.0) for a, b in zip(ours, theirs, strict=True))
    return None if worst <= 1e-9 else f"by {worst:.1e}"


ROWS = (
    Row(
        "fill and scale 20 columns into a table, infinite cells refused with a reason",
        Contestant("datacheck", exported),
        (
            Against(Contestant("by hand: null and NaN filled", careful_by_hand), within(1.2)),
            Against(Contestant("by hand: null filled, NaN and inf let through", careless_by_hand)),
        ),
        size=2_000_000,
        agree=same_sums,
    ),
)
