"""Small files that would become enormous tables: seen before they are read, and refused.

A sheet with one cell in its last corner or that repeats one a billion times, and lines of JSON that
share no key, take few bytes and a table of billions of cells, which the reader would ask the
system for.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from datacheck.errors import SourceError
from datacheck.source.collecting import reading

#: A table of fewer cells than this is read whatever it holds.
CELLS = 2**25
#: Of JSON, whose objects cost more than a sheet's cells.
JSON_CELLS = 2**22
#: Of more cells, one in so many must hold something.
SPARSE = 2**10

#: Bytes of one text of a workbook, and of all that its cells say: one may stand in many cells.
LONGEST, MOST_TEXT = 2**25, 2**30

_BLOCK = 2**20
#: Bytes of NDJSON in which keys are counted, spread over the file.
_LOOKED = 2**22
#: As lenient as the reader, in whatever part of the workbook: its relations may name any.
_CELL = re.compile(rb"""<(?:c r="|(?:[\w.-]+:)?c\s[^<]*?\br\s*=\s*["'])([A-Za-z]+)([0-9]+)["']""")
#: Of a cell's row and column, what is counted: a number of more is far beyond any sheet.
_DIGITS, _LETTERS = 12, 5
_SHARED = re.compile(rb"""<(?:[\w.-]+:)?c\s[^<]*?\bt\s*=\s*["']s["'][^<]*><[^<]*>\s*(\d{1,9})""")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si\b")
_SHARED_TEXTS = re.compile(rb"<(?:[\w.-]+:)?sst\b")
_UNIQUE = re.compile(rb"""<(?:[\w.-]+:)?sst\b[^<]*?\buniqueCount\s*=\s*["'](\d+)["']""")
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*+)"\s*:')
#: No cell's opening tag is longer than this, in bytes.
_OVERLAP = 2**16


def must_have_extent(path: str) -> None:
    """Refuse a workbook with a sheet whose cells lie far apart, with its extent and its cells."""
    if not zipfile.is_zipfile(path):
        return  # the old format, which holds 65,536 rows of 256 columns at most
    with reading(path), zipfile.ZipFile(path) as book:
        cells = 0
        for part in book.infolist():
            with book.open(part) as file:
                found = _extent(path, part, file)
            _must_be_dense(path, part.filename, *found)
            cells += found[0]
        _must_say_little(path, book, cells)
        if "content.xml" in book.namelist():  # OpenDocument
            with book.open("content.xml") as sheets:
                for name, said, *extent in _repeated(sheets):
                    _must_be_dense(path, name, *extent)
                    _must_be_said(path, said)


def _extent(path: str, part: zipfile.ZipInfo, file: IO[bytes]) -> tuple[int, int, int]:
    """The cells that a part holds as a sheet, and how many rows and columns they lie in."""
    cells = rows = columns = 0
    held, unbroken = b"", 0
    while block := file.read(_BLOCK):
        data = held + block
        last = 0
        for match in _CELL.finditer(data):
            cells += 1
            row, column = int(match[2][:_DIGITS]), _column(match[1][:_LETTERS].upper())
            rows, columns = max(rows, row), max(columns, column)
            last = match.end()
        unique = _UNIQUE.search(data)
        if unique and int(unique[1]) > part.file_size:
            raise _too_much(path, f"{int(unique[1]):,} texts in {part.file_size:,} bytes")
        first, tag = block.find(b"<"), data.rfind(b"<")
        unbroken += len(block) if first < 0 else first
        if unbroken > LONGEST:
            raise _too_much(path, f"a text of more than {LONGEST:,} bytes")
        unbroken = unbroken if first < 0 else len(data) - tag
        held = data[max(last, tag, len(data) - _OVERLAP) :]
    return cells, rows, columns


