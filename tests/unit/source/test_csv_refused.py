"""Every broken CSV is one clear error that says where."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest
import zstandard

import datacheck as dc
from datacheck.source import at_once, batches_of, copies, open_source

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {
    "short row": (b"a,b,c\n1,2,3\n4,5\n", "ragged", "2 cells on line 3"),
    "long row": (b"a,b\n1,2\n3,4,5\n", "ragged", "3 cells on line 3"),
    "a backslash before quotes": (b'a,b\n1,"x \\"y\\", z"\n', "backslash", "3 cells on line 2"),
    "backslashes in all rows": (b"a,b\n" + b'1,"x \\"y\\" 3, ok"\n' * 9, "backslash", "line 2"),
    "a second header led by a mark": (
        b"id,x,n\n" + b"1,2,q\n" * 9 + b"\xef\xbb\xbfid,x,n\n3,4,r\n",
        "repeats its header",
        "line 11",
    ),
    "short row after quoted newlines": (b'a,b\n"x\ny\nz",1\n2\n', "ragged", "1 cell on line 5"),
    "spaces alone": (b"a,b\n  \n1,2\n", "ragged", "1 cell on line 2"),
    "last row short, no newline": (b"a,b\n1,2\n3", "ragged", "1 cell on line 3"),
    "blank line": (b"a,b\n1,2\n\n3,4\n", "blank line", "line 3"),
    "blank line, CRLF": (b"a,b\r\n\r\n3,4\r\n", "blank line", "line 2"),
    "Latin-1": (b"a,b\n1,caf\xe9\n", "not UTF-8", "byte 0xE9 on line 2"),
    "Latin-1 header": (b"a,caf\xe9\n1,2\n", "not UTF-8", "byte 0xE9 on line 1"),
    "cut in a character": (b"a,b\n1,caf\xc3", "not UTF-8", "line 2"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "not what its name says", "UTF-16"),
    "UTF-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), "not text", "NUL byte on line 1"),
    "UTF-16 of accents": ("a,b\né,2\n".encode("utf-16-le"), "not text", "NUL byte on line 1"),
    "duplicate names": (b"a,b,a\n1,2,3\n", "two columns of one name", "'a' 2 times"),
    "empty name": (b"a,,c\n1,2,3\n", "without a name", "column 2"),
    "blank name": (b"a, \n1,2\n", "without a name", "column 2"),
    "empty": (b"", "empty", "0 bytes"),
    "only a mark": (b"\xef\xbb\xbf", "empty", "no header"),
    "only blank lines": (b"\n\r\n\n", "empty", "no header"),
    "stray quote": (b'a,b\n1,5" pipe\n', "stray quote", "line 2"),
    "text after a quote": (b'a,b\n1,"x"y\n', "stray quote", "line 2"),
    "text before a quote": (b'a,b\n1, "x"\n', "stray quote", "line 2"),
    "open quote": (b'a,b\n1,2\n3,"x\n5,6\n', "never closes", "line 3"),
    "open quote in the header": (b'a,"b\n1,2\n', "never closes", "line 1"),
    "returns alone, last cells quoted": (b'a,b\n1,"2"\r3,"4"\r', "carriage return", "line 2"),
    "a return in a cell": (b"a,b\n1,x\ry\n", "carriage return", "line 2"),
    "semicolons": (b"a;b;c\n1;2;3\n", "otherwise", "'a;b;c'"),
    "tabs": (b"a\tb\n1\t2\n", "otherwise", "'a\\tb'"),
    "spaces": (b"a b\n1 2.5\n3 4\n", "otherwise", "'a b', of 2 words"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "not what its name says", "gzip"),
    "zstd": (zstandard.compress(b"a,b\n1,2\n"), "not what its name says", "zstd"),
    "HTML": (b"<!DOCTYPE html>\n<html>", "not what its name says", "HTML"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_named_with_its_place(tmp_path: Path, name: str) -> None:
    raw, what, got = BROKEN[name]
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError) as caught:
        open_source(path)
    error = caught.value
    assert what in error.what
    assert str(path) in error.what
    assert got in error.got
    assert error.expected or error.todo


@pytest.mark.parametrize("raw", [b"first name\n1.5\n", b"first name\nAnn Lee\n", b"first name\n"])
def test_a_name_of_two_words_may_head_one_column(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    assert open_source(path).frame.collect_schema().names() == ["first name"]


@pytest.mark.parametrize(
    ("name", "raw", "todo"),
    [
        ("x.csv", b"# a title\na,b\n1,2\n", "if line 1 is a comment or a title, delete it"),
        ("x.csv", b'"A, b"\n\na,b\n1,2\n', "if line 1 is a comment or a title, delete it"),
        ("x.csv", b"; a title\na,b\n1,2\n", "if line 1 is a comment or a title, delete it"),
        ("x.csv", b"% a title\na,b\n1,2\n", "if line 1 is a comment or a title, delete it"),
        ("x.csv", b";a;b\n0;1,5;2,5\n1;3,5;4,5\n", "or pass --separator ';'"),
        ("x.csv", b"a\tb\n1\t2\n", "name it .tsv, rewrite the file, or pass --separator"),
        ("x.db", b"SQLite format 3\x00", "x.db and a query; or read"),
        ("x.json", b'{"a": {"b": [1]}}', "one object for each row"),
        ("x.csv", b"a;b\n1;2\n", "--separator ';' (in Python separator=';')"),
        ("x.csv", b"a,b\n1,caf\xe9\n", "--encoding 'cp1252'"),
    ],
)
def test_what_to_do_is_said_of_common_cases(
    tmp_path: Path, name: str, raw: bytes, todo: str
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError) as caught:
        open_source(path)
    assert todo in caught.value.todo


def test_a_fault_far_into_the_file_is_found_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [f"{i},text {i}" for i in range(300_000)]
    rows[250_000] = "1,2,3"
    path.write_text("a,b\n" + "\n".join(rows))
    with pytest.raises(dc.SourceError, match="3 cells on line 250002"):
        open_source(path)


def parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(out)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("x.csv", "a,b\n1,2\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(parquet(), "parquet"), (zipped(), "zip"), (b"SQLite format 3\0" + bytes(99), "SQLite")],
)
def test_a_csv_that_is_something_else(tmp_path: Path, raw: bytes, kind: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError, match=rf"got: {kind}"):
        open_source(path)


@pytest.mark.parametrize(("end", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)])
def test_a_compressed_file_that_is_cut_or_is_not_compressed(
    tmp_path: Path, end: str, pack: object
) -> None:
    assert callable(pack)
    path = tmp_path / f"x.csv.{end}"
    whole = pack("".join(f"{i},{i * 7919 % 1013}\n" for i in range(50_000)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(dc.SourceError, match="cannot read"):
        open_source(path)
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(dc.SourceError, match="got: text content"):
        open_source(path)


def test_a_broken_checksum_is_seen(tmp_path: Path) -> None:
    raw = bytearray(gzip.compress(b"a,b\n1,2\n"))
    raw[-6] ^= 1
    path = tmp_path / "x.csv.gz"
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError, match="cannot read"):
        open_source(path)


def test_a_table_that_is_held_is_the_file_as_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    source = open_source(path)
    path.write_text("a,b\nx,2\n1,2\n")
    assert source.frame.collect().to_dicts() == [{"a": 1, "b": 2}]
    with pytest.raises(dc.SourceError, match="changed"):
        source.must_be_whole(1)


def test_a_file_that_vanishes_or_changes_later_is_a_source_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "MOST", 0)
    monkeypatch.setattr(copies, "stored", lambda *_: None)  # as on a full disk
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    source = open_source(path)
    path.write_text("a,b\nx,2\n")
    with pytest.raises(dc.SourceError, match="cannot read"):
        list(batches_of(source.frame, source.name))
    path.unlink()
    with pytest.raises(dc.SourceError, match="cannot read"):
        list(batches_of(source.frame, source.name))


@pytest.mark.parametrize("name", ["n" * 140_000, '"' + "n" * 140_000 + '"'])
def test_an_endless_name_is_called_that(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{name},b\n1,2\n")
    with pytest.raises(dc.SourceError, match="endless name in its header"):
        open_source(path)
