"""The cells of a sheet: their types, and what stands among its rows that is no row.

What a sheet's own text says and its cells do not: a reader sees empty cells in either place.

Formulas whose values were never stored, and merged cells, whose value stands in the first alone.
And rows that nobody sees, which are read as any other.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import polars as pl

from datacheck.columns import bare
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.notes import empty_rows, serial_dates
from datacheck.source.summary_rows import no_observations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from datacheck.report import Finding


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
    """What is not to be seen in a sheet's cells.

    A workbook in another format than xlsx has none to be seen here.
    """
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
