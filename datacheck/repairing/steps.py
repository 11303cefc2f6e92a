"""What each kind of fix does to a table: the cells before and after, as polars expressions.

A step is decided on the table as it is, not on what a report remembers of it: a reading that would
lose a cell is declined with the number of such cells, whatever the fix says of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import col
from datacheck.profiling.where import cell_mask
from datacheck.repairing.declaring import declaration
from datacheck.report.fix import Fix, Kind
from datacheck.schema.declare import Column
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.missing import missing_kinds
from datacheck.schema.reading import Reading, parsed, read_column, strptime, trimmed

#: Digits of a rescaled cell: the last few of a double are the division's own.
_DIGITS = 13
#: Whole numbers up to this are written out.
_WHOLE = 1e15


class Step(NamedTuple):
    """What a fix does to one column.

    `value` is the column afterwards, None where it is left out; `changed` tells which cells are
    other ones then, and `lost` which hold a value that cannot be kept: where there are any, the fix
    is declined.
    """

    value: pl.Expr | None
    changed: pl.Expr
    lost: pl.Expr | None = None


class Declined(Exception):  # noqa: N818 - it never leaves the room
    """Why a fix does not fit the table as it is."""


def step_of(fix: Fix, dtype: pl.DataType) -> Step | None:
    """What a fix does to its column, or None; raises `Declined` where it does not fit the dtype."""
    make = _STEPS.get(fix.kind)
    return None if make is None else make(fix, dtype)


def _declared(fix: Fix) -> Column:
    """A column that is declared as the fix says, and no more."""
    return declaration(Column(name=str(fix.column)), fix)


def _reading(declared: Column, dtype: pl.DataType) -> Reading:
    read = read_column(declared.name, dtype, declared)
    if read is None:
        raise Declined(f"a column of {dtype} is not read as {declared.dtype}")
    return read


def _missing(fix: Fix, dtype: pl.DataType) -> Step:
    declared = _declared(fix)
    kinds = missing_kinds(str(fix.column), dtype, declared.prepare)
    if "sentinel" not in kinds:
        raise Declined(f"a column of {dtype} holds no such value")
    cell, mask = col(str(fix.column)), kinds["sentinel"]
    if not (isinstance(dtype, pl.String) and declared.dtype is not None):
        return Step(pl.when(~mask).then(cell), mask)
    read = _reading(declared, dtype)
    value = pl.when(~mask).then(read.value)
    plain = parsed(trimmed(cell)).is_not_null()
    return Step(value, mask | (cell.is_not_null() & ~plain), ~mask & (read.unread | read.lossy))


def _read(fix: Fix, dtype: pl.DataType) -> Step:
    """The column as it is declared to be read."""
    cell, read = col(str(fix.column)), _reading(_declared(fix), dtype)
    lost = read.unread | read.lossy
    if isinstance(dtype, pl.String) and read.declared.is_numeric():
        changed = cell.is_not_null() & parsed(trimmed(cell)).is_null()
    else:
        changed = cell.is_not_null() & read.value.is_null()
    return Step(read.value, changed, lost)


def _dates(fix: Fix, dtype: pl.DataType) -> Step:
    kind: Any = read_dtype(fix.arguments["dtype"], str(fix.column))
    cell = col(str(fix.column))
    if dtype.is_numeric():
        # 20240131.0 too: a whole number may stand in a column of doubles.
        text = cell.cast(pl.Int64, strict=False).cast(pl.String)
    elif isinstance(dtype, pl.String):
        text = trimmed(cell)
        nothing = cell.is_in(list(fix.arguments.get("values", ())))
        text = pl.when(~nothing).then(text)
    else:
        raise Declined(f"a column of {dtype} holds no text")
    value = pl.coalesce(strptime(text, kind, form) for form in fix.arguments["formats"])
    held = text.is_not_null() & (text != "")
    return Step(value, cell.is_not_null(), held & value.is_null())


def _spellings(fix: Fix, dtype: pl.DataType) -> Step:
    if not isinstance(dtype, pl.String):
        raise Declined(f"a column of {dtype} holds no text")
    mapped = {
        each: category for category, others in fix.arguments["spellings"].items() for each in others
    }
    cell = col(str(fix.column))
    return Step(cell.replace(mapped), cell.is_in(list(mapped)))


def _rescale(fix: Fix, dtype: pl.DataType) -> Step:
    text = isinstance(dtype, pl.String)
    if not text and not dtype.is_numeric():
        raise Declined(f"a column of {dtype} holds no numbers")
    cell = col(str(fix.column))
    factor, offset = fix.arguments["factor"], fix.arguments["offset"]
    mask = cell_mask(str(fix.column), fix.arguments["where"], dtype).fill_null(value=False)
    number = parsed(trimmed(cell)) if text else cell.cast(pl.Float64)
    mended = ((number - offset) / factor).round_sig_figs(_DIGITS)
    if text:
        lost = mask & number.is_null()
        return Step(pl.when(mask).then(_written(mended)).otherwise(cell), mask, lost)
    whole = pl.when(mask).then(mended).otherwise(cell.cast(pl.Float64))
    return Step(whole if not dtype.is_float() else whole.cast(dtype), mask)


def _written(number: pl.Expr) -> pl.Expr:
    """A number as text, whole ones without a point."""
    whole = (number % 1 == 0) & (number.abs() < _WHOLE)
    return (
        pl.when(whole)
        .then(number.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(number.cast(pl.String))
    )


_STEPS: dict[str, Callable[[Fix, pl.DataType], Step]] = {
    "missing_values": _missing,
    "number": _read,
    "cast": _read,
    "date_format": _dates,
    "spellings": _spellings,
    "rescale": _rescale,
    "drop_column": lambda fix, _: Step(None, col(str(fix.column)).is_not_null()),
}

#: In which order fixes are applied: a column is read before its cells are reckoned with.
ORDER: tuple[Kind, ...] = (
    "spellings",
    "missing_values",
    "number",
    "date_format",
    "cast",
    "rescale",
    "drop_rows",
    "drop_column",
    "role",
    "scale",
)
