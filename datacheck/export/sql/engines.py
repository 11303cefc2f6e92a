"""The engines that run here, shut in: no file, no network, no setting can be reached from them.

What runs is a statement from a file that a stranger may have written. It is read first (`verify`),
and even what passes there runs in a database of its own, in memory, that can only answer.
"""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from datacheck.errors import ArtefactError, MissingExtraError
from datacheck.text import briefly

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds that a statement may take over the golden rows.
SECONDS = 120

#: DuckDB's settings of a database that reads and writes nothing outside itself.
_SHUT: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


def ask_engine(name: str, statement: str) -> list[dict[str, Any]]:
    """A SELECT's rows from a fresh database in memory.

    Raises
    ------
    ArtefactError
        If it is not one SELECT, does not run, or takes longer than `SECONDS`.
    MissingExtraError
        If DuckDB is not installed.
    """
    connection, checked = ENGINES[name](statement)
    with closing(connection):
        timer = threading.Timer(SECONDS, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            return ask(connection, checked)
        finally:
            timer.cancel()


def ask(connection: Any, statement: Any) -> list[dict[str, Any]]:
    """A SELECT's rows from a connection, or from a Spark session."""
    if not hasattr(connection, "cursor"):
        return [row.asDict() for row in connection.sql(statement).collect()]
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except Exception as error:  # drivers share no class of errors
        raise ArtefactError(
            "The database does not run the exported statement",
            got=briefly(str(error), 2000),
            todo="check that it is of the dialect and version that the file was written for",
        ) from error
    finally:
        cursor.close()


def _sqlite(statement: str) -> tuple[Any, Any]:
    import sqlite3

    connection = sqlite3.connect(":memory:", check_same_thread=False)
    allowed = {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }

    def authorize(action: int, *_what: str | None) -> int:
        return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)
    return connection, statement


def _duckdb(statement: str) -> tuple[Any, Any]:
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("sql", "proving SQL for DuckDB") from None
    connection = duckdb.connect(":memory:", config=_SHUT)
    try:
        statements = connection.extract_statements(statement)
    except duckdb.Error as error:
        connection.close()
        raise ArtefactError("The statement is no SQL", got=briefly(str(error), 2000)) from error
    kinds = [each.type for each in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        connection.close()
        raise ArtefactError(
            "The file holds another statement than one SELECT",
            got=", ".join(str(kind) for kind in kinds[:5]),
            todo="do not use it; export the transform again",
        )
    return connection, statements[0]


#: By the dialect's name: what opens a database for a statement, and gives it back as it will run.
ENGINES: dict[str, Callable[[str], tuple[Any, Any]]] = {"sqlite": _sqlite, "duckdb": _duckdb}