def _must_say_little(path: str, book: zipfile.ZipFile, cells: int) -> None:
    """Refuse shared texts that cells repeat until they are enormous."""
    texts: list[int] = []
    for part in book.infolist():
        with book.open(part) as file:
            if _SHARED_TEXTS.search(file.read(_OVERLAP)):
                file.seek(0)
                starts = [match.start() for match in _STRING.finditer(file.read())]
                texts = [end - at for at, end in pairwise([*starts, part.file_size])]
    if cells * max(texts, default=0) <= MOST_TEXT:
        return
    said = 0
    for part in book.infolist():
        held = b""
        with book.open(part) as file:
            while block := file.read(_BLOCK):
                data = held + block
                last = 0
                for match in _SHARED.finditer(data):
                    last, at = match.end(), int(match[1])
                    said += texts[at] if at < len(texts) else 0
                held = data[max(last, len(data) - _OVERLAP) :]
    _must_be_said(path, said)


def _must_be_said(path: str, said: int) -> None:
    if said > MOST_TEXT:
        raise _too_much(path, f"texts that its cells repeat to {said:,} bytes")


def _too_much(path: str, got: str) -> SourceError:
    return SourceError(
        f"{path} holds more text than a workbook can",
        got=got,
        expected=f"texts of at most {LONGEST:,} bytes, and {MOST_TEXT:,} in all cells",
        todo="save the table as CSV or parquet, without the texts that are no table's",
    )


def _repeated(sheets: IO[bytes]) -> Iterator[tuple[str, int, int, int, int]]:
    """Of each sheet of OpenDocument its name, the characters of its cells, and its extent."""
    cells = rows = columns = wide = at = empty = said = 0
    in_cell = in_row = 0
    for _, element in ET.iterparse(sheets):  # noqa: S314  # expat refuses entities without bound
        tag = _bare(element.tag)
        in_cell += len(element.text or "") + len(element.tail or "")
        words = {_bare(name): value for name, value in element.items()} if tag in _COUNTED else {}
        times = int(words.get(_COUNTED.get(tag, ""), 1))
        if tag == "s":
            in_cell += times
        elif tag in ("table-cell", "covered-table-cell"):
            at += times
            in_row, in_cell = in_row + in_cell * times, 0
            if "value-type" in words:
                cells, wide = cells + 1, at
        elif tag == "table-row":
            empty += times
            said, in_row = said + in_row * times, 0
            if wide:
                rows, columns, empty = rows + empty, max(columns, wide), 0
            wide = at = 0
        elif tag == "table":
            yield words.get("name", "?"), said, cells, rows, columns
            cells = rows = columns = empty = said = 0
        element.clear()


#: What says how often an element is meant: a cell, a row, a blank.
_COUNTED = {
    **dict.fromkeys(("table-cell", "covered-table-cell"), "number-columns-repeated"),
    "table-row": "number-rows-repeated",
    "table": "",
    "s": "c",
}


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


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


def must_share_keys(path: str, rows: int | None = None) -> None:
    """Refuse JSON whose objects, `rows` or one a line, have hardly a key in common."""
    with reading(path):
        size = Path(path).stat().st_size
        step = max(1, size // _LOOKED)
        seen = lines = looked = 0
        keys: set[bytes] = set()
        with Path(path).open("rb") as file:
            for at in range(0, size, step * _BLOCK):
                file.seek(at)
                data = file.read(_BLOCK)
                looked += len(data)
                lines += max(1, data.count(b"\n"))
                found = _KEY.findall(data)
                seen += len(found)
                keys.update(found)
    if rows is not None:
        lines = rows * looked // max(size, 1)
    if len(keys) * lines > JSON_CELLS and len(keys) * lines > SPARSE * seen:
        noun, each = "lines" if rows is None else "objects", max(seen // lines, 1)
        raise SourceError(
            f"{path} holds {noun} that have hardly a key in common",
            got=f"{len(keys):,} different keys in {lines:,} {noun}, about {each} in each",
            expected="objects of the same keys, which make a table",
            todo="write each key and its value as a row of their own",
        )
