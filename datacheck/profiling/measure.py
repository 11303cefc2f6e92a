"""Measures a table: one pass over its rows, and a second look at the columns that need one.

A table that is held is looked at twice without being read again, and its quantiles are exact. A
larger one is read batch by batch into states of bounded size; it is read again only where a column
of many values has a spike to resolve.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Ints
from datacheck.columns import bare, is_text
from datacheck.numeric.blocks import LONG
from datacheck.numeric.quantiles import position
from datacheck.numeric.side_by_side import SHORT
from datacheck.profiling import refine
from datacheck.profiling.as_numbers import (
    gathered,
    inside_at_once,
    measured_at_once,
    written_at_once,
)
from datacheck.profiling.column import LEVELS
from datacheck.profiling.column_state import ColumnState, Inside, states_of
from datacheck.profiling.holes import MissingBlocks, MissingPatterns, holes, presence
from datacheck.profiling.model import Profile
from datacheck.profiling.texts import Tallied, tallied_together
from datacheck.source import Source
from datacheck.table import FEW_ROWS, LocalTable, Run, SeenWhole, Table, View

_WHOLE = View()
#: Kinds of cells that are measured as numbers, as they stand.
_PLAIN = ("number", "boolean", "time")


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
        known: dict[str, ColumnState] = {} if beside is None else beside.measured
        self.measured: dict[str, ColumnState] = {
            name: known[name] if name in self._shared else column
            for name, column in states_of(view.dtypes(dtypes), moments=moments).items()
        }
        self.gaps, self.places = MissingPatterns(), MissingBlocks()
        self.rows = 0

    @property
    def own(self) -> dict[str, ColumnState]:
        """The columns that no other measures."""
        return {name: each for name, each in self.measured.items() if name not in self._shared}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:
        """See `Kernel`."""
        seen = self.view.of(batch)

        few = seen.height <= FEW_ROWS
        tallied, within = (self._tallied(seen), self._within(seen)) if few else ({}, {})
        short = seen.height <= SHORT and not self.rows
        measured = self._at_once(seen, offset, tallied) if short else {}
        within = self._inside_at_once(within, offset) if short else within
        present = presence(seen)

        def one(name: str) -> None:
            column, tally, inside = self.measured[name], tallied.get(name), within.get(name)
            column.add(seen[name], offset, None, tally, present.get(name), inside)

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
        plain = {n: c for n, c in self.own.items() if c.kind in _PLAIN}
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

    def _inside_at_once(
        self, within: Mapping[str, list[Inside]], offset: int
    ) -> dict[str, list[Inside]]:
        """Measure the numbers inside the columns of a short first batch; gives what is left."""
        left: dict[str, list[Inside]] = {name: [] for name in within}
        short: dict[bool, list[Inside]] = {False: [], True: []}
        for name, each in within.items():
            for e in each:
                is_short = e.column.kind in _PLAIN and e.cells.len() <= SHORT
                (short[e.column.numbers.sums is not None] if is_short else left[name]).append(e)
        for sums, some in short.items():
            found = inside_at_once([(e.cells, e.rows) for e in some], offset, sums=sums)
            for e, (null, numbers) in zip(some, found, strict=True):
                e.column.null, e.column.cells, e.column.numbers = null, e.cells.len(), numbers
        return left

    def _tallied(self, seen: pl.DataFrame) -> dict[str, Tallied]:
        """The texts of a short batch's columns, which are counted together."""
        names = [name for name, column in self.own.items() if column.kind == "text"]
        cells = [bare(seen[name]).cast(pl.String) for name in names]
        return dict(zip(names, tallied_together(cells), strict=True))

    def _within(self, seen: pl.DataFrame) -> dict[str, list[Inside]]:
        """What lies inside a short batch's columns, with its texts, which are counted together."""
        nested = {name: list(c.inside(seen[name])) for name, c in self.own.items() if c.inner}
        texts = [e.cells for each in nested.values() for e in each if e.is_short_text]
        tallied = tallied_together([bare(cells).cast(pl.String) for cells in texts])
        return {
            name: [e._replace(tallied=next(tallied)) if e.is_short_text else e for e in each]
            for name, each in nested.items()
        }

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
