"""Columns of a table as the numbers of a matrix, which may be the positions of words or cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats
from datacheck.columns import bare
from datacheck.diagnosis.own_cells import OwnCells, own_column, positions
from datacheck.errors import DataError
from datacheck.limits import EXACT_INTEGERS

#: Text of which this share reads as numbers is a column of numbers with words in it.
MOSTLY = 0.5


def is_huge(numbers: Floats) -> Flags:
    """By number, whether a whole number beside it may be the same double."""
    huge: Flags = (np.abs(numbers) >= EXACT_INTEGERS) & np.isfinite(numbers)
    return huge


def reads_as_numbers(series: pl.Series) -> bool:
    """Whether text is mostly numbers: an odd word in them becomes NaN on the way to a model."""
    if str(series.dtype) == "Null" or not series.len():
        return str(series.dtype) in ("Null", "String")
    if str(series.dtype) != "String" or series.len() == series.null_count():
        return False
    read = numbers_of(series)
    filled = series.len() - series.null_count()
    return bool(np.isfinite(read).sum() >= MOSTLY * filled)


def _is_text(series: pl.Series) -> bool:
    """Whether a table's column is text to a model, and not numbers with odd words in them."""
    kind = str(series.dtype).partition("(")[0]
    if kind != "String":
        return kind in ("Categorical", "Enum")
    filled = series.len() - series.null_count()
    return not MOSTLY * filled <= np.isfinite(numbers_of(series)).sum() < filled


def words_of(series: pl.Series) -> tuple[str, ...]:
    """The words of a column, in their order."""
    return tuple(bare(series).drop_nulls().cast(str).unique().sort())


def positions_of(series: pl.Series, words: tuple[str, ...]) -> Floats:
    """Text as positions among its words; null becomes NaN."""
    at = {word: float(position) for position, word in enumerate(words)}
    cells = bare(series).cast(str).to_list()
    return np.array([float("nan") if cell is None else at[cell] for cell in cells])


def numbers_of(series: pl.Series) -> Floats:
    """A column as doubles: null, and text that is no number, become NaN."""
    name, series = series.name, bare(series)
    if series.dtype == pl.String:
        series = series.str.strip_chars().cast(pl.Float64, strict=False)
    if not (series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null)):
        raise _no_numbers(name, series.dtype)
    out: Floats = series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return out


def _no_numbers(name: str, dtype: Any) -> DataError:
    return DataError(
        f"column {name!r} holds no numbers",
        got=str(dtype),
        expected="numbers, as the model takes them",
        todo="give the columns that the model takes, in its order, with inputs=[...]",
    )


def own_numbers(series: pl.Series, given: Any, own: OwnCells) -> tuple[Floats, bool]:
    """A column of a table as numbers, which may be the positions of its cells; notes its cells."""
    cells = own_column(series, given)
    is_number = series.dtype.is_numeric() or str(series.dtype) in ("Boolean", "Null")
    as_text = str(series.dtype) == "String" and not _is_text(series)
    if cells is None or as_text or (is_number and str(cells.dtype) != "category"):
        numbers = numbers_of(series)
        if cells is None or as_text or not is_huge(numbers).any():
            own.add(None if as_text else cells, numbers)
            return numbers, False
    found = positions(cells)
    if found is None:
        raise _no_numbers(series.name, series.dtype)
    own.add(cells, found)
    return found, True
