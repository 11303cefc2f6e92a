"""Files that are packed, by gzip or zstd: read as what is in them."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from datacheck.source.collecting import reading
from datacheck.source.copies import copied, naming
from datacheck.source.sniff import must_be

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

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
