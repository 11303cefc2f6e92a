"""How many rows an Arrow IPC file holds, and whether its footer knows all of its record batches.

Pyarrow holds the lengths in it against each other, and raises where polars would end the process.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from datacheck.source.collecting import reading, reason
from datacheck.source.names_once import must_be_unique
from datacheck.source.torn import BrokenError, torn

#: Behind the footer: its length and the magic bytes.
_TAIL = 10
#: What may stand between the last record batch and the footer: padding, and the stream's end.
_GAP = 128
#: The fields of the footer, and how long a block in it is.
_DICTIONARIES, _BATCHES, _BLOCK = 2, 3, 24
#: A footer that is longer than this, in bytes, is left to pyarrow.
_LARGEST = 2**26


def ipc_rows(path: str, *, stream: bool) -> int | None:
    """How many rows its record batches name; None where pyarrow does not know a type in it.

    Raises
    ------
    SourceError
        It is torn: lengths contradict each other, or bytes are left that belong to no batch.
    """
    import pyarrow as pa

    rows = 0
    try:
        if not stream:
            _must_cover(path)
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
    with reading(path), Path(path).open("rb") as file:
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
    # Without batches only the schema stands before the footer, which holds it once more.
    end = max((sum(block) for block in blocks), default=2 * length)
    if end > start + (0 if blocks else end) or start - end > _GAP:
        raise BrokenError(f"its batches end at byte {end:,}, and the footer begins at {start:,}")


def _blocks(footer: bytes, field: int) -> list[tuple[int, int, int]]:
    """Offset, length of the metadata and of the body of each block, from a flatbuffer."""
    (root,) = struct.unpack_from("<I", footer, 0)
    (back,) = struct.unpack_from("<i", footer, root)
    (known,) = struct.unpack_from("<H", footer, root - back)
    if 4 + 2 * field >= known:
        return []
    (offset,) = struct.unpack_from("<H", footer, root - back + 4 + 2 * field)
    if not offset:
        return []
    (vector,) = struct.unpack_from("<I", footer, root + offset)
    at = root + offset + vector
    (count,) = struct.unpack_from("<I", footer, at)
    if count > len(footer) // _BLOCK:
        raise BrokenError(f"{count:,} batches in a footer of {len(footer):,} bytes")
    return [struct.unpack_from("<qi4xq", footer, at + 4 + _BLOCK * each) for each in range(count)]
