"""Object stores and web addresses, tried on a server of moto's."""

from __future__ import annotations

import gzip
import io
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import boto3
import polars as pl
import pyarrow as pa
import pyarrow.fs
import pytest

import datacheck as dc
from datacheck.source import collect, open_source
from datacheck.source.stores import _system
from tests.support import google
from tests.support.bucket import TABLE, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CSV = b"a,b\n1,2\n"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The server's address for the web; for `s3://` the environment names it."""
    with served() as address:
        yield address


@pytest.mark.parametrize(
    "name", ["x.parquet", "parts/*.parquet", "parts/", "x.arrow", "x.csv", "x.csv.gz", "x.ndjson"]
)
def test_a_table_in_a_bucket(server: str, name: str) -> None:
    source = open_source(f"s3://tables/{name}")
    assert collect(source.frame).equals(TABLE)
    assert source.name == f"s3://tables/{name}"
    report = dc.check(f"s3://tables/{name}")
    assert report.source["rows"] == 5


@pytest.fixture(scope="module")
def at_google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with google.served(tmp_path_factory.mktemp("google")):
        yield


@pytest.mark.parametrize("scheme", ["gs", "gcs"])
@pytest.mark.parametrize(
    "name", ["x.parquet", "parts/*.parquet", "parts/", "x.arrow", "x.csv", "x.csv.gz", "x.ndjson"]
)
def test_a_table_in_a_bucket_of_googles(at_google: None, scheme: str, name: str) -> None:
    source = open_source(f"{scheme}://tables/{name}")
    assert collect(source.frame).equals(TABLE)
    assert source.name == f"{scheme}://tables/{name}"


@pytest.mark.parametrize("address", ["gs://tables/none.csv", "gs://nobody/x.csv", "gs://tables/n/"])
def test_what_google_does_not_have_is_refused(at_google: None, address: str) -> None:
    with pytest.raises(dc.SourceError, match=f"cannot read {address}"):
        dc.read(address)


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.csv.gz", "x.ndjson", "x.arrow"])
def test_a_table_behind_a_web_address(server: str, name: str) -> None:
    source = open_source(f"{server}/tables/{name}?signature=s3cret")
    assert collect(source.frame).equals(TABLE)
    assert "s3cret" not in source.name + repr(source)
    assert dc.profile(f"{server}/tables/{name}").rows == 5


