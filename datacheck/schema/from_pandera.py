"""A pandera model or schema, read into `Schema`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from datacheck.columns import is_pattern
from datacheck.errors import DatacheckError, SchemaError
from datacheck.schema.checks import ALIASES, PARAMETERS, builtin_check
from datacheck.schema.declare import Check, Column, TableDeclaration
from datacheck.schema.dtypes import as_instance
from datacheck.schema.model import Schema
from datacheck.schema.options import (
    KEY,
    TABLE_SWITCHES,
    Split,
    fits_dtype,
    read_table,
    split_prepare,
)
from datacheck.schema.patterns import read_name
from datacheck.schema.values import known_keys


def read_pandera(declared: Any) -> Schema:
    """Read a `pandera.polars` `DataFrameModel` class or `DataFrameSchema`."""
    from pandera.polars import DataFrameSchema

    try:
        schema = declared.to_schema() if hasattr(declared, "to_schema") else declared
    except DatacheckError:
        raise
    except Exception as error:
        raise SchemaError(
            f"pandera refuses the model {declared!r}", got=f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(schema, DataFrameSchema):
        raise SchemaError(
            "This pandera schema is not for polars",
            got=f"{type(schema).__module__}.{type(schema).__name__}",
            expected="a DataFrameModel or DataFrameSchema of pandera.polars",
            todo="import pandera.polars as pa; the declaration itself is the same",
        )
    # pandera keeps a model's Config.metadata on the model alone.
    config = getattr(getattr(declared, "__config__", None), "metadata", None)
    metadata = dict(schema.metadata or config or {})
    knn, output = read_table(metadata.pop(KEY, {}))
    table = _table(schema, metadata)
    return Schema(
        name=str(schema.name or "schema"),
        columns=tuple(_column(name, each, table) for name, each in schema.columns.items()),
        table=table,
        knn=knn,
        output=output,
        origin=schema if config is None else None,
    )


def fingerprint(schema: Any) -> list[Any]:
    """The state of a pandera object, cheaply, to tell whether it was changed since it was read."""
    state: list[Any] = []
    for declared in (schema, *(schema.columns or {}).values()):
        for key, item in vars(declared).items():
            if key == "checks":
                for check in item:
                    state += [check, check.ignore_na, check.raise_warning, check.error]
            elif key == "columns":
                state += item
            else:
                state.append(repr(item) if isinstance(item, list | dict) else item)
    return state


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether two states are equal: words and numbers by value, anything else by identity."""
    plain = (str, int, float, bool)
    return len(one) == len(other) and all(
        left is right or (isinstance(left, plain) and isinstance(right, plain) and left == right)
        for left, right in zip(one, other, strict=True)
    )


def _table(schema: Any, metadata: dict[str, Any]) -> TableDeclaration:
    _no_parsers(schema, "The schema")
    unique = schema.unique or ()
    groups = (unique,) if all(isinstance(each, str) for each in unique) else unique
    return TableDeclaration(
        checks=tuple(read_check_object(check, "the table") for check in schema.checks),
        dtype=None if schema.dtype is None else _dtype(schema.dtype, "the table"),
        strict=schema.strict,
        unique=tuple(tuple(group) for group in groups if group),
        report_duplicates=schema.report_duplicates,
        title=schema.title,
        description=schema.description,
        metadata=metadata,
        **{key: bool(getattr(schema, key)) for key in TABLE_SWITCHES},
    )


def _column(name: str, declared: Any, table: TableDeclaration) -> Column:
    where = f"column {name!r}"
    name, pattern = read_name(name)
    _no_parsers(declared, where)
    metadata = dict(declared.metadata or {})
    given = metadata.pop(KEY, None)
    told = Split() if given is None else split_prepare(given, f"prepare of {where}")
    dtype = table.dtype
    if dtype is None and declared.dtype is not None:
        dtype = _dtype(declared.dtype, where)
    column = Column(
        name=name,
        dtype=dtype,
        nullable=bool(declared.nullable),
        unique=bool(declared.unique),
        coerce=bool(declared.coerce) or table.coerce,
        required=bool(declared.required),
        regex=pattern or (bool(declared.regex) and not is_pattern(name)),
        default=declared.default,
        checks=_allowed(
            tuple(read_check_object(check, where) for check in declared.checks), told.allow, where
        ),
        prepare=told.prepare,
        accept=told.accept,
        severity=told.severity,
        title=declared.title,
        description=declared.description,
        report_duplicates=declared.report_duplicates,
        drop_invalid_rows=bool(declared.drop_invalid_rows),
        metadata=metadata,
    )
    fits_dtype(column)
    return column


def _allowed(
    checks: tuple[Check, ...], allowed: dict[str, float | int | None], where: str
) -> tuple[Check, ...]:
    """The checks, each with what `dc.prepare(allow=...)` lets it pass."""
    named = {ALIASES.get(key, key): item for key, item in allowed.items()}
    known_keys(named, {check.name for check in checks}, f"allow of {where}")
    return tuple(
        replace(check, allow=named[check.name]) if check.name in named else check
        for check in checks
    )


def read_check_object(check: Any, where: str) -> Check:
    """Read a `pandera.Check`: by name and arguments if it is built in, else as code."""
    import pandera.polars as pa

    if check.groupby is not None:
        raise SchemaError(
            f"The check {check.name!r} of {where} groups rows, as pandas schemas alone can"
        )
    name = check.registry_name
    options = {
        "ignore_na": bool(check.ignore_na),
        "raise_warning": bool(check.raise_warning),
        "n_failure_cases": check.n_failure_cases,
    }
    if name not in PARAMETERS or not pa.Check.is_builtin_check(name):
        return Check(
            name=str(check.name),
            arguments=dict(check.statistics or {}),
            error=check.error,
            code=check,
            **options,
        )
    statistics = {key: item for key, item in check.statistics.items() if key != "options"}
    usual = getattr(pa.Check, name)(**statistics).error
    if name == "unique_values_eq" and str(check.error).startswith(f"{name}("):
        # pandera keeps a set, and shows the list that was given.
        usual = check.error
    return builtin_check(
        name,
        statistics,
        f"{name} of {where}",
        error=None if check.error == usual else check.error,
        label=None if check.name == name else str(check.name),
        **options,
    )


def _dtype(declared: Any, where: str) -> Any:
    dtype = declared.type
    if getattr(declared, "time_zone_agnostic", False):
        dtype = pl.Datetime(dtype.time_unit, "*")
    try:
        made = as_instance(dtype)
    except TypeError:
        made = dtype
    if not isinstance(made, pl.DataType):
        raise SchemaError(f"The dtype of {where} is not one of polars'", got=str(declared))
    return made


def _no_parsers(declared: Any, where: str) -> None:
    if getattr(declared, "parsers", None):
        raise SchemaError(
            f"{where} has parsers, which pandera does not run on polars frames",
            todo="transform the data before it is checked",
        )
