"""The engines that run here, shut in: no file, no network, no setting can be reached from them.

What runs is a statement from a file that a stranger may have written. It is read first (`verify`),
and even what passes there runs in a database of its own, in memory, that can only answer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from datacheck.errors import ArtefactError, MissingExtraError
from datacheck.text import briefly

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


class Engine(NamedTuple):
    """How a database of an engine is opened, and how it reads a statement before that runs."""

    open: Callable[[], Any]
    read: Callable[[Any, str], Any]


def ask_engine(name: str, statement: str) -> list[dict[str, Any]]:
    """The rows of one SELECT, which may take `SECONDS`, from a fresh database in memory."""
    with engine(name) as answers:
        return answers(statement)


@contextmanager
def engine(name: str) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """A fresh database in memory, which can only answer, and what asks it a SELECT."""
    with closing(ENGINES[name].open()) as connection:

        def answers(statement: str) -> list[dict[str, Any]]:
            checked = ENGINES[name].read(connection, statement)
            timer = threading.Timer(SECONDS, connection.interrupt)
            timer.daemon = True
            timer.start()
            try:
                return ask(connection, checked)
            finally:
                timer.cancel()

        yield answers


def read_alone(name: str, statement: str) -> None:
    """Refuse what is not one SELECT of the engine's, without running it."""
    with closing(ENGINES[name].open()) as connection:
        ENGINES[name].read(connection, statement)


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


def _sqlite() -> Any:
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
    return connection


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError("sql", "proving SQL for DuckDB") from None
    return duckdb.connect(":memory:", config=_SHUT)


def _one_select(connection: Any, statement: str) -> Any:
    """A statement as DuckDB reads it, if it is one SELECT."""
    import duckdb

    try:
        statements = connection.extract_statements(statement)
    except duckdb.Error as error:
        raise ArtefactError("The statement is no SQL", got=briefly(str(error), 2000)) from error
    kinds = [each.type for each in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        raise ArtefactError(
            "The file holds another statement than one SELECT",
            got=", ".join(str(kind) for kind in kinds[:5]),
            todo="do not use it; export the transform again",
        )
    return statements[0]


#: By the dialect's name. SQLite's authorizer lets nothing but a SELECT run.
ENGINES: dict[str, Engine] = {
    "sqlite": Engine(_sqlite, lambda _, statement: statement),
    "duckdb": Engine(_duckdb, _one_select),
}
