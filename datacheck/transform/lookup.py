"""The codes of a column's categories, for many cells at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

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


def encoded(program: Program, x: pl.Expr) -> pl.Expr:
    """The codes of the cells in `x`, replaced, declared and filled; -1 is that of no category."""
    encode = first(program.ops, Encode) or Encode((), (), None, None)
    read = partial(_encode, _Table(program, encode))
    return x.map_batches(read, is_elementwise=True, return_dtype=pl.Int32)


class _Table:
    """What a column's cells are looked up in: `known` values, None among them, and their codes."""

    def __init__(self, program: Program, encode: Encode) -> None:
        codes = known_codes(program)
        numbers = [_NONE if code is None else code for code in codes.values()]
        self.program, self.categories = program, encode.categories
        self.known = pl.Series(list(codes), dtype=DTYPES[program.kind])
        self.codes = pl.Series(numbers, dtype=pl.Int32)
        self.unknown = _NONE if encode.unknown is None else encode.unknown
        self.refuses = _NONE in (self.unknown, *numbers)


def _encode(table: _Table, given: pl.Series) -> pl.Series:
    cells = bare(given).cast(table.known.dtype)
    found = cells.replace_strict(table.known, table.codes, default=table.unknown)
    if table.refuses and found.min() == _NONE:
        raise _odd(table.program.column, cells.filter(found == _NONE), table.categories)
    return found


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
