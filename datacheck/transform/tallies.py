"""How often each cell of a column occurs that is not numeric: what fills and encodings ask for."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import polars as pl

from datacheck.columns import bare, col
from datacheck.errors import DataError
from datacheck.ops import CATEGORIES, REPEATED
from datacheck.source import collect
from datacheck.source.values import finer_than_python, fits_python, python_values
from datacheck.transform.decode import value_kind

#: So many distinct cells of a column at most are kept, to be asked for again.
KEPT = 100_000


class Counted(NamedTuple):
    """Of a column that is not numeric: its missing cells, and its texts, if few, with counts."""

    missing: int
    categories: dict[str, int] | None


def counted(cells: pl.DataFrame, rows: int) -> Counted:
    """What is kept of a column of so many rows, from its most frequent distinct cells and null."""
    missing = int(cells.filter(pl.col("value").is_null())["count"].sum())
    texts = cells.drop_nulls("value").sort("value")
    if not _are_few(texts.height, rows - missing) or texts.schema["value"] != pl.String:
        return Counted(missing, None)
    return Counted(missing, dict(texts.iter_rows()))


def _are_few(texts: int, cells: int) -> bool:
    """Whether different texts are so few, in so many cells, that each is kept with its count."""
    return texts <= CATEGORIES and REPEATED * texts <= cells


class Tallying:
    """The part of a table that counts cells: a column once, whatever is asked of its counts."""

    def __init__(self, views: pl.LazyFrame, name: str, height: int) -> None:
        self._lazy = views
        self._dtypes = views.collect_schema()
        self._name = name
        self.height = height
        self._tallies: dict[str, pl.DataFrame] = {}

    def most_frequent(self, column: str) -> Any:
        """See `FitTable`."""
        return _most_frequent(self._tally(column), column)

    def counts(self, column: str) -> dict[Any, int]:
        """See `FitTable`."""
        return dict(self._tally(column).drop_nulls("value").rows())

    def counted(self, column: str) -> Counted:
        """See `FitTable`."""
        cell = col(column)
        dtype = self._dtypes[column]
        if value_kind(dtype) != "text":
            nulls = collect(self._lazy.select(cell.null_count()), self._name)
            return Counted(int(nulls.item()), None)
        known = self._tallies.get(column)
        if known is not None:
            return counted(known, self.height)
        tallied = _tallied(self._lazy, column, dtype)
        # Null first, so that its count is there among the few that are looked at.
        few = tallied.sort(pl.col("value").is_not_null()).head(CATEGORIES + 2)
        return counted(collect(few, self._name), self.height)

    def _tally(self, column: str) -> pl.DataFrame:
        known = self._tallies.get(column)
        if known is None:
            known = collect(_tallied(self._lazy, column, self._dtypes[column]), self._name)
            if known.height <= KEPT:
                self._tallies[column] = known
        return known


class FewTallies:
    """The same of few rows in memory: of a wide table, a query for each column would cost more."""

    def __init__(self, views: pl.DataFrame) -> None:
        self._views = views
        self._known: dict[str, Counter[Any]] = {}

    def most_frequent(self, column: str) -> Any:
        """See `FitTable`."""
        counts, cells = self._counted_cells(column)
        most = max(counts.values(), default=0)
        least = min((cell for cell, count in counts.items() if count == most), default=None)
        return _for_python(cells.clear() if least is None else _as_cell(least, cells), column)

    def counts(self, column: str) -> dict[Any, int]:
        """See `FitTable`."""
        return dict(self._counted_cells(column)[0])

    def counted(self, column: str) -> Counted:
        """See `FitTable`."""
        cells = self._views[column]
        if value_kind(cells.dtype) != "text":
            return Counted(cells.null_count(), None)
        counts, missing = self._counted_cells(column)[0], cells.null_count()
        few = _are_few(len(counts), self._views.height - missing)
        return Counted(missing, dict(sorted(counts.items())) if few else None)

    def _counted_cells(self, column: str) -> tuple[Counter[Any], pl.Series]:
        """How often each cell occurs, a moment as its number of units; and the cells."""
        cells = self._views[column]
        if value_kind(cells.dtype) == "text" and cells.dtype != pl.String:
            cells = cells.cast(pl.String)
        known = self._known.get(column)
        if known is None:
            counted = bare(cells).to_physical() if cells.dtype.is_temporal() else cells
            known = Counter(counted.to_list())
            known.pop(None, None)
            self._known[column] = known
        return known, cells


def most_frequent(views: pl.LazyFrame, column: str) -> Any:
    """The most frequent cell of a column, of several the least; None where there is none."""
    dtype = views.collect_schema()[column]
    return _most_frequent(collect(_tallied(views, column, dtype)), column)


def _most_frequent(tally: pl.DataFrame, column: str) -> Any:
    cells = tally.drop_nulls("value")
    best = cells.filter(pl.col("count") == pl.col("count").max())
    return _for_python(bare(best["value"]).sort().head(1), column)


def _as_cell(counted: Any, cells: pl.Series) -> pl.Series:
    """A cell as the one of a column, from what was counted: of a moment, its number of units."""
    if not cells.dtype.is_temporal():
        return pl.Series([counted], dtype=cells.dtype)
    return pl.Series([counted], dtype=bare(cells).to_physical().dtype).cast(cells.dtype)


def _for_python(least: pl.Series, column: str) -> Any:
    """The one cell as Python has it; None where there is none."""
    finer = finer_than_python(least)
    if finer or not fits_python(least):
        shown = [f"{count} ns" for count in least.to_physical()] if finer else python_values(least)
        raise DataError(
            f"Column {column!r} has a most frequent value that no transform can hold",
            got=", ".join(map(str, shown)),
            expected="years from 1 to 9999, durations that Python knows, and whole microseconds",
            todo="repair such values, or declare impute: constant",
        )
    return least.to_list()[0] if len(least) else None


def _tallied(views: pl.LazyFrame, column: str, dtype: pl.DataType) -> pl.LazyFrame:
    """The distinct cells of a column as ``value``, null among them, each with its ``count``."""
    # Categories sort by their text, not by the order in which they were met.
    cell = col(column).cast(pl.String) if value_kind(dtype) == "text" else col(column)
    return views.group_by(value=cell).agg(count=pl.len())
