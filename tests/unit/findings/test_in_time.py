"""Rows in time: what is out of order, and what comes twice, unless chance may bring it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import datacheck as dc
from datacheck.findings.in_time import out_of_order

START = dt.datetime(2024, 1, 1)  # noqa: DTZ001
DAYS = [START + dt.timedelta(days=day) for day in range(40)]


def told(table: dict[str, object], code: str) -> list[dc.Finding]:
    return [f for f in dc.check(pl.DataFrame(table)).findings if f.code == code]


@given(st.lists(st.integers(0, 9)))
def test_without_what_is_out_of_order_the_rest_ascends(values):
    odd = out_of_order(values)
    kept = [value for place, value in enumerate(values) if place not in set(odd)]
    assert kept == sorted(kept)
    assert not odd or values != sorted(values)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_row_out_of_order_is_told(backwards):
    minutes = [START + dt.timedelta(minutes=minute) for minute in range(200)]
    minutes.insert(50, minutes.pop(120))
    if backwards:
        minutes.reverse()
    [finding] = told({"t": [*minutes, None]}, "time.order")
    assert (finding.count, finding.severity) == (1, "info")
    assert finding.values == (START + dt.timedelta(minutes=120),)


def test_tables_in_another_order_are_not_told():
    random = np.random.default_rng(3)
    moments = [START + dt.timedelta(hours=int(hour)) for hour in random.integers(0, 9000, 400)]
    groups = [group for group in range(30) for _ in DAYS]
    assert not told({"t": moments}, "time.order")
    assert not told({"t": sorted(moments)}, "time.order")
    assert not told({"g": groups, "t": DAYS * 30}, "time.order")


def test_a_key_that_comes_twice_is_told_where_all_others_come_once():
    shops = [f"s{shop}" for shop in range(20) for _ in DAYS]
    table = {"shop": shops, "day": DAYS * 20, "sold": [float(n) for n in range(800)]}
    assert not told(table, "row.duplicate")
    more = {name: [*cells, cells[7]] for name, cells in table.items()} | {
        "sold": [*table["sold"], -5.0]
    }
    [finding] = told(more, "row.duplicate")
    assert (finding.evidence["by"], finding.count, finding.severity) == (["shop", "day"], 1, "info")
    assert (finding.rows, finding.values) == ((800,), (7,))


def test_a_moment_that_comes_twice_in_a_column_with_a_beat():
    days = [*DAYS, *(DAYS[-1] + dt.timedelta(days=day) for day in range(1, 60)), DAYS[5]]
    [finding] = told({"day": days, "v": [n / 7 for n in range(len(days))]}, "row.duplicate")
    assert finding.evidence["by"] == ["day"]


def test_events_that_chance_brings_together_are_left_alone():
    random = np.random.default_rng(4)
    seconds = random.integers(0, 300_000, 2000)
    table = {
        "who": random.integers(0, 300, 2000),
        "t": [START + dt.timedelta(seconds=int(each)) for each in seconds],
        "v": random.normal(size=2000),
    }
    assert not told(table, "row.duplicate")
    table["t"] = [each.replace(hour=0, minute=0, second=0) for each in table["t"]]
    assert not told(table, "row.duplicate")


def trips(rows: int = 400) -> tuple[list[dt.datetime], list[dt.datetime]]:
    random = np.random.default_rng(5)
    starts = [START + dt.timedelta(minutes=int(each)) for each in random.integers(0, 40_000, rows)]
    ends = [
        start + dt.timedelta(hours=int(took))
        for start, took in zip(starts, random.integers(0, 90, rows), strict=True)
    ]
    return starts, ends


@pytest.mark.parametrize("kind", [dt.datetime, dt.date])
@pytest.mark.parametrize("swapped", [False, True])
def test_an_end_before_its_beginning_is_asked_about(kind, swapped):
    starts, ends = trips()
    ends[7], ends[30] = (starts[at] - dt.timedelta(days=2) for at in (7, 30))
    shown = ends if kind is dt.datetime else [end.date() for end in ends]
    table = {"to": shown, "from": starts} if swapped else {"from": starts, "to": shown}
    [finding] = told(table, "time.reversed")
    assert (finding.severity, finding.column, finding.evidence["after"]) == ("info", "to", "from")
    assert (finding.rows, finding.values) == ((7, 30), (shown[7], shown[30]))


def test_moments_of_which_none_must_come_first_are_not():
    starts, ends = trips()
    early = [end if at % 20 else starts[at] - dt.timedelta(1) for at, end in enumerate(ends)]
    seldom = [start if at % 50 else start - dt.timedelta(1) for at, start in enumerate(starts)]
    utc = [end.replace(tzinfo=dt.UTC) for end in [starts[0] - dt.timedelta(1), *ends[1:]]]
    later = [start + dt.timedelta(days=36) for start in reversed(starts)]  # few by chance
    for other in (ends, early, seldom, utc, later):
        assert not told({"from": starts, "to": other}, "time.reversed")


def test_a_zero_far_away_is_told_once():
    degrees = 40.7 + np.random.default_rng(6).normal(0, 0.03, 500)
    degrees[::40] = 0.0
    [finding] = told({"latitude": degrees}, "missing.sentinel")
    assert finding.count == 13


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y"])
def test_dates_in_text_tell_what_dates_do(form):
    days = [day.date() for day in DAYS]
    ends = [day + dt.timedelta(days=3) for day in days] * 5
    ends[20] = days[20] - dt.timedelta(days=9)
    table = {"start": days * 5, "group": sorted([0, 1, 2, 3, 4] * len(days)), "end": ends}
    table["start"][5] = days[6]
    written = dict(table)
    for name in ("start", "end"):
        written[name] = [day.strftime(form) for day in table[name]]
    for code in ("time.order", "time.reversed", "time.gap", "row.duplicate"):
        as_dates, as_text = (
            [(f.column, f.count, f.rows) for f in told(each, code)] for each in (table, written)
        )
        assert as_text == as_dates
    assert told(written, "time.reversed")


def test_moments_of_two_units_are_compared():
    ends = [moment + dt.timedelta(hours=5) for moment in DAYS * 5]
    ends[7] -= dt.timedelta(days=2)
    table = {
        "start": pl.Series(DAYS * 5, dtype=pl.Datetime("ms")),
        "end": pl.Series(ends, dtype=pl.Datetime("ns")),
    }
    [finding] = told(table, "time.reversed")
    assert finding.rows == (7,)
