"""Files that belong to an input without being named: the weights of a model, the log of a database.

They are found in the bytes of the input, without the library that it is written for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

#: What SQLite and DuckDB keep beside their file, by what its name ends in.
_LOGS = ("-wal", "-shm", "-journal", ".wal")
#: ONNX: an entry of a tensor whose numbers lie in another file, up to the length of its name.
_LOCATION = re.compile(rb"\x0a\x08location\x12([\x80-\xff]?)([\x00-\x7f])", re.DOTALL)
#: TensorFlow.js: a document without this word names no file; of a longer one, in bytes, none is.
_MANIFEST, _LONGEST = b'"weightsManifest"', 2**26


def companions(path: Path) -> list[Path]:
    """The files beside `path` that hold a part of it; those of a database whether they exist."""
    if not path.is_file():
        return []
    found = [path.with_name(path.name + end) for end in _LOGS]
    with suppress(OSError, ValueError, RecursionError):
        found += [path.parent / name.lstrip("/") for name in dict.fromkeys(_named(path))]
    return [place for place in found if not place.is_dir()]


def _named(path: Path) -> Iterator[str]:
    if path.suffix.lower() == ".onnx":
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            for entry in _LOCATION.finditer(data):
                high, low = (int.from_bytes(part) for part in entry.groups())
                length = (high & 0x7F) + (low << 7) if entry[1] else low
                yield data[entry.end() : entry.end() + length].decode()
    elif path.suffix.lower() == ".json" and path.stat().st_size <= _LONGEST:
        text = path.read_bytes()
        yield from _shards(json.loads(text)) if _MANIFEST in text else ()


def _shards(document: Any) -> Iterator[str]:
    manifest = document.get("weightsManifest") if isinstance(document, dict) else None
    for group in manifest if isinstance(manifest, list) else ():
        paths = group.get("paths") if isinstance(group, dict) else None
        yield from (name for name in paths or () if isinstance(name, str))
