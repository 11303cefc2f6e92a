"""The codes of a column's categories, for many cells at a time.

Each step is one call on all cells: the hash of a cell points to the one category that it may be,
and is compared with that. What this does not settle (no category, or two at one place) is joined.
"""

from __future__ import annotations

from functools import cached_property, partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datacheck.columns import bare
from datacheck.errors import DataError
from datacheck.ops import Encode, Program, Scalar, first
from datacheck.transform.coding import known_codes
from datacheck.transform.decode import refusal

#: What the categories of each kind of column are.
DTYPES: dict[str, Any] = {"text": pl.String, "boolean": pl.Boolean, "integer": pl.Int64}
#: Stands for a code that an encoding does not have.
_NONE = -2
_CATEGORIES = 10
#: Cells from which the places of the categories earn their making.
_MANY = 5_000
#: Places for each category, and in all: 2**18 of them stay in the processor's cache.
_ROOM, _MOST_BITS = 256, 18
#: Seeds of the hash that are tried, until no two categories meet.
_TRIES = 8
#: Cells whose places are found at a time, in the processor's cache.
_BLOCK = 2**14


def encoded(program: Program, x: pl.Expr) -> pl.Expr:
    """The codes of the cells in `x` as whole numbers, once they are replaced, declared and filled.

    -1 is the code of no category.
    """
    encode = first(program.ops, Encode) or Encode((), (), None, None)
    read = partial(_encode, _Table(program, encode))
    return x.map_batches(read, is_elementwise=True, return_dtype=pl.Int32)


class _Table:
    """What a column's cells are looked up in: `known` values, none of them missing, and codes."""

    def __init__(self, program: Program, encode: Encode) -> None:
        known = known_codes(program)
        codes = {value: _NONE if code is None else code for value, code in known.items()}
        self.program, self.categories = program, encode.categories
        self.missing = codes.pop(None)
        self.unknown = _NONE if encode.unknown is None else encode.unknown
        self.known = pl.Series(list(codes), dtype=DTYPES[program.kind])
        self.codes = pl.Series(list(codes.values()), dtype=pl.Int32)
        same = self.codes.equals(pl.Series(range(len(codes)), dtype=pl.Int32))
        self.moved = None if same else self.codes.to_numpy()
        self.refuses = _NONE in (self.unknown, self.missing, *codes.values())

    @cached_property
    def with_missing(self) -> tuple[pl.Series, pl.Series]:
        """The known values and a missing one, and their codes."""
        known = pl.Series([*self.known.to_list(), None], dtype=self.known.dtype)
        return known, pl.Series([*self.codes.to_list(), self.missing], dtype=pl.Int32)

    @cached_property
    def places(self) -> _Places:
        return _places(self.known)


def _encode(table: _Table, given: pl.Series) -> pl.Series:
    cells = bare(given).cast(table.known.dtype).rechunk()
    few = len(cells) < _MANY or not len(table.known)
    found = (_joined if few else _looked_up)(table, cells)
    if table.refuses and found.min() == _NONE:
        raise _odd(table.program.column, cells.filter(found == _NONE), table.categories)
    return found


def _joined(table: _Table, cells: pl.Series) -> pl.Series:
    known, codes = table.with_missing
    return cells.replace_strict(known, codes, default=table.unknown)


def _looked_up(table: _Table, cells: pl.Series) -> pl.Series:
    found = table.places.of(cells)
    same = cells == table.known[pl.Series(found)]  # null where the cell is
    if table.moved is not None:
        for start in range(0, len(found), _BLOCK):
            some = found[start : start + _BLOCK]
            some[:] = table.moved[some]
    holes = cells.null_count()
    if holes:
        np.copyto(found, table.missing, where=cells.is_null().to_numpy())
    if int(same.sum() or 0) + holes < len(cells):
        unsettled = (~same).fill_null(value=False)
        found[unsettled.to_numpy()] = _joined(table, cells.filter(unsettled)).to_numpy()
    return pl.Series(found)


class _Places(NamedTuple):
    """By the upper bits of a hash, which of the known values it may be."""

    seed: int
    shift: int
    value: NDArray[np.int32]

    def of(self, cells: pl.Series) -> NDArray[np.int32]:
        hashes = cells.hash(self.seed).to_numpy()
        out = np.empty(len(hashes), np.int32)
        for start in range(0, len(hashes), _BLOCK):
            some = slice(start, start + _BLOCK)
            place = (hashes[some] >> np.uint64(self.shift)).view(np.int64)
            np.take(self.value, place, mode="clip", out=out[some])
        return out


def _places(known: pl.Series) -> _Places:
    """A place for every value; where two meet, one of them has none, as few as may be."""
    bits = min(_MOST_BITS, (_ROOM * len(known)).bit_length())
    own = np.arange(len(known), dtype=np.int32)
    tried: list[tuple[int, _Places]] = []
    for seed in range(_TRIES):
        places = _Places(seed, 64 - bits, np.zeros(1 << bits, np.int32))
        places.value[known.hash(seed).to_numpy() >> np.uint64(64 - bits)] = own
        tried.append((int((places.of(known) != own).sum()), places))
        if not tried[-1][0]:
            break
    return min(tried, key=itemgetter(0))[1]


def _odd(name: str, cells: pl.Series, categories: tuple[Scalar, ...]) -> DataError:
    return refusal(
        name,
        cells,
        "not one of the categories that were fitted",
        expected=", ".join(map(repr, categories[:_CATEGORIES]))
        + (", ..." if len(categories) > _CATEGORIES else ""),
        todo="repair the rows, declare unknown: zeros or infrequent and fit again, or impute "
        "what is missing",
    )
