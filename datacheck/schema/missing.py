"""What counts as missing, as polars expressions: null, NaN and the declared values."""

from __future__ import annotations

from typing import Any

import polars as pl

from datacheck.columns import col, is_text
from datacheck.errors import SchemaError
from datacheck.schema.declare import Prepare
from datacheck.schema.normal import among, as_double, missing_of
from datacheck.schema.reading import parsed, trimmed


def missing_kinds(
    column: str, dtype: pl.DataType, prepare: Prepare | None, declared: pl.DataType | None = None
) -> dict[str, pl.Expr]:
    """The kinds of missing that a column of this dtype can hold, each as an expression.

    The dtype is the one that it really has, and `declared` what it is to be read as. Where that is
    not known, text is compared as numbers too, and values of another kind than the column's are
    left out. The keys are among ``null``, ``nan``, ``infinite`` and ``sentinel``; no cell is of two
    kinds, and no expression gives null.

    A `SchemaError` refuses a declared value that no cell of such a column can be. Where the table
    has another dtype than is declared, that is its fault.
    """
    cell = col(column)
    kinds = {"null": cell.is_null()}
    if dtype.is_float():
        kinds["nan"] = cell.is_nan().fill_null(value=False)
        if prepare is not None and prepare.infinite == "missing":
            kinds["infinite"] = cell.is_infinite().fill_null(value=False)
    if prepare is not None and prepare.missing_values:
        sentinel = _sentinel(column, dtype, prepare, declared)
        if sentinel is not None:
            kinds["sentinel"] = sentinel.fill_null(value=False)
    return kinds


def _sentinel(
    column: str, dtype: pl.DataType, prepare: Prepare, declared: pl.DataType | None
) -> pl.Expr | None:
    """Whether a cell is one of the declared values, compared as every runtime compares it."""
    cell = col(column)
    if is_text(dtype):
        text = cell if dtype == pl.String else cell.cast(pl.String)
        words = missing_of(column, prepare.missing_values, pl.String()).cells
        listed = [among(text, words, pl.String())]
        numeric = pl.Float64() if declared is None else declared
        if numeric.is_numeric():
            numbers = _fitting(column, prepare, numeric, None)
            spelt = parsed(trimmed(text), prepare.numeral)
            listed += [among(spelt, numbers, pl.Float64())] if numbers else []
        return pl.any_horizontal(listed) if len(listed) > 1 else listed[0]
    cells = _fitting(column, prepare, dtype, declared)
    if not cells:
        return None
    if dtype.is_numeric():
        return among(as_double(cell, dtype), cells, pl.Float64())
    return among(cell, cells, dtype)


def _fitting(
    column: str, prepare: Prepare, dtype: pl.DataType, declared: pl.DataType | None
) -> list[Any]:
    """The declared values that cells can be; an error for another one if that is the schema's."""
    if declared == dtype:
        return [*missing_of(column, prepare.missing_values, dtype).cells]
    found: list[Any] = []
    for value in prepare.missing_values:
        try:
            found += missing_of(column, (value,), dtype).cells
        except SchemaError:
            continue
    return list(dict.fromkeys(found))
