"""Excel workbooks: the first sheet, its first row as the header, types from every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.errors import MissingExtraError, SourceError
from datacheck.source.collecting import reason
from datacheck.source.delimited import differ
from datacheck.source.sniff import must_be

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Excel's error values, by the reader's names for them. `#N/A` is missing by Excel's own meaning.
_ERRORS = {
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}


def open_excel(paths: Sequence[str]) -> pl.LazyFrame:
    """Read workbooks into memory.

    A column is numbers, booleans or dates only if every cell is; else it is text, and a number in
    it stands as it would be typed. `#N/A` is null; any other error value stays, as text.

    Raises
    ------
    MissingExtraError
        fastexcel is not installed.
    SourceError
        A file is broken or its columns are.
    """
    frames = [_read(path) for path in paths]
    first = frames[0]
    for path, frame in zip(paths[1:], frames[1:], strict=True):
        differ(paths[0], first.columns, path, frame.columns)
    if len(frames) == 1:
        return first.lazy()
    return pl.concat(_same_types(frames)).lazy()


def _read(path: str) -> pl.DataFrame:
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError("excel", "Reading Excel files") from error
    must_be(path, "excel", "Excel")
    try:
        book = fastexcel.read_excel(path)
        names = _header(path, book)
        text, broken = _with_errors(_load(book, names, dtypes="string"))
        # The reader gives up on a column with such a word, unless its type is settled.
        settled = dict.fromkeys(broken, "string") or None
        typed = pl.DataFrame(_load(book, names, schema_sample_rows=None, dtypes=settled))
    except (fastexcel.FastExcelError, OSError) as error:
        raise SourceError(
            f"cannot read {path}",
            got=reason(error),
            expected="an Excel workbook without a password",
            todo="open it in Excel and save it again, or export the sheet as CSV",
        ) from error
    return pl.DataFrame([_settle(typed[name], text[name]) for name in names])


def _load(book: Any, names: Sequence[str], **options: Any) -> Any:
    """The first sheet below its header."""
    return book.load_sheet(0, header_row=None, skip_rows=1, column_names=list(names), **options)


def _with_errors(sheet: Any) -> tuple[pl.DataFrame, set[str]]:
    """The sheet as text, in which `#DIV/0!` is that word and no silent null, and its columns."""
    batch, errors = sheet.to_arrow_with_errors()
    frame = pl.DataFrame(batch)
    broken = set()
    for error in errors.errors if errors else ():
        row, column = error.offset_position
        for name, word in _ERRORS.items():
            if f"({name})" in error.detail:
                frame[row, column] = word
                broken.add(frame.columns[column])
    return frame, broken


def _header(path: str, book: Any) -> list[str]:
    import fastexcel

    try:
        row = pl.DataFrame(book.load_sheet(0, header_row=None, n_rows=1, dtypes="string"))
    except fastexcel.FastExcelError:
        row = pl.DataFrame()
    names = [cell or "" for cell in row.row(0)] if row.height else []
    if not names:
        raise SourceError(
            f"{path} has an empty first sheet",
            got="no cell",
            expected="a row with the names of the columns, then rows",
            todo="move the table to the first sheet, or export it as CSV",
        )
    empty = [position for position, name in enumerate(names, 1) if not name.strip()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if empty or twice:
        raise SourceError(
            f"{path} has a header that does not name each column once",
            got=f"no name for column {empty[0]}" if empty else f"{twice[0]!r} more than once",
            expected="the table's header in the first row, each name once",
            todo="name the columns, and delete titles and notes above the table",
        )
    return names


def _settle(typed: pl.Series, text: pl.Series) -> pl.Series:
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
    return typed


def _integral(numbers: pl.Series) -> bool:
    """Excel holds every number as a double; whole ones below 2^53 were typed as integers."""
    known = numbers.drop_nulls()
    return bool(known.len() and ((known == known.round()) & (known.abs() <= 2.0**53)).all())


def _same_types(frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Integers beside numbers become numbers; anything else that differs becomes text."""
    order = frames[0].columns
    targets: dict[str, pl.DataType] = {}
    for name in order:
        dtypes = {frame[name].dtype for frame in frames}
        if len(dtypes) == 1:
            continue
        numeric = all(dtype.is_numeric() for dtype in dtypes)
        targets[name] = pl.Float64() if numeric else pl.String()
    return [frame.select(order).cast(pl.Schema(frame.schema | targets)) for frame in frames]
