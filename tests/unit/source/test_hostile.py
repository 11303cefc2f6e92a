"""Files that weigh little and would become much: refused before they are read."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pytest

import datacheck as dc
from datacheck.limits import DEEPEST_CELL

if TYPE_CHECKING:
    from collections.abc import Callable
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


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1000000", "AAA99999", "A" + "9" * 20])
def test_a_cell_in_a_far_corner(tmp_path: Path, cell: str) -> None:
    corner(tmp_path / "x.xlsx", cell)
    with pytest.raises(dc.SourceError, match="lie far apart"):
        dc.check(tmp_path / "x.xlsx")


CELL = b'<row r="9"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def changed(tmp_path: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """A small workbook with its parts changed, or moved."""
    plain, path = tmp_path / "plain.xlsx", tmp_path / "x.xlsx"
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_excel(plain)
    with (
        zipfile.ZipFile(plain) as book,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in book.namelist():
            out.writestr(*change(name, book.read(name)))
    return path


def with_cell(raw: bytes, cell: bytes = CELL) -> bytes:
    return raw.replace(b"</sheetData>", cell)


@pytest.mark.parametrize(
    "cell",
    [
        CELL.replace(b'"', b"'"),
        CELL.replace(b"r=", b"r = "),
        CELL.replace(b"XFD", b"xfd"),
        CELL.replace(b"<c ", b"<c\n\t"),
        CELL.replace(b"<c ", b'<c s=">" '),
        CELL.replace(b"<c ", b"<c " + b" " * 9000),
    ],
    ids=["quotes", "blanks", "small letters", "lines", "a bracket", "far in its tag"],
)
def test_a_far_cell_is_found_however_it_is_spelled(tmp_path: Path, cell: bytes) -> None:
    """The reader takes each of these for the cell in the corner."""
    path = changed(tmp_path, lambda name, raw: (name, with_cell(raw, cell)))
    with pytest.raises(dc.SourceError, match="lie far apart"):
        dc.check(path)


def test_a_far_cell_is_found_under_a_prefix_and_in_any_part(tmp_path: Path) -> None:
    def prefixed(name: str, raw: bytes) -> tuple[str, bytes]:
        if name != SHEET:
            return name, raw
        tags = re.sub(rb"<(/?)(worksheet|sheetData|row|c|v)\b", rb"<\1q:\2", with_cell(raw))
        return name, tags.replace(b'xmlns="', b'xmlns:q="')

    def moved(name: str, raw: bytes) -> tuple[str, bytes]:
        if name == SHEET:
            return "xl/elsewhere.bin", with_cell(raw)
        return name, raw.replace(b"worksheets/sheet1.xml", b"elsewhere.bin")

    for change in (prefixed, moved):
        with pytest.raises(dc.SourceError, match="lie far apart"):
            dc.check(changed(tmp_path, change))


def rows_of(cell: bytes, count: int) -> bytes:
    rows = (b'<row r="%d">%s</row>' % (at, cell % at) for at in range(4, 4 + count))
    return b"".join(rows) + b"</sheetData>"


SHARED = b'<c r="B%d" t="s"><v>2</v></c>'


@pytest.mark.parametrize("harm", ["counted", "repeated", "long", "long inline"])
def test_texts_that_would_fill_the_memory(tmp_path: Path, harm: str) -> None:
    def change(name: str, raw: bytes) -> tuple[str, bytes]:
        long = b"x" * {"repeated": 2**17, "counted": 1}.get(harm, 2**25 + 1)
        if name == TEXTS and harm == "counted":
            raw = re.sub(rb"uniqueCount=.\d+.", b"uniqueCount='1099511627776'", raw)
        elif name == TEXTS and harm != "long inline":
            raw = raw.replace(b"<t>x</t>", b"<t>" + long + b"</t>")
        elif name == SHEET and harm == "repeated":
            raw = with_cell(raw, rows_of(SHARED, 9000))
        elif name == SHEET and harm == "long inline":
            inline = b'<c r="B%d" t="inlineStr"><is><t>' + long + b"</t></is></c>"
            raw = with_cell(raw, rows_of(inline, 1))
        return name, raw

    with pytest.raises(dc.SourceError, match="more text than a workbook can"):
        dc.check(changed(tmp_path, change))


def test_long_texts_of_few_cells_among_many_others_are_read(tmp_path: Path) -> None:
    def change(name: str, raw: bytes) -> tuple[str, bytes]:
        if name == TEXTS:
            raw = raw.replace(b"<t>y</t>", b"<t>" + b"y" * 2**17 + b"</t>")
        return name, with_cell(raw, rows_of(SHARED, 9000)) if name == SHEET else raw

    assert dc.read(changed(tmp_path, change)).collect().height == 9002


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


def nested(levels: int, kind: str) -> Any:
    """A cell of lists or of objects within each other."""
    cell: Any = 1.5
    for _ in range(levels):
        cell = [cell] if kind == "list" else {"a": cell}
    return cell


@pytest.mark.parametrize("kind", ["list", "object"])
@pytest.mark.parametrize("levels", [DEEPEST_CELL - 4, DEEPEST_CELL, 3 * DEEPEST_CELL, 5000])
def test_cells_of_many_levels_are_read_or_told_wherever_they_come_from(
    tmp_path: Path, levels: int, kind: str
) -> None:
    cell = nested(levels, kind)
    tables: list[Any] = [[{"x": cell, "y": 1}], {"x": [cell], "y": [1]}]
    if levels < 500:  # Python writes no more
        (tmp_path / "x.json").write_text(json.dumps(tables[0]))
        (tmp_path / "x.ndjson").write_text(json.dumps(tables[0][0]))
        frame = pl.DataFrame({"x": pl.Series(pa.array([cell])), "y": [1]})
        frame.write_parquet(tmp_path / "x.parquet")
        tables += [tmp_path / "x.json", tmp_path / "x.ndjson", tmp_path / "x.parquet", frame]
        tables.append(frame.lazy())
    for table in tables:
        deep = levels >= DEEPEST_CELL
        try:
            told = {found.code for found in dc.check(table).findings if found.column == "x"}
            assert told == ({"type.unreadable"} if deep else set()), table
        except dc.SourceError as error:
            assert deep and "nested too deeply" in str(error), table  # noqa: PT017, PT018


def test_brackets_in_text_or_side_by_side_are_no_levels(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    cells = ['"' + "[{" * 300 + '\\\\"', "[" + ",".join(["[1]"] * 300) + "]", "[" * 60 + "]" * 60]
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


def one_key_each(count: int) -> dict[str, str]:
    """Files of objects that each have a key of their own, by the end of their names."""
    plain = [{f"k{at}": 1} for at in range(count)]
    return {
        "long.ndjson": "\n".join(json.dumps({"k" * 230 + key: 1}) for row in plain for key in row),
        "nested.ndjson": "\n".join(json.dumps({"a": [row]}) for row in plain),
        "rows.json": json.dumps(plain),
        "nested.json": json.dumps([{"a": row} for row in plain], indent=1),
        "index.json": json.dumps({f"r{at}": row for at, row in enumerate(plain)}),
    }


@pytest.mark.parametrize("name", sorted(one_key_each(1)))
def test_objects_without_a_common_key(tmp_path: Path, name: str) -> None:
    """A file of 100 kB became 20 million cells, or ended the process."""
    (tmp_path / name).write_text(one_key_each(4500)[name])
    with pytest.raises(dc.SourceError, match="hardly a key in common"):
        dc.check(tmp_path / name)
    (tmp_path / name).write_text(one_key_each(100)[name])
    assert dc.read(tmp_path / name).collect().height == 100


def test_columns_whose_cells_are_named_by_their_rows_are_read(tmp_path: Path) -> None:
    """How pandas writes a table: its rows are keys, and each column has them all."""
    column = {str(at): at for at in range(3000)}
    (tmp_path / "x.json").write_text(json.dumps(dict.fromkeys(["a", "b", "c"], column)))
    assert dc.read(tmp_path / "x.json").collect().height == 3000
