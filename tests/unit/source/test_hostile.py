"""Files that weigh little and would become much: refused before they are read."""

from __future__ import annotations

import gzip
import re
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path


def corner(path: Path, cell: str) -> None:
    """A workbook with one more cell, somewhere."""
    plain = path.with_name("plain.xlsx")
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_excel(plain)
    row = "".join(letter for letter in cell if letter.isdigit())
    more = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    with zipfile.ZipFile(plain) as book, zipfile.ZipFile(path, "w") as out:
        for name in book.namelist():
            raw = book.read(name)
            if name.endswith("sheet1.xml"):
                raw = raw.replace(b"</sheetData>", more)
            out.writestr(name, raw)


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1000000", "AAA99999"])
def test_a_cell_in_a_far_corner(tmp_path: Path, cell: str) -> None:
    corner(tmp_path / "x.xlsx", cell)
    with pytest.raises(dc.SourceError, match="lie far apart"):
        dc.check(tmp_path / "x.xlsx")


def test_a_cell_that_is_near_enough(tmp_path: Path) -> None:
    corner(tmp_path / "x.xlsx", "B9000")
    assert dc.profile(tmp_path / "x.xlsx").rows == 8999


@pytest.mark.parametrize("harm", ["no sheets", "a part is missing", "zeros"])
def test_a_workbook_with_parts_missing(tmp_path: Path, harm: str) -> None:
    plain, path = tmp_path / "plain.xlsx", tmp_path / "x.xlsx"
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_excel(plain)
    with zipfile.ZipFile(plain) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for name, raw in parts.items():
        broken = {
            "no sheets": re.sub(rb"<sheets>.*</sheets>", b"<sheets></sheets>", raw),
            "a part is missing": None,
            "zeros": bytes(len(raw)),
        }[harm]
        if broken == raw:
            continue
        with zipfile.ZipFile(path, "w") as out:
            for each, kept in (parts | {name: broken}).items():
                if kept is not None:
                    out.writestr(each, kept)
        try:
            assert dc.profile(path).rows == 2
        except dc.SourceError as error:
            assert error.what.startswith((f"cannot read {path}", f"{path} ha"))  # noqa: PT017


def test_lines_without_a_common_key(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_text("".join(f'{{"k{n}": 1}}\n' for n in range(8000)))
    with pytest.raises(dc.SourceError, match=r"8,000 different keys in 8,000 lines, about 1"):
        dc.check(path)
    path.write_text("".join(f'{{"k{n % 50}": 1, "x": 2}}\n' for n in range(8000)))
    assert dc.profile(path).rows == 8000


def test_json_that_is_nested_too_deeply(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_text('{"a": 1}\n{"a": ' + "[" * 5000 + "]" * 5000 + "}\n")
    with pytest.raises(dc.SourceError, match=r"5,001 lists and objects(.|\n)*line 2"):
        dc.check(path)


def test_brackets_in_text_or_side_by_side_are_no_levels(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    cells = ['"' + "[{" * 300 + '\\\\"', "[" + ",".join(["[1]"] * 300) + "]", "[" * 200 + "]" * 200]
    for cell in cells:
        path.write_text(f'{{"a": {cell}}}\n' * 3)
        assert dc.read(path).collect().height == 3


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_that_a_small_file_unfolds_to(tmp_path: Path, quoted: bool) -> None:
    path = tmp_path / "x.csv.gz"
    mark = b'"' if quoted else b""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a,b\n" + mark)
        for _ in range(40):
            file.write(b"x" * 2**20)
        file.write(mark + b",1\n")
    with pytest.raises(dc.SourceError, match=r"a row of more than(.|\n)*line 2"):
        dc.check(path)
