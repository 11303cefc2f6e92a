"""Fitting and applying on Spark give the bits of fitting and applying in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datacheck as dc
import datacheck.spark as ds
from datacheck.errors import DataError
from tests.unit.spark.tables import REAL, from_spark, real, schema_of, to_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FEW = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = st.sampled_from([None, math.nan, 0.0, -0.0, 5e-324, -1e200, 1e200, 1e16 + 2, 3.0])
CELLS = st.lists(
    ODD | st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float), min_size=3, max_size=40
)

SCHEMA = """
schema_type: polars_dataframe
columns:
  robust: {dtype: Float64, nullable: true, prepare: {impute: median, scale: robust}}
  zscore: {dtype: Float64, nullable: true, prepare: {outliers: clip, impute: mean, scale: zscore}}
  minmax: {dtype: Float64, nullable: true,
           prepare: {outliers: missing, outlier_rule: mad, impute: most_frequent, scale: minmax}}
  word: {dtype: String, nullable: true, prepare: {impute: most_frequent}}
"""


@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.parametrize("name", ["penguins", "randhie"])
def test_real_tables_fit_as_in_memory(spark: SparkSession, name: str, parts: int) -> None:
    frame = real(name)
    ours, local = (
        ds.fit(to_spark(spark, frame, parts), schema_of(name)),
        dc.fit(frame, schema_of(name)),
    )
    assert ours.fitted.programs == local.fitted.programs
    assert [(f["code"], f["column"], f["count"], f["evidence"]) for f in ours.findings] == [
        (f["code"], f["column"], f["count"], f["evidence"]) for f in local.findings
    ]
    assert ours.fitted.seen == local.fitted.seen
    assert len(ours.fitted.golden) >= 30


@pytest.mark.parametrize("name", REAL)
def test_real_tables_come_out_as_in_memory(spark: SparkSession, name: str) -> None:
    frame = real(name)
    local = dc.fit(frame, schema_of(name))
    data = spark.createDataFrame(frame.to_arrow()).coalesce(1)
    out = ds.apply(local, data)
    expected = local.apply(frame)
    got = from_spark(out)
    assert out.columns == expected.columns
    assert got.cast(dict(expected.schema)).equals(expected)


@FEW
@given(st.tuples(CELLS, CELLS, CELLS), st.integers(1, 6), st.integers(0, 9))
def test_any_table_fits_and_comes_out_as_in_memory(
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    columns: tuple[list[float], ...],
    parts: int,
    seed: int,
) -> None:
    path = tmp_path_factory.mktemp("schema") / "s.yaml"
    path.write_text(SCHEMA)
    height = max(map(len, columns))
    cells = {
        name: [*values, *[7.5] * (height - len(values))]
        for name, values in zip(("robust", "zscore", "minmax"), columns, strict=True)
    }
    words = [("b", "a", None)[row % 3] for row in range(height)]
    frame = pl.DataFrame(
        {**cells, "word": words, "id": range(height)},
        schema_overrides={
            "robust": pl.Float64,
            "zscore": pl.Float64,
            "minmax": pl.Float64,
            "word": pl.String,
        },
    )
    data = to_spark(spark, frame, parts, seed)
    try:
        local = dc.fit(frame, path)
    except DataError as error:
        with pytest.raises(DataError) as ours:
            ds.fit(data, path)
        assert str(ours.value) == str(error)  # noqa: PT017 - both are to say the same
        return
    fitted = ds.fit(data, path)
    assert repr(fitted.fitted.programs) == repr(local.fitted.programs)
    assert fitted.fitted.seen == local.fitted.seen
    got = from_spark(ds.apply(fitted, data)).sort("id")
    expected = local.apply(frame)
    assert bits(got) == bits(expected)


def bits(frame: pl.DataFrame) -> list[list[object]]:
    """Every cell; doubles by their bits, null apart from NaN."""
    return [
        [None if cell is None else cell.hex() + str(math.copysign(1, cell)) for cell in column]
        if column.dtype == pl.Float64
        else column.to_list()
        for column in frame.iter_columns()
    ]
