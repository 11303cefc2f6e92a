"""What validation remembers of each rule: exact counts and a bounded sample, however much fails.

Tallies of different batches merge in any order: the sample is always the first failing rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from datacheck.columns import bare
from datacheck.report import LISTED
from datacheck.schema.rules import Key
from datacheck.source.values import python_values

#: How many failing values are kept to tell which occur most often.
SAMPLED = 1_000
#: How many of the most frequent failing values are told.
TOP = 5
#: Where failing rows are looked for first: where many fail, some are near the start.
PREFIXES = (4_096, 65_536)


@dataclass
class Tally:
    """One rule's failures."""

    count: int = 0
    #: The first of them: their positions, and what stands there.
    first: list[tuple[int, Any]] = field(default_factory=list)
    #: Counts told apart.
    kinds: Counter[str] = field(default_factory=Counter)
    #: Why the rule could not be evaluated, if it could not.
    error: str = ""

    @property
    def rows(self) -> tuple[int, ...]:
        """The first failing rows."""
        return tuple(row for row, _ in self.first[:LISTED])

    @property
    def values(self) -> tuple[Any, ...]:
        """What stands in the first failing rows."""
        return tuple(value for _, value in self.first[:LISTED])

    def note(self, places: pl.Series, shown: pl.Series | pl.DataFrame | None, offset: int) -> None:
        """Remember the failing rows of a batch, by ascending places, and their cells if `shown`."""
        values: list[Any] = [None] * len(places)
        if isinstance(shown, pl.DataFrame):
            cells = {column.name: python_values(column) for column in shown[places]}
            values = [
                dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)
            ]
        elif shown is not None:
            values = python_values(bare(shown)[places])
        rows = [offset + place for place in places.to_list()]
        self.first += zip(rows, values, strict=True)

    def merge(self, other: Tally) -> None:
        """Take in what was noted of other rows."""
        self.count += other.count
        self.kinds.update(other.kinds)
        self.error = self.error or other.error
        self.first = sorted(self.first + other.first, key=lambda each: each[0])[:SAMPLED]

    def top(self) -> list[dict[str, Any]]:
        """The values that fail most often among those remembered, if any comes twice."""
        try:
            counted = Counter(value for _, value in self.first).most_common(TOP)
        except TypeError:
            return []
        if not counted or counted[0][1] == 1:
            return []
        return [{"value": value, "count": count} for value, count in counted]


@dataclass
class Scanned:
    """What was seen of some rows; merged, what was seen of the table."""

    rows: int = 0
    #: By rule that failed.
    tallies: dict[Key, Tally] = field(default_factory=dict)
    #: Further counts, by rule and name.
    counted: Counter[tuple[Key, str]] = field(default_factory=Counter)
    #: By rule, the distinct values of its column.
    sets: dict[Key, set[Any]] = field(default_factory=dict)
    #: By position of their first row, the columns in which repeated values are looked for.
    kept: list[tuple[int, pl.DataFrame]] = field(default_factory=list)

    def tally(self, key: Key) -> Tally:
        """The tally of a rule, made when it first fails."""
        return self.tallies.setdefault(key, Tally())

    def merge(self, other: Scanned) -> None:
        """Take in what was seen of other rows."""
        self.rows += other.rows
        self.counted.update(other.counted)
        self.kept += other.kept
        for key, tally in other.tallies.items():
            if self.tallies.setdefault(key, tally) is not tally:
                self.tallies[key].merge(tally)
        for key, values in other.sets.items():
            self.sets.setdefault(key, set()).update(values)


def first_places(mask: pl.Series, wanted: int) -> pl.Series:
    """The first true positions of a mask."""
    for size in PREFIXES:
        if size >= len(mask):
            break
        places = mask.head(size).arg_true()
        if len(places) >= wanted:
            return places.head(wanted)
    return mask.arg_true().head(wanted)
