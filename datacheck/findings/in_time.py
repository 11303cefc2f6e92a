"""What time shows: gaps, rows out of order, moments that come twice, ends before beginnings.

Only a column with a beat has gaps: nearly all of its steps are one step, in months or years too, or
in working days where no day falls on a weekend. A single day left out of working days is a holiday.
Rows are told only where chance does not bring them: nearly all are in order, nearly all moments of
a thing stand once although there are hardly more moments than rows, and one column is before
another in nearly every row although their moments overlap.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.columns import bare, col, cols
from datacheck.findings.dates import dates_in, days_in, fix_of
from datacheck.findings.moments import Days
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.report.finding import Finding
from datacheck.schema.reading import strptime
from datacheck.text import agree, plural, shown_name, unused

#: A beat needs so many different moments, and this share of their steps.
ENOUGH, BEAT = 20, 0.9
#: Gaps are few: no more than this share of the steps.
FEW_GAPS = 0.05
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
        days = _whole_days(column) if column.role != "ignore" else None
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
        if len(places) > FEW_GAPS * len(steps):
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


#: Rows out of order, and rows whose keys repeat: no more than this share of all.
FEW = 0.02
#: Of the repeats that chance would bring, no more than this share.
BY_CHANCE = 0.1
#: Columns that are tried, each with each as pairs, and rows that are shown.
_COLUMNS, _PAIRED = 50, 20
_SHOWN = 20


class _Key(NamedTuple):
    """Columns that name a row but for a few: with a time, what it is the time of."""

    names: tuple[str, ...]
    #: How many rows could have names of their own.
    room: float


def in_time(profile: Profile, places: Ints, rows: pl.DataFrame) -> Iterator[Finding]:
    """``time.order``, ``time.reversed``, ``row.duplicate`` of keys, of a table seen whole."""
    texts = (profile.columns[name] for name, dtype in rows.schema.items() if dtype == pl.String)
    rows = rows.with_columns(dates for text in texts for dates in _read(text))
    times = [name for name, dtype in rows.schema.items() if dtype in (pl.Date, pl.Datetime)]
    if not times or rows.height < ENOUGH:
        return
    unique = rows.is_unique()
    named = rows.columns[:_COLUMNS]
    for at, name in enumerate(times):
        yield from _order(profile, name, places, rows[name])
        if at < _COLUMNS:
            tried = rows.select(cols(dict.fromkeys([*named, name])))
            yield from _keys(profile, name, places, tried, unique)
    for one, other in combinations(times[:_PAIRED], 2):
        yield from _reversed(one, other, places, rows)


def _read(column: ColumnProfile) -> Iterator[pl.Expr]:
    """A column of text as dates or moments, where its formats are known."""
    dated = None if column.texts is None else dates_in(column.texts)
    fix = None if dated is None or dated.odd or dated.nothing else fix_of(column, dated)
    if fix is not None:
        kind: Any = pl.Date if fix.arguments["dtype"] == "Date" else pl.Datetime("us")
        forms = fix.arguments["formats"]
        yield pl.coalesce(strptime(col(column.name), kind, form) for form in forms)


def _whole_days(column: ColumnProfile) -> Days | None:
    """The days of a column, but for text that says a time of day too: only its day is known."""
    dated = None if column.texts is None else dates_in(column.texts)
    clocks = dated is not None and any(manner.clock for manner in dated.manners)
    return None if clocks else days_in(column)


def _order(profile: Profile, name: str, places: Ints, cells: pl.Series) -> Iterator[Finding]:
    cells = bare(cells)
    there = cells.is_not_null().arg_true().to_numpy()
    moments = cells.to_physical().gather(there).to_numpy()
    steps = np.diff(moments)
    down, up = np.count_nonzero(steps < 0), np.count_nonzero(steps > 0)
    least, most = min(down, up), max(down, up)
    if not 0 < least <= FEW * len(moments) or most < ENOUGH:
        return
    odd = out_of_order((moments if up > down else -moments).tolist())
    if len(odd) > FEW * len(moments):
        return
    yield Finding(
        code="time.order",
        severity="warning" if profile.columns[name].role == "time" else "info",
        column=name,
        count=len(odd),
        rows=tuple(places[there[odd]][:_SHOWN].tolist()),
        values=tuple(cells.gather(there[odd])[:_SHOWN].to_list()),
        message=f"{agree(len(odd), 'row', 'is', 'are')} out of order, where all others "
        f"{'ascend' if up > down else 'descend'}.",
        remedy="Look at the rows: a date may be wrong. Else sort by it before windows, lags or a "
        "split are taken by rows.",
    )


def out_of_order(values: list[float]) -> list[int]:
    """Places of the fewest values without which the others ascend.

    By the longest ascending subsequence (Fredman, "On Computing the Length of Longest Increasing
    Subsequences", Discrete Mathematics 11, 1975).

    >>> out_of_order([1, 2, 9, 3, 3, 4]), out_of_order([1, 1, 2])
    ([2], [])
    """
    ends: list[float] = []  # the lowest end of an ascending run of each length
    at: list[int] = []
    before = []
    for place, value in enumerate(values):
        length = bisect_right(ends, value)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        at[length : length + 1] = [place]
    kept, place = set[int](), at[-1] if at else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return [each for each in range(len(values)) if each not in kept]


def _reversed(one: str, other: str, places: Ints, rows: pl.DataFrame) -> Iterator[Finding]:
    """Rows in which the later of two moments comes first."""
    pair = rows.select(cols([one, other]))
    if pl.Date in pair.dtypes:
        pair = pair.select(pl.all().dt.date())
    else:
        pair = pair.select(pl.all().dt.cast_time_unit("us"))
    if pair.dtypes[0] != pair.dtypes[1]:  # of another zone, or of none
        return
    there = pair.with_row_index(unused("datacheck: place", pair.columns)).drop_nulls()
    at, first, second = (bare(cells).to_physical().to_numpy() for cells in there)
    if np.count_nonzero(second < first) > len(at) / 2:
        one, other, first, second = other, one, second, first
    odd = np.flatnonzero(second < first)
    if not 0 < len(odd) <= FEW * np.count_nonzero(first < second) or len(at) < ENOUGH:
        return
    by_chance = np.searchsorted(np.sort(second), first).sum() / len(at)
    if len(odd) > BY_CHANCE * by_chance:
        return
    yield Finding(
        code="time.reversed",
        severity="info",
        column=other,
        count=len(odd),
        rows=tuple(places[at[odd]][:_SHOWN].tolist()),
        values=tuple(bare(rows[other]).gather(at[odd[:_SHOWN]]).to_list()),
        message=f"{agree(len(odd), 'row', 'has', 'have')} it before {shown_name(one)}; in all "
        "others it comes with that or after it.",
        remedy="Look at the rows: the two may be exchanged, or one is wrong; unless nothing says "
        "which comes first.",
        evidence={"after": one},
    )


def _keys(
    profile: Profile, time: str, places: Ints, rows: pl.DataFrame, unique: pl.Series
) -> Iterator[Finding]:
    """Moments of one thing that stand twice, in rows that differ in something else."""
    known = bare(rows[time]).is_not_null() & unique
    whole, numbers = rows.filter(known), places[known.to_numpy()]
    numbered = whole.with_row_index(unused("datacheck: place", whole.columns))
    for key in _candidates(profile, time, rows):
        first = numbered.select(pl.first().min().over(cols(key.names))).to_series()
        again = np.flatnonzero(first.to_numpy() < np.arange(whole.height))
        count = len(again)
        if not 0 < count <= FEW * whole.height or count > BY_CHANCE * _by_chance(whole.height, key):
            continue
        named = " and ".join(map(shown_name, key.names))
        yield Finding(
            code="row.duplicate",
            severity="info",
            column=time,
            count=count,
            rows=tuple(numbers[again[:_SHOWN]].tolist()),
            values=tuple(numbers[first.to_numpy()[again[:_SHOWN]]].tolist()),
            message=f"{agree(count, 'row', 'has', 'have')} the {named} of another row, and other "
            "values; all other rows have their own.",
            remedy="Look at the rows: a correction, a delivery that came twice, or the hour in "
            "which clocks are set back. A join or a lag by them takes both.",
            evidence={"by": list(key.names)},
        )
        return


def _by_chance(rows: int, key: _Key) -> float:
    """How many rows would repeat the key of another if each drew its own."""
    return rows - key.room * -math.expm1(rows * math.log1p(-1 / key.room))


def _candidates(profile: Profile, time: str, rows: pl.DataFrame) -> Iterator[_Key]:
    moments = rows[time].n_unique()
    days = _whole_days(profile.columns[time])
    if days is not None and len(days.points) >= ENOUGH:
        beat = beat_of(days.points.values)
        if beat is not None:
            yield _Key((time,), beat.steps + 1.0)
    for name in rows.columns:
        column, dtype = profile.columns[name], rows[name].dtype
        names_things = name != time and (dtype.is_integer() or column.kind in ("text", "boolean"))
        if names_things and 1 < column.distinct <= rows.height / 2:
            yield _Key((name, time), column.distinct * moments)
