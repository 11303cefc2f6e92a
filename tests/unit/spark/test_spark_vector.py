"""The model's whole input on Spark: encodings, indicators, powers, ranges, moments and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
import datacheck.spark as ds
from datacheck.errors import DataError
from tests.unit.spark.tables import from_spark, to_spark

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

SCHEMA = """
schema_type: polars_dataframe
name: Houses
columns:
  area:
    dtype: Float64
    nullable: true
    prepare:
      {impute: median, indicator: true, power: log1p, scale: minmax, feature_range: [-1, 1],
       clip: true}
  gain:
    dtype: Float64
    nullable: true
    prepare: {power: signed_log1p, impute: mean, scale: zscore}
  side: {dtype: Float64, prepare: {power: sqrt, scale: robust}}
  kind:
    dtype: String
    nullable: true
    prepare: {encode: one_hot, unknown: infrequent, min_frequency: 2}
  tag:
    dtype: String
    nullable: true
    required: false
    prepare: {encode: ordinal, unknown: zeros}
  new:
    dtype: Boolean
    nullable: true
    prepare: {encode: one_hot, drop: if_binary, impute: most_frequent}
  code: {dtype: Int64, prepare: {encode: ordinal}}
  built: {dtype: Date, nullable: true, prepare: {impute: median, indicator: true}}
  sold:
    dtype: "Datetime(time_unit='us', time_zone='UTC')"
    nullable: true
    prepare: {impute: mean}
  price: {dtype: Float64, prepare: {role: target, power: log1p, scale: zscore}}
"""
ROWS = range(40)
KINDS = ("flat", "it's", "l\n", None, "\U0001f427")
HOUR = 3_600_000_000
TABLE = pl.DataFrame(
    {
        "area": [None if at % 9 == 4 else 20.0 + at**2 for at in ROWS],
        "gain": [None if at % 11 == 7 else (at - 17) * 3.5 for at in ROWS],
        "side": [at / 7 for at in ROWS],
        "kind": ["once", *(KINDS[at % 5] for at in ROWS[1:])],
        "tag": [None if at % 6 == 0 else "xyz"[at % 3] for at in ROWS],
        "new": [None if at % 8 == 3 else at % 3 == 0 for at in ROWS],
        "code": [(7, -2, 3)[at % 3] for at in ROWS],
        "built": [None if at % 10 == 1 else -7000 + at * 97 for at in ROWS],
        "sold": [None if at % 7 == 2 else at * 31 * HOUR for at in ROWS],
        "price": [100.0 + at * 13 for at in ROWS],
    },
    schema_overrides={"built": pl.Int32},
).with_columns(pl.col("built").cast(pl.Date), pl.col("sold").cast(pl.Datetime("us", "UTC")))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "houses.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


def test_the_vector_is_fitted_and_prepared_as_in_memory(spark: SparkSession, schema: Path) -> None:
    local = dc.fit(TABLE, schema)
    data = to_spark(spark, TABLE, 3)
    assert ds.fit(data, schema).fitted.programs == local.fitted.programs
    whole = data.coalesce(1)
    expected = local.apply(TABLE)
    out = ds.apply(local, whole)
    assert out.columns == expected.columns
    assert ordered(from_spark(out)) == ordered(expected)
    chosen = ["kind", "price", "side", "area"]
    part = from_spark(ds.apply(local, whole, columns=chosen))
    assert ordered(part) == ordered(local.apply(TABLE, columns=chosen))
    served = from_spark(ds.apply(local, whole.drop("price", "tag")))
    assert ordered(served) == ordered(local.apply(TABLE.drop("price", "tag")))
    assert "tag" in served.columns
    with pytest.raises(DataError, match="'area'"):
        ds.apply(local, whole.drop("area"))


def ordered(frame: pl.DataFrame) -> list[list[tuple[str, Any]]]:
    """Rows by their side, which no two share; the order of the columns counts."""
    return [list(row.items()) for row in frame.sort("side").to_dicts()]
