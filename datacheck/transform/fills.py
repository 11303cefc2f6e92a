"""What neighbours give to the holes of a frame, as columns that its programs then take from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from datacheck.errors import DataError
from datacheck.transform.entry import prefix
from datacheck.transform.neighbours import fill_matrix
from datacheck.transform.ops import KnnFill, first

if TYPE_CHECKING:
    from datacheck.transform.ops import Donors, Fitted


def fill_name(column: str) -> str:
    """What the column that holds the neighbours' means for `column` is called on the way."""
    return f"datacheck: neighbours of {column}"


def with_fills(frame: pl.LazyFrame, fitted: Fitted, *, text: bool) -> pl.LazyFrame:
    """Add, for every column that knn fills, a column of what its holes are filled with.

    The added columns are called by `fill_name`; a cell that needs no fill is null there.
    """
    donors = _donors_of(fitted)
    programs = {program.column: program for program in fitted.programs}
    dtypes = frame.collect_schema()
    names = [f"datacheck: feature {j}" for j in range(len(donors.features))]
    spaces = zip(donors.features, names, donors.center, donors.inverse_scale, strict=True)
    features = [
        ((prefix(programs[column], dtypes[column], text=text) - center) * inverse)
        .fill_null(float("nan"))
        .alias(name)
        for column, name, center, inverse in spaces
    ]
    fills = {program.column: first(program.ops, KnnFill) for program in fitted.programs}
    fallbacks = {donors.features.index(c): op.fallback for c, op in fills.items() if op}

    def add(batch: pl.DataFrame) -> pl.DataFrame:
        rows = batch.select(names).to_numpy()
        filled = fill_matrix(rows, donors, fallbacks)
        return batch.drop(names).with_columns(
            pl.Series(fill_name(donors.features[j]), column, nan_to_null=True)
            for j, column in filled.items()
        )

    added = dict.fromkeys((fill_name(donors.features[j]) for j in fallbacks), pl.Float64())
    schema = pl.Schema({**dict(dtypes), **added})
    return frame.with_columns(features).map_batches(add, schema=schema, streamable=True)


def _donors_of(fitted: Fitted) -> Donors:
    if fitted.donors is None:
        raise DataError(
            "The transform fills by neighbours and has no donors",
            todo="fit it again; a transform is not to be put together by hand",
        )
    return fitted.donors
