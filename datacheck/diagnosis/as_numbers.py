"""Columns of a table as the numbers of a matrix, which may be the positions of words or cells.

For an estimator that was fitted on a frame a table is made of the user's own cells: a category, a
date, a whole number, a missing cell is fed as it stands in the frame that was given, with its
column's dtype, for such an estimator may answer to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices
from datacheck.columns import bare
from datacheck.errors import DataError
from datacheck.limits import EXACT_INTEGERS

if TYPE_CHECKING:
    import pandas as pd


class OwnCells:
    """Columns of pandas, and where in them each number of the matrix is found."""

    def __init__(self) -> None:
        self._columns: list[pd.Series[Any] | None] = []
        self._found: list[tuple[Floats, Indices]] = []

    def add(self, cells: pd.Series[Any] | None, numbers: Floats) -> None:
        """Take the next column, and its numbers; without cells of its own it is these numbers."""
        self._columns.append(cells)
        self._found.append(np.unique(numbers, return_index=True))

    def frame(self, matrix: Floats, names: list[str]) -> pd.DataFrame:
        """Rows like those of the matrix; a number that no cell has is the next one's cell."""
        import pandas as pd

        made: dict[int, Any] = {}
        index = pd.RangeIndex(len(matrix))
        for at, (cells, (numbers, rows)) in enumerate(zip(self._columns, self._found, strict=True)):
            if cells is None or not len(numbers):
                made[at] = matrix[:, at]
                continue
            place = np.searchsorted(numbers, matrix[:, at]).clip(0, len(numbers) - 1)
            made[at] = cells.iloc[rows[place]].set_axis(index)
        return pd.DataFrame(made, index=index, copy=False).set_axis(names, axis=1)


def own_column(series: pl.Series, given: pd.DataFrame | None) -> pd.Series[Any] | None:
    """A column as it was given, or in pandas' own types; None where doubles say the same."""
    labels = [] if given is None else [str(label) for label in given.columns]
    if given is not None and series.name in labels:
        cells = given.iloc[:, labels.index(series.name)]
        return None if cells.dtype == np.float64 else cells
    kind = series.dtype
    if kind.is_numeric() and not (kind.is_integer() and "128" not in str(kind)):
        return series.to_pandas() if str(kind) == "Float32" else None
    return None if str(kind) in ("Null", "Int128", "UInt128") else series.alias("").to_pandas()


def positions(cells: pd.Series[Any]) -> Floats | None:
    """Which cell of a column is which, by numbers, NaN where it is missing; None for lists."""
    import pandas as pd

    try:
        codes = pd.factorize(cells)[0]
    except TypeError:
        return None
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


#: Text of which this share reads as numbers is a column of numbers with words in it.
MOSTLY = 0.5


def is_huge(numbers: Floats) -> Flags:
    """By number, whether a whole number beside it may be the same double."""
    return (np.abs(numbers) >= EXACT_INTEGERS) & np.isfinite(numbers)


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
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _no_numbers(name: str, dtype: Any) -> DataError:
    return DataError(
        f"column {name!r} holds no numbers",
        got=str(dtype),
        expected="numbers, as the model takes them",
        todo="give the columns that the model takes, in its order: inputs=[...] (--inputs A B C)",
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
