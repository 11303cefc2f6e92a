"""Copies of what cannot be read in place, or slowly: other encodings, a pipe, a large CSV.

A copy is a temporary file, so that memory does not grow with the input; it lives as long as the
process, for a lazy table may be read again at any time.

Files that are packed, by gzip or zstd: read as what is in them.
"""

from __future__ import annotations

import atexit
import codecs
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from datacheck.errors import DatacheckError, SourceError
from datacheck.source.collecting import reading
from datacheck.source.regular import NEWLINE, QUOTE
from datacheck.source.sniff import kind_of, must_be

_SPACE = 0x20
_BLOCK = 1 << 20
#: Bytes that show what is packed.
_HEAD = 512
_PACKED = {"gzip": ".gz", "zstd": ".zst"}
#: Cells of a group of rows of a stored table: polars reads many groups ahead.
_GROUP = 1 << 19


@cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="datacheck-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


_made: dict[tuple[object, ...], str] = {}


def copied(path: str, how: str, blocks: Iterable[bytes]) -> str:
    """Blocks written to a temporary file, once for a `path` and `how` it was treated."""
    with reading(path):
        seen = Path(path).stat()
        key = (str(Path(path).resolve()), how, seen.st_mtime_ns, seen.st_size)
        if key not in _made:
            _made[key] = written(blocks, ".copy")
    return _made[key]


@contextmanager
def naming(names: Mapping[str, str]) -> Iterator[None]:
    """Have errors name what copies were made of, and not the copies."""
    try:
        yield
    except DatacheckError as error:
        for part in ("what", "got", "expected", "todo"):
            said = getattr(error, part)
            for copy, name in names.items():
                said = said.replace(copy, name)
            setattr(error, part, said)
        error.args = (str(error),)
        raise


def standard_input() -> str:
    """All of standard input as a file, named by what it holds."""
    if sys.stdin is None:
        raise SourceError("standard input is closed", todo="give a file, or a table through a pipe")
    with reading("standard input"):
        return _streamed(sys.stdin.buffer)


