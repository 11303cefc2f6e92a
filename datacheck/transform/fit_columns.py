"""Which columns a schema prepares, and as much of their programs as the declaration decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from datacheck.columns import col
from datacheck.errors import DataError, SchemaError
from datacheck.ops import Cast, Indicator, Missing, Op, Program, Replace, Scalar
from datacheck.schema import Column, Prepare, Schema
from datacheck.schema.normal import fill_of, is_narrow, missing_of
from datacheck.source.values import fits_python, python_values
from datacheck.transform.cell import plain_value
from datacheck.transform.decode import decoded, entry, filling, value_kind
from datacheck.transform.given import TEMPORAL
from datacheck.transform.learn import INFINITE

#: Roles of columns that pass as they are: they have no program, and may be absent.
PASSES = ("id", "ignore")


class FitColumn(NamedTuple):
    """A column to be fitted: what is declared, and its program as far as that alone decides."""

    column: Column
    prepare: Prepare
    program: Program
    dtype: pl.DataType


def fit_columns(dtypes: pl.Schema, schema: Schema, *, text: bool) -> list[FitColumn]:
    """The columns that the schema prepares, in the table's order; raises as `fit_table` does."""
    absent = [
        column.name
        for column in schema.columns
        if column.prepare is not None
        and column.required
        and column.prepare.role not in PASSES
        and not column.covered(dtypes)
    ]
    if absent:
        raise DataError(
            "The data lacks columns that the schema prepares: " + ", ".join(map(repr, absent)),
            got="columns " + ", ".join(map(repr, dtypes)),
            todo="add them, rename them in the schema, or declare them required: false",
        )
    targets = [
        FitColumn(
            column,
            column.prepare,
            _skeleton(name, column, column.prepare, dtypes, text),
            dtypes[name],
        )
        for name, column in schema.columns_for(dtypes).items()
        if column.prepare is not None and column.prepare.role not in PASSES
    ]
    if not targets:
        raise SchemaError(
            f"The schema {schema.name!r} prepares no column",
            expected="a `prepare:` mapping under at least one column",
            todo="declare imputation, scaling or an encoding; `datacheck suggest DATA --target "
            "COLUMN` drafts what a model of that column needs",
        )
    return targets


def _skeleton(
    name: str,
    column: Column,
    prepare: Prepare,
    dtypes: pl.Schema,
    text: bool,  # noqa: FBT001
) -> Program:
    """The program's beginning: how its cells are read, and what means missing."""
    dtype = dtypes[name]
    kind = value_kind(dtype)
    ops: list[Op] = []
    numeral = prepare.numeral
    reads = kind in ("text", "boolean") and (text or column.coerce or numeral is not None)
    if column.numeric and (reads or (numeral is not None and kind == "number")):
        kind = "number"
        ops.append(Cast("float64", numeral))
    elif text and kind in ("number", "boolean") and column.dtype == pl.String:
        kind = "text"
    elif dtype == pl.Null and column.dtype is not None:
        dtype = column.dtype
        kind = value_kind(dtype)
    elif _stays_whole(column, prepare, dtype):
        kind = "integer"
    kind = _checked_kind(name, kind, prepare, dtype)
    if kind == "number" and prepare.impute == "constant":
        fill_of(name, prepare.fill_value, pl.Float64())
    if kind == "text" and prepare.impute == "constant":
        filling(Program(name, kind, str(dtype), ()), str(prepare.fill_value), dtype)
    pairs = [(old, new) for new, olds in prepare.spellings.items() for old in olds]
    if pairs:
        ops.append(Replace(tuple(old for old, _ in pairs), tuple(new for _, new in pairs)))
    cells = _cells(column, name, kind, column.dtype if reads and column.dtype else dtype)
    infinite = INFINITE[prepare.infinite] if kind == "number" else "keep"
    unfilled = "refuse" if prepare.impute == "none" and not column.nullable else "keep"
    ops.append(Missing(cells, infinite, unfilled))
    if prepare.indicator and kind != "number":
        ops.append(Indicator(f"{name}_missing"))
    required = column.required or (prepare.impute == "none" and not column.nullable)
    return Program(name, kind, str(dtype), tuple(ops), prepare.role or "feature", required)


def _stays_whole(column: Column, prepare: Prepare, dtype: pl.DataType) -> bool:
    """Whether whole numbers stay what they are, since nothing computes with them."""
    whole = dtype.is_integer()
    if prepare.needs_numbers or any(map(_beyond_whole, prepare.missing_values)):
        return False
    if prepare.encode != "none":
        declared = column.dtype is not None and column.dtype.is_integer()
        return whole or (dtype.is_float() and declared)
    if prepare.impute == "constant":
        fill = prepare.fill_value
        fits = isinstance(fill, int) or (isinstance(fill, float) and fill.is_integer())
        return whole and fits and not _beyond_whole(int(fill))
    return whole and prepare.impute in ("none", "most_frequent")


