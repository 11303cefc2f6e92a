"""A delimited file that fits in memory, typed as its first rows are and read a single time.

Where every cell fits what the first rows promise, nothing has to be read again: what was read to
see that is the table. Where one does not, `datacheck.source.celltypes` decides from all cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from datacheck.columns import col, cols
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.celltypes import KINDS, SAMPLE, TEXT, Kind, first_kinds, misfits, read_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    #: The table with its columns read as kinds.
    Scan = Callable[[dict[str, Kind]], pl.LazyFrame]

#: Bytes that a table may take and is yet held: no file beyond makes anything grow.
MOST = 2**28


class AtOnce(NamedTuple):
    """A table that was read, and what its columns are if no cell is spelt oddly."""

    frame: pl.DataFrame
    kinds: dict[str, Kind]


def read_at_once(
    stored: Scan, names: Sequence[str], wanted: Sequence[str], kinds: dict[str, Kind], size: int
) -> AtOnce | None:
    """Read a table as its first rows are; None where it is too large, or a cell does not fit.

    Parameters
    ----------
    stored
        Gives the columns as polars' reader stores their kinds.
    names, wanted
        All columns, and those whose kinds matter.
    kinds
        Those that are tried.
    size
        Bytes of the files.
    """
    every = dict.fromkeys(names, TEXT)
    try:
        sample = stored(every).head(SAMPLE).collect(engine="streaming")
        if _takes(sample, size) > MOST:
            return None
        tried = first_kinds(sample, list(wanted), kinds)
        decided = every | {name: kinds.get(word, TEXT) for name, word in tried.items()}
        frame = stored(decided).select(cols(wanted)).collect()
        asked = {name: kinds.get(word) for name, word in tried.items()}
        odd = frame.select(_odd(col(name), kind).any().alias(name) for name, kind in asked.items())
        if any(odd.row(0)):
            return None
        decided = {name: decided[name] for name in wanted}
        return AtOnce(read_kinds(frame, decided), decided)
    except pl.exceptions.PolarsError:
        return None  # a cell that its kind does not hold, or a fault that the bytes will name


def _takes(sample: pl.DataFrame, size: int) -> int:
    """How many bytes a table of so many bytes of text takes in memory, by its first rows."""
    text = sample.select(pl.all().str.len_bytes().sum()).sum_horizontal().sum()
    cells = max(sample.height * sample.width, 1)
    return size + 16 * int(size * cells / (text + cells))


def _odd(cell: pl.Expr, kind: Kind | None) -> pl.Expr:
    """Where a cell does not fit though polars could read it; a bare number says so by its size."""
    if kind is None or kind.stored == pl.String:
        return misfits(cell, kind)
    if kind is KINDS["number"]:
        return (cell.abs() >= EXACT_INTEGERS) & cell.is_not_nan()
    return pl.lit(value=False)
