"""Dates, times and durations as YAML holds them, by the dtype of their column.

pandera writes moments as text and durations as a number of nanoseconds.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from datacheck.errors import SchemaError
from datacheck.schema.moments import UnfitError, moment


def read_moments(value: Any, dtype: pl.DataType | None) -> Any:
    """A value, or a tuple of values, as a temporal column compares them.

    Raises
    ------
    SchemaError
        For a text that is no such moment.
    """
    if dtype is None or value is None or isinstance(value, bool) or not dtype.is_temporal():
        return value
    if isinstance(value, tuple):
        return tuple(read_moments(each, dtype) for each in value)
    kinds = (int, dt.timedelta) if dtype == pl.Duration else (str, dt.date, dt.time)
    if not isinstance(value, kinds):
        return value
    try:
        return moment(value, dtype, exact=False, nanoseconds=True)
    except UnfitError as error:
        raise SchemaError(
            f"{value!r} is not a value of dtype {dtype}: {error}",
            expected="ISO 8601, such as 2020-01-31",
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


def written_prepared(value: Any) -> Any:
    """As `written_moments`, for a preparation: there a duration counts microseconds."""
    if isinstance(value, tuple | list):
        return [written_prepared(each) for each in value]
    if isinstance(value, dt.timedelta):
        return value // dt.timedelta(microseconds=1)
    return written_moments(value)
