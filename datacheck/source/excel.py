"""Excel workbooks: the sheet that holds the table, its header, types from every cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from datacheck.columns import bare, col, cols, repeated, retyped
from datacheck.errors import MissingExtraError, SourceError, did_you_mean
from datacheck.limits import EXACT_INTEGERS
from datacheck.source.celltypes import decide, value_of
from datacheck.source.collecting import reason
from datacheck.source.delimited import differ
from datacheck.source.extent import must_have_extent
from datacheck.source.first_rows import fresh, headless_by
from datacheck.source.formulas import formulas_without_values
from datacheck.source.notes import (
    headless,
    index_named,
    sheet_chosen,
    total_row,
    unstored_formulas,
)
from datacheck.source.options import give
from datacheck.source.sniff import must_be
from datacheck.source.totals import summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.report import Finding
    from datacheck.source.options import ReadOptions

    Rows = list[tuple[str | None, ...]]

#: Rows that are looked at to find the header, and to tell which sheet holds a table.
_TOP = 100

#: Excel's error values, by the reader's names for them. `#N/A` is missing by Excel's own meaning.
_ERRORS = {
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}


@dataclass(frozen=True)
class Sheets:
    """What opened workbooks are: their tables as one, and what is to be told of them."""

    frame: pl.LazyFrame
    notes: tuple[Finding, ...]


def open_excel(paths: Sequence[str], options: ReadOptions) -> Sheets:
    """Read workbooks into memory.

    A column is numbers, booleans or dates only if every cell is; else it is text, and a number in
    it stands as it would be typed. `#N/A` is null; any other error value stays, as text.

    Raises
    ------
    MissingExtraError
        fastexcel is not installed.
    SourceError
        A file is broken or its columns are, or several of its sheets hold tables.
    """
    read = [_read(path, options) for path in paths]
    frames = [frame for frame, _ in read]
    first = frames[0]
    for path, frame in zip(paths[1:], frames[1:], strict=True):
        differ(paths[0], first.columns, path, frame.columns)
    told = {(note.code, note.column): note for _, notes in read for note in notes}
    whole = first if len(frames) == 1 else pl.concat(_same_types(frames))
    return Sheets(whole.lazy(), tuple(told.values()))


def _read(path: str, options: ReadOptions) -> tuple[pl.DataFrame, list[Finding]]:
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError("excel", "Reading Excel files") from error
    must_be(path, "excel", "Excel")
    must_have_extent(path)
    try:
        book = fastexcel.read_excel(path)
        sheet, notes = _choose(path, book, options)
        names, skipped, told = _header(path, sheet, _top(book, sheet, options), options)
        text, broken = _with_errors(_load(book, sheet, skipped, names, dtypes="string"))
        # The reader gives up on a column with such a word, unless its type is settled, and speaks
        # on standard error of one that is empty.
        empty = [column.name for column in text if column.null_count() == len(column)]
        settled = dict.fromkeys([*broken, *empty], "string") or None
        typed = pl.DataFrame(
            _load(book, sheet, skipped, names, schema_sample_rows=None, dtypes=settled)
        )
    except (fastexcel.FastExcelError, OSError) as error:
        raise SourceError(
            f"cannot read {path}",
            got=reason(error),
            expected="an Excel workbook without a password",
            todo="open it in Excel and save it again, or export the sheet as CSV",
        ) from error
    frame = pl.DataFrame({n: _settle(bare(typed[n]), bare(text[n])) for n in names})
    if options.null_values:
        frame = _without(frame, text, options.null_values)
    unstored = formulas_without_values(path, sheet)
    notes += told + ([unstored_formulas(len(unstored), unstored)] if unstored else [])
    return frame, [*notes, *_total(text)]


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
    if len(names) == 1:
        return names[0], []
    filled = {name: top for name in names if (top := _top(book, name, options))}
    tables = [name for name, top in filled.items() if _is_table(top, options)] or list(filled)
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


def _filled(row: tuple[str | None, ...]) -> int:
    return sum(bool(cell and cell.strip()) for cell in row)


def _is_table(top: Rows, options: ReadOptions) -> bool:
    """Whether rows are names and cells below them: of two columns, or of numbers in one."""
    rows = [row for row in top if _filled(row)]
    if len(rows) < 1 + options.header:
        return False
    names = [cell for cell in rows[0] if cell]
    named = not options.header or (len(set(names)) == len(names) >= len(rows[0]) - 1)
    numbers = any(_is_number(cell) for row in rows[1:] for cell in row)
    return named and (len(rows[0]) > 1 or numbers)


def _is_number(cell: str | None) -> bool:
    try:
        return cell is not None and float(cell) is not None
    except ValueError:
        return False


def _load(book: Any, sheet: str, skipped: int, names: Sequence[str], **options: Any) -> Any:
    """A sheet below its header."""
    return book.load_sheet(
        sheet, header_row=None, skip_rows=skipped, column_names=list(names), **options
    )


def _total(text: pl.DataFrame) -> list[Finding]:
    """The note on a last row that sums up the others."""
    if text.height < 3:  # noqa: PLR2004
        return []
    cells = text.fill_null("")
    above = cells.head(text.height - 1)
    columns = summed(above.lazy(), above.head(_TOP).rows(), cells.row(-1, named=True), text.columns)
    return [total_row(text.height - 1, columns)] if columns else []


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


def _header(
    path: str, sheet: str, top: Rows, options: ReadOptions
) -> tuple[list[str], int, list[Finding]]:
    """The columns' names, how many rows stand before the first of the table, and what to tell."""
    at = next((n for n, row in enumerate(top) if _filled(row)), None)
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
    _must_be_no_title(path, top, at, options)
    notes = []
    leading = next(n for n, name in enumerate(names) if name.strip())
    for n in range(leading):
        names[n] = fresh("index", names)
        notes.append(index_named(names[n]))
    empty = [position for position, name in enumerate(names, 1) if not name.strip()]
    twice = repeated(names)
    if empty or twice:
        raise SourceError(
            f"{path} has a header that does not name each column once",
            got=f"no name for column {empty[0]}" if empty else f"{twice[0]!r} more than once",
            expected="the table's header in the first row, each name once",
            todo="name the columns, and delete titles and notes above the table, or give "
            f"{give('skip_rows', skipped + 1)}",
        )
    if headless_by(names, [tuple(cell or "" for cell in row) for row in top[at + 1 :]]):
        notes.append(headless(names))
    return names, skipped + 1, notes


def _must_be_no_title(path: str, top: Rows, at: int, options: ReadOptions) -> None:
    """One filled cell above rows of several is a title."""
    later = [n for n, row in enumerate(top[at + 1 :], at + 1) if _filled(row) > 1]
    if _filled(top[at]) != 1 or not (top[at][0] or "").strip() or not later:
        return
    if any(_is_number(cell) for cell in top[later[0]]):
        return
    last = options.skip_rows + later[0]
    raise SourceError(
        f"{path} has a title above its table, and no header that names each column once",
        got=f"{top[at][0]!r} in row {options.skip_rows + at + 1}, no name for column 2",
        expected="the table's header in the first row",
        todo=f"delete titles and notes above the table, or give {give('skip_rows', last)}",
    )


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
    return bool(known.len() and ((known == known.round()) & (known.abs() <= EXACT_INTEGERS)).all())


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
