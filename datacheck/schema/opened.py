"""A source read as a schema declares its columns, where nothing is lost by it."""

from __future__ import annotations

from typing import Any, TypeVar

import polars as pl

from datacheck.schema.model import Schema
from datacheck.source import Source
from datacheck.table import Table

T = TypeVar("T", bound=Source | Table)


def as_declared(source: T, schema: Schema) -> T:
    """The source or table with each declared column read so; see `Source.as_declared`."""
    names: dict[str, pl.DataType] = dict.fromkeys(source.names, pl.Null())
    declared = schema.columns_for(names)
    dtypes = {name: column.dtype for name, column in declared.items()}
    if source.text:  # 1.234 is a number by itself, and another one as it is declared to be spelt
        dtypes |= dict.fromkeys(
            (n for n, each in declared.items() if each.prepare and each.prepare.number), pl.String()
        )
    read: Any = source.as_declared(dtypes)
    return read  # type: ignore[no-any-return]  # of the kind that it was
