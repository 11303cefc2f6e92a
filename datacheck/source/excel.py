"""Excel workbooks: the sheet that holds the table, its header, types from every cell."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import polars as pl

from datacheck.columns import bare, col, cols, retyped
from datacheck.errors import MissingExtraError, SourceError, did_you_mean
from datacheck.report import Finding
from datacheck.source.celltypes import decide, value_of
from datacheck.source.collecting import reading, reason
from datacheck.source.delimited import must_have_columns
from datacheck.source.extent import must_have_extent
from datacheck.source.first_rows import filled, is_number
from datacheck.source.model import OpenedFiles
from datacheck.source.no_heading import must_not_repeat
from datacheck.source.notes import hidden_rows, merged_cells, sheet_chosen, unstored_formulas
from datacheck.source.options import ReadOptions, give
from datacheck.source.sheet_cells import date_notes, read_header, row_notes, settle, unseen
from datacheck.source.sniff import must_be

Rows = list[tuple[str | None, ...]]

#: Rows that are looked at to find the header, and to tell which sheet holds a table.
_TOP = 100

#: Who warns past the report: of columns without one type, which are settled here, and of extents.
_READERS = ("fastexcel", "calamine")

#: Excel's error values, by the reader's names for them. `#N/A` is missing by Excel's own meaning.
_ERRORS = {
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}


def open_excel(paths: Sequence[str], options: ReadOptions) -> OpenedFiles:
    """Read workbooks into memory; a column is of a type only if every cell is, else text."""
    read = []
    for path in paths:
        with reading(path):
            read.append(_read(path, options))
    frames = [frame for frame, _ in read]
    first = frames[0]
    for path, frame in zip(paths[1:], frames[1:], strict=True):
        must_have_columns(paths[0], first.columns, path, frame.columns)
    told = {(note.code, note.column): note for _, notes in read for note in notes}
    whole = first if len(frames) == 1 else pl.concat(_same_types(frames))
    return OpenedFiles(whole.lazy(), notes=tuple(told.values()))


def _read(path: str, options: ReadOptions) -> tuple[pl.DataFrame, list[Finding]]:
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError("excel", "Reading Excel files") from error
    for reader in _READERS:
        logging.getLogger(reader).setLevel(logging.ERROR)
    must_be(path, "excel", "Excel")
    must_have_extent(path)
    try:
        book = fastexcel.read_excel(path)
        sheet, notes = _choose(path, book, options)
        names, skipped, told = read_header(path, sheet, _top(book, sheet, options), options)
        text, broken = _with_errors(_load(book, sheet, skipped, names, dtypes="string"))
        # The reader gives up on a column with such a word, unless its type is settled.
        settled = dict.fromkeys(broken, "string") or None
        typed = pl.DataFrame(
            _load(book, sheet, skipped, names, schema_sample_rows=None, dtypes=settled)
        )
    except (fastexcel.FastExcelError, OSError) as error:
        raise SourceError(
            f"cannot read {path}",
            got=reason(error).rpartition("error: ")[2],
            expected="an Excel workbook without a password",
            todo="open it in Excel and save it again, or export the sheet as CSV",
        ) from error
    frame = pl.DataFrame({n: settle(bare(typed[n]), bare(text[n])) for n in names})
    frame = _without(frame, text, ["", *options.null_values])
    hidden = unseen(path, sheet)
    notes += told
    if hidden.formulas:
        notes.append(unstored_formulas(len(hidden.formulas), hidden.formulas))
    if merged := hidden.below(skipped):
        notes.append(merged_cells(merged))
    if rows := [row for row in hidden.hidden if row > skipped]:
        notes.append(hidden_rows(rows))
    if options.header and not any(note.code == "source.header" for note in told):
        must_not_repeat(path, text.lazy(), names, skipped + 1)
    return frame, [*notes, *row_notes(text), *date_notes(frame)]


def _choose(path: str, book: Any, options: ReadOptions) -> tuple[str, list[Finding]]:
    """The sheet that was asked for, or the one that holds a table."""
    names: list[str] = book.sheet_names
    wanted = options.sheet
    if isinstance(wanted, str) and wanted not in names and wanted.isdigit():
        wanted = int(wanted)
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        wanted = names[wanted]
    if wanted is not None:
        if wanted not in names:
            raise SourceError(
                f"{path} has no sheet {wanted!r}",
                got=", ".join(map(repr, names)),
                expected="a sheet's name, or its number from 0",
                todo=did_you_mean(str(wanted), names),
            )
        return str(wanted), []
    if not names:
        raise SourceError(f"{path} has no sheet", todo="open it in Excel, and save it again")
    if len(names) == 1:
        return names[0], []
    filled = {name: top for name in names if (top := _top(book, name, options))}
    tables = [name for name, top in filled.items() if _is_table(top, options)] or list(filled)
    if len(tables) > 1:  # lists that others are picked from stand in sheets that nobody sees
        tables = [name for name in tables if _is_visible(book, name)] or tables
    if len(tables) > 1:
        raise SourceError(
            f"{path} has {len(tables)} sheets that may hold the table",
            got=", ".join(map(repr, tables)),
            expected="one, or the name of the one that is wanted",
            todo=f"give {give('sheet', tables[0])}",
        )
    chosen = tables[0] if tables else names[0]
    return chosen, [sheet_chosen(chosen, [name for name in names if name != chosen])]


def _top(book: Any, sheet: str, options: ReadOptions) -> Rows:
    """The first rows of a sheet that are asked for, as text; none where it has none."""
    import fastexcel

    try:
        rows = book.load_sheet(
            sheet, header_row=None, skip_rows=options.skip_rows, n_rows=_TOP, dtypes="string"
        )
    except fastexcel.FastExcelError:
        return []
    return pl.DataFrame(rows).rows()


def _is_visible(book: Any, sheet: str) -> bool:
    return bool(book.load_sheet(sheet, header_row=None, n_rows=0).visible == "visible")


def _is_table(top: Rows, options: ReadOptions) -> bool:
    """Whether rows are names and cells below them: of two columns, or of numbers in one."""
    rows = [row for row in top if filled(row)]
    if len(rows) < 1 + options.header:
        return False
    names = [cell for cell in rows[0] if cell]
    named = not options.header or (len(set(names)) == len(names) >= len(rows[0]) - 1)
    numbers = any(is_number(cell or "") for row in rows[1:] for cell in row)
    return named and (len(rows[0]) > 1 or numbers)


def _load(book: Any, sheet: str, skipped: int, names: Sequence[str], **options: Any) -> Any:
    """A sheet below its header."""
    return book.load_sheet(
        sheet, header_row=None, skip_rows=skipped, column_names=list(names), **options
    )


def _without(frame: pl.DataFrame, text: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """The table with some texts read as null; columns that held them are typed anew."""
    bare = text.select(pl.when(~pl.all().is_in(list(values))).then(pl.all()))
    held = [name for name in text.columns if bare[name].null_count() > text[name].null_count()]
    if not held:
        return frame
    kinds, _ = decide(bare.lazy(), held)
    return frame.with_columns(
        bare.select(value_of(col(name), kinds[name]).alias(name) for name in held)
    )


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
    return [retyped(frame.select(cols(order)), targets) for frame in frames]
