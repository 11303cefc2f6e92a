"""Measures a table: one pass over its rows, and a second look at the columns that need one.

A table that fits `MEMORY` is read once and held, and its quantiles are exact. A larger one is read
batch by batch into states of bounded size; it is read again only where a column of many values has
a spike to resolve.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from datacheck.numeric.extremes import present_rows
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.quantiles import position
from datacheck.profiling import refine
from datacheck.profiling.gaps import Gaps
from datacheck.profiling.model import LEVELS, ColumnProfile, Kind, Profile
from datacheck.profiling.texts import Texts
from datacheck.source import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

#: Bytes of table that are held at once.
MEMORY = 2**29
_GAP_ROWS = 2**17


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
    spikes: NDArray[np.int64] | None = None

    def add(self, cells: pl.Series, offset: int) -> NDArray[np.float64] | None:
        """Take in a batch; returns the finite cells as numbers, where they are."""
        nulls = cells.null_count()
        self.null += nulls
        if self.kind == "other":
            return None
        if self.kind == "text":
            return self._add_written(cells, offset)
        if not nulls:
            return self.numbers.add(as_numbers(cells), offset)
        places = partial(present_rows, cells)
        return self.numbers.add(as_numbers(cells.drop_nulls()), offset, places)

    def _add_written(self, cells: pl.Series, offset: int) -> NDArray[np.float64] | None:
        numbers = self._add_texts(cells)
        if numbers is None:
            return None
        before = self.numbers.nan
        finite = self.numbers.add(numbers, offset)
        # What is not written as a number is no NaN.
        self.numbers.nan = before
        return finite

    def _add_texts(self, cells: pl.Series) -> NDArray[np.float64] | None:
        import polars as pl

        cells = cells.cast(pl.String)
        found = self.texts.add(cells)
        if found.is_empty():
            return None
        numbers = cells.replace_strict(
            found["text"], found["number"], default=None, return_dtype=pl.Float64
        )
        return numbers.fill_null(float("nan")).to_numpy()

    def refine(self, cells: NDArray[np.float64] | None) -> None:
        """The second look, with all cells at hand."""
        numbers = self.numbers
        if cells is None or numbers.exact:
            return
        ranks = [position(level, numbers.count)[0] for level in LEVELS]
        ranks += [min(rank + 1, numbers.count - 1) for rank in ranks]
        spikes = refine.prominent_bins(numbers)
        bins = np.union1d(spikes, refine.rank_bins(numbers, ranks))
        values = refine.gathered(cells, bins)
        self.exact_quantiles = refine.exact_quantiles(numbers, values, LEVELS)
        distinct, counts = np.unique(values, return_counts=True)
        self.frequent = refine.repeated(distinct, counts, numbers)

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
        )

    def _has_numbers(self) -> bool:
        return self.kind != "text" or self.texts.numeric > 0


def kind_of(dtype: pl.DataType) -> Kind:
    """What cells of a polars type are to a model."""
    import polars as pl

    if dtype.is_numeric():
        return "number"
    if dtype == pl.Boolean:
        return "boolean"
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return "text"
    return "time" if dtype.is_temporal() else "other"


def as_numbers(cells: pl.Series) -> NDArray[np.float64]:
    """Cells as float64, nulls as NaN; times as their count of units."""
    import polars as pl

    if cells.dtype.is_temporal():
        cells = cells.to_physical()
    if cells.dtype != pl.Float64:
        cells = cells.cast(pl.Float64)
    if cells.null_count():
        cells = cells.fill_null(float("nan"))
    return cells.to_numpy()


def finite_numbers(cells: pl.Series) -> NDArray[np.float64]:
    """The finite cells as float64; nulls, NaN and infinities are left out."""
    numbers = as_numbers(cells.drop_nulls())
    finite = np.isfinite(numbers)
    return numbers if finite.all() else numbers[finite]


def measure(
    frame: pl.LazyFrame,
    *,
    name: str = "table",
    progress: Callable[[int], None] | None = None,
) -> Profile:
    """The profile of a table.

    Parameters
    ----------
    frame
        The table; it is read once, or twice where it is large and a column has spikes to resolve.
    name
        What the table is called.
    progress
        Called with the number of rows read so far.
    """
    schema = frame.collect_schema()
    columns = [_Column(column, dtype, kind_of(dtype)) for column, dtype in schema.items()]
    batches = _told(batches_of(frame, name), progress)
    held, ended = _held(batches)
    # One thread a column: a product that asked for all cores as well would have them wait.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        if ended:
            rows, gaps = _measure_held(columns, held, pool)
        else:
            rows, gaps = _measure_batches(columns, _chain(held, batches), pool)
            _resolve_spikes(columns, frame, name)
    return Profile(name=name, rows=rows, columns={c.name: c.done(rows) for c in columns}, gaps=gaps)


def measure_part(dtypes: pl.Schema, batches: Iterator[pl.DataFrame], name: str) -> Profile:
    """The profile of one part of a table, in one pass of its batches.

    The profiles of all parts add up to that of the table; which values of a column of many repeat
    (`ColumnProfile.frequent`) is for whoever has them all to find.
    """
    columns = [_Column(column, dtype, kind_of(dtype)) for column, dtype in dtypes.items()]
    gaps, rows = Gaps(), 0
    for batch in batches:
        for column in columns:
            _add(batch, rows, column)
        gaps = _with_gaps(columns, gaps, batch)
        rows += batch.height
    return Profile(name=name, rows=rows, columns={c.name: c.done(rows) for c in columns}, gaps=gaps)


def _told(
    batches: Iterator[pl.DataFrame], progress: Callable[[int], None] | None
) -> Iterator[pl.DataFrame]:
    """The batches, and how many rows have been read."""
    rows = 0
    for batch in batches:
        rows += batch.height
        if progress is not None:
            progress(rows)
        yield batch


def _held(batches: Iterator[pl.DataFrame]) -> tuple[list[pl.DataFrame], bool]:
    """The batches that fit in memory, and whether they are all."""
    held: list[pl.DataFrame] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += int(batch.estimated_size())
        if size > MEMORY:
            return held, False
    return held, True


def _chain(held: list[pl.DataFrame], batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    # Popped, so that a batch's memory is free again once it is measured.
    while held:
        yield held.pop(0)
    yield from batches


def _measure_held(
    columns: list[_Column], held: list[pl.DataFrame], pool: ThreadPoolExecutor
) -> tuple[int, Gaps]:
    import polars as pl

    if not held:
        return 0, Gaps()
    table = pl.concat(held)

    def work(column: _Column) -> None:
        column.refine(column.add(table[column.name], 0))

    list(pool.map(work, columns))
    return table.height, _with_gaps(columns, Gaps(), table, pool.map)


def _measure_batches(
    columns: list[_Column],
    batches: Iterator[pl.DataFrame],
    pool: ThreadPoolExecutor,
) -> tuple[int, Gaps]:
    rows, gaps = 0, Gaps()
    for batch in batches:
        work = partial(_add, batch, rows)
        list(pool.map(work, columns))
        gaps = _with_gaps(columns, gaps, batch, pool.map)
        rows += batch.height
    return rows, gaps


def _add(batch: pl.DataFrame, offset: int, column: _Column) -> None:
    column.add(batch[column.name], offset)


def _with_gaps(
    columns: list[_Column],
    gaps: Gaps,
    table: pl.DataFrame,
    run: Callable[..., Iterable[Gaps]] = map,
) -> Gaps:
    """The patterns of holes so far and of this batch; `run` maps a function, as `map` does."""
    holed = [
        (place, column)
        for place, column in enumerate(columns)
        if column.null or (column.kind == "number" and column.numbers.nan)
    ]
    missing = [_missing(place, column) for place, column in holed]

    def one(start: int) -> Gaps:
        part = Gaps()
        masks = table.slice(start, _GAP_ROWS).select(missing)
        holes = {mask.name: np.flatnonzero(mask.to_numpy()) for mask in masks}
        part.add({name: rows for name, rows in holes.items() if len(rows)}, masks.height)
        return part

    starts = range(0, table.height, _GAP_ROWS) if holed else ()
    return reduce(Gaps.merged, run(one, starts), gaps)


def _missing(place: int, column: _Column) -> pl.Expr:
    import polars as pl

    # By place, for polars takes some names for patterns.
    cell = pl.nth(place)
    if column.numbers.nan and column.dtype.is_float():
        return cell.is_null() | cell.is_nan().fill_null(value=True)
    return cell.is_null()


def _resolve_spikes(columns: Sequence[_Column], frame: pl.LazyFrame, name: str) -> None:
    """Read again the columns of many values that have prominent bins, and count what repeats."""
    wanted = [c for c in columns if c.kind in ("number", "time") and not c.numbers.exact]
    for column in wanted:
        column.spikes = refine.prominent_bins(column.numbers)
    wanted = [c for c in wanted if c.spikes is not None and len(c.spikes)]
    if not wanted:
        return
    found: dict[str, list[tuple[NDArray[np.float64], NDArray[np.int64]]]] = {}
    for batch in batches_of(frame.select([c.name for c in wanted]), name):
        for column in wanted:
            assert column.spikes is not None  # noqa: S101 - chosen above
            values = refine.gathered(finite_numbers(batch[column.name]), column.spikes)
            found.setdefault(column.name, []).append(np.unique(values, return_counts=True))
    for column in wanted:
        values, counts = _tallied(found[column.name])
        column.frequent = refine.repeated(values, counts, column.numbers)


def _tallied(
    parts: list[tuple[NDArray[np.float64], NDArray[np.int64]]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values, inverse = np.unique(np.concatenate([p[0] for p in parts]), return_inverse=True)
    counts = np.zeros(len(values), dtype=np.int64)
    np.add.at(counts, inverse, np.concatenate([p[1] for p in parts]))
    return values, counts
