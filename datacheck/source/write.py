"""Tables on their way out: streamed to files or folders that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from time import sleep
from typing import IO, Any

import polars as pl
from polars import selectors

from datacheck.columns import bare
from datacheck.errors import SourceError, must_be_known
from datacheck.files import FULL, unwritable, whole_files, whole_folders
from datacheck.source.as_pandas_wrote import Footer
from datacheck.source.collecting import FOREIGN, collect, reason
from datacheck.source.copies import packed_by
from datacheck.source.parquet_footer import parquet_rows
from datacheck.source.paths import KINDS, kind_by_name, known_end
from datacheck.version import __version__

Progress = Callable[[int], None]
Sink = Callable[[pl.LazyFrame, Path], pl.LazyFrame]

#: The key in a parquet file's footer that marks a part of a folder as datacheck's own.
MARK = "datacheck"

#: What can be written, by the end of the name: all that can be read, but for Excel and JSON
#: documents.
WRITABLE: tuple[str, ...] = tuple(
    end for end, kind in KINDS.items() if kind not in ("excel", "json")
)


def write_tables(
    tables: Sequence[tuple[pl.LazyFrame, str | Path]],
    *,
    force: bool = False,
    partition_by: Sequence[str] = (),
    progress: Progress | None = None,
    whole: Callable[[int], None] | None = None,
    footers: Sequence[Footer | None] = (),
    texts: Sequence[tuple[str, str | Path]] = (),
) -> list[int]:
    """Write tables in one pass, in the formats that their names say; none appears before all are.

    Frames are streamed wherever polars can, in the order of their rows; those that share an input
    read it once. By the columns `partition_by` each output is a folder of parquet files under
    ``column=value`` folders: such columns stand in the names alone, and a reader tells their types
    from them. `progress` is told of the rows written so far, to all outputs together; `whole` of
    the rows of all before any appears, and it may refuse. `texts` appear with the tables, each with
    the name of its file; `footers` are, table by table, what stands beside it: see `footer_of`.
    Gives how many rows each output has.

    Raises `SourceError` where a name is taken or not writable, the disk fills, or a table cannot be
    read: then no file appears, and one that was there stands as it did.
    """
    frames = [frame for frame, _ in tables]
    paths = [path for _, path in tables]
    counts = _Counts(paths, progress, partition_by)
    if partition_by:
        for frame, path in tables:
            _must_part(frame, path, partition_by)
        sinks: list[Sink] = [partial(_sink_folder, keys=list(partition_by)) for _ in tables]
    else:
        sinks = [_sink_for(str(path), foot) for path, foot in zip_longest(paths, footers)]
    outputs = (
        whole_folders(paths, force=force, own=_is_marked)
        if partition_by
        else whole_files([*paths, *(path for _, path in texts)], force=force)
    )
    with outputs as beside:
        sunk = zip(sinks, frames, beside, strict=False)
        plans = [
            sink(counts.of(each, frame), part) for each, (sink, frame, part) in enumerate(sunk)
        ]
        packed = [sink.stream for sink in sinks if isinstance(sink, _Packed | _Arrow)]
        _run(plans, " and ".join(map(str, paths)), packed)
        counts.must_be_finite()
        counts.must_be_folders()
        if partition_by:
            for frame, part, rows in zip(frames, beside, counts.rows, strict=True):
                if not rows:  # a folder without a file would have no columns
                    _run([_sink_marked(frame.clear(), part / "0.parquet")], str(part))
                _must_hold(part, rows)
        for (text, _), part in zip(texts, beside[len(tables) :], strict=True):
            part.write_text(text, encoding="utf-8", newline="\n")
        if whole is not None:
            whole(sum(counts.rows))
    return counts.rows


#: Seconds in which polars (2.1) may still open an output after something else has failed: what is
#: cleared away before would come back.
_LATE = 0.1


class _Counts:
    """Rows that pass on their way to each output; counting costs nothing beside writing."""

    def __init__(
        self, paths: Sequence[str | Path], progress: Progress | None, keys: Sequence[str]
    ) -> None:
        self.rows = [0] * len(paths)
        self._keys = keys
        self._no_folder: tuple[str, str] | None = None
        self._paths = [str(path) for path in paths]
        self._infinite: dict[str, str] = {}
        self._progress = progress
        self._lock = Lock()

    def of(self, output: int, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame, whose rows are counted for this output."""
        path = self._paths[output]
        as_null = kind_by_name(path) == "ndjson"  # what is infinite

        def count(batch: pl.DataFrame) -> pl.DataFrame:
            infinite = _infinite_in(batch) if as_null else None
            with self._lock:
                if infinite is not None:
                    self._infinite[path] = infinite
                self.rows[output] += batch.height
                self._no_folder = self._no_folder or _no_folder(batch, self._keys)
                if self._progress is not None:
                    self._progress(sum(self.rows))
            return batch

        return frame.map_batches(count, streamable=True)

    def must_be_folders(self) -> None:
        """Refuse text that would not come back from the name of its folder."""
        if self._no_folder is not None:
            column, cell = self._no_folder
            raise SourceError(
                f"column {column!r} cannot part a table",
                got=repr(cell),
                expected="text without an asterisk, which is not the word for a missing cell",
                todo="part it by another column, or replace that text",
            )

    def must_be_finite(self) -> None:
        """Refuse infinite numbers where they were written as null."""
        for path, column in self._infinite.items():
            raise SourceError(
                f"NDJSON cannot hold every cell of the table ({path})",
                got=f"infinite numbers in column {column!r}, which it writes as null",
                todo="write parquet, Arrow IPC or CSV; or find where they divide by zero",
            )


