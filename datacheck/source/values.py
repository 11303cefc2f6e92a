"""Cells as Python values, also those that Python has no value for.

A year beyond 9999, a duration beyond a thousand million days: polars holds them, Python does not,
and polars' own conversion raises or panics over them.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from datacheck.columns import bare
from datacheck.source.quiet import panics_held

#: Units of a day, and the first and the last day that Python's datetime holds.
_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_FIRST, _LAST = -719_162, 2_932_896
#: Days of the longest timedelta.
_LONGEST = 999_999_999
#: What counts units.
_LARGEST = 2**63 - 1


def python_values(cells: pl.Series) -> list[Any]:
    """The cells; a time that Python cannot hold is told by the number of its units.

    >>> import polars as pl
    >>> python_values(pl.Series([2**30, 1], dtype=pl.Int32).cast(pl.Date))
    ['1073741824 days', datetime.date(1970, 1, 2)]
    """
    limits = _limits(cells.dtype)
    if limits is None:
        return _nested(cells) if cells.dtype.is_nested() else cells.to_list()
    counts = bare(cells).to_physical()
    if _within(counts, limits):
        return cells.to_list()
    held = (counts >= limits[0]) & (counts <= limits[1])
    known = pl.select(pl.when(held).then(cells.alias(""))).to_series()
    unit = getattr(cells.dtype, "time_unit", "days")
    return [
        f"{count} {unit}" if count is not None and not fits else value
        for value, count, fits in zip(known.to_list(), counts.to_list(), held, strict=True)
    ]


def _nested(cells: pl.Series) -> list[Any]:
    """Nested cells; by the numbers of their units where a time inside is beyond Python."""
    try:
        with panics_held():
            return cells.to_list()
    except (pl.exceptions.PanicException, OverflowError, ValueError):
        return cells.to_physical().to_list()


def fits_python(cells: pl.Series) -> bool:
    """Whether Python has a value for every cell."""
    limits = _limits(cells.dtype)
    if limits is None:
        return True
    return _within(cells.to_physical(), limits)


def _within(counts: pl.Series, limits: tuple[int, int]) -> bool:
    """Whether all counts lie within limits: by their extremes, which take no query."""
    low: Any = counts.min()
    high: Any = counts.max()
    return low is None or bool(limits[0] <= low and high <= limits[1])


def finer_than_python(cells: pl.Series) -> bool:
    """Whether a cell is a moment or a duration of nanoseconds, which Python rounds off."""
    if cells.dtype != pl.Time and getattr(cells.dtype, "time_unit", None) != "ns":
        return False
    return bool((cells.to_physical() % 1000 != 0).any())


def _limits(dtype: pl.DataType) -> tuple[int, int] | None:
    """The least and the greatest count of units that Python holds; None where it holds all."""
    if dtype == pl.Date:
        return _FIRST, _LAST
    if isinstance(dtype, pl.Duration):
        most = min(_LONGEST * _PER_DAY[dtype.time_unit], _LARGEST)
        return -most, most
    if isinstance(dtype, pl.Datetime):
        day = _PER_DAY[dtype.time_unit]
        margin = 0 if dtype.time_zone is None else 1  # a zone may reach into the next day
        return (
            max((_FIRST + margin) * day, -_LARGEST),
            min((_LAST + 1 - margin) * day - 1, _LARGEST),
        )
    return None
