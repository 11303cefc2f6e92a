"""Profile, validate, check, compare and split on Spark say what they say in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from pyspark.sql import functions

import datacheck as dc
import datacheck.spark as ds
from datacheck.errors import SchemaError
from tests.unit.spark.tables import from_spark, real, schema_of, state, to_spark

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from datacheck.report import Report

UNIQUE_ID = """
schema_type: polars_dataframe
columns:
  key: {dtype: Int64, unique: true, prepare: {role: id}}
  body_mass_g: {dtype: Float64, le: 5500}
"""
HOSTILE = ["a.b", "a`b", "A`B", " c ", 'd"', "ü|x", "*", "^.*$", "^x$"]


def plain(report: Report) -> list[dict[str, Any]]:
    """The findings without rows and values, of which Spark may list others of equal right."""
    return [
        {key: value for key, value in finding.to_dict().items() if key not in ("rows", "values")}
        for finding in report.findings
    ]


@pytest.mark.parametrize("parts", [1, 5])
def test_a_profile_is_that_of_the_rows_in_memory(spark: SparkSession, parts: int) -> None:
    frame = real("randhie").with_columns(pl.arange(0, pl.len()).sqrt().alias("many"))
    assert state(ds.profile(to_spark(spark, frame, parts))) == state(dc.profile(frame))


@pytest.mark.parametrize("name", ["penguins", "flights"])
def test_check_finds_what_is_found_in_memory(spark: SparkSession, name: str) -> None:
    frame = real(name).head(20_000)
    data = to_spark(spark, frame, 3)
    assert plain(ds.check(data)) == plain(dc.check(frame))
    assert plain(ds.check(data, schema_of(name))) == plain(dc.check(frame, schema_of(name)))
    assert plain(ds.validate(data, schema_of(name))) == plain(dc.validate(frame, schema_of(name)))


def test_compare_finds_what_is_found_in_memory(spark: SparkSession) -> None:
    frame = real("penguins")
    changed = frame.with_columns(pl.col("body_mass_g") / 1000)
    found = ds.compare(to_spark(spark, frame, 2), to_spark(spark, changed, 3))
    assert plain(found) == plain(dc.compare(frame, changed))
    assert any(finding.code == "drift.unit_change" for finding in found.findings)


def test_rows_that_are_one_are_counted_as_in_memory(spark: SparkSession) -> None:
    frame = real("penguins").drop_nulls().with_columns(pl.col("sex").alias("y")).drop("sex")
    turned = frame.slice(40, 9).with_columns(y=pl.lit("other"))
    frame = pl.concat([frame, frame.slice(5, 11), turned])
    train = pl.concat([frame.slice(20, 60), frame.slice(20, 3)])
    local = dc.check(frame, reference=train, target="y")
    rows = {(f.code, f.count) for f in local.findings if f.code.startswith("row.")}
    assert {code for code, _ in rows} == {"row.duplicate", "row.conflict", "row.overlap"}
    data = to_spark(spark, frame, 3)
    for reference in (to_spark(spark, train, 2), train):
        assert plain(ds.check(data, reference=reference, target="y")) == plain(local)


def test_rows_of_float32_and_of_doubles_are_one_as_in_memory(spark: SparkSession) -> None:
    frame = real("penguins").drop_nulls().with_columns(pl.col("bill_length_mm") / 7)
    train = frame.slice(20, 60).with_columns(pl.col(pl.Float64).cast(pl.Float32))
    local = dc.check(frame, reference=train)
    assert [f.count for f in local.findings if f.code == "row.overlap"] == [60]
    parts = [part.collect() for part in dc.split(frame, aside=["row.overlap"], reference=train)]
    assert [part.height for part in parts] == [frame.height - 60, 60]
    data = to_spark(spark, frame, 3)
    for reference in (to_spark(spark, train, 2), train):
        assert plain(ds.check(data, reference=reference)) == plain(local)
        here = ds.split(data, aside=["row.overlap"], reference=reference)
        assert [part.count() for part in here] == [part.height for part in parts]


def test_labels_and_joint_drift_are_those_in_memory(spark: SparkSession) -> None:
    frame = real("penguins").drop_nulls().sample(fraction=1.0, shuffle=True, seed=2)
    wrong = frame["species"].shift(1)
    frame = frame.with_columns(
        species=pl.when(pl.int_range(pl.len()) % 20 == 9).then(wrong).otherwise("species"),
    )
    train = frame.tail(150).with_columns(body_mass_g=pl.col("body_mass_g").sort())
    asked: dict[str, Any] = {"target": "species", "labels": True, "joint": True}
    local = dc.check(frame.head(180), reference=train, **asked)
    found = {finding.code for finding in local.findings}
    assert {"label.suspect", "drift.joint"} <= found
    data = to_spark(spark, frame.head(180), 1)
    report = ds.check(data, reference=to_spark(spark, train, 1), **asked)
    # The folds of another order of the rows: what is found is the same, its scores are near.
    assert [(f.code, f.column) for f in report.findings] == [
        (f.code, f.column) for f in local.findings
    ]
    told = {f.code: (f, g) for f, g in zip(report.findings, local.findings, strict=True)}
    here, there = told["label.suspect"]
    assert abs(here.count - there.count) <= max(3, there.count // 3)
    here, there = told["drift.joint"]
    assert abs(here.evidence["auc"] - there.evidence["auc"]) < 0.1


@pytest.mark.parametrize("schema", [None, UNIQUE_ID])
def test_rows_are_set_apart_as_in_memory(spark: SparkSession, schema: str | None, tmp_path) -> None:
    frame = real("penguins").drop_nulls().with_columns(pl.col("sex").alias("y")).drop("sex")
    turned = frame.slice(40, 9).with_columns(y=pl.lit("other"))
    frame = pl.concat([frame, frame.slice(5, 11), turned]).with_columns(key=pl.int_range(pl.len()))
    train = pl.concat([frame.slice(20, 6), frame.slice(20, 3)]).drop("island")
    asked: dict[str, Any] = {"aside": ["row.duplicate", "row.conflict", "row.overlap"]}
    path = None if schema is None else written(tmp_path, schema)
    frame = frame.drop("key") if schema is None else frame
    parts = dc.split(frame, path, reference=train, target="y", **asked)
    # Which of two equal rows is the first depends on their order, and so does its key.
    local = [part.drop("__row__", "key", strict=False).collect() for part in parts]
    for reference in (to_spark(spark, train, 2), train):
        data = to_spark(spark, frame, 3)
        here = [
            from_spark(part).drop("__row__", "key", strict=False)
            for part in ds.split(data, path, reference=reference, target="y", **asked)
        ]
        for mine, other in zip(here, local, strict=True):
            assert mine.height == other.height
            assert sorted(map(repr, mine.rows())) == sorted(map(repr, other.rows()))


UNIQUE = r"""
schema_type: polars_dataframe
columns:
  "a.b": {dtype: Float64, nullable: true, unique: true}
  "a`b": {dtype: Float64, nullable: true, in_range: {min_value: 0, max_value: 10},
          prepare: {impute: median, scale: robust}}
  " c ": {dtype: Int64, nullable: false}
  '^\*$': {dtype: Float64, prepare: {impute: mean, scale: zscore}, le: 7}
  '^\^x\$$': {dtype: Float64, nullable: true, prepare: {impute: median, outliers: clip}}
