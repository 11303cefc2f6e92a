"""How many rows a parquet file says that it holds, and whether its parts can be there.

Polars trusts these numbers: where a length is wrong it panics, or asks the system for memory that
nobody has and the process ends. So they are held against the file's size and each other beforehand.
Polars 1.36 to 2.1 are so; `tests/unit/source/test_torn.py` fails with one that is not: then this
module and `thrift` may go.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO

from datacheck.source.collecting import reading
from datacheck.source.held import BrokenError, torn
from datacheck.source.thrift import Reader, Struct, Value

#: The largest footer, in bytes, whose every part is looked at; a thousand columns' parts or so.
LARGEST = 2**20
#: How many headers of pages are looked at in a file.
PAGES = 2**15
#: Bytes that are read for the header of a page at first; statistics in it may need more.
HEAD, LONGEST_HEAD = 2**8, 2**20
#: What writers leave out of a column's sizes: a dictionary's header, by an old error.
SLACK = 2**10

_TAIL = 8
_DICTIONARY = 2
#: The field of a page's header that holds its checksum, where the writer made one (Spark does).
_SUM = 4


def parquet_rows(path: str) -> int | None:
    """How many rows a sound footer names; None where it is too large to be looked at."""
    with reading(path), Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            end, footer = _footer(file, size)
            return None if footer is None else _rows(file, end, footer)
        except BrokenError as error:
            raise torn(path, str(error)) from error


def _footer(file: BinaryIO, size: int) -> tuple[int, Struct | None]:
    """Where the data ends, and what the footer says."""
    file.seek(max(0, size - _TAIL))
    length = int.from_bytes(file.read(4), "little")
    end = size - _TAIL - length
    if end < 0:
        raise BrokenError(f"a footer of {length:,} bytes in a file of {size:,}")
    if length > LARGEST:
        return end, None
    file.seek(end)
    return end, Reader(file.read(length)).struct()


def _rows(file: BinaryIO, end: int, footer: Struct) -> int:
    """Look at each column's part of each group of rows."""
    told = _number(footer, 3)
    groups = [_struct(group) for group in _list(footer, 4)]
    counted = sum(_number(group, 3) for group in groups)
    if told != counted:
        raise BrokenError(f"{told:,} rows in all, and {counted:,} in its groups of rows")
    left = PAGES
    for group in groups:
        for column in _list(group, 1):
            meta = _struct(column).get(3)
            if isinstance(meta, dict):  # else it is encrypted, or in another file
                left -= _look(file, end, meta, left)
    return told


def _look(file: BinaryIO, end: int, meta: Struct, left: int) -> int:
    """Hold a column's part against the file, and its pages against it; how many they are."""
    values, unpacked, packed = (_number(meta, each) for each in (5, 6, 7))
    if not values:
        return 0  # it may name no page: pyarrow writes one at byte 0
    starts = [_number(meta, 9), *([_number(meta, 11)] if meta.get(11) else [])]
    at = min(starts)
    if at < 4 or packed < 0 or unpacked < 0 or at + packed > end:  # noqa: PLR2004 - the magic bytes
        raise BrokenError(f"a column's {packed:,} bytes from byte {at:,}, of {end:,} in the file")
    seen = pages = 0
    while seen < values and pages < left:
        head, at = _page(file, end, at)
        pages += 1
        if _number(head, 2) > unpacked + SLACK:
            raise BrokenError(f"a page of {_number(head, 2):,} bytes in a column of {unpacked:,}")
        count = _values(head)
        if count is None:
            continue
        seen += count
        if seen > values:
            raise BrokenError(f"more values in a column than its {values:,}")
    return pages


def _page(file: BinaryIO, end: int, at: int) -> tuple[Struct, int]:
    """The header of the page there, and where the next one stands."""
    size = HEAD
    while True:
        file.seek(at)
        reader = Reader(file.read(min(size, end - at)))
        try:
            head = reader.struct()
            break
        except BrokenError:
            size *= 8
            if size > LONGEST_HEAD:
                raise
    start = at + reader.at
    after = start + _number(head, 3)
    if _number(head, 3) < 0 or _number(head, 2) < 0 or after > end:
        said = f"a page of {_number(head, 3):,} bytes"
        raise BrokenError(f"{said} at byte {at:,}, of {end:,} in the file")
    if _SUM in head:
        file.seek(start)
        if zlib.crc32(file.read(after - start)) != _number(head, _SUM) & 0xFFFFFFFF:
            raise BrokenError(f"a page at byte {at:,} that is not what its checksum says")
    return head, after


def _values(head: Struct) -> int | None:
    """How many values of the column a page holds; None for a dictionary."""
    kind = _number(head, 1)
    body = _struct(head.get({0: 5, 3: 8}.get(kind, 7)))
    count = _number(body, 1)
    if count < 0:
        raise BrokenError(f"a page of {count:,} values")
    if kind == _DICTIONARY:
        if count > 8 * _number(head, 2) + SLACK:
            raise BrokenError(f"{count:,} values in a dictionary of {_number(head, 2):,} bytes")
        return None
    return count


def _number(fields: Struct, number: int) -> int:
    value = fields.get(number)
    if not isinstance(value, int):
        raise BrokenError("a number is missing")
    return value


def _struct(value: Value | None) -> Struct:
    if not isinstance(value, dict):
        raise BrokenError("a part is missing")
    return value


def _list(fields: Struct, number: int) -> list[Value]:
    value = fields.get(number)
    if not isinstance(value, list):
        raise BrokenError("a list is missing")
    return value
