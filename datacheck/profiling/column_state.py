"""A column while it is measured: what its batches add, with what lies inside its cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Indices
from datacheck.columns import bare
from datacheck.limits import EXACT_INTEGERS
from datacheck.numeric.extremes import FEW, Rows, present_rows
from datacheck.numeric.numbers import Numbers
from datacheck.profiling import refine
from datacheck.profiling.as_numbers import as_numbers, kind_of
from datacheck.profiling.column import LEVELS, ColumnProfile, Kind
from datacheck.profiling.nested import Path, cells_at, paths_in
from datacheck.profiling.texts import TOGETHER, Tallied, Texts, written_numbers
from datacheck.schema.rules import Extent


@dataclass(slots=True)
class ColumnState:
    """A column while it is measured."""

    name: str
    dtype: Any
    kind: Kind
    null: int = 0
    numbers: Numbers = field(default_factory=Numbers)
    texts: Texts = field(default_factory=Texts)
    exact_quantiles: tuple[float, ...] | None = None
    frequent: tuple[tuple[float, int], ...] = ()
    #: What lies inside its cells, each with its path; and how many cells were seen.
    inner: tuple[tuple[Path, ColumnState], ...] = ()
    cells: int = 0

    def add(
        self,
        cells: pl.Series,
        offset: int,
        rows: Indices | None = None,
        tallied: Tallied | None = None,
        present: pl.Series | None = None,
        within: Iterable[Inside] | None = None,
    ) -> None:
        """Take in a batch; `rows` are those of its cells, where a row may hold more than one.

        Of text, `tallied` is what `tallied_together` gives of the cells, where it is at hand;
        `present` tells which cells are no nulls, and `within` is what `inside` gives of them.
        """
        cells = bare(cells)
        nulls = cells.null_count()
        self.null += nulls
        self.cells += cells.len()
        for column, found, stand, tally in self.inside(cells) if within is None else within:
            column.add(found, offset, stand, tally)
        if self.kind == "other":
            return
        row_at = None if rows is None else rows.__getitem__
        if self.kind == "text":
            self._add_written(cells, offset, row_at, tallied)
        elif not nulls:
            self.numbers.add(as_numbers(cells), offset, row_at, more=True)
        else:
            present = cells.is_not_null() if present is None else present
            self.numbers.add(*_given(cells, nulls, present, offset, row_at), more=True)

    def inside(self, cells: pl.Series) -> Iterator[Inside]:
        """What lies inside its cells."""
        found = cells_at(cells, [path for path, _ in self.inner]) if self.inner else ()
        for (_, column), (each, rows) in zip(self.inner, found, strict=True):
            yield Inside(column, each, rows)

    def _add_written(
        self, cells: pl.Series, offset: int, row_at: Rows | None, tallied: Tallied | None
    ) -> None:
        cells = cells.cast(pl.String)
        found = self.texts.add(cells, tallied)
        if not found.is_empty():
            before = self.numbers.nan
            self.numbers.add(written_numbers(cells, found), offset, row_at, more=True)
            # What is not written as a number is no NaN.
            self.numbers.nan = before

    def merge(self, other: ColumnState, rows: int) -> None:
        """Take in what was seen of later rows; `rows` precede them."""
        self.null += other.null
        self.numbers = self.numbers.merged(other.numbers, rows)
        self.texts = self.texts.merged(other.texts)
        self.cells += other.cells
        for (_, column), (_, later) in zip(self.inner, other.inner, strict=True):
            column.merge(later, rows)

    def settle(self) -> None:
        """Count what still waits."""
        self.numbers.settle()
        for _, column in self.inner:
            column.settle()

    def learn(self, values: Floats, *, whole: bool) -> None:
        """The second look: the values in the bins that were asked for, ascending."""
        if whole:
            self.exact_quantiles = refine.exact_quantiles(self.numbers, values, LEVELS)
        distinct, counts = np.unique(values, return_counts=True)
        self.frequent = refine.repeated(distinct, counts, self.numbers)

    def extent(self) -> Extent:
        """What is known of all cells so far."""
        numbers = self.numbers
        ends = [low for low, _ in numbers.lowest[:1]] + [high for high, _ in numbers.highest[:1]]
        ends = [-math.inf] * bool(numbers.infinite_below) + ends
        ends += [math.inf] * bool(numbers.infinite_above)
        exact = self.dtype.is_float() or (
            (self.dtype.is_integer() or self.dtype.is_temporal())
            # What lies farther out may have been rounded to it.
            and all(abs(end) < EXACT_INTEGERS for end in ends)
        )
        known = ((ends[0], ends[-1]) if ends else (None, None)) if exact else None
        return Extent(known, self.null, numbers.nan)

    def done(self, rows: int) -> ColumnProfile:
        """What was measured of it, in a table of so many rows."""
        return ColumnProfile(
            name=self.name,
            dtype=str(self.dtype),
            kind=self.kind,
            rows=rows,
            null=self.null,
            numbers=self.numbers if self.kind != "other" and self._has_numbers() else None,
            texts=self.texts if self.kind == "text" else None,
            exact_quantiles=self.exact_quantiles,
            frequent=self.frequent,
            inner=tuple(column.done(column.cells) for _, column in self.inner),
        )

    def _has_numbers(self) -> bool:
        return self.kind != "text" or self.texts.numeric > 0


class Inside(NamedTuple):
    """The cells at a path inside a column, with their rows; of text, how they are tallied."""

    column: ColumnState
    cells: pl.Series
    rows: Indices
    tallied: Tallied | None = None

    @property
    def is_short_text(self) -> bool:
        """Whether its texts are tallied with others."""
        return self.column.kind == "text" and self.cells.len() <= TOGETHER


def states_of(dtypes: pl.Schema, *, moments: bool) -> dict[str, ColumnState]:
    """A table's columns before any batch; means and deviations are measured where wanted."""

    def column(
        name: str, dtype: pl.DataType, inner: Iterable[tuple[Path, pl.DataType]]
    ) -> ColumnState:
        numbers = Numbers() if moments else Numbers(sums=None)
        within = tuple((path, column(path.shown, leaf, ())) for path, leaf in inner)
        return ColumnState(name, dtype, kind_of(dtype), numbers=numbers, inner=within)

    paths = paths_in(dtypes)
    return {name: column(name, dtype, paths.get(name, ())) for name, dtype in dtypes.items()}


def _given(
    cells: pl.Series, nulls: int, present: pl.Series, offset: int, row_at: Rows | None
) -> tuple[Floats, int, Rows]:
    """The numbers among cells, and what tells their rows; numpy picks those of short columns."""
    if cells.len() <= FEW:
        numbers = as_numbers(cells)
        known = np.flatnonzero(~np.isnan(numbers))
        if len(known) + nulls == len(numbers):
            rows = known if row_at is None else row_at(known)
            return numbers[known], offset, rows.__getitem__
    return as_numbers(cells.filter(present)), offset, partial(_present, cells, row_at)


def _present(cells: pl.Series, row_at: Rows | None, places: Indices) -> Indices:
    """The rows of cells that are told by their places among those that are not null."""
    found = present_rows(cells, places)
    return found if row_at is None else row_at(found)
