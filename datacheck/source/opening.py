"""Where every input comes in: which of the readers it belongs to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from datacheck.errors import SourceError
from datacheck.files import settled
from datacheck.source.collecting import reading
from datacheck.source.database import open_database
from datacheck.source.delimited import open_delimited
from datacheck.source.excel import open_excel
from datacheck.source.files import open_ipc, open_ndjson, open_parquet
from datacheck.source.frames import open_frame
from datacheck.source.model import Source
from datacheck.source.paths import find_files
from datacheck.source.uri import is_uri

if TYPE_CHECKING:
    import polars as pl


def read(data: Any, *, query: str | None = None) -> pl.LazyFrame:
    """Read a table lazily; see `open_source` for what it may be.

    >>> read({"x": [1, 2, 3]}).collect().height
    3
    """
    return open_source(data, query=query).frame


def open_source(data: Any, *, query: str | None = None) -> Source:
    """Open a table and check what can be checked without holding it in memory.

    Parameters
    ----------
    data
        - A path, a glob or a folder of CSV, TSV (both also `.gz` and `.zst`), parquet, Arrow IPC,
          NDJSON or Excel files; several files make one table, in the order of their sorted paths.
        - `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`, with a query.
        - A polars DataFrame or LazyFrame, a pandas DataFrame, a pyarrow Table, RecordBatch,
          RecordBatchReader or Dataset, any object with `__arrow_c_stream__`, a dict of columns,
          a list of dicts, or a Source.
    query
        The SELECT to run on a database.

    Returns
    -------
    Source
        Lazy wherever the format allows. The type of a CSV column is decided from every cell:
        see `datacheck.source.celltypes`.

    Raises
    ------
    SourceError
        The input is missing, broken, or of a kind that is not known.
    MissingExtraError
        Excel without the extra `excel`, PostgreSQL without the extra `db`.
    """
    if isinstance(data, str | os.PathLike):
        return _with_plain_names(_open_text(os.fspath(data), query))
    if query is not None:
        raise _no_query(type(data).__name__)
    if isinstance(data, Source):
        return data
    source = open_frame(data)
    if source is None:
        raise SourceError(
            "this object is not a table",
            got=f"{type(data).__module__}.{type(data).__qualname__}",
            expected="a path, a database address, or a polars, pandas, pyarrow or Arrow table",
            todo="give its path, or convert it, for example with polars.DataFrame(...)",
        )
    return _with_plain_names(source)


def _with_plain_names(source: Source) -> Source:
    """Refuse names that polars would take for several columns, wherever one is asked for."""
    with reading(source.name):
        names = source.frame.collect_schema().names()
    patterns = [name for name in names if name == "*" or (name[:1] == "^" and name[-1:] == "$")]
    if patterns:
        raise SourceError(
            f"{source.name} has a column whose name polars takes for a pattern",
            got=", ".join(map(repr, patterns)),
            expected="names other than '*' and '^...$'",
            todo="rename the column",
        )
    return source


def _open_text(text: str | bytes, query: str | None) -> Source:
    path = os.fsdecode(text)
    if not path or "\0" in path:
        raise SourceError(
            "the path is empty" if not path else "the path holds a NUL character",
            expected="a file, a folder, a glob or a database address",
        )
    if is_uri(path):
        return open_database(path, query)
    if query is not None:
        raise _no_query(path)
    return _open_files(path)


def _no_query(name: str) -> SourceError:
    return SourceError(
        f"a query was given, but {name} is not a database",
        expected="a query beside a database address only",
        todo="leave the query out, or pass sqlite:///FILE or postgresql://USER@HOST/DATABASE",
    )


def _open_files(path: str) -> Source:
    settled(path)  # a run that was killed while it wrote there
    files = find_files(path)
    as_text = None
    if files.kind in ("csv", "tsv"):
        separator = "," if files.kind == "csv" else "\t"
        frame, as_text = open_delimited(files.paths, separator, files.name)
    elif files.kind == "parquet":
        frame = open_parquet(files.paths, hive=files.hive)
    elif files.kind == "ipc":
        frame = open_ipc(files.paths)
    elif files.kind == "ndjson":
        frame = open_ndjson(files.paths)
    else:
        frame = open_excel(files.paths)
    return Source(
        files.name,
        frame,
        text=as_text is not None,
        kind=files.kind,
        files=files.paths,
        as_text=as_text,
    )