def _infinite_in(batch: pl.DataFrame) -> str | None:
    """The first column that holds infinity; None where all numbers are finite."""
    floats = batch.select(selectors.float())
    return next((each.name for each in floats if bare(each).is_infinite().any()), None)


_TEXTS = (pl.String, pl.Categorical, pl.Enum)
#: What a folder is called whose rows have no cell there.
_MISSING = "__HIVE_DEFAULT_PARTITION__"


def _no_folder(batch: pl.DataFrame, keys: Sequence[str]) -> tuple[str, str] | None:
    """The first column and cell whose name polars reads as a pattern, or as nothing."""
    for key in keys:
        if isinstance(batch[key].dtype, _TEXTS):
            texts = bare(batch[key]).cast(pl.String)
            bad = texts.filter(texts.str.contains("*", literal=True) | (texts == _MISSING))
            if bad.len():
                return key, bad[0]
    return None


def _must_hold(folder: Path, rows: int) -> None:
    """Refuse a folder that lost rows: two values may have one name on its file system."""
    counts = [parquet_rows(str(path)) for path in folder.rglob("*.parquet")]
    held = sum(count or 0 for count in counts)
    if held != rows and None not in counts:  # of a footer that is too large
        raise SourceError(
            f"the files of {folder.parent} do not hold every row",
            got=f"{held:,} of {rows:,} rows",
            expected="a folder for each value: here capitals, or accents, make no other name",
            todo="part the table by another column, or on another file system",
        )


def _run(plans: list[pl.LazyFrame], label: str, streams: Sequence[IO[bytes]] = ()) -> None:
    try:
        pl.collect_all(plans, engine="streaming")
        for stream in streams:
            stream.close()
    except FOREIGN as error:
        sleep(_LATE)
        for stream in streams:  # else it says on standard error that nobody closed it
            with suppress(*FOREIGN):
                stream.close()
        full = "No space left" in str(error) or "File too large" in str(error)
        if full or isinstance(error, OSError):
            raise unwritable(label, FULL if full else reason(error)) from error
        raise SourceError(
            f"cannot make the table for {label}",
            got=reason(error),
            todo="check that the input is whole and fits what is done with it",
        ) from error


def _sink_for(path: str, footer: Footer | None = None) -> Sink:
    end = known_end(path, WRITABLE)
    if end is None:
        raise SourceError(
            f"cannot tell from its name how to write {path}",
            got=Path(path).suffix or "no extension",
            expected=", ".join(WRITABLE),
            todo="give the output one of these extensions",
        )
    kind = KINDS[end]
    if footer is not None and (kind == "ipc" or (kind == "parquet" and footer.extended)):
        return _Arrow(footer, kind)
    if kind == "parquet" and footer is not None:
        return partial(_sink_as_pandas, footer=footer)
    if kind in ("parquet", "ipc"):
        return partial(_SINKS[kind], lazy=True)
    separator = {"csv": ",", "tsv": "\t"}.get(kind)
    sink: Callable[..., pl.LazyFrame] = _sink_ndjson
    if separator is not None:
        sink = partial(_sink_delimited, separator=separator)
    packed = packed_by(end)
    return sink if packed is None else _Packed(sink, packed)


_SINKS: dict[str, Callable[..., pl.LazyFrame]] = {
    "parquet": pl.LazyFrame.sink_parquet,
    "ipc": pl.LazyFrame.sink_ipc,
}


def _sink_as_pandas(frame: pl.LazyFrame, path: Path, *, footer: Footer) -> pl.LazyFrame:
    frame = footer.categorized(frame)
    return frame.sink_parquet(path, metadata=footer.metadata(frame), lazy=True)


def _sink_folder(frame: pl.LazyFrame, path: Path, *, keys: list[str]) -> pl.LazyFrame:
    if hasattr(pl, "PartitionBy"):
        return _sink_marked(frame, pl.PartitionBy(path, key=keys, include_key=False))
    # Its name in polars 1.36 and 1.37.
    older: Any = vars(pl)["PartitionByKey"]
    return _sink_marked(frame, older(path, by=keys, include_key=False))


def _sink_marked(frame: pl.LazyFrame, place: Any) -> pl.LazyFrame:
    """Parquet that says in its footer who wrote it, so that a folder of it may be replaced."""
    return frame.sink_parquet(place, metadata={MARK: __version__}, lazy=True)


def _is_marked(path: Path) -> bool:
    try:
        return MARK in pl.read_parquet_metadata(path)
    except FOREIGN:
        return False


