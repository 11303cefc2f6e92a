"""The missing cells of a batch: which columns miss theirs together, and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.numeric.extremes import FEW
from datacheck.profiling.missing_blocks import MissingBlocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.missing_patterns import MissingPatterns
    from datacheck.table import Run

#: Rows that are looked at together.
_ROWS = 2**17


def holes(
    table: pl.DataFrame, holed: Mapping[str, bool], before: MissingPatterns, offset: int, run: Run
) -> Iterable[tuple[MissingPatterns, MissingBlocks]]:
    """The patterns of a batch's holes, and where they lie.

    Parameters
    ----------
    table
        The batch.
    holed
        The columns that have any, and whether NaN is one.
    before
        The patterns of earlier rows.
    offset
        The batch's first row.
    """
    places = {name: place for place, name in enumerate(table.columns)}
    missing = [_missing(places[name], nan=nan) for name, nan in holed.items()]

    def one(start: int) -> tuple[MissingPatterns, MissingBlocks]:
        part = before.nothing_yet()
        masks = table.slice(start, _ROWS).select(missing)
        found = {mask.name: _true(mask) for mask in masks}
        found = {name: rows for name, rows in found.items() if len(rows)}
        part.add(found, masks.height)
        return part, MissingBlocks.of(found, offset + start, masks.height)

    return run(one, range(0, table.height, _ROWS) if holed else ())


def _true(mask: pl.Series) -> NDArray[np.intp]:
    """Where a mask without nulls is true; a long one is read bit by bit, as polars holds it."""
    if len(mask) <= FEW:
        return np.flatnonzero(mask.to_numpy())
    stored = mask.to_arrow()
    bits = np.unpackbits(
        np.frombuffer(stored.buffers()[1], np.uint8),
        count=stored.offset + len(mask),
        bitorder="little",
    )
    return np.flatnonzero(bits[stored.offset :].view(np.bool_))


def _missing(place: int, *, nan: bool) -> pl.Expr:
    import polars as pl

    # By place: polars takes some names for patterns.
    cell = pl.nth(place)
    if nan:
        return cell.is_null() | cell.is_nan().fill_null(value=True)
    return cell.is_null()
