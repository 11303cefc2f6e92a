"""Durations, which are quantities with a unit of their own; and how dates and durations drift.

Dates pass: that a later table has later dates is no change. What is one is a step back, a spread
that is another, or the four years and a day between the two calendars of spreadsheets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from datacheck.findings.changes import change_between
from datacheck.findings.fences import fences_of
from datacheck.findings.moments import Days, days_of, unit_of
from datacheck.findings.outliers import RARE, apart
from datacheck.profiling.column import ColumnProfile
from datacheck.report.finding import Finding
from datacheck.text import agree, chance, magnitude

#: Negative durations are a slip up to this share.
SLIPPED = 0.05
#: Dates that pass may overlap; fewer cells say nothing.
ENOUGH = 8
#: The days between the counts from 1900 and from 1904.
CALENDARS = 1462.0
#: Times of day that a column has at most, by which another zone can be told; and, in seconds, what
#: zones differ by.
CLOCKS, ZONES = 12, 900
#: Seconds.
DAY = 86_400


def odd_durations(column: ColumnProfile) -> Iterator[Finding]:
    """``outlier.value`` of durations: few below zero, or far from all others."""
    if column.kind == "time" and column.dtype.startswith("Duration") and len(column.points):
        yield from _odd(column)


def _odd(column: ColumnProfile) -> Iterator[Finding]:
    points = column.points
    below = points.where(points.values < 0)
    low = 0.0 if 0 < below.total <= SLIPPED * points.total else float(points.values[0])
    fences = fences_of(points)
    out = points.where(points.values < low)
    if fences is not None:
        far = apart(points, fences)
        if far.total <= RARE * points.total:
            out = points.where(np.isin(points.values, far.values) | (points.values < low))
    if not len(out):
        return
    inner = points.where(~np.isin(points.values, out.values))
    ends = list(inner.ends)
    shown = [shown_duration(value, column.dtype) for value in (*out.values[[0, -1]], *ends)]
    count = round(out.total)
    far_off = shown[0] if len(out) == 1 else f"{shown[0]} to {shown[1]}"
    yield Finding(
        code="outlier.value",
        severity="warning",
        column=column.name,
        count=count,
        message=f"{agree(count, 'duration', 'lies', 'lie')} outside the others "
        f"({shown[2]} to {shown[3]}): {far_off}.",
        remedy="Look at the rows: an end before its start, or a start that is missing. Correct "
        "them, or declare a range.",
        evidence={"where": {"outside": ends}, **points.estimated},
    )


def shown_duration(value: float, dtype: str) -> str:
    """A duration as people write it.

    >>> shown_duration(5_400_000.0, "Duration(time_unit='ms')")
    '1:30:00'
    """
    seconds = value / unit_of(dtype)
    try:
        return str(dt.timedelta(seconds=seconds))
    except OverflowError:
        return f"{magnitude(seconds, 5)} s"


def changed_dates(old: ColumnProfile, new: ColumnProfile, alpha: float) -> Iterator[Finding]:
    """How dates have changed that have not merely passed."""
    theirs, ours = days_of(old), days_of(new)
    if theirs is None or ours is None:
        return
    if min(theirs.points.total, ours.points.total) < ENOUGH:
        return
    change = change_between(theirs.points, ours.points)
    if not change.is_real(alpha):
        return
    for offset in (CALENDARS, -CALENDARS):
        moved = ours.points.moved(ours.points.values - offset)
        if not change_between(theirs.points, moved).is_real(alpha):
            yield _calendar(new, offset)
            return
    if not _has_passed(theirs, ours):
        yield _moved(new, theirs, ours, change.p)


def _clocks(days: Days) -> set[int]:
    """The times of day of moments, in seconds."""
    values = days.points.values
    return {*np.rint((values - np.floor(values)) * DAY).astype(int).tolist()}


def _clocks_moved(theirs: Days, ours: Days) -> float | None:
    """By how many hours the few times of day of the reference have moved, all alike, to be ours.

    Another zone moves midnights so; None where nothing does.
    """
    before, now = _clocks(theirs), _clocks(ours)
    if len(before) != len(now) or not before.isdisjoint(now) or len(before) > CLOCKS:
        return None
    first = min(now)
    for other in before:
        moved = (first - other) % DAY
        if moved % ZONES == 0 and {(each + moved) % DAY for each in before} == now:
            return (moved if moved <= DAY / 2 else moved - DAY) / 3600
    return None


def other_clocks(old: ColumnProfile, new: ColumnProfile) -> Finding | None:
    """``drift.shift`` of moments whose times of day have all moved by as much."""
    theirs, ours = days_of(old), days_of(new)
    if theirs is None or ours is None or min(theirs.points.total, ours.points.total) < ENOUGH:
        return None
    hours = _clocks_moved(theirs, ours)
    if hours is None:
        return None
    shown = [str(dt.timedelta(seconds=min(_clocks(days)))) for days in (theirs, ours)]
    return Finding(
        code="drift.shift",
        severity="warning",
        column=new.name,
        count=new.rows - new.null,
        message=f"All times of day are {abs(hours):g} hours "
        f"{'later' if hours > 0 else 'earlier'} than the reference's ({shown[0]} to {shown[1]}): "
        "perhaps moments of another time zone.",
        remedy="Find out which zone each table is in, and bring both to one.",
        evidence={"hours": hours},
    )


def _has_passed(theirs: Days, ours: Days) -> bool:
    later = ours.points.quantile(0.5) >= theirs.points.quantile(0.5)
    return bool(later and ours.points.values[-1] > theirs.points.values[-1])


def _calendar(column: ColumnProfile, offset: float) -> Finding:
    way = "later" if offset > 0 else "earlier"
    return Finding(
        code="drift.unit_change",
        severity="error",
        column=column.name,
        count=column.rows - column.null,
        message=f"The dates are {abs(offset):,.0f} days {way} than the reference's: a spreadsheet "
        "that counts from 1904, read as one that counts from 1900, or the contrary.",
        remedy="Read the spreadsheet again by its own calendar, or take the days off.",
        evidence={"factor": 1.0, "offset": offset, "conversion": "calendars of spreadsheets"},
    )


def _moved(column: ColumnProfile, theirs: Days, ours: Days, p: float) -> Finding:
    middles = [days.shown(np.floor(days.points.quantile(0.5))) for days in (theirs, ours)]
    ends = [
        f"{days.shown(float(days.points.values[0]))} to {days.shown(float(days.points.values[-1]))}"
        for days in (theirs, ours)
    ]
    return Finding(
        code="drift.shift",
        severity="warning",
        column=column.name,
        count=column.rows - column.null,
        message=f"The dates have moved by more than the passing of time: median {middles[0]} to "
        f"{middles[1]}; the reference spans {ends[0]}, the data {ends[1]} ({chance(p)}).",
        remedy="Find out which rows were drawn; declare role: time, if it is when a row was taken.",
        evidence={"median": middles, "p": p},
    )
