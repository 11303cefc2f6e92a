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