unique: ["A`B", " c "]
report_duplicates: exclude_first
"""


def odd_table() -> pl.DataFrame:
    """Columns with names that Spark reads otherwise, and cells of every kind of missing."""
    rows = 60
    return pl.DataFrame(
        {
            "a.b": [None, math.nan, 0.0, -0.0, *map(float, range(5, rows + 1))],
            "a`b": [float(row % 12) if row % 7 else None for row in range(rows)],
            "A`B": [f"t{row % 40}" for row in range(rows)],
            " c ": [row % 40 for row in range(rows)],
            'd"': [row % 2 == 0 for row in range(rows)],
            "ü|x": list(range(rows)),
            "*": [float(row % 9) for row in range(rows)],
            "^.*$": [f"t{row % 3}" for row in range(rows)],
            "^x$": [None if row % 8 else float(row) for row in range(rows)],
        }
    )


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    return path


def test_names_that_spark_reads_otherwise(spark: SparkSession, tmp_path: Path) -> None:
    schema, frame = written(tmp_path, UNIQUE), odd_table()
    assert frame.columns == HOSTILE
    data = to_spark(spark, frame, 3)
    assert plain(ds.validate(data, schema)) == plain(dc.validate(frame, schema))
    fitted = ds.fit(data, schema)
    assert fitted.fitted.programs == dc.fit(frame, schema).fitted.programs
    assert from_spark(ds.apply(fitted, data)).sort("ü|x").equals(fitted.apply(frame))


@pytest.mark.parametrize("parts", [1, 4])
def test_split_parts_as_in_memory(spark: SparkSession, tmp_path: Path, parts: int) -> None:
    # Which of two equal rows is the first is a matter of order, so it is left out here.
    schema = written(tmp_path, UNIQUE.replace("exclude_first", "all"))
    frame = odd_table()
    # Kept, for a shuffle may bring the rows of a partition in another order each time.
    data = to_spark(spark, frame, parts).cache()
    valid, rejected = ds.split(data, schema)
    good, bad = (part.collect() for part in dc.split(frame, schema))
    assert valid.schema == data.schema
    assert from_spark(valid).sort("ü|x").equals(good)
    got = from_spark(rejected).sort("ü|x")
    assert got.drop("__row__").equals(bad.drop("__row__"))
    numbered = data.withColumn("__row__", functions.monotonically_increasing_id())
    rows = dict(from_spark(numbered.select("`ü|x`", "__row__")).rows())
    assert [rows[key] for key in got["ü|x"]] == got["__row__"].to_list()


def test_a_rejected_row_comes_back_with_its_number(spark: SparkSession, tmp_path: Path) -> None:
    schema = written(tmp_path, UNIQUE.replace("exclude_first", "all"))
    _, rejected = ds.split(to_spark(spark, odd_table(), 2), schema)
    _, again = ds.split(rejected, schema)
    assert again.columns == rejected.columns
    before = dict(from_spark(rejected.select("`ü|x`", "__row__")).rows())
    assert dict(from_spark(again.select("`ü|x`", "__row__")).rows()) == before


WHOLE = """
import pandera.polars as pa
Whole = pa.DataFrameSchema({"x": pa.Column(float, pa.Check(
    lambda data: data.lazyframe.select(pl.col(data.key).mean() > 0), name="positive_mean"))})
