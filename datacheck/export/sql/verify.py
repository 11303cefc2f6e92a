"""Replay the golden rows of an exported SQL file in its own engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.errors import ArtefactError, MissingExtraError
from datacheck.export.golden import Refusal, mismatches, read_document
from datacheck.export.sql.dialect import Dialect, dialect_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from datacheck.export.golden import Mismatch

    Rows = list[dict[str, Any]]

_HEADER = "-- datacheck.sql "
_GOLDEN = "-- datacheck.golden "


def verify(path: str | Path, *, connection: Any = None) -> list[Mismatch]:
    """Replay the golden rows that a SQL file carries.

    Parameters
    ----------
    path
        The file that `write` made.
    connection
        An open DB-API or ADBC connection. DuckDB and SQLite need none; for the other dialects it
        is the engine to ask. Nothing is created there: the rows are written into the query.

    Returns
    -------
    list of Mismatch
        What differs, row by row.

    Raises
    ------
    ArtefactError
        If the file carries no golden rows, or if its dialect needs a connection.
    MissingExtraError
        If DuckDB is not installed.
    """
    text = Path(path).read_text(encoding="utf-8")
    golden = read_document(_line(text, _GOLDEN, path), str(path))
    run = replay(text, connection)
    if run is None:
        raise ArtefactError(
            f"{path} can only be verified in its own database",
            got=f"the dialect {json.loads(_line(text, _HEADER, path))['dialect']}",
            todo="pass connection=, an open DB-API or ADBC connection",
        )
    return mismatches(golden, run)


def _line(text: str, mark: str, path: object = "the file") -> str:
    for line in text.splitlines():
        if line.startswith(mark):
            return line.removeprefix(mark)
    raise ArtefactError(
        f"{path} carries no golden rows",
        expected=f"a line that begins with {mark!r}",
        todo="verify what `export` wrote",
    )


def replay(text: str, connection: Any = None) -> Callable[[Rows], list[Any]] | None:
    """A function that sends rows through the file's statement; None without an engine to ask."""
    header = json.loads(_line(text, _HEADER))
    dialect = dialect_named(header["dialect"])
    if connection is None:
        connection = _engine(dialect)
    if connection is None:
        return None
    before, after = _around_table(text, header)

    def run(rows: Rows) -> list[Any]:
        cursor = connection.cursor()
        try:
            return [_one(cursor, row, header, dialect, (before, after)) for row in rows]
        finally:
            cursor.close()

    return run


def _engine(dialect: Dialect) -> Any:
    if dialect.name == "sqlite":
        import sqlite3

        return sqlite3.connect(":memory:")
    if dialect.name == "duckdb":
        try:
            import duckdb
        except ImportError:
            raise MissingExtraError("sql", "proving SQL for DuckDB") from None
        return duckdb.connect(":memory:")
    return None


def _around_table(text: str, header: dict[str, Any]) -> tuple[str, str]:
    """The SELECT, cut at the table that it reads."""
    body = "\n".join(line for line in text.split(_GOLDEN, 1)[1].split("\n")[1:])
    body = body.rstrip()
    if header["form"] == "view":
        body = body.removeprefix(f"CREATE VIEW {header['name']} AS")
    elif header["form"] == "cte":
        body += f"\nSELECT * FROM {header['name']}"
    before, found, after = body.rpartition(f"\nFROM {header['table']} AS t")
    if not found:
        raise ArtefactError(
            "The statement no longer reads the table that it was written for",
            expected=f"FROM {header['table']} AS t",
            todo="export it again for the other table",
        )
    return before, after


def _one(
    cursor: Any,
    row: dict[str, Any],
    header: dict[str, Any],
    dialect: Dialect,
    around: tuple[str, str],
) -> Any:
    cells = [f"CAST(NULL AS {dialect.text}) AS {dialect.name_of(n)}" for n in header["others"]]
    for name, value in row.items():
        kind, dtype = header["kinds"][name]
        if _cannot_enter(value, kind, dtype, dialect):
            return Refusal(name)
        cells.append(f"{given(value, kind, dtype, dialect)} AS {dialect.name_of(name)}")
    source = f"\nFROM (SELECT {', '.join(cells)}) AS t"
    cursor.execute(source.join(around))
    (out,) = cursor.fetchall()
    names = [column[0] for column in cursor.description]
    return outcome(dict(zip(names, out, strict=True)), header)


def outcome(out: dict[str, Any], header: dict[str, Any]) -> dict[str, Any] | Refusal:
    """A row of the result as the golden rows mean it."""
    reason = out.pop(header["reason"])
    if reason is not None:
        return Refusal(reason.rsplit(": ", 1)[0])
    for name, (kind, _) in header["kinds"].items():
        if kind == "boolean" and isinstance(out.get(name), int):
            out[name] = bool(out[name])
    return out


def _cannot_enter(value: Any, kind: str, dtype: str, dialect: Dialect) -> bool:
    """Whether the column's type in a strict engine already keeps this cell out."""
    if dialect.loose or value is None:
        return False
    if isinstance(value, bool):
        return kind != "boolean" and dtype != "Boolean"
    if isinstance(value, str):
        return kind == "boolean" or (kind == "number" and not dtype.startswith("String"))
    return kind not in {"number", "duration"} or dtype in {"String", "Boolean"}


def given(value: Any, kind: str, dtype: str, dialect: Dialect) -> str:
    """A cell as it stands in a table: a literal of the column's own type."""
    if isinstance(value, float):
        return dialect.double_of(value) if value == value or dialect.nan else "NULL"  # noqa: PLR0124
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int) and kind == "number":
        return str(value)
    typed = _type(kind, dtype, dialect)
    if value is None:
        return f"CAST(NULL AS {typed})"
    text = f"{value} microseconds" if kind == "duration" else str(value)
    return f"CAST({dialect.text_of(text)} AS {typed})" if typed else dialect.text_of(text)


def _type(kind: str, dtype: str, dialect: Dialect) -> str:
    if kind == "boolean" or dtype == "Boolean":
        return "BOOLEAN"
    if kind == "text" or dtype.startswith(("String", "Categorical", "Enum")):
        return dialect.text
    if kind == "number":
        return dialect.text if dialect.loose else dialect.double
    zoned = kind == "datetime" and "time_zone='" in dtype
    return dialect.types.get("datetime_tz" if zoned else kind, dialect.text)
