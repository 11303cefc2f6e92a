"""Tables in an object store or behind a web address: files of one table, or a table with a log.

Parquet is left to polars' own object stores, which read the parts that are wanted. A file of any
other format is copied first, to be checked byte by byte before it is read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from fnmatch import fnmatchcase
from functools import cache
from glob import has_magic
from itertools import chain, takewhile
from pathlib import Path, PurePath, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from datacheck.errors import SourceError
from datacheck.source.collecting import reason
from datacheck.source.copies import ending_by_content, new_folder, written
from datacheck.source.files import joined
from datacheck.source.held import OpenedState
from datacheck.source.lakes import must_be_loose, newest
from datacheck.source.model import OpenedFiles, Source
from datacheck.source.paths import Files, is_hive, kind_by_name, one_kind
from datacheck.source.uri import is_uri, reaching, safe
from datacheck.threads import threads

#: Other words for a store that Arrow knows by one; polars has one word for Google's too.
_ARROWS = {"s3a": "s3", "gcs": "gs"}
_POLARS = {"gcs": "gs"}
#: Of Google, Arrow asks for a quarter of an hour where it finds no credentials.
_ASKED_OF = {"gs": "?retry_limit_seconds=10"}
_AZURE = ("az", "azure", "adl", "abfs", "abfss")
#: What Arrow asks of an Azure account, and what says it to polars, behind `AZURE_STORAGE_`.
_ASKED = {
    "account_key": ("ACCOUNT_KEY", "ACCESS_KEY", "MASTER_KEY"),
    "sas_token": ("SAS_TOKEN", "SAS_KEY"),
    "tenant_id": ("TENANT_ID", "AUTHORITY_ID"),
    "client_id": ("CLIENT_ID",),
    "client_secret": ("CLIENT_SECRET",),
}


def find_at(uri: str) -> Files:
    """The files at an address, by a listing of the store.

    What Arrow cannot list, or may not, is left to polars, by the address as it stands. Of a table
    with a log, the one path is what says its newest state. A `SourceError` refuses files of several
    kinds or of none that is known, or that belong to a Delta Lake or an Iceberg table.
    """
    scheme, _, at = uri.partition("://")
    scheme = _POLARS.get(scheme.lower(), scheme)
    place = re.sub("/+", "/", at).strip("/")
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
        return Files(uri, store_kind(uri), (f"{scheme}://{at}",))
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
    from pyarrow.fs import FileSystem

    with _arrows_errors():
        if scheme in _AZURE:
            return _azure(bucket.partition("@")[2])
        said = _ARROWS.get(scheme, scheme)
        return FileSystem.from_uri(f"{said}://{bucket}/{_ASKED_OF.get(said, '')}")[0]


def _azure(host: str) -> Any:
    """The account that an address names, or else the environment, as polars reads it."""
    from pyarrow.fs import AzureFileSystem

    given: dict[str, Any] = {key: _said(*names) or None for key, names in _ASKED.items()}
    account = host.partition(".")[0] or _said("ACCOUNT_NAME")
    at = _said("ENDPOINT").removesuffix("/").removesuffix(f"/{account}")
    scheme, _, where = at.partition("://")
    if where and not host and account not in where:
        for part in ("blob", "dfs"):
            given |= {f"{part}_storage_authority": where, f"{part}_storage_scheme": scheme}
    if not account:
        raise ValueError("no Azure account is named: AZURE_STORAGE_ACCOUNT_NAME is not set")
    return AzureFileSystem(account, **given)


def _said(*names: str) -> str:
    found = (os.environ.get(f"AZURE_STORAGE_{name}") for name in names)
    return next(filter(None, found), "")


@contextmanager
def _arrows_errors() -> Iterator[None]:
    """Arrow's failures of no kind that Python has, as where credentials are missing: `OSError`."""
    from pyarrow import ArrowException

    try:
        yield
    except ArrowException as error:
        if isinstance(error, OSError | ValueError):
            raise
        raise OSError(reason(error)) from error


def opened(uri: str) -> Any:
    """A stream of the bytes of one file, as they are stored."""
    scheme, _, place = uri.partition("://")
    system = _system(scheme.lower(), place.partition("/")[0])
    return system.open_input_stream(_inside(place), compression=None)


def _inside(place: str) -> str:
    """A path as Arrow knows it: an address may say behind a container which account it is of."""
    bucket, slash, path = place.partition("/")
    return bucket.partition("@")[0] + slash + path


