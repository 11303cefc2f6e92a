"""How many rows an Arrow IPC file holds, and whether its footer knows all of its record batches.

Pyarrow holds the lengths in it against each other, and raises where polars (2.1) panics or
gives no rows; `tests/unit/source/test_torn.py` fails with one that does not.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from datacheck.source.collecting import reason
from datacheck.source.held import BrokenError, torn
from datacheck.source.names_once import must_be_unique

#: Behind the footer: its length and the magic bytes.
_TAIL = 10
#: What may stand before a batch and the footer: padding, and the stream's end.
_GAP = 128
#: Behind the magic bytes stands the schema.
_START = 8
#: The fields of the footer, and how long a block in it is.
_DICTIONARIES, _BATCHES, _BLOCK = 2, 3, 24
#: What stands before each message, and the kinds of message that hold cells.
_FRAME, _DICTIONARY_BATCH, _RECORD_BATCH = b"\xff" * 4, 2, 3
#: A footer that is longer than this, in bytes, is left to pyarrow.
_LARGEST = 2**26


def ipc_rows(path: str, *, stream: bool) -> int | None:
    """How many rows the batches of a whole file name; None for a type that pyarrow lacks."""
    import pyarrow as pa

    rows = 0
    try:
        _must_be_framed(path) if stream else _must_cover(path)
        with pa.memory_map(path) as file:
            if stream:
                batches = pa.ipc.open_stream(file)
                must_be_unique(path, batches.schema.names)
            else:
                opened = pa.ipc.open_file(file)
                batches = map(opened.get_batch, range(opened.num_record_batches))
                must_be_unique(path, opened.schema.names)
            for batch in batches:
                batch.validate()
                rows += batch.num_rows
            if stream and file.tell() != file.size():
                raise BrokenError(f"the stream ends at byte {file.tell():,} of {file.size():,}")
    except pa.ArrowNotImplementedError:
        return None
    except BrokenError as error:
        raise torn(path, str(error)) from error
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        raise torn(path, reason(error)) from error
    return rows


def _must_cover(path: str) -> None:
    """A footer that has lost a batch leaves its bytes without an owner."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - _TAIL))
        length = int.from_bytes(file.read(4), "little")
        start = size - _TAIL - length
        if start < 0:
            raise BrokenError(f"a footer of {length:,} bytes in a file of {size:,}")
        if length > _LARGEST:
            return
        file.seek(start)
        footer = file.read(length)
        try:
            blocks = [*_blocks(footer, _DICTIONARIES), *_blocks(footer, _BATCHES)]
        except struct.error as error:
            raise BrokenError("its footer ends too early") from error
        for at, _, _ in blocks:
            if message := _message(file, at, size):
                _body(message)
        schema = _message(file, _START, size)
    # The schema stands before the batches, and in the footer once more. Polars gives it no frame.
    end = _START + 8 + len(schema) if schema else length * (1 if blocks else 2)
    for at, *lengths in [*sorted(blocks), (start,)]:
        if at - end > _GAP:
            raise BrokenError(f"its bytes from {end:,} to {at:,} belong to no batch")
        end = max(end, at + sum(lengths))
    if blocks and end > start:
        raise BrokenError(f"its batches end at byte {end:,}, and the footer begins at {start:,}")


def _blocks(footer: bytes, field: int) -> list[tuple[int, int, int]]:
    """Offset, length of the metadata and of the body of each block, from a flatbuffer."""
    (root,) = struct.unpack_from("<I", footer, 0)
    at, count = _vector(footer, root, field)
    if count > len(footer) // _BLOCK:
        raise BrokenError(f"{count:,} batches in a footer of {len(footer):,} bytes")
    return [struct.unpack_from("<qi4xq", footer, at + _BLOCK * each) for each in range(count)]


def _must_be_framed(path: str) -> None:
    """Hold each message of a stream against its bytes."""
    with Path(path).open("rb") as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while message := _message(file, at, size):
            at += 8 + len(message) + _body(message)


def _message(file: BinaryIO, at: int, size: int) -> bytes:
    """The metadata of a message; none at the end, or where pyarrow will refuse it."""
    if not 0 <= at < size:
        return b""
    file.seek(at)
    frame = file.read(8)
    if len(frame) < len(_FRAME) + 4 or not frame.startswith(_FRAME):
        return b""
    length = int.from_bytes(frame[4:], "little", signed=True)
    return file.read(length) if 0 < length <= min(size - at, _LARGEST) else b""


def _body(message: bytes) -> int:
    """How long a message's body is, once the views of text in it name no more buffers than it has.

    Older pyarrow makes room for whatever number they name, and ends the process over 2^61.
    """
    try:
        (root,) = struct.unpack_from("<I", message, 0)
        kind, header, body = (_field(message, root, number) for number in (1, 2, 3))
        batch = _table(message, header) if header else 0
        if batch and message[kind] == _DICTIONARY_BATCH:
            batch = _table(message, _field(message, batch, 1))
        if batch and message[kind] in (_RECORD_BATCH, _DICTIONARY_BATCH):
            counts, views = _vector(message, batch, 4)
            _, buffers = _vector(message, batch, 2)
            named = struct.unpack_from(f"<{min(views, buffers + 1)}Q", message, counts)
            if sum(named) > buffers or views > buffers:
                raise BrokenError(f"views name {sum(named):,} buffers of {buffers:,}")
        length: int = struct.unpack_from("<Q", message, body)[0] if body else 0
    except (struct.error, IndexError) as error:
        raise BrokenError("a message in it ends too early") from error
    return length


def _table(data: bytes, at: int) -> int:
    """Where a table begins that a field of a flatbuffer's table leads to."""
    return at + int(struct.unpack_from("<I", data, at)[0])


def _vector(data: bytes, table: int, number: int) -> tuple[int, int]:
    """Where the items of a vector in a flatbuffer's table stand, and how many there are."""
    at = _field(data, table, number)
    if not at:
        return 0, 0
    at += struct.unpack_from("<I", data, at)[0]
    return at + 4, struct.unpack_from("<I", data, at)[0]


def _field(data: bytes, table: int, number: int) -> int:
    """Where a field of a flatbuffer's table stands; 0 where it is left out."""
    (back,) = struct.unpack_from("<i", data, table)
    (known,) = struct.unpack_from("<H", data, table - back)
    if 4 + 2 * number >= known:
        return 0
    (offset,) = struct.unpack_from("<H", data, table - back + 4 + 2 * number)
    return table + offset if offset else 0