"""


def test_a_check_of_many_rows_is_told_and_never_passed(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "whole.py"
    path.write_text("import polars as pl\n" + WHOLE)
    data = spark.createDataFrame([(1.0,), (2.0,)], "x double")
    report = ds.validate(data, f"{path}:Whole")
    assert not report.ok
    assert "positive_mean" in report.findings[0].message
    with pytest.raises(SchemaError, match="many rows"):
        ds.split(data, f"{path}:Whole")


def test_rows_that_are_nearly_one_are_counted_as_in_memory(spark: SparkSession) -> None:
    at = pl.int_range(400, eager=True)
    frame = pl.DataFrame(
        {"x": (at * 0.37).sin() * 90, "z": (at * 1.7).cos(), "kind": (at % 7).cast(pl.String)}
    ).with_columns(w=(at * 2.3).sin())
    one_cell = frame.slice(3, 9).with_columns(kind=pl.lit("other"))
    another = frame.slice(50, 4).with_columns(w=pl.col("w") + 1)
    rounded = frame.slice(100, 6).with_columns(pl.selectors.float().round(3))
    test = pl.concat([frame.tail(200), one_cell, another, frame.slice(300, 5), rounded])
    asked: dict[str, Any] = {"near_duplicates": True}
    local = dc.check(test, reference=frame.head(200), **asked)
    counts = {
        (f.evidence.get("reference_rows"), f.count)
        for f in local.findings
        if f.code == "row.near_duplicate"
    }
    assert counts == {(200, 19)}
    data = to_spark(spark, test, 3)
    for reference in (to_spark(spark, frame.head(200), 2), frame.head(200)):
        assert plain(ds.check(data, reference=reference, **asked)) == plain(local)
    whole = pl.concat([frame, one_cell, another, rounded])
    alone = plain(dc.check(whole, **asked))
    assert sum(each["count"] for each in alone if each["code"] == "row.near_duplicate") == 19
    assert plain(ds.check(to_spark(spark, whole, 3), **asked)) == alone


NAMES = ["__row__", "__reasons__", "len", "row", "value", "count", "aside 0", "a.b"]


def test_columns_of_names_that_spark_rooms_use(spark: SparkSession, tmp_path: Path) -> None:
    rule = "{dtype: Boolean, nullable: true, prepare: {impute: most_frequent}}"
    text = "".join(f"  {name}: {rule}\n" for name in NAMES)
    schema = written(tmp_path, f"schema_type: polars_dataframe\nname: N\ncolumns:\n{text}")
    frame = pl.DataFrame({name: [True, False, None, True] for name in NAMES})
    data = to_spark(spark, frame, 2)
    assert ds.fit(data, schema).fitted.programs == dc.fit(frame, schema).fitted.programs
    strict = schema.with_name("strict.yaml")
    strict.write_text(schema.read_text().replace("nullable: true", "nullable: false"))
    for declared in (schema, strict):
        local = [part.collect() for part in dc.split(frame, declared, aside=["row.duplicate"])]
        parts = ds.split(data.coalesce(1), declared, aside=["row.duplicate"])
        for ours, theirs in zip(local, map(from_spark, parts), strict=True):
            assert theirs.columns == ours.columns
            one, two = (each.drop("__row___", strict=False).sort(NAMES) for each in (ours, theirs))
            assert one.equals(two)
    numbers = pl.DataFrame({"x": [1.0, None], "__row__": [7, 8]})
    given = written(
        tmp_path, "schema_type: polars_dataframe\nname: N\ncolumns: {x: {dtype: Float64}}\n"
    )
    ours = [part.collect() for part in dc.split(numbers, given)]
    theirs = [from_spark(part) for part in ds.split(to_spark(spark, numbers, 1), given)]
    assert all(a.equals(b) for a, b in zip(ours, theirs, strict=True))
