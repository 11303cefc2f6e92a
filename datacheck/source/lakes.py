"""Delta Lake and Iceberg: folders of parquet of which a log says which files still count.

Read as loose parquet they would give rows that were deleted or replaced long ago, so a folder with
such a log is read by what knows the log, or not at all.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from datacheck.errors import MissingExtraError, SourceError
from datacheck.source.collecting import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What is said of each kind.
NAMES = {"delta": "Delta Lake", "iceberg": "Iceberg"}


def lake_of(folder: Path) -> str | None:
    """`delta` or `iceberg` where a folder is such a table."""
    if (folder / "_delta_log").is_dir():
        return "delta"
    return "iceberg" if _metadata(folder) else None


def must_be_loose(paths: Iterable[str]) -> None:
    """Refuse files that belong to a table with a log.

    Raises
    ------
    SourceError
        Naming the table's folder.
    """
    for folder in dict.fromkeys(Path(path).parent for path in paths):
        for above in (folder, *folder.parents):
            kind = lake_of(above)
            if kind is not None:
                raise SourceError(
                    f"{folder} holds files of the {NAMES[kind]} table {above}",
                    got="some of its files, which may hold rows that were deleted",
                    expected=f"the folder {above}",
                    todo="name that folder; its log says which files count",
                )
            if "=" not in above.name and above.name != "data":
                break


def open_lake(folder: str, kind: str) -> pl.LazyFrame:
    """The newest state of a table.

    Raises
    ------
    MissingExtraError
        Without the extra of that name.
    SourceError
        The log cannot be read.
    """
    try:
        if kind == "delta":
            import deltalake  # noqa: F401 - polars needs it
        else:
            import pyiceberg  # noqa: F401

            if find_spec("polars_iceberg") is None:  # else polars would warn that it is not there
                os.environ.setdefault("POLARS_ICEBERG_PLANNER", "pyiceberg")
    except ImportError as error:
        what = f"Reading {folder}, which is a {NAMES[kind]} table and no folder of loose parquet,"
        raise MissingExtraError(kind, what) from error
    try:
        with reading(folder):
            if kind == "delta":
                scan = pl.scan_delta(folder)
            else:
                scan = pl.scan_iceberg(str(_metadata(Path(folder))[-1].resolve()))
            scan.collect_schema()
            return scan
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(
            f"cannot read {folder} as a {NAMES[kind]} table",
            got=f"{type(error).__name__}: {str(error).partition(chr(10))[0]}",
            todo="check its log with the program that writes it",
        ) from error


def _metadata(folder: Path) -> list[Path]:
    """The states of an Iceberg table, the newest last: `v3.metadata.json`, `00003-....json`."""
    found = folder.glob("metadata/*.metadata.json")
    return sorted(found, key=lambda path: (_number(path.name), path.name))


def _number(name: str) -> int:
    digits = re.match(r"v?(\d+)", name)
    return int(digits[1]) if digits else -1
