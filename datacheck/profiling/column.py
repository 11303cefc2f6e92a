"""One column of a profile: what is known of it without its rows. Two of them add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from datacheck.numeric.numbers import Numbers
from datacheck.profiling.points import Points, points_of
from datacheck.profiling.texts import Texts

Kind = Literal["number", "text", "boolean", "time", "other"]
#: The quantiles that a profile states.
LEVELS = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a profile."""

    #: The column's name, its polars type as text, and what its cells are to a model.
    name: str
    dtype: str
    kind: Kind
    #: Cells in all, and nulls. A NaN is not a null: see ``numbers.nan``.
    rows: int
    null: int
    #: Of a number, boolean or time column; of a text column, the texts written as numbers.
    #: Times are counted in their own unit since 1970.
    numbers: Numbers | None = None
    #: Of a text or boolean column.
    texts: Texts | None = None
    #: The quantiles at `LEVELS`, where they were taken from all rows at once.
    exact_quantiles: tuple[float, ...] | None = None
    #: Values that repeat far more than those beside them, with exact counts, most frequent first;
    #: known where `numbers` could not keep every value.
    frequent: tuple[tuple[float, int], ...] = ()
    #: Of a nested column: what lies inside its cells, each under its path (``position.y``,
    #: ``readings.[]``), with as many ``rows`` as there are such cells.
    inner: tuple[ColumnProfile, ...] = ()
    #: What the column is to a model, where that is known; and why, where it is a guess. A saved
    #: profile holds neither.
    role: str | None = field(default=None, compare=False)
    reason: str = field(default="", compare=False)
    #: See `datacheck.profiling.facts`.
    facts: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def nan(self) -> int:
        """NaN cells."""
        return self.numbers.nan if self.numbers is not None and self.kind == "number" else 0

    @property
    def missing(self) -> int:
        """Null and NaN cells."""
        return self.null + self.nan

    @property
    def count(self) -> int:
        """The other cells, as pandas counts them."""
        return self.rows - self.missing

    @cached_property
    def points(self) -> Points:
        """The finite values as weighted points."""
        return points_of(self.numbers, self.frequent)

    @property
    def mean(self) -> float | None:
        """The mean of the finite values, rounded once; None without any, or if not asked for."""
        numbers = self.numbers
        if numbers is None or numbers.sums is None or not numbers.count:
            return None
        return numbers.sums.mean(numbers.count)

    @property
    def std(self) -> float | None:
        """The standard deviation (ddof=0) of the finite values; None where there is no mean."""
        numbers = self.numbers
        if numbers is None or numbers.sums is None or not numbers.count:
            return None
        return numbers.sums.std(numbers.count)

    @property
    def quantiles(self) -> tuple[float, ...] | None:
        """The quantiles at `LEVELS`; None without a finite value."""
        if self.numbers is None or not self.numbers.count:
            return None
        if self.exact_quantiles is not None:
            return self.exact_quantiles
        inner = self.points.quantiles(LEVELS[1:-1])
        # The extremes are exact in every state.
        return (self.numbers.lowest[0][0], *inner, self.numbers.highest[0][0])

    @property
    def distinct(self) -> int:
        """Distinct values, estimated where the state could not keep them all (see `is_exact`)."""
        kept = self.texts if self.texts is not None else self.numbers
        if kept is None:
            return 0
        seen = len(kept.values)
        if kept.exact:
            return seen
        return round((seen - 1) * 2.0**64 / kept.threshold)

    @property
    def is_exact(self) -> bool:
        """Whether every distinct value is known with its count."""
        kept = self.texts if self.texts is not None else self.numbers
        return kept is None or kept.exact

    @property
    def most_frequent(self) -> tuple[tuple[Any, int], ...]:
        """Up to ten values that occur more than once, most frequent first, then by value."""
        if self.texts is not None:
            found: Iterable[tuple[Any, int]] = self.texts.values.items()
        elif self.numbers is not None and self.numbers.exact:
            values, counts = self.numbers.values.tolist(), self.numbers.value_counts.tolist()
            found = zip(values, counts, strict=True)
        else:
            return tuple(pair for pair in self.frequent[:10] if pair[1] > 1)
        again = [pair for pair in found if pair[1] > 1]
        return tuple(sorted(again, key=lambda pair: (-pair[1], pair[0]))[:10])

    def merged(self, other: ColumnProfile) -> ColumnProfile:
        """The column of both tables, this one's rows first."""
        frequent = dict(self.frequent)
        for value, count in other.frequent:
            frequent[value] = frequent.get(value, 0) + count
        return replace(
            self,
            dtype=self.dtype if self.dtype == other.dtype else f"{self.dtype} | {other.dtype}",
            rows=self.rows + other.rows,
            null=self.null + other.null,
            numbers=_either(self.numbers, other.numbers, self.rows),
            texts=_either(self.texts, other.texts),
            exact_quantiles=None,
            frequent=tuple(sorted(frequent.items(), key=lambda pair: (-pair[1], pair[0]))),
            inner=_merged_inside(self.inner, other.inner),
        )


def _merged_inside(
    one: tuple[ColumnProfile, ...], other: tuple[ColumnProfile, ...]
) -> tuple[ColumnProfile, ...]:
    """What both know of their cells' insides: a path that one of them lacks was not counted."""
    later = {column.name: column for column in other}
    return tuple(each.merged(later[each.name]) for each in one if each.name in later)


def _either(left: Any, right: Any, *rows: int) -> Any:
    if left is None or right is None:
        return right if left is None else left
    return left.merged(right, *rows)
