"""Why a first line heads no table: it is a title, other marks part it, or the rows do not fit it.

Each is refused with its own reason, and with the option that helps: a name that comes twice, rows
that all have other cells than the header, a header that stands once more among the rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import polars as pl

from datacheck.columns import col
from datacheck.errors import SourceError
from datacheck.source.first_rows import (
    filled,
    index_name_in,
    is_number,
    named_twice,
    no_cell,
    whole_numbers,
)
from datacheck.source.options import give

Rows = list[list[str]]

#: What programs begin a comment with.
_COMMENTS = ("#", ";", "%", "//")
_MARKS = "\t;|,"
#: Other marks that may part cells: none that words, numbers, dates and names of columns hold.
_ODD_MARK = re.compile(r"[\x01-\x08\x0e-\x1f^~\u00a6\u00a7\u00ac]")
#: What a colon stands in that parts no cells: a sentence, an address, times of day alone.
_NO_COLONS = re.compile(r":\s|://|^[\d:.,]+$")
#: How columns are told apart that are padded with spaces.
_PADDING = re.compile(r"\s{2,}")
#: A number as most of Europe writes it.
_DECIMAL_COMMA = re.compile(r"\s*-?(\d+|\d{1,3}(\.\d{3})+),\d+\s*")
#: What is left of a first cell whose quotes close before a mark, such as R's `"x" "y"`.
_QUOTED = re.compile(r'[^"]+([ \t;|:])"[^"]+"')


def must_be_no_title(
    path: str, separator: str, cells: list[str], sample: Rows, before: int
) -> None:
    """A line with fewer cells than all that follow, or with one alone, heads no table."""
    full = [row for row in sample if filled(row) > 1]
    width = Counter(map(len, full)).most_common(1)[0][0] if full else 0
    comment = len(cells) < width and _is_comment(cells[0], [separator.join(row) for row in full])
    lone = filled(cells) == 1 and bool(cells[0].strip()) and width > 1
    if lone and len(cells) > 1:  # padded with separators: then a line of names must follow
        lone = len(cells) == width and len(full) > 1 and not any(map(is_number, full[0]))
    if lone and len(cells) == 1:  # no title of numbers: a name above them, parted by their commas
        lone = not all(map(whole_numbers, full))
    if not (comment or lone):
        return
    quoted = separator in cells[0]
    if len(cells) == 1 and any(m in cells[0] for m in _MARKS) and not (comment or quoted):
        return  # its cells are separated otherwise
    lines = next(n for n, row in enumerate(sample, 1) if len(row) == width and filled(row) > 1)
    last = before + lines
    which = f"line {last}" if lines == 1 else f"lines {before + 1} to {last}"
    raise SourceError(
        f"{path} has a title or a comment above its table",
        got=f"{cells[0]!r} on line {before + 1}, then rows of {width} cells",
        expected="the names of the columns on the first line",
        todo=f"if line {before + 1} is a comment or a title, delete it, or give "
        f"{give('skip_rows', last)}: that passes over {which}",
    )


def _is_comment(line: str, rows: Sequence[str]) -> bool:
    """Whether a line begins as comments do; with a mark that parts its rows too, it heads them."""
    mark = next((each for each in _COMMENTS if line.lstrip().startswith(each)), "")
    heads = mark in _MARKS and line.count(mark) in {row.count(mark) for row in rows}
    return bool(mark) and not heads


def must_be_separated(path: str, separator: str, cells: list[str], sample: Rows) -> None:
    """Refuse a header of one cell that other marks, or spaces, part into several."""
    if len(cells) > 1:
        return
    mark = _mark_in(separator, cells[0], [separator.join(row) for row in sample if row])
    if cells[0].count(mark) == 2 * cells[0].count(2 * mark) > 0:
        raise SourceError(
            f"{path} separates its cells by two marks",
            got=f"{2 * mark!r} between cells",
            expected="one",
            todo=f"write commas for them: sed 's/{2 * mark}/,/g' IN > OUT",
        )
    if mark:
        parted = [separator.join(row).split(mark) for row in sample]
        commas = separator == "," and any(map(_DECIMAL_COMMA.fullmatch, chain(*parted)))
        raise _otherwise(path, separator, f"one column, named {cells[0]!r}", mark, commas=commas)
    if quoted := _QUOTED.match(cells[0]):
        raise _otherwise(path, separator, f"one column, named {cells[0]!r}", quoted[1])
    padded = [_PADDING.split(line.strip()) for line in (cells[0], *(r[0] for r in sample if r))]
    if len(padded) > 2 and {len(padded[0])} == {*map(len, padded)} != {1}:  # noqa: PLR2004
        raise SourceError(
            f"{path} seems to be padded with spaces, not separated",
            got=f"one column, named {cells[0]!r}",
            expected="a separator between cells",
            todo="write commas for the spaces: sed -E 's/ {2,}/,/g' IN > OUT",
        )
    # One column whose first cell is several numbers, as many as its name has words, is several.
    words = sample[0][0].split() if sample and sample[0] else []
    if 1 < len(words) == len(cells[0].split()) and all(map(is_number, words)):
        got = f"one column, named {cells[0]!r}, of {len(words)} words"
        raise _otherwise(path, separator, got, " ")


def _mark_in(separator: str, name: str, rows: Sequence[str]) -> str:
    """The mark that parts every line into as many cells as the first; nothing if there is none."""
    known = [mark for mark in _MARKS if mark in name and mark != separator]
    odd = [mark for mark in _ODD_MARK.findall(name) if mark != separator and len(rows) > 1]
    if name.count(":") > 1 and len(rows) > 1 and not any(map(_NO_COLONS.search, (name, *rows))):
        odd.append(":")  # between times, words and addresses it parts no cells
    alike = [mark for mark in odd if {row.count(mark) for row in rows} == {name.count(mark)}]
    return next(iter(known + alike), "")


def _otherwise(
    path: str, separator: str, got: str, mark: str, *, commas: bool = False
) -> SourceError:
    other = {"\t": "name it .tsv, ", ",": "name it .csv, "}.get(mark, "")
    named = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", " ": "spaces"}
    return SourceError(
        f"{path} seems to separate its cells otherwise",
        got=got,
        expected=named.get(separator, repr(separator)),
        todo=f"{other}rewrite the file, or pass {give('separator', mark)}"
        + f", and {give('decimal', ',')} for its numbers" * commas,
    )


def must_be_unique(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """Refuse names that come twice, and tell a second line of names from a row."""
    counts = Counter(cells)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if not twice:
        return
    todo = "rename the columns in the header"
    if any(map(is_number, twice)):
        todo = f"if line {before + 1} is a row and no header, give {give('header', False)}"  # noqa: FBT003
    elif named_twice(sample):
        third = index_name_in([row for row in sample if row][1:])
        todo = (
            f"lines {before + 1} and {before + 2} both name the columns: join them into one line"
            + f", and delete line {before + 3}, which names the index" * bool(third)
            + " (in pandas, before to_csv: df.columns = ['_'.join(map(str, c)) for c in "
            "df.columns])"
        )
    raise SourceError(
        f"{path} has two columns of one name",
        got=", ".join(f"{name!r} {counts[name]} times" for name in twice),
        expected="each name once",
        todo=todo,
    )


#: What some programs put around cells, and what closes it.
_QUOTES = {"'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019", "\u00ab": "\u00bb"}


def must_fit(path: str, separator: str, cells: list[str], sample: Rows, before: int) -> None:
    """Refuse first rows with more cells than the header has where that has a reason of its own."""
    _must_double_quotes(path, cells, sample, before)
    _must_be_quoted(path, cells, sample, before)
    _must_have_points(path, separator, cells, sample, before)
    _must_be_named(path, cells, sample, before)


def _must_double_quotes(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """Rows with too many cells: a quote inside one is led by a backslash, as MySQL writes it."""
    for at, row in enumerate(sample):
        text = "".join(row)
        if len(row) > len(cells) and '"' in text and "\\" in text:
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


#: Columns by which rows are looked for; those that are found are looked at whole.
_KEYS = 3
_LOOKED = 20


def must_not_repeat(path: str, cells: pl.LazyFrame, names: Sequence[str], first: int) -> None:
    """Refuse a table one of whose rows is its header, in any case of letters."""
    if len(names) < 2 or any(map(is_number, names)):  # noqa: PLR2004
        return
    wanted = [_plain(name) for name in names]
    keys = zip(names[:_KEYS], wanted, strict=False)
    alike = [col(name).str.strip_chars().str.to_lowercase() == want for name, want in keys]
    if not cells.select(alike[0].any()).collect(engine="streaming").item():
        return  # as is most often so, and spares the others the work
    rows = cells.select(pl.arg_where(pl.all_horizontal(alike)).head(_LOOKED))
    for row in rows.collect(engine="streaming").to_series().to_list():
        seen = cells.slice(row, 1).collect(engine="streaming").row(0)
        if [_plain(cell or "") for cell in seen] == wanted:
            raise SourceError(
                f"{path} repeats its header",
                got=f"the names of the columns once more in row {row + first}: "
                + ", ".join(map(repr, seen[:5])),
                expected="them above the first row alone",
                todo="delete such rows; files are joined without them by naming a folder or a "
                "glob of them",
            )


def _plain(cell: str) -> str:
    return cell.strip().lower()
