"""Columns of dates and moments as days since 1970, and what stands apart among them.

Dates cluster: what is wrong with one shows in the years that part it from the others, and in
whether it lies beyond today. Made-up dates ("not known") come from a short list that programs and
people share; like a number's look, the list alone proves nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import agree, plural

#: Days that stand for "none": where a program's count begins or ends, and the round ones.
MADE_UP = frozenset(
    dt.date(*day)
    for day in (
        (1, 1, 1),
        (1582, 10, 15),
        (1601, 1, 1),
        (1753, 1, 1),
        (1800, 1, 1),
        (1899, 12, 30),
        (1899, 12, 31),
        (1900, 1, 1),
        (1901, 1, 1),
        (1904, 1, 1),
        (1970, 1, 1),
        (2050, 1, 1),
        (2050, 12, 31),
        (2099, 12, 31),
        (2100, 1, 1),
        (2199, 12, 31),
        (2262, 4, 11),
        (2999, 12, 31),
        (3000, 1, 1),
        (3000, 12, 31),
        (9999, 1, 1),
        (9999, 12, 30),
        (9999, 12, 31),
    )
)
#: How far such a day must stand from the others, in the years that they span; alone, and repeated.
FAR_ALONE, FAR = 2.0, 0.2
#: ... or how often it must stand in their midst: so many times, and times the next most frequent.
OFTEN, OFTENER = 3, 5.0
#: A group of dates at an end is apart by so many of the others' spans, or so many days; beyond
#: today, by less.
APART, CENTURY = 3.0, 36_525.0
APART_LATER, MONTH = 0.2, 30.0
#: ... up to this share of the cells. More are a shape.
RARE = 0.05
#: Dates beyond today that follow on from the others are told where they are no more than this.
PLANNED = 0.5
#: Fewer different days have no span.
DISTINCT = 5

_DAY = 86_400.0
_UNITS = {"ns": 1e9, "us": 1e6, "μs": 1e6, "ms": 1e3}
_ZONE = re.compile(r"time_zone='([^']+)'")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the column's own clock, whatever its zone
_FIRST, _LAST = -719_162.0, 2_932_897.0
_LISTED = np.array([(day - _EPOCH.date()).days for day in sorted(MADE_UP)], dtype=np.float64)


def units_a_day(dtype: str) -> float:
    """How many of a column's units make a day; 0 where it holds no dates.

    >>> units_a_day("Date"), units_a_day("Datetime(time_unit='ms', time_zone=None)")
    (1.0, 86400000.0)
    """
    if dtype == "Date":
        return 1.0
    return _DAY * unit_of(dtype) if dtype.startswith("Datetime") else 0.0


def unit_of(dtype: str) -> float:
    """How many of a moment's or a duration's units make a second."""
    return next((unit for name, unit in _UNITS.items() if f"'{name}'" in dtype), 0.0)


class Days(NamedTuple):
    """A column of dates as days since 1970."""

    #: The days, with fractions; ascending.
    points: Points
    #: Shape (n,): the column's values, in its own units.
    own: Floats
    #: What a day is in these.
    unit: float
    #: The zone that moments are shown in; empty for the column's own clock.
    zone: str = ""
    #: Of dates in text, the day that each text writes; None in a column of dates.
    texts: Mapping[str, float] | None = None

    def shown(self, day: float) -> str:
        """A day as people write it, with the time where it has one."""
        if not _FIRST <= day < _LAST:
            return f"day {day:,.0f} from 1970"
        moment = _EPOCH + dt.timedelta(seconds=round(day * _DAY))
        moment += _ahead(moment, self.zone)
        whole = moment.time() == dt.time()
        return moment.date().isoformat() if whole else moment.isoformat(sep=" ")

    def made_up(self) -> list[float]:
        """The days that stand for none, as UTC or the column's zone has them."""
        days = np.floor(self.points.values)
        listed = _LISTED.searchsorted(days, "right") > _LISTED.searchsorted(days)
        for day in _LISTED if self.zone else ():
            midnight = _EPOCH + dt.timedelta(days=float(day))
            ahead = _ahead(midnight, self.zone) / dt.timedelta(days=1)
            listed |= np.floor(self.points.values + ahead) == day
        return made_up_in(self.points, listed)

    def written(self, points: Points) -> list[str] | None:
        """How some of the days are written; None where no text writes them."""
        if self.texts is None:
            return None
        wanted = set(points.values.tolist())
        written = (text for text, day in self.texts.items() if day in wanted)
        return sorted(written, key=self.texts.__getitem__)

    def ends(self, points: Points) -> list[float]:
        """The first and the last of some of the days, in the column's own units."""
        chosen = self.own[np.isin(self.own / self.unit, points.values[[0, -1]])]
        return [float(chosen[0]), float(chosen[-1])]


def days_of(column: ColumnProfile) -> Days | None:
    """The days of a column of dates or moments."""
    unit = units_a_day(column.dtype) if column.kind == "time" else 0.0
    if not unit or not len(column.points):
        return None
    points = column.points
    zone = _ZONE.search(column.dtype)
    own = points.moved(points.values / unit)
    return Days(own, points.values, unit, zone[1] if zone else "")


def _ahead(moment: dt.datetime, zone: str) -> dt.timedelta:
    """How far a zone's clocks are ahead of UTC."""
    if not zone or zone == "UTC":
        return dt.timedelta()
    try:
        there = moment.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
        return there.utcoffset() or dt.timedelta()
    except (KeyError, OverflowError, ValueError):
        # A zone that this machine does not know, or the first or last day that there is.
        return dt.timedelta()


