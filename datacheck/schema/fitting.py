"""Whether what is declared of a column's cells can be a cell of its dtype at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from datacheck.errors import SchemaError
from datacheck.schema.checks import PARAMETERS, TEXTS
from datacheck.schema.normal import default_of
from datacheck.text import briefly

if TYPE_CHECKING:
    from datacheck.schema.declare import Column

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
