"""Numbers that are dates: days and months as digits write them, a spreadsheet's, and epochs.

As quantities they jump from month to month. Where each is a day, what is odd among them is told of
the days: they cluster as dates do, and not as numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from datacheck.findings.date_forms import (
    A_SECOND,
    are_days,
    date_in,
    day_of_spreadsheet,
    days_of_spreadsheet,
    months_in_numbers,
    unit_since_1970,
)
from datacheck.findings.moments import Days, odd_days
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.points import Points
from datacheck.report import fixes
from datacheck.report.finding import Finding

_EPOCH = dt.date(1970, 1, 1).toordinal()
#: Larger ones have a time of day behind the day.
_TIMED = 10**8


def numbered_dates(column: ColumnProfile) -> Iterator[Finding]:
    """``type.date_text`` of numbers, and what is odd among the days that they write."""
    if column.kind != "number" or column.role in ("ignore", "group"):
        return
    values, numbers = column.points.values, column.numbers
    if days_of_spreadsheet(column.name, values):
        yield _of_spreadsheet(column)
    if numbers is not None and numbers.whole == numbers.count:
        unit = unit_since_1970(column.name, values)
        if unit is not None:
            yield _since_1970(column, unit)
    if months_in_numbers(values):
        yield _told(
            column,
            f"look like months (year, month), as {values[0]:.0f}: as quantities they jump from "
            "year to year",
            "Write each as the first day of its month, year-month-day.",
            "ym",
        )
    if are_days(column.points):
        yield from _days(column)


def _told(column: ColumnProfile, what: str, remedy: str, order: str) -> Finding:
    return Finding(
        code="type.date_text",
        severity="info",
        column=column.name,
        count=column.count,
        message=f"The numbers {what}.",
        remedy=remedy,
        evidence={"order": order},
    )


def _days(column: ColumnProfile) -> Iterator[Finding]:
    """Whole numbers that are days, written as year, month and day."""
    points, first = column.points, column.points.values[0]
    written = [date_in(f"{value:.0f}") for value in points.values.tolist()]
    days = [each.days.get("ymd") if each is not None else None for each in written]
    fix = None
    if points.exact and all(days):
        timed = first >= _TIMED
        dtype = "Datetime(time_unit='us', time_zone=None)" if timed else "Date"
        fix = fixes.declare_dates(column.name, ["%Y%m%d%H%M%S" if timed else "%Y%m%d"], dtype)
    told = _told(
        column,
        f"look like dates (year, month, day), as {first:.0f}: as quantities they jump from month "
        "to month",
        fix.sentence if fix else "Read them as dates.",
        "ymd",
    )
    yield replace(told, fix=fix)
    counts: dict[float, int] = {}
    texts = {}
    for value, weight, day in zip(points.values, points.weights, days, strict=True):
        if day is not None:
            number = float(day.toordinal() - _EPOCH)
            counts[number] = counts.get(number, 0) + round(weight)
            texts[f"{value:.0f}"] = number
    of_days = Points.of_counts(counts, exact=points.exact)
    for odd in odd_days(column, Days(of_days, of_days.values, 1.0, texts=texts)):
        values = [float(text) for text in odd.evidence["where"]["texts"]]
        evidence = {**odd.evidence, "where": {"values": values}}
        fix = None if odd.fix is None else fixes.declare_missing(column.name, [*map(int, values)])
        yield replace(odd, evidence=evidence, fix=fix, remedy=fix.sentence if fix else odd.remedy)


def _of_spreadsheet(column: ColumnProfile) -> Finding:
    first, last = column.points.ends
    return _told(
        column,
        "look like a spreadsheet's numbers of days: "
        f"{first:.0f} is {day_of_spreadsheet(first).isoformat()}, {last:.0f} is "
        f"{day_of_spreadsheet(last).isoformat()}",
        "Save the sheet with its cells as dates, or add them to 1899-12-30 as days.",
        "spreadsheet",
    )


def _since_1970(column: ColumnProfile, unit: str) -> Finding:
    first = int(column.points.ends[0])
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=first // A_SECOND[unit])  # noqa: DTZ001
    told = _told(
        column,
        f"may be moments, in {unit} since 1970: {first} is {moment}",
        f"If they are, read them so: pl.from_epoch(column, time_unit={unit!r}) in polars.",
        "epoch",
    )
    return replace(told, evidence={"order": "epoch", "unit": unit})
