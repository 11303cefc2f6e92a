"""A declared bound in the terms of its column, so that every comparison of the two is exact.

The values that a column of whole numbers, decimals or moments can hold stand on a grid. A bound off
the grid is one of the next value on it: above 1.5 are the whole numbers above 1. Moments are
compared by the whole numbers that hold them, so neither a unit nor a year beyond Python's matters.
In a column of floats a bound is the nearest float, as every cell is that was written as text.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import is_text
from datacheck.schema.moments import ANY_ZONE, UnfitError, moment, since_epoch
from datacheck.schema.normal import rounded
from datacheck.source.values import python_values

_UNITS = {"ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY = 86_400 * 1_000_000_000
_MICROSECOND = dt.timedelta(microseconds=1)

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
#: A comparison with a bound off the grid, by the next value below it.
_OFF = {">": ">", ">=": ">", "<": "<=", "<=": "<="}


#: Types whose values polars takes as text alone.
_WIDE = tuple(getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name))


class Bound(NamedTuple):
    """A comparison of a cell: its sign, and the other side, None where no cell can equal it."""

    sign: str
    value: Any


def bound_of(sign: str, value: Any, dtype: pl.DataType) -> Bound | None:
    """Bring a comparison (its sign, such as ``>=``) to a dtype; None where they do not compare."""
    try:
        if dtype.is_float():
            return Bound(sign, _float(value, dtype))
        place, least, most = _on_grid(value, dtype)
    except (UnfitError, OverflowError):
        return None
    below = math.floor(place)
    if sign in ("==", "!="):
        met = place == below and least <= below <= most
        return Bound(sign, _cell(below, dtype) if met else None)
    sign = sign if place == below else _OFF[sign]
    sign, below = _clamped(sign, below, least, most)
    return Bound(sign, _cell(below, dtype))


def grid_cell(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A cell as bounds of its dtype compare it."""
    return cell.to_physical() if dtype.is_temporal() else cell


