"""Months, times, feet and inches, ranges and pairs in text: told, and read where none is lost."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(4)
ROWS = 80
DAYS = [dt.date(2019, 1, 3) + dt.timedelta(days=int(n)) for n in RNG.integers(0, 900, ROWS)]
HOURS, MINUTES = RNG.integers(0, 24, ROWS), RNG.integers(0, 60, ROWS)
SMALL = RNG.integers(2, 60, ROWS)


def told(cells):
    found = dc.check(pl.DataFrame({"cell": cells})).findings
    return [f for f in found if f.code in ("type.date_text", "type.numeric_text")]


MONTHS = ["%b %Y", "%B %Y", "%b-%Y", "%Y-%m", "%Y/%m", "%m/%Y"]


@pytest.mark.parametrize("form", MONTHS)
def test_a_month_is_read_as_its_first_day(form):
    table = pl.DataFrame({"cell": [day.strftime(form) for day in DAYS]})
    [finding] = told(table["cell"])
    assert (finding.severity, finding.fix.safe) == ("info", True)
    mended, _ = dc.repair(table)
    assert mended["cell"].to_list() == [day.replace(day=1) for day in DAYS]
    assert not told(mended["cell"])


def test_a_month_without_its_century_is_told_only():
    [finding] = told([day.strftime("%b-%y") for day in DAYS])
    assert finding.fix is None


CLOCKS = ["%H:%M", "%H:%M:%S", "%I:%M %p"]


@pytest.mark.parametrize("form", CLOCKS)
def test_a_time_of_day_is_read_as_one(form):
    times = [dt.time(int(h), int(m)) for h, m in zip(HOURS, MINUTES, strict=True)]
    table = pl.DataFrame({"cell": [time.strftime(form) for time in times]})
    assert told(table["cell"])[0].severity == "info"
    mended, _ = dc.repair(table)
    assert mended["cell"].to_list() == times


def pairs(form, first=SMALL, second=MINUTES % 12):
    return [form.format(a, b) for a, b in zip(first.tolist(), second.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (pairs("{}:{:02d}", HOURS + 20, MINUTES), "lengths of time in two or three parts"),
        (pairs("{}h {}m", HOURS, MINUTES), "lengths of time in hours and minutes"),
        (pairs("{}'{}\""), "lengths in feet and inches"),
        (pairs("{} ft {} in"), "lengths in feet and inches"),
        (pairs("{}-{}", SMALL, SMALL + 5), "ranges of numbers"),
        (pairs("{} to {}", SMALL * 10, SMALL * 10 + 9), "ranges of numbers"),
        (pairs("{}/{}", SMALL + 100, SMALL + 50), "two numbers in one cell"),
        (pairs("{}.25, {}.5"), "two numbers in one cell"),
        (pairs("{} x {}"), "two numbers in one cell"),
        (pairs("{}x{} cm"), "two numbers in one cell"),
        (pairs("{} mm x {} mm x 5 mm"), "three numbers in one cell"),
    ],
)
def test_what_has_two_parts_is_told(cells, what):
    [finding] = told(cells)
    assert (finding.severity, finding.evidence["shape"], finding.fix) == ("info", what, None)


@pytest.mark.parametrize(
    "cells",
    [
        pairs("555-{:04d}", SMALL * 7),
        pairs("{}-{}", RNG.integers(100, 999, ROWS), RNG.integers(100, 999, ROWS)),
        pairs("{}-{}", RNG.integers(0, 5, ROWS), RNG.integers(0, 5, ROWS)),
        RNG.choice(["May", "June", "never"], ROWS).tolist(),
        RNG.choice(["10.0.0.1", "10.0.0.2", "192.168.1.4"], ROWS).tolist(),
    ],
)
def test_codes_and_words_have_no_parts(cells):
    assert not told(cells)


def test_scales_of_temperature_are_told_to_have_no_factor():
    cells = [
        f"{t:.1f} °{'F' if k % 5 == 0 else 'C'}" for k, t in enumerate(RNG.normal(20, 5, ROWS))
    ]
    [finding] = told(cells)
    assert "no factor" in finding.remedy
    assert finding.fix is None


def test_a_spreadsheets_numbers_of_days_are_told_under_a_name_that_says_so():
    numbers = 44_197 + RNG.integers(0, 700, ROWS)
    [finding] = dc.check(pl.DataFrame({"order_date": numbers})).findings
    assert (finding.code, finding.severity) == ("type.date_text", "info")
    assert "44" in finding.message
    assert not dc.check(pl.DataFrame({"price": numbers})).findings