def _beyond_whole(value: Scalar) -> bool:
    """Whether a declared value is a whole number that a program's integers do not hold."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


#: What an encoding takes.
_ENCODED = ("text", "boolean", "integer")


def _checked_kind(name: str, kind: str | None, prepare: Prepare, dtype: pl.DataType) -> str:
    """The kind, unless a column of it cannot have its preparation."""
    middle = prepare.finds_the_middle and kind in TEMPORAL
    if kind is None:
        raise DataError(
            f"Column {name!r} is {dtype}, which no preparation takes",
            expected="numbers, text, booleans, dates or times",
            todo="take the column out of the preparation, and it passes as it stands; or bring it "
            "into columns of their own before",
        )
    if kind != "number" and prepare.needs_numbers and not middle:
        raise DataError(
            f"Column {name!r} is {dtype}, and its preparation computes with numbers",
            got=f"impute: {prepare.impute}, scale: {prepare.scale}, outliers: {prepare.outliers}, "
            f"infinite: {prepare.infinite}",
            expected="a numeric column; most_frequent and constant imputation work on all",
            todo="declare a numeric dtype with coerce: true if its cells can be read as numbers, "
            "or take the column out of the preparation",
        )
    if prepare.encode != "none" and kind not in _ENCODED:
        raise DataError(
            f"Column {name!r} is {dtype}, and an encoding takes categories",
            got=f"encode: {prepare.encode}"
            + (" beside steps that compute with numbers" if prepare.needs_numbers else ""),
            expected="text, booleans, or whole numbers that nothing else computes with",
            todo="declare dtype: Int64 or String for its codes, or take encode out",
        )
    if prepare.spellings and kind != "text":
        raise DataError(
            f"Column {name!r} is {dtype}, and spellings are of text",
            todo="declare dtype: String, or take spellings out",
        )
    return kind


def _cells(column: Column, name: str, kind: str, dtype: pl.DataType) -> tuple[Scalar, ...]:
    """What means missing, as the program compares it."""
    values = () if column.prepare is None else column.prepare.missing_values
    if kind == "text":
        return missing_of(name, values, pl.String()).cells
    if kind == "number" and column.dtype is not None and is_narrow(column.dtype):
        dtype = column.dtype  # whatever holds the cells, they are read as that
    declared = missing_of(name, values, dtype)
    if kind == "number":
        return (*declared.cells, *declared.words)
    if kind == "integer":
        # Of a double beyond 64 bits no whole number is left.
        whole = [_exact(each, values) for each in declared.cells if each.is_integer()]
        return tuple(i for same in whole for i in same if -(2**63) <= i < 2**63)
    return tuple(map(plain_value, declared.cells))


def _exact(cell: float, values: Sequence[Scalar]) -> list[int]:
    """The whole numbers that were declared and are this double: beyond 2^53 several are."""
    return [v for v in values if isinstance(v, int) and float(v) == cell] or [int(cell)]


def views(frame: pl.LazyFrame, targets: Sequence[FitColumn], *, text: bool) -> pl.LazyFrame:
    """The columns as fitting sees them: `view` of each."""
    dtypes = frame.collect_schema()
    read = decoded(frame, dtypes, [target.program for target in targets], text=text)
    return read.select(
        col(target.program.column).fill_null(float("nan"))
        if target.program.kind == "number"
        else view(target, dtypes[target.program.column], text=text)
        for target in targets
    )


def view(target: FitColumn, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """The column as fitting sees it: a missing number is NaN, a moment a number of its units."""
    cells = entry(target.program, dtype, text=text).alias(target.program.column)
    if asks_numbers(target):
        if target.program.kind != "number":
            cells = _units(cells, target.program.kind)
        return cells.cast(pl.Float64).fill_null(float("nan"))
    return cells


def asks_numbers(target: FitColumn) -> bool:
    """Whether fitting asks numbers of the column: its quantiles, means and sums."""
    kind = target.program.kind
    return kind == "number" or (kind in TEMPORAL and target.prepare.finds_the_middle)


def _units(cells: pl.Expr, kind: str) -> pl.Expr:
    """Days of a date, microseconds of the others."""
    if kind == "date":
        return cells.cast(pl.Int32)
    if kind == "datetime":
        return cells.dt.timestamp("us")
    if kind == "duration":
        return cells.dt.total_microseconds()
    return cells.cast(pl.Int64) // 1000


def moment(value: float, target: FitColumn) -> Scalar:
    """The inverse of these units, rounded down to the column's own.

    Raises `DataError` beyond the years of Python.
    """
    whole, kind, dtype = math.floor(value), target.program.kind, target.dtype
    if getattr(dtype, "time_unit", None) == "ms":
        whole -= whole % 1000
    if kind == "duration":
        return whole
    if kind == "date":
        cell = pl.Series([whole], dtype=pl.Int32).cast(pl.Date)
    elif kind == "time":
        cell = pl.Series([whole * 1000], dtype=pl.Int64).cast(pl.Time)
    else:
        zone = getattr(dtype, "time_zone", None)
        cell = pl.Series([whole], dtype=pl.Int64).cast(pl.Datetime("us", zone))
    if not fits_python(cell):
        raise DataError(
            f"Column {target.program.column!r} has a middle that no transform can hold",
            got=str(python_values(cell)[0]),
            expected="years from 1 to 9999",
            todo="repair such values, or declare impute: constant",
        )
    return str(cell.item().isoformat())
