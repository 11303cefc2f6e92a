"""What reading found and took as people mean it, as findings that `check` tells first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datacheck.report.finding import LISTED, Finding
from datacheck.source.first_rows import free_name, headless_by, index_name_in, units_in
from datacheck.source.options import give
from datacheck.text import agree, plural

_SHOWN = 5


def _note(code: str, message: str, remedy: str, **fields: Any) -> Finding:
    return Finding(
        **{"code": code, "severity": "info", "message": message, "remedy": remedy} | fields
    )


def _warning(code: str, message: str, remedy: str, **fields: Any) -> Finding:
    return _note(code, message, remedy, severity="warning", **fields)


def index_named(name: str) -> Finding:
    """A first column without a name, or one of several."""
    return _note(
        "source.index",
        f"A column without a name stands first and is read as {name!r}: pandas and R write their "
        "index so, a column for each level.",
        "Leave it out where it says nothing: df.to_csv(index=False), write.csv(row.names=FALSE).",
        column=name,
    )


def laid_out(layout: str, *, guessed: bool = False) -> Finding:
    """A JSON document that is no array of rows; `guessed` where no key or cell told the columns."""
    guess = " Rows and columns are told apart by their numbers alone." if guessed else ""
    todo = (
        "See that the columns are the columns: else write" if guessed else "Nothing is to be done;"
    )
    return _note(
        "source.layout",
        f"The document is no array of rows; its table is laid out otherwise: {layout}.{guess}",
        f"{todo} in pandas orient='records' writes a row as an object.",
        evidence={"layout": layout} | ({"guessed": True} if guessed else {}),
    )


def separator_hint(mark: str) -> Finding:
    """Excel's `sep=;` on the first line."""
    return _note(
        "source.separator",
        f"Line 1 is a hint to Excel, sep={mark}: it is passed over, and cells are parted by it.",
        "Nothing is to be done.",
        evidence={"separator": mark},
    )


def trailing_separator(count: int = 1) -> Finding:
    """Separators behind the last cell of each line."""
    return _note(
        "source.trailing_separator",
        "Each line ends with a separator: the empty column behind it is left out."
        if count == 1
        else f"Each line ends with {count} separators: the empty columns behind them are left out.",
        "Nothing is to be done; a writer that puts separators between cells alone is better.",
    )


def spaces_taken_off(names: Sequence[str]) -> Finding:
    """A space after each separator."""
    return _note(
        "source.spaces",
        "A space follows each separator: it is taken off the names and the cells "
        f"({', '.join(repr(name) for name in names[1 : 1 + _SHOWN])}).",
        "Nothing is to be done; other readers keep such spaces (pandas: skipinitialspace=True).",
        evidence={"names": list(names)},
    )


def spaces_left(rows: int) -> Finding:
    """A space after each separator of a few rows, that may be the cells' own."""
    return _warning(
        "source.spaces",
        f"A space follows each separator in all of the {rows} rows; it is read as a part of the "
        "cells, which are text for it.",
        "If it is no part of them, take it off: sed 's/, */,/g' IN > OUT where no cell is quoted.",
    )


def of_first_rows(names: Sequence[str], rows: list[list[str]]) -> Finding | None:
    """What is told of a first line, and of the first of the rows below it."""
    if headless_by(names, rows):
        return _headless(names)
    if units := units_in(rows):
        return _second_header(units)
    name = index_name_in(rows)
    return _index_name_row(name) if name else None


def name_leading(names: list[str]) -> list[Finding]:
    """Give the first columns that have no name one, in place; what is told of them."""
    leading = next((at for at, name in enumerate(names) if name.strip()), 0)
    for at in range(leading):
        names[at] = free_name("index", names)
    return [index_named(name) for name in names[:leading]]


def _headless(names: Sequence[str]) -> Finding:
    """A first line that looks like a row."""
    shown = ", ".join(names[:_SHOWN])
    return _warning(
        "source.header",
        f"The first line looks like a row and not like names of columns: {shown}.",
        f"If it is a row, give {give('header', False)}.",  # noqa: FBT003
        evidence={"names": list(names)},
    )


def _second_header(words: Sequence[str]) -> Finding:
    """A row of units, or a second header."""
    shown = ", ".join(map(repr, words[:_SHOWN]))
    return _warning(
        "source.second_header",
        f"The first row holds words where all rows below it hold numbers: {shown}. "
        "Their columns are read as text for it.",
        "If these are units or a second header, delete the row and say it in the names.",
        evidence={"words": list(words)},
    )


def _index_name_row(name: str) -> Finding:
    """A row that holds an index's name alone."""
    return _warning(
        "source.second_header",
        f"The first row holds {name!r} and no other cell: pandas writes the name of an index so, "
        "below the name of its columns. It is read as a row.",
        "Delete the row and write the name above its column: in pandas, before it is written, "
        "df.rename_axis(columns=None).",
        evidence={"words": [name]},
    )