def odd_dates(column: ColumnProfile) -> Iterator[Finding]:
    """``missing.sentinel`` and ``outlier.value`` of dates: made up, centuries off, or to come."""
    days = days_of(column) if column.role != "ignore" else None
    if days is not None:
        yield from odd_days(column, days)


def odd_days(column: ColumnProfile, days: Days) -> Iterator[Finding]:
    """What is said of a column's days, however they are written."""
    made_up = days.made_up()
    for day in made_up:
        yield _sentinel(column, days, day)
    yield from _apart(column, days._replace(points=_without(days.points, made_up)))


def beyond_others(days: Days, reference: Days) -> tuple[float, float]:
    """How many days lie where the others of `days` do not reach, here and in the reference."""
    sides = [_without(side.points, days.made_up()) for side in (days, reference)]
    low, high = _ends(sides[0], _today())
    ours, theirs = (side.outside(low, high).total for side in sides)
    return ours, theirs


def _without(points: Points, made_up: Sequence[float]) -> Points:
    return points.where(~np.isin(points.values, made_up)) if made_up else points


def made_up_in(points: Points, listed: Flags) -> list[float]:
    """Those of the listed days that stand apart, or far oftener than any other."""
    rest = points.where(~listed) if listed.any() else points
    if not listed.any() or len(rest) < DISTINCT:
        return []
    low, high = rest.ends
    wide = max(_span(rest), 1.0)
    commonest = float(rest.weights.max())
    found = []
    for day, times in zip(points.values[listed], points.weights[listed], strict=True):
        gap = max(low - day, day - high) / wide
        often = times >= OFTEN and times >= OFTENER * commonest
        if often or gap >= FAR_ALONE or (gap >= FAR and times > 1):
            found.append(float(day))
    return found


def _span(points: Points) -> float:
    """The days between the ends of all but a few."""
    low, high = points.quantiles([0.02, 0.98])
    return float(high - low)


def _sentinel(column: ColumnProfile, days: Days, day: float) -> Finding:
    shown = days.shown(day)
    alike = days.points.where(days.points.values == day)
    times = round(alike.total)
    texts = days.written(alike)
    fix = fixes.declare_missing(column.name, texts or [shown])
    return Finding(
        code="missing.sentinel",
        severity="warning",
        column=column.name,
        count=times,
        values=(shown,),
        message=f"{shown} occurs {plural(times, 'time')}: a date written where there is none.",
        remedy=fix.sentence,
        fix=fix,
        evidence={
            "of": "dates",
            "where": {"texts": texts} if texts else {"values": [days.ends(alike)[0]]},
            "value": shown,
            **days.points.estimated,
        },
    )


def _apart(column: ColumnProfile, days: Days) -> Iterator[Finding]:
    points, today = days.points, _today()
    if len(points) < DISTINCT:
        return
    low, high = _ends(points, today)
    out = points.outside(low, high)
    if len(out):
        yield _far(column, days, out, points.inside(low, high), today)
    coming = points.where((points.values > today + 1) & (points.values <= high))
    if 0 < coming.total <= PLANNED * points.total:
        yield _coming(column, days, coming)


def _far(column: ColumnProfile, days: Days, out: Points, inner: Points, today: float) -> Finding:
    shown = " to ".join(map(days.shown, sorted(set(out.ends))))
    first, last = map(days.shown, inner.ends)
    later = " and in the future" if out.values[-1] > today + 1 else ""
    count, texts = round(out.total), days.written(out)
    where = {"outside": days.ends(inner)} if texts is None else {"texts": texts}
    return Finding(
        code="outlier.value",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'date', 'lies', 'lie')} far from the others ({first} to {last})"
        f"{later}: {shown}.",
        remedy="Look at the rows: a century, a digit or the order of day and year may be wrong. "
        "Correct them, or declare a range.",
        evidence={"of": "dates", "where": where, **days.points.estimated},
    )


def _coming(column: ColumnProfile, days: Days, coming: Points) -> Finding:
    count, texts = round(coming.total), days.written(coming)
    where = {"inside": days.ends(coming)} if texts is None else {"texts": texts}
    return Finding(
        code="outlier.value",
        severity="info",
        column=column.name,
        count=count,
        message=f"{agree(count, 'date', 'lies', 'lie')} in the future, up to "
        f"{days.shown(float(coming.values[-1]))}.",
        remedy="Nothing, if they are planned; else look at the rows.",
        evidence={"where": where, **days.points.estimated},
    )


def _today() -> float:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    return (now - _EPOCH) / dt.timedelta(days=1)


def _ends(points: Points, today: float) -> tuple[float, float]:
    """The first and the last day that is not apart from the others."""
    values, reached, total = points.values, points.reached, points.total
    gaps = np.diff(values)
    before, after = reached[1:-1] / total, 1 - reached[1:-1] / total
    low, high = float(values[0]), float(values[-1])
    for place in np.flatnonzero((before <= RARE) & (gaps >= MONTH))[::-1]:
        rest = points.where(np.arange(len(values)) > place)
        if len(rest) >= DISTINCT and _is_wide(gaps[place], _span(rest)):
            low = float(values[place + 1])
            break
    for place in np.flatnonzero((after <= RARE) & (gaps >= MONTH)):
        rest = points.where(np.arange(len(values)) <= place)
        later = values[place] <= today + 1 < values[place + 1]
        if len(rest) >= DISTINCT and (
            _is_wide(gaps[place], _span(rest))
            or (later and gaps[place] >= max(MONTH, APART_LATER * _span(rest)))
        ):
            high = float(values[place])
            break
    return low, high


def _is_wide(gap: float, span: float) -> bool:
    return gap >= CENTURY or gap >= max(MONTH, APART * span)
