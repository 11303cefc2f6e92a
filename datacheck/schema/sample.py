"""One row of any dtypes: some expressions fail only where there is a value."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping


def one_row(dtypes: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """A frame of one row with these columns; a cell is null only where its dtype has no value."""
    return pl.DataFrame({name: _cell(dtype) for name, dtype in dtypes.items()}).lazy()


@lru_cache(maxsize=256)
def _cell(dtype: pl.DataType) -> pl.Series:
    try:
        return pl.Series([_value(dtype)], dtype=dtype, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        return pl.Series([None], dtype=dtype)


def _value(dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.List):
        return [_value(_inner(dtype.inner))]
    if isinstance(dtype, pl.Array):
        return [_value(_inner(dtype.inner))] * dtype.size
    if isinstance(dtype, pl.Struct):
        return {field.name: _value(_inner(field.dtype)) for field in dtype.fields}
    if isinstance(dtype, pl.Enum):
        return dtype.categories[0] if len(dtype.categories) else None
    if isinstance(dtype, pl.Datetime):
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC if dtype.time_zone else None)
    return _PLAIN.get(dtype.base_type(), 0 if dtype.is_numeric() else None)


def _inner(dtype: Any) -> pl.DataType:
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


_PLAIN: dict[Any, Any] = {
    pl.Boolean: False,
    pl.String: "a",
    pl.Categorical: "a",
    pl.Binary: b"a",
    pl.Date: dt.date(1970, 1, 1),
    pl.Time: dt.time(0),
    pl.Duration: dt.timedelta(0),
}
