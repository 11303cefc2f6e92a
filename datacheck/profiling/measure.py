"""Measures a table: one pass over its rows, and a second look at the columns that need one.

A table that is held is looked at twice without being read again, and its quantiles are exact. A
larger one is read batch by batch into states of bounded size; it is read again only where a column
of many values has a spike to resolve.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Indices, Ints
from datacheck.columns import bare, is_text
from datacheck.limits import EXACT_INTEGERS
from datacheck.numeric.blocks import LONG
from datacheck.numeric.extremes import FEW, Rows, present_rows
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.quantiles import position
from datacheck.numeric.side_by_side import SHORT
from datacheck.profiling import refine
from datacheck.profiling.as_numbers import (
    as_numbers,
    gathered,
    kind_of,
    measured_at_once,
    written_at_once,
)
from datacheck.profiling.column import LEVELS, ColumnProfile, Kind
from datacheck.profiling.holes import MissingBlocks, MissingPatterns, holes, presence
from datacheck.profiling.model import Profile
from datacheck.profiling.nested import Path, cells_at, paths_in
from datacheck.profiling.texts import Tallied, Texts, tallied_together, written_numbers
from datacheck.schema.rules import Extent
from datacheck.source import Source
from datacheck.table import FEW_ROWS, LocalTable, Run, SeenWhole, Table, View

_WHOLE = View()


@dataclass(slots=True)
class _Column:
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
    inner: tuple[tuple[Path, _Column], ...] = ()
    cells: int = 0

    def add(
        self,
        cells: pl.Series,
        offset: int,
        rows: Indices | None = None,
        tallied: Tallied | None = None,
        present: pl.Series | None = None,
    ) -> None:
        """Take in a batch; `rows` are those of its cells, where a row may hold more than one.

        Of text, `tallied` is what `tallied_together` gives of the cells, where it is at hand;
        `present` tells which cells are no nulls.
        """
        cells = bare(cells)
        nulls = cells.null_count()
        self.null += nulls
        self.cells += cells.len()
        if self.inner:
            within = cells_at(cells, [path for path, _ in self.inner])
            for (_, column), (found, stand) in zip(self.inner, within, strict=True):
                column.add(found, offset, stand)
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

    def merge(self, other: _Column, rows: int) -> None:
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


class ProfileKernel:
    """The profile of the rows so far, as a kernel.

    Columns that two views show `alike` are measured once, by the kernel `beside` this one that is
    folded before it in the same passes. `moments` says whether means and deviations are wanted:
    they cost as much as all else, and no finding asks for them.
    """

    in_one_piece = True

    def __init__(
        self,
        dtypes: pl.Schema,
        view: View = _WHOLE,
        beside: ProfileKernel | None = None,
        alike: Collection[str] = (),
        *,
        moments: bool = False,
    ) -> None:
        self.columns = frozenset(dtypes)
        self.view = view
        self._shared = frozenset(alike)
        known: dict[str, _Column] = {} if beside is None else beside.measured
        self.measured: dict[str, _Column] = {
            name: known[name] if name in self._shared else column
            for name, column in _columns_of(view.dtypes(dtypes), moments=moments).items()
        }
        self.gaps, self.places = MissingPatterns(), MissingBlocks()
        self.rows = 0

    @property
    def own(self) -> dict[str, _Column]:
        """The columns that no other measures."""
        return {name: each for name, each in self.measured.items() if name not in self._shared}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:
        """See `Kernel`."""
        seen = self.view.of(batch)

        tallied = self._tallied(seen) if seen.height <= FEW_ROWS else {}
        short = seen.height <= SHORT and not self.rows
        measured = self._at_once(seen, offset, tallied) if short else {}
        present = presence(seen)

        def one(name: str) -> None:
            column, tally = self.measured[name], tallied.get(name)
            column.add(seen[name], offset, tallied=tally, present=present.get(name))

        _each(one, [name for name in self.own if name not in measured], seen, run)
        holed = {
            column.name: bool(column.numbers.nan) and column.dtype.is_float()
            for column in self.measured.values()
            if column.null or (column.kind == "number" and column.numbers.nan)
        }
        for places in holes(seen, present, holed, self.gaps, offset):
            self.places = self.places.merged(places)
        self.rows += batch.height

    def _at_once(
        self, seen: pl.DataFrame, offset: int, tallied: Mapping[str, Tallied]
    ) -> Collection[str]:
        """Measure numbers and texts of a short first batch; gives the names of their columns."""
        found = {}
        for name, tally in tallied.items():
            column, cells = self.measured[name], bare(seen[name])
            column.null, column.cells = cells.null_count(), cells.len()
            told = column.texts.add(cells := cells.cast(pl.String), tally)
            if not told.is_empty():
                found[name] = cells, told
        plain = {n: c for n, c in self.own.items() if c.kind in ("number", "boolean", "time")}
        for sums in (False, True):
            names = [n for n, c in plain.items() if (c.numbers.sums is not None) == sums]
            for name, (nulls, numbers) in measured_at_once(seen, names, offset, sums=sums):
                column = plain[name]
                column.null, column.cells, column.numbers = nulls, seen.height, numbers
            names = [n for n in found if (self.measured[n].numbers.sums is not None) == sums]
            written = written_at_once([found[name] for name in names], offset, sums=sums)
            for name, numbers in zip(names, written, strict=True):
                self.measured[name].numbers = numbers
        return {*plain, *tallied}

    def _tallied(self, seen: pl.DataFrame) -> dict[str, Tallied]:
        """The texts of a short batch's columns, which are counted together."""
        names = [name for name, column in self.own.items() if column.kind == "text"]
        cells = [bare(seen[name]).cast(pl.String) for name in names]
        return dict(zip(names, tallied_together(cells), strict=True))

    def merge(self, other: ProfileKernel) -> None:
        """See `Kernel`. The rows of the other's extremes are the table's already."""
        for name, column in self.own.items():
            column.merge(other.measured[name], 0)
        self.gaps = self.gaps.merged(other.gaps)
        self.places = self.places.merged(other.places)
        self.rows += other.rows

    def seen_alone(self) -> ProfileKernel:
        """See `Kernel`."""
        alone = copy(self)
        alone.view, alone.measured, alone._shared = _WHOLE, self.own, frozenset()
        alone.settle()
        return alone

    def settle(self) -> None:
        """No row is left to be seen: count what still waits."""
        for column in self.own.values():
            column.settle()

    def profile(self, name: str) -> Profile:
        """What was measured."""
        self.settle()
        columns = {key: column.done(self.rows) for key, column in self.measured.items()}
        return Profile(
            name=name, rows=self.rows, columns=columns, gaps=self.gaps, places=self.places
        )


