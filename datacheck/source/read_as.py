"""Columns read as what is declared of them, where their container could not hold them so.

Python has one integer, one float, one datetime and one kind of text; pandas makes floats of
integers with holes, integers again of whole floats, and datetimes of dates. Sheets and JSON have
one type of number, and JSON writes dates as text. A cell that would be changed by it keeps the
whole column as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from datacheck.columns import col, cols
from datacheck.source.collecting import reading

#: The key under which pandas keeps, in a parquet file's footer, what its frame was.
PANDAS = "pandas"


def by_pandas(path: str) -> bool:
    """Whether pandas wrote a parquet file."""
    with reading(path):
        return PANDAS in pl.read_parquet_metadata(path)


def read_as(series: pl.Series, dtype: pl.DataType, *, pandas: bool = False) -> pl.Series:
    """The column as the dtype, from what pandas makes of it too, or as it is."""
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


def one_in_json(found: pl.DataType, dtype: pl.DataType) -> bool:
    """Whether sheets or JSON have the one for the other."""
    return found != dtype and (_same_in_python(found, dtype) or only_in_pandas(found, dtype))


def moments_in(
    frame: pl.LazyFrame, dtypes: Mapping[str, pl.DataType]
) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """As `read_back`, columns of text whose every cell is a date or a moment as CSV has them."""
    from datacheck.source.celltypes import KINDS, decide, value_of

    asked = {name: dtype for name, dtype in dtypes.items() if dtype in (pl.Date, pl.Datetime)}
    if not asked:
        return {}
    kinds = {word: kind for word, kind in KINDS.items() if word.startswith(("date", "instant"))}
    decided, _ = decide(frame.select(cols(asked)), asked, kinds)
    values = {name: value_of(col(name), kind) for name, kind in decided.items() if kind.reads}
    found = frame.select(value.alias(name) for name, value in values.items()).collect_schema()
    return {
        name: read_back(value, found[name], asked[name])
        for name, value in values.items()
        if (_zone(found[name]) is None) == (_zone(asked[name]) is None)
    }


def _zone(dtype: pl.DataType) -> str | None:
    return getattr(dtype, "time_zone", None)
