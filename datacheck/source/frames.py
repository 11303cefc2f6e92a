"""Tables that are in memory already."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import polars as pl
from polars import selectors

from datacheck.errors import SourceError
from datacheck.report.finding import Finding
from datacheck.source.cells import Read, in_known_units, read_cells
from datacheck.source.collecting import reading
from datacheck.source.from_arrow import read_array
from datacheck.source.from_pandas import open_pandas, read_column
from datacheck.source.model import Source
from datacheck.source.names_once import must_be_unique

#: Columns that hand themselves out as streams, as tables do.
_COLUMNS = (("pandas", "Series"), ("pyarrow", "ChunkedArray"))


def open_frame(data: Any) -> Source | None:
    """Open an object that holds a table, NaN and null apart if it can; None where it is none."""
    source: Source | None = None
    if isinstance(data, type | pl.Series) or any(_is_a(data, *each) for each in _COLUMNS):
        return None  # a class, or one column alone
    if isinstance(data, pl.DataFrame):
        source = _open_polars(data)
    elif isinstance(data, pl.LazyFrame):
        source = Source("LazyFrame", data, text=False, kind="lazy")
    elif _is_a(data, "pandas", "DataFrame"):
        source = open_pandas(data)
    elif _is_a(data, "pyarrow.dataset", "Dataset"):
        with reading("the pyarrow Dataset"):
            must_be_unique("the pyarrow Dataset", data.schema.names)
            frame = pl.scan_pyarrow_dataset(data)
        source = Source("pyarrow Dataset", frame, text=False, kind="pyarrow")
    elif isinstance(data, dict):
        source = _open_columns(data, "dict of columns")
    elif getattr(getattr(data, "dtype", None), "names", None):  # a structured array
        source = _open_columns({name: data[name] for name in data.dtype.names}, "array of records")
    elif hasattr(data, "__arrow_c_stream__") or _is_a(data, "pyarrow", "RecordBatch"):
        source = _open_arrow(data)
    elif isinstance(data, list | tuple | Iterator) and not hasattr(data, "read"):
        source = _open_columns(by_column(data), "list of rows")
    return source


def _is_a(data: Any, module: str, name: str) -> bool:
    """Whether `data` is of a class, without importing a module that is not loaded."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(data, getattr(loaded, name))


def _open_polars(data: pl.DataFrame) -> Source:
    reads = {
        name: read_cells(name, data[name].to_list())
        for name, dtype in data.schema.items()
        if dtype == pl.Object
    }
    frame = data.with_columns(read.series for read in reads.values()) if reads else data
    told = _notes(reads.values())
    return Source("DataFrame", frame.lazy(), text=False, kind="polars", given=data, notes=told)


def _notes(reads: Iterable[Read]) -> tuple[Finding, ...]:
    return tuple(read.finding for read in reads if read.finding is not None)


def _open_arrow(data: Any) -> Source:
    import pyarrow as pa

    known = isinstance(data, pa.Table | pa.RecordBatch | pa.RecordBatchReader)
    label = f"pyarrow {type(data).__name__}" if known else type(data).__name__
    with reading(f"the {label}"):
        table = (
            pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else pa.table(data)
        )
        must_be_unique(f"the {label}", list(table.column_names))
        reads = [read_array(name, table.column(name)) for name in table.column_names]
        frame = pl.DataFrame({read.series.name: read.series for read in reads}).lazy()
    told = _notes(reads)
    if known:
        return Source(label, frame, text=False, kind="pyarrow", given=table, notes=told)
    return Source(label, frame, text=False, kind="arrow", notes=told)


