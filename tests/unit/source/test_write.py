"""Tables written and read back, whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc
from datacheck.source import collect, write_table, write_tables
from datacheck.source.write import WRITABLE

if TYPE_CHECKING:
    from pathlib import Path

NAN, INF = float("nan"), float("inf")
TABLE = pl.DataFrame(
    {
        "x": [0.1, 1e300, 5e-324, NAN, -INF, None, -0.0, 123456789.123456789],
        "n": [2**63 - 1, None, 0, -1, 1, 2, 3, 4],
        "s": ["", None, 'x"y', "a,b", "l\nq\tz", " p", "007", "é"],
        "b": [True, None, False, True, True, True, True, True],
        "d": [dt.date(2024, 2, 29), None, *[dt.date(2024, 1, day) for day in range(1, 7)]],
        "t": [dt.datetime(2024, 2, 29, 1, 2, 3, i) for i in range(8)],  # noqa: DTZ001
    }
)


@pytest.mark.parametrize("end", WRITABLE)
def test_what_is_written_is_read_back(tmp_path: Path, end: str) -> None:
    table = TABLE
    if end in (".ndjson", ".jsonl"):  # JSON has no NaN and no dates
        table = table.select("n", "s", "b")
    path = tmp_path / f"out{end}"
    write_table(table.lazy(), path)
    back = collect(dc.read(path))
    assert back.equals(table, null_equal=True)
    assert back.schema == table.schema
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    write_table(table.head(1).lazy(), path, force=True)
    assert collect(dc.read(path)).height == 1


@pytest.mark.parametrize("end", WRITABLE)
def test_an_empty_table(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"out{end}"
    write_table(pl.LazyFrame(schema={"x": pl.Float64, "s": pl.String}), path)
    if end not in (".ndjson", ".jsonl"):
        back = collect(dc.read(path))
        assert (back.columns, back.height) == (["x", "s"], 0)


def test_order_is_kept_in_a_large_table(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(700_000)})
    for end in (".parquet", ".csv"):
        write_table(frame.with_columns(y=pl.col("x") * 2), tmp_path / f"x{end}")
        assert collect(dc.read(tmp_path / f"x{end}"))["x"].is_sorted()


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.ndjson", "x.arrow"])
def test_a_frame_that_fails_leaves_nothing(tmp_path: Path, name: str) -> None:
    bad = pl.LazyFrame({"x": ["1", "n/a"]}).with_columns(pl.col("x").cast(pl.Int64))
    with pytest.raises(dc.SourceError, match="conversion"):
        write_table(bad, tmp_path / name)
    with pytest.raises(dc.SourceError):
        write_table(pl.scan_parquet(tmp_path / "no.parquet"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_names_that_say_no_format(tmp_path: Path) -> None:
    for name in ("x", "x.txt", "x.xlsx", "x.parquet.gz"):
        with pytest.raises(dc.SourceError, match="how to write"):
            write_table(TABLE.lazy(), tmp_path / name)


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("before")
    with pytest.raises(dc.SourceError, match="--force"):
        write_table(TABLE.lazy(), path)
    assert path.read_text() == "before"


@pytest.mark.parametrize("name", ["x.csv", "x.tsv.gz"])
def test_text_cannot_hold_lists(tmp_path: Path, name: str) -> None:
    with pytest.raises(dc.SourceError, match="'a' of type List"):
        write_table(pl.LazyFrame({"a": [[1]]}), tmp_path / name)


def test_a_table_may_replace_its_own_source(tmp_path: Path) -> None:
    for name in ("x.csv", "x.parquet"):
        path = tmp_path / name
        write_table(pl.LazyFrame({"x": range(300_000)}), path)
        write_table(dc.read(path).with_columns(pl.col("x") + 1), path, force=True)
        assert collect(dc.read(path))["x"].sum() == sum(range(1, 300_001))


def test_two_tables_appear_together_or_not_at_all(tmp_path: Path) -> None:
    frame = pl.LazyFrame({"x": range(1000)})
    even, odd = (frame.filter(pl.col("x") % 2 == rest) for rest in (0, 1))
    broken = odd.with_columns(pl.lit("n/a").cast(pl.Int64))
    paths = (tmp_path / "a.parquet", tmp_path / "b.csv")
    with pytest.raises(dc.SourceError):
        write_tables([(even, paths[0]), (broken, paths[1])])
    assert list(tmp_path.iterdir()) == []
    write_tables([(even, paths[0]), (odd, paths[1])])
    assert [collect(dc.read(path)).height for path in paths] == [500, 500]
