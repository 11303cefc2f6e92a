"""A table's profile: what is known of it without its rows. Two profiles add up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from datacheck.profiling.missing_patterns import MissingPatterns
from datacheck.profiling.points import Points, points_of

if TYPE_CHECKING:
    from datacheck.numeric.numbers import Numbers
    from datacheck.profiling.missing_blocks import MissingBlocks
    from datacheck.profiling.texts import Texts

Kind = Literal["number", "text", "boolean", "time", "other"]
#: The quantiles that a profile states.
LEVELS = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a profile.

    Parameters
    ----------
    name, dtype, kind
        The column's name, its polars type as text, and what its cells are to a model.
    rows, null
        Cells in all, and nulls. A NaN is not a null: see ``numbers.nan``.
    numbers
        Of a number, boolean or time column; of a text column, the texts written as numbers.
        Times are counted in their own unit since 1970.
    texts
        Of a text or boolean column.
    exact_quantiles
        The quantiles at `LEVELS`, where they were taken from all rows at once.
    frequent
        Values that repeat far more than those beside them, with exact counts, most frequent first;
        known where `numbers` could not keep every value.
    inner
        Of a nested column: what lies inside its cells, each under its path (``position.y``,
        ``readings.[]``), with as many ``rows`` as there are such cells.
    role, reason
        What the column is to a model, where that is known; and why, where it is a guess. A saved
        profile holds neither.
    """

    name: str
    dtype: str
    kind: Kind
    rows: int
    null: int
    numbers: Numbers | None = None
    texts: Texts | None = None
    exact_quantiles: tuple[float, ...] | None = None
    frequent: tuple[tuple[float, int], ...] = ()
    inner: tuple[ColumnProfile, ...] = ()
    role: str | None = field(default=None, compare=False)
    reason: str = field(default="", compare=False)

    @property
    def nan(self) -> int:
        """NaN cells."""
        return self.numbers.nan if self.numbers is not None and self.kind == "number" else 0

    @property
    def missing(self) -> int:
        """Null and NaN cells."""
        return self.null + self.nan

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
        inner = (self.points.quantile(level) for level in LEVELS[1:-1])
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
        found: list[tuple[Any, int]]
        if self.texts is not None:
            found = sorted(self.texts.values.items(), key=lambda pair: (-pair[1], pair[0]))
        elif self.numbers is not None and self.numbers.exact:
            values, counts = self.numbers.values.tolist(), self.numbers.value_counts.tolist()
            found = sorted(zip(values, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
        else:
            found = list(self.frequent)
        return tuple(pair for pair in found[:10] if pair[1] > 1)

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


@dataclass(frozen=True, eq=False)
class Profile:
    """What is known of a table without its rows: a valid reference for `compare`.

    ``a + b`` is the profile of both tables, a's rows first: the same state as the profile of the
    two stacked, save that quantiles which were taken from all rows are estimated again.

    Parameters
    ----------
    name
        What the table is called.
    rows
        Its length.
    columns
        By name, in the table's order.
    gaps
        Which columns are missing together.
    places
        Where in the table cells are missing. A saved profile does not hold it.
    """

    name: str
    rows: int
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    gaps: MissingPatterns = field(default_factory=MissingPatterns)
    places: MissingBlocks | None = None

    @property
    def inside(self) -> Profile:
        """What lies inside the nested columns, as a table of its own: columns by their paths."""
        found = {each.name: each for column in self.columns.values() for each in column.inner}
        return Profile(self.name, self.rows, found)

    def __add__(self, other: Profile) -> Profile:
        from datacheck.errors import DataError

        if list(self.columns) != list(other.columns):
            odd = sorted(set(self.columns) ^ set(other.columns))
            raise DataError(
                "only profiles of the same columns add up",
                got=f"columns in one of them only, or in another order: {odd}",
                todo="select the same columns before profiling",
            )
        return Profile(
            name=self.name,
            rows=self.rows + other.rows,
            columns={n: c.merged(other.columns[n]) for n, c in self.columns.items()},
            gaps=self.gaps.merged(other.gaps),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.name, self.rows, tuple(self.columns)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as the document: pickle and copy carry no code."""
        return Profile.from_json, (self.to_json(),)

    def to_dict(self) -> dict[str, Any]:
        """The profile as the versioned document that `to_json` writes."""
        from datacheck.profiling.document import profile_document

        return profile_document(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Strict JSON, without any row of the table but its extremes and its repeated values."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    @staticmethod
    def from_json(text: str | bytes) -> Profile:
        """Read what `to_json` wrote.

        Raises
        ------
        ArtefactError
            Where the text is no profile, or of a version that is not known.
        """
        from datacheck.profiling.document import profile_from_text

        return profile_from_text(text)

    def __repr__(self) -> str:
        return f"<Profile {self.name}: {self.rows} rows, {len(self.columns)} columns>"

    def __str__(self) -> str:
        from datacheck.views.columns import profile_text

        return profile_text(self.to_dict())

    def _repr_html_(self) -> str:
        from datacheck.profiling.summary import summary_of
        from datacheck.views.columns import profile_fragment

        return profile_fragment(summary_of(self))

    def to_html(self) -> str:
        """The profile as one self-contained HTML page, without scripts."""
        from datacheck.profiling.summary import summary_of
        from datacheck.views.columns import profile_page

        return profile_page(summary_of(self))