class _Store:
    """A store as Arrow lists it; paths begin with the bucket's name, as the address has it."""

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

        with _arrows_errors():
            return bool(self._system.get_file_info(_inside(path)).type == FileType[kind])

    def _below(self, folder: str, *, deep: bool = True) -> list[str]:
        from pyarrow.fs import FileSelector, FileType

        asked = FileSelector(_inside(folder), recursive=deep, allow_not_found=True)
        with _arrows_errors():
            listed = self._system.get_file_info(asked)
        bucket = folder.partition("/")[0]
        found = (each.path.partition("/")[2] for each in listed if each.type == FileType.File)
        return [f"{bucket}/{path}" for path in found]


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


_WEB = ("http", "https")
#: Footers that are asked for at once.
_AT_ONCE = 16
#: What polars' object stores take.
SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "adl", "abfs", "abfss", "hf", *_WEB)

_BLOCK = 2**20
#: How what is packed by gzip begins.
GZIP = b"\x1f\x8b"
#: Seconds without a byte from a web server.
_PATIENCE = 60


def is_store(uri: str) -> bool:
    """Whether an address is one of files and not of a database.

    >>> is_store("s3://bucket/x.parquet"), is_store("sqlite:///x.db")
    (True, False)
    """
    return is_uri(uri) and uri.partition(":")[0].lower() in SCHEMES


def is_web(uri: str) -> bool:
    """Whether an address is one of a web server, which cannot be listed."""
    return uri.partition(":")[0].lower() in _WEB


def open_parquet_at(uri: str, paths: Sequence[str], *, hive: bool) -> Source:
    """Scan parquet where it is; types that differ are widened where nothing is lost.

    `uri` is the address as it was given; `paths` are those of the files, or that one where they
    could not be listed. Where `hive`, `key=value` folders give columns too. A `SourceError` says
    that nothing is there, or that it may not be read; no message holds a secret of the address.
    """
    with _reaching(uri):
        frame = pl.scan_parquet(
            list(paths), hive_partitioning=hive or None, missing_columns="raise"
        )
        rows = int(frame.select(pl.len()).collect(engine="streaming").item())
        known = frame.collect_schema()
        found = OpenedFiles(frame, rows)
        if len(paths) > 1:
            scans = [pl.scan_parquet(path, glob=False, hive_partitioning=hive) for path in paths]
            with threads(_AT_ONCE) as pool:  # each asks the store for a file's footer
                schemas = list(pool.map(pl.LazyFrame.collect_schema, scans))
            if any(schema != known for schema in schemas):
                found = joined([safe(path) for path in paths], scans, rows)
    held = OpenedState((), rows)
    return Source(safe(uri), found.frame, text=False, kind="parquet", notes=found.notes, held=held)


def copy_of(uri: str, paths: Sequence[str]) -> str:
    """A temporary copy of a file, or of several in a folder, of any other kind, under its name."""
    if len(paths) > 1:
        folder = Path(new_folder())
        for number, path in enumerate(paths):
            Path(copy_of(path, [path])).rename(folder / f"{number:06d}-{path.rpartition('/')[2]}")
        return str(folder)
    with _reaching(uri):
        blocks = _blocks(uri)
        first = next(blocks, b"")
        return written(chain([first], blocks), _ending(urlsplit(uri).path or uri, first))


def _ending(path: str, first: bytes) -> str:
    name = path.rpartition("/")[2]
    if kind_by_name(name) is None:
        return ending_by_content(first)
    ending = "".join(re.findall(r"\.\w+", name)[-2:]).lower()
    packed = first.startswith(GZIP) and not ending.endswith(".gz")
    # A server may keep a text packed (Content-Encoding) under the name that it has unpacked.
    return ending + ".gz" if packed else ending


def _blocks(uri: str) -> Iterator[bytes]:
    if is_web(uri):
        yield from _from_the_web(uri)
        return
    with opened(uri) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _from_the_web(uri: str) -> Iterator[bytes]:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(uri, timeout=_PATIENCE) as answer:  # noqa: S310 - the schemes are named above
            while block := answer.read(_BLOCK):
                yield block
            if answer.length:  # the connection ended before what was promised had come
                raise OSError(f"the answer is cut off: {answer.length:,} bytes are missing")
    except HTTPError as error:
        error.close()  # it holds the server's answer
        raise


def _reaching(uri: str) -> AbstractContextManager[None]:
    todo = "check the address, and try again"
    if not is_web(uri):
        todo = (
            "check the address, and the credentials in the environment (for s3: "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL; for az: "
            "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY; for gs: "
            "GOOGLE_APPLICATION_CREDENTIALS)"
        )
    return reaching(uri, "a store that can be reached, and a file that may be read", todo)
