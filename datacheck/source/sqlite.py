"""SQLite, whose cells each have a type of their own.

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

from datacheck.errors import SourceError
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.names_once import check_names

_BATCH = 50_000


def run_sqlite(uri: str, query: str) -> pl.DataFrame:
    """Run a query on a file that is opened for reading only.

    A column is integers, numbers or bytes if every cell is; a column of integers and numbers is
    numbers; anything else is text, in which a number stands in its shortest exact form.
    """
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
    """The file that an address names.

    `sqlite:///x.db` is relative, `sqlite:////tmp/x.db` absolute; `sqlite://x.db` is known.
    """
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
