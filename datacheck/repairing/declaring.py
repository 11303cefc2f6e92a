"""What of a fix belongs into the schema, so that a transform repeats it when it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from datacheck.report.fix import Fix
from datacheck.schema.declare import Column, Number, Prepare
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.model import Schema

#: What no column but a feature has.
_UNPREPARED: dict[str, Any] = {"impute": "none", "fill_value": None, "scale": "none"}


def declared_with(schema: Schema, fixes: Iterable[Fix], names: Iterable[str]) -> Schema:
    """A schema that declares what the fixes say of these columns, in order; not one-time mends."""
    by_column: dict[str, list[Fix]] = {}
    for fix in fixes:
        if fix.column is not None and (fix.repeats or fix.kind == "drop_column"):
            by_column.setdefault(fix.column, []).append(fix)
    columns = list(schema.columns)
    places = {column.name: place for place, column in enumerate(columns) if not column.regex}
    for name in names:
        if name not in by_column:
            continue
        column = columns[places[name]] if name in places else _column_for(schema, name)
        for fix in by_column[name]:
            column = declaration(column, fix)
        if name in places:
            columns[places[name]] = column
        else:
            columns.append(column)
    return replace(schema, columns=tuple(columns), origin=None)


def _column_for(schema: Schema, name: str) -> Column:
    """A column that is declared by an expression, or not at all."""
    for column in schema.columns:
        if column.matches(name):
            return replace(column, name=name, regex=False)
    return Column(name=name, nullable=True)


def declaration(column: Column, fix: Fix) -> Column:
    """The column's declaration with what a fix says of it."""
    return _DECLARE[fix.kind](column, fix)


def _prepared(column: Column, **options: Any) -> Column:
    return replace(column, prepare=replace(column.prepare or Prepare(), **options))


def _missing(column: Column, fix: Fix) -> Column:
    known = column.prepare.missing_values if column.prepare is not None else ()
    values = tuple(v for v in fix.arguments["values"] if v not in known)
    column = _prepared(column, missing_values=(*known, *values))
    column = replace(column, nullable=True)
    return column if column.dtype is not None else _cast(column, fix)


def _cast(column: Column, fix: Fix) -> Column:
    name = fix.arguments.get("dtype")
    if name is None:
        return column
    return replace(column, dtype=read_dtype(name, f"column {column.name!r}"), coerce=True)


def _read(column: Column, fix: Fix) -> Column:
    """Of another dtype, but for the texts that stand for no value."""
    column = _cast(column, fix)
    return _missing(column, fix) if fix.arguments.get("values") else column


def _number(column: Column, fix: Fix) -> Column:
    spelled = fix.arguments["number"]
    column = _read(column, fix)
    return _prepared(column, number=Number(**spelled)) if spelled else column


def _spellings(column: Column, fix: Fix) -> Column:
    known = dict(column.prepare.spellings) if column.prepare is not None else {}
    for category, others in fix.arguments["spellings"].items():
        known[category] = tuple(dict.fromkeys((*known.get(category, ()), *others)))
    return _prepared(column, spellings=known)


def _role(column: Column, fix: Fix) -> Column:
    role = fix.arguments["role"]
    return _prepared(column, role=role, **(_UNPREPARED if role in ("id", "ignore") else {}))


def _dropped(column: Column, _: Fix) -> Column:
    kept = _prepared(column, role="ignore", **_UNPREPARED)
    return replace(kept, required=False, checks=())


_DECLARE: dict[str, Callable[[Column, Fix], Column]] = {
    "missing_values": _missing,
    "number": _number,
    "date_format": _read,
    "spellings": _spellings,
    "cast": _cast,
    "role": _role,
    "scale": lambda column, fix: _prepared(column, scale=fix.arguments["scale"]),
    "drop_column": _dropped,
}
