"""A source read as a schema declares its columns, where nothing is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.schema.model import Schema


class _Readable(Protocol):
    """A source, or a table of one."""

    @property
    def text(self) -> bool: ...

    @property
    def names(self) -> list[str]: ...

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> Any: ...


R = TypeVar("R", bound=_Readable)


def as_declared(source: R, schema: Schema) -> R:
    """The source or table with each declared column read as the dtype that it is declared to have.

    See `Source.as_declared`: codes as text, columns without a value, what pandas had to change,
    and levels of a pandas index that the schema names.
    """
    names: dict[str, pl.DataType] = dict.fromkeys(source.names, pl.Null())
    declared = schema.columns_for(names)
    dtypes = {name: column.dtype for name, column in declared.items()}
    if source.text:  # 1.234 is a number by itself, and another one as it is declared to be spelt
        dtypes |= dict.fromkeys(
            (n for n, each in declared.items() if each.prepare and each.prepare.number), pl.String()
        )
    read: R = source.as_declared(dtypes)
    return read
