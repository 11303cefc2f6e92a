"""Tables that keep a log of their files, and databases: each tried on a real one, with deletes."""

from __future__ import annotations

import json
import string
import struct
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
    catalog.close()
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


def _delta_by_hand(path: Path, **reader: object) -> Path:
    """A Delta table of one file, by its log; `configuration`, `fields`, `add` say what is odd."""
    path.mkdir()
    columns = {"c-1": TABLE["id"], "c-2": TABLE["x"], "c-3": pl.Series("", ["a"] * 10)}
    pl.DataFrame(columns).write_parquet(path / "0.parquet")
    names = reader.pop("names", {})
    fields = [
        {"name": name, "type": kind, "nullable": True, "metadata": names.get(name, {})}
        for name, kind in zip(names or columns, ("long", "double", "string"), strict=True)
    ]
    made = {
        "format": {"provider": "parquet", "options": {}},
        "id": "6a7b1c1e-2f43-4f2e-9d0b-0f4a3c1f8d55",
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": [],
        "configuration": reader.pop("configuration", {}),
    }
    size = (path / "0.parquet").stat().st_size
    add = {"path": "0.parquet", "partitionValues": {}, "size": size, "modificationTime": 0}
    add |= {"dataChange": True, "stats": json.dumps({"numRecords": 10})}
    vector = reader.pop("vector", None)
    if vector is not None:
        add["deletionVector"] = vector
    lines = [{"protocol": {"minWriterVersion": 7} | reader}, {"metaData": made}, {"add": add}]
    (path / "_delta_log").mkdir()
    (path / "_delta_log" / f"{0:020}.json").write_text("\n".join(map(json.dumps, lines)))
    return path


def test_delta_columns_that_were_renamed(tmp_path: Path) -> None:
    names = {
        name: {"delta.columnMapping.id": at, "delta.columnMapping.physicalName": f"c-{at}"}
        for at, name in enumerate(("id", "the price", "s"), 1)
    }
    mode = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "3"}
    table = {"minReaderVersion": 2, "minWriterVersion": 5, "names": names, "configuration": mode}
    path = _delta_by_hand(tmp_path / "t", **table)
    wanted = TABLE.rename({"x": "the price"}).with_columns(s=pl.lit("a"))
    assert collect(dc.read(path)).equals(wanted)
    assert dc.check(path).source["rows"] == 10


def test_delta_rows_that_a_vector_deletes(tmp_path: Path) -> None:
    # A roaring bitmap of the rows 1, 3 and 5, in the base 85 that Delta writes inline.
    vector: dict[str, object] = {"storageType": "i", "cardinality": 3}
    rows = struct.pack("<II2HI3H", 12346, 1, 0, 2, 16, 1, 3, 5)
    raw = struct.pack("<iqi", 1681511377, 1, 0) + rows
    vector |= {"pathOrInlineDv": _base85(raw + bytes(-len(raw) % 4)), "sizeInBytes": len(raw)}
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    switch = {"delta.enableDeletionVectors": "true"}
    path = _delta_by_hand(
        tmp_path / "t", minReaderVersion=3, configuration=switch, vector=vector, **features
    )
    assert collect(dc.read(path))["c-1"].to_list() == [0, 2, 4, 6, 7, 8, 9]
    assert dc.profile(path).rows == 7


def _base85(raw: bytes) -> str:
    marks = string.digits + string.ascii_lowercase + string.ascii_uppercase
    marks += ".-:+=^!/*?&<>()[]{}@%$#"
    words = (int.from_bytes(raw[at : at + 4]) for at in range(0, len(raw), 4))
    return "".join(marks[word // 85**place % 85] for word in words for place in range(4, -1, -1))


def test_delta_features_that_nobody_knows(tmp_path: Path) -> None:
    features = {"readerFeatures": ["new"], "writerFeatures": ["new"]}
    path = _delta_by_hand(tmp_path / "t", minReaderVersion=3, **features)
    with pytest.raises(dc.SourceError, match="'new' is not supported"):
        dc.read(path)


@both
def test_a_file_that_the_log_names_is_gone(lake: Path) -> None:
    for path in lake.rglob("*.parquet"):
        path.unlink()
    with pytest.raises(dc.SourceError, match=r"(?i)no such file"):
        dc.check(lake)


def test_an_iceberg_table_as_it_was(iceberg: Path) -> None:
    states = sorted((iceberg / "metadata").glob("*.metadata.json"))
    rows = [dc.read(state).collect().height for state in states]
    assert (rows[0], rows[1], rows[-1]) == (0, 10, 8)
    assert open_source(states[1]).kind == "iceberg"


def test_a_log_that_is_broken(delta: Path) -> None:
    for log in (delta / "_delta_log").iterdir():
        log.write_text("{")
    with pytest.raises(dc.SourceError):
        dc.check(delta)


def test_a_commit_that_was_cut_to_nothing_is_not_passed_over(delta: Path) -> None:
    (delta / "_delta_log" / f"{1:020}.json").write_bytes(b"")
    with pytest.raises(dc.SourceError, match=r"nothing in 0*1\.json"):
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
