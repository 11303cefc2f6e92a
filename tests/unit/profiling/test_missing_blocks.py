"""Where cells are missing: the same whatever the parts in which a table is read."""

import numpy as np
import polars as pl
import pytest

from datacheck.profiling.holes import MissingBlocks
from datacheck.profiling.measure import ProfileKernel, measure


def tenths(values):
    profile = measure(pl.LazyFrame({"x": values}))
    return profile.places.tenths(profile.rows).get("x")


def test_each_tenth_has_its_share():
    holes = pl.Series([None] * 10 + [1.0] * 80 + [float("nan")] * 5 + [1.0] * 5)
    assert tenths(holes) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0.5]
    assert tenths([1.0, 2.0]) is None


@pytest.mark.parametrize("rows", [3, 100, 999, 70_000])
def test_shares_are_those_of_the_rows_whatever_the_length(rows):
    values = np.where(np.random.default_rng(rows).random(rows) < np.arange(rows) / rows, np.nan, 1)
    found = tenths(values)
    exact = [np.isnan(part).mean() for part in np.array_split(values, 10) if len(part)]
    if rows >= 10:
        assert found == pytest.approx(exact, abs=0.03 if rows > 1024 else 0.02)
    assert max(found) <= 1


def test_parts_add_up_to_the_whole():
    frame = pl.DataFrame({"x": [None if i % 3 else 1.0 for i in range(5000)]})
    whole, parts = ProfileKernel(frame.schema), ProfileKernel(frame.schema)
    whole.add(frame, 0, map)
    for start in range(0, 5000, 700):
        parts.add(frame[start : start + 700], start, map)
    assert parts.places.tenths(5000)["x"] == pytest.approx(whole.places.tenths(5000)["x"], abs=0.02)
    other = MissingBlocks.of({"x": np.repeat(np.uint8([1, 0, 1]), [1, 8, 1])}, 20_000, 10)
    assert parts.places.merged(other).counts["x"].sum() == whole.places.counts["x"].sum() + 2
