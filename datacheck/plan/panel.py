"""Who is watched, and when: the columns of a panel, in which each pair of the two stands once.

A firm a year, a patient a visit: neither is a quantity. That each pair stands once is no proof, so
it counts only where chance would have made many pairs twice, and is worded as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from datacheck.arrays import Keys
from datacheck.columns import col, cols
from datacheck.findings.dates import written_dates
from datacheck.plan.numbers import YEARS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.model import Profile
from datacheck.rows.cells import codes_of
from datacheck.source.collecting import collect_held

#: So many pairs would stand twice by chance: that none does is no accident.
TWICE = 10.0
#: Whoever is watched is so more than once, and is not alone.
OFTEN, SOME = 2.0, 3
#: Rows that are asked first, and of them.
FIRST, _FEW = 10_000, 500
#: Numbers from 1 to one of these are quarters, months or weeks of a year.
_OF_A_YEAR = (4, 12, 52, 53)
#: A name that ends in a span of time, or says that it counts them.
_SPAN = "(?i:time|date|year|quarter|month|week|day|hour|period|wave|visit)s?$"
_SAYS_TIME = re.compile(rf"(?:^|[^A-Za-z]){_SPAN}|[a-z0-9](?=[A-Z]){_SPAN}")


def with_panel(profile: Profile, frame: pl.LazyFrame) -> Profile:
    """The profile with the roles of a panel, guessed, where the table is one."""
    free = [column for column in profile.columns.values() if column.role in (None, "time", "group")]
    times = [column for column in free if _is_time(column)]
    when = {column.name for column in times}
    names = [column for column in free if column.name not in when and _may_name(column)]
    different = {column.name: column.distinct for column in names}
    first = _First(frame)
    for time in times:
        # So few that pairs would stand twice if they were drawn by chance.
        most = time.rows**2 / (2.0 * TWICE * max(time.distinct, 1))
        within = [name for name, distinct in different.items() if distinct <= most]
        if not within or time.distinct >= time.rows:
            continue
        units = _once_with(time.name, first.once_with(time.name, within), frame)
        if units:
            return _told(profile, time, units)
    return profile


def _is_time(column: ColumnProfile) -> bool:
    if column.role == "time" or (column.kind == "time" and column.dtype.startswith("Date")):
        return True
    if column.kind == "text":
        return any(found.code == "type.date_text" for found in written_dates(column))
    if not _is_whole(column):
        return False
    low, high = column.points.ends
    return (YEARS[0] <= low and high <= YEARS[1]) or _SAYS_TIME.search(column.name) is not None


def _may_name(column: ColumnProfile) -> bool:
    """Whether a column can name who is watched: a text or a whole number that repeats."""
    if _SAYS_TIME.search(column.name) or column.distinct < SOME:
        return False
    if column.missing or column.rows < OFTEN * column.distinct:
        return False
    return column.kind == "text" or (_is_whole(column) and not _of_a_year(column))


def _of_a_year(column: ColumnProfile) -> bool:
    values = column.points.values
    return values[0] == 1.0 and len(values) == values[-1] and values[-1] in _OF_A_YEAR


def _is_whole(column: ColumnProfile) -> bool:
    numbers = column.numbers
    return (
        column.kind == "number"
        and numbers is not None
        and 0 < numbers.count == numbers.whole == column.rows
    )


class _First:
    """The first rows of a table: most columns have the same pair twice in them."""

    def __init__(self, frame: pl.LazyFrame) -> None:
        self._frame = frame
        self._codes: dict[str, Keys] = {}

    def once_with(self, time: str, names: Sequence[str]) -> list[str]:
        """The columns of which no value stands twice at a time."""
        new = [name for name in (time, *names) if name not in self._codes]
        if new:
            first = collect_held(self._frame.select(cols(new)).head(FIRST))
            self._codes |= codes_of(first, new)
        when = self._codes[time] * np.uint64(3)
        return [name for name in names if not _repeats(self._codes[name] + when)]


def _repeats(codes: Keys) -> bool:
    few = np.sort(codes[:_FEW])
    if (few[1:] == few[:-1]).any():
        return True
    return len(codes) > _FEW and len(np.unique(codes)) < len(codes)


def _once_with(time: str, names: Sequence[str], frame: pl.LazyFrame) -> list[str]:
    """The columns of which each value stands once at a time: the first, and those that are it."""
    if not names:
        return []
    asked = frame.select(
        pl.len().alias("rows"),
        *(pl.struct(col(time), col(name)).n_unique().alias(f"{name} ") for name in names),
    )
    count, *pairs = collect_held(asked).row(0)
    names = [name for name, seen in zip(names, pairs, strict=True) if seen == count]
    return [names[0], *_same_as(names[0], names[1:], frame)] if names else []


def _same_as(name: str, others: Sequence[str], frame: pl.LazyFrame) -> list[str]:
    """The columns that name the same things in other words."""
    if not others:
        return []
    asked = frame.select(
        col(name).n_unique().alias(""),
        *(col(other).n_unique().alias(f"{other} 1") for other in others),
        *(pl.struct(col(name), col(other)).n_unique().alias(f"{other} 2") for other in others),
    )
    own, *counts = collect_held(asked).row(0)
    alone, joined = counts[: len(others)], counts[len(others) :]
    return [
        other for other, one, both in zip(others, alone, joined, strict=True) if own == one == both
    ]


def _told(profile: Profile, time: ColumnProfile, units: Sequence[str]) -> Profile:
    columns = dict(profile.columns)
    when = f"its values repeat, once for each of {units[0]!r}"
    who = f"its values repeat, each once at a {time.name!r}"
    for name, role, why in ((time.name, "time", when), *((unit, "group", who) for unit in units)):
        column = columns[name]
        # A role that was guessed of the column alone keeps its own reason.
        columns[name] = replace(
            column, role=role, reason=column.reason if column.role == role else why
        )
    return replace(profile, columns=columns)
