"""Tables that keep a log of their files, and databases: each tried on a real one, with deletes."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import datacheck as dc
from datacheck.source import collect, open_source

TABLE = pl.DataFrame({"id": range(10), "x": [n + 0.5 for n in range(10)]})


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """A Delta table of which rows were deleted, changed and added."""
    import deltalake

    path = tmp_path / "delta"
    deltalake.write_deltalake(path, TABLE.to_arrow())
    table = deltalake.DeltaTable(path)
    table.delete("id >= 7")
    table.update(updates={"x": "0.0"}, predicate="id = 0")
    deltalake.write_deltalake(path, TABLE.tail(1).to_arrow(), mode="append")
    return path


@pytest.fixture
def iceberg(tmp_path: Path) -> Path:
    """An Iceberg table of which rows were deleted, changed and added."""
    import pyarrow as pa
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("c", uri="sqlite:///:memory:", warehouse=f"file://{tmp_path}/w")
    catalog.create_namespace("n")
    rows = pa.table(TABLE.to_dict(as_series=False))
    table = catalog.create_table("n.iceberg", rows.schema)
    table.append(rows)
    table.delete("id >= 7")
    table.overwrite(pa.table({"id": [0], "x": [0.0]}), "id = 0")
    table.append(rows.slice(9))
    return Path(table.location().removeprefix("file://"))


@pytest.fixture
def lake(request: pytest.FixtureRequest) -> Path:
    made: Path = request.getfixturevalue(request.param)
    return made


def both(test):  # type: ignore[no-untyped-def]
    return pytest.mark.parametrize("lake", ["delta", "iceberg"], indirect=True)(test)


@both
def test_the_log_says_which_rows_count(lake: Path) -> None:
    source = open_source(lake)
    assert source.kind == ("delta" if (lake / "_delta_log").exists() else "iceberg")
    assert sorted(collect(source.frame).rows()) == [
        (0, 0.0),
        *((n, n + 0.5) for n in range(1, 7)),
        (9, 9.5),
    ]
    report = dc.check(lake)
    assert report.source["rows"] == 8
    assert dc.profile(lake).rows == 8


@both
def test_their_files_are_never_loose_parquet(lake: Path) -> None:
    one = str(next(lake.rglob("*.parquet")))
    for path in (f"{lake}/**/*.parquet", one, str(Path(one).parent / "*.parquet")):
        with pytest.raises(
            dc.SourceError, match=r"(Delta Lake|Iceberg) table(.|\n)*name that folder"
        ):
            dc.read(path)


@both
def test_without_the_extra_they_are_refused_by_name(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("deltalake", "pyiceberg"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(dc.MissingExtraError, match=r"(Delta Lake|Iceberg) table") as caught:
        dc.check(lake)
    assert "datacheck-ml[" in str(caught.value)


def test_a_log_that_is_broken(delta: Path) -> None:
    for log in (delta / "_delta_log").iterdir():
        log.write_text("{")
    with pytest.raises(dc.SourceError):
        dc.check(delta)


def test_a_duckdb_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    monkeypatch.chdir(tmp_path)
    frame = TABLE  # noqa: F841 - DuckDB finds it by its name
    with duckdb.connect("x.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT *, 'a' || id AS s FROM frame")
        connection.execute("DELETE FROM t WHERE id >= 7")
    for address in ("duckdb:///x.duckdb", f"duckdb:///{tmp_path}/x.duckdb"):
        source = open_source(address, query="FROM t ORDER BY id")
        assert collect(source.frame).rows() == [(n, n + 0.5, f"a{n}") for n in range(7)]
        assert source.kind == "database"
    for query in (
        "DELETE FROM t",
        "COPY t TO 'stolen.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SET enable_external_access = true",
        "SELECT nope FROM t",
        "SELECT id, id FROM t",
    ):
        with pytest.raises(dc.SourceError):
            open_source("duckdb:///x.duckdb", query=query)
    assert [each.name for each in tmp_path.iterdir()] == ["x.duckdb"]
    with pytest.raises(dc.SourceError, match="no query"):
        open_source("duckdb:///x.duckdb")
    with pytest.raises(dc.SourceError, match="does not exist"):
        open_source("duckdb:///y.duckdb", query="FROM t")


def test_a_column_of_a_database_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i, INTERVAL (i) MONTH AS m, [i] AS l, i::HUGEINT AS h "
            "FROM range(9) r(i)"
        )
    source = open_source(f"duckdb:///{tmp_path}/x.duckdb", query="FROM t")
    assert source.unreadable == {"m"}
    assert collect(source.frame.select("i", "l", "h")).row(8) == (8, [8], 8)


def test_a_duckdb_relation() -> None:
    import duckdb

    relation = duckdb.sql("SELECT i AS id, i + 0.5 AS x FROM range(10) t(i) WHERE i < 7")
    assert collect(dc.read(relation))["id"].to_list() == list(range(7))
    assert dc.check(relation).source["rows"] == 7
