"""What neighbours give to the holes of a frame, as columns that its programs then take from."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import polars as pl

from datacheck.errors import DataError
from datacheck.knn.neighbours import fill_matrix
from datacheck.ops import Donors, Fitted, knn_fills
from datacheck.transform.decode import prefix

#: Called with the number of rows so far.
Progress = Callable[[int], None] | None


def fill_name(column: str) -> str:
    """What the column that holds the neighbours' means for `column` is called on the way."""
    return f"\0neighbours of {column}"


def with_fills(
    frame: pl.LazyFrame, fitted: Fitted, *, text: bool, progress: Progress = None
) -> pl.LazyFrame:
    """Add, for every column that KNN fills, one called by `fill_name` of what fills its holes."""
    donors = _donors_of(fitted)
    programs = {program.column: program for program in fitted.programs}
    dtypes = frame.collect_schema()
    names = [f"\0feature {j}" for j in range(len(donors.features))]
    spaces = zip(donors.features, names, donors.center, donors.inverse_scale, strict=True)
    features = [
        ((prefix(programs[column], dtypes[column], text=text) - center) * inverse)
        .fill_null(float("nan"))
        .alias(name)
        for column, name, center, inverse in spaces
    ]
    fills = knn_fills(fitted.programs)
    fallbacks = {donors.features.index(column): op.fallback for column, op in fills.items()}
    done = None if progress is None else _Counter(progress)

    def add(batch: pl.DataFrame) -> pl.DataFrame:
        rows = batch.select(names).to_numpy()
        filled = fill_matrix(rows, donors, fallbacks, done)
        return batch.drop(names).with_columns(
            pl.Series(fill_name(donors.features[j]), column, nan_to_null=True)
            for j, column in filled.items()
        )

    added = dict.fromkeys((fill_name(donors.features[j]) for j in fallbacks), pl.Float64())
    schema = pl.Schema({**dict(dtypes), **added})
    # What neighbours are sought by is needed whatever a query asks of the result; polars before 2
    # would leave it out.
    return frame.with_columns(features).map_batches(
        add, schema=schema, streamable=True, projection_pushdown=False
    )


class _Counter:
    """Adds up the rows that several threads report."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._lock = Lock()
        self._rows = 0

    def __call__(self, more: int) -> None:
        with self._lock:
            self._rows += more
            self._progress(self._rows)


def _donors_of(fitted: Fitted) -> Donors:
    if fitted.donors is None:
        raise DataError(
            "The transform fills by neighbours and has no donors",
            todo="fit it again; a transform is not to be put together by hand",
        )
    return fitted.donors
