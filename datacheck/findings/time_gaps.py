"""Gaps in a time column: a count of days, hours or months that goes on, and then leaves some out.

Only a column with a beat has gaps: nearly all of its steps are one step, in months or years too, or
in working days where no day falls on a weekend. A single day left out of working days is a holiday.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats
from datacheck.findings.moments import Days, days_of
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.text import plural

#: A beat needs so many different moments, and this share of their steps.
ENOUGH, BEAT = 20, 0.9
#: Gaps are few: no more than this share of the steps.
FEW = 0.05
#: Steps left out that make a gap; of working days, more than a holiday.
LEFT_OUT, HOLIDAY = 1, 3
#: Gaps that the message names.
_NAMED = 3
_WEEKDAYS = 5


class Beat(NamedTuple):
    """The beat of a time column, and where it stops."""

    #: Of a step, for people.
    name: str
    #: Places (of the moment before each) and how many steps are left out there.
    gaps: list[tuple[int, int]]
    #: Steps in all, those left out among them.
    steps: int


def time_gaps(profile: Profile) -> Iterator[Finding]:
    """``time.gap``: moments that a regular time column leaves out."""
    for column in profile.columns.values():
        days = days_of(column) if column.role != "ignore" else None
        if days is not None and days.points.exact and len(days.points) >= ENOUGH:
            beat = beat_of(days.points.values)
            if beat is not None and beat.gaps:
                yield _finding(column, days, beat)


def beat_of(moments: Floats) -> Beat | None:
    """The beat of ascending days since 1970, if they have one."""
    for name, counted, holiday in _countings(moments):
        steps = np.diff(counted)
        sizes, counts = np.unique(steps, return_counts=True)
        step = sizes[counts.argmax()]
        if step <= 0 or counts.max() < BEAT * len(steps):
            continue
        whole = np.rint(steps / step)
        if np.abs(steps / step - whole).max() > 1e-6:  # noqa: PLR2004 - a beat that has not stumbled
            continue
        left = whole.astype(np.int64) - 1
        places = np.flatnonzero(left >= (HOLIDAY if holiday else LEFT_OUT))
        if len(places) > FEW * len(steps):
            continue
        gaps = [(int(place), int(left[place])) for place in places]
        return Beat(_named(name, float(step)), gaps, int(whole.sum()))
    return None


def _countings(moments: Floats) -> Iterator[tuple[str, Floats, bool]]:
    """The moments counted in several ways: the name of one, the counts, and whether it rests."""
    if (moments % 1 == 0).all():
        dates = moments.astype(np.int64).astype("datetime64[D]")
        # 1970 began on a Thursday.
        if ((moments + 3) % 7 < _WEEKDAYS).all():
            yield "working day", np.busday_count(dates[0], dates).astype(np.float64), True
        yield "day", moments, False
        months = dates.astype("datetime64[M]")
        in_month = (dates - months).astype(np.int64)
        last = ((dates + 1).astype("datetime64[M]") > months).all()
        if last or len(np.unique(in_month)) == 1:
            yield "month", months.astype(np.int64).astype(np.float64), False
        return
    yield "second", np.rint(moments * 86_400_000) / 1000, False


def _named(name: str, step: float) -> str:
    if name == "second":
        for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
            if step % size == 0:
                return plural(int(step // size), unit)
        return f"{step:g} seconds"
    if name == "month" and step % 12 == 0:
        return plural(int(step // 12), "year")
    return plural(int(step), name)


def _finding(column: ColumnProfile, days: Days, beat: Beat) -> Finding:
    left = sum(count for _, count in beat.gaps)
    values = days.points.values
    told = [
        f"{count:,} between {days.shown(float(values[place]))} and "
        f"{days.shown(float(values[place + 1]))}"
        for place, count in beat.gaps[:_NAMED]
    ]
    more = f", and {len(beat.gaps) - _NAMED} more gaps" if len(beat.gaps) > _NAMED else ""
    return Finding(
        code="time.gap",
        severity="warning" if column.role == "time" else "info",
        column=column.name,
        count=left,
        message=f"{left:,} of {beat.steps:,} steps of {beat.name} are left out: {'; '.join(told)}"
        f"{more}.",
        remedy="Find out whether rows are missing there, before windows or lags are taken by rows.",
        evidence={
            "step": beat.name,
            "gaps": [
                [days.shown(float(values[place])), days.shown(float(values[place + 1])), count]
                for place, count in beat.gaps[:20]
            ],
        },
    )
