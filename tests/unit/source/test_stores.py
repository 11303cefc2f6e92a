"""Object stores and web addresses, tried on a server of moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import datacheck as dc
from datacheck.source import collect, open_source
from tests.support.bucket import TABLE, served

if TYPE_CHECKING:
    from collections.abc import Iterator


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
