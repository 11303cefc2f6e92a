"""Cells as the numbers that a profile keeps of them, one column at a time or many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from datacheck.arrays import Floats, Indices, Ints
from datacheck.columns import bare, in_blocks, is_text
from datacheck.numeric.extremes import FEW, highest_of, located, lowest_of
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.side_by_side import side_by_side
from datacheck.profiling import refine
from datacheck.profiling.column import Kind
from datacheck.profiling.texts import written_numbers


def kind_of(dtype: pl.DataType) -> Kind:
    """What cells of a polars type are to a model."""
    if dtype.is_numeric():
        return "number"
    if dtype == pl.Boolean:
        return "boolean"
    if is_text(dtype):
        return "text"
    return "time" if dtype.is_temporal() else "other"


def as_numbers(cells: pl.Series) -> Floats:
    """Cells as float64, nulls as NaN; times as their count of units."""
    cells = bare(cells)
    if cells.dtype.is_temporal():
        cells = cells.to_physical()
    if cells.dtype != pl.Float64:
        cells = cells.cast(pl.Float64)
    return cells.to_numpy()  # a null becomes NaN


def gathered(cells: pl.Series, bins: Ints) -> Floats:
    """The numbers among cells, or those that they write, which lie in some bins of numbers."""
    if kind_of(cells.dtype) == "text":
        numbers = written_numbers(cells)
    elif cells.dtype != pl.Float64 or not cells.null_count() or cells.len() <= FEW:
        numbers = as_numbers(cells)
    else:
        # What stands under a null is anything: cheaper to find and to drop than to fill first.
        stored = cells.to_arrow()
        start = int(stored.offset)
        given, held = stored.buffers()
        numbers = np.frombuffer(held, np.float64, len(stored), 8 * start)
        places = refine.within(numbers, bins)
        bits = places + start
        present = np.flatnonzero(np.frombuffer(given, np.uint8)[bits >> 3] >> (bits & 7) & 1)
        return numbers[places[present]] + 0.0
    return numbers[refine.within(numbers, bins)] + 0.0


def measured_at_once(
    table: pl.DataFrame, names: Sequence[str], offset: int, *, sums: bool
) -> Iterator[tuple[str, tuple[int, Numbers]]]:
    """The nulls and the numbers of short columns, by their names; see `side_by_side`."""
    for block in in_blocks(names, table.height):
        some = [table[name] for name in block]
        nulls = np.array([cells.null_count() for cells in some])
        counts = [_counted(cells) if cells.dtype.is_temporal() else cells for cells in some]
        numbers = pl.DataFrame(counts).cast(pl.Float64).to_numpy()
        states = side_by_side(numbers.T, nulls, offset, sums=sums)
        for cells, null, state in zip(some, nulls.tolist(), states, strict=True):
            yield cells.name, (null, state)


def inside_at_once(
    columns: Sequence[tuple[pl.Series, Indices]], offset: int, *, sums: bool
) -> Iterator[tuple[int, Numbers]]:
    """The same of short columns of several lengths, whose cells stand in these rows of a table."""
    for block in in_blocks(columns, max((cells.len() for cells, _ in columns), default=0)):
        nulls = [cells.null_count() for cells, _ in block]
        lengths = np.array([cells.len() for cells, _ in block])
        numbers = np.full((len(block), lengths.max()), np.nan)
        for held, (cells, _) in zip(numbers, block, strict=True):
            held[: cells.len()] = as_numbers(cells)
        states = side_by_side(numbers, numbers.shape[1] - lengths + nulls, 0, sums=sums)
        for (_, rows), null, state in zip(block, nulls, states, strict=True):
            stand = rows + offset
            state.lowest = lowest_of((), located(state.lowest, stand.__getitem__))
            state.highest = highest_of((), located(state.highest, stand.__getitem__))
            yield null, state


def written_at_once(
    columns: Sequence[tuple[pl.Series, pl.DataFrame]], offset: int, *, sums: bool
) -> Iterator[Numbers]:
    """The numbers of short columns of text, of which `found` is what `Texts.add` gives."""
    for block in in_blocks(columns, len(columns[0][0]) if columns else 0):
        numbers = np.array([written_numbers(cells, found) for cells, found in block])
        absent = np.count_nonzero(np.isnan(numbers), axis=1)
        yield from side_by_side(numbers, absent, offset, sums=sums)


def _counted(cells: pl.Series) -> pl.Series:
    return bare(cells).to_physical().alias(cells.name)  # polars asks for the column by its name
