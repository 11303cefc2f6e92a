"""A schema in words: what each column must be, and what is prepared of it."""

from __future__ import annotations

from typing import Any

from datacheck.schema.declare import Column, Declaration
from datacheck.schema.options import written_prepare


def summary(schema: Declaration) -> dict[str, Any]:
    """The schema as plain data for the views: ``name``, ``table`` and ``columns`` in words."""
    table = schema.table
    whole = [check.shown for check in table.checks]
    whole += [f"unique: {', '.join(group)}" for group in table.unique]
    whole += [] if table.strict is False else [f"strict: {table.strict}".lower()]
    return {
        "name": schema.name,
        "table": whole,
        "columns": [_column(column) for column in schema.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    must = ["may be missing"] if column.nullable else ["no cell is missing"]
    must += ["unique"] if column.unique else []
    must += [] if column.required else ["may be absent"]
    must += [check.shown for check in column.checks]
    must += [f"accepted: {code} ({reason})" for code, reason in column.accept.items()]
    prepared = {} if column.prepare is None else written_prepare(column.prepare)
    return {
        "name": column.name,
        "dtype": "any" if column.dtype is None else str(column.dtype),
        "must": must,
        "prepare": [f"{key}: {_word(value)}" for key, value in prepared.items()],
    }


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)
