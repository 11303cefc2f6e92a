"""What stands at an address of an object store: files of one table, or a table with a log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from glob import has_magic
from itertools import takewhile
from pathlib import PurePath, PurePosixPath
from typing import Any

from datacheck.errors import SourceError
from datacheck.source.collecting import reason
from datacheck.source.lakes import must_be_loose, newest
from datacheck.source.paths import Files, is_hive, kind_by_name, one_kind
from datacheck.source.uri import safe

#: Other words for a store that Arrow knows by one.
_ARROWS = {"s3a": "s3", "gcs": "gs"}


def find_at(uri: str) -> Files:
    """The files at an address, by a listing of the store.

    What Arrow cannot list, or may not, is left to polars, by the address as it stands. Of a table
    with a log, the one path is what says its newest state. A `SourceError` refuses files of several
    kinds or of none that is known, or that belong to a Delta Lake or an Iceberg table.
    """
    scheme, _, place = uri.partition("://")
    place = re.sub("/+", "/", place).strip("/")
    try:
        store = _Store(_system(scheme.lower(), place.partition("/")[0]))
        lake = store.lake_of(PurePosixPath(place))
        if lake is not None:
            return Files(uri, lake, (f"{scheme}://{store.state_of(place, lake)}",))
        found = sorted(store.files(place))
        must_be_loose(found, store.lake_of, PurePosixPath, f"{scheme}://")
    except (OSError, ValueError, ImportError):
        found = []
    if not found:
        return Files(uri, store_kind(uri), (uri,))
    for path in found:
        store_kind(path)
    paths = tuple(f"{scheme}://{path}" for path in found)
    return Files(uri, one_kind(safe(uri), found), paths, hive=is_hive(found))


def store_kind(uri: str) -> str:
    """The kind of files by their address; a name without an ending is a folder of parquet."""
    name = uri.rstrip("/").rpartition("/")[2]
    kind = kind_by_name(name)
    if kind is None and "." in name:
        raise SourceError(
            f"{safe(uri)} has an extension that datacheck does not know",
            got=name,
            expected="parquet, CSV, Arrow IPC, NDJSON, JSON or Excel by its name",
            todo="pass a polars frame that reads it",
        )
    return kind or "parquet"


@cache
def _system(scheme: str, bucket: str) -> Any:
    """Arrow's view of a store; a `ValueError` says that it has none, an `OSError` that it fails."""
    from pyarrow import ArrowException
    from pyarrow.fs import FileSystem

    try:
        return FileSystem.from_uri(f"{_ARROWS.get(scheme, scheme)}://{bucket}/")[0]
    except ArrowException as error:  # of no kind that Python has: credentials that are not there
        if isinstance(error, OSError | ValueError):
            raise
        raise OSError(reason(error)) from error


def opened(uri: str) -> Any:
    """A stream of the bytes of one file, as they are stored."""
    scheme, _, place = uri.partition("://")
    system = _system(scheme.lower(), place.partition("/")[0])
    return system.open_input_stream(place, compression=None)


class _Store:
    """A store as Arrow lists it; paths begin with the bucket's name."""

    def __init__(self, system: Any) -> None:
        self._system = system

    def files(self, place: str) -> list[str]:
        """The files that a path, a folder or a glob means."""
        if self._is(place, "File"):
            return [place]
        if not has_magic(place):
            below = self._below(place)
            return [path for path in below if not _hidden(path.removeprefix(place))]
        pattern = place.split("/")
        folder = "/".join(takewhile(lambda part: not has_magic(part), pattern))
        return [path for path in self._below(folder) if _fits(path.split("/"), pattern)]

    def lake_of(self, folder: PurePath) -> str | None:
        """`delta` or `iceberg` where a folder is such a table, or a path a state of one."""
        if self._is(f"{folder}/_delta_log", "Directory"):
            return "delta"
        return "iceberg" if self.state_of(str(folder), "iceberg") else None

    def state_of(self, place: str, kind: str) -> str | None:
        """What says the newest state of a table with a log."""
        if kind == "delta":
            return place
        return newest([place, *self._below(f"{place}/metadata", deep=False)])

    def _is(self, path: str, kind: str) -> bool:
        from pyarrow.fs import FileType

        return bool(self._system.get_file_info(path).type == FileType[kind])

    def _below(self, folder: str, *, deep: bool = True) -> list[str]:
        from pyarrow.fs import FileSelector, FileType

        asked = FileSelector(folder, recursive=deep, allow_not_found=True)
        listed = self._system.get_file_info(asked)
        return [each.path for each in listed if each.type == FileType.File]


def _hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/"))


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the parts of a path fit a glob's: a star is no two folders, two stars are any.

    >>> _fits(["b", "x.csv"], ["b", "**", "*.csv"]), _fits(["b", "c", "x.csv"], ["b", "*.csv"])
    (True, False)
    """
    if not pattern:
        return not path
    if pattern[0] == "**" and _fits(path, pattern[1:]):
        return True
    if not path or not fnmatchcase(path[0], pattern[0]):
        return False
    return _fits(path[1:], pattern if pattern[0] == "**" else pattern[1:])
