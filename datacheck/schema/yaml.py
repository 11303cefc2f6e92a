"""Schemas in YAML: pandera's polars format, plus ``prepare:`` mappings.

Reading builds plain data only: no tag makes a Python object, a key may stand once, and every key
is known or refused. Writing gives back what was declared, or raises.

Whether what is declared of a column's cells can be a cell of its dtype at all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from datacheck.columns import is_pattern
from datacheck.errors import SchemaError
from datacheck.schema.checks import ALIASES, PARAMETERS, TEXTS, is_check, read_check
from datacheck.schema.declare import Check, Column, TableDeclaration
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.moments import read_moments
from datacheck.schema.normal import default_of
from datacheck.schema.options import (
    COLUMN_WORDS,
    KEY,
    TABLE_SWITCHES,
    TABLE_WORDS,
    accepted_with,
    fits_dtype,
    read_prepare,
    read_table,
)
from datacheck.schema.patterns import read_name
from datacheck.schema.plain_yaml import parse_yaml
from datacheck.schema.values import accept as read_accept
from datacheck.schema.values import bad, is_mapping, known_keys, one_of, switch
from datacheck.schema.values import severity as read_severity
from datacheck.text import briefly

TABLE_KEYS = (
    *("schema_type", "version", "api", "columns", "checks", "index", "dtype", "name", "unique"),
    *(*TABLE_WORDS, KEY),
)
COLUMN_KEYS = (
    *("dtype", "checks", "name", "coerce", "regex"),
    *(*COLUMN_WORDS, KEY, "accept", "severity"),
)
SWITCHES = (*TABLE_SWITCHES, "nullable", "required", "regex")
DUPLICATES = ("exclude_first", "exclude_last", "all")
TYPE = "polars_dataframe"


def read_yaml(text: str, name: str, where: str = "") -> dict[str, Any]:
    """Read YAML into the arguments of a `Schema`: see `Schema.from_yaml`."""
    document = parse_yaml(text, where or name)
    where = f"the schema {where or name}"
    known_keys(document, TABLE_KEYS, where)
    if document.get("schema_type", TYPE) != TYPE:
        raise SchemaError(
            f"{where} is of another kind",
            got=f"schema_type: {briefly(document['schema_type'])}",
            expected=f"schema_type: {TYPE}",
            todo="declare it for polars: the checks have the same names there",
        )
    if document.get("index") is not None:
        raise SchemaError(f"{where} has an index, and polars frames have none")
    table = _table(document, where)
    given = is_mapping(document.get("columns") or {}, "columns")
    columns = tuple(_column(key, each, table) for key, each in given.items())
    knn, output = read_table(document.get(KEY) or {})
    title = document.get("name")
    return {
        "name": name if title is None else str(title),
        "columns": columns,
        "table": table,
        "knn": knn,
        "output": output,
    }


def _table(document: dict[str, Any], where: str) -> TableDeclaration:
    _switches(document, where)
    strict = document.get("strict") or False
    if strict not in (True, False, "filter"):
        raise bad(f"strict in {where}", strict, "true, false, filter")
    dtype = document.get("dtype")
    flags: dict[str, Any] = {key: bool(document.get(key)) for key in TABLE_SWITCHES}
    return TableDeclaration(
        checks=_listed_checks(document.get("checks"), where),
        dtype=None if dtype is None else read_dtype(dtype, where),
        strict=strict,
        unique=_unique(document.get("unique"), where),
        report_duplicates=_duplicates(document, where),
        title=document.get("title"),
        description=document.get("description"),
        **flags,
    )


def _column(name: Any, given: Any, table: TableDeclaration) -> Column:
    where = f"column {name!r}"
    if not isinstance(name, str):
        raise SchemaError(
            f"A column's name must be a text, and {name!r} is not", todo="put it between quotes"
        )
    given = is_mapping(given or {}, where)
    checked = [key for key in given if key not in COLUMN_KEYS and is_check(str(key))]
    known_keys(given, (*COLUMN_KEYS, *checked, *PARAMETERS, *ALIASES), where)
    _switches(given, where)
    if given.get("name") not in (None, name):
        raise SchemaError(f"{where} is given another name", got=briefly(given["name"]))
    name, pattern = read_name(name)
    if checked and given.get("checks") is not None:
        raise SchemaError(f"{where} has checks and {checked[0]} side by side", todo="keep one way")
    declared = None if given.get("dtype") is None else read_dtype(given["dtype"], where)
    dtype = declared if table.dtype is None else table.dtype
    checks = tuple(read_check(key, given[key], where) for key in checked)
    checks += _listed_checks(given.get("checks"), where)
    unique = switch(given.get("unique") or False, f"unique in {where}")
    column = Column(
        name=name,
        dtype=dtype,
        nullable=bool(given.get("nullable")),
        unique=unique,
        coerce=bool(given.get("coerce")) or table.coerce,
        required=given.get("required") is not False,
        regex=pattern or (bool(given.get("regex")) and not is_pattern(name)),
        default=read_moments(given.get("default"), dtype),
        checks=tuple(_with_moments(check, dtype) for check in checks),
        prepare=read_prepare(given[KEY], f"prepare of {where}")
        if given.get(KEY) is not None
        else None,
        accept=accepted_with(
            given.get(KEY) or {}, read_accept(given.get("accept") or {}, f"accept of {where}")
        ),
        severity=read_severity(given.get("severity") or {}, f"severity of {where}"),
        title=given.get("title"),
        description=given.get("description"),
        report_duplicates=_duplicates(given, where),
        drop_invalid_rows=bool(given.get("drop_invalid_rows")),
    )
    fits_dtype(column)
    values_fit(column)
    return column


def _listed_checks(given: Any, where: str) -> tuple[Check, ...]:
    """Checks as a list of ``{arguments, options: {check_name}}``, or as a mapping by name."""
    if given is None:
        return ()
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list):
        pairs = [_named_check(each, where) for each in given]
    else:
        raise SchemaError(f"checks of {where} must be a list or a mapping", got=briefly(given))
    for name, _ in pairs:
        if not is_check(str(name)):
            known_keys([name], (*PARAMETERS, *ALIASES), f"checks of {where}")
    return tuple(read_check(name, value, where) for name, value in pairs)


def _named_check(entry: Any, where: str) -> tuple[str, Any]:
    options = entry.get("options") if isinstance(entry, dict) else None
    name = options.get("check_name") if isinstance(options, dict) else None
    if not isinstance(name, str):
        raise SchemaError(
            f"A check of {where} has no name",
            got=briefly(entry),
            expected="{<arguments>, options: {check_name: ...}}, or the check's name as a key",
        )
    return name, entry


def _with_moments(check: Check, dtype: pl.DataType | None) -> Check:
    """Dates, times and durations in a check of a temporal column, read as what they say."""
    if dtype is None or not dtype.is_temporal() or check.code is not None:
        return check
    read = {key: read_moments(value, dtype) for key, value in check.arguments.items()}
    return replace(check, arguments=read)


def _unique(given: Any, where: str) -> tuple[tuple[str, ...], ...]:
    if given is None:
        return ()
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not names:
        raise SchemaError(f"unique in {where} must be a list of columns", got=briefly(given))
    groups = [names] if all(isinstance(each, str) for each in names) else names
    for group in groups:
        if not isinstance(group, list | tuple) or not all(isinstance(each, str) for each in group):
            raise SchemaError(
                f"unique in {where} must be a list of columns, or of such lists", got=briefly(given)
            )
    return tuple(tuple(group) for group in groups)


def _switches(given: dict[str, Any], where: str) -> None:
    for key in SWITCHES:
        if given.get(key) is not None:
            switch(given[key], f"{key} in {where}")


def _duplicates(given: dict[str, Any], where: str) -> str:
    value = given.get("report_duplicates", "all")
    one_of(value, DUPLICATES, f"report_duplicates in {where}")
    return str(value)


#: Checks whose arguments are cells of the column.
_COMPARING = PARAMETERS.keys() - {*TEXTS, "str_length"}

_KINDS: dict[object, tuple[type, ...]] = {
    pl.String: (str,),
    pl.Boolean: (bool,),
    pl.Date: (dt.date,),
    pl.Datetime: (dt.date,),
    pl.Time: (dt.time,),
    pl.Duration: (dt.timedelta,),
}


def values_fit(column: Column) -> None:
    """Refuse a default, or a value of a check, that no cell of the declared dtype can be."""
    if column.dtype is None:
        return
    kinds = _kinds_of(column.dtype)
    given = [] if column.default is None else [("default", column.default)]
    for check in column.checks if kinds else ():
        if check.name in _COMPARING and check.code is None:
            for key, value in check.arguments.items():
                if not key.startswith("include_"):
                    several = value if isinstance(value, tuple) else (value,)
                    given += [(check.name, each) for each in several if each is not None]
    for what, value in given:
        if kinds and (
            not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        ):
            raise SchemaError(
                f"{what} of column {column.name!r} holds no value of its dtype",
                got=briefly(value),
                expected=f"what a cell of {column.dtype} can be",
                todo=f"mend {what}, or the column's dtype",
            )
    if column.default is not None:
        default_of(column.name, column.default, column.dtype)


def _kinds_of(dtype: pl.DataType) -> tuple[type, ...]:
    """Python's types of a dtype's cells; none where any may be meant."""
    return (int, float, Decimal) if dtype.is_numeric() else _KINDS.get(dtype.base_type(), ())
