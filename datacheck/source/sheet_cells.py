"""The cells of a sheet: their types, and what stands among its rows that is no row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from datacheck.columns import bare
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.notes import empty_rows, serial_dates
from datacheck.source.text_ends import no_observations

if TYPE_CHECKING:
    from collections.abc import Iterator

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
