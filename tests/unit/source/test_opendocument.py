"""Spreadsheets of OpenDocument (.ods), as LibreOffice, Google and pandas write them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import polars as pl
import pytest
import xlsxwriter

import datacheck as dc

if TYPE_CHECKING:
    from pathlib import Path

_EMPTY = '<table:table-cell table:number-columns-repeated="16384"/>'


def cell(value: object, times: int = 1) -> str:
    """A cell as the format writes it, and how often it stands beside itself."""
    again = f'table:number-columns-repeated="{times}"'
    if value is None:
        return f"<table:table-cell {again}/>"
    kind = "string" if isinstance(value, str) else "float"
    held = "" if isinstance(value, str) else f'office:value="{value}"'
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}" {held} {again}>{text}</table:table-cell>'


def row(*cells: str, times: int = 1) -> str:
    inside = "".join(cells)
    return f'<table:table-row table:number-rows-repeated="{times}">{inside}</table:table-row>'


def write(path: Path, **sheets: list[str]) -> Path:
    """A spreadsheet of sheets, each a list of rows."""
    names = ("office:1.0", "table:1.0", "text:1.0")
    spaces = " ".join(
        f'xmlns:{name.partition(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"'
        for name in names
    )
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(rows)}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", content)
    return path


HEADING = row(cell("city"), cell("x"), cell("n"))
ROWS = [
    HEADING,
    row(cell("Lyon"), cell(1.5), cell(1)),
    row(cell(""), cell(""), cell(2)),  # empty text: how pandas writes a missing cell
    row(cell(None), cell(2.25), cell(3)),
    row(cell("Paris"), cell(2.5), cell(4), times=2),
    row(_EMPTY, times=1_048_571),  # what LibreOffice writes below a table
]


def test_is_read_as_a_workbook_of_excel_is(tmp_path: Path) -> None:
    table = dc.read(write(tmp_path / "t.ods", Sheet1=ROWS)).collect()
    assert table.rows() == [
        ("Lyon", 1.5, 1),
        (None, None, 2),
        (None, 2.25, 3),
        ("Paris", 2.5, 4),
        ("Paris", 2.5, 4),
    ]
    assert table.dtypes == [pl.String, pl.Float64, pl.Int64]


def test_the_sheet_that_holds_the_table_is_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "t.ods", Cover=[row(cell("a note"))], Data=ROWS)
    assert "source.sheet" in {found.code for found in dc.check(path).findings}
    assert dc.read(path, sheet="Data").collect().height == 5


@pytest.mark.parametrize(
    "rows",
    [
        [row(cell(1, 16_384), times=1_048_575)],
        [row(_EMPTY, times=1_048_574), row(cell(None, 16_383), cell(1))],
    ],
    ids=["repeated", "corner"],
)
def test_a_small_file_of_billions_of_cells_is_refused(tmp_path: Path, rows: list[str]) -> None:
    with pytest.raises(dc.DatacheckError, match="lie far apart"):
        dc.read(write(tmp_path / "t.ods", Sheet1=[HEADING, *rows]))


@pytest.mark.parametrize(
    "rows",
    [
        [row(cell("x").replace(">x<", '><text:s text:c="2000000000"/>x<'))],
        [row(cell("x" * 2000), times=1_000_000)],
        [row(cell("x" * 70_000, 16_000), cell("y"))],
    ],
    ids=["blanks", "rows", "columns"],
)
def test_a_small_file_of_gigabytes_of_text_is_refused(tmp_path: Path, rows: list[str]) -> None:
    with pytest.raises(dc.DatacheckError, match="more text than a workbook can"):
        dc.read(write(tmp_path / "t.ods", Sheet1=[HEADING, *rows]))


def test_names_count_as_the_reader_takes_them(tmp_path: Path) -> None:
    """The reader knows prefixes and no namespaces: another one must not hide what is repeated."""
    path = write(tmp_path / "t.ods", Sheet1=[HEADING, row(cell(1, 16_384), times=1_048_575)])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, raw in parts.items():
            book.writestr(name, raw.replace(b"xmlns:table:1.0", b"xmlns:chair:1.0"))
    with pytest.raises(dc.DatacheckError, match="lie far apart"):
        dc.read(path)


def test_the_reader_says_nothing_past_the_report(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of columns of two types, of empty ones, of more columns than a sheet has."""
    mixed = [row(cell("a"), cell("b"), cell("c")), row(cell("x"), cell(None), cell(1.5))]
    wide = row(cell("y"), cell(None), cell("z"), cell(None, 2**16), cell(None))
    dc.check(write(tmp_path / "t.ods", Sheet1=[*mixed, wide]))
    assert not caplog.records


def test_what_is_no_xml_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.ods", Sheet1=["<table:table-row>"])
    with pytest.raises(dc.DatacheckError, match=r"t\.ods"):
        dc.read(path)


def test_an_empty_text_is_an_empty_cell_in_any_workbook(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "t.xlsx")
    sheet = book.add_worksheet()
    sheet.write_column(0, 0, ["x", 1.5])
    sheet.write_formula(2, 0, '=""', value="")
    sheet.write_column(3, 0, [2, 3])
    book.close()
    assert dc.read(tmp_path / "t.xlsx").collect()["x"].to_list() == [1.5, None, 2.0, 3.0]
