"""What the first lines of a table say of themselves: names or values, units, spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

Rows = list[list[str]]

#: A unit in brackets, such as `[cm]` or `(%)`; a number in them is one below zero.
_UNIT = re.compile(r"\s*[\[(]\s*[^\W\d_][^\])]*[\])]\s*|\s*[\[(]\s*[%\u00b0\u00b5][^\])]*[\])]\s*")

#: Years that name columns.
_FIRST, _LAST = 1500, 2200

#: Rows that show that a space after each separator is no cell's own; fewer are told of.
_SEEN = 10


def filled(row: Sequence[str | None]) -> int:
    """How many cells of a row hold anything."""
    return sum(bool(cell and cell.strip()) for cell in row)


def is_spaced(cells: list[str], sample: Rows) -> bool:
    """Whether a space follows each separator, in the header or in all rows."""
    if len(cells) < 2:  # noqa: PLR2004
        return False
    if all(name[:1] == " " and name.strip() for name in cells[1:]):
        return True
    return len(sample) >= _SEEN and cells_spaced(sample)


def cells_spaced(sample: Rows) -> bool:
    """Whether each cell but a row's first begins with a space."""
    rows = [row[1:] for row in sample if row]
    spaced = all(cell[:1] == " " for row in rows for cell in row if cell)
    return spaced and all(map(filled, rows)) and len(rows) > 1


def free_name(name: str, taken: Sequence[str]) -> str:
    """The name, or the first of `name_1`, `name_2` ... that is not taken.

    >>> free_name("index", ["index", "x"])
    'index_1'
    """
    if name not in taken:
        return name
    return next(f"{name}_{n}" for n in range(1, len(taken) + 2) if f"{name}_{n}" not in taken)


def no_cell(rows: Rows, column: int) -> bool:
    """Whether a column has nothing but empty cells."""
    return not any(row[column].strip() for row in rows if row)


def headless_by(cells: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the header is of one kind with the rows: numbers where they have numbers.

    Whole numbers that rise from column to column are names (days, weights) unless those of each row
    do too, and years and counts from 0 are in any case; a name that stands in its own column again
    is a value. Of a line alone, other numbers are no names.
    """
    if not sample:
        return all(map(is_number, cells)) and not _rise(cells)
    wide = (row for row in sample if len(row) == len(cells))
    rows = [row for row in wide if [row[0].lstrip("\ufeff"), *row[1:]] != list(cells)]
    numbers = [n for n, name in enumerate(cells) if is_number(name)]
    below = [n for n in range(len(cells)) if _holds_numbers(rows, n)]
    if not rows or not set(below) <= set(numbers):
        return False  # a word above numbers is a name
    repeated = [
        n
        for n, name in enumerate(cells)
        if n not in numbers and any(row[n] == name for row in rows)
    ]
    rising = _rise([cells[n] for n in numbers])
    if rising and not _surely_name([cells[n] for n in numbers]):
        rising = not all(_rise([row[n] for n in numbers]) for row in rows)
    return bool(repeated) or bool(set(numbers) & set(below) and not rising)


def _rise(cells: Sequence[str]) -> bool:
    """Whether these are whole numbers, two or more, each larger than the one before."""
    whole = len(cells) > 1 and all(cell.isascii() and cell.isdigit() for cell in cells)
    return whole and all(int(a) < int(b) for a, b in pairwise(cells))


def _surely_name(rising: Sequence[str]) -> bool:
    """Whether rising numbers are years, or the counts that pandas gives columns without names."""
    counts = [str(n) for n in range(len(rising))]
    return list(rising) == counts or all(_FIRST <= int(name) <= _LAST for name in rising)


def units_in(sample: Rows) -> list[str]:
    """The words of the first rows above columns of numbers: units, or a title and author."""
    rows = [row for row in sample if row]
    return next((words for n in range(1, _HEADS + 1) if (words := _words_above(rows, n))), [])


#: Rows that may stand between a first line and the table.
_HEADS = 3


def _words_above(rows: Rows, heads: int) -> list[str]:
    """The last of some rows' words, where each of the rows holds words above the same numbers."""
    if len(rows) <= heads:
        return []
    below = [n for n in range(len(rows[0])) if _holds_numbers(rows[heads:], n)]
    words = [[row[n] for n in below if n < len(row)] for row in rows[:heads]]
    if all(_several_words(each) for each in words):
        return words[-1]
    units = [word for word in words[0] if word.strip()]
    return units if heads == 1 and units and all(map(_UNIT.fullmatch, units)) else []


def _several_words(cells: Sequence[str]) -> bool:
    """Whether all cells are words, more than one and not all the same."""
    odd = [cell for cell in cells if cell.strip() and not is_number(cell)]
    return len(odd) == len(cells) > 1 and len(set(cells)) > 1


def index_name_in(sample: Rows) -> str:
    """The word that stands alone in the first row, as pandas writes the name of an index."""
    rows = [row for row in sample if row]
    if len(rows) < 2 or filled(rows[0]) != 1 or not rows[0][0].strip():  # noqa: PLR2004
        return ""
    several = len(rows[0]) > 2 or _holds_numbers(rows[1:], 0)  # noqa: PLR2004
    beside = any(_holds_numbers(rows[1:], n) for n in range(1, len(rows[0])))
    alone = any(filled(row) == 1 for row in rows[1:])
    return rows[0][0] if several and beside and not alone and not is_number(rows[0][0]) else ""


def names_below(sample: Rows) -> bool:
    """Whether the first row holds words, and a column of numbers stands below one of them."""
    rows = [row for row in sample if row]
    words = [n for n, cell in enumerate(rows[0]) if not is_number(cell)] if rows else []
    return any(rows[0][n].strip() and _holds_numbers(rows[1:], n) for n in words)


def named_twice(sample: Rows) -> bool:
    """Whether the first row names columns too, with the name of an index below it or not."""
    return names_below(sample) or bool(index_name_in([row for row in sample if row][1:]))


def whole_numbers(row: Sequence[str]) -> bool:
    """Whether each cell is a whole number, as where numbers were parted at their commas."""
    return all(cell.strip().removeprefix("-").isdecimal() for cell in row)


def _holds_numbers(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if len(row) > column and row[column].strip()]
    return bool(cells) and all(map(is_number, cells))


def is_number(cell: str) -> bool:
    """Whether a cell spells a number as programs do."""
    try:
        float(cell.replace("_", "x"))
    except ValueError:
        return False
    return True
