"""Dates, times and durations in the normal form of their column: its kind, its unit, its zone.

What a schema declares of a temporal column comes as text, as Python's own moments or, in YAML, as
numbers. All of it passes through `moment`, so that one declaration is one value everywhere. pandera
writes moments as text and durations as a number of nanoseconds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from datacheck.errors import SchemaError
from datacheck.text import briefly

_MICROSECOND = dt.timedelta(microseconds=1)
#: More digits of a second than Python's moments hold.
_FINER = re.compile(r"[.,]\d{6}0*[1-9]")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - of a column without a zone
#: Nanoseconds since 1970 that 64 bits hold, in microseconds.
_NANO_LIMIT = (2**63 - 1) // 1000
#: pandera's word for "whatever zone the table has".
ANY_ZONE = "*"


class UnfitError(ValueError):
    """A value that no cell of a column can be; the message says why."""


def moment(value: Any, dtype: pl.DataType, *, exact: bool = True, nanoseconds: bool = False) -> Any:
    """A declared value as a cell of this temporal dtype; an `UnfitError` says why none can be it.

    The value is a text in ISO 8601, one of Python's moments, or a whole number for a duration: of
    `nanoseconds`, as pandera writes it, else of microseconds. A moment without an offset is local
    time of the dtype's zone. Where `exact`, a value finer than the column's unit is refused: such a
    cell can't be, but a bound can.
    """
    if isinstance(value, str) and dtype != pl.Duration:
        value = _read(value, dtype)
    kind = dtype.base_type()
    if kind == pl.Date:
        made: Any = _day(value)
    elif kind == pl.Time:
        if not isinstance(value, dt.time) or value.tzinfo is not None:
            raise UnfitError("it is no time of day without a zone")
        return value
    elif kind == pl.Duration:
        made = _span(value, nanoseconds=nanoseconds)
    else:
        made = _instant(value, getattr(dtype, "time_zone", None), exact=exact)
    if exact:
        _held(made, dtype)
    return made


def _read(text: str, dtype: pl.DataType) -> Any:
    """ISO 8601; a day stands for its first moment."""
    if _FINER.search(text):
        raise UnfitError("it is finer than a microsecond")
    reader = dt.time if dtype.base_type() == pl.Time else dt.datetime
    try:
        return reader.fromisoformat(text.strip())
    except ValueError:
        raise UnfitError("it is not ISO 8601, such as 2020-01-31 or 2020-01-31T23:59:00") from None


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None or value.time() != dt.time():
            raise UnfitError("it is more than a date")
        return value.date()
    if not isinstance(value, dt.date):
        raise UnfitError("it is no date")
    return value


def _span(value: Any, *, nanoseconds: bool) -> dt.timedelta:
    if isinstance(value, dt.timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        unit = "nanoseconds" if nanoseconds else "microseconds"
        raise UnfitError(f"it is no duration: a whole number of {unit}, or a timedelta")
    if nanoseconds and value % 1000:
        raise UnfitError("it is finer than a microsecond")
    try:
        return (value // 1000 if nanoseconds else value) * _MICROSECOND
    except OverflowError:
        raise UnfitError("it is longer than a timedelta") from None


def _instant(value: Any, name: str | None, *, exact: bool) -> dt.datetime:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if not isinstance(value, dt.datetime):
        raise UnfitError("it is no date and time")
    if name is None:
        if value.tzinfo is not None:
            raise UnfitError("it has a time zone, and the column has none")
        return value
    if name == ANY_ZONE:
        return value
    zone = zone_named(name)
    if value.tzinfo is not None:
        return value if _beyond(value) and not exact else _moved(value, zone)
    early, late = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise UnfitError(f"clocks in {name} show it twice or never: give it an offset")
    return _moved(early, zone) if exact else early


def _beyond(value: dt.datetime) -> bool:
    """Whether a moment is so near the first or last year that some zone has another one."""
    return not dt.date(1, 1, 3) < value.date() < dt.date(9999, 12, 30)


def _moved(value: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """A moment in a zone, by way of UTC as every runtime moves it."""
    try:
        return value.astimezone(dt.UTC).astimezone(zone)
    except OverflowError:
        raise UnfitError(f"in {zone.key} or UTC it is beyond the years 1 to 9999") from None


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its name; raises `UnfitError` where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnfitError(f"this machine knows no time zone {name}") from None


def since_epoch(value: dt.datetime) -> dt.timedelta:
    """The time since 1970 began, in UTC where there is a zone: also for the first and last days.

    >>> since_epoch(dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=1)))).days
    2932897
    """
    return (value.replace(tzinfo=None) - _EPOCH) - (value.utcoffset() or dt.timedelta())


def held(value: Any, dtype: pl.DataType) -> bool:
    """Whether a column of this unit can hold a moment or a duration."""
    try:
        _held(value, dtype)
    except UnfitError:
        return False
    return True


def as_series(values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """Moments and holes as a column of this dtype; those with an offset keep their instant."""
    zone = getattr(dtype, "time_zone", None)
    if zone is None or zone == ANY_ZONE:
        return pl.Series(values, dtype=dtype)
    instants = [None if each is None else since_epoch(each) // _MICROSECOND for each in values]
    made = pl.Series(instants, dtype=pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return made.dt.convert_time_zone(zone).cast(dtype)


def _held(value: Any, dtype: pl.DataType) -> None:
    """Refuse what the column's unit can't hold."""
    unit = getattr(dtype, "time_unit", None)
    if unit is None:
        return
    if isinstance(value, dt.datetime):
        value = since_epoch(value)
    micros = value // _MICROSECOND
    if unit == "ms" and micros % 1000:
        raise UnfitError("it is finer than the column's unit, ms")
    if unit == "ns" and abs(micros) > _NANO_LIMIT:
        raise UnfitError("it is beyond what nanoseconds hold")


def read_moments(value: Any, dtype: pl.DataType | None) -> Any:
    """A value, or a tuple of values, as a temporal column compares them."""
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
            f"{briefly(value)} is not a value of dtype {dtype}: {error}",
            expected="ISO 8601, such as 2020-01-31",
        ) from None


def written_moments(value: Any) -> Any:
    """What YAML can hold of a value: times as text, durations as nanoseconds, tuples as lists."""
    if isinstance(value, tuple | list | set | frozenset):
        return [written_moments(each) for each in value]
    if isinstance(value, dt.timedelta):
        return value // _MICROSECOND * 1000
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat()
    return value


def written_prepared(value: Any) -> Any:
    """As `written_moments`, for a preparation: there a duration counts microseconds."""
    if isinstance(value, tuple | list):
        return [written_prepared(each) for each in value]
    if isinstance(value, dt.timedelta):
        return value // _MICROSECOND
    return written_moments(value)
