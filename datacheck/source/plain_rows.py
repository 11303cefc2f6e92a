"""Rows as Python has them: dicts, and what names its fields as they do."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from datacheck.errors import SourceError
from datacheck.source.collecting import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def by_column(rows: Iterable[Any]) -> dict[Any, list[Any]]:
    """Rows as columns, each in the order in which its name was first met.

    Parameters
    ----------
    rows
        Mappings, dataclasses, named tuples, models of pydantic, or anything that has `keys()`,
        such as rows of sqlite3. Where a row lacks a name, its cell is None.

    >>> by_column([{"x": 1}, {"x": 2, "y": "a"}])
    {'x': [1, 2], 'y': [None, 'a']}
    """
    with reading("the list of rows"):
        named = [_named(row) for row in rows]
    names = dict.fromkeys(name for row in named for name in row)
    return {name: [row.get(name) for row in named] for name in names}


def _named(row: Any) -> Mapping[Any, Any]:
    if isinstance(row, dict):
        return row
    if is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    for method in ("_asdict", "model_dump"):
        if hasattr(row, method) and not isinstance(row, type):
            made: dict[Any, Any] = getattr(row, method)()
            return made
    if hasattr(row, "keys") and not isinstance(row, type):
        return {key: row[key] for key in row.keys()}  # noqa: SIM118 - rows of sqlite3 have no others
    listed = isinstance(row, list | tuple)
    raise SourceError(
        "a list is read as rows",
        got=f"items of type {type(row).__name__}",
        expected="rows that name their cells: dicts, dataclasses, named tuples",
        todo="name the cells: [dict(zip(NAMES, row)) for row in rows]"
        if listed
        else "pass dicts, or a dict of columns",
    )