class _Gathering(SeenWhole):
    """The values of some columns that lie in some bins of their histograms, as a kernel."""

    in_one_piece = True

    def __init__(self, view: View, wanted: Mapping[str, Ints]) -> None:
        self.columns = frozenset(wanted)
        self._view = view
        self._wanted = wanted
        self.values: dict[str, list[Floats]] = {name: [] for name in wanted}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002
        """See `Kernel`."""
        seen = self._view.of(batch)

        def one(name: str) -> None:
            self.values[name].append(gathered(seen[name], self._wanted[name]))

        # Short steps would wait for the interpreter.
        list(map(one, self._wanted) if batch.height < LONG // 2 else run(one, self._wanted))

    def merge(self, other: _Gathering) -> None:
        """See `Kernel`."""
        for name, parts in other.values.items():
            self.values[name] += parts


def _each(
    one: Callable[[str], None], names: Collection[str], table: pl.DataFrame, run: Run
) -> None:
    """Do something with some columns: with text on threads, with short steps here meanwhile."""
    texts = {name for name, dtype in table.schema.items() if is_text(dtype)}
    waiting = run(one, [name for name in names if name in texts])
    for name in names:
        if name not in texts:
            one(name)
    list(waiting)


def _columns_of(dtypes: pl.Schema, *, moments: bool) -> dict[str, _Column]:
    def column(name: str, dtype: pl.DataType, inner: Iterable[tuple[Path, pl.DataType]]) -> _Column:
        numbers = Numbers() if moments else Numbers(sums=None)
        within = tuple((path, column(path.shown, leaf, ())) for path, leaf in inner)
        return _Column(name, dtype, kind_of(dtype), numbers=numbers, inner=within)

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


def measure(frame: pl.LazyFrame, *, name: str = "table", moments: bool = True) -> Profile:
    """The profile of a lazy frame of this name: see `profiled`."""
    source = Source(name=name, frame=frame, text=False, kind="lazy")
    return profiled(LocalTable(source), moments=moments)


def profiled(table: Table, *, moments: bool = True) -> Profile:
    """The profile of a table, in one pass; with means and deviations, if they are wanted."""
    [measuring] = table.fold([ProfileKernel(table.dtypes, moments=moments)])
    return measured(table, measuring)


def measured(table: Table, measuring: ProfileKernel) -> Profile:
    """The profile of a table that a kernel has seen, with a second look where it is wanted."""
    if table.elsewhere is None:
        _look_again(table, measuring)
        return measuring.profile(table.name)
    profile: Profile = table.elsewhere.ranked(measuring.profile(table.name), measuring.view)
    return profile


def _look_again(table: Table, measuring: ProfileKernel) -> None:
    """Gather the values in prominent bins, and in those of the quantiles where that is free."""
    wanted = {}
    measuring.settle()
    for name, column in measuring.own.items():
        numbers = column.numbers
        if column.kind in ("other", "boolean") or numbers.exact or not numbers.count:
            continue
        bins = refine.prominent_bins(numbers)
        if table.held:
            ranks = [position(level, numbers.count)[0] for level in LEVELS]
            ranks += [min(rank + 1, numbers.count - 1) for rank in ranks]
            bins = np.union1d(bins, refine.rank_bins(numbers, ranks))
        elif column.kind == "text":
            continue
        if len(bins):
            wanted[name] = bins
    if not wanted:
        return
    [gathering] = table.fold([_Gathering(measuring.view.only(wanted), wanted)])
    for name, parts in gathering.values.items():
        values = np.sort(np.concatenate(parts)) if parts else np.zeros(0)
        measuring.measured[name].learn(values, whole=table.held)