def footer_row(row: int, cell: str) -> Finding:
    """A last row that is no row but a note or a total."""
    return _warning(
        "source.footer",
        f"The last row holds one cell alone, {cell!r}, which is none of its column's kind: "
        "a note or a total, and no observation.",
        "Delete the row.",
        count=1,
        rows=(row,),
        values=(cell,),
    )


def empty_rows(rows: Sequence[int]) -> Finding:
    """Rows of a sheet without a cell, with others below."""
    return _warning(
        "source.empty_rows",
        f"{agree(len(rows), 'row', 'between others holds', 'between others hold')} nothing. Below "
        "an empty row there often stands a second table, a note or a total.",
        "Delete them, and what stands below where it is no row of the table.",
        count=len(rows),
        rows=tuple(rows[:LISTED]),
    )


def empty_at_end(rows: Sequence[int]) -> Finding:
    """Rows of separators alone at the end of a text, as spreadsheets leave them."""
    one = len(rows) == 1
    return _warning(
        "source.empty_rows",
        f"The last {'row holds' if one else f'{len(rows):,} rows hold'} nothing but "
        "separators: a spreadsheet leaves such lines where cells were emptied.",
        "Delete them.",
        count=len(rows),
        rows=tuple(rows[:LISTED]),
    )


def serial_dates(
    column: str, rows: Sequence[int], values: Sequence[str], example: tuple[str, str]
) -> Finding:
    """Numbers among the dates of a sheet's column."""
    return _warning(
        "source.serial_dates",
        f"Numbers stand among its dates, so that it is read as text. Excel counts days: "
        f"{example[0]} is {example[1]} where it means a date.",
        "Format all cells of the column as dates in the workbook.",
        count=len(rows),
        rows=tuple(rows[:LISTED]),
        values=tuple(values[:LISTED]),
        evidence={"example": list(example)},
        column=column,
    )


def total_row(row: int, columns: Sequence[str]) -> Finding:
    """A last row that sums the others up."""
    return _warning(
        "source.total",
        "The last row is the sum of those above it, in "
        f"{', '.join(map(repr, columns[:_SHOWN]))}: a total, and no observation.",
        "Delete the row.",
        count=1,
        rows=(row,),
        evidence={"columns": list(columns)},
    )


def named_rows(
    rows: Sequence[int], words: Sequence[str], naming: str, columns: Sequence[str]
) -> Finding:
    """Rows that name statistics of the rows above them, and hold them."""
    one = len(rows) == 1
    return _warning(
        "source.total",
        f"{len(rows):,} {'row is' if one else 'rows are'} named in {naming!r} as "
        f"{', '.join(words)} of rows above {'it' if one else 'them'}, and "
        f"{'holds' if one else 'hold'} just that in {', '.join(map(repr, columns[:_SHOWN]))}: "
        f"{'a statistic, and no observation' if one else 'statistics, and no observations'}.",
        f"Delete the {'row' if one else 'rows'}.",
        count=len(rows),
        rows=tuple(rows[:LISTED]),
        evidence={"columns": list(columns), "named_in": naming, "statistics": list(words)},
    )


def sheet_chosen(name: str, others: Sequence[str]) -> Finding:
    """A workbook of several sheets."""
    return _note(
        "source.sheet",
        f"The table is read from the sheet {name!r}; the workbook also has "
        f"{', '.join(map(repr, others[:_SHOWN]))}.",
        f"Another is read with {give('sheet', others[0])}.",
        evidence={"sheet": name, "others": list(others)},
    )


def merged_cells(ranges: Sequence[str]) -> Finding:
    """Cells among the rows that are one."""
    shown = ", ".join(ranges[:_SHOWN])
    return _warning(
        "source.merged",
        f"Cells among the rows are merged, in {plural(len(ranges), 'range')}: {shown}. "
        "The value is read in the first cell, and the others as missing.",
        "Unmerge them in the workbook, and write the value into each cell that it is for.",
        count=len(ranges),
        evidence={"ranges": list(ranges[:LISTED])},
    )


def hidden_rows(rows: Sequence[int]) -> Finding:
    """Rows of a sheet that are hidden, by hand or by a filter."""
    shown = ", ".join(map(str, rows[:_SHOWN]))
    return _note(
        "source.hidden_rows",
        f"{len(rows):,} of the sheet's rows {'is' if len(rows) == 1 else 'are'} hidden, by hand or "
        f"by a filter, and read as any other: {shown}{', ...' * (len(rows) > _SHOWN)}.",
        "If they are not to be read, delete them in the workbook, or copy what is seen into a "
        "sheet of its own.",
        count=len(rows),
        evidence={"rows": list(rows[:LISTED])},
    )


def unstored_formulas(count: int, cells: Sequence[str]) -> Finding:
    """Formulas whose values the workbook does not hold."""
    return _note(
        "source.formulas",
        f"{agree(count, 'formula', 'has', 'have')} no stored value "
        f"and {'is' if count == 1 else 'are'} read as missing: {', '.join(cells[:_SHOWN])}.",
        "Open the workbook in Excel or LibreOffice and save it: that stores the values.",
        count=count,
        evidence={"cells": list(cells)},
        severity="error",
    )
