"""Which columns a schema prepares, and as much of their programs as the declaration decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from datacheck.errors import DataError, SchemaError
from datacheck.ops import Cast, Missing, Program
from datacheck.schema.normal import missing_of
from datacheck.transform.cell import plain_value
from datacheck.transform.decode import entry, filling, kind_of

if TYPE_CHECKING:
    from datacheck.ops import Op, Scalar
    from datacheck.schema import Column, Prepare, Schema

#: What a schema's `infinite` policy is to `Missing`; `clip` is a `Clip` of its own.
_INFINITE = {"error": "refuse", "missing": "missing", "clip": "keep"}


class Target(NamedTuple):
    """A column to be fitted: what is declared, and its program as far as that alone decides."""

    column: Column
    prepare: Prepare
    program: Program


def find_targets(dtypes: pl.Schema, schema: Schema, *, text: bool) -> list[Target]:
    """The columns that the schema prepares, in the order of the table.

    Raises
    ------
    DataError, SchemaError
        As `fit_table` says.
    """
    absent = [
        column.name
        for column in schema.columns
        if column.prepare is not None
        and column.required
        and not any(column.matches(name) for name in dtypes)
    ]
    if absent:
        raise DataError(
            "The data lacks columns that the schema prepares: " + ", ".join(map(repr, absent)),
            got="columns " + ", ".join(map(repr, dtypes)),
            todo="add them, rename them in the schema, or declare them required: false",
        )
    targets = [
        Target(column, column.prepare, _skeleton(name, column, column.prepare, dtypes, text))
        for name, column in schema.columns_for(dtypes).items()
        if column.prepare is not None
    ]
    if not targets:
        raise SchemaError(
            f"The schema {schema.name!r} prepares no column",
            expected="a `prepare:` mapping under at least one column",
            todo="declare imputation or scaling; `datacheck suggest` writes a first draft",
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
    kind = kind_of(dtype)
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
        kind = kind_of(dtype)
    if kind is None or (kind != "number" and prepare.needs_numbers):
        raise DataError(
            f"Column {name!r} is {dtype}, and its preparation computes with numbers",
            got=f"impute: {prepare.impute}, scale: {prepare.scale}, outliers: {prepare.outliers}, "
            f"infinite: {prepare.infinite}",
            expected="a numeric column; most_frequent and constant imputation work on all",
            todo="declare a numeric dtype with coerce: true if its cells can be read as numbers, "
            "or take the column out of the preparation",
        )
    if kind == "text" and prepare.impute == "constant":
        filling(Program(name, kind, str(dtype), ()), str(prepare.fill_value), dtype)
    cells = _cells(column, name, kind, column.dtype if reads and column.dtype else dtype)
    infinite = _INFINITE[prepare.infinite] if kind == "number" else "keep"
    unfilled = "refuse" if prepare.impute == "none" and not column.nullable else "keep"
    ops.append(Missing(cells, infinite, unfilled))
    return Program(name, kind, str(dtype), tuple(ops))


def _cells(column: Column, name: str, kind: str, dtype: pl.DataType) -> tuple[Scalar, ...]:
    """What means missing, as the program compares it."""
    values = () if column.prepare is None else column.prepare.missing_values
    if kind == "text":
        return missing_of(name, values, pl.String()).cells
    if kind == "number" and column.dtype == pl.Float32:
        dtype = column.dtype  # whatever holds the cells, they are read as that
    declared = missing_of(name, values, dtype)
    if kind == "number":
        return (*declared.cells, *declared.words)
    return tuple(map(plain_value, declared.cells))


def view(target: Target, dtype: pl.DataType, *, text: bool) -> pl.Expr:
    """The column as fitting sees it; a number's missing cells are NaN, which numpy can hold."""
    cells = entry(target.program, dtype, text=text).alias(target.program.column)
    return cells.fill_null(float("nan")) if target.program.kind == "number" else cells