@pytest.mark.parametrize(
    "address",
    [
        "s3://tables/none.parquet",
        "s3://tables/none.csv",
        "s3://nobucket/x.csv",
        "s3://tables/ragged.csv",
        "s3://tables/torn.parquet",
        "s3://tables/x.weird",
        "{server}/tables/none.parquet?token=s3cret",
        "{server}/tables/none.csv?token=s3cret",
        "http://127.0.0.1:1/x.csv?token=s3cret",
    ],
)
def test_what_a_store_refuses(server: str, address: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(dc.SourceError) as caught:
        dc.check(address.format(server=server))
    assert "s3cret" not in str(caught.value)
    assert "panicked" not in capfd.readouterr().err


def _put(server: str, **tables: pl.DataFrame | bytes) -> None:
    """Objects under `NAME.parquet`, or with `NAME` alone where they are bytes; `__` is a `/`."""
    client = boto3.client("s3", endpoint_url=server)
    for name, table in tables.items():
        key, raw = name.replace("__", "/"), io.BytesIO()
        if isinstance(table, bytes):
            raw.write(table)
        else:
            key += ".parquet"
            table.write_parquet(raw)
        client.put_object(Bucket="tables", Key=key, Body=raw.getvalue())


@pytest.fixture(scope="module")
def delta(server: str) -> str:
    import deltalake

    place = "s3://tables/lake/delta"
    options = {"AWS_S3_ALLOW_UNSAFE_RENAME": "true"}
    deltalake.write_deltalake(place, TABLE.to_arrow(), storage_options=options)
    deltalake.DeltaTable(place, storage_options=options).delete("id > 2")
    return place


@pytest.fixture(scope="module")
def iceberg(server: str) -> str:
    from pyiceberg.catalog.sql import SqlCatalog

    where = {"warehouse": "s3://tables/w", "s3.endpoint": server, "s3.region": "us-east-1"}
    keys = {"s3.access-key-id": "key", "s3.secret-access-key": "s3cret"}
    catalog = SqlCatalog("c", uri="sqlite:///:memory:", **where, **keys)
    catalog.create_namespace("n")
    rows = pa.table(TABLE.to_dict(as_series=False))
    table = catalog.create_table("n.iceberg", rows.schema)
    table.append(rows)
    table.delete("id > 2")
    catalog.close()
    return str(table.location())


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_table_with_a_log_is_read_by_it_and_never_as_loose_parquet(
    kind: str, request: pytest.FixtureRequest
) -> None:
    place: str = request.getfixturevalue(kind)
    for address in (place, place + "/"):
        assert open_source(address).kind == kind
        assert collect(dc.read(address)).sort("id").equals(TABLE.head(3))
        assert dc.check(address).source["rows"] == 3
    for loose in (
        ("/*.parquet", "/**/*.parquet") if kind == "delta" else ("/data/*.parquet", "/data")
    ):
        with pytest.raises(dc.SourceError, match="name that folder") as caught:
            dc.check(place + loose)
        assert f"expected: the folder {place}\n" in str(caught.value)


@pytest.mark.parametrize("end", ["", "/", "/*.parquet", "/**/*.parquet"])
def test_parts_in_a_bucket_that_differ_are_widened_and_told(server: str, end: str) -> None:
    first = pl.DataFrame({"q": [1, 2], "s": ["a", "b"]})
    other = pl.DataFrame({"s": [None, "c"], "q": [1.5, None]})
    _put(server, unlike__0=first, unlike__1=other, unlike___SUCCESS=b"")
    source = open_source(f"s3://tables/unlike{end}")
    assert collect(source.frame).rows() == [(1.0, "a"), (2.0, "b"), (1.5, None), (None, "c")]
    assert [note.code for note in source.notes] == ["source.widened"]


def test_parts_in_a_bucket_that_lack_a_column_are_refused_when_opened(server: str) -> None:
    _put(server, lack__0=pl.DataFrame({"q": [1], "s": ["a"]}), lack__1=pl.DataFrame({"q": [1]}))
    with pytest.raises(dc.SourceError, match=r"s3://tables/lack/1.parquet lacks \['s'\]"):
        dc.read("s3://tables/lack")


@pytest.mark.parametrize(
    "address", ["s3://tables/csvs", "s3a://tables/csvs/", "s3://tables/*/*.csv"]
)
def test_several_files_of_text_in_a_bucket_are_one_table(server: str, address: str) -> None:
    _put(server, **{"csvs__b 2.csv": CSV, "csvs__a.csv": b"a,b\n3,4\n"})
    assert collect(dc.read(address)).rows() == [(3, 4), (1, 2)]


def test_what_a_bucket_holds_beside_a_table_is_named(server: str) -> None:
    _put(server, mixed__a=TABLE, **{"mixed__b.csv": CSV, "odd__a.parquet": b"", "odd__b.xml": b""})
    with pytest.raises(dc.SourceError, match="files of several kinds"):
        dc.read("s3://tables/mixed")
    with pytest.raises(dc.SourceError, match="extension that datacheck does not know"):
        dc.read("s3://tables/odd")


class _Answers(BaseHTTPRequestHandler):
    """A server without ranges: `/gz...` is packed, `/short...` ends too early."""

    protocol_version = "HTTP/1.1"
    bodies: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        body = self.bodies[self.path.partition("?")[0]]
        self.send_response(200)
        if self.path.startswith("/gz"):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        short = self.path.startswith("/short")
        self.send_header("Content-Length", str(len(body) + 100 * short))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = short

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _web(**bodies: bytes) -> Iterator[str]:
    _Answers.bodies = {f"/{name}": body for name, body in bodies.items()}
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_web_servers_as_they_are() -> None:
    raw = io.BytesIO()
    TABLE.write_parquet(raw)
    parquet = raw.getvalue()
    bodies = {"gz.csv": CSV, "export": CSV, "x.parquet": parquet, "download": parquet}
    short = {"short.csv": CSV, "short.parquet": parquet}
    with _web(**bodies, **short, page=b"<!doctype html>") as address:
        for name in ("gz.csv", "export?format=csv"):
            assert collect(dc.read(f"{address}/{name}")).rows() == [(1, 2)]
        for name in ("x.parquet", "download"):
            assert collect(dc.read(f"{address}/{name}")).equals(TABLE)
        for name in short:
            with pytest.raises(dc.SourceError, match="100 bytes are missing"):
                dc.read(f"{address}/{name}")
        with pytest.raises(dc.SourceError, match="HTML page"):
            dc.read(f"{address}/page")


@pytest.mark.parametrize(
    ("address", "account"),
    [("az://c/t.csv", "mine"), ("abfss://c@theirs.dfs.core.windows.net/t.csv", "theirs")],
)
def test_an_azure_account_is_the_one_that_polars_reads(
    address: str, account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried by hand on Azurite: here Arrow's file system is a folder, which is told of whom."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c/t.csv").write_bytes(CSV)
    asked = []

    def azure(account: str, **said: str | None) -> pa.fs.FileSystem:
        asked.append((account, {key: value for key, value in said.items() if value}))
        return pa.fs.SubTreeFileSystem(str(tmp_path), pa.fs.LocalFileSystem())

    _system.cache_clear()
    monkeypatch.setattr("pyarrow.fs.AzureFileSystem", azure)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "mine")
    monkeypatch.setenv("AZURE_STORAGE_ACCESS_KEY", "a2V5")
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1:10000/mine")
    assert collect(dc.read(address)).rows() == [(1, 2)]
    at = {
        f"{part}_storage_{word}": said
        for part in ("blob", "dfs")
        for word, said in (("authority", "127.0.0.1:10000"), ("scheme", "http"))
    }
    assert asked == [(account, {"account_key": "a2V5"} | (at if account == "mine" else {}))]
    _system.cache_clear()


def test_without_an_azure_account_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(dc.SourceError, match="AZURE_STORAGE_ACCOUNT_NAME is not set"):
        dc.read("az://c/t.csv")


def test_what_arrow_says_of_missing_credentials_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Failing:
        @staticmethod
        def from_uri(_: str) -> None:
            raise pa.lib.ArrowException("Unknown error: no credential")

    monkeypatch.setattr("pyarrow.fs.FileSystem", Failing)
    with pytest.raises(dc.SourceError, match="cannot read gs://container") as caught:
        dc.read("gs://container/x.csv")
    assert "no credential" in str(caught.value.got)
