"""Small files that would become enormous tables: seen before they are read, and refused.

A sheet with one cell in its last corner or that repeats one a billion times, and lines of JSON that
share no key, take few bytes and a table of billions of cells, which the reader would ask the
system for.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from datacheck.errors import SourceError
from datacheck.source.collecting import reading

#: A table of fewer cells than this is read whatever it holds.
CELLS = 2**25
#: Of more cells, one in so many must hold something.
SPARSE = 2**10

_BLOCK = 2**20
#: Bytes of NDJSON in which keys are counted, spread over the file.
_LOOKED = 2**22
_CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_KEY = re.compile(rb'"((?:[^"\\]|\\.){0,200})"\s*:')
#: No cell's opening tag and no key is longer than this, in bytes.
_OVERLAP = 256


def must_have_extent(path: str) -> None:
    """Refuse a workbook with a sheet whose cells lie far apart, with its extent and its cells."""
    if not zipfile.is_zipfile(path):
        return  # the old format, which holds 65,536 rows of 256 columns at most
    with reading(path), zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                with book.open(name) as sheet:
                    _must_be_dense(path, name, *_extent(sheet))
        if "content.xml" in book.namelist():  # OpenDocument
            with book.open("content.xml") as sheets:
                for name, *extent in _repeated(sheets):
                    _must_be_dense(path, name, *extent)


def _extent(sheet: IO[bytes]) -> tuple[int, int, int]:
    """The cells that a sheet holds, and how many rows and columns they lie in."""
    cells = rows = columns = 0
    held = b""
    while block := sheet.read(_BLOCK):
        data = held + block
        last = 0
        for match in _CELL.finditer(data):
            cells += 1
            rows, columns = max(rows, int(match[2])), max(columns, _column(match[1]))
            last = match.end()
        held = data[max(last, len(data) - _OVERLAP) :]
    return cells, rows, columns


def _repeated(sheets: IO[bytes]) -> Iterator[tuple[str, int, int, int]]:
    """The name of each sheet of OpenDocument, and what `_extent` tells of it.

    A cell, or a row, that is like the one before is not written again, but its number.
    """
    cells = rows = columns = wide = at = empty = 0
    for _, element in ET.iterparse(sheets):  # noqa: S314  # expat refuses entities without bound
        if element.tag == f"{_TABLE}table-cell":
            at += int(element.get(f"{_TABLE}number-columns-repeated", 1))
            if any(name.endswith("}value-type") for name in element.attrib):
                cells, wide = cells + 1, at
        elif element.tag == f"{_TABLE}table-row":
            empty += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            if wide:
                rows, columns, empty = rows + empty, max(columns, wide), 0
            wide = at = 0
        elif element.tag == f"{_TABLE}table":
            yield element.get(f"{_TABLE}name", "?"), cells, rows, columns
            cells = rows = columns = empty = 0
        element.clear()


def _must_be_dense(path: str, name: str, cells: int, rows: int, columns: int) -> None:
    if rows * columns > CELLS and rows * columns > SPARSE * cells:
        raise SourceError(
            f"{path} holds a sheet whose cells lie far apart",
            got=f"{cells:,} cells in {rows:,} rows and {columns:,} columns ({Path(name).name})",
            expected="a table, in which most cells hold something",
            todo="delete the cells that stand apart from it, or save the table as CSV",
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def must_share_keys(path: str) -> None:
    """Refuse NDJSON whose lines have hardly a key in common, with the number of different keys."""
    with reading(path):
        size = Path(path).stat().st_size
        step = max(1, size // _LOOKED)
        seen = lines = 0
        keys: set[bytes] = set()
        with Path(path).open("rb") as file:
            for at in range(0, size, step * _BLOCK):
                file.seek(at)
                data = file.read(_BLOCK)
                lines += max(1, data.count(b"\n"))
                found = _KEY.findall(data)
                seen += len(found)
                keys.update(found)
    if len(keys) * lines > CELLS and len(keys) * lines > SPARSE * seen:
        raise SourceError(
            f"{path} holds lines that have hardly a key in common",
            got=f"{len(keys):,} different keys in {lines:,} lines, about {seen // lines} in each",
            expected="objects of the same keys, which make a table",
            todo="write each key and its value as a row of their own",
        )
