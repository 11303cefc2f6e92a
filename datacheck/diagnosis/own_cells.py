"""A table as an estimator that was fitted on a frame takes it: made of the user's own cells.

A category, a date, a whole number, a missing cell: each is fed as it stands in the frame that was
given, with its column's dtype, for an estimator may answer to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.arrays import Floats, Indices

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


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
