"""pandas frames: each column read for what it holds, and as its schema declares it.

pandas cannot hold every column as what it is: integers with holes become floats, dates become
datetimes of some unit, a column without a value is of any type. Where a dtype is declared and all
cells fit it, that is what they are read as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datacheck.columns import bare, col
from datacheck.errors import SourceError
from datacheck.report.finding import Finding
from datacheck.source.cells import Read, read_cells, unreadable
from datacheck.source.collecting import FOREIGN, reason
from datacheck.source.from_arrow import read_array
from datacheck.source.model import Source
from datacheck.source.names_once import must_be_unique
from datacheck.source.read_as import read_as

if TYPE_CHECKING:
    import pandas as pd


LABEL = "pandas DataFrame"
#: Bytes of the widest number that polars takes from numpy.
_DOUBLE = 8


class PandasSource(Source):
    """A pandas frame. Its columns are read when the table is first asked for.

    Columns are read as the `declared` dtypes where all their cells fit (None for one that is
    declared without a dtype), and a level of the index that is named there as a column. `only` are
    the columns to read, None for all; `kept` those that were read already, for whatever purpose.
    """

    _declared: dict[str, pl.DataType | None]
    _only: frozenset[str] | None
    _kept: dict[str, Read]

    def __init__(
        self,
        given: pd.DataFrame,
        declared: Mapping[str, pl.DataType | None] | None = None,
        only: frozenset[str] | None = None,
        kept: dict[str, Read] | None = None,
        name: str = LABEL,
    ) -> None:
        fields = {"name": name, "text": False, "kind": "pandas", "given": given}
        fields |= {"files": (), "as_text": None}
        fields |= {"_declared": dict(declared or {}), "_only": only}
        fields |= {"_kept": {} if kept is None else kept}
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @cached_property
    def _read(self) -> list[Read]:
        return [self._column(name, cells) for name, cells in self._cells() if self._wants(name)]

    @cached_property
    def frame(self) -> pl.LazyFrame:
        """The table."""
        # Not a list of series: polars would name the one whose name is empty.
        return pl.DataFrame({read.series.name: read.series for read in self._read}).lazy()

    @cached_property
    def notes(self) -> tuple[Finding, ...]:
        """What has to be said of columns that are not of one type."""
        return tuple(read.finding for read in self._read if read.finding is not None)

    @property
    def names(self) -> list[str]:
        """The columns, and after them the levels of the index that have a name of their own."""
        columns = [str(name) for name in self.given.columns]
        levels = [str(name) for name in self.given.index.names if name is not None]
        return columns + [name for name in levels if name not in columns]

    def as_declared(self, dtypes: Mapping[str, pl.DataType | None]) -> Source:
        """See `Source.as_declared`."""
        if dtypes == self._declared:
            return self
        return PandasSource(self.given, dtypes, self._only, self._kept, self.name)

    def narrowed(self, names: Iterable[str]) -> Source:
        """See `Source.narrowed`."""
        return PandasSource(self.given, self._declared, frozenset(names), self._kept, self.name)

    def renamed(self, name: str) -> Source:
        """See `Source.renamed`."""
        return PandasSource(self.given, self._declared, self._only, self._kept, name)

    def chosen(self, names: Sequence[str]) -> Source:
        """See `Source.chosen`."""
        columns = [str(name) for name in self.given.columns]
        given = self.given.iloc[:, [columns.index(name) for name in names if name in columns]]
        return PandasSource(given, self._declared, self._only, self._kept, self.name)

    def _cells(self) -> Iterable[tuple[str, Any]]:
        columns = [str(name) for name in self.given.columns]
        for name, (_, cells) in zip(columns, self.given.items(), strict=True):
            yield name, cells
        for level, name in enumerate(self.given.index.names):
            if name is not None and str(name) in self._declared and str(name) not in columns:
                yield str(name), self.given.index.get_level_values(level).to_series(index=None)

    def _wants(self, name: str) -> bool:
        return self._only is None or name in self._only

    def _column(self, name: str, cells: pd.Series[Any]) -> Read:
        if name not in self._kept:
            self._kept[name] = read_column(name, cells)
        read = self._kept[name]
        if name not in self._declared:
            return read
        return read._replace(series=_fitted(read.series, self._declared[name], cells))


def open_pandas(data: pd.DataFrame) -> PandasSource:
    """Open a pandas frame, in which each column has one name of one level."""
    if data.columns.nlevels > 1:
        raise SourceError(
            f"the {LABEL} has column names of {data.columns.nlevels} levels",
            expected="one level of names",
            todo="join the levels: df.columns = ['_'.join(map(str, c)) for c in df.columns]",
        )
    must_be_unique(f"the {LABEL}", [str(name) for name in data.columns])
    return PandasSource(data)


def read_column(name: str, given: Any) -> Read:
    """Read a column of pandas: a series, an index, or an array of its own types."""
    import pandas as pd

    column: pd.Series[Any] = given if isinstance(given, pd.Series) else pd.Series(given)
    dtype = column.dtype
    try:
        if isinstance(dtype, pd.SparseDtype):
            column, dtype = pd.Series(np.asarray(column.array)), dtype.subtype
        if isinstance(dtype, pd.CategoricalDtype):
            return _categories(name, column)
        if getattr(dtype, "char", "") == "O":
            return read_cells(name, column.to_numpy())
        if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
            # Bare numbers to polars; what they mean is in their text.
            read = read_cells(name, column.astype(object).to_numpy())
            periods = isinstance(dtype, pd.PeriodDtype)
            return read._replace(finding=_told_periods(name, column)) if periods else read
        if isinstance(dtype, pd.api.extensions.ExtensionDtype):
            return _extension(name, column)
        return Read(_plain(name, column))
    except FOREIGN as error:
        return unreadable(name, column.astype(object), reason(error))


def _told_periods(name: str, column: pd.Series[Any]) -> Finding:
    """``type.date_text``: that the texts of pandas' periods are no fault of the table."""
    return Finding(
        code="type.date_text",
        severity="info",
        column=name,
        count=int(column.count()),
        message=f"The cells are pandas' periods ({column.dtype}): they are read as their texts, "
        "and come back as they are.",
        remedy="Nothing; or have them as dates by .dt.to_timestamp().",
        evidence={"dtype": str(column.dtype)},
    )


