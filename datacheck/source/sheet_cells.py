"""The cells of a sheet: their types, and what stands among its rows that is no row.

What a sheet's own text says and its cells do not: a reader sees empty cells in either place.

Formulas whose values were never stored, and merged cells, whose value stands in the first alone.
And rows that nobody sees, which are read as any other.

The rows at the top of a sheet: which of them names the columns, and what the others are.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, NamedTuple
from xml.etree import ElementTree as ET

import polars as pl

from datacheck.columns import bare, repeated
from datacheck.errors import SourceError
from datacheck.limits import EXACT_INTEGERS
from datacheck.report import Finding
from datacheck.source.first_rows import filled, is_number, named_twice
from datacheck.source.notes import empty_rows, name_leading, of_first_rows, serial_dates
from datacheck.source.options import ReadOptions, give
from datacheck.source.summary_rows import no_observations

Rows = list[tuple[str | None, ...]]


#: Rows that show what is usual in a sheet.
_SAMPLE = 100
#: The day from which Excel counts, as it shows those after February 1900, and its last one.
_EPOCH, _LAST = dt.date(1899, 12, 30), 2_958_465
#: The days on which readers put a time of day, which Excel stores as a part of one.
_NO_DAYS = [_EPOCH, dt.date(1899, 12, 31)]
_MOMENT = r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d+)?)?$"


def settle(typed: pl.Series, text: pl.Series) -> pl.Series:
    """Keep the typed column only if each cell that holds text could be read so."""
    if typed.dtype == pl.String:
        return text
    if typed.dtype.is_numeric():
        agrees = text.cast(pl.Float64, strict=False)
    elif typed.dtype == pl.Boolean:
        agrees = text.filter(text.is_in(["true", "false"]))
    else:
        agrees = typed
    whole = typed.len() - typed.null_count() == text.len() - text.null_count()
    kept = agrees.len() - agrees.null_count() == text.len() - text.null_count()
    if not (whole and kept):
        return text
    if typed.dtype == pl.Float64 and _integral(typed):
        return typed.cast(pl.Int64)
    if typed.dtype == pl.Datetime and _of_no_day(typed):
        return typed.dt.time()
    return typed


def _integral(numbers: pl.Series) -> bool:
    """Excel holds every number as a double; whole ones below 2^53 were typed as integers."""
    known = numbers.drop_nulls()
    return bool(known.len() and ((known == known.round()) & (known.abs() <= EXACT_INTEGERS)).all())


def _of_no_day(moments: pl.Series) -> bool:
    known = moments.drop_nulls()
    return bool(known.len() and known.dt.date().is_in(_NO_DAYS).all())


def row_notes(text: pl.DataFrame) -> list[Finding]:
    """The notes on rows without a cell, and on a last row that is a total or a note."""
    if text.height < 3 or text.width < 1:  # noqa: PLR2004
        return []
    cells = text.fill_null("")
    sample, last = cells[: min(_SAMPLE, text.height - 1)].rows(), cells.row(-1, named=True)
    told = no_observations(cells.lazy(), text.height, sample, last, text.columns)
    return [*_empty_rows(cells), *told]


def _empty_rows(cells: pl.DataFrame) -> list[Finding]:
    if cells.width < 2:  # noqa: PLR2004  # a missing cell of a table of one column
        return []
    blank = cells.select(pl.all_horizontal(pl.all().str.strip_chars() == "")).to_series()
    filled = (~blank).arg_true()
    rows = blank.head((filled[-1] if len(filled) else -1) + 1).arg_true().to_list()
    return [empty_rows(rows)] if rows else []


def date_notes(frame: pl.DataFrame) -> Iterator[Finding]:
    """A note on each column of text that holds dates and the numbers that Excel stores for them."""
    for column in frame:
        if column.dtype != pl.String:
            continue
        cells = bare(column)
        known = cells.drop_nulls()
        numbers = cells.cast(pl.Float64, strict=False)
        serial = (numbers.is_between(1, _LAST)).fill_null(value=False)
        dates = int(known.str.contains(_MOMENT).sum())
        if not dates or not serial.any() or dates + int(serial.sum()) < known.len():
            continue
        rows = serial.arg_true().to_list()
        first = numbers[rows[0]]
        example = (str(cells[rows[0]]), str(_EPOCH + dt.timedelta(days=int(first))))
        yield serial_dates(column.name, rows, [cells[row] for row in rows], example)


_RANGE = re.compile(r"[A-Z]{1,3}([0-9]{1,7}):[A-Z]{1,3}[0-9]{1,7}")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TARGETS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Unseen(NamedTuple):
    """Cells of a sheet, such as `B2`, and ranges of them, such as `A2:A4`."""

    #: Cells that hold a formula and no value. Programs that write workbooks without computing
    #: them (openpyxl, xlsxwriter) leave them so.
    formulas: tuple[str, ...] = ()
    #: Ranges of cells that are one.
    merged: tuple[str, ...] = ()
    #: Rows with cells that are hidden, counted from 1.
    hidden: tuple[int, ...] = ()

    def below(self, row: int) -> list[str]:
        """The merged ranges that begin below a row, counted from 1."""
        found = [(each, _RANGE.fullmatch(each)) for each in self.merged]
        return [each for each, match in found if match and int(match[1]) > row]


def unseen(path: str, sheet: str) -> Unseen:
    """What is not to be seen in the cells of a sheet of xlsx."""
    try:
        with zipfile.ZipFile(path) as book, book.open(_part_of(book, sheet)) as part:
            return _unseen(part)
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return Unseen()  # xls, xlsb, or a layout of its own


def _part_of(book: zipfile.ZipFile, sheet: str) -> str:
    # expat refuses entities that expand without bound.
    sheets = ET.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")  # noqa: S314
    link = next(each.attrib[_LINK] for each in sheets if each.attrib["name"] == sheet)
    relations = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {each.attrib["Id"]: each.attrib["Target"] for each in relations.iter(_TARGETS)}
    return posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")


def _unseen(part: IO[bytes]) -> Unseen:
    formulas, merged, hidden = [], [], []
    held = False
    for _, element in ET.iterparse(part):  # noqa: S314
        if element.tag == f"{_MAIN}mergeCell":
            merged.append(element.attrib.get("ref", ""))
        if element.tag == f"{_MAIN}row":
            if held and element.attrib.get("hidden") in ("1", "true"):
                hidden.append(int(element.attrib.get("r", 0)))
            held = False
        if element.tag != f"{_MAIN}c":
            continue
        if element.find(f"{_MAIN}f") is not None and not element.findtext(f"{_MAIN}v"):
            formulas.append(element.attrib.get("r", "?"))
        held = held or len(element) > 0
        element.clear()
    ranges = tuple(each for each in merged if _RANGE.fullmatch(each))
    return Unseen(tuple(formulas), ranges, tuple(hidden))


def read_header(
    path: str, sheet: str, top: Rows, options: ReadOptions
) -> tuple[list[str], int, list[Finding]]:
    """The columns' names, how many rows stand before the first of the table, and what to tell."""
    at = next((n for n, row in enumerate(top) if filled(row)), None)
    if at is None:
        raise SourceError(
            f"{path} has an empty first sheet" if not options.sheet else f"{sheet!r} is empty",
            got="no cell",
            expected="a row with the names of the columns, then rows",
            todo="move the table to the first sheet, export it as CSV, or give "
            + give("sheet", "NAME"),
        )
    skipped = options.skip_rows + at
    if not options.header:
        return [f"column_{n}" for n in range(1, len(top[at]) + 1)], skipped, []
    names = [cell or "" for cell in top[at]]
    below = [[cell or "" for cell in row] for row in top[at + 1 :]]
    _must_be_no_title(path, top, at, options)
    notes = name_leading(names)
    _must_name_each_once(path, names, below, skipped)
    if first := of_first_rows(names, below):
        notes.append(first)
    return names, skipped + 1, notes


