"""Parquet whose groups of rows are large, read page by page.

polars decodes a group of rows at once, and a file may be one group; pandas and pyarrow write groups
of a million rows. pyarrow reads a column's pages one after the other, so that what is held does not
depend on the groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from datacheck.columns import cols, retyped
from datacheck.source.from_arrow import series_of

if TYPE_CHECKING:
    import pyarrow as pa


#: Cells of a group from which it is read page by page; polars writes a quarter million rows in one.
LARGE = 2**23
#: Cells of one batch, and bytes of a column's part that are read ahead.
_BATCH_CELLS, _AHEAD = 2**21, 2**20

#: What both readers make the same column of. Integers of 128 bits are polars' own.
_ALIKE = (
    *(pl.Boolean, pl.String, pl.Binary, pl.Categorical, pl.Enum, pl.Null),
    *(pl.Date, pl.Datetime, pl.Duration, pl.Time),
)
#: What holds text: polars takes its word that it is UTF-8.
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.List, pl.Array, pl.Struct)


def has_large_groups(path: str, schema: pl.Schema, rows: int | None) -> bool:
    """Whether a file of these columns, whose parts can be there, is better read page by page."""
    import pyarrow.parquet as pq

    if rows is not None and rows * len(schema) < LARGE:
        return False
    if not all(map(_is_alike, schema.values())):
        return False
    with pq.ParquetFile(path) as file:
        known = file.metadata
        sizes = (known.row_group(at).num_rows for at in range(known.num_row_groups))
        return max(sizes, default=0) * len(schema) >= LARGE


def orders_unread(path: str, scan: pl.LazyFrame) -> bool:
    """Whether a file has categories with an order that this polars (1.36, 1.37) can't read."""
    categories = [name for name, dtype in scan.collect_schema().items() if dtype == pl.Categorical]
    if not categories:
        return False
    import pyarrow.parquet as pq

    found = pq.read_schema(path)
    if not any(getattr(found.field(name).type, "ordered", False) for name in categories):
        return False
    try:
        scan.select(cols(categories)).head(1).collect(engine="streaming")
    except pl.exceptions.ComputeError as error:
        return "ArrayRef" in str(error)
    return False


def _is_alike(dtype: pl.DataType) -> bool:
    """Whether pyarrow's column of such cells becomes the one that polars reads."""
    if isinstance(dtype, pl.Struct):
        return all(map(_is_alike, pl.Schema(dtype.to_schema()).dtypes()))
    if isinstance(dtype, pl.Array):
        return False  # pyarrow 21 to 23 refuse a missing one
    if isinstance(dtype, pl.List):
        # Lists of categories that pyarrow reads make polars 1.36 panic.
        within = pl.Series(dtype=dtype).explode(empty_as_null=False).dtype
        return within != pl.Categorical and _is_alike(within)
    if dtype in (pl.Int128, pl.UInt128):
        return False
    return dtype.is_numeric() or isinstance(dtype, _ALIKE)


def by_pages(path: str, schema: pl.Schema, keys: pl.DataFrame | None = None) -> pl.LazyFrame:
    """A file's table, lazily and in less memory, with the `keys` of its folders beside it."""
    keys = pl.DataFrame() if keys is None else keys
    beside = [name for name in keys.columns if name not in schema]
    # A column may stand in the file as well, with another type.
    sure = [name for name, dtype in keys.schema.items() if schema.get(name, dtype) == dtype]

    def read(
        names: list[str] | None, kept: pl.Expr | None, most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        if kept is not None and _excluded(keys.select(cols(sure)), kept):
            return
        wanted = [*schema, *beside] if names is None else names
        said = [
            pl.lit(keys[name].first(), keys.schema[name]).alias(name)
            for name in wanted
            if name in beside
        ]
        stored = [name for name in wanted if name in schema]
        for frame in _frames(path, schema, stored or list(schema)[:1]):
            part = frame if most is None else frame.head(most)
            if most is not None:
                most -= part.height
            part = part.with_columns(said).select(cols(wanted)) if said else part
            yield part if kept is None else part.filter(kept)
            if most == 0:
                return

    whole = pl.Schema({**schema, **{name: keys.schema[name] for name in beside}})
    return register_io_source(read, schema=whole, is_pure=True)


def _excluded(keys: pl.DataFrame, kept: pl.Expr) -> bool:
    """Whether a filter asks for these columns alone and keeps nothing of their one row."""
    asked = set(kept.meta.root_names())
    return keys.height > 0 and asked <= set(keys.columns) and keys.filter(kept).is_empty()


def _frames(path: str, schema: pl.Schema, names: list[str]) -> Iterator[pl.DataFrame]:
    import pyarrow.parquet as pq

    rows = max(2**12, _BATCH_CELLS // len(names))
    with pq.ParquetFile(path, buffer_size=_AHEAD, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=rows, columns=names):
            yield _framed(batch.select(names), schema)  # it comes in the file's order


def _framed(batch: pa.RecordBatch, schema: pl.Schema) -> pl.DataFrame:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, column in columns.items():
        if isinstance(schema[name], _TEXTS):
            column.validate(full=True)
    frame = pl.DataFrame({name: series_of(name, column) for name, column in columns.items()})
    unlike = {name: schema[name] for name, dtype in frame.schema.items() if dtype != schema[name]}
    return retyped(frame, unlike)
