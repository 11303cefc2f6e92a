"""Formulas in a workbook whose values were never stored: a reader sees empty cells there."""

from __future__ import annotations

import posixpath
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from typing import IO

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TARGETS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def formulas_without_values(path: str, sheet: str) -> list[str]:
    """The cells, such as `B2`, of a sheet that hold a formula and no value.

    Programs that write workbooks without computing them (openpyxl, xlsxwriter) leave them so. A
    workbook in another format than xlsx has none to be seen here.
    """
    try:
        with zipfile.ZipFile(path) as book, book.open(_part_of(book, sheet)) as part:
            return _unstored(part)
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return []  # xls, xlsb, or a layout of its own


def _part_of(book: zipfile.ZipFile, sheet: str) -> str:
    # expat refuses entities that expand without bound.
    sheets = ET.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")  # noqa: S314
    link = next(each.attrib[_LINK] for each in sheets if each.attrib["name"] == sheet)
    relations = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {each.attrib["Id"]: each.attrib["Target"] for each in relations.iter(_TARGETS)}
    return posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")


def _unstored(part: IO[bytes]) -> list[str]:
    found = []
    for _, element in ET.iterparse(part):  # noqa: S314
        if element.tag != f"{_MAIN}c":
            continue
        if element.find(f"{_MAIN}f") is not None and not element.findtext(f"{_MAIN}v"):
            found.append(element.attrib.get("r", "?"))
        element.clear()
    return found
