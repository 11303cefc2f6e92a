"""Tables in an object store or behind a web address.

Parquet is left to polars' own object stores, which read the parts that are wanted. A file of any
other format is copied first, to be checked byte by byte before it is read.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import polars as pl

from datacheck.errors import DatacheckError, SourceError
from datacheck.source.collecting import reason
from datacheck.source.copies import written
from datacheck.source.held import OpenedState
from datacheck.source.model import Source
from datacheck.source.paths import kind_by_name
from datacheck.source.quiet import panics_held
from datacheck.source.uri import safe, scrub

if TYPE_CHECKING:
    from collections.abc import Iterator

_WEB = ("http", "https")
#: What polars' object stores take.
SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "adl", "abfs", "abfss", "hf", *_WEB)

_BLOCK = 2**20
#: Seconds without a byte from a web server.
_PATIENCE = 60


def is_store(uri: str) -> bool:
    """Whether an address is one of files and not of a database.

    >>> is_store("s3://bucket/x.parquet"), is_store("sqlite:///x.db")
    (True, False)
    """
    return uri.partition(":")[0].lower() in SCHEMES


def store_kind(uri: str) -> str:
    """The kind of the files at an address; a name without an ending is a folder of parquet."""
    path = urlsplit(uri).path or uri
    kind = kind_by_name(path)
    if kind is None and "." in path.rpartition("/")[2]:
        raise SourceError(
            f"{safe(uri)} has an extension that datacheck does not know",
            got=path.rpartition("/")[2],
            expected="parquet, CSV, Arrow IPC, NDJSON, JSON or Excel by its name",
            todo="pass a polars frame that reads it",
        )
    return kind or "parquet"


def open_parquet_at(uri: str) -> Source:
    """Scan parquet where it is: a file, a glob or a folder.

    Raises
    ------
    SourceError
        Nothing is there, or it may not be read. No message holds a secret of the address.
    """
    with _telling(uri):
        frame = pl.scan_parquet(uri, missing_columns="raise")
        rows = int(frame.select(pl.len()).collect(engine="streaming").item())
        frame.collect_schema()
    return Source(safe(uri), frame, text=False, kind="parquet", held=OpenedState((), rows))


def copy_of(uri: str) -> str:
    """A temporary copy of any other file, under its own ending; errors as above."""
    name = urlsplit(uri).path.rpartition("/")[2]
    with _telling(uri):
        return written(_blocks(uri), "".join(re.findall(r"\.\w+", name)[-2:]))


def _blocks(uri: str) -> Iterator[bytes]:
    if uri.partition(":")[0].lower() in _WEB:
        yield from _from_the_web(uri)
        return
    from pyarrow.fs import FileSystem

    system, path = FileSystem.from_uri(uri)
    with system.open_input_stream(path, compression=None) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _from_the_web(uri: str) -> Iterator[bytes]:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(uri, timeout=_PATIENCE) as answer:  # noqa: S310 - the schemes are named above
            while block := answer.read(_BLOCK):
                yield block
    except HTTPError as error:
        error.close()  # it holds the server's answer
        raise


@contextmanager
def _telling(uri: str) -> Iterator[None]:
    """Turn whatever a store raises into a `SourceError` without secrets."""
    try:
        with panics_held():
            yield
    except DatacheckError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - of many families
        raise SourceError(
            f"cannot read {safe(uri)}",
            got=scrub(reason(error), uri),
            expected="a store that can be reached, and a file that may be read",
            todo="check the address, and the credentials in the environment (for s3: "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL)",
        ) from None