def _open_columns(columns: dict[Any, Any], label: str) -> Source:
    must_be_unique(f"the {label}", [str(name) for name in columns])
    reads: dict[str, Read] = {}
    kept: dict[str, Any] = {}
    if tables := [name for name, cells in columns.items() if _is_table(cells)]:
        raise _several_tables(label, columns[tables[0]], f"{tables[0]!r} is a")
    with reading(f"the {label}"):
        for name, cells in columns.items():
            if isinstance(cells, list | tuple) or _holds_objects(cells):
                reads[str(name)] = read_cells(str(name), cells)
            elif _is_a(cells, "pandas", "Index") or hasattr(cells, "_from_sequence"):
                reads[str(name)] = read_column(str(name), cells)  # pandas' own kinds of columns
            known = str(name) in reads
            kept[str(name)] = reads[str(name)].series if known else _settled(name, cells)
        frame = _of_columns(kept, label)
        for name in frame.select(selectors.object()).columns:  # of arrays of an odd type
            reads[name] = read_cells(name, frame[name].to_list())
            frame = frame.with_columns(reads[name].series)
        odd = {name: read for name, read in reads.items() if read.finding is not None}
        given = frame.with_columns(
            pl.Series(name, list(columns[name]), dtype=pl.Object) for name in odd
        )
    told = _notes(odd.values())
    return Source(label, frame.lazy(), text=False, kind="python", given=given, notes=told)


def _of_columns(columns: dict[str, Any], label: str) -> pl.DataFrame:
    try:
        return pl.DataFrame(columns, strict=True)
    except pl.exceptions.ShapeError as error:
        sized = {
            n: c for n, c in columns.items() if hasattr(c, "__len__") and not isinstance(c, str)
        }
        lengths = {len(cells): name for name, cells in sized.items()}
        raise SourceError(
            f"the {label} has columns of several lengths",
            got=", ".join(f"{length:,} ({name!r})" for length, name in lengths.items()),
            expected="as many cells in each",
            todo="leave out what is no column: {name: data[name] for name in NAMES}",
        ) from error


def _is_table(data: Any) -> bool:
    """Whether something among rows or columns is a table by itself."""
    kind = type(data)  # a lazy frame warns where it is asked itself
    return any(hasattr(kind, each) for each in ("columns", "column_names", "collect_schema"))


def _several_tables(label: str, table: Any, what: str) -> SourceError:
    kind = type(table)
    return SourceError(
        f"the {label} holds tables",
        got=f"{what} {kind.__module__.partition('.')[0]} {kind.__qualname__}",
        expected="one table",
        todo="hand over one at a time, or put them together first: polars.concat, pandas.concat",
    )


def _settled(name: Any, cells: Any) -> Any:
    """An array of numpy's moments or durations in a unit that polars has; all else as it is."""
    if not _is_a(cells, "numpy", "ndarray") or cells.dtype.kind not in "mM":
        return cells
    try:
        return in_known_units(cells)
    except ValueError as error:
        raise SourceError(
            f"the column {name!r} holds what no column of polars can",
            got=str(error),
            expected="what D, ms, us or ns can hold",
            todo="convert the array first: cells.astype(...)",
        ) from error


def _holds_objects(cells: Any) -> bool:
    return getattr(getattr(cells, "dtype", None), "char", "") == "O"


def by_column(rows: Iterable[Any]) -> dict[Any, list[Any]]:
    """Rows as columns, each in the order in which its name was first met.

    Rows are mappings, dataclasses, named tuples, models of pydantic, or anything that has `keys()`,
    such as rows of sqlite3. Where a row lacks a name, its cell is None.

    >>> by_column([{"x": 1}, {"x": 2, "y": "a"}])
    {'x': [1, 2], 'y': [None, 'a']}
    """
    with reading("the list of rows"):
        named = [_named(row) for row in rows]
    names = dict.fromkeys(name for row in named for name in row)
    return {name: [row.get(name) for row in named] for name in names}


def _named(row: Any) -> Mapping[Any, Any]:
    if isinstance(row, dict):
        return row
    if is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    for method in ("_asdict", "model_dump"):
        if hasattr(row, method) and not isinstance(row, type):
            made: dict[Any, Any] = getattr(row, method)()
            return made
    if _is_table(row):
        raise _several_tables("list", row, "items of type")
    if hasattr(row, "keys") and not isinstance(row, type):
        return {key: row[key] for key in row.keys()}  # noqa: SIM118 - rows of sqlite3 have no others
    listed = isinstance(row, list | tuple)
    raise SourceError(
        "a list is read as rows",
        got=f"items of type {type(row).__name__}",
        expected="rows that name their cells: dicts, dataclasses, named tuples",
        todo="name the cells: [dict(zip(NAMES, row)) for row in rows]"
        if listed
        else "pass dicts, or a dict of columns",
    )
