"""What a user's script looks like to a type checker: `assert_type` says what each call gives.

`tests/end_to_end/test_types.py` has mypy and pyright read this file, and so does `make lint`;
nothing runs it.
"""

from pathlib import Path
from typing import assert_type

import pandas as pd
import pandera.polars as pa
import polars as pl

import datacheck as dc

Birds = pa.DataFrameSchema({"mass": pa.Column(float)})


def verbs(frame: pl.DataFrame, plan: pl.LazyFrame, table: pd.DataFrame) -> None:
    assert_type(dc.read("birds.csv"), pl.LazyFrame)
    assert_type(dc.read("sqlite:///birds.db", query="SELECT * FROM birds"), pl.LazyFrame)
    assert_type(dc.check(frame), dc.Report)
    assert_type(dc.check(table, Birds, reference="birds.parquet", target="mass"), dc.Report)
    assert_type(dc.check("sqlite:///birds.db", query="SELECT 1"), dc.Report)
    assert_type(dc.validate(plan, "birds.yaml"), dc.Report)
    assert_type(dc.validate({"mass": [1.0, None]}, dc.load_schema("birds.yaml")), dc.Report)
    assert_type(dc.profile([{"mass": 1.0}]), dc.Profile)
    assert_type(dc.compare(dc.profile(frame), Path("birds.parquet")), dc.Report)
    assert_type(dc.split(table, Birds), tuple[pd.DataFrame, pd.DataFrame])
    assert_type(dc.split(frame, Birds), tuple[pl.LazyFrame, pl.LazyFrame])
    assert_type(dc.split("birds.csv", Birds), tuple[pl.LazyFrame, pl.LazyFrame])
    assert_type(dc.repair(table), tuple[pd.DataFrame, pl.DataFrame])
    assert_type(dc.repair(frame, unsafe=True), tuple[pl.DataFrame, pl.DataFrame])
    assert_type(dc.repair("birds.csv"), tuple[pl.LazyFrame, pl.DataFrame])
    assert_type(dc.mutate(frame, Birds), dc.Report)


def transforms(frame: pl.DataFrame, plan: pl.LazyFrame, table: pd.DataFrame) -> None:
    transform = dc.fit(table, Birds, golden="synthetic")
    assert_type(transform, dc.Transform)
    assert_type(transform.apply(frame), pl.DataFrame)
    assert_type(transform.apply(plan), pl.LazyFrame)
    assert_type(transform.apply(table, ["mass"]), pd.DataFrame)
    assert_type(transform.apply("birds.csv"), pl.LazyFrame)
    assert_type(transform.apply("sqlite:///birds.db", query="SELECT 1"), pl.LazyFrame)
    assert_type(transform.inverse(frame), pl.DataFrame)
    assert_type(transform.diff(dc.load("other.json"), frame), dc.Report)
    transform.export("onnx", "birds.onnx", inputs="columns", target_opset=18)
    transform.export("javascript", "birds", name="birds")
    transform.export("sql", "birds.sql", dialect="snowflake", table="birds", form="view")
    transform.export("sklearn", "birds.skops", columns=["mass"], force=True)
