"""What a command's paths mean to Spark, and outputs that this machine cannot see."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from datacheck.errors import SourceError
from datacheck.spark.paths import located, must_be_seen, named_kind


def test_a_path_without_a_scheme_is_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert located("x/*.parquet") == "file:///x/*.parquet"
    assert located("~/x") == f"file://{Path.home()}/x"
    for place in ("s3a://bucket/x", "hdfs:///x", "file:///x"):
        assert located(place) == place


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("s3a://bucket/x.parquet", "parquet"),
        ("hdfs:///data/day=*", "parquet"),
        ("x.CSV.gz", "csv"),
        ("x/*.jsonl", "json"),
        ("x.tsv", "tsv"),
    ],
)
def test_the_name_tells_the_format(path: str, kind: str) -> None:
    assert named_kind(path) == kind


def test_the_files_of_a_folder_tell_its_format(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "a=1").mkdir()
    (tmp_path / "a=1" / "part.orc").touch()
    assert named_kind(str(tmp_path)) == "orc"


@pytest.mark.parametrize("path", ["x.xlsx", "x.arrow", "postgresql://me@host/db"])
def test_what_spark_does_not_read(path: str) -> None:
    with pytest.raises(SourceError, match="Spark does not read"):
        named_kind(path)


def test_rows_that_went_to_other_disks_are_missed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="0 of 3 rows"):
        must_be_seen(tmp_path, 3, "out")
    (tmp_path / "k=1").mkdir()
    pl.DataFrame({"x": [1, 2]}).write_parquet(tmp_path / "k=1" / "part-0.parquet")
    with pytest.raises(SourceError, match="2 of 3 rows in 1 files"):
        must_be_seen(tmp_path, 3, "out")
    must_be_seen(tmp_path, 2, "out")
