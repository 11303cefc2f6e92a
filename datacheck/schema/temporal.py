"""Dates, times and durations as YAML holds them, by the dtype of their column.

pandera writes moments as text and durations as a number of nanoseconds.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable

_READERS: dict[Any, Callable[[str], Any]] = {
    pl.Date: dt.date.fromisoformat,
    pl.Datetime: dt.datetime.fromisoformat,
    pl.Time: dt.time.fromisoformat,
}


def read_moments(value: Any, dtype: pl.DataType | None) -> Any:
    """A value, or a tuple of values, as a temporal column compares them.

    Raises
    ------
    SchemaError
        For a text that is no such moment.
    """
    if dtype is None or value is None or not dtype.is_temporal():
        return value
    if isinstance(value, tuple):
        return tuple(read_moments(each, dtype) for each in value)
    if dtype == pl.Duration:
        plain = isinstance(value, int) and not isinstance(value, bool)
        return dt.timedelta(microseconds=value / 1000) if plain else value
    if dtype == pl.Datetime and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    reader = _READERS.get(dtype.base_type())
    if reader is None or not isinstance(value, str):
        return value
    try:
        return reader(value)
    except ValueError:
        raise SchemaError(
            f"{value!r} is not a value of dtype {dtype}", expected="ISO 8601, such as 2020-01-31"
        ) from None


def written_moments(value: Any) -> Any:
    """What YAML can hold of a value: times as text, durations as nanoseconds, tuples as lists."""
    if isinstance(value, tuple | list | set | frozenset):
        return [written_moments(each) for each in value]
    if isinstance(value, dt.timedelta):
        return ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat()
    return value
