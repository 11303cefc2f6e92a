"""Tables in an object store or behind a web address.

Parquet is left to polars' own object stores, which read the parts that are wanted. A file of any
other format is copied first, to be checked byte by byte before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from datacheck.source.copies import ending_by_content, new_folder, written
from datacheck.source.files import joined
from datacheck.source.held import OpenedState
from datacheck.source.model import OpenedFiles, Source
from datacheck.source.paths import kind_by_name
from datacheck.source.store_files import opened
from datacheck.source.uri import is_uri, reaching, safe
from datacheck.threads import threads

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
    """A temporary copy of files of any other kind, under their own names; errors as above.

    Of several files it is a folder. A file of no known name is named by what it holds.
    """
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
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL)"
        )
    return reaching(uri, "a store that can be reached, and a file that may be read", todo)
