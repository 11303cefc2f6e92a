"""Dates and moments that are written as text: in which order, and which cells are none.

Day and month are told apart by the days beyond 12 among the texts that write them alike. A column
of which most texts are dates is one of dates, and what does not fit is named; what a column of
dates shows by itself (made-up days, days far off) is told of these too.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from datacheck.findings.date_forms import (
    DAY_NUMBERS,
    Manner,
    Written,
    date_in,
    day_of_spreadsheet,
)
from datacheck.findings.moments import Days, days_of, odd_days
from datacheck.findings.nothing import nothing_words
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.facts import fact
from datacheck.profiling.points import Points
from datacheck.profiling.texts import Texts, has_digits
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.report.fix import Fix
from datacheck.text import plural

#: From this share of dates on, and so many of them, a column of text is one of dates.
DATES, ENOUGH = 0.8, 3
#: Texts that the message names.
_NAMED = 3
_ORDERS = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}
_ISO = "Write them as year-month-day, and declare the dtype."
_BY_OFFSET = "Declare a dtype of Datetime with a time_zone, which reads each by its offset."
_NAMED_ZONES = (
    "Write the offset from UTC (+01:00) where the name of a zone stands: no dtype reads it."
)
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Dated:
    """A column of text whose texts are dates."""

    #: The texts that say something, with how often each stands.
    counts: dict[str, int]
    #: Those that stand for none: words, and dates of zeros or nines.
    nothing: list[str]
    #: How each text that is a day is written.
    real: dict[str, Written]
    #: Texts that have the shape of a date, of a day that does not exist.
    impossible: list[str]
    #: Whether these are all texts.
    exact: bool

    @cached_property
    def manners(self) -> dict[Manner, int]:
        """How many cells are written in each manner."""
        manners: dict[Manner, int] = defaultdict(int)
        for text, written in self.real.items():
            manners[written.manner] += self.counts[text]
        return manners

    @cached_property
    def orders(self) -> dict[str, Counter[str]]:
        """By style, how many cells tell each order."""
        orders: dict[str, Counter[str]] = defaultdict(Counter)
        for manner, count in self.manners.items():
            told = manner.orders if len(manner.orders) == 1 else ()
            orders[manner.style].update(dict.fromkeys(told, count))
        return dict(orders)

    @cached_property
    def order_of(self) -> dict[str, str | None]:
        """By style, the order in which its texts are read; None where nothing tells it."""
        return {style: min(told) if len(told) == 1 else None for style, told in self.orders.items()}

    @property
    def count(self) -> int:
        """Cells that are days."""
        return sum(self.manners.values())

    @cached_property
    def odd(self) -> list[str]:
        """Texts that are no days."""
        several = len(self.counts) > len(self.real)
        return [text for text in self.counts if text not in self.real] if several else []

    @property
    def zones(self) -> set[str]:
        """The offsets and zones that its texts name; empty where one names none."""
        return {manner.zone for manner in self.manners}

    @property
    def several(self) -> Counter[str]:
        """How many cells tell each order."""
        return sum(self.orders.values(), Counter())

    @cached_property
    def days(self) -> Days | None:
        """The days of all texts whose order is known; None where a century is not written."""
        if any(style.endswith("yy") for style in self.orders):
            return None
        order_of = {manner: self.order_of[manner.style] or "" for manner in self.manners}
        texts = {
            text: float(day.toordinal() - _EPOCH)
            for text, written in self.real.items()
            if (day := written.days.get(order_of[written.manner])) is not None
        }
        if not texts:
            return None
        counts: dict[float, int] = defaultdict(int)
        for text, number in texts.items():
            counts[number] += self.counts[text]
        points = Points.of_counts(counts, exact=self.exact)
        return Days(points, points.values, 1.0, texts=texts)


def written_dates(column: ColumnProfile) -> Iterator[Finding]:
    """``type.date_text``: dates in text, how they are written, and the cells that are none."""
    if column.kind == "text" and column.role != "ignore":
        dated = None if column.texts is None else dates_in(column.texts)
        if dated is not None:
            yield from _in_column(column, dated)


def days_in(column: ColumnProfile) -> Days | None:
    """The days of a column, of dates or of text; None where it holds none."""
    if column.kind != "text":
        return days_of(column)
    dated = None if column.texts is None else dates_in(column.texts)
    return None if dated is None else dated.days


@fact
def dates_in(texts: Texts) -> Dated | None:
    """The dates among texts; None where these are none."""
    if not has_digits(texts):
        return None
    words = nothing_words(texts)
    counts, made, impossible, real = {}, [], [], {}
    said = texts.values
    if words:
        said = {text: count for text, count in said.items() if text not in words}
    read: dict[str, Written | None] = {}
    odd, most = 0, (1 - DATES) * sum(said.values())
    for text, count in said.items():
        written = read[text] = date_in(text)
        if written is None and (odd := odd + count) > most:
            return None
    for text in sorted(read):
        written = read[text]
        if written is not None and written.days:
            real[text] = written
        elif written is not None:
            if _stands_for_none(text):
                made.append(text)
                continue
            impossible.append(text)
        counts[text] = said[text]
    dated = Dated(counts, [*sorted(words), *made], real, impossible, texts.exact)
    if dated.count < ENOUGH or dated.count < DATES * sum(counts.values()):
        return None
    return dated


def _stands_for_none(text: str) -> bool:
    """Whether a date is all zeros, or all nines: 0000-00-00, 99/99/9999."""
    return {mark for mark in text if mark.isdigit()} in ({"0"}, {"9"})


def _in_column(column: ColumnProfile, dated: Dated) -> Iterator[Finding]:
    words = {} if column.texts is None else column.texts.words
    made = [text for text in dated.nothing if text not in words]
    if made:
        yield _made_up(column, made)
    if dated.odd:
        yield _odd(column, dated)
    zones = sorted(dated.zones)
    if len(dated.several) > 1:
        yield _mixed(column, dated)
    elif dated.several and None in dated.order_of.values():
        yield _untold(column, dated)
    elif len(zones) > 1:
        yield _zones(column, zones, dated.count)
    elif not dated.odd:
        yield _plain(column, dated)
    if dated.days is not None:
        yield from odd_days(column, dated.days)


def _made_up(column: ColumnProfile, made: list[str]) -> Finding:
    counts = {} if column.texts is None else column.texts.values
    count = sum(counts[text] for text in made)
    fix = fixes.declare_missing(column.name, made)
    shown = ", ".join(map(repr, made))
    return Finding(
        code="missing.sentinel",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(made),
        message=f"{shown} stands {plural(count, 'time')} among dates, and is written for none.",
        remedy=fix.sentence,
        fix=fix,
        evidence={"of": "dates", "where": {"texts": made}, "value": made[0]},
    )


def _odd(column: ColumnProfile, dated: Dated) -> Finding:
    count = sum(dated.counts[text] for text in dated.odd)
    shown = [f"{text!r}{_because(text, dated)}" for text in dated.odd[:_NAMED]]
    return Finding(
        code="type.date_text",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(dated.odd),
        message=f"{plural(count, 'cell')} among {plural(dated.count, 'date')} in text cannot be "
        f"read as one: {', '.join(shown)}.",
        remedy="Correct these cells where they are written"
        + (": a day that does not exist cannot be guessed." if dated.impossible else "."),
        evidence={"where": {"texts": dated.odd}, "dates": dated.count},
    )


def _because(text: str, dated: Dated) -> str:
    why = "no such day" if text in dated.impossible else ""
    if not why and text.strip().isdecimal() and int(text) in DAY_NUMBERS:
        day = day_of_spreadsheet(int(text))
        why = f"perhaps a spreadsheet's number of the day {day.isoformat()}"
    return f" ({why})" if why else ""


def _mixed(column: ColumnProfile, dated: Dated) -> Finding:
    told = dated.several
    shown = " and ".join(f"{_ORDERS[order]} ({count:,})" for order, count in told.most_common())
    fix = None if dated.odd else fix_of(column, dated)
    ask = (
        "Find out where the table was joined, and write all dates as year-month-day: which day "
        "01/02/2023 is cannot be told from the cell."
    )
    return Finding(
        code="type.date_text",
        severity="warning",
        column=column.name,
        count=dated.count,
        message=f"The texts are dates in more than one order: {shown} of those that tell.",
        remedy=fix.sentence if fix is not None else ask,
        fix=fix,
        evidence={"orders": dict(told)},
    )


def _untold(column: ColumnProfile, dated: Dated) -> Finding:
    """Dates written in one way whose order is known, and in another of which it is not."""
    orders = dated.order_of
    untold = [text for text, written in dated.real.items() if orders[written.manner.style] is None]
    count = sum(dated.counts[text] for text in untold)
    [order] = dated.several
    return Finding(
        code="type.date_text",
        severity="warning",
        column=column.name,
        count=count,
        values=tuple(untold),
        message=f"{plural(count, 'cell')} among {plural(dated.count, 'date')} in text may be read "
        f"with the day or the month first, as {untold[0]!r}; others are written otherwise "
        f"({_ORDERS[order]}).",
        remedy="Find out where the table was joined, and write all dates as year-month-day.",
        evidence={"where": {"texts": untold}, "order": order},
    )


def _zones(column: ColumnProfile, zones: list[str], dated: int) -> Finding:
    shown = ", ".join(zone or "none" for zone in zones)
    named = any(map(_is_name, zones))
    return Finding(
        code="type.date_text",
        severity="info",
        column=column.name,
        count=dated,
        message=f"The texts are moments with several {'zones' if named else 'offsets from UTC'} "
        f"({shown}).",
        remedy=_NAMED_ZONES if named else _BY_OFFSET,
        evidence={"offsets": zones},
    )


def _is_name(zone: str) -> bool:
    """Whether a zone is named by letters that no offset is read from."""
    return zone.isalpha() and zone not in ("Z", "UTC")


def _plain(column: ColumnProfile, dated: Dated) -> Finding:
    fix, order = fix_of(column, dated), next(iter(dated.several), None)
    known = _ORDERS[order] if order else "day and month in either order"
    what = "moments" if any(manner.clock for manner in dated.manners) else "dates"
    short = any(style.endswith("yy") for style in dated.orders)
    century = ", and the century is not written" if short else ""
    usual = order == "ymd" and not any(style.startswith("otherwise") for style in dated.orders)
    by_offset = _BY_OFFSET if usual and "" not in dated.zones else _ISO
    ask = _NAMED_ZONES if any(map(_is_name, dated.zones)) else by_offset
    return Finding(
        code="type.date_text",
        severity="info",
        column=column.name,
        count=dated.count,
        message=f"The texts are {what} ({known}{century}).",
        remedy=fix.sentence if fix else ask,
        fix=fix,
        evidence={"order": order},
    )


def fix_of(column: ColumnProfile, dated: Dated) -> Fix | None:
    """The formats that read every cell; None where one is a guess."""
    formats = set()
    for manner in dated.manners:
        order, forms = dated.order_of[manner.style], dict(manner.forms)
        if order is None or manner.zone or not forms[order]:
            return None
        formats.add(forms[order])
    timed = {bool(manner.clock) for manner in dated.manners}
    if len(timed) > 1 or not dated.exact:
        return None
    dtype = "Datetime(time_unit='us', time_zone=None)" if True in timed else "Date"
    return fixes.declare_dates(column.name, sorted(formats), dtype, missing=dated.nothing)
