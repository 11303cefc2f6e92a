"""JSON documents that hold a table: as its rows, its columns, or in pandas' ways to say both.

`to_json` of pandas writes columns of cells by row unless it is told otherwise. Which level of an
object in an object names the columns is decided by its keys (whole numbers number rows), then by
the cells (a column holds one kind); where neither tells, a table has more rows than columns. That
is told, as what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from datacheck.errors import SourceError
from datacheck.report import Finding
from datacheck.source.cells import read_cells
from datacheck.source.collecting import reading
from datacheck.source.extent import must_share_keys
from datacheck.source.files import joined, json_type, open_ndjson
from datacheck.source.first_rows import free_name
from datacheck.source.model import OpenedFiles
from datacheck.source.names_once import must_be_unique
from datacheck.source.ndjson_bytes import KeyTwiceError, once, refused
from datacheck.source.notes import index_named, laid_out
from datacheck.source.sniff import must_be
from datacheck.text import TOO_DEEP, some

Columns = dict[str, list[Any]]

_RECORDS = 'an array of objects, such as [{"x": 1.5}, {"x": null}]'
_TODO = "write one object for each row: in pandas df.to_json(path, orient='records')"


class Table(NamedTuple):
    """The columns of a document, and what is to be told of how they were found."""

    columns: Columns
    notes: tuple[Finding, ...] = ()


def tabled(path: str, document: Any) -> Table:
    """The table that a document holds; a `SourceError` says that it holds none, or one of two."""
    if isinstance(document, list):
        return Table(_records(path, document))
    if not isinstance(document, dict):
        raise no_records(path, "null" if document is None else f"a {json_type(document)}")
    keys, values = set(document), list(document.values())
    if {"columns", "data"} <= keys <= {"columns", "data", "index"}:
        return _split(path, document)
    if {"schema", "data"} == keys and _objects(document["data"]):
        return _table(path, document)
    if values and all(isinstance(value, list) for value in values):
        if len(set(map(len, values))) == 1 and not (len(values) == 1 and _objects(values[0])):
            return Table(document, (laid_out("a list a column"),))
    elif values and all(isinstance(value, dict) and value for value in values):
        return _nested(path, document)
    elif values and not any(isinstance(value, list | dict) for value in values):
        return Table({key: [value] for key, value in document.items()}, (laid_out("one row"),))
    raise _enveloped(path, document)


def _records(path: str, rows: Sequence[Any]) -> Columns:
    odd = next((n for n, row in enumerate(rows) if not isinstance(row, dict)), None)
    if odd is not None:
        raise no_records(path, f"{json.dumps(rows[odd])[:40]} as item {odd}")
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _split(path: str, document: dict[str, Any]) -> Table:
    names, rows = document["columns"], document["data"]
    index = document.get("index")
    if not isinstance(names, list) or any(isinstance(name, list | dict) for name in names):
        raise no_records(path, "columns whose names have several levels")
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == len(names) for row in rows
    ):
        raise no_records(path, f"data that are no rows of {len(names)} cells")
    texts = [name if isinstance(name, str) else json.dumps(name) for name in names]
    if len(set(texts)) < len(texts):
        raise no_records(path, "two columns of one name: " + ", ".join(map(repr, texts)))
    columns = {name: [row[n] for row in rows] for n, name in enumerate(texts)}
    if not isinstance(index, list) or len(index) != len(rows):
        index = range(len(rows))
    return _with_index("split", index, columns)


def _table(path: str, document: dict[str, Any]) -> Table:
    """The layout of pandas' `orient='table'`, whose schema says which of the keys is the index."""
    columns = _records(path, document["data"])
    if isinstance(document["schema"], dict) and document["schema"].get("primaryKey") == ["index"]:
        return _with_index("table", columns.pop("index", ()), columns)
    return Table(columns, (laid_out("table"),))


def _nested(path: str, document: dict[str, dict[str, Any]]) -> Table:
    inner = list(dict.fromkeys(key for value in document.values() for key in value))
    turned = {name: {key: value.get(name) for key, value in document.items()} for name in inner}
    signs = (
        (_whole(document), _whole(inner)),
        (_one_kind(turned), _one_kind(document)),
        (_one_kind(turned, exactly=True), _one_kind(document, exactly=True)),
    )
    told = next((outer for outer, other in signs if outer != other), None)
    cells = [cell for column in document.values() for cell in column.values()]
    if told is None and any(isinstance(cell, list | dict) for cell in cells):
        raise SourceError(
            f"{path} does not say which of its keys name columns",
            got=f"objects {_few(document)} of the keys {_few(inner)}",
            expected=_RECORDS,
            todo=_TODO,
        )
    by_row = len(document) > len(inner) if told is None else told
    columns, rows = (turned, list(document)) if by_row else (document, inner)
    table = {name: [column.get(row) for row in rows] for name, column in columns.items()}
    return _with_index("index" if by_row else "columns", rows, table, guessed=told is None)


