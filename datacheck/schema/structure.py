"""What is wrong with a table's columns themselves, before any row is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from datacheck.columns import col, is_text
from datacheck.schema.declare import Column
from datacheck.schema.model import Schema
from datacheck.schema.reading import Reading, read_column
from datacheck.schema.rules import Key

Kind = Literal["absent", "no_match", "extra", "order", "dtype", "unusable"]


@dataclass(frozen=True)
class StructureFault:
    """A fault of a whole column or table: it concerns every row."""

    key: Key
    kind: Kind
    #: Names and dtypes behind it.
    evidence: dict[str, Any]
    severity: Literal["error", "warning"] = "error"
    #: Counts to take from the table as further evidence.
    counted: dict[str, pl.Expr] = field(default_factory=dict)


def faults(
    schema: Schema,
    found: Mapping[str, pl.DataType],
    columns: Mapping[str, Column],
    read: Mapping[str, Reading],
) -> list[StructureFault]:
    """Compare the columns that a table has with those that are declared."""
    made = _absent(schema, found, columns)
    if schema.table.strict is True:
        known = [column.name for column in schema.columns]
        made += [
            StructureFault(
                Key("schema.column_extra", name), "extra", {"dtype": str(dtype), "known": known}
            )
            for name, dtype in found.items()
            if name not in columns
        ]
    if schema.table.ordered:
        made += _order(schema, columns)
    wrong = wrong_dtypes(found, columns, read)
    return made + [_dtype(name, columns[name], found[name]) for name in wrong]


def wrong_dtypes(
    found: Mapping[str, pl.DataType], columns: Mapping[str, Column], read: Mapping[str, Reading]
) -> list[str]:
    """The columns that have another dtype than declared, and are not read as it."""
    return [
        name
        for name, column in columns.items()
        if column.dtype is not None and column.dtype != found[name] and name not in read
    ]


def _absent(
    schema: Schema, found: Mapping[str, pl.DataType], columns: Mapping[str, Column]
) -> list[StructureFault]:
    made = []
    present = list(found)
    unnamed = {name: None for name in columns if name not in schema.named}
    for column in schema.columns:
        if not column.required:
            continue
        key, evidence = Key("schema.column_missing", column.name), {"found": present}
        if column.regex:
            if not column.covered(unnamed):
                made.append(StructureFault(key, "no_match", evidence))
        elif column.name not in found and not _to_be_added(schema, column):
            made.append(StructureFault(key, "absent", evidence))
    declared = {fault.key.column for fault in made} | {each.name for each in schema.columns}
    for name in dict.fromkeys(name for group in schema.table.unique for name in group):
        if name not in found and name not in declared:
            key = Key("schema.column_missing", name)
            made.append(StructureFault(key, "absent", {"found": present}))
    return made


def _to_be_added(schema: Schema, column: Column) -> bool:
    fillable = column.default is not None or column.nullable
    return schema.table.add_missing_columns and fillable


def _order(schema: Schema, columns: Mapping[str, Column]) -> list[StructureFault]:
    """The first column that stands out of the declared order, if any."""
    seen = list(columns)
    expected = list(
        dict.fromkeys(name for each in schema.columns for name in each.covered(columns))
    )
    for got, wanted in zip(seen, expected, strict=True):
        if got != wanted:
            evidence = {"found": seen, "expected": expected}
            return [StructureFault(Key("schema.column_order", got), "order", evidence)]
    return []


def _dtype(name: str, column: Column, found: pl.DataType) -> StructureFault:
    evidence = {"found": str(found), "declared": str(column.dtype)}
    counted = {}
    reading = read_column(name, found, column) if is_text(found) and column.numeric else None
    if reading is not None:
        cell = col(name).cast(pl.String)
        given = cell.is_not_null() & (cell.str.strip_chars() != "")
        counted = {
            "cells": given,
            "cells_that_read_as_declared": given & ~reading.unread & ~reading.lossy,
        }
    return StructureFault(Key("schema.dtype", name), "dtype", evidence, counted=counted)
