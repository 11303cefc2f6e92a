"""Makes fixes, one function a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacheck.report.fix import REFERENCE, Fix


def declare_missing(column: str, values: Sequence[Any], *, dtype: str | None = None) -> Fix:
    """Take these values for missing, and read the rest as the dtype: never safe."""
    rest = {"dtype": dtype} if dtype else {}
    arguments = {"values": list(values), **rest}
    return Fix(kind="missing_values", safe=False, column=column, arguments=arguments)


def declare_number(
    column: str, *, missing: Sequence[str] = (), dtype: str = "Float64", **spelling: Any
) -> Fix:
    """Read text as numbers, spelled as `Number` says; not safe with `missing` texts."""
    arguments = {"dtype": dtype, "number": spelling, "values": list(missing)}
    return Fix(kind="number", safe=not missing, column=column, arguments=arguments)


def declare_dates(
    column: str, formats: Sequence[str], dtype: str, *, missing: Sequence[str] = ()
) -> Fix:
    """Read text by the first format that fits; not safe with `missing` texts."""
    arguments = {"formats": list(formats), "dtype": dtype, "values": list(missing)}
    return Fix(kind="date_format", safe=not missing, column=column, arguments=arguments)


def rescale(column: str, where: Mapping[str, Any], factor: float, offset: float = 0.0) -> Fix:
    """Subtract an offset from the cells that `where` means, and divide them: never safe."""
    arguments = {"where": dict(where), "factor": factor, "offset": offset}
    return Fix(kind="rescale", safe=False, column=column, arguments=arguments)


def map_spellings(column: str, spellings: Mapping[str, Sequence[str]]) -> Fix:
    """Write each category one way. Safe where only case, blanks or the letters' coding differ."""
    mapped = {category: sorted(spellings[category]) for category in sorted(spellings)}
    return Fix(kind="spellings", safe=True, column=column, arguments={"spellings": mapped})


def cast(column: str, dtype: str) -> Fix:
    """Give the column a dtype that reads each of its cells."""
    return Fix(kind="cast", safe=True, column=column, arguments={"dtype": dtype})


def drop_column(column: str, *, safe: bool = False) -> Fix:
    """Leave the column out. Safe where no cell of it holds a value."""
    return Fix(kind="drop_column", safe=safe, column=column)


def drop_rows(columns: Sequence[str] | None = None, *, differ: Sequence[str] = ()) -> Fix:
    """Leave out rows that repeat an earlier one, but where groups `differ` in some columns."""
    rest = {"differ": list(differ)} if differ else {}
    arguments = {"columns": None if columns is None else list(columns), **rest}
    return Fix(kind="drop_rows", safe=False, arguments=arguments)


def drop_shared(columns: Sequence[str]) -> Fix:
    """Leave out rows that are in the reference too, by these columns: those there come first."""
    return Fix(kind="drop_rows", safe=False, arguments={"columns": list(columns), "of": REFERENCE})


def set_role(column: str, role: str) -> Fix:
    """Declare what the column is to a model."""
    return Fix(kind="role", safe=True, column=column, arguments={"role": role})


def choose_scale(column: str, scale: str) -> Fix:
    """Declare another scaling."""
    return Fix(kind="scale", safe=True, column=column, arguments={"scale": scale})
