"""JSON documents that hold a table: an array of objects, one for each row, and other layouts."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from datacheck.errors import SourceError
from datacheck.source.cells import read_cells
from datacheck.source.collecting import reading
from datacheck.source.extent import must_share_keys
from datacheck.source.files import joined, open_ndjson
from datacheck.source.json_layouts import no_records, tabled
from datacheck.source.model import OpenedFiles
from datacheck.source.names_once import must_be_unique
from datacheck.source.ndjson_bytes import KeyTwiceError, once, refused
from datacheck.source.sniff import must_be
from datacheck.text import TOO_DEEP

_BOM = b"\xef\xbb\xbf"
#: Bytes of a first line that may be an object of its own.
_FIRST_LINE = 2**25


def open_records(paths: Sequence[str]) -> OpenedFiles:
    """Read documents such as `[{"x": 1.5}, {"x": null}]` into memory, and scan lines of objects.

    A key that an object lacks is null there. A column's type comes from all of its values; values
    of several types are text, and told. A `SourceError` says that a document is broken, or holds
    something else.
    """
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
