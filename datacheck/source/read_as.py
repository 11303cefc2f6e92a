"""Columns read as what is declared of them, where their container could not hold them so.

Python has one integer, one float, one datetime and one kind of text; pandas makes floats of
integers with holes, integers again of whole floats, and datetimes of dates. A cell that would be
changed by it keeps the whole column as it is.
"""

from __future__ import annotations

import polars as pl

from datacheck.source.collecting import reading

#: The key under which pandas keeps, in a parquet file's footer, what its frame was.
PANDAS = "pandas"


def by_pandas(path: str) -> bool:
    """Whether pandas wrote a parquet file."""
    with reading(path):
        return PANDAS in pl.read_parquet_metadata(path)


def read_as(series: pl.Series, dtype: pl.DataType, *, pandas: bool = False) -> pl.Series:
    """The column as the dtype, or as it is.

    Where `pandas` held it, integers may have become floats, and dates datetimes.
    """
    if dtype in (series.dtype, pl.Object):
        return series
    if series.null_count() == len(series):
        return pl.Series(series.name, [None] * len(series), dtype=dtype)
    if not (
        _same_in_python(series.dtype, dtype) or (pandas and only_in_pandas(series.dtype, dtype))
    ):
        return series
    try:
        read = series.cast(dtype, strict=True)
        back = read.cast(series.dtype, strict=False)
    except pl.exceptions.PolarsError:
        return series
    return read if back.equals(series, null_equal=True) else series


def _same_in_python(found: pl.DataType, dtype: pl.DataType) -> bool:
    return (
        (found.is_integer() and dtype.is_integer())
        or (found.is_float() and dtype.is_float())
        or (found == pl.Datetime and dtype == pl.Datetime and _zone(found) == _zone(dtype))
        or (found == pl.Duration and dtype == pl.Duration)
        or (found == pl.String and dtype in (pl.Categorical, pl.Enum))
        or (isinstance(found, pl.Decimal) and isinstance(dtype, pl.Decimal))
    )


def read_back(cell: pl.Expr, found: pl.DataType, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """The cells as the dtype, and whether each is the same when it is read back; NaN is a hole."""
    cell = cell.fill_nan(None) if found.is_float() else cell
    read = cell.cast(dtype, strict=False)
    return read, read.cast(found, strict=False).eq_missing(cell)


def only_in_pandas(found: pl.DataType, dtype: pl.DataType) -> bool:
    """Whether pandas may have made the one of the other."""
    return (
        (found.is_float() and dtype.is_integer())
        or (found.is_integer() and dtype.is_float())
        or (found == pl.Datetime and dtype == pl.Date and _zone(found) is None)
    )


def _zone(dtype: pl.DataType) -> str | None:
    return getattr(dtype, "time_zone", None)