def is_pipe(path: str) -> bool:
    """Whether a named pipe stands there, such as a shell makes for `<(command)`."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def of_pipe(path: str) -> str:
    """All that comes through a named pipe, which can be read once, as `standard_input`."""
    with reading(path), Path(path).open("rb") as stream:
        return _streamed(stream)


def _streamed(stream: IO[bytes]) -> str:
    first = stream.read(_BLOCK)
    rest = iter(lambda: stream.read(_BLOCK), b"")
    return written(chain([first], rest), ending_by_content(first))


def ending_by_content(first: bytes) -> str:
    """The end of a name that says what a file holds, by its first bytes."""
    start = first.removeprefix(codecs.BOM_UTF8).lstrip()
    kind, text = kind_of(first), ".json" if start.startswith((b"[", b"{")) else ".csv"
    if kind in _PACKED:
        return ending_by_content(_within(first, kind)) + _PACKED[kind]
    return _ENDINGS.get(kind, text)


#: By what the first bytes say, for what is no plain text.
_ENDINGS = {
    "parquet": ".parquet",
    "Arrow IPC": ".arrow",
    "Arrow IPC stream": ".arrow",
    "zip or Excel (xlsx)": ".xlsx",
}


def _within(first: bytes, packed: str) -> bytes:
    """The first bytes of what is packed; none where they cannot be read."""
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.BufferReader(first), packed) as stream:
            found: bytes = stream.read(_HEAD)
    except (OSError, ValueError):
        return b""
    return found


def new_folder() -> str:
    """A new temporary folder, for files that make one table."""
    return tempfile.mkdtemp(dir=_folder())


def written(blocks: Iterable[bytes], ending: str) -> str:
    """Write blocks to a new temporary file whose name ends so."""
    handle, name = tempfile.mkstemp(suffix=ending, dir=_folder())
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                file.write(block)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def stored(frame: pl.LazyFrame, size: int) -> pl.LazyFrame | None:
    """A table in a temporary parquet file; None where the disk is too full, or it is unreadable."""
    if shutil.disk_usage(_folder()).free < 2 * size:
        return None
    name = written((), ".parquet")
    try:
        rows = max(_GROUP // len(frame.collect_schema()), 1 << 10)
        frame.sink_parquet(name, compression="lz4", statistics=False, row_group_size=rows)
    except (pl.exceptions.PolarsError, OSError):
        Path(name).unlink()
        return None
    return pl.scan_parquet(name, glob=False)


def transcoded(path: str, encoding: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The text of another encoding as UTF-8; its first bytes that are none are refused by line."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 0
    for block in chain(blocks, [b""]):
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeError as error:
            raise SourceError(
                f"{path} is not {encoding}",
                got=f"{error} near line {lines + 1}",
                expected=f"text in {encoding}, as --encoding says",
                todo="give the encoding of the program that wrote it, such as cp1252 or utf-8",
            ) from error
        lines += text.count("\n")
        yield text.encode()


def despaced(blocks: Iterable[bytes], separator: int) -> Iterator[bytes]:
    """The text without the spaces that follow a separator or begin a line, outside quotes."""
    quotes, border = 0, True
    for block in blocks:
        codes = np.frombuffer(block, np.uint8)
        inside = np.bitwise_xor.accumulate((codes == QUOTE).view(np.uint8)) ^ np.uint8(quotes & 1)
        spaces = codes == _SPACE
        # For each byte, the last one at or before it that is no space.
        anchors = np.where(spaces, -1, np.arange(codes.size))
        np.maximum.accumulate(anchors, out=anchors)
        after = codes[np.maximum(anchors, 0)]
        at_border = (after == separator) | (after == NEWLINE)
        at_border[anchors < 0] = border
        yield codes[~(spaces & at_border & (inside == 0))].tobytes()
        quotes += block.count(b'"')
        border = bool(at_border[-1])


def ends_in_returns(blocks: Iterable[bytes]) -> bool:
    """Whether lines end with a carriage return alone, as old programs of the Mac write them."""
    first = next(iter(blocks), b"")
    # At the end of a whole block a newline may follow in the next.
    return b"\n" not in first and b"\r" in first[: BLOCK - 1]


def with_newlines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The text with newlines for the carriage returns that stand outside quotes."""
    quotes = 0
    for block in blocks:
        parts = block.split(b'"')
        parts[quotes & 1 :: 2] = (part.replace(b"\r", b"\n") for part in parts[quotes & 1 :: 2])
        quotes += len(parts) - 1
        yield b'"'.join(parts)


#: Bytes read at once: enough for numpy, and they stay in the processor's caches.
BLOCK = 1 << 20


def packed_by(path: str) -> str | None:
    """What a file is packed by, as its name says; None where it is not."""
    return {".gz": "gzip", ".zst": "zstd"}.get(Path(path).suffix.lower())


def blocks_of(path: str) -> Generator[bytes]:
    """The bytes of a file, unpacked, in pieces."""
    packed = packed_by(path)
    if packed is None:
        with Path(path).open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                yield block
        return
    import pyarrow as pa

    with pa.OSFile(path) as file, pa.CompressedInputStream(file, packed) as stream:
        while block := stream.read(BLOCK):
            yield block


@contextmanager
def unpacked(paths: Sequence[str]) -> Iterator[list[str]]:
    """The files, with a copy in the place of each that is packed; no error names a copy."""
    places = list(map(_unpacked, paths))
    with naming(dict(zip(places, paths, strict=True))):
        yield places


def _unpacked(path: str) -> str:
    packed = packed_by(path)
    if packed is None:
        return path
    must_be(path, packed, f"{packed}-compressed JSON")
    with reading(path), closing(blocks_of(path)) as blocks:
        return copied(path, "unpacked", blocks)
