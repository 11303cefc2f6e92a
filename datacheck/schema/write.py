"""A schema written out: as YAML, or as the Python that declares it, for who goes on by hand."""

from __future__ import annotations

import ast
import datetime as dt
import keyword
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datacheck.columns import is_pattern
from datacheck.errors import SchemaError
from datacheck.schema.checks import ALL_OPTIONS, OPTIONS, PARAMETERS, registered
from datacheck.schema.declare import Check, Column, Declaration, TableDeclaration
from datacheck.schema.dtypes import write_dtype
from datacheck.schema.moments import written_moments, written_prepared
from datacheck.schema.options import (
    COLUMN_WORDS,
    KEY,
    TABLE_WORDS,
    changed,
    changed_options,
    written_groups,
    written_metadata,
    written_prepare,
    written_table,
)
from datacheck.schema.patterns import declared
from datacheck.schema.plain_yaml import EXPONENT, EXPONENT_STARTS

if TYPE_CHECKING:
    import polars as pl


#: How libyaml's escapes of characters beyond 16 bits start.
_ESCAPED = "\\U000"
_PLAIN = (int, float, str, dt.date, dt.time, dt.timedelta)


def write_yaml(schema: Declaration) -> str:
    """The schema as YAML; a `SchemaError` says what that can't hold: nothing is dropped."""
    import yaml

    plain = document(schema)
    text = _dumped(plain, yaml.CSafeDumper) if yaml.__with_libyaml__ else _ESCAPED
    # libyaml is five times as fast, but escapes what lies beyond 16 bits: \U0001F600 for an emoji.
    return _dumped(plain, yaml.SafeDumper) if _ESCAPED in text else text


def _dumped(document: dict[str, Any], dumper: Any) -> str:
    import yaml

    class Quoting(dumper):  # type: ignore[misc]
        """Quotes text that would be read as a number, or holds breaks that PyYAML miswrites."""

    def written(into: Any, text: str) -> Any:
        style = None if text.isprintable() else '"'
        return into.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Quoting.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, EXPONENT_STARTS)
    Quoting.add_representer(str, written)
    return yaml.dump(document, Dumper=Quoting, sort_keys=False, allow_unicode=True)


def document(schema: Declaration) -> dict[str, Any]:
    """The schema as the plain data that YAML holds, without what equals a default."""
    table = schema.table
    _no_metadata(table.metadata, "the table")
    made: dict[str, Any] = {"schema_type": "polars_dataframe", "name": schema.name}
    made |= changed(table, TABLE_WORDS)
    if table.dtype is not None:
        made["dtype"] = write_dtype(table.dtype, "the table")
    if table.unique:
        made["unique"] = written_groups(table)
    if table.checks:
        made["checks"] = [_entry(check, "the table") for check in table.checks]
    made["columns"] = {
        declared(column.name, column.regex): _column(column, table) for column in schema.columns
    }
    prepared = written_table(schema)
    return made | ({KEY: prepared} if prepared else {})


def _column(column: Column, table: TableDeclaration) -> dict[str, Any]:
    where = f"column {column.name!r}"
    _no_metadata(column.metadata, where)
    made: dict[str, Any] = {}
    if column.dtype is not None and table.dtype is None:
        made["dtype"] = write_dtype(column.dtype, where)
    made |= changed(column, [word for word in COLUMN_WORDS if word != "default"])
    if column.coerce and not table.coerce:
        made["coerce"] = True
    if column.regex and not (column.name.startswith("^") and column.name.endswith("$")):
        made["regex"] = True
    if column.default is not None:
        made["default"] = written_moments(_plain(column.default, f"the default of {where}"))
    names = [check.name for check in column.checks]
    if len(set(names)) == len(names):
        made |= {check.name: _flat(check, where) for check in column.checks}
    else:
        made["checks"] = [_entry(check, where) for check in column.checks]
    prepared = {} if column.prepare is None else written_prepare(column.prepare)
    if column.prepare is not None:
        made[KEY] = {key: written_prepared(value) for key, value in prepared.items()}
    if column.accept:
        made["accept"] = column.accept
    if column.severity:
        made["severity"] = column.severity
    return made


def _arguments(check: Check, where: str) -> dict[str, Any]:
    if check.code is not None and registered(check.name) is None:
        raise SchemaError(
            f"YAML can't hold the check {check.shown!r} of {where}: it is code",
            todo="keep this schema in Python, or register the check with pandera's extension API",
        )
    return {
        key: written_moments(_plain(value, f"{check.name} of {where}"))
        for key, value in check.arguments.items()
    }


def _flat(check: Check, where: str) -> Any:
    arguments, options = _arguments(check, where), changed_options(check, ALL_OPTIONS)
    bare = len(PARAMETERS.get(check.name, ())) == 1 and not options
    return next(iter(arguments.values())) if bare else (arguments | options) or None


def _entry(check: Check, where: str) -> dict[str, Any]:
    options = {"check_name": check.name} | changed_options(check, ALL_OPTIONS)
    return _arguments(check, where) | {"options": options}


def _plain(value: Any, where: str) -> Any:
    """Refuse what YAML would turn into something else, or can't write."""
    items = value if isinstance(value, tuple | list | set | frozenset) else (value,)
    for each in items:
        if each is not None and not isinstance(each, _PLAIN):
            raise SchemaError(
                f"YAML can't hold a value in {where}",
                got=f"{type(each).__name__} {each!r}",
                todo="keep this schema in Python",
            )
    return value


def _no_metadata(metadata: dict[str, Any], where: str) -> None:
    if metadata:
        raise SchemaError(
            f"YAML can't hold metadata other than datacheck's, and {where} has some",
            got=", ".join(map(repr, metadata)),
            todo="keep this schema in Python, or remove that metadata",
        )


_HEAD = '''"""The schema {name}; `dc.prepare` says how each column is prepared."""

{imports}'''

_INDENT = "    "


def write_script(schema: Declaration) -> str:
    """The schema as a Python module that defines one `pandera.polars.DataFrameSchema`."""
    table = schema.table
    settings: dict[str, str] = {"name": repr(schema.name)}
    columns = [
        f"{declared(column.name, column.regex)!r}: {_python_column(column, schema)},"
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


def _python_column(column: Column, schema: Declaration) -> str:
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
