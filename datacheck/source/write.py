"""Tables on their way out: streamed to a file that appears whole or not at all."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import SourceError
from datacheck.report.whole import unwritable, whole_files
from datacheck.source.late import FOREIGN, collect, reason
from datacheck.source.paths import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Sink = Callable[[pl.LazyFrame, Path], pl.LazyFrame]

#: What can be written, by the end of the name: all that can be read, but for Excel.
WRITABLE: tuple[str, ...] = tuple(end for end, kind in KINDS.items() if kind != "excel")


def write_table(frame: pl.LazyFrame, path: str | Path, *, force: bool = False) -> None:
    """Write a table in the format that the name's extension says.

    Parameters
    ----------
    frame
        The table; it is streamed wherever polars can, in the order of its rows.
    path
        Where to: `.parquet`, `.csv`, `.tsv` (both also `.gz` and `.zst`), `.arrow`, `.ipc`,
        `.feather`, `.ndjson` or `.jsonl`.
    force
        Overwrite what is there.

    Raises
    ------
    SourceError
        The name is taken or not writable, the disk fills, or the table cannot be read. Then no
        file appears, and one that was there stands as it did.
    """
    write_tables([(frame, path)], force=force)


def write_tables(tables: Sequence[tuple[pl.LazyFrame, str | Path]], *, force: bool = False) -> None:
    """Write several tables in one pass; none appears before all are whole.

    Frames that share an input read it once. Errors as in `write_table`.
    """
    sinks = [_sink_for(str(path)) for _, path in tables]
    with whole_files([path for _, path in tables], force=force) as beside:
        plans = [
            sink(frame, part) for sink, (frame, _), part in zip(sinks, tables, beside, strict=True)
        ]
        label = " and ".join(str(path) for _, path in tables)
        _run(plans, label)


def _run(plans: list[pl.LazyFrame], label: str) -> None:
    try:
        pl.collect_all(plans, engine="streaming")
    except FOREIGN as error:
        full = "No space left" in str(error) or "File too large" in str(error)
        if full or isinstance(error, OSError):
            raise unwritable(label, "the disk is full" if full else reason(error)) from error
        raise SourceError(
            f"cannot make the table for {label}",
            got=reason(error),
            todo="check that the input is whole and fits what is done with it",
        ) from error


def _sink_for(path: str) -> Sink:
    lower = Path(path).name.lower()
    ends = [end for end in WRITABLE if lower.endswith(end)]
    if not ends:
        raise SourceError(
            f"cannot tell from its name how to write {path}",
            got=Path(path).suffix or "no extension",
            expected=", ".join(WRITABLE),
            todo="give the output one of these extensions",
        )
    end = max(ends, key=len)
    kind = KINDS[end]
    if kind in ("csv", "tsv"):
        packed = {".gz": "gzip", ".zst": "zstd"}.get(Path(end).suffix, "uncompressed")
        return partial(_sink_delimited, separator="," if kind == "csv" else "\t", packed=packed)
    return {"parquet": _sink_parquet, "ipc": _sink_ipc, "ndjson": _sink_ndjson}[kind]


def _sink_parquet(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    return frame.sink_parquet(path, lazy=True)


def _sink_ipc(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    return frame.sink_ipc(path, lazy=True)


def _sink_ndjson(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    return frame.sink_ndjson(path, lazy=True, check_extension=False)


def _sink_delimited(
    frame: pl.LazyFrame, path: Path, *, separator: str, packed: Any
) -> pl.LazyFrame:
    _must_be_flat(frame, path)
    return frame.sink_csv(
        path, separator=separator, compression=packed, lazy=True, check_extension=False
    )


def _must_be_flat(frame: pl.LazyFrame, path: Path) -> None:
    schema = collect(frame.head(0)).schema
    nested = [name for name, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if nested:
        raise SourceError(
            f"text cannot hold every column of the table ({path.suffix or path.name})",
            got=", ".join(f"{name!r} of type {schema[name]}" for name in nested),
            expected="numbers, text, booleans, dates and times",
            todo="write parquet, Arrow IPC or NDJSON, or leave these columns out",
        )