def _must_be_no_title(path: str, top: Rows, at: int, options: ReadOptions) -> None:
    """One filled cell above rows of several is a title."""
    later = [n for n, row in enumerate(top[at + 1 :], at + 1) if filled(row) > 1]
    if filled(top[at]) != 1 or not (top[at][0] or "").strip() or not later:
        return
    if any(is_number(cell or "") for cell in top[later[0]]):
        return
    last = options.skip_rows + later[0]
    raise SourceError(
        f"{path} has a title above its table, and no header that names each column once",
        got=f"{top[at][0]!r} in row {options.skip_rows + at + 1}, no name for column 2",
        expected="the table's header in the first row",
        todo=f"delete titles and notes above the table, or give {give('skip_rows', last)}",
    )


def _must_name_each_once(path: str, names: list[str], below: list[list[str]], skipped: int) -> None:
    empty = [n for n, name in enumerate(names) if not name.strip()]
    twice = repeated(names)
    if not empty and not twice:
        return
    row, letters = skipped + 1, ", ".join(map(letter, empty))
    unnamed = f"no name in row {row} for column{'s' * (len(empty) > 1)} {letters}"
    expected = f"a name for each column in row {row}, each once"
    todo = f"name the columns in row {row}"
    if any(map(is_number, names)) and not named_twice(below):
        todo = f"if row {row} is no header but a row, give {give('header', False)}; else {todo}"  # noqa: FBT003
    elif named_twice(below):
        todo = (
            f"rows {row} and {row + 1} both name the columns, merged cells among them: unmerge "
            "them and join both into one row (in pandas, before to_excel: df.columns = "
            "['_'.join(map(str, c)) for c in df.columns]), or give "
            f"{give('skip_rows', row)} where row {row + 1} names each column once"
        )
    elif gap := [n for n in empty if not any(cells[n].strip() for cells in below)]:
        held = ", ".join(map(letter, gap))
        todo = (
            f"column{'s' * (len(gap) > 1)} {held} hold{'s' * (len(gap) == 1)} nothing: what "
            "stands on the right of it is another table or a note; move it to a sheet of its own"
        )
    raise SourceError(
        f"{path} has a header that does not name each column once",
        got=unnamed if empty else f"{twice[0]!r} more than once in row {row}",
        expected=expected,
        todo=todo,
    )


def letter(column: int) -> str:
    """A column's place as Excel writes it.

    >>> letter(0), letter(25), letter(26), letter(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    text = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(ord("A") + digit) + text
    return text
