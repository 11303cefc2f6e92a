"""Tables of a command on their way into Spark and out of it: Spark's own readers and writer.

A path without a scheme is one of the machine that the command runs on. Executors elsewhere must see
it too; any other store has its scheme (``hdfs://``, ``s3a://``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from glob import glob
from pathlib import Path
from typing import Any

import polars as pl
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Observation, SparkSession, functions

from datacheck.errors import SourceError
from datacheck.files import expanded, whole_folders
from datacheck.source.delimited import SEPARATORS
from datacheck.source.lakes import NAMES, STATE, lake_of, must_be_loose
from datacheck.source.options import ReadOptions, ReadWords
from datacheck.source.paths import kind_by_name
from datacheck.source.write import must_be_parquet
from datacheck.spark.delimited import chosen, open_delimited
from datacheck.spark.errors import saying
from datacheck.spark.frames import OpenedFrame, open_frame
from datacheck.spark.sessions import session

#: What Spark reads by itself, by the end of the name.
KINDS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".orc": "orc",
    ".ndjson": "json",
    ".jsonl": "json",
    ".json": "json",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "tsv",
    ".tsv.gz": "tsv",
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


def open_path(session: SparkSession, path: str, words: ReadWords | None = None) -> OpenedFrame:
    """The table at a path, a glob or a folder, as Spark itself reads it."""
    options = ReadOptions.of(words or {})
    kind, place = named_kind(path), located(path)
    options.must_suit(kind, path)
    name = options.name or path
    if kind in SEPARATORS:
        return open_delimited(session, place, SEPARATORS[kind], name, options)
    _must_have_no_log(session, path, place)
    with saying(name):
        data: DataFrame = getattr(session.read, kind)(place)
    return chosen(open_frame(data, name), options)


#: Where the tables keep their logs that Spark would read as loose files, deleted rows and all.
_LOGS = {"delta": "_delta_log/*.json", "iceberg": f"metadata/*{STATE}"}


def _must_have_no_log(session: SparkSession, path: str, place: str) -> None:
    """Refuse a Delta Lake or an Iceberg table, and files of one."""
    if _SCHEME.match(path):
        logs = {kind: f"{place.rstrip('/')}/{log}" for kind, log in _LOGS.items()}
        found = next((kind for kind, log in logs.items() if _is_there(session, log)), None)
    else:
        here = str(Path(expanded(path)))
        must_be_loose(glob(here, recursive=True))  # noqa: PTH207
        found = lake_of(Path(here))
    if found is not None:
        raise SourceError(
            f"{path} is a {NAMES[found]} table and no folder of loose parquet",
            got=f"its log, {_LOGS[found]}, which says which rows count",
            expected="files of parquet alone",
            todo=f"let Spark read it by its log, as spark.read.format({found!r}).load(...), and "
            "give that table to datacheck.spark; or leave out --engine spark",
        )


def _is_there(session: SparkSession, pattern: str) -> bool:
    try:
        return bool(session.read.text(pattern).schema)
    except AnalysisException:
        return False


@contextmanager
def opened(
    path: str,
    reference: str | None = None,
    *,
    master: str | None,
    words: ReadWords,
    loud: bool = True,
) -> Iterator[tuple[OpenedFrame, Any]]:
    """The table at a path and what it is compared with, in a session that is closed again.

    A saved profile or transform stays a path, of this machine; a table is opened by Spark. For
    `loud` see `session`.
    """
    with session(master, loud=loud) as spark:
        known: Any = reference
        if reference is not None and Path(reference).suffix not in (".json", ".zip"):
            known = open_path(spark, reference, _alike(path, reference, words))
        yield open_path(spark, path, words), known


def _alike(path: str, reference: str, words: ReadWords) -> ReadWords:
    """What a reference is read by: as `datacheck.checking.reference.read_alike` has it."""
    same = named_kind(path) == named_kind(reference)
    alike: Any = {
        word: value
        for word, value in words.items()
        if word == "columns" or (same and word != "name")
    }
    return alike  # type: ignore[no-any-return]


def write_folders(
    tables: Sequence[tuple[DataFrame, str]], *, force: bool, partition_by: Sequence[str] = ()
) -> list[int]:
    """Let Spark write tables as folders of parquet; returns how many rows each has.

    On this machine none appears before all are whole. On another store they are written one after
    the other, and Spark's own ``_SUCCESS`` marks a whole one. Raises `SourceError` where a name is
    taken or not writable, Spark fails, or it writes where this machine cannot see.
    """
    for _, path in tables:
        must_be_parquet(path, f"Spark writes no {path}")
    here = [path for _, path in tables if not _SCHEME.match(path)]
    rows = []
    with ExitStack() as stack:
        parts = stack.enter_context(whole_folders(here, force=force)) if here else ()
        beside = dict(zip(here, parts, strict=True))
        for data, path in tables:
            part = beside.get(path)
            place, mode = (path, "overwrite" if force else "error")
            if part is not None:
                place, mode = f"file://{part}", "append"
            counted, seen = _counted(data)
            with saying(path, "write"):
                counted.write.mode(mode).partitionBy(*partition_by).parquet(place)
                written = int(seen.get["rows"])
                if not written and partition_by:
                    data.write.mode("append").parquet(place)  # else no file would name the columns
            if part is not None:
                must_be_seen(part, written, path)
            rows.append(written)
    return rows


def located(path: str) -> str:
    """A path as Spark takes it, wherever its own default store is."""
    if _SCHEME.match(path):
        return path
    return "file://" + os.path.abspath(expanded(path))  # noqa: PTH100 - keeps a glob


def _counted(data: DataFrame) -> tuple[DataFrame, Observation]:
    """The table, and what will know how many rows were written once it is."""
    seen = Observation()
    return data.observe(seen, functions.count(functions.lit(1)).alias("rows")), seen


def must_be_seen(part: Path, rows: int, name: str) -> None:
    """Executors that share no disk with this machine write to disks of their own, in silence."""
    files = [str(file) for file in part.rglob("part-*.parquet")]
    seen = 0
    if files:
        found = pl.scan_parquet(files, glob=False, hive_partitioning=False)
        seen = found.select(pl.len()).collect().item()
    if seen != rows or not files:
        raise SourceError(
            f"Spark wrote {name} to disks that this machine cannot see",
            got=f"{seen} of {rows} rows in {len(files)} files",
            expected="a folder that this machine shares with every executor",
            todo="name a store that they share, such as s3a://bucket/folder or hdfs:///folder",
        )


def named_kind(path: str) -> str:
    """The format of a path by its name; of a folder without a telling one, by its files."""
    kind = kind_by_name(path, KINDS)
    if kind is None and (Path(path).is_dir() or not Path(path).suffix):
        kind = next(filter(None, (kind_by_name(file, KINDS) for file in _files(path))), "parquet")
    if kind is None or re.match(r"(sqlite|postgres\w*)://", path):
        raise SourceError(
            f"Spark does not read {path} by itself",
            got=Path(path).suffix or "a database address",
            expected=f"a path that ends in one of {', '.join(KINDS)}, or a folder of such files",
            todo="convert it to parquet, or leave out --engine spark",
        )
    return kind


def _files(folder: str) -> list[str]:
    """Names of data in a folder of this machine; Spark passes over those that begin otherwise."""
    return sorted(
        each.name for each in Path(folder).rglob("*") if not each.name.startswith((".", "_"))
    )
