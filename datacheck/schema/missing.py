"""What counts as missing, as one polars expression: null, NaN and the declared values."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.schema.reading import parsed, trimmed

if TYPE_CHECKING:
    from datacheck.schema.declare import Prepare

#: Beyond it no float32 is finite.
_LARGEST = 3.4028234e38


def missing_expr(column: str, dtype: pl.DataType, prepare: Prepare | None) -> pl.Expr:
    """Whether each cell is missing: never null itself.

    Parameters
    ----------
    column, dtype
        The column's name, and the dtype that it really has.
    prepare
        Its preparation, for ``missing_values`` and for ``infinite: missing``.
    """
    kinds = missing_kinds(column, dtype, prepare)
    found = kinds.pop("null")
    for kind in kinds.values():
        found = found | kind
    return found


def missing_kinds(column: str, dtype: pl.DataType, prepare: Prepare | None) -> dict[str, pl.Expr]:
    """The kinds of missing that a column of this dtype can hold, each as an expression.

    The keys are among ``null``, ``nan``, ``infinite`` and ``sentinel``. No cell is of two kinds,
    and no expression gives null.
    """
    cell = pl.col(column)
    kinds = {"null": cell.is_null()}
    if dtype.is_float():
        kinds["nan"] = cell.is_nan().fill_null(value=False)
        if prepare is not None and prepare.infinite == "missing":
            kinds["infinite"] = cell.is_infinite().fill_null(value=False)
    values = () if prepare is None else prepare.missing_values
    sentinel = _sentinel(cell, dtype, values)
    if sentinel is not None:
        kinds["sentinel"] = sentinel.fill_null(value=False)
    return kinds


def _sentinel(cell: pl.Expr, dtype: pl.DataType, values: tuple[Any, ...]) -> pl.Expr | None:
    """Whether a cell is one of the declared values, compared as its dtype allows."""
    numbers = [each for each in values if isinstance(each, int | float)]
    texts = [each for each in values if isinstance(each, str)]
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        text = cell if isinstance(dtype, pl.String) else cell.cast(pl.String)
        listed = [text.is_in([*texts, *map(str, numbers)])] if values else []
        if numbers and isinstance(dtype, pl.String):
            listed.append(parsed(trimmed(text)).is_in([float(each) for each in numbers]))
        return _any(listed)
    if dtype.is_float():
        return _any([cell == pl.lit(each, dtype=dtype) for each in _floats(numbers, dtype)])
    if dtype.is_numeric():
        return _any([cell == each for each in numbers if _fits(each, dtype)])
    return _any([cell == each for each in values if _same_kind(each, dtype)])


def _any(tests: list[pl.Expr]) -> pl.Expr | None:
    found = None
    for test in tests:
        found = test if found is None else found | test
    return found


def _floats(numbers: list[Any], dtype: pl.DataType) -> list[float]:
    """The numbers as this float type holds them: -999.9 in a float32 column was rounded to it."""
    doubles = [float(each) for each in numbers]
    if dtype == pl.Float32:
        doubles = [each for each in doubles if abs(each) <= _LARGEST]
        doubles = list(struct.unpack(f"{len(doubles)}f", struct.pack(f"{len(doubles)}f", *doubles)))
    return doubles


def _fits(number: Any, dtype: pl.DataType) -> bool:
    if not dtype.is_integer():
        return True
    if math.floor(number) != number:
        return False
    try:
        pl.Series([int(number)], dtype=dtype)
    except (OverflowError, TypeError):
        return False
    return True


def _same_kind(value: Any, dtype: pl.DataType) -> bool:
    """Whether a date, time or duration can be compared with this dtype."""
    try:
        found = pl.Series([value]).dtype
    except TypeError:
        return False
    return found.is_temporal() and found.base_type() == dtype.base_type()
