"""Arrow columns: what polars reads as it is, what it reads cell by cell, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.source.cells import Read, read_cells, unreadable
from datacheck.source.collecting import FOREIGN, reason

if TYPE_CHECKING:
    import pyarrow as pa


def read_array(name: str, array: pa.Array | pa.ChunkedArray) -> Read:
    """Read one column of Arrow."""
    try:
        if _is_foreign(array.type):
            return read_cells(name, array.to_pylist())
        return Read(pl.Series(name, array))
    except FOREIGN as error:
        return unreadable(name, array.to_pylist(), reason(error))


def _is_foreign(dtype: Any) -> bool:
    """Whether polars would take the type for another, or stumble over it."""
    import pyarrow as pa

    return (
        isinstance(dtype, pa.BaseExtensionType)
        or pa.types.is_decimal256(dtype)
        or pa.types.is_interval(dtype)
        or (pa.types.is_dictionary(dtype) and not _is_text(dtype.value_type))
    )


def _is_text(dtype: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(dtype)
        or pa.types.is_large_string(dtype)
        or pa.types.is_string_view(dtype)
    )
