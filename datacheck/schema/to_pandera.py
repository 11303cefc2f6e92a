"""A `Schema` as the pandera schema that declares the same."""

from __future__ import annotations

from typing import Any

from datacheck.columns import is_pattern
from datacheck.errors import SchemaError
from datacheck.schema.checks import OPTIONS, PARAMETERS
from datacheck.schema.declare import Check, Column, Declaration
from datacheck.schema.options import (
    COLUMN_WORDS,
    KEY,
    TABLE_WORDS,
    written_groups,
    written_metadata,
    written_table,
)
from datacheck.schema.patterns import declared


def pandera_schema(schema: Declaration) -> Any:
    """Make a `pandera.polars.DataFrameSchema`, with preparation in its metadata."""
    from pandera.polars import DataFrameSchema

    table = schema.table
    prepared = written_table(schema)
    metadata = dict(table.metadata) | ({KEY: prepared} if prepared else {})
    return DataFrameSchema(
        columns={
            declared(column.name, column.regex): _column(column, schema)
            for column in schema.columns
        },
        checks=[check_object(check) for check in table.checks],
        dtype=table.dtype,
        unique=written_groups(table) or None,
        name=schema.name,
        metadata=metadata or None,
        **{word: getattr(table, word) for word in TABLE_WORDS},
    )


def _column(column: Column, schema: Declaration) -> Any:
    from pandera.polars import Column as PanderaColumn

    metadata = dict(column.metadata)
    if (own := written_metadata(column)) is not None:
        metadata[KEY] = own
    dtype = None if schema.table.dtype is not None else column.dtype
    try:
        PanderaColumn(dtype)
    except TypeError:
        raise SchemaError(
            f"pandera knows no dtype of column {column.name!r}",
            got=str(dtype),
            todo="keep this schema in YAML, or cast the column",
        ) from None
    return PanderaColumn(
        dtype,
        checks=[check_object(check) for check in column.checks],
        coerce=column.coerce and not schema.table.coerce,
        regex=column.regex or is_pattern(column.name),
        metadata=metadata or None,
        **{word: getattr(column, word) for word in COLUMN_WORDS},
    )


def check_object(check: Check) -> Any:
    """Make the `pandera.Check` that a check stands for."""
    from pandera.polars import Check as PanderaCheck

    if check.code is not None or check.name not in PARAMETERS:
        return check.code
    options = {option: getattr(check, name) for option, name in OPTIONS.items()}
    options = {option: value for option, value in options.items() if value is not None}
    arguments = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in check.arguments.items()
    }
    return getattr(PanderaCheck, check.name)(**arguments, **options)
