"""Rows that all have other cells than the header: for one reason, which the message names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.errors import SourceError
from datacheck.source.first_rows import no_cell, whole_numbers
from datacheck.source.options import give

if TYPE_CHECKING:
    Rows = list[list[str]]

#: What some programs put around cells, and what closes it.
_QUOTES = {"'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019", "\u00ab": "\u00bb"}


def must_fit(path: str, separator: str, cells: list[str], sample: Rows, before: int) -> None:
    """Refuse rows that have more cells than the header where that has a reason of its own.

    Parameters
    ----------
    cells
        The header's.
    sample
        The first rows.
    before
        Lines before the header.

    Raises
    ------
    SourceError
        With the reason; rows that fit otherwise are left to the pass over the whole file.
    """
    _must_double_quotes(path, cells, sample, before)
    _must_be_quoted(path, cells, sample, before)
    _must_have_points(path, separator, cells, sample, before)
    _must_be_named(path, cells, sample, before)


def _must_double_quotes(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """Rows with too many cells: a quote inside one is led by a backslash, as MySQL writes it."""
    for at, row in enumerate(sample):
        if len(row) > len(cells) and any(cell.endswith('"') and "\\" in cell for cell in row):
            raise SourceError(
                f"{path} has a ragged row: a quote inside a cell is led by a backslash",
                got=f"{len(row)} cells on line {before + 2 + at}",
                expected=f'{len(cells)}, as in the header, and "" for a quote inside a cell',
                todo='double such quotes: sed \'s/\\\\"/""/g\' IN > OUT',
            )


def _must_be_quoted(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """Rows with too many cells, between marks that are quotes to people alone."""
    for at, row in enumerate(sample):
        if len(row) <= len(cells):
            continue
        opened = [(n, _QUOTES[c[0]]) for n, c in enumerate(row) if c[:1] in _QUOTES]
        if any(cell.endswith(close) for n, close in opened for cell in row[n + 1 :]):
            mark = next(cell[0] for cell in row if cell[:1] in _QUOTES)
            raise SourceError(
                f'{path} has a ragged row: its cells are quoted by {mark} and not by "',
                got=f"{len(row)} cells on line {before + 2 + at}",
                expected=f"{len(cells)}, as in the header",
                todo='put a cell that holds the separator in double quotes: "a, b"',
            )


def _must_have_points(
    path: str, separator: str, cells: list[str], sample: Rows, before: int
) -> None:
    """Rows of whole numbers, twice as many as there are columns, are numbers with commas."""
    width = len(cells)
    rows = [row for row in sample if row]
    counted = [row[0] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    if separator != "," or not rows or (width == 1 and counted):
        return
    if all(len(row) == 2 * width and whole_numbers(row) for row in rows):
        raise SourceError(
            f"{path} has a ragged row: its numbers seem to have decimal commas",
            got=f"{2 * width} cells on line {before + 2} and after it",
            expected=f"{width}, as in the header",
            todo="separate the cells by semicolons and give "
            f"{give('separator', ';')} and {give('decimal', ',')}, or put the numbers in quotes",
        )


def _must_be_named(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """Rows that all have one cell more than the header have it for one reason."""
    rows = [row for row in sample if row]
    if not rows or any(len(row) != len(cells) + 1 for row in rows):
        return
    got = f"{len(cells) + 1} cells on line {before + 2} and after it"
    if no_cell(rows, -1):
        raise SourceError(
            f"{path} has a ragged row: each ends with a separator that the header lacks",
            got=got,
            expected=f"{len(cells)}, as in the header",
            todo="end the header with a separator too, or take them off the rows",
        )
    if len(rows) > 1:
        raise SourceError(
            f"{path} has a ragged row: each has one cell more than the header",
            got=got,
            expected=f"{len(cells)}, as in the header",
            todo="if the first column holds row names (R's write.table leaves them without a "
            f"heading), begin line {before + 1} with a separator; if line {before + 1} is a "
            "comment or a title, delete it; if a cell holds the separator, put it in quotes",
        )