def must_be_parquet(path: str | Path, what: str) -> None:
    """Refuse the name of an output that is no folder of parquet, in these words."""
    suffix = Path(path).suffix.lower()
    if suffix not in ("", ".parquet", ".pq"):
        raise SourceError(
            what,
            got=suffix,
            expected="the name of a folder of parquet files, such as OUT.parquet",
            todo="name one; datacheck reads it as one table",
        )


def _must_part(frame: pl.LazyFrame, path: str | Path, keys: Sequence[str]) -> None:
    """Refuse columns that cannot part a table, before any work."""
    must_be_parquet(path, f"only parquet is written in parts, not {path}")
    schema = collect(frame.head(0)).schema
    for key in keys:
        must_be_known(key, schema, f"there is no column {key!r} to part {path} by", SourceError)
        if key.startswith((".", "_")) or set(key) & set("=*/"):
            raise SourceError(
                f"column {key!r} cannot part {path}",
                got="a name that readers of such folders pass over or take apart",
                expected="one that begins with a letter, and has no =, * or / in it",
                todo="rename the column, or part the table by another",
            )
        if schema[key].is_nested() or schema[key] in (pl.Binary, pl.Object, pl.Time, pl.Duration):
            raise SourceError(
                f"column {key!r} cannot part {path}",
                got=str(schema[key]),
                expected="numbers, text, booleans or dates, which can be the name of a folder",
            )
    if not set(schema) - set(keys):
        raise SourceError(
            f"no column of {path} is left beside those that part it",
            todo="part it by fewer columns",
        )


def _sink_ndjson(frame: pl.LazyFrame, path: Path, *, into: IO[bytes] | None = None) -> pl.LazyFrame:
    schema = collect(frame.head(0)).schema
    _must_be_held(schema, "NDJSON", path, [n for n, d in schema.items() if _holds_bytes(d)])
    return frame.sink_ndjson(path if into is None else into, lazy=True)


def _sink_delimited(
    frame: pl.LazyFrame, path: Path, *, separator: str, into: IO[bytes] | None = None
) -> pl.LazyFrame:
    _must_be_flat(frame, path)
    return frame.sink_csv(path if into is None else into, separator=separator, lazy=True)


class _Packed:
    """A sink whose text is compressed on its way: polars 1.36 cannot compress it."""

    def __init__(self, sink: Callable[..., pl.LazyFrame], codec: str) -> None:
        self._sink, self._codec = sink, codec
        self.stream: Any = None

    def __call__(self, frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
        import pyarrow as pa

        self.stream = pa.CompressedOutputStream(str(path), self._codec)
        return self._sink(frame, path, into=self.stream)


class _Arrow:
    """A sink of Arrow's with pandas' categories, types and footer: polars writes none."""

    def __init__(self, footer: Footer, kind: str) -> None:
        self._footer, self._kind = footer, kind
        self.stream: Any = None

    def __call__(self, frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
        import pyarrow as pa
        import pyarrow.parquet as pq

        footer, frame = self._footer, self._footer.categorized(frame)
        schema = footer.of(frame, cast=True)
        made: Any = pa.ipc.new_file if self._kind == "ipc" else pq.ParquetWriter
        self.stream = stream = made(str(path), schema)

        def write(rows: pl.DataFrame) -> None:
            stream.write_table(footer.table(rows, schema))

        return frame.sink_batches(write, lazy=True)


def _must_be_flat(frame: pl.LazyFrame, path: Path) -> None:
    schema = collect(frame.head(0)).schema
    unnamed = [n for n, name in enumerate(schema, 1) if not name.strip()]
    if unnamed or not schema:
        raise SourceError(
            f"text cannot hold a table without names ({path.suffix or path.name})",
            got=f"no name for column {unnamed[0]}" if unnamed else "no column",
            expected="a name for each column, which stands on the first line",
            todo="write parquet, Arrow IPC or NDJSON, or name the column",
        )
    nested = [
        name
        for name, dtype in schema.items()
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Duration)
    ]
    _must_be_held(schema, "text", path, nested)


def _must_be_held(schema: pl.Schema, what: str, path: Path, unfit: Sequence[str]) -> None:
    """Refuse columns of types that a format cannot hold."""
    if unfit:
        records = what == "text" and not any(_holds_bytes(schema[name]) for name in unfit)
        raise SourceError(
            f"{what} cannot hold every column of the table ({path.suffix or path.name})",
            got=", ".join(f"{name!r} of type {schema[name]}" for name in unfit),
            expected="numbers, text, booleans, dates and times",
            todo=f"write parquet{', Arrow IPC or NDJSON' if records else ' or Arrow IPC'}, or "
            "leave these columns out",
        )


def _holds_bytes(dtype: pl.DataType) -> bool:
    """Whether cells are bytes or objects, or hold some."""
    inner = [field.dtype for field in getattr(dtype, "fields", ())]
    inner += [dtype.inner] if isinstance(dtype, pl.List | pl.Array) else []
    return dtype in (pl.Binary, pl.Object) or any(map(_holds_bytes, inner))
