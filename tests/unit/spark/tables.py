"""Tables of tests on their way to Spark and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import datacheck as dc

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROOT = Path(__file__).resolve().parents[3]
#: Real tables with the schemas that are declared for them.
REAL = {
    "flights": "flights.parquet",
    "penguins": "penguins.csv",
    "randhie": "randhie.tsv",
}


def real(name: str) -> pl.DataFrame:
    """The table with its numbers as numbers: Spark has no cells that came as text."""
    frame = dc.read(ROOT / "sample_data" / REAL[name]).collect()
    numbers = [
        column.name
        for column in frame.select(pl.col(pl.String).replace({"NA": None})).iter_columns()
        if column.drop_nulls().cast(pl.Float64, strict=False).null_count() == 0
    ]
    return frame.with_columns(pl.col(numbers).cast(pl.Float64, strict=False))


def schema_of(name: str) -> str:
    return str(ROOT / "schemas" / f"{name}.yaml")


def to_spark(spark: SparkSession, frame: pl.DataFrame, parts: int, seed: int = 0) -> DataFrame:
    """The rows, in another order, in so many partitions."""
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    return spark.createDataFrame(shuffled.to_arrow()).repartition(parts)


def from_spark(data: DataFrame) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(data.toArrow()))


def state(profile: dc.Profile) -> dict[str, Any]:
    """A profile's document without the rows of its extremes, which shuffling moves."""
    document = json.loads(profile.to_json())
    for column in document["columns"]:
        if column.get("numbers"):
            for side in ("lowest", "highest"):
                column["numbers"][side] = [pair[0] for pair in column["numbers"][side]]
    return {key: value for key, value in document.items() if key != "name"}
