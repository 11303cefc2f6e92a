"""Delta Lake and Iceberg: folders of parquet of which a log says which files still count.

Read as loose parquet they would give rows that were deleted or replaced long ago, so a folder with
such a log is read by what knows the log, or not at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from datacheck.errors import MissingExtraError, SourceError
from datacheck.source.collecting import reason
from datacheck.source.copies import written
from datacheck.source.quiet import panics_held

#: What is said of each kind.
NAMES = {"delta": "Delta Lake", "iceberg": "Iceberg"}


#: The end of the name of a state of an Iceberg table: `v3.metadata.json`, `00003-....json`.
STATE = ".metadata.json"


def lake_of(folder: PurePath) -> str | None:
    """`delta` or `iceberg` where a folder is such a table, or a path a state of one."""
    if Path(folder, "_delta_log").is_dir():
        return "delta"
    return "iceberg" if _newest_in(folder) else None


def must_be_loose(
    paths: Iterable[str],
    lake_of: Callable[[PurePath], str | None] = lake_of,
    path_of: type[PurePath] = Path,
    scheme: str = "",
) -> None:
    """Refuse files that belong to a table with a log, naming the table's folder."""
    for folder in dict.fromkeys(path_of(path).parent for path in paths):
        for above in (folder, *folder.parents):
            kind = lake_of(above)
            if kind is not None:
                raise SourceError(
                    f"{scheme}{folder} holds files of the {NAMES[kind]} table {scheme}{above}",
                    got="some of its files, which may hold rows that were deleted",
                    expected=f"the folder {scheme}{above}",
                    todo="name that folder; its log says which files count",
                )
            if "=" not in above.name and above.name != "data":
                break


def open_lake(name: str, kind: str, state: str) -> pl.LazyFrame:
    """A state of a Delta table (its folder or address), or of an Iceberg table (its metadata)."""
    try:
        if kind == "delta":
            import deltalake  # noqa: F401 - polars needs it
        else:
            import pyiceberg  # noqa: F401

            if find_spec("polars_iceberg") is None:  # else polars would warn that it is not there
                os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
    except ImportError as error:
        what = f"Reading {name}, which is a {NAMES[kind]} table and no folder of loose parquet,"
        raise MissingExtraError(kind, what) from error
    try:
        with panics_held():
            scan = _delta(state) if kind == "delta" else _iceberg(state)
            scan.select(pl.len()).collect(engine="streaming")  # its files are there
    except (Exception, pl.exceptions.PanicException) as error:
        raise SourceError(
            f"cannot read {name}, a table of {NAMES[kind]}",
            got=f"{type(error).__name__}: {reason(error)}",
            expected="a log that can be read, and the files that it names",
            todo="check it with the program that writes it; rewriting its files (OPTIMIZE, "
            "compaction) takes deletes and features away that this reader does not know",
        ) from error
    return scan


def _delta(state: str) -> pl.LazyFrame:
    """A Delta table; what polars does not know of it, such as renamed columns, deltalake does."""
    from deltalake import DeltaTable, QueryBuilder
    from deltalake.exceptions import DeltaProtocolError

    for commit in Path(state, "_delta_log").glob("*.json"):  # none where it is in a store
        if not commit.stat().st_size:
            raise EOFError(f"nothing in {commit.name}, so what it added or deleted is lost")
    scan = pl.scan_delta(state)
    try:
        scan.collect_schema()
    except DeltaProtocolError:
        asked = QueryBuilder().register("t", DeltaTable(state)).execute("SELECT * FROM t")
        # A copy, for its rows may come in another order each time that they are asked for.
        return pl.scan_parquet(_copied(asked), glob=False)
    return scan


def _copied(batches: Any) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = pa.RecordBatchReader.from_stream(batches)
    copy = written((), ".parquet")
    with pq.ParquetWriter(copy, stream.schema, compression="lz4") as file:
        for batch in stream:
            file.write_batch(batch)
    return copy


def _iceberg(state: str) -> pl.LazyFrame:
    """An Iceberg table; pyiceberg does not look where the environment says that its store is."""
    words = {"s3.endpoint": "AWS_ENDPOINT_URL", "s3.region": "AWS_REGION"}
    known = {word: os.environ[name] for word, name in words.items() if name in os.environ}
    return pl.scan_iceberg(state, storage_options=known if "://" in state else None)


def state_of(folder: str, kind: str) -> str:
    """What `open_lake` opens of a table in a folder, or of a state that is named itself."""
    return folder if kind == "delta" else str(Path(_newest_in(Path(folder)) or folder).resolve())


def newest(paths: Iterable[str]) -> str | None:
    """The newest state of an Iceberg table among some paths.

    >>> newest(["t/v9.metadata.json", "t/v10.metadata.json", "t/version-hint.text"])
    't/v10.metadata.json'
    """
    found = [path for path in paths if path.endswith(STATE)]
    return max(found, key=lambda path: (_number(path.rpartition("/")[2]), path), default=None)


def _newest_in(folder: PurePath) -> str | None:
    if folder.name.endswith(STATE):
        return str(folder)
    return newest(str(path) for path in Path(folder).glob(f"metadata/*{STATE}"))


def _number(name: str) -> int:
    digits = re.match(r"v?(\d+)", name)
    return int(digits[1]) if digits else -1
