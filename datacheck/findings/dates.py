"""Dates and moments that are written as text: in which order, and which cells are none.

A text is a date by its shape: three parts with the same mark between them, one of them a year,
and perhaps a time of day behind. Day and month are told apart by the days beyond 12. A column of
such texts is one of dates, and what does not fit is named.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from datacheck.findings.nothing import nothing_words
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.model import ColumnProfile, Profile
    from datacheck.report.fix import Fix

#: From this share of dates on, and so many of them, a column of text is one of dates.
DATES, ENOUGH = 0.8, 3
#: A spreadsheet's number of a day between 1954 and 2064.
_DAY_NUMBERS = range(20_000, 60_001)
#: Texts that the message names.
_NAMED = 3

_SHAPE = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4})"
    r"(?:[T ]\s*(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d+)?)?)"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_ORDERS = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}
_PARTS = {"ymd": "%Y{0}%m{0}%d", "dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}


class _Shape(NamedTuple):
    """How a text writes a date: the orders in which it is one, none where no such day exists."""

    orders: frozenset[str]
    mark: str
    clock: str
    zone: str


def written_dates(profile: Profile) -> Iterator[Finding]:
    """``type.date_text``: dates in text, how they are written, and the cells that are none."""
    for column in profile.columns.values():
        if column.kind == "text" and column.texts is not None and column.role != "ignore":
            yield from _in_column(column)


def _in_column(column: ColumnProfile) -> Iterator[Finding]:
    texts = column.texts
    assert texts is not None  # noqa: S101 - asked above
    nothing = nothing_words(texts)
    counts = {text: n for text, n in sorted(texts.values.items()) if text not in nothing}
    shapes = {text: shape for text in counts if (shape := shape_of(text)) is not None}
    said, dated = sum(counts.values()), sum(counts[text] for text in shapes)
    if dated < ENOUGH or dated < DATES * said:
        return
    odd = {text: "" for text in counts if text not in shapes}
    odd |= {text: "no such day" for text, shape in shapes.items() if not shape.orders}
    if odd:
        yield _odd(column, odd, counts, dated)
    real = {text: shape for text, shape in shapes.items() if shape.orders}
    orders = Counter[str]()
    for text, shape in real.items():
        if len(shape.orders) == 1:
            orders[next(iter(shape.orders))] += counts[text]
    zones = {shape.zone for shape in real.values()}
    if len(orders) > 1:
        yield _mixed(column, orders, dated)
    elif len(zones) > 1:
        yield _zones(column, sorted(zones), dated)
    elif not odd:
        yield _plain(column, list(real.values()), next(iter(orders), None), dated)


def shape_of(text: str) -> _Shape | None:
    """How a text writes a date; None where it does not look like one.

    >>> sorted(shape_of("31/12/2023").orders), sorted(shape_of("01/02/2023").orders)
    (['dmy'], ['dmy', 'mdy'])
    >>> shape_of("2023-02-30").orders, shape_of("10.5.2") is None
    (frozenset(), True)
    """
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        return None
    first, second, third = found["first"], found["second"], found["third"]
    full_year = 4
    if len(first) == full_year and len(third) < full_year - 1:
        orders = {"ymd": (first, second, third)}
    elif len(third) == full_year and len(first) < full_year - 1:
        orders = {"dmy": (third, second, first), "mdy": (third, first, second)}
    else:
        return None
    exist = frozenset(order for order, parts in orders.items() if _exists(*map(int, parts)))
    clock = ""
    if found["clock"]:
        seconds = "%S%.f" if found["fraction"] else "%S"
        clock = "%I:%M" if found["half"] else "%H:%M"
        clock += f":{seconds}" if found["seconds"] else ""
        clock += " %p" if found["half"] else ""
    return _Shape(exist, found["mark"], clock, found["zone"] or "")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _odd(column: ColumnProfile, odd: dict[str, str], counts: dict[str, int], dated: int) -> Finding:
    count = sum(counts[text] for text in odd)
    dates = dated - sum(counts[text] for text, why in odd.items() if why)
    shown = [f"{text!r}{_because(text, why)}" for text, why in list(odd.items())[:_NAMED]]
    return Finding(
        code="type.date_text",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(odd),
        message=f"{plural(count, 'cell')} among {plural(dates, 'date')} in text cannot be read as "
        f"one: {', '.join(shown)}.",
        remedy="Correct these cells where they are written: a day that does not exist cannot be "
        "guessed.",
        evidence={"where": {"texts": list(odd)}, "dates": dates},
    )


def _because(text: str, why: str) -> str:
    if not why and text.strip().isdecimal() and int(text) in _DAY_NUMBERS:
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(text))
        why = f"perhaps a spreadsheet's number of the day {day.isoformat()}"
    return f" ({why})" if why else ""


def _mixed(column: ColumnProfile, orders: Counter[str], dated: int) -> Finding:
    shown = " and ".join(f"{_ORDERS[order]} ({count:,})" for order, count in orders.most_common())
    return Finding(
        code="type.date_text",
        severity="warning",
        column=column.name,
        count=dated,
        message=f"The texts are dates in more than one order: {shown} of those that tell.",
        remedy="Find out where the table was joined, and write all dates as year-month-day: which "
        "day 01/02/2023 is cannot be told from the cell.",
        evidence={"orders": dict(orders)},
    )


def _zones(column: ColumnProfile, zones: list[str], dated: int) -> Finding:
    shown = ", ".join(zone or "none" for zone in zones)
    return Finding(
        code="type.date_text",
        severity="info",
        column=column.name,
        count=dated,
        message=f"The texts are moments with several offsets from UTC ({shown}).",
        remedy="Declare a dtype of Datetime with a time_zone, which reads each by its offset.",
        evidence={"offsets": zones},
    )


def _plain(column: ColumnProfile, shapes: list[_Shape], order: str | None, dated: int) -> Finding:
    fix = _fix(column, shapes, order)
    known = _ORDERS[order] if order else "day and month in either order"
    what = "moments" if any(shape.clock for shape in shapes) else "dates"
    return Finding(
        code="type.date_text",
        severity="info",
        column=column.name,
        count=dated,
        message=f"The texts are {what} ({known}).",
        remedy=fix.sentence if fix else "Write them as year-month-day, and declare the dtype.",
        fix=fix,
        evidence={"order": order},
    )


def _fix(column: ColumnProfile, shapes: list[_Shape], order: str | None) -> Fix | None:
    if order is None or any(shape.zone for shape in shapes):
        return None
    formats = sorted(
        {
            _PARTS[order].format(shape.mark) + (f" {shape.clock}" if shape.clock else "")
            for shape in shapes
        }
    )
    timed = {bool(shape.clock) for shape in shapes}
    if len(timed) > 1 or (column.texts is not None and not column.texts.exact):
        return None
    dtype = "Datetime(time_unit='us', time_zone=None)" if True in timed else "Date"
    return fixes.declare_dates(column.name, formats, dtype)
