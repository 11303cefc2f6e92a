"""Tables that are in memory already, and giving a result back as the kind that was handed in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import SourceError
from datacheck.source.collecting import collect, reading
from datacheck.source.model import Source

if TYPE_CHECKING:
    import pandas as pd


def open_frame(data: Any) -> Source | None:
    """Open an object that holds a table; None where it is not one.

    NaN and null stay apart wherever the object tells them apart.
    """
    source: Source | None = None
    if isinstance(data, pl.DataFrame):
        source = Source("DataFrame", data.lazy(), text=False, kind="polars")
    elif isinstance(data, pl.LazyFrame):
        source = Source("LazyFrame", data, text=False, kind="lazy")
    elif _is_a(data, "pandas", "DataFrame"):
        source = _open_pandas(data)
    elif _is_a(data, "pyarrow.dataset", "Dataset"):
        source = _open_dataset(data)
    elif isinstance(data, dict | list):
        source = _open_python(data)
    elif hasattr(data, "__arrow_c_stream__") or _is_a(data, "pyarrow", "RecordBatch"):
        source = _open_arrow(data)
    return source


def give_back(frame: pl.LazyFrame, source: Source) -> Any:
    """Give a result back as the kind that was handed in.

    Parameters
    ----------
    frame
        The result.
    source
        What it was made from.

    Returns
    -------
    object
        A polars DataFrame or LazyFrame, a pandas DataFrame (with the same index where no row was
        added or dropped, and the same extension types where a column kept its type), a pyarrow
        Table; a path or a database gives a LazyFrame, any other object a polars DataFrame.
    """
    if source.kind == "pandas":
        return _give_pandas(collect(frame, source.name), source)
    if source.kind == "pyarrow":
        return collect(frame, source.name).to_arrow()
    if source.kind in ("polars", "arrow", "python"):
        return collect(frame, source.name)
    return frame


def _is_a(data: Any, module: str, name: str) -> bool:
    """Whether `data` is of a class, without importing a module that is not loaded."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(data, getattr(loaded, name))


def _must_be_unique(label: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"the {label} has two columns of one name",
            got=", ".join(map(repr, twice)),
            expected="each name once",
            todo="rename the columns first",
        )


def _open_dataset(data: Any) -> Source:
    with reading("the pyarrow Dataset"):
        _must_be_unique("pyarrow Dataset", data.schema.names)
        frame = pl.scan_pyarrow_dataset(data)
    return Source("pyarrow Dataset", frame, text=False, kind="pyarrow")


def _open_arrow(data: Any) -> Source:
    import pyarrow as pa

    known = isinstance(data, pa.Table | pa.RecordBatch | pa.RecordBatchReader)
    label = f"pyarrow {type(data).__name__}" if known else type(data).__name__
    kind = "pyarrow" if known else "arrow"
    with reading(f"the {label}"):
        table = (
            pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else pa.table(data)
        )
        _must_be_unique(label, list(table.column_names))
        frame = pl.DataFrame(table)
    return Source(label, frame.lazy(), text=False, kind=kind)


def _open_python(data: dict[str, Any] | list[Any]) -> Source:
    label = "dict of columns" if isinstance(data, dict) else "list of rows"
    if isinstance(data, list) and not all(isinstance(row, dict) for row in data):
        raise SourceError(
            "a list is read as rows",
            got=f"items of type {type(data[0]).__name__}",
            expected="dicts from column to value",
            todo="pass dicts, or a dict of columns",
        )
    with reading(f"the {label}"):
        frame = pl.DataFrame(data, strict=True, infer_schema_length=None)
    return Source(label, frame.lazy(), text=False, kind="python")


def _open_pandas(data: pd.DataFrame) -> Source:
    label = "pandas DataFrame"
    if data.columns.nlevels > 1:
        raise SourceError(
            f"the {label} has column names of {data.columns.nlevels} levels",
            expected="one level of names",
            todo="join the levels: df.columns = ['_'.join(c) for c in df.columns]",
        )
    names = [str(name) for name in data.columns]
    _must_be_unique(label, names)
    columns = [_from_pandas(name, data.iloc[:, at]) for at, name in enumerate(names)]
    return Source(label, pl.DataFrame(columns).lazy(), text=False, kind="pandas", given=data)


def _from_pandas(name: str, column: pd.Series[Any]) -> pl.Series:
    import pandas as pd

    with reading(f"column {name!r} of the pandas DataFrame ({column.dtype})"):
        if isinstance(column.dtype, pd.SparseDtype):
            column = column.astype(column.dtype.subtype)
        series = pl.from_pandas(column, nan_to_null=False)
    if isinstance(series.dtype, pl.BaseExtension):
        # Periods and intervals are bare numbers to polars: their meaning would be lost.
        raise SourceError(
            f"cannot read column {name!r} of the pandas DataFrame",
            got=f"type {column.dtype}",
            expected="numbers, text, booleans, dates, durations or categories",
            todo="convert it first, for example with .dt.to_timestamp() or .astype(str)",
        )
    return series.alias(name)


def _give_pandas(frame: pl.DataFrame, source: Source) -> pd.DataFrame:
    given: pd.DataFrame = source.given
    before = source.frame.collect_schema()
    originals = dict(zip(map(str, given.columns), given.columns, strict=True))
    result = frame.to_pandas()
    for name, dtype in frame.schema.items():
        if before.get(name) == dtype:
            _restore(result, frame[name], given[originals[name]].dtype)
    if frame.height == len(given):
        result.index = given.index
    return result.rename(columns=originals)


def _restore(result: pd.DataFrame, column: pl.Series, dtype: Any) -> None:
    """Give a column its nullable type again, from Arrow, so that NaN and NA stay apart."""
    import pandas as pd

    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "__from_arrow__"):
        result[column.name] = pd.Series(dtype.__from_arrow__(column.to_arrow()))
