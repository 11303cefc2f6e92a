"""What columns are to a model: as declared, or guessed with a reason.

An identifier is no quantity: its place, spread and outliers mean nothing, and what is computed with
it is wrong. A guess is told for information, and a declaration is never overruled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from datacheck.findings.date_forms import (
    REAL,
    are_days,
    date_in,
    days_of_spreadsheet,
    months_in_numbers,
    unit_since_1970,
)
from datacheck.limits import EXACT_INTEGERS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import Texts, codes_of_one_length
from datacheck.report import fixes
from datacheck.report.finding import Finding

#: Columns of these roles are no quantities: nothing is said of their values' size.
NAMES_OF_THINGS = ("id", "group", "ignore")
#: Columns that move by themselves, or whose values are always new.
PASSING = (*NAMES_OF_THINGS, "time")
#: What is then not said of them, against a reference.
_OF_VALUES = frozenset(
    f"drift.{kind}"
    for kind in (
        "shift",
        "unit_change",
        "already_scaled",
        "outlier_rate",
        "constant",
        "category_new",
    )
)
#: Fewer cells are unique by chance; where the column's name says it too, fewer will do.
ENOUGH, ENOUGH_NAMED = 20, 3
#: Under a name that says id, numbers that repeat name things too, where so many are distinct.
MANY = 20
#: Identifiers of which all but so few are distinct: the others are a fault, and not its end.
NEARLY = 0.98
#: Numbers that count the rows leave few of their range out.
DENSE = 1.1
#: Whole numbers of so many digits that never repeat are no measurement.
LONG = 9
#: Seconds, milliseconds, microseconds and nanoseconds since 1970, from 1985 to 2065.
_MOMENTS = tuple((4.7e8 * unit, 3.0e9 * unit) for unit in (1.0, 1e3, 1e6, 1e9))
#: Moments in nanoseconds are known to milliseconds, mostly.
_FINEST = 1e6
_YEARS = (1000.0, 2500.0)
#: "id" as a word of its own at the end of a name: id, user_id, userId, USER ID, short or in full.
_SAYS_ID = re.compile(
    r"(?:^|[^A-Za-z0-9])(?i:id|identifier|uuid|guid)$|[a-z0-9](?:Id|ID|Identifier|UUID|Guid)$"
)


def texts_in(column: ColumnProfile) -> Texts | None:
    """The texts of a column of text that names no things; None of any other."""
    return column.texts if column.kind == "text" and column.role not in NAMES_OF_THINGS else None


class Guess(NamedTuple):
    """A role, and why it looks so."""

    role: str
    reason: str


def with_roles(profile: Profile, declared: Mapping[str, str]) -> Profile:
    """The profile with roles declared or guessed, without the columns that are to be ignored."""
    columns = {}
    for name, given in profile.columns.items():
        column, role = given, declared.get(name)
        if role == "ignore":
            continue
        guess = guessed(column) if role is None else Guess(role, "")
        if guess is not None:
            column = replace(column, role=guess.role, reason=guess.reason)
        columns[name] = column
    return replace(profile, columns=columns)


def guessed(column: ColumnProfile) -> Guess | None:
    """What a column looks to be; None for a feature like any other."""
    if column.kind == "number":
        return _number(column)
    if column.kind == "text":
        return _text(column)
    return None


def counts_rows(column: ColumnProfile) -> bool:
    """Whether a column numbers the rows of its table from 0 or 1 on, and says nothing else."""
    numbers = column.numbers
    if column.kind != "number" or numbers is None or not 0 < numbers.whole == column.rows:
        return False
    low, high = numbers.lowest[0][0], numbers.highest[0][0]
    return low in (0, 1) and high - low + 1 == column.rows and _unique(column, numbers.count)


def _number(column: ColumnProfile) -> Guess | None:
    numbers = column.numbers
    if numbers is None or numbers.whole != numbers.count or numbers.count < ENOUGH_NAMED:
        return None
    low, high = numbers.lowest[0][0], numbers.highest[0][0]
    moments = in_moments(low, high, numbers.values)
    if max(abs(low), abs(high)) > EXACT_INTEGERS:
        fine = "Int" in column.dtype and not moments
        return Guess("id", "whole numbers that a double cannot hold") if fine else None
    if numbers.count >= ENOUGH and (days := _days_written(column)):
        return Guess("time", days)
    if not _unique(column, numbers.count):
        return _repeating(column, low, high, numbers.count)
    if says_id(column.name):
        return Guess("id", f"whole numbers that {_never(column)} repeat, under a name that says id")
    return _of_many(low, high, numbers.count, moments=moments)


def _repeating(column: ColumnProfile, low: float, high: float, count: int) -> Guess | None:
    """What whole numbers are some of which repeat."""
    named = says_id(column.name)
    if count >= ENOUGH and column.distinct >= NEARLY * count:
        if named:
            return Guess("id", "whole numbers that hardly ever repeat, under a name that says id")
        if high - low + 1 <= DENSE * count and not (_YEARS[0] <= low and high <= _YEARS[1]):
            return Guess("id", f"counts on from {low:.0f} to {high:.0f}, but for a few that repeat")
    if named and column.distinct >= MANY:
        return Guess("group", "whole numbers that repeat, under a name that says id")
    return None


def _days_written(column: ColumnProfile) -> str:
    """How whole numbers write days; empty where they do not."""
    if are_days(column.points):
        return "days written as year, month and day"
    if months_in_numbers(column.points.values):
        return "months written as year and month"
    if unit := unit_since_1970(column.name, column.points.values):
        return f"perhaps moments, in {unit} since 1970"
    spreadsheet = days_of_spreadsheet(column.name, column.points.values)
    return "a spreadsheet's numbers of days, under a name that says so" if spreadsheet else ""


def _of_many(low: float, high: float, count: int, *, moments: bool) -> Guess | None:
    """What whole numbers are that never repeat."""
    if count < ENOUGH:
        return None
    if high - low + 1 <= DENSE * count:
        years = _YEARS[0] <= low and high <= _YEARS[1]
        return Guess("time" if years else "id", f"counts on from {low:.0f} to {high:.0f}")
    if low >= 10 ** (LONG - 1) and not moments:
        return Guess("id", f"whole numbers of {LONG} digits and more that never repeat")
    return None


def in_moments(low: float, high: float, values: object) -> bool:
    """Whether numbers may be moments, counted since 1970, be it some in another unit."""
    if not all(any(a <= end <= b for a, b in _MOMENTS) for end in (low, high)):
        return False
    each = np.asarray(values)
    within = np.logical_or.reduce([(a <= each) & (each <= b) for a, b in _MOMENTS]).all()
    if within and high > EXACT_INTEGERS:
        # A double still tells whether they are whole milliseconds, to its own coarseness.
        steps = each / _FINEST
        return bool((np.abs(steps - np.rint(steps)) * _FINEST <= np.spacing(high)).all())
    return bool(within)


def _text(column: ColumnProfile) -> Guess | None:
    texts = column.texts
    if texts is None or not texts.count:
        return None
    if not _unique(column, texts.count):
        nearly = texts.count >= ENOUGH and column.distinct >= NEARLY * texts.count
        if not (nearly and says_id(column.name)):
            return None
        return Guess("id", "texts that hardly ever repeat, under a name that says id")
    if texts.count >= ENOUGH_NAMED and says_id(column.name):
        return Guess("id", f"texts that {_never(column)} repeat, under a name that says id")
    if texts.count >= ENOUGH and codes_of_one_length(texts) and not _days(texts):
        return Guess("id", f"codes of {texts.longest} characters that never repeat")
    return None


def _days(texts: Texts) -> bool:
    """Whether codes are days that are written without marks."""
    days, others = 0, 0
    for text in texts.values:
        found = date_in(text)
        if found is not None and found.days:
            days += 1
        else:
            others += 1
            if len(texts.values) - others < REAL * len(texts.values):
                return False  # whatever the rest are
    return days >= REAL * len(texts.values)


def _unique(column: ColumnProfile, count: int) -> bool:
    # An estimate of the distinct values is a few per cent off.
    return column.distinct >= count if column.is_exact else column.distinct >= 0.9 * count


def _never(column: ColumnProfile) -> str:
    return "never" if column.is_exact else "hardly ever"


def says_id(name: str) -> bool:
    """Whether a column's name says that it is an identifier.

    >>> [says_id(name) for name in ("user_id", "orderId", "ID", "Identifier", "paid", "humid")]
    [True, True, True, True, False, False]
    """
    return _SAYS_ID.search(name) is not None


def is_judged(role: str | None, code: str) -> bool:
    """Whether a finding of this code is said of a column of this role."""
    return role != "ignore" and not (role in PASSING and code in _OF_VALUES)


def identifiers(profile: Profile) -> Iterator[Finding]:
    """``column.identifier``: a column that looks like one, and is treated so."""
    for column in profile.columns.values():
        if column.role == "id" and column.reason:
            fix = fixes.set_role(column.name, "id")
            yield Finding(
                code="column.identifier",
                severity="info",
                column=column.name,
                count=column.count,
                message=f"It looks like an identifier ({column.reason}): it is not judged as a "
                "quantity.",
                remedy=f"{fix.sentence[:-1]}; or role: feature, if it measures something.",
                fix=fix,
                evidence={"reason": column.reason},
            )