def _plain(name: str, column: pd.Series[Any]) -> pl.Series:
    """A column of numpy's own types."""
    cells = column.to_numpy()
    if cells.dtype.kind in "iuf" and cells.dtype.itemsize <= _DOUBLE:
        return pl.Series(name, cells)
    if cells.dtype.kind == "f":
        doubles = cells.astype(np.float64)
        if np.array_equal(doubles.astype(cells.dtype), cells, equal_nan=True):
            return pl.Series(name, doubles)
        raise ValueError(f"a double does not hold each {cells.dtype}")
    series: pl.Series = pl.from_pandas(column, nan_to_null=False)
    return series.alias(name)


def _extension(name: str, column: pd.Series[Any]) -> Read:
    """Nullable, Arrow and foreign types: by way of Arrow, or cell by cell."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return Read(_moments(name, column))
    if hasattr(column.array, "__arrow_array__"):
        return read_array(name, pa.array(column.array))
    return read_cells(name, column.astype(object).to_numpy())


def _moments(name: str, column: pd.Series[Any]) -> pl.Series:
    """Instants in their zone; in UTC where the zone is an offset without a name."""
    moments: pl.Series = pl.from_pandas(column.dt.tz_convert("UTC"), nan_to_null=False)
    try:
        return bare(moments).dt.convert_time_zone(str(column.dt.tz)).alias(name)
    except pl.exceptions.PolarsError:
        return moments.alias(name)


def _categories(name: str, column: pd.Series[Any]) -> Read:
    """Categories of text as categories; of anything else as what they are."""
    import pandas as pd

    categories = column.cat.categories
    if pd.api.types.infer_dtype(categories) == "string":
        return Read(pl.from_pandas(column, nan_to_null=False).alias(name))
    read = read_column(name, categories.to_series().reset_index(drop=True))
    codes = pl.Series(name, column.cat.codes.to_numpy()).cast(pl.Int64)
    place = pl.when(col(name) >= 0).then(col(name))
    places = codes.to_frame().select(place).to_series()
    if not len(categories):
        return Read(pl.Series(name, [None] * len(column), dtype=pl.Null))
    series = bare(read.series).gather(places).alias(name)
    if read.finding is not None:
        return read_cells(name, column.astype(object).to_numpy())
    return Read(series.cast(pl.Categorical) if series.dtype == pl.String else series)


def _fitted(series: pl.Series, dtype: pl.DataType | None, given: pd.Series[Any]) -> pl.Series:
    """The column as what is declared, where nothing but pandas made it something else."""
    import pandas as pd

    numpy = getattr(given.dtype, "kind", "") == "f" and not hasattr(given.dtype, "na_value")
    if numpy and series.dtype.is_float():
        # The only hole that such a column can have. Of thousands of columns, a query each is slow.
        series = pl.Series(series.name, series.to_numpy(), nan_to_null=True)
    if series.dtype == pl.Categorical and dtype != series.dtype:
        series = series.cast(pl.String)
    if dtype is None:
        return series
    if dtype in (pl.Categorical, pl.Enum) and not isinstance(given.dtype, pd.CategoricalDtype):
        return series if series.null_count() < len(series) else read_as(series, dtype)
    return read_as(series, dtype, pandas=True)
