"""The missing cells of a batch: which columns miss theirs together, and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from datacheck.numeric.extremes import FEW
from datacheck.profiling.missing_blocks import MissingBlocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from datacheck.arrays import Indices
    from datacheck.profiling.missing_patterns import MissingPatterns

#: Rows that are looked at together.
_ROWS = 2**17


def presence(table: pl.DataFrame) -> dict[str, pl.Series]:
    """Of each column with nulls, which of its cells are none: all in one query.

    On this thread, for polars' own may all be busy with reading on.
    """
    # By place: polars takes some names for patterns.
    holed = [place for place, cells in enumerate(table.get_columns()) if cells.null_count()]
    masks = table.select_seq(pl.nth(holed).is_not_null()) if holed else ()
    return {mask.name: mask for mask in masks}


def holes(
    table: pl.DataFrame,
    present: Mapping[str, pl.Series],
    holed: Mapping[str, bool],
    before: MissingPatterns,
    offset: int,
) -> Iterator[tuple[MissingPatterns, MissingBlocks]]:
    """The patterns of a batch's holes, and where they lie.

    `present` is the batch's `presence`; `holed` are the columns that have any, and whether NaN is
    one; `before` are the patterns of earlier rows, and `offset` is the batch's first row.
    """
    known = {**present, **_numbers(table, [name for name, nan in holed.items() if nan])}
    masks = {name: known[name] for name in holed if name in known}

    for start in range(0, table.height, _ROWS) if holed else ():
        part, rows = before.nothing_yet(), min(_ROWS, table.height - start)
        found = {name: _false(mask.slice(start, rows)) for name, mask in masks.items()}
        found = {name: places for name, places in found.items() if len(places)}
        part.add(found, rows)
        yield part, MissingBlocks.of(found, offset + start, rows)


def _false(mask: pl.Series) -> Indices:
    """Where a mask without nulls is false; a long one is read bit by bit, as polars holds it."""
    if len(mask) <= FEW:
        return np.flatnonzero(~mask.to_numpy())
    stored = mask.to_arrow()
    start = stored.offset // 8
    bits = np.unpackbits(
        ~np.frombuffer(stored.buffers()[1], np.uint8)[start:],
        count=stored.offset - 8 * start + len(mask),
        bitorder="little",
    )
    return np.flatnonzero(bits[stored.offset - 8 * start :].view(np.bool_))


def _numbers(table: pl.DataFrame, names: Sequence[str]) -> dict[str, pl.Series]:
    """Of each of some columns, which of its cells are neither null nor NaN."""
    places = [table.get_column_index(name) for name in names]
    masks = table.select(pl.nth(places).is_not_nan().fill_null(value=False)) if places else ()
    return {mask.name: mask for mask in masks}
