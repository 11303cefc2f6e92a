"""What a spreadsheet has made of codes: 1-Mar of MARCH1, Oct-19 of 10-19, 1.23E+12 of digits.

What stood there cannot be told from the cell alone, and is lost if nobody sees it. A few such days
among texts that are no dates are told: it is a guess, and a strong one where the others are ranges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from datacheck.findings.date_forms import date_in, month_of
from datacheck.findings.nothing import nothing_words
from datacheck.findings.parts_in_text import day_of_a_month, range_in
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.texts import worded
from datacheck.report.finding import Finding
from datacheck.spelling import number_in
from datacheck.text import agree

#: Other texts that there must be, and texts that the message names.
_OTHERS, _NAMED = 3, 3
#: From so many on, spreadsheets show an exponent; beyond 16 digits all are cut. So many such cells.
_LONG, _MOST, _SHORT = 1e11, 1e16, 3


def days_made_of_codes(column: ColumnProfile) -> Iterator[Finding]:
    """``type.date_text``: a day of a month here and there, among codes or ranges."""
    texts = column.texts
    if column.kind != "text" or texts is None or column.role == "ignore":
        return
    made = {text: found for text in worded(texts) if (found := _made(text)) is not None}
    if not made:
        return
    nothing = nothing_words(texts)
    others = [text for text in texts.values if text not in made and text not in nothing]
    if len(others) >= _OTHERS and not any(map(_is_date, others)):
        yield _finding(column, made, texts.values, ranges=all(map(_in_ranges, others)))


def codes_cut_short(column: ColumnProfile) -> Iterator[Finding]:
    """``type.mixed``: long whole numbers with zeros from the fourth digit on, as 1.23E+12 has."""
    numbers, points = column.numbers, column.points
    if column.kind != "number" or column.role == "ignore" or numbers is None or not len(points):
        return
    if numbers.whole < numbers.count or not _LONG <= points.values[0] <= points.values[-1] <= _MOST:
        return
    digits = 10.0 ** np.floor(np.log10(points.values))
    short = points.where(points.values % (digits / 100) == 0)
    if short.total < _SHORT:
        return
    count = round(short.total)
    yield Finding(
        code="type.mixed",
        severity="info",
        column=column.name,
        count=count,
        message=f"{agree(count, 'cell', 'is a number', 'are numbers')} of 12 digits and more with "
        f"zeros from the fourth on, as {short.values[0]:.2E}: perhaps cut short by a spreadsheet.",
        remedy="If these are codes, load the table from before it was opened in a spreadsheet, and "
        "load it there with the column as text: the digits are lost here.",
        evidence={"where": {"values": short.values.tolist()}},
    )


def _made(text: str) -> re.Match[str] | None:
    return day_of_a_month(text) if text.count("-") == 1 and " " not in text else None


def _is_date(text: str) -> bool:
    return date_in(text) is not None


def _in_ranges(text: str) -> bool:
    """Whether a text is a range, or one of those at the ends: 0-9, 60+, <5, 7."""
    return range_in(text) is not None or number_in(text.strip("<>=+ ")) is not None


def _finding(
    column: ColumnProfile,
    made: Mapping[str, re.Match[str]],
    counts: Mapping[str, int],
    *,
    ranges: bool,
) -> Finding:
    count = sum(counts[text] for text in made)
    shown = [
        f"{text!r} (perhaps {_range_of(found)})" if ranges else repr(text)
        for text, found in list(made.items())[:_NAMED]
    ]
    among = "ranges" if ranges else "other texts"
    return Finding(
        code="type.date_text",
        severity="warning" if ranges else "info",
        column=column.name,
        count=count,
        values=tuple(made),
        message=f"{agree(count, 'cell', 'looks', 'look')} like a day among {among}, as "
        f"spreadsheets make one of a {'range' if ranges else 'code or a range'}: "
        f"{', '.join(shown)}.",
        remedy="Look at the table from before it was opened in a spreadsheet, and load it there "
        "with the column as text.",
        evidence={"where": {"texts": sorted(made)}, "among": among},
    )


def _range_of(found: re.Match[str]) -> str:
    """The range that a spreadsheet takes for a day: 10-19 becomes Oct-19, and 5-9 becomes 9-May."""
    return f"{month_of(found['name'] or found['first'])}-{found['day'] or found['last']}"
