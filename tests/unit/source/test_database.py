"""Real databases: an SQLite file and a PostgreSQL server."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import MissingExtraError
from datacheck.source import collect, open_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop #1.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (i INTEGER, x REAL, s TEXT, late, mixed, big, b BLOB)")
        rows: list[tuple[Any, ...]] = [
            (i, i / 7, f"é{i}", None, i, 2**53 + 1, b"\x00\xff") for i in range(120_000)
        ]
        rows[-1] = (None, None, None, "n/a", 0.1 + 0.2, 0.5, None)
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    return path


def test_sqlite_decides_types_from_every_cell(database: Path) -> None:
    source = open_source(f"sqlite:///{database}", query="SELECT * FROM t ORDER BY rowid")
    frame = collect(source.frame)
    assert frame.dtypes == [
        pl.Int64(),
        pl.Float64(),
        pl.String(),
        pl.String(),
        pl.Float64(),
        pl.String(),
        pl.Binary(),
    ]
    assert frame.row(7) == (7, 1.0, "é7", None, 7.0, "9007199254740993", b"\x00\xff")
    assert frame.row(-1) == (None, None, None, "n/a", 0.1 + 0.2, "0.5", None)
    assert (source.kind, source.text) == ("database", False)


def test_sqlite_addresses(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(database.parent)
    for uri in ("sqlite:///shop%20%231.db", f"sqlite:///{database}", f"sqlite://{database}"):
        frame = collect(dc.read(uri, query="SELECT count(*) AS n FROM t"))
        assert frame.item() == 120_000


def test_sqlite_without_rows(database: Path) -> None:
    frame = collect(dc.read(f"sqlite:///{database}", query="SELECT i, s FROM t WHERE i < 0"))
    assert (frame.columns, frame.height) == (["i", "s"], 0)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        (None, "no query"),
        ("  ", "no query"),
        ("SELECT nope FROM t", "no such column: nope"),
        ("SELEC 1", "syntax error"),
        ("SELECT i, i FROM t", "two columns of one name"),
        ("DELETE FROM t", "readonly"),
        ("SELECT 1; SELECT 2", "one statement"),
    ],
)
def test_sqlite_queries_that_fail(database: Path, query: str | None, what: str) -> None:
    with pytest.raises(dc.SourceError, match=what):
        open_source(f"sqlite:///{database}", query=query)


def test_sqlite_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(dc.SourceError, match="does not exist"):
        open_source(f"sqlite:///{tmp_path}/no.db", query="SELECT 1")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.db").write_text("a,b\n" * 500)
    with pytest.raises(dc.SourceError, match="not a database"):
        open_source(f"sqlite:///{tmp_path}/x.db", query="SELECT * FROM t")


def test_postgresql(server: str) -> None:
    with adbc.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (i int, x float8, s text, n numeric(10, 2), d date, b bool)")
        cursor.execute(
            "INSERT INTO t VALUES (1, 0.5, 'é', 1.25, '2024-02-29', true), "
            "(2, 'NaN', null, 'NaN', null, null), (null, null, '', null, null, false)"
        )
        connection.commit()
    source = open_source(server, query="SELECT * FROM t")
    frame = collect(source.frame)
    assert frame["i"].to_list() == [1, 2, None]
    assert frame["x"].is_nan().to_list() == [False, True, None]
    assert frame["s"].to_list() == ["é", None, ""]
    assert frame.schema["n"] == pl.Float64
    assert frame["n"][0] == 1.25
    assert frame["n"].is_nan().to_list() == [False, True, None]
    assert frame["d"].to_list() == [dt.date(2024, 2, 29), None, None]
    assert frame["b"].to_list() == [True, None, False]
    assert collect(dc.read(server, query="SELECT i FROM t WHERE false")).height == 0


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT nope", "nope"),
        ("SELECT 1 AS a, 2 AS a", "two columns of one name"),
        ("CREATE TABLE made (a int)", "read-only"),
    ],
)
def test_postgresql_queries_that_fail(server: str, query: str, what: str) -> None:
    with pytest.raises(dc.SourceError, match=what):
        open_source(server, query=query)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:s3cret%2Fpw@localhost:1/shop",
        "postgresql://ann:s3cret/pw@localhost:1/shop",
        "postgresql://ann@localhost:1/shop?password=s3cret%2Fpw",
        "postgres://ann:s3cret/pw@[::1]:1/shop?sslmode=disable&connect_timeout=1",
        "mysql://ann:s3cret/pw@localhost/shop",
        "postgresql://ann:s3cret/pw@bad host:xx/shop",
    ],
)
@pytest.mark.parametrize("query", ["SELECT 1", None])
def test_no_message_holds_a_password(uri: str, query: str | None) -> None:
    with pytest.raises(dc.SourceError) as caught:
        open_source(uri, query=query)
    shown = str(caught.value) + repr(caught.value.__cause__)
    assert "s3cret" not in shown
    assert "/pw" not in shown


def test_names_hold_no_secrets(server: str) -> None:
    secret = server + "&password=s3cret"
    source = open_source(secret, query="SELECT 1 AS a")
    assert "s3cret" not in repr(source) + source.name
    with pytest.raises(dc.SourceError) as caught:
        open_source(secret, query="SELECT 's3cret' AS a, nope")
    assert "s3cret" not in str(caught.value)


def test_addresses_that_are_not_read() -> None:
    for uri in ("mysql://host/x", "ftp://example.org/x.csv", "file:///x.csv"):
        with pytest.raises(dc.SourceError, match=r"does not read(.|\n)*s3://"):
            open_source(uri)


def test_a_missing_driver_names_the_extra(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(MissingExtraError, match=r"datacheck-ml\[db\]"):
        open_source(server, query="SELECT 1")


def test_opaque_types_of_postgresql_are_text_or_bytes(server: str) -> None:
    frame = collect(dc.read(server, query="SELECT '10.0.0.1'::inet AS a, 1::numeric AS n"))
    assert frame.dtypes[0] in (pl.String(), pl.Binary())
    assert frame["n"].to_list() == [1.0]
