"""A delimited file, typed as its first rows are and read a single time.

Where every cell fits what the first rows promise, nothing has to be read again: what was read to
see that is the table. A small one is held, a larger one is stored in a file that is quicker to
read than text. Where a cell does not fit, `datacheck.source.celltypes` decides from all cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import polars as pl

from datacheck.columns import col, cols
from datacheck.limits import EXACT_INTEGERS
from datacheck.source import copies
from datacheck.source.celltypes import KINDS, SAMPLE, TEXT, Kind, first_kinds, misfits, read_kinds
from datacheck.source.odd_starts import SURE, sure_in

#: The table with its columns read as kinds.
Scan = Callable[[dict[str, Kind]], pl.LazyFrame]

#: Bytes that a table may take and is yet held: no file beyond makes anything grow.
MOST = 2**28
#: Rows of a piece of a table that is held, at least.
PIECE = 2**12


class AtOnce(NamedTuple):
    """A table that was read, and what its columns are if no cell is spelt oddly."""

    frame: pl.LazyFrame
    kinds: dict[str, Kind]
    rows: int


def read_at_once(
    stored: Scan, names: Sequence[str], wanted: Sequence[str], kinds: dict[str, Kind], size: int
) -> AtOnce | None:
    """Read a table as its first rows are; None where a cell does not fit, or the disk is full."""
    every = dict.fromkeys(names, TEXT)
    try:
        sample = stored(every).head(SAMPLE).collect(engine="streaming")
        tried = first_kinds(sample, list(wanted), kinds)
        decided = every | {name: kinds.get(word, TEXT) for name, word in tried.items()}
        frame = held_or_stored(stored(decided).select(cols(wanted)), size)
        if frame is None:
            return None
        asked = {name: kinds.get(word) for name, word in tried.items()}
        odd = [_odd(col(name), kind).any().alias(name) for name, kind in asked.items()]
        rows, *found = frame.select(pl.len().alias("\0"), *odd).collect(engine="streaming").row(0)
        if any(found):
            return None
        decided = {name: decided[name] for name in wanted}
        return AtOnce(read_kinds(frame, decided), decided, rows)
    except pl.exceptions.PolarsError:
        return None  # a cell that its kind does not hold, or a fault that the bytes will name


def odd_texts(once: AtOnce, size: int) -> int:
    """How many cells of text begin as a number does that is to stay text; see `odd_starts`."""
    names = [name for name, kind in once.kinds.items() if kind.stored == pl.String]
    dtypes = once.frame.select(cols(names)).collect_schema()
    texts = once.frame.select(cols(name for name in names if dtypes[name] == pl.String))
    if is_small(size):  # it is held
        return sum(map(sure_in, texts.collect()))
    begun = texts.select(pl.all().str.contains(SURE).sum())
    return sum(begun.collect(engine="streaming").row(0)) if dtypes else 0


def is_small(size: int) -> bool:
    """Whether a table of so many bytes is held."""
    return size <= MOST


def held_or_stored(frame: pl.LazyFrame, size: int) -> pl.LazyFrame | None:
    """A table of so many bytes, held or stored; None where it cannot be stored."""
    if not is_small(size):
        return copies.stored(frame, size)
    table = frame.collect()
    # What is read in pieces of a few rows is computed piece by piece, ten times as slowly.
    return (table.rechunk() if table.height < PIECE * table.n_chunks() else table).lazy()


def memory_size(rows: Sequence[Sequence[str]], size: int) -> int:
    """How many bytes a table of so many bytes of text takes in memory, by its first rows."""
    text = sum(len(cell) for row in rows for cell in row)
    cells = max(sum(map(len, rows)), 1)
    return size + 16 * int(size * cells / (text + cells))


def _odd(cell: pl.Expr, kind: Kind | None) -> pl.Expr:
    """Where a cell does not fit though polars could read it; a bare number says so by its size."""
    if kind is None or kind.stored == pl.String:
        return misfits(cell, kind)
    if kind is KINDS["number"]:
        return (cell.abs() >= EXACT_INTEGERS) & cell.is_not_nan()
    return pl.lit(value=False)
