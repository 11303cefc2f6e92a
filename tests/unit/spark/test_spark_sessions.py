"""Workers that die in the middle of a job, that refuse a cell, or that have another datacheck."""

from __future__ import annotations

import math
import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
import datacheck.spark as ds
from datacheck.errors import DataError, SourceError
from datacheck.spark.errors import saying
from datacheck.spark.workers import sent
from tests.unit.spark.tables import from_spark, real, schema_of, state, to_spark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession


def once_killed(marker: str) -> Any:
    """A function for `mapInArrow` that kills its worker, once, in the middle of the rows.

    It is defined in here so that Spark sends it by value.
    """

    def batches(given: Iterator[Any]) -> Iterator[Any]:
        for batch in given:
            yield batch
            try:
                os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)

    return batches


def test_a_worker_that_is_killed_changes_nothing(spark: SparkSession, tmp_path: Path) -> None:
    frame = real("randhie")
    data = to_spark(spark, frame, 3)
    local = dc.fit(frame, schema_of("randhie"))

    def broken(name: str) -> Any:
        return data.mapInArrow(once_killed(str(tmp_path / name)), data.schema)

    assert state(ds.profile(broken("profile"))) == state(dc.profile(frame))
    assert (tmp_path / "profile").exists()
    fitted = ds.fit(broken("fit"), schema_of("randhie"))
    assert (tmp_path / "fit").exists()
    assert fitted.fitted.programs == local.fitted.programs
    got = from_spark(ds.apply(fitted, broken("apply")))
    assert (tmp_path / "apply").exists()
    expected = local.apply(frame)
    names = expected.columns
    assert got.cast(dict(expected.schema)).sort(names).equals(expected.sort(names))


def test_a_refusal_in_a_worker_says_what_it_says_in_memory(spark: SparkSession) -> None:
    frame = real("randhie")
    fitted = dc.fit(frame, schema_of("randhie"))
    name = next(p.column for p in fitted.fitted.programs if p.kind == "number")
    bad = frame.with_columns(pl.lit(float("inf")).alias(name))
    with pytest.raises(DataError, match=f"refuses .* of column '{name}'") as error, saying("it"):
        ds.apply(fitted, to_spark(spark, bad, 2)).collect()
    # The places of rows in a batch are no table's.
    assert error.value.got == "in one batch: inf, inf, inf, inf, inf"


def test_nulls_and_nan_stay_apart(spark: SparkSession, tmp_path: Path) -> None:
    cells = [None, math.nan, 1.0, 2.0, 4.0, -0.0]
    frame = pl.DataFrame({"fitted": cells, "passed": cells, "id": range(6)})
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\ncolumns:\n"
        "  fitted: {dtype: Float64, nullable: true, prepare: {impute: none, scale: robust}}\n"
    )
    data = to_spark(spark, frame, 2)
    for column in ("fitted", "passed"):
        seen = ds.profile(data).columns[column]
        assert seen.numbers is not None
        assert (seen.null, seen.numbers.nan) == (1, 1)
    local = dc.fit(frame, schema)
    got = from_spark(ds.apply(local, data)).sort("id")
    expected = local.apply(frame)
    for column in ("fitted", "passed"):
        assert got[column].is_null().to_list() == expected[column].is_null().to_list()
        assert got[column].fill_null(0.0).to_numpy().tobytes() == (
            expected[column].fill_null(0.0).to_numpy().tobytes()
        )
    assert math.isnan(got["passed"][1])


def _lacking(_: Any) -> Any:
    raise AssertionError


def test_workers_of_another_version_are_refused(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datacheck.spark.workers.__version__", "0.0.0")
    task = sent(partial(_lacking))
    with pytest.raises(SourceError, match="cannot run datacheck") as refused, saying("it"):
        spark.range(2).mapInArrow(task, "id long").collect()
    assert "0.0.0" in refused.value.got


def test_another_kind_of_table_is_refused() -> None:
    with pytest.raises(DataError, match="takes Spark DataFrames"):
        ds.profile(pl.DataFrame({"x": [1]}))  # type: ignore[arg-type]
