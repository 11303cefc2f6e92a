"""Which cells are one value: the code of a cell, whatever column, dtype or table it stands in.

Two cells have one code, a 64-bit hash, exactly if a person would call them the same: 0.0 and -0.0,
NaN and null, 3 as an integer and 3.0 as a float, a moment in whatever unit it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import polars as pl

from datacheck.arrays import Keys
from datacheck.columns import bare, cast_or_null, in_blocks
from datacheck.limits import EXACT_INTEGERS

_SEED = 7
#: Nanoseconds of a unit of time.
_UNITS = {"ms": 10**6, "us": 10**3, "ns": 1}
_DAY = 86_400 * 10**9


def codes(cells: pl.Series) -> Keys:
    """The codes of a column's cells, shape (rows,).

    >>> import polars as pl
    >>> nothing = codes(pl.Series([None, float("nan")]))
    >>> bool(nothing[0] == nothing[1])
    True
    >>> bool((codes(pl.Series([3, 0])) == codes(pl.Series([3.0, -0.0]))).all())
    True
    """
    cells = bare(cells)
    dtype = cells.dtype
    if dtype.is_float():
        return _hashed(_without_nan(cells.cast(pl.Float64)))
    if dtype == pl.Boolean:
        return _hashed(cells.cast(pl.UInt8).cast(pl.Float64))
    if dtype.is_numeric():
        return _of_exact(cells)
    if dtype.is_temporal():
        return _of_time(cells)
    return _hashed(_as_texts(cells))


def codes_of(frame: pl.DataFrame, names: Iterable[str]) -> dict[str, Keys]:
    """The codes of several columns."""
    columns = {name: _as_texts(frame[name]) for name in names}
    found: dict[str, Keys] = {}
    for some, cells in in_rows(columns):
        found |= zip(some, codes(cells).reshape(len(some), -1), strict=True)
    return {name: found[name] for name in columns}


def in_rows(columns: Mapping[str, pl.Series]) -> Iterator[tuple[Sequence[str], pl.Series]]:
    """Columns by their types, short ones of one type together, one behind the other."""
    alike: dict[pl.DataType, list[str]] = {}
    for name, cells in columns.items():
        alike.setdefault(cells.dtype, []).append(name)
    for dtype, group in alike.items():
        # The cells of two columns of categories, or of nested cells, need not be one type's.
        alone = dtype.is_nested() or isinstance(dtype, pl.Categorical | pl.Enum)
        rows = len(columns[group[0]])
        for some in ([name] for name in group) if alone else in_blocks(group, rows):
            yield some, pl.concat([bare(columns[name]) for name in some], rechunk=True)


def _as_texts(cells: pl.Series) -> pl.Series:
    """Categories as their texts, whose codes they have."""
    is_category = isinstance(cells.dtype, pl.Categorical | pl.Enum)
    return cells.cast(pl.String) if is_category else cells


def _without_nan(cells: pl.Series) -> pl.Series:
    """Doubles with null for NaN: where there is none, which numpy tells sooner, as they are."""
    nan = np.count_nonzero(np.isnan(cells.to_numpy()))
    return cells if nan == cells.null_count() else cells.fill_nan(None)


def can_be_told(dtype: pl.DataType) -> bool:
    """Whether the cells of a column can be compared: Python's own objects cannot."""
    return dtype != pl.Object and not (dtype.is_nested() and "Object" in str(dtype))


def _hashed(cells: pl.Series) -> Keys:
    return cells.hash(_SEED).to_numpy()


def _of_exact(cells: pl.Series) -> Keys:
    """Integers and decimals: those that a double holds have the double's code."""
    exact: type[pl.DataType] = pl.Int128 if cells.dtype.is_integer() else pl.String
    doubles = cells.cast(pl.Float64)
    plain = _hashed(doubles)
    if cells.dtype.is_integer() and _fit(cells):
        return plain
    back = pl.select(cast_or_null(pl.lit(doubles), doubles.dtype, cells.dtype)).to_series()
    same = (back == cells).fill_null(value=False) | cells.is_null()
    return np.where(same.to_numpy(), plain, _hashed(cells.cast(exact, strict=False)))


def _fit(cells: pl.Series) -> bool:
    """Whether every whole number is within 2**53, and so a double."""
    if cells.dtype in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32):
        return True
    low, high = (cast("int | None", end) for end in (cells.min(), cells.max()))
    return low is None or high is None or -EXACT_INTEGERS <= low <= high <= EXACT_INTEGERS


def _of_time(cells: pl.Series) -> Keys:
    """Moments in nanoseconds: a date is its midnight, a duration or time of day no moment."""
    dtype = cells.dtype
    unit = getattr(dtype, "time_unit", None)
    factor = _DAY if dtype == pl.Date else _UNITS.get(str(unit), 1)
    # Whole days apart, so that no product leaves 64 bits.
    count, day = cells.to_physical().cast(pl.Int64), _DAY // factor
    days, rest = count // day, (count % day) * factor
    moment = isinstance(dtype, pl.Date | pl.Datetime)
    kind = 1 if moment else 3 if dtype == pl.Time else 5
    return _hashed(days) * kind + _hashed(rest) * 2
