"""Real tables in real engines for the SQL runtimes, each engine started once and kept."""

from __future__ import annotations

import atexit
import sqlite3
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

from datacheck.export import sql
from datacheck.export.sql.dialect import DIALECTS
from datacheck.export.sql.replay import given, outcome
from datacheck.numerals import PLAIN
from datacheck.ops import Cast, KnnFill, outputs
from tests.support import postgres
from tests.support.spark import session

if TYPE_CHECKING:
    from pathlib import Path

    from datacheck.golden.compare import Refusal
    from datacheck.ops import Fitted, Program

    from .cases import Case

    Row = dict[str, Any]

#: Tells the rows apart in the result, whose order no engine promises.
ID = "row id"


@cache
def duckdb_connection() -> Any:
    import duckdb

    return duckdb.connect(":memory:")


@cache
def sqlite_connection() -> Any:
    return sqlite3.connect(":memory:")


@cache
def postgres_connection() -> Any:
    import adbc_driver_postgresql.dbapi

    stack = ExitStack()
    uri = stack.enter_context(postgres.running())
    connection = stack.enter_context(adbc_driver_postgresql.dbapi.connect(uri, autocommit=True))
    atexit.register(stack.close)
    return connection


CONNECTIONS = {
    "duckdb": duckdb_connection,
    "sqlite": sqlite_connection,
    "postgresql": postgres_connection,
}


def holds(dialect: str, program: Program, value: Any) -> bool:
    """Whether the column's type lets a cell in at all, and the engine can read it."""
    if value is None:
        return True
    text = program.kind == "text" or program.dtype == "String"
    if DIALECTS[dialect].loose:
        # SQLite reads no number from text, so `verify` puts numbers there.
        return not text or program.kind == "text" or PLAIN.fullmatch(value) is None
    return isinstance(value, str) == text


def run(dialect: str, fitted: Fitted, rows: list[Row], folder: Path) -> list[Row | Refusal]:
    """Fill a table with the rows and send it through the exported statement."""
    names = [program.column for program in fitted.programs]
    path = folder / "export.sql"
    sql.write(fitted, path, dialect=dialect, table="odd rows", columns=[ID, *names])
    cursor = CONNECTIONS[dialect]().cursor()
    try:
        cursor.execute('DROP TABLE IF EXISTS "odd rows"')
        cursor.execute(f'CREATE TABLE "odd rows" ({_declared(dialect, fitted)})')
        for position, row in enumerate(rows):
            cells = [str(position), *(_literal(dialect, p, row[p.column]) for p in fitted.programs)]
            cursor.execute(f'INSERT INTO "odd rows" VALUES ({", ".join(cells)})')  # noqa: S608
        cursor.execute(path.read_text(encoding="utf-8"))
        found = cursor.fetchall()
        columns = [column[0] for column in cursor.description]
    finally:
        cursor.close()
    made = [name for program in fitted.programs for name in outputs(program)]
    assert columns == [ID, *made, "datacheck_refused"]
    return outcomes(fitted, [dict(zip(columns, row, strict=True)) for row in found])


def outcomes(fitted: Fitted, found: list[Row]) -> list[Row | Refusal]:
    """The rows in the order in which they went in."""
    kinds = {program.column: [program.kind, program.dtype] for program in fitted.programs}
    header = {"reason": "datacheck_refused", "kinds": kinds}
    ordered = sorted(found, key=lambda row: row[ID])
    return [outcome({k: v for k, v in row.items() if k != ID}, header) for row in ordered]


def _declared(dialect: str, fitted: Fitted) -> str:
    """A column for each program. None has a type in SQLite, which would store -0.0 as 0."""
    using = DIALECTS[dialect]
    columns = [f'"{ID}" INTEGER']
    for program in fitted.programs:
        kind = "" if using.loose else _type(dialect, program)
        columns.append(f"{using.name_of(program.column)} {kind}")
    return ", ".join(columns)


def _type(dialect: str, program: Program) -> str:
    using = DIALECTS[dialect]
    special = {"Boolean": "BOOLEAN", "Int64": "BIGINT", "String": using.text, "Date": "DATE"}
    return special.get(program.dtype, using.double)


def _literal(dialect: str, program: Program, value: Any) -> str:
    using = DIALECTS[dialect]
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    return given(value, (program.kind, program.dtype), using)


def run_spark(fitted: Fitted, rows: list[Row], folder: Path) -> list[Row | Refusal]:
    """The same in Spark, whose optimiser may not work the few rows out as it plans."""
    spark = session()
    names = [program.column for program in fitted.programs]
    path = folder / "export.sql"
    sql.write(fitted, path, dialect="spark", table="odd_rows", columns=[ID, *names])
    spark.conf.set("spark.sql.optimizer.excludedRules", _FOLDS)
    try:
        spark.sql(_spark_view(fitted, rows))
        found = spark.sql(path.read_text(encoding="utf-8")).collect()
    finally:
        spark.conf.unset("spark.sql.optimizer.excludedRules")
    return outcomes(fitted, [row.asDict() for row in found])


_FOLDS = "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation"


def _spark_view(fitted: Fitted, rows: list[Row]) -> str:
    named = ", ".join(
        DIALECTS["spark"].name_of(n) for n in [ID, *(p.column for p in fitted.programs)]
    )
    values = [
        ", ".join([str(at), *(_literal("spark", p, row[p.column]) for p in fitted.programs)])
        for at, row in enumerate(rows)
    ]
    return (
        "CREATE OR REPLACE TEMPORARY VIEW odd_rows AS "  # noqa: S608
        f"SELECT * FROM VALUES ({'), ('.join(values)}) AS v({named})"
    )


def declines(dialect: str, case: Case) -> bool:
    """What a dialect must refuse to export: float32, neighbours, two names that are one."""
    using = DIALECTS[dialect]
    programs = case.fitted.programs
    made = [name for p in programs for name in outputs(p)]
    names = {using.key_of(name) for name in made}
    single = case.fitted.output == "float32" and using.single is None
    spelt = any(isinstance(op, Cast) and op.number for p in programs for op in p.ops)
    knn = any(isinstance(op, KnnFill) for p in programs for op in p.ops)
    unread = (spelt and using.extract is None) or (knn and not using.searches)
    return single or unread or len(names) < len(made)
