"""Dates and durations: made up, far off, to come, left out, drifted."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.findings.in_time import beat_of
from datacheck.findings.moments import MADE_UP

RNG = np.random.default_rng(3)
TODAY = dt.datetime.now(dt.UTC).date()
DAYS = [TODAY - dt.timedelta(days=int(back)) for back in RNG.integers(10, 1500, 400)]
BORN = [dt.date(1950, 1, 1) + dt.timedelta(days=int(on)) for on in RNG.integers(0, 18_000, 400)]
KINDS = {
    "date": pl.Date,
    "moment": pl.Datetime("ms"),
    "nanoseconds": pl.Datetime("ns"),
    "zoned": pl.Datetime("us", "Europe/Berlin"),
}


def told(cells, kind="date", **options):
    frame = pl.DataFrame({"d": pl.Series(cells).cast(KINDS[kind])})
    return [(f.code, f.severity, f.count) for f in dc.check(frame, **options).findings]


def with_put(cells, value, times):
    return [value if row % 17 == 3 and row // 17 < times else day for row, day in enumerate(cells)]


@pytest.mark.parametrize("kind", ["date", "moment"])
@pytest.mark.parametrize("day", sorted(MADE_UP - {dt.date(2050, 1, 1), dt.date(2050, 12, 31)}))
def test_a_date_that_is_written_for_none_is_told(day, kind):
    cells = with_put(DAYS, day, 4)
    assert told(cells, kind) == [("missing.sentinel", "warning", 4)]


@pytest.mark.parametrize("kind", ["moment", "zoned", "nanoseconds"])
def test_its_fix_empties_these_cells_in_any_kind_of_column(kind):
    frame = pl.DataFrame({"d": pl.Series(with_put(DAYS, dt.date(1900, 1, 1), 4)).cast(KINDS[kind])})
    repaired, log = dc.repair(frame, unsafe=True)
    assert repaired["d"].null_count() == log.height == 4
    assert not [f for f in dc.check(repaired).findings if f.code == "missing.sentinel"]


def test_one_in_the_midst_is_told_where_it_stands_far_oftener_than_others():
    epoch = dt.date(1970, 1, 1)
    assert told(with_put(BORN, epoch, 20)) == [("missing.sentinel", "warning", 20)]
    assert not told(with_put(BORN, epoch, 1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("day", [dt.date(1823, 3, 1), dt.date(2122, 3, 1), dt.date(2062, 3, 1)])
def test_dates_a_century_off_or_beyond_today_are_told(day, kind):
    assert told(with_put(DAYS, day, 2), kind) == [("outlier.value", "warning", 2)]


def test_a_birth_in_the_wrong_century_is_told_with_its_row():
    frame = pl.DataFrame({"born": with_put(BORN, dt.date(2061, 5, 6), 1)})
    [finding] = dc.check(frame).findings
    assert (finding.code, finding.rows) == ("outlier.value", (3,))
    assert "2061-05-06" in finding.message


def test_planned_dates_are_for_information_and_a_plan_is_nothing():
    coming = [TODAY + dt.timedelta(days=on) for on in range(2, 30)]
    assert told(DAYS + coming) == [("outlier.value", "info", 28)]
    assert not told([TODAY + dt.timedelta(days=int(on)) for on in RNG.integers(2, 900, 300)])


@pytest.mark.parametrize("cells", [DAYS, BORN, [dt.date(y, 1, 1) for y in range(1900, 2020)]])
def test_plain_dates_are_no_finding(cells):
    assert not told(cells)


def test_a_regular_column_has_gaps_and_says_where():
    cells = [dt.date(2020, 1, 1) + dt.timedelta(days=on) for on in range(300) if on not in (9, 10)]
    assert told(cells) == [("time.gap", "info", 2)]
    assert told(cells, time="d") == [("time.gap", "warning", 2)]
    [finding] = dc.check(pl.DataFrame({"d": cells})).findings
    assert finding.evidence["gaps"] == [["2020-01-09", "2020-01-12", 2]]


def counted(start, step, many, without=()):
    cells = np.arange(start, step * many + start, step)
    return np.delete(cells, list(without))


@pytest.mark.parametrize(
    ("moments", "name", "left"),
    [
        (counted(18_000.0, 1.0, 60, (20, 21)), "1 day", 2),
        (counted(18_000.0, 7.0, 60, (20,)), "7 days", 1),
        (counted(18_000.0, 1 / 24, 90, (20, 21, 22)), "1 hour", 3),
        (counted(18_000.0, 1 / 96, 90, (20,)), "15 minutes", 1),
    ],
)
def test_a_beat_is_found(moments, name, left):
    beat = beat_of(moments)
    assert beat is not None
    assert (beat.name, sum(count for _, count in beat.gaps)) == (name, left)


def test_months_quarters_years_and_working_days_have_a_beat():
    import pandas as pd

    for freq, name in {"MS": "1 month", "ME": "1 month", "QE": "3 months", "YE": "1 year"}.items():
        days = pd.date_range("1960-01-31", periods=60, freq=freq).delete(30)
        beat = beat_of(((days - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy())
        assert beat is not None, freq
        assert (beat.name, [count for _, count in beat.gaps]) == (name, [1])
    days = pd.bdate_range("2015-01-01", "2016-01-01").delete([50, 100, 101, 102, 103])
    beat = beat_of(((days - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy())
    assert beat is not None
    assert (beat.name, [count for _, count in beat.gaps]) == ("1 working day", [4])


def test_what_has_no_beat_has_no_gaps():
    assert beat_of(np.unique(RNG.integers(0, 2000, 300)).astype(float)) is None
    assert beat_of(np.cumsum(RNG.exponential(1.0, 300))) is None


def test_durations_below_zero_or_far_off_are_told():
    lasts = [dt.timedelta(minutes=float(m)) for m in RNG.lognormal(3, 0.4, 300)]
    assert not dc.check(pl.DataFrame({"lasts": lasts})).findings
    for odd in (dt.timedelta(minutes=-40), dt.timedelta(days=900)):
        put = [odd if row in (5, 70) else cell for row, cell in enumerate(lasts)]
        [finding] = dc.check(pl.DataFrame({"lasts": put})).findings
        assert (finding.code, finding.rows) == ("outlier.value", (5, 70))


def compared(before, after):
    found = dc.compare(pl.DataFrame({"d": before}), pl.DataFrame({"d": after})).findings
    return [(f.code, f.severity) for f in found]


def test_dates_pass_and_do_not_drift_but_step_back_and_change_calendars():
    later = [day + dt.timedelta(days=40) for day in DAYS]
    assert compared([day - dt.timedelta(days=100) for day in DAYS], DAYS) == []
    assert compared(later, [day - dt.timedelta(days=600) for day in DAYS]) == [
        ("drift.shift", "warning")
    ]
    assert compared(BORN, [day + dt.timedelta(days=1462) for day in BORN]) == [
        ("drift.unit_change", "error")
    ]
    assert compared(BORN[:200], BORN[200:]) == []


def test_a_date_of_the_wrong_century_is_news_and_durations_change_their_unit():
    assert compared(BORN, with_put(BORN, dt.date(2061, 5, 6), 1)) == [("outlier.value", "warning")]
    lasts = [dt.timedelta(minutes=float(m)) for m in RNG.lognormal(3, 0.4, 300)]
    assert compared(lasts, [each * 60 for each in lasts]) == [("drift.unit_change", "error")]


def test_a_late_date_is_no_news_where_the_reference_has_some_as_late():
    month = [dt.date(1992, 4, 29) + dt.timedelta(days=n // 3) for n in range(40)]
    late = [dt.date(1992, 8, 12), dt.date(1992, 12, 16), dt.date(1993, 11, 24)]
    assert compared([*month, *late], [*month, late[2]]) == []
    assert compared(month, [*month, late[2]]) == [("outlier.value", "warning")]
