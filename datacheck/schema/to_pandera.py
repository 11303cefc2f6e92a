"""A `Schema` as the pandera schema that declares the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacheck.columns import is_pattern
from datacheck.schema.checks import OPTIONS, PARAMETERS
from datacheck.schema.options import KEY, written_metadata, written_table
from datacheck.schema.patterns import declared

if TYPE_CHECKING:
    from datacheck.schema.declare import Check, Column, Schema


def pandera_schema(schema: Schema) -> Any:
    """Make a `pandera.polars.DataFrameSchema`, with preparation in its metadata."""
    from pandera.polars import DataFrameSchema

    table = schema.table
    prepared = written_table(schema)
    metadata = dict(table.metadata) | ({KEY: prepared} if prepared else {})
    groups = [list(group) for group in table.unique]
    return DataFrameSchema(
        columns={
            declared(column.name, column.regex): _column(column, schema)
            for column in schema.columns
        },
        checks=[check_object(check) for check in table.checks],
        dtype=table.dtype,
        coerce=table.coerce,
        strict=table.strict,
        ordered=table.ordered,
        unique=(groups[0] if len(groups) == 1 else groups) or None,
        report_duplicates=table.report_duplicates,
        unique_column_names=table.unique_column_names,
        add_missing_columns=table.add_missing_columns,
        drop_invalid_rows=table.drop_invalid_rows,
        title=table.title,
        description=table.description,
        name=schema.name,
        metadata=metadata or None,
    )


def _column(column: Column, schema: Schema) -> Any:
    from pandera.polars import Column as PanderaColumn

    metadata = dict(column.metadata)
    if (own := written_metadata(column)) is not None:
        metadata[KEY] = own
    return PanderaColumn(
        None if schema.table.dtype is not None else column.dtype,
        checks=[check_object(check) for check in column.checks],
        nullable=column.nullable,
        unique=column.unique,
        coerce=column.coerce and not schema.table.coerce,
        required=column.required,
        regex=column.regex or is_pattern(column.name),
        default=column.default,
        title=column.title,
        description=column.description,
        drop_invalid_rows=column.drop_invalid_rows,
        metadata=metadata or None,
        report_duplicates=column.report_duplicates,
    )


def check_object(check: Check) -> Any:
    """Make the `pandera.Check` that a check stands for."""
    from pandera.polars import Check as PanderaCheck

    if check.code is not None or check.name not in PARAMETERS:
        return check.code
    options = {
        option: value
        for option, name in OPTIONS.items()
        if (value := getattr(check, name)) is not None
    }
    arguments = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in check.arguments.items()
    }
    return getattr(PanderaCheck, check.name)(**arguments, **options)
