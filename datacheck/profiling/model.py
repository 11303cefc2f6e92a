"""A table's profile: what is known of it without its rows. Two profiles add up.

A column in brief, as the views draw it: facts and a shape.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from datacheck.errors import DataError
from datacheck.numeric.numbers import COUNTS
from datacheck.profiling.column import ColumnProfile
from datacheck.profiling.document import facts_of, profile_document, read_profile
from datacheck.profiling.holes import MissingBlocks, MissingPatterns
from datacheck.profiling.shapes import shape_of
from datacheck.profiling.texts import Texts


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
        return profile_document(self.name, self.rows, self.columns.values(), self.gaps)

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
        return Profile(**read_profile(text))

    def summary(
        self, apart: Mapping[str, Collection[float]] | None = None, reference: Profile | None = None
    ) -> dict[str, Any]:
        """The profile in brief, as plain data for a view.

        It has ``name``, ``rows``, ``columns`` (facts, as a saved profile has them, and ``shape``),
        ``reference``, the name of the one that is laid over it, and ``tenths``: by column, the
        share of missing cells in each tenth of the table. `apart` are, by column, values that stand
        for nothing.
        """
        given = apart or {}
        theirs = {} if reference is None else reference.columns
        columns = [
            column_summary(column, given.get(name, ()), theirs.get(name))
            for name, column in self.columns.items()
        ]
        return {
            "name": self.name,
            "rows": self.rows,
            "columns": columns,
            "reference": None if reference is None else reference.name,
            "tenths": self.places.tenths(self.rows) if self.places and self.rows else {},
        }

    def __repr__(self) -> str:
        return f"<Profile {self.name}: {self.rows} rows, {len(self.columns)} columns>"

    def __str__(self) -> str:
        from datacheck.views.columns import profile_text

        return profile_text(self.to_dict())

    def _repr_html_(self) -> str:
        from datacheck.views.columns import profile_fragment

        return profile_fragment(self.summary())

    def counts(self) -> dict[str, Any]:
        """The `summary` without any cell of the table: types, and how many cells are what."""
        from datacheck.report.redacted import columns_without_cells

        return columns_without_cells(self.summary())

    def to_html(self, *, values: bool = True) -> str:
        """The profile as one self-contained HTML page, without scripts, or any cell if so asked."""
        from datacheck.views.columns import profile_page

        return profile_page(self.summary() if values else self.counts())


def column_summary(
    column: ColumnProfile, apart: Collection[float] = (), reference: ColumnProfile | None = None
) -> dict[str, Any]:
    """One column: what `facts_of` has of it, what the views' flags need, and its shape."""
    numbers, texts = column.numbers, column.texts
    same = reference is not None and reference.kind == column.kind
    return facts_of(column) | {
        "numbers": None if numbers is None else {n: getattr(numbers, n) for n in COUNTS},
        "texts": None if texts is None else _texts(texts),
        "shape": shape_of(column, apart=apart, reference=reference if same else None),
    }


def _texts(texts: Texts) -> dict[str, Any]:
    return {"count": texts.count, "numeric": texts.numeric, "words": dict(texts.words)}
