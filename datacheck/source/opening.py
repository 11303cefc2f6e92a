"""Where every input comes in: which of the readers it belongs to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

import polars as pl

from datacheck.errors import SourceError
from datacheck.files import recovered
from datacheck.source.collecting import reading
from datacheck.source.copies import is_pipe, naming, of_pipe, standard_input, unpacked
from datacheck.source.database import open_database
from datacheck.source.delimited import SEPARATORS, open_delimited
from datacheck.source.excel import open_excel
from datacheck.source.files import open_ipc, open_ndjson, open_parquet
from datacheck.source.frames import open_frame
from datacheck.source.held import OpenedState, stamps_of
from datacheck.source.json_records import open_records
from datacheck.source.lakes import NAMES as LAKES
from datacheck.source.lakes import open_lake, state_of
from datacheck.source.model import OpenedFiles, Source
from datacheck.source.names_once import must_be_short
from datacheck.source.options import ReadOptions, ReadWords
from datacheck.source.paths import Files, find_files, kind_by_name
from datacheck.source.stores import copy_of, find_at, is_store, is_web, open_parquet_at
from datacheck.source.uri import is_uri, safe

if TYPE_CHECKING:
    from datacheck.source.types import TableLike


def read(  # noqa: PLR0913 - each word is its own option
    data: TableLike,
    *,
    query: str | None = None,
    separator: str | None = None,
    decimal: str = ".",
    thousands: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    skip_rows: int = 0,
    sheet: str | int | None = None,
    null_values: Sequence[str] | str = (),
    columns: Sequence[str] | None = None,
    name: str | None = None,
) -> pl.LazyFrame:
    """Read a table lazily.

    Parameters
    ----------
    data
        - A path, a glob or a folder of CSV, TSV, NDJSON or JSON (all also `.gz` and `.zst`),
          parquet, Arrow IPC or Excel files; several files make one table, in the order of their
          sorted paths. `-` is standard input.
        - `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`, with a query.
        - A polars DataFrame or LazyFrame, a pandas DataFrame, a pyarrow Table, RecordBatch,
          RecordBatchReader or Dataset, any object with `__arrow_c_stream__`, a dict of columns,
          a structured array, rows that name their cells (dicts, dataclasses, named tuples, models
          of pydantic; a list or an iterator), or what `read` gave.
    query
        Of a database: the SELECT to run.
    separator
        Of text: what parts the cells (a comma, or a tab in `.tsv`).
    decimal, thousands
        Of text: the mark before the decimals, and the one between groups of three digits.
    encoding
        Of text: what its bytes mean, by Python's name (UTF-8).
    header
        Of text and Excel: whether the first line names the columns; else they are `column_1`, ...
    skip_rows
        Of text and Excel: lines to pass over before the header.
    sheet
        Of Excel: the sheet's name, or its number from 0.
    null_values
        Of text and Excel: cells that are read as null, such as `["NA", "-"]`.
    columns
        The columns to read, in the order of the input.
    name
        What messages and reports call the table.

    Returns
    -------
    LazyFrame
        Every verb of datacheck knows it again: where it came from, and whether its cells were
        text. The type of a CSV column is decided from every cell.

    Raises
    ------
    SourceError
        The input is missing, broken, or of a kind that is not known, or an option does not fit it.
    MissingExtraError
        Excel without the extra `excel`, PostgreSQL without the extra `db`.

    >>> read({"x": [1, 2, 3]}).collect().height
    3
    """
    source = open_source(
        data,
        query=query,
        separator=separator,
        decimal=decimal,
        thousands=thousands,
        encoding=encoding,
        header=header,
        skip_rows=skip_rows,
        sheet=sheet,
        null_values=null_values,
        columns=columns,
        name=name,
    )
    if source.in_memory:
        # What is made of a lazy frame is lazy, whatever the frame was made of.
        source = Source(source.name, source.frame, text=False, kind="lazy", notes=source.notes)
    setattr(source.frame, _OPENED, source)
    return source.frame


def open_source(data: TableLike, **words: Unpack[ReadWords]) -> Source:
    """Open a table, or a Source, as lazily as the format allows; see `read`."""
    options = ReadOptions.of(words)
    if isinstance(data, str | os.PathLike):
        return _chosen(_open_text(os.fspath(data), options), options)
    source = data if isinstance(data, Source) else _known(data)
    if source is None:
        source = open_frame(data)
    if source is None:
        raise SourceError(
            "this object is not a table",
            got=f"{type(data).__module__}.{type(data).__qualname__}",
            expected="a path, a database address, or a polars, pandas, pyarrow or Arrow table",
            todo=_made_a_table(data),
        )
    options.must_suit("", f"the {source.name}")
    return _chosen(source, options)


#: What objects that hold a table call the making of one, the nearest to it first.
_TABLES = (
    *("to_polars", "to_arrow", "to_dataframe", "to_pandas", "toPandas"),
    *("collect", "compute"),
)


def kind_at(path: str) -> str:
    """The kind of what is at a path or an address, as `Source.kind` calls it; found, not opened."""
    if is_store(path):
        return kind_by_name(urlsplit(path).path) or ""
    return "database" if is_uri(path) else find_files(path).kind


def _made_a_table(data: Any) -> str:
    """How an object that holds cells becomes a table."""
    if hasattr(data, "to_frame"):
        return "make a table of it: .to_frame(NAME)"
    if getattr(data, "ndim", 0) == 2 and hasattr(data, "dtype"):  # noqa: PLR2004
        known = (f".{each}()" for each in ("toarray", "numpy") if hasattr(data, each))
        return f"name its columns: polars.DataFrame(array{next(known, '')}, schema=NAMES)"
    if any(callable(getattr(data, each, None)) for each in ("cursor", "connect")):
        return "give the rows of a query: polars.read_database(QUERY, connection)"
    for each in _TABLES:
        if callable(getattr(data, each, None)):
            return f"make a table of it: .{each}()"
    if hasattr(data, "read") or isinstance(data, bytes | bytearray):
        return "give the path of a file, or read it, for example with polars.read_csv(...)"
    return "give its path, or convert it, for example with polars.DataFrame(...)"


#: Where `read` leaves a lazy frame's source, for the verbs that are handed the frame.
_OPENED = "_datacheck_source"


def _known(data: Any) -> Source | None:
    """The source of a lazy frame that `read` gave, as it gave it."""
    source = getattr(data, _OPENED, None)
    return source if isinstance(source, Source) and source.frame is data else None


def _chosen(source: Source, options: ReadOptions) -> Source:
    """The source with its chosen columns, under its given name; a plan without columns is told."""
    known = source.names
    must_be_short(source.name, known)
    if options.name is not None:
        source = source.renamed(options.name)
    if options.columns is None:
        return source
    return source.chosen(options.chosen(known, source.name))


def _open_text(text: str | bytes, options: ReadOptions) -> Source:
    path = os.fsdecode(text)
    if path in {"-", "/dev/stdin"}:
        return _open_copy(standard_input(), "standard input", options)
    if not path or "\0" in path:
        raise SourceError(
            "the path is empty" if not path else "the path holds a NUL character",
            expected="a file, a folder, a glob or a database address",
        )
    if is_store(path):
        return _open_store(path, options)
    if is_pipe(path):
        return _open_copy(of_pipe(path), path, options)
    if is_uri(path):
        options.must_suit("database", path)
        return open_database(path, options.query)
    if options.query is not None:
        options.must_suit("", path)
    return _open_files(path, options)


def _open_store(uri: str, options: ReadOptions) -> Source:
    name = safe(uri)
    if is_web(uri):
        return _open_web(uri, options)
    files = find_at(uri)
    options.must_suit(files.kind, name)
    if files.kind in LAKES:
        return Source(name, open_lake(name, files.kind, *files.paths), text=False, kind=files.kind)
    if files.kind == "parquet":
        return open_parquet_at(uri, files.paths, hive=files.hive)
    return _open_copy(copy_of(uri, files.paths), name, options)


def _open_web(uri: str, options: ReadOptions) -> Source:
    if kind_by_name(urlsplit(uri).path) == "parquet":
        options.must_suit("parquet", safe(uri))
        with suppress(SourceError):  # of a server that gives no part of a file, the whole is asked
            return open_parquet_at(uri, (uri,), hive=False)
    return _open_copy(copy_of(uri, (uri,)), safe(uri), options)


def _open_copy(path: str, name: str, options: ReadOptions) -> Source:
    """A copy of what cannot be read in place; nothing that is said of it names the copy."""
    with naming({path: name}):
        return replace(_open_files(path, options), name=name, files=())


def _open_files(path: str, options: ReadOptions) -> Source:
    """The table of some files, held against the rows that they name where they do."""
    recovered(path)  # a run that was killed while it wrote there
    files = find_files(path)
    options.must_suit(files.kind, path)
    stamps = stamps_of(files.paths)
    with reading(files.name):
        opened = _opened(files, options)
    held = OpenedState(stamps, opened.rows)
    held.must_be_unchanged()
    return Source(
        files.name,
        opened.frame,
        text=opened.as_text is not None,
        kind=files.kind,
        files=files.paths,
        as_text=opened.as_text,
        notes=opened.notes,
        held=held,
        stored=opened.stored,
    )


def _opened(files: Files, options: ReadOptions) -> OpenedFiles:
    if files.kind in SEPARATORS:
        name = options.name or files.name
        return open_delimited(files.paths, SEPARATORS[files.kind], name, options)
    if files.kind in LAKES:
        return OpenedFiles(open_lake(files.name, files.kind, state_of(files.name, files.kind)))
    if files.kind == "excel":
        return open_excel(files.paths, options)
    if files.kind == "parquet":
        return open_parquet(files.paths, hive=files.hive)
    if files.kind == "ipc":
        return open_ipc(files.paths)
    with unpacked(files.paths) as places:
        return open_records(places) if files.kind == "json" else open_ndjson(places)