def compared(cell: pl.Expr, bound: Bound, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell passes a comparison; null where the cell is null."""
    if bound.value is None:
        never = cell.is_null() & cell.is_not_null()
        return never if bound.sign == "==" else ~never
    made: pl.Expr = OPERATORS[bound.sign](grid_cell(cell, dtype), literal(bound.value, dtype))
    return made


def one_of(cell: pl.Expr, values: Sequence[Any], dtype: pl.DataType) -> pl.Expr:
    """Whether a cell equals one of some declared values; null where the cell is null."""
    bounds = [bound_of("==", value, dtype) for value in values]
    given = [each.value for each in bounds if each is not None and each.value is not None]
    if not given:
        return cell.is_null() & cell.is_not_null()
    return among_set(grid_cell(cell, dtype), list(dict.fromkeys(given)), dtype)


def among_set(cell: pl.Expr, values: Sequence[Any], dtype: pl.DataType) -> pl.Expr:
    """Whether a cell in a column's terms is one of these."""
    held = pl.String() if is_text(dtype) else _physical(dtype)
    return cell.is_in(pl.lit(pl.Series(values, dtype=held, strict=False)).implode())


def set_cell(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A cell as the values of a declared set are compared with it."""
    return cell.cast(pl.String) if is_text(dtype) else grid_cell(cell, dtype)


def set_of(values: Sequence[Any], dtype: pl.DataType) -> dict[Any, Any]:
    """Declared values by what they are in a column's terms; a `Bound` for what no cell can be."""
    if not (dtype.is_numeric() or dtype.is_temporal()):
        return {value: value for value in values}
    bounds = [(bound_of("==", value, dtype), value) for value in values]
    return {
        Bound("==", value) if bound is None or bound.value is None else bound.value: value
        for bound, value in bounds
    }


def shown(values: Sequence[Any], dtype: pl.DataType) -> list[Any]:
    """Values in a column's terms as its cells are shown."""
    if not dtype.is_temporal():
        return list(values)
    return python_values(pl.Series(values, dtype=_physical(dtype)).cast(dtype))


def literal(value: Any, dtype: pl.DataType) -> pl.Expr:
    """A bound's value as an expression of the type that cells are compared in."""
    if type(value) is float and dtype == pl.Float64:
        return pl.lit(value)
    held = _physical(dtype)
    if held.is_decimal() or held.base_type() in _WIDE:
        return pl.lit(format(value, "f" if held.is_decimal() else "d")).cast(held)
    return pl.lit(value, dtype=held)


def _physical(dtype: pl.DataType) -> pl.DataType:
    if dtype == pl.Date:
        return pl.Int32()
    return pl.Int64() if dtype.is_temporal() else dtype


def _float(value: Any, dtype: pl.DataType) -> float:
    """A bound of a column of floats; a number beyond its range is beyond all of its cells."""
    if not _is_number(value):
        raise UnfitError
    try:
        made = float(value)
    except OverflowError:
        made = math.inf if value > 0 else -math.inf
    if math.isfinite(made):
        made = (rounded([made], dtype) or [math.copysign(math.inf, made)])[0]
    return made


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return plain and bool(value == value)  # noqa: PLR0124 - NaN bounds nothing


def _on_grid(value: Any, dtype: pl.DataType) -> tuple[Fraction, int, int]:
    """Where a value stands, counted in the grid's steps, and the grid's two ends."""
    if dtype.is_temporal():
        return _instant(value, dtype)
    if dtype.is_integer() and not isinstance(value, bool):
        least, most = _ends(dtype)
        scale = 0
    elif isinstance(dtype, pl.Decimal):
        scale = dtype.scale
        most = 10 ** (dtype.precision or 38) - 1
        least = -most
    else:
        raise UnfitError
    if not _is_number(value):
        raise UnfitError
    if isinstance(value, float) and math.isinf(value):
        return Fraction(most + 1 if value > 0 else least - 1), least, most
    # A decimal is compared with the decimal that was written, not with the double it became.
    exact = Decimal(repr(value)) if scale and isinstance(value, float) else value
    return Fraction(exact) * 10**scale, least, most


def _ends(dtype: pl.DataType) -> tuple[int, int]:
    name = str(dtype)
    bits = int("".join(each for each in name if each.isdigit()))
    if name.startswith("U"):
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _instant(value: Any, dtype: pl.DataType) -> tuple[Fraction, int, int]:
    """A moment or span in the column's units since its zero."""
    bits = 31 if dtype == pl.Date else 63
    most = 2**bits - 1
    if dtype == pl.Date and isinstance(value, dt.datetime) and value.tzinfo is None:
        return Fraction(_nanoseconds(value), _DAY), -most - 1, most
    made = moment(value, dtype, exact=False)
    if isinstance(made, dt.time):
        clock = dt.timedelta(
            hours=made.hour,
            minutes=made.minute,
            seconds=made.second,
            microseconds=made.microsecond,
        )
        return Fraction(clock // _MICROSECOND * 1000), 0, _DAY - 1
    unit = _DAY if dtype == pl.Date else _UNITS[dtype.time_unit]  # type: ignore[attr-defined]
    if getattr(dtype, "time_zone", None) == ANY_ZONE:
        raise UnfitError
    return Fraction(_nanoseconds(made), unit), -most - 1, most


def _nanoseconds(value: Any) -> int:
    if isinstance(value, dt.timedelta):
        return value // _MICROSECOND * 1000
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    return int(since_epoch(value) // _MICROSECOND * 1000)


def _clamped(sign: str, place: int, least: int, most: int) -> tuple[str, int]:
    """A bound beyond the grid's ends as one at an end, with the same cells on either side."""
    if place > most:
        return ("<=", most) if sign in ("<", "<=") else (">", most)
    if place < least:
        return (">=", least) if sign in (">", ">=") else ("<", least)
    return sign, place


def _cell(place: int, dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.Decimal):
        return Decimal(f"{place}E-{dtype.scale}")  # exact: arithmetic would round to 28 digits
    return place
