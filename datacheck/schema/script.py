"""A schema as the Python that declares it, for those who go on by hand."""

from __future__ import annotations

import ast
import keyword
import re
from typing import TYPE_CHECKING, Any

from datacheck.columns import is_pattern
from datacheck.errors import SchemaError
from datacheck.schema.checks import OPTIONS, PARAMETERS
from datacheck.schema.dtypes import write_dtype
from datacheck.schema.options import (
    COLUMN_WORDS,
    TABLE_WORDS,
    changed,
    changed_options,
    written_groups,
    written_metadata,
    written_table,
)
from datacheck.schema.patterns import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from datacheck.schema.declare import Check, Column, Declaration

_HEAD = '''"""The schema {name}; `dc.prepare` says how each column is prepared."""

{imports}'''

_INDENT = "    "


def write_script(schema: Declaration) -> str:
    """The schema as a Python module that defines one `pandera.polars.DataFrameSchema`.

    A `SchemaError` refuses checks that are code: they have no text to write.
    """
    table = schema.table
    settings: dict[str, str] = {"name": repr(schema.name)}
    columns = [
        f"{declared(column.name, column.regex)!r}: {_column(column, schema)},"
        for column in schema.columns
    ]
    settings["columns"] = _block("{", columns, "}")
    if table.checks:
        settings["checks"] = _block("[", [f"{_check(each)}," for each in table.checks], "]")
    if table.dtype is not None:
        settings["dtype"] = _dtype(table.dtype)
    if table.unique:
        settings["unique"] = repr(written_groups(table))
    settings |= _values(changed(table, TABLE_WORDS))
    prepared = written_table(schema)
    settings |= _metadata(table.metadata, prepared or None)
    body = f"{_variable(schema.name)} = {_call('pa.DataFrameSchema', settings)}\n"
    return _HEAD.format(name=_quiet(schema.name), imports=_imports(body)) + "\n\n" + body


def _column(column: Column, schema: Declaration) -> str:
    settings = {}
    if column.dtype is not None and schema.table.dtype is None:
        settings["dtype"] = _dtype(column.dtype)
    if column.checks:
        settings["checks"] = _block("[", [f"{_check(each)}," for each in column.checks], "]")
    settings |= _values(changed(column, COLUMN_WORDS))
    if column.coerce and not schema.table.coerce:
        settings["coerce"] = "True"
    if column.regex or is_pattern(column.name):
        settings["regex"] = "True"
    return _call("pa.Column", settings | _metadata(column.metadata, written_metadata(column)))


def _check(check: Check) -> str:
    if check.code is not None or check.name not in PARAMETERS:
        raise SchemaError(
            f"The check {check.shown!r} is code, and has no text that could be written",
            todo="keep it where it is defined, or save the schema without it",
        )
    given = _values(check.arguments | changed_options(check, OPTIONS))
    inside = ", ".join(f"{key}={item}" for key, item in given.items())
    return f"pa.Check.{check.name}({inside})"


def _values(given: Mapping[str, Any]) -> dict[str, str]:
    return {key: _value(item) for key, item in given.items()}


def _metadata(others: dict[str, Any], prepared: dict[str, Any] | None) -> dict[str, str]:
    if prepared is None:
        return {"metadata": _value(others)} if others else {}
    inside = ", ".join(f"{key}={_value(item)}" for key, item in prepared.items())
    made = f"dc.prepare({inside})"
    return {"metadata": f"{{**{made}, **{_value(others)}}}" if others else made}


def _value(value: Any) -> str:
    """A value as source text that gives it back."""
    text = repr(list(value) if isinstance(value, tuple) else value)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        raise SchemaError(
            f"{text} can't be written as Python", todo="keep it where it is defined"
        ) from None
    return text


def _dtype(dtype: pl.DataType) -> str:
    """A dtype as an expression in which polars is called `pl`."""

    class Prefix(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Attribute(ast.Name("pl", ast.Load()), node.id, ast.Load())

    tree = ast.parse(write_dtype(dtype, "a column"), mode="eval")
    return ast.unparse(ast.fix_missing_locations(Prefix().visit(tree)))


def _call(name: str, settings: dict[str, str]) -> str:
    if not settings:
        return f"{name}()"
    return name + _block("(", [f"{key}={value}," for key, value in settings.items()], ")")


def _block(opening: str, items: list[str], closing: str) -> str:
    if not items:
        return opening + closing
    inside = "\n".join(items).replace("\n", "\n" + _INDENT)
    return f"{opening}\n{_INDENT}{inside}\n{closing}"


def _imports(body: str) -> str:
    used = [
        ("import datetime", "datetime."),
        ("import zoneinfo", "zoneinfo."),
        ("\nimport pandera.polars as pa", "pa."),
        ("import polars as pl", "pl."),
        ("\nimport datacheck as dc", "dc."),
    ]
    return "\n".join(line for line, sign in used if sign in body)


def _variable(name: str) -> str:
    word = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_")
    usable = word.isidentifier() and not keyword.iskeyword(word)
    return word if usable and word not in ("pa", "pl", "dc", "datetime") else "Schema"


def _quiet(name: str) -> str:
    return "".join(mark if mark.isprintable() and mark not in '"\\' else " " for mark in name)
