"""What a sheet's own text says and its cells do not: a reader sees empty cells in either place.

Formulas whose values were never stored, and merged cells, whose value stands in the first alone.
And rows that nobody sees, which are read as any other.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from typing import IO

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
