"""The rows at the top of a sheet: which of them names the columns, and what the others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacheck.columns import repeated
from datacheck.errors import SourceError
from datacheck.source.first_rows import filled, is_number, named_twice
from datacheck.source.notes import name_leading, of_first_rows
from datacheck.source.options import give

if TYPE_CHECKING:
    from datacheck.report import Finding
    from datacheck.source.options import ReadOptions

    Rows = list[tuple[str | None, ...]]


def read_header(
    path: str, sheet: str, top: Rows, options: ReadOptions
) -> tuple[list[str], int, list[Finding]]:
    """The columns' names, how many rows stand before the first of the table, and what to tell.

    A `SourceError` says what stands there where no row of the sheet names each column once.
    """
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
