"""Which cells a finding or a mask means: how many, the first of them, what stands there.

A detector sees a profile, not rows; what it writes under ``where`` is read by `profiling.where`,
and looked up in the table by `locate`. What parts of a table show adds up to what the whole shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import polars as pl

from datacheck.arrays import Indices
from datacheck.columns import bare
from datacheck.profiling.nested import Path, cells_at, paths_in
from datacheck.profiling.where import cell_mask
from datacheck.report.finding import LISTED, Finding
from datacheck.source import open_source
from datacheck.source.values import python_values
from datacheck.table import LocalTable, Run, View
from datacheck.text import briefly

#: A column, or a path inside one, and which of its cells are meant.
Asked = tuple[str | Path, pl.Expr]

Key = TypeVar("Key")

#: Rows in which the first cells that are meant are looked for first.
START = 2**12


@dataclass(frozen=True)
class Cells:
    """An exact count, and the first rows with what stands in them."""

    count: int
    rows: tuple[int, ...]
    values: tuple[Any, ...]

    def shifted(self, offset: int) -> Cells:
        """The same cells, where the rows of their part begin at `offset`."""
        return replace(self, rows=tuple(row + offset for row in self.rows))

    def merged(self, other: Cells) -> Cells:
        """The cells of this part and of a later one."""
        return Cells(
            self.count + other.count,
            (self.rows + other.rows)[:LISTED],
            (self.values + other.values)[:LISTED],
        )


class Lookup(Generic[Key]):
    """Which cells masks mean, as a kernel; a count `known` to one before it is not asked again."""

    def __init__(
        self,
        asked: Mapping[Key, Asked],
        view: View | None = None,
        known: Callable[[Key], int | None] | None = None,
    ) -> None:
        self.asked = dict(asked)
        self._view, self._known = view, known
        self.columns = frozenset(column_of(place) for place, _ in self.asked.values())
        self.found: dict[Key, Cells] = {key: Cells(0, (), ()) for key in self.asked}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - polars' own threads
        """See `Kernel`."""
        asked = {key: each for key, each in self.asked.items() if not self._is_known(key)}
        if not asked:
            return
        seen = batch if self._view is None else self._view.of(batch)
        plain = {key: (at, mask) for key, (at, mask) in asked.items() if isinstance(at, str)}
        for key, cells in _in_batch(seen, plain, self.found).items() if plain else ():
            self.found[key] = self.found[key].merged(cells.shifted(offset))
        inner = [(key, at, mask) for key, (at, mask) in asked.items() if isinstance(at, Path)]
        for name in dict.fromkeys(path.column for _, path, _ in inner):
            within = [each for each in inner if each[1].column == name]
            there = cells_at(seen[name], [path for _, path, _ in within])
            for (key, path, mask), (inside, rows) in zip(within, there, strict=True):
                told = _inside(inside, rows, path, mask, self.found[key])
                self.found[key] = self.found[key].merged(told.shifted(offset))

    def _is_known(self, key: Key) -> bool:
        """Whether the count of a mask is known, and no row of it is still wanted."""
        count = None if self._known is None else self._known(key)
        before = self.found[key]
        if count is None or (count > before.count and len(before.rows) < LISTED):
            return False
        self.found[key] = replace(before, count=count)
        return True

    def merge(self, other: Lookup[Key]) -> None:
        """See `Kernel`."""
        for key, cells in other.found.items():
            self.found[key] = self.found[key].merged(cells)

    def seen_alone(self) -> Lookup[Key]:
        """See `Kernel`."""
        alone = copy(self)
        alone.asked, alone._view, alone._known = {}, None, None
        return alone


def column_of(place: str | Path) -> str:
    """The column itself of a column, or of a path inside one."""
    return place.column if isinstance(place, Path) else place


def _inside(cells: pl.Series, rows: Indices, path: Path, mask: pl.Expr, before: Cells) -> Cells:
    """What a batch adds of the cells at a path; a row that holds several is told for each."""
    found = _in_batch(cells.to_frame(), {path: (path.shown, mask)}, {path: before})[path]
    return replace(found, rows=tuple(int(rows[row]) for row in found.rows))


def _in_batch(
    batch: pl.DataFrame, asked: Mapping[Key, tuple[str, pl.Expr]], before: Mapping[Key, Cells]
) -> dict[Key, Cells]:
    """What a batch adds: all counts, and rows and values only where some are still wanted."""
    masks = enumerate(mask for _, mask in asked.values())
    meant = batch.select(mask.alias(str(at)) for at, mask in masks).get_columns()
    found = {}
    for (key, (name, _)), whole in zip(asked.items(), meant, strict=True):
        count, rows, values = int(whole.sum() or 0), (), ()
        if count and len(before[key].rows) < LISTED:
            mask = _start(whole, min(count, LISTED))
            places = np.flatnonzero(mask.to_numpy())[:LISTED]  # a null is no cell that is meant
            cells = bare(batch[name]).head(len(mask))
            if cells.dtype == pl.Object:
                # Their texts stand for objects, which no document holds.
                cells = cells.map_elements(briefly, pl.String)
            # By the mask: polars takes long to check places that numpy gives it.
            values = tuple(python_values(cells.filter(mask).head(LISTED)))
            rows = tuple(places.tolist())
        found[key] = Cells(count, rows, values)
    return found


def _start(mask: pl.Series, wanted: int) -> pl.Series:
    """As much of a mask as holds so many true cells, or all of it: most stand near the start."""
    start = mask.head(START)
    return start if (start.sum() or 0) >= wanted else mask


def locate(findings: Iterable[Finding], frame: pl.LazyFrame) -> list[Finding]:
    """The findings with exact counts and their first rows and values, in one pass of `frame`."""
    findings = list(findings)
    table = LocalTable(open_source(frame))
    asked = masks(findings, table.dtypes)
    [lookup] = table.fold([Lookup(asked)]) if asked else [Lookup(asked)]
    return located(findings, lookup.found)


def masks(findings: Sequence[Finding], schema: pl.Schema) -> dict[int, Asked]:
    """By a finding's place, its column (or the path inside one) and which cells it means."""
    known: dict[str | None, tuple[str | Path, pl.DataType]] = {
        path.shown: (path, dtype) for ways in paths_in(schema).values() for path, dtype in ways
    }
    known.update({name: (name, dtype) for name, dtype in schema.items()})
    asked: dict[int, Asked] = {}
    for place, finding in enumerate(findings):
        if "where" in finding.evidence and finding.column in known:
            column, dtype = known[finding.column]
            mask = cell_mask(str(finding.column), finding.evidence["where"], dtype)
            asked[place] = (column, mask)
    return asked


def located(findings: Sequence[Finding], found: Mapping[int, Cells]) -> list[Finding]:
    """The findings with the cells that were found of them, by their places."""
    made = list(findings)
    for place, cells in found.items():
        finding = made[place]
        evidence = {key: value for key, value in finding.evidence.items() if key != "estimated"}
        made[place] = replace(
            finding, count=cells.count, rows=cells.rows, values=cells.values, evidence=evidence
        )
    return made
