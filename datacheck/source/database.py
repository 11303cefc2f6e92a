"""The result of a query, read into memory: SQLite, DuckDB and PostgreSQL."""

from __future__ import annotations

from typing import Any

import polars as pl

from datacheck.errors import MissingExtraError, SourceError
from datacheck.source.cells import Read
from datacheck.source.from_arrow import read_array
from datacheck.source.model import Source
from datacheck.source.names_once import check_names
from datacheck.source.sqlite import file_of, run_sqlite
from datacheck.source.uri import database_of, reaching, safe


def open_database(uri: str, query: str | None) -> Source:
    """Run a query on `sqlite:///FILE`, `duckdb:///FILE` or `postgresql://...` and hold its result.

    The query is one SELECT: nothing that it might change is kept. A `SourceError` says that there
    is no connection, that the query fails, or that two result columns have one name; no message
    holds a user name, a password or a parameter of the address. A `MissingExtraError` asks for the
    extra `db` for PostgreSQL, or `sql` for DuckDB.
    """
    database, name = database_of(uri), safe(uri)
    if query is None or not query.strip():
        raise SourceError(
            f"{name} is a database: which rows are wanted?",
            got="no query",
            expected="a query beside the address",
            todo='pass query="SELECT * FROM my_table", or --query on the command line',
        )
    expected = "a reachable database and a query that it accepts"
    todo = "try the same address and query with the database's own client"
    with reaching(uri, expected, todo):  # drivers raise errors of many families
        columns = _RUN[database](uri, query)
    frame = pl.DataFrame([read.series for read in columns])
    told = tuple(read.finding for read in columns if read.finding is not None)
    return Source(name, frame.lazy(), text=False, kind="database", notes=told)


def _run_sqlite(uri: str, query: str) -> list[Read]:
    return [Read(column) for column in run_sqlite(uri, query)]


def _run_postgresql(uri: str, query: str) -> list[Read]:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError as error:
        raise MissingExtraError("db", "Reading from PostgreSQL") from error
    # The transaction is never committed: what a query changes is rolled back.
    with dbapi.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(query)
        table: Any = cursor.fetch_arrow_table()
    return _columns(table)


def _run_duckdb(uri: str, query: str) -> list[Read]:
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("sql", "Reading from DuckDB") from error
    path = file_of(uri, "DuckDB")
    # Nothing is written, and a query that was copied from somewhere reads no other file.
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "lock_configuration": True,
    }
    with duckdb.connect(path, read_only=True, config=config) as connection:
        relation: Any = connection.sql(query)
        if relation is None:
            check_names([])
        table = relation.to_arrow_table()
    return _columns(table)


def _columns(table: Any) -> list[Read]:
    check_names(table.column_names)
    return [_column(name, table[name]) for name in table.column_names]


def _column(name: str, column: Any) -> Read:
    """A column as it is read: the driver marks what Arrow has no type for as opaque.

    NUMERIC comes as text so marked, and becomes the nearest double, as from a CSV; any other
    opaque type stays the text or the bytes that it is stored as.
    """
    import pyarrow as pa

    kind = getattr(column.type, "type_name", None)
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    read = read_array(name, column)
    return read._replace(series=read.series.cast(pl.Float64)) if kind == "numeric" else read


_RUN = {"sqlite": _run_sqlite, "postgresql": _run_postgresql, "duckdb": _run_duckdb}
