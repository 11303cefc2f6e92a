"""Declared values in the one form that every runtime compares: that of the column's own dtype.

Validation, fitting, applying and every export take the missing values and fills of a schema from
here, so that one declaration has one meaning. A value that no cell of the column can be is an error
that names the column: at once where the schema declares the dtype, else when a table gives it.
"""

from __future__ import annotations

import datetime as dt
import math
import struct
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import is_text
from datacheck.errors import SchemaError
from datacheck.numerals import FINITE
from datacheck.schema.moments import ANY_ZONE, UnfitError, as_series, moment


class DeclaredMissing(NamedTuple):
    """What means missing in a column."""

    #: As the column holds them: doubles for a column of numbers, texts for one of text, Python's
    #: moments for a temporal one.
    cells: tuple[Any, ...] = ()
    #: Texts that mean missing where the cells come as text to be read.
    words: tuple[str, ...] = ()


def missing_of(name: str, values: Sequence[Any], dtype: pl.DataType) -> DeclaredMissing:
    """Bring declared missing values to a column's dtype, without those that no cell can be."""
    if getattr(dtype, "time_zone", None) == ANY_ZONE:
        return DeclaredMissing()
    cells: list[Any] = []
    words: list[str] = []
    for value in values:
        try:
            if is_text(dtype):
                cells += _spelt(value)
            elif isinstance(value, str) and _is_word(value, dtype):
                words.append(value)
            elif dtype.is_numeric() or dtype == pl.Null:
                cells += _doubles(value, dtype)
            elif dtype.is_temporal():
                cells.append(moment(value, dtype))
            else:
                raise UnfitError("such a column holds no value of this kind")
        except UnfitError as error:
            raise _cannot(name, dtype, value, "missing_values", error) from None
    return DeclaredMissing(tuple(dict.fromkeys(cells)), tuple(dict.fromkeys(words)))


def fill_of(name: str, value: Any, dtype: pl.DataType) -> Any:
    """Bring a column's declared fill to its dtype; a `SchemaError` refuses what no cell can be."""
    if getattr(dtype, "time_zone", None) == ANY_ZONE:
        return value
    try:
        if dtype.is_numeric() or dtype == pl.Null:
            return _number(value)
        if dtype.is_temporal():
            return moment(value, dtype)
        if not isinstance(value, bool if dtype == pl.Boolean else str):
            raise UnfitError("it is of another kind")
        if isinstance(dtype, pl.Enum) and value not in dtype.categories:
            raise UnfitError("it is none of the categories")
    except UnfitError as error:
        raise _cannot(name, dtype, value, "fill_value", error) from None
    return value


def default_of(name: str, value: Any, dtype: pl.DataType) -> pl.Expr:
    """A column's declared default as a cell of its dtype; an expression is left as it is."""
    if isinstance(value, pl.Expr):
        return value
    if value is None or getattr(dtype, "time_zone", None) == ANY_ZONE:
        return pl.lit(value)
    try:
        literal = pl.lit(value, dtype=dtype)
        cell = pl.select(literal).item()
        if dtype.is_float():
            kept = math.isinf(cell) == math.isinf(value)
        elif dtype.is_temporal():
            kept = cell is not None
        else:  # 0.1 is the decimal 0.10 to whoever wrote it
            kept = (float(cell) if isinstance(value, float) else cell) == value
        kept = kept and isinstance(value, bool) == (dtype == pl.Boolean)
    except (pl.exceptions.PolarsError, ArithmeticError, TypeError, ValueError):
        kept = False
    if not kept:
        raise _cannot(name, dtype, value, "default", UnfitError("no cell is like it"))
    return literal


def rounded(numbers: Iterable[float], dtype: pl.DataType) -> list[float]:
    """The numbers as a column of floats holds them, as doubles; those beyond it are left out.

    >>> rounded([0.1, 1e300], pl.Float32()), rounded([0.1], pl.Float64())
    ([0.10000000149011612], [0.1])
    """
    return [cell for each in numbers if (cell := _rounded(each, dtype)) is not None]


def is_narrow(dtype: pl.DataType) -> bool:
    """Whether a column of floats rounds doubles."""
    return str(dtype) in _NARROW


def as_double(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A number as the double that fitting sees; a decimal's text, for a cast may round twice."""
    cell = cell.cast(pl.String) if isinstance(dtype, pl.Decimal) else cell
    return cell if dtype == pl.Float64 else cell.cast(pl.Float64)


def among(cell: pl.Expr, values: Sequence[Any], dtype: pl.DataType) -> pl.Expr:
    """Whether a cell of this dtype is one of the values: one test, however many there are."""
    if len(values) == 1 and dtype == pl.Float64 and isinstance(values[0], float):
        return cell == values[0]
    if dtype.is_temporal():
        listed = as_series(values, dtype)
    else:  # what a narrower column cannot hold is null there, and met by no cell
        listed = pl.Series(values, dtype=dtype, strict=False)
        listed = listed.drop_nulls() if listed.null_count() else listed
    if len(listed) == 1 and not dtype.is_temporal():
        return cell == pl.lit(listed[0], dtype=dtype)
    return cell.is_in(pl.lit(listed).implode())


def _is_word(text: str, dtype: pl.DataType) -> bool:
    """Whether a text, such as ``NA``, can only be met where cells are still text."""
    if dtype.is_temporal():
        return not any(each.isdigit() for each in text)
    return not dtype.is_numeric() or FINITE.fullmatch(text) is None


def _spelt(value: Any) -> list[str]:
    """The texts that stand for a declared value in a column of text."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dt.datetime):
        return [value.isoformat(), value.isoformat(" ")]
    if isinstance(value, dt.date | dt.time):
        return [value.isoformat()]
    if isinstance(value, float) and value.is_integer():
        return [str(value), str(int(value))]
    return [str(value)]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnfitError("it is no finite number")
    try:
        made = float(value)
    except OverflowError:
        raise UnfitError("it is beyond the largest double") from None
    if made - made != 0.0:
        raise UnfitError("it is no finite number")
    return made


def _doubles(value: Any, dtype: pl.DataType) -> list[float]:
    """A number as cells of this dtype come to be doubles: one in a float32 column was rounded."""
    number = _number(float(value) if isinstance(value, str) else value)
    cell = _rounded(number, dtype)
    return [number] if cell is None else [number, cell]


#: How Python's `struct` names the floats that are narrower than a double.
_NARROW = {"Float16": "<e", "Float32": "<f"}


def _rounded(number: float, dtype: pl.DataType) -> float | None:
    form = _NARROW.get(str(dtype), "<d")
    try:
        return float(struct.unpack(form, struct.pack(form, number))[0])
    except OverflowError:
        return None


def _cannot(name: str, dtype: pl.DataType, value: Any, key: str, why: UnfitError) -> SchemaError:
    return SchemaError(
        f"Column {name!r} cannot hold what {key} declares: {why}",
        got=f"{value!r}"[:200],
        expected=f"a value of dtype {dtype}",
        todo=f"mend {key}, or the column's dtype",
    )
