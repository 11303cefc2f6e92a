"""A CSV column's type comes from every cell, and nothing is lost by it."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import zstandard

import datacheck as dc
from datacheck.source import batches_of, collect, open_source

if TYPE_CHECKING:
    from pathlib import Path

TEXT = pl.String()
DAY = dt.datetime(2024, 2, 29, 12, 30)  # noqa: DTZ001

COLUMNS: dict[str, tuple[list[str], pl.DataType, list[Any]]] = {
    "integers": (["1", "-2", ""], pl.Int64(), [1, -2, None]),
    "the largest integers": (
        ["9223372036854775807", "-9223372036854775808"],
        pl.Int64(),
        [2**63 - 1, -(2**63)],
    ),
    "numbers": (["1", "2.5", "1e3", ".5"], pl.Float64(), [1.0, 2.5, 1000.0, 0.5]),
    "minus zero": (["-0", "0"], pl.Float64(), [-0.0, 0.0]),
    "minus zero among integers": (["7"] * 3 + ["-0"], pl.Float64(), [7.0, 7.0, 7.0, -0.0]),
    "infinite": (["inf", "-Infinity", "1"], pl.Float64(), [float("inf"), float("-inf"), 1.0]),
    "quoted": (['"1"', '""', '"3"'], pl.Int64(), [1, None, 3]),
    "leading zeros": (["007", "12"], TEXT, ["007", "12"]),
    "leading zeros before a point": (["00.5", "1.5"], TEXT, ["00.5", "1.5"]),
    "leading plus": (["+49", "12"], TEXT, ["+49", "12"]),
    "spaces": ([" 12 ", "13"], TEXT, [" 12 ", "13"]),
    "a word among numbers": (["1.5", "n/a", ""], TEXT, ["1.5", "n/a", None]),
    "overflow": (["1e400", "1"], TEXT, ["1e400", "1"]),
    "beyond 64 bits": (["9223372036854775808"], TEXT, ["9223372036854775808"]),
    "an inexact integer": (["9007199254740993", "0.5"], TEXT, ["9007199254740993", "0.5"]),
    "an exact large integer": (["9007199254740992", "0.5"], pl.Float64(), [2.0**53, 0.5]),
    "truth": (["true", "False", "TRUE", ""], pl.Boolean(), [True, False, True, None]),
    "almost truth": (["true", "yes"], TEXT, ["true", "yes"]),
    "days": (["2024-02-29", ""], pl.Date(), [dt.date(2024, 2, 29), None]),
    "no such day": (["2024-02-29", "2023-02-29"], TEXT, ["2024-02-29", "2023-02-29"]),
    "other dates": (["29/02/2024"], TEXT, ["29/02/2024"]),
    "instants": (["2024-02-29T12:30:00", ""], pl.Datetime("us"), [DAY, None]),
    "instants with a space": (["2024-02-29 12:30:00.000"], pl.Datetime("us"), [DAY]),
    "instants in UTC": (
        ["2024-02-29T12:30:00Z"],
        pl.Datetime("us", "UTC"),
        [DAY.replace(tzinfo=dt.UTC)],
    ),
    "nanoseconds": (["2024-02-29T12:30:00.123456789"], TEXT, ["2024-02-29T12:30:00.123456789"]),
    "days and instants": (
        ["2024-02-29", "2024-02-29T12:30:00"],
        TEXT,
        ["2024-02-29", "2024-02-29T12:30:00"],
    ),
    "nothing": (["", ""], TEXT, [None, None]),
    "empty text": (['""', "x"], TEXT, ["", "x"]),
}


def write(path: Path, cells: list[str]) -> Path:
    path.write_text("a,b\n" + "".join(f"{cell},\n" for cell in cells))
    return path


@pytest.mark.parametrize("name", COLUMNS)
def test_the_type_and_the_values(tmp_path: Path, name: str) -> None:
    cells, dtype, values = COLUMNS[name]
    column = collect(dc.read(write(tmp_path / "x.csv", cells)))["a"]
    assert column.dtype == dtype
    assert column.to_list() == values
    assert [str(v) for v in column] == [str(v) for v in values]  # tells -0.0 from 0.0


def test_nan_is_a_number_and_not_null(tmp_path: Path) -> None:
    column = collect(dc.read(write(tmp_path / "x.csv", ["NaN", "nan", "", "1"])))["a"]
    assert column.is_nan().to_list() == [True, True, None, False]


@pytest.mark.parametrize(
    ("cells", "last", "dtype"),
    [
        ("1", "n/a", pl.String),
        ("1", "2.5", pl.Float64),
        ("", "2.5", pl.Float64),
        ("", "word", pl.String),
        ("1.5", "007", pl.String),
        ("9007199254740993", "0.5", pl.String),
        ("2024-01-01", "2024-13-01", pl.String),
        ("2024-01-01", "2024-01-01T00:00:00", pl.String),
    ],
)
def test_one_cell_at_the_very_end_counts(
    tmp_path: Path, cells: str, last: str, dtype: pl.DataType
) -> None:
    frame = collect(dc.read(write(tmp_path / "x.csv", [cells] * 20_000 + [last])))
    assert frame["a"].dtype == dtype
    if dtype == pl.String:
        assert frame["a"].to_list() == [cells or None] * 20_000 + [last]


def test_a_column_can_be_had_as_it_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('code,day,x\n1234,2024-02-29,1.50\n,2024-03-01,"2"\n')
    source = open_source(path)
    assert source.frame.collect_schema().dtypes() == [pl.Int64(), pl.Date(), pl.Float64()]
    text = source.with_text(["code", "x"])
    assert collect(text.frame).rows() == [
        ("1234", dt.date(2024, 2, 29), "1.50"),
        (None, dt.date(2024, 3, 1), "2"),
    ]
    assert (text.text, text.name) == (True, source.name)
    assert source.with_text([]) is source


@pytest.mark.parametrize(
    "raw",
    [
        b"a,b\n1,x\n2,y\n",
        b"a,b\r\n1,x\r\n2,y\r\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y",
        b'\xef\xbb\xbf"a","b"\n"1","x"\n"2","y"\n',
        b"\n\r\na,b\n1,x\n2,y\n\n\r\n\n",
    ],
)
def test_the_same_table_in_other_clothes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    assert collect(dc.read(path)).to_dict(as_series=False) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("raw", [b"a,b\n", b"a,b", b"a,b\r\n\r\n"])
def test_a_header_alone_is_an_empty_table(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    frame = collect(dc.read(path))
    assert (frame.columns, frame.height) == (["a", "b"], 0)
    assert list(batches_of(open_source(path).frame)) == []


def test_where_a_row_is_one_cell_a_blank_line_is_a_null(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n1\n\n3\n")
    assert collect(dc.read(path))["a"].to_list() == [1, None, 3]


def test_odd_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'"a ""b""","c\nd", e,"f,g",\xc3\xa9\n1,2,3,4,5\n')
    frame = collect(dc.read(path))
    assert frame.columns == ['a "b"', "c\nd", " e", "f,g", "é"]
    assert frame.row(0) == (1, 2, 3, 4, 5)


def test_compressed_files_in_several_members(tmp_path: Path) -> None:
    parts = (b"a,b\n1,x\n", b"2,y\n")
    (tmp_path / "x.csv.gz").write_bytes(b"".join(map(gzip.compress, parts)))
    (tmp_path / "x.csv.zst").write_bytes(b"".join(map(zstandard.compress, parts)))
    for end in ("gz", "zst"):
        assert collect(dc.read(tmp_path / f"x.csv.{end}")).rows() == [(1, "x"), (2, "y")]


def test_tabs(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n1\tx,y\n")
    source = open_source(path)
    assert (source.kind, source.text) == ("tsv", True)
    assert collect(source.frame).rows() == [(1, "x,y")]


def test_the_types_of_several_files_are_decided_together(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n\n")
    (tmp_path / "2.csv").write_text("b,a\nn/a,0.5\n")
    source = open_source(tmp_path)
    assert collect(source.frame).rows() == [(1.0, "2"), (0.5, "n/a")]
    assert collect(source.with_text(["a"]).frame).rows() == [("1", "2"), ("0.5", "n/a")]
    assert source.files == (str(tmp_path / "1.csv"), str(tmp_path / "2.csv"))
