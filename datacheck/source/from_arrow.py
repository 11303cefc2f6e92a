"""Arrow columns: what polars reads as it is, what it reads cell by cell, and what it cannot."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from datacheck.source.cells import Read, read_cells, unreadable
from datacheck.source.collecting import FOREIGN, reason

if TYPE_CHECKING:
    import pyarrow as pa

    _Array = TypeVar("_Array", pa.Array, pa.ChunkedArray)

#: A zone that is an offset from UTC and has no name.
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")


def read_array(name: str, array: pa.Array | pa.ChunkedArray) -> Read:
    """Read one column of Arrow."""
    try:
        if _is_foreign(array.type):
            return read_cells(name, array.to_pylist())
        return Read(series_of(name, array))
    except FOREIGN as error:
        return unreadable(name, array.to_pylist(), reason(error))


def series_of(name: str, array: pa.Array | pa.ChunkedArray) -> pl.Series:
    """A column that polars reads as it is, once it is laid out as polars has it."""
    import pyarrow as pa

    cells = _laid_out(array)
    if pa.types.is_nested(cells.type):
        # Of a large list alone polars 1.36 to 1.40 make a series that ends the process.
        return pl.DataFrame(pa.table([cells], ["x"])).to_series().alias(name)
    return pl.Series(name, cells)


def _laid_out(array: _Array) -> _Array:
    """The same cells in a layout that polars has: instants of a fixed offset are those of UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dtype = array.type
    if pa.types.is_timestamp(dtype) and _OFFSET.fullmatch(dtype.tz or ""):
        return array.cast(pa.timestamp(dtype.unit, "UTC"))
    if pa.types.is_run_end_encoded(dtype):
        return pc.run_end_decode(array)
    if _is_view(dtype):
        return _listed(array)
    if loses_holes(dtype):
        pair = [pa.field("key", dtype.key_type, nullable=False), ("value", dtype.item_type)]
        return array.cast(pa.list_(pa.struct(pair)))
    return array


def _listed(array: Any) -> Any:
    """Views of lists as lists; Arrow's own cast leaves the last offset out (pyarrow 21 to 26)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    lengths = pc.list_value_length(array).fill_null(0)
    ends = pc.cumulative_sum(lengths.cast(pa.int64()))
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    return pa.LargeListArray.from_arrays(offsets, array.flatten(), mask=array.is_null())


def _is_view(dtype: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list_view(dtype) or pa.types.is_large_list_view(dtype))


def loses_holes(dtype: Any) -> bool:
    """Whether polars reads a missing cell of the type as an empty one, as old ones do of a map."""
    import pyarrow as pa

    return bool(pa.types.is_map(dtype)) and not _keeps_missing_maps()


@cache
def _keeps_missing_maps() -> bool:
    import pyarrow as pa

    cells = pa.array([None], pa.map_(pa.string(), pa.int8()))
    return pl.DataFrame(pa.table([cells], ["x"])).to_series().null_count() == 1


def is_laid_out_otherwise(schema: pa.Schema) -> bool:
    """Whether a column is one of which polars makes no table, and `laid_out_table` does."""
    return any(
        _is_view(dtype) or _OFFSET.fullmatch(getattr(dtype, "tz", None) or "")
        for dtype in schema.types
    )


def has_codes_below_zero(batch: pa.RecordBatch) -> bool:
    """Whether a missing category has a code, as pandas leaves -1 there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and column.null_count:
            codes = column.indices
            kept = pa.Array.from_buffers(
                codes.type, len(codes), [None, codes.buffers()[1]], offset=codes.offset
            )
            if len(kept) and pc.min(kept).as_py() < 0:
                return True
    return False


def laid_out_table(table: pa.Table) -> pl.DataFrame:
    """A table of Arrow, each column by `series_of`."""
    named = zip(table.column_names, table.columns, strict=True)
    return pl.DataFrame({name: series_of(name, array) for name, array in named})


def _is_foreign(dtype: Any) -> bool:
    """Whether polars would take the type for another, or stumble over it."""
    import pyarrow as pa

    return (
        isinstance(dtype, pa.BaseExtensionType)
        or pa.types.is_decimal256(dtype)
        or pa.types.is_interval(dtype)
        or (pa.types.is_dictionary(dtype) and not is_text(dtype.value_type))
    )


def is_text(dtype: Any) -> bool:
    """Whether Arrow holds text so."""
    import pyarrow as pa

    return bool(
        pa.types.is_string(dtype)
        or pa.types.is_large_string(dtype)
        or pa.types.is_string_view(dtype)
    )
