"""What lies inside nested cells: each field and element as a column of its own, by its path.

A list, an array or a struct holds numbers and texts that reach a model as well. `position.y` is a
field, `readings.[]` are the elements of a list; a row may have many of these cells, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Indices
from datacheck.columns import bare


@dataclass(frozen=True)
class Path:
    """The way from a column to cells inside it."""

    column: str
    #: The name of a field, or None for the elements of a list or an array.
    steps: tuple[str | None, ...]
    #: The path as people write it.
    shown: str


def paths_in(dtypes: pl.Schema) -> dict[str, tuple[tuple[Path, pl.DataType], ...]]:
    """By the name of a nested column, the paths to its innermost cells and what these are."""
    found = {
        name: tuple(_ways(name, dtype, ())) for name, dtype in dtypes.items() if dtype.is_nested()
    }
    return {
        name: tuple((_shown(name, steps, dtypes), dtype) for steps, dtype in ways)
        for name, ways in found.items()
        if () not in dict(ways)  # of a map, the column is all that there is
    }


def _ways(
    name: str, dtype: Any, steps: tuple[str | None, ...]
) -> Iterator[tuple[tuple[str | None, ...], pl.DataType]]:
    if isinstance(dtype, pl.Struct):
        for each in dtype.fields:
            yield from _ways(name, each.dtype, (*steps, each.name))
    elif isinstance(dtype, pl.List | pl.Array):
        yield from _ways(name, dtype.inner, (*steps, None))
    else:
        yield steps, dtype


def _shown(name: str, steps: tuple[str | None, ...], dtypes: pl.Schema) -> Path:
    shown = name + "".join(".[]" if step is None else f".{step}" for step in steps)
    if shown in dtypes:
        # A column may bear the name that the path would have.
        shown = name + "".join(".[]" if step is None else f"[{step!r}]" for step in steps)
    return Path(name, steps, shown)


def cells_at(column: pl.Series, paths: Iterable[Path]) -> Iterator[tuple[pl.Series, Indices]]:
    """The cells at some paths into a column, none of them inside a null, and their rows."""
    # Each level is taken apart once: a record may have thousands of fields.
    found: dict[tuple[str | None, ...], tuple[pl.Series, Indices]] = {}
    found[()] = (bare(column), np.arange(column.len(), dtype=np.intp))
    for path in paths:
        for end in range(len(path.steps)):
            if path.steps[: end + 1] not in found:
                parts, rows = _apart(*found[path.steps[:end]])
                found |= {(*path.steps[:end], step): (part, rows) for step, part in parts}
        cells, rows = found[path.steps]
        yield cells.alias(path.shown), rows


def _apart(
    cells: pl.Series, rows: Indices
) -> tuple[Iterable[tuple[str | None, pl.Series]], Indices]:
    """What lies directly inside nested cells by its step, and the row that each part stands in."""
    if cells.null_count():
        held = cells.is_not_null()
        cells, rows = cells.filter(held), rows[held.to_numpy()]
    if isinstance(cells.dtype, pl.Struct):
        return [(each.name, bare(each)) for each in cells.struct.unnest().get_columns()], rows
    if isinstance(cells.dtype, pl.Array):
        cells = cells.arr.to_list()
    rows = np.repeat(rows, cells.list.len().to_numpy())
    # An empty list would come out as a null.
    return [(None, cells.filter(cells.list.len() > 0).explode(empty_as_null=False))], rows