def _with_index(
    layout: str, index: Iterable[Any], columns: Columns, *, guessed: bool = False
) -> Table:
    """The table with its index as its first column, unless it only counts the rows."""
    labels = list(index)
    told = laid_out(layout, guessed=guessed)
    if [str(label) for label in labels] == [str(n) for n in range(len(labels))]:
        return Table(columns, (told,))
    if _whole(labels):
        labels = [int(label) for label in labels]
    name = free_name("index", list(columns))
    return Table({name: labels, **columns}, (told, index_named(name)))


def _whole(keys: Iterable[Any]) -> bool:
    """Whether all keys are whole numbers, as they are written; moments before 1970 are below 0."""
    return all(_WHOLE.fullmatch(str(key)) for key in keys)


#: A whole number, and no code such as 007.
_WHOLE = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)


def _one_kind(columns: dict[str, dict[str, Any]], *, exactly: bool = False) -> bool:
    """Whether the cells of each column are of one kind; integers are numbers too, but `exactly`."""

    def kinds(cells: Iterable[Any]) -> set[type]:
        seen = {type(cell) for cell in cells} - {type(None)}
        return {float if kind is int and not exactly else kind for kind in seen}

    return all(len(kinds(cells.values())) < 2 for cells in columns.values())  # noqa: PLR2004


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _enveloped(path: str, document: dict[str, Any]) -> SourceError:
    """What to say of an object that holds the rows under one of its keys, or no rows at all."""
    held = [key for key, value in document.items() if _objects(value)]
    if not held:
        return no_records(path, f"one object, with the keys {_few(document)}")
    key = held[0]
    return SourceError(
        f"{path} holds its rows inside another object",
        got=f"a list of {len(document[key]):,} objects under the key {key!r}",
        expected=_RECORDS,
        todo=f"write that list alone: jq '.{json.dumps(key)}' IN > OUT",
    )


def _few(keys: Collection[str]) -> str:
    return some(keys, 5, shown=repr)


def no_records(path: str, got: str, todo: str = _TODO) -> SourceError:
    """The error for a document that holds no table."""
    return SourceError(f"{path} holds no JSON records", got=got, expected=_RECORDS, todo=todo)


_BOM = b"\xef\xbb\xbf"
#: Bytes of a first line that may be an object of its own.
_FIRST_LINE = 2**25


def open_records(paths: Sequence[str]) -> OpenedFiles:
    """Read documents of objects into memory, and scan lines of them; a lacking key is null."""
    opened = [open_ndjson([path]) if _is_lines(path) else _read(path) for path in paths]
    if len(opened) == 1:
        return opened[0]
    rows = [each.rows or 0 for each in opened]
    whole = joined(paths, [each.frame for each in opened], sum(rows))
    told = {(note.code, note.column): note for each in opened for note in each.notes}
    return whole._replace(notes=(*told.values(), *whole.notes))


def _is_lines(path: str) -> bool:
    """Whether a file holds one object a line, as Spark, BigQuery and pandas' `lines=True` write."""
    must_be(path, "text", "JSON")
    with reading(path), Path(path).open("rb") as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        first = file.readline(_FIRST_LINE)
        while first and not first.strip():
            first = file.readline(_FIRST_LINE)
        following = file.readline(_FIRST_LINE)
    if not (first.lstrip().startswith(b"{") and following.lstrip().startswith(b"{")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _read(path: str) -> OpenedFiles:
    with reading(path):
        raw = Path(path).read_bytes().removeprefix(_BOM)
    document = _parsed(path, raw)
    objects = document.values() if isinstance(document, dict) else document
    if isinstance(objects, Collection) and all(isinstance(each, dict) for each in objects):
        must_share_keys(path, len(objects))
    table = tabled(path, document)
    must_be_unique(path, list(table.columns))
    read = [read_cells(name, values) for name, values in table.columns.items()]
    with reading(path):
        frame = pl.DataFrame({each.series.name: each.series for each in read})
    told = [each.finding for each in read if each.finding is not None]
    return OpenedFiles(frame.lazy(), frame.height, (*table.notes, *told))


def _parsed(path: str, raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(), parse_constant=_refuse, object_pairs_hook=once)
    except KeyTwiceError as error:
        raise refused(path, repr(error.args[0]), "in one object") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path} is not UTF-8",
            got=f"byte 0x{raw[error.start]:02X} on line {line}",
            expected="UTF-8 text, as JSON is by its standard",
            todo="convert it from what it is in: iconv -f CP1252 -t UTF-8 IN > OUT",
        ) from error
    except RecursionError as error:
        raise no_records(path, TOO_DEEP) from error
    except _NoTokenError as error:
        todo = "write null in its place: json.dumps(..., allow_nan=False) finds the writer of it"
        raise no_records(path, f"the token {error}, which JSON does not have", todo) from error
    except json.JSONDecodeError as error:
        todo = "write the file again: it may be cut off, or hold more than one document"
        raise no_records(path, f"no JSON: {error}", todo) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise no_records(path, str(error).partition(";")[0]) from error


class _NoTokenError(Exception):
    """NaN or Infinity where a value should stand."""


def _refuse(token: str) -> None:
    raise _NoTokenError(token)
