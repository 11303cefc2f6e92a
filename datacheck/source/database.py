"""The result of a query, read into memory: SQLite, DuckDB and PostgreSQL.

SQLite, whose cells each have a type of their own.

Python's own driver is used, not ADBC's: that one takes a column's type from the first rows, fails
on a later cell of another type, and writes numbers in mixed columns with six digits.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import polars as pl

from datacheck.errors import MissingExtraError, SourceError
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.cells import Read
from datacheck.source.from_arrow import read_array
from datacheck.source.model import Source
from datacheck.source.names_once import check_names
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
    """A column as it is read: what the driver marks as opaque stays, NUMERIC is a double."""
    import pyarrow as pa

    kind = getattr(column.type, "type_name", None)
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    read = read_array(name, column)
    return read._replace(series=read.series.cast(pl.Float64)) if kind == "numeric" else read


_RUN = {"sqlite": _run_sqlite, "postgresql": _run_postgresql, "duckdb": _run_duckdb}


_BATCH = 50_000


def run_sqlite(uri: str, query: str) -> pl.DataFrame:
    """Run a query on a file that is opened for reading only; its cells decide the types."""
    path = file_of(uri, "SQLite")
    address = f"file:{quote(str(path))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        check_names(names)
        pieces: list[list[pl.Series]] = [[] for _ in names]
        while rows := cursor.fetchmany(_BATCH):
            for piece, cells in zip(pieces, zip(*rows, strict=True), strict=True):
                piece.append(_series(cells))
    return pl.DataFrame(
        [_join(piece).alias(name) for name, piece in zip(names, pieces, strict=True)]
    )


def file_of(uri: str, label: str) -> Path:
    """The file that an address names: `sqlite:///x.db` relative, `sqlite:////x.db` absolute."""
    rest = unquote(uri.partition("://")[2].partition("?")[0])
    if not uri.partition("://")[1]:
        rest = unquote(uri.partition(":")[2])
    tried = [Path(rest.removeprefix("/")), Path(rest)]
    for path in tried:
        if path.is_file():
            return path
    raise SourceError(
        f"the {label} file {tried[0]} does not exist",
        got=f"neither {tried[0]} nor {tried[1]}" if tried[0] != tried[1] else "no such file",
        expected=f"{label.lower()}:///relative/path.db or {label.lower()}:////absolute/path.db",
        todo="check the path; datacheck never creates a database",
    )


def _series(cells: tuple[Any, ...]) -> pl.Series:
    kinds = {type(cell) for cell in cells} - {type(None)}
    if not kinds:
        return pl.Series(cells, dtype=pl.Null)
    if kinds == {int}:
        return pl.Series(cells, dtype=pl.Int64)
    if kinds == {float}:
        return pl.Series(cells, dtype=pl.Float64)
    if kinds == {int, float} and all(
        abs(cell) <= EXACT_INTEGERS for cell in cells if isinstance(cell, int)
    ):
        return pl.Series([None if c is None else float(c) for c in cells], dtype=pl.Float64)
    if kinds == {bytes}:
        return pl.Series(cells, dtype=pl.Binary)
    return pl.Series([_as_text(cell) for cell in cells], dtype=pl.String)


def _as_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return cell.hex() if isinstance(cell, bytes) else repr(cell)


def _join(pieces: list[pl.Series]) -> pl.Series:
    """One column from the batches' own types."""
    known = {piece.dtype for piece in pieces} - {pl.Null()}
    if not known:
        return pl.concat(pieces) if pieces else pl.Series(dtype=pl.Null)
    if len(known) == 1:
        target = known.pop()
    elif known == {pl.Int64(), pl.Float64()} and _exact(pieces):
        target = pl.Float64()
    else:
        target = pl.String()
    return pl.concat([_cast(piece, target) for piece in pieces])


def _exact(pieces: list[pl.Series]) -> bool:
    """Whether every integer is a double too."""
    whole = [piece for piece in pieces if piece.dtype == pl.Int64]
    return all((piece.drop_nulls().abs() <= EXACT_INTEGERS).all() for piece in whole)


def _cast(piece: pl.Series, target: pl.DataType) -> pl.Series:
    if target == pl.String and piece.dtype in (pl.Float64, pl.Binary):
        return pl.Series([_as_text(cell) for cell in piece.to_list()], dtype=pl.String)
    return piece.cast(target)
