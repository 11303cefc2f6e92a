"""What stands at the top of a delimited file: the names of the columns, and all that is no name.

Hints to Excel, titles, comments, index columns without a name, spaces after the separators: each
is read as its writer meant it, and told, or refused with its own reason.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datacheck.errors import SourceError
from datacheck.source.first_rows import (
    cells_spaced,
    filled,
    fresh,
    headless_by,
    index_name_in,
    is_number,
    is_spaced,
    named_twice,
    no_cell,
    units_in,
    whole_numbers,
)
from datacheck.source.notes import (
    headless,
    index_name_row,
    index_named,
    second_header,
    separator_hint,
    spaces_left,
    trailing_separator,
)
from datacheck.source.options import give
from datacheck.source.structure import Structure
from datacheck.source.widths import must_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.report import Finding
    from datacheck.source.options import ReadOptions

    Rows = list[list[str]]

#: A header that is longer is none: its first quote never closes.
_HEADER_LIMIT = 8 << 20

#: Rows that are looked at to see what the first lines are.
_SAMPLE = 100

_MARKS = "\t;|,"
#: Excel's hint, behind which other programs put separators to fill the row.
_HINT = re.compile(rb'"?sep= ?([^\w\r\n])"?\1*[ \t]*\r?\n', re.IGNORECASE)
#: What is left of a first cell whose quotes close before a mark, such as R's `"x" "y"`.
_QUOTED = re.compile(r'[^"]+([ \t;|:])"[^"]+"')
#: How columns are told apart that are padded with spaces.
_PADDING = re.compile(r"\s{2,}")


@dataclass(frozen=True)
class Heading:
    """The top of a file.

    Parameters
    ----------
    names
        Of the columns, each once.
    separator
        Between cells.
    lines
        Before the first row.
    line
        The header's own bytes; empty where there is none.
    before
        Lines before the header.
    first
        The bytes from the header on that have been read for it.
    sample
        The first rows, as text.
    nameless
        Whether the last column has neither a name nor, so far, a cell.
    spaced
        Whether a space follows each separator.
    notes
        What is to be told of it.
    """

    names: tuple[str, ...]
    separator: str
    lines: int
    line: bytes
    before: int
    first: bytes
    sample: Rows
    nameless: bool = False
    spaced: bool = False
    notes: tuple[Finding, ...] = ()


def read_heading(
    path: str, separator: str, options: ReadOptions, blocks: Iterator[bytes]
) -> Heading:
    """Read the top of a file; the blocks are then advanced to what comes after `first`.

    Raises
    ------
    SourceError
        There is no header, or what stands there is none.
    """
    before, first = _skip(path, options.skip_rows, blocks)
    notes: tuple[Finding, ...] = ()
    if hint := _HINT.match(first):
        if options.separator is None:
            separator = hint[1].decode("latin-1")
        notes = (separator_hint(separator),)
        first, before = first[hint.end() :], before + 1
    end, first = _first_record(first, blocks)
    line = first[:end].removesuffix(b"\r")
    rest = first[end + 1 :] if options.header else first
    cells = _parse(path, separator, line, before)
    sample = _sample(rest, separator)
    _must_be_no_title(path, cells, sample, before)
    _must_be_separated(path, separator, cells, sample)
    heading = Heading(
        names=tuple(cells),
        separator=separator,
        lines=before + (line.count(b"\n") + 1) * options.header,
        line=line if options.header and len(cells) > 1 else b"",
        before=before,
        first=first,
        sample=sample,
        spaced=is_spaced(cells, sample),
        notes=notes,
    )
    if heading.spaced:  # the names are read anew once the spaces are gone
        return heading
    if not options.header:
        return replace(heading, names=tuple(f"column_{n}" for n in range(1, len(cells) + 1)))
    return _named(path, heading)


def _skip(path: str, rows: int, blocks: Iterator[bytes]) -> tuple[int, bytes]:
    """Pass over the byte order mark, the lines that are to be skipped, and blank lines."""
    first = next(blocks, b"").removeprefix(BOM_UTF8)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{path} is not UTF-8",
            got="UTF-16 text",
            expected="UTF-8 text",
            todo=f"give {give('encoding', 'utf-16')}",
        )
    lines = 0
    while lines < rows or first.startswith((b"\n", b"\r\n")):
        while b"\n" not in first and (block := next(blocks, b"")):
            first += block
        _, found, first = first.partition(b"\n")
        if not found:
            break
        lines += 1
        first = first or next(blocks, b"")
    if not first.strip():
        raise SourceError(
            f"{path} is empty",
            got="no header and no rows" + f" after line {rows}" * bool(rows),
            expected="a line with the names of the columns, then rows",
            todo="write the file again; the program that made it may have failed",
        )
    return lines, first


def _first_record(first: bytes, blocks: Iterator[bytes]) -> tuple[int, bytes]:
    """Where the first record ends, and the bytes read so far."""
    while (end := _record_end(first)) < 0 and len(first) < _HEADER_LIMIT:
        block = next(blocks, b"")
        if not block:
            break
        first += block
    return (end if end >= 0 else len(first)), first


def _record_end(data: bytes) -> int:
    """Where the first newline outside quotes stands; -1 where there is none."""
    quotes = start = 0
    while (at := data.find(b"\n", start)) >= 0:
        quotes += data.count(b'"', start, at)
        if quotes % 2 == 0:
            return at
        start = at + 1
    return -1


def _parse(path: str, separator: str, line: bytes, before: int) -> list[str]:
    try:
        lines = io.StringIO(line.decode(), newline="")
        return next(csv.reader(lines, delimiter=separator))
    except (UnicodeDecodeError, csv.Error) as error:
        if max(map(len, line.split(separator.encode()))) > csv.field_size_limit():
            raise SourceError(
                f"{path} has an endless name in its header",
                got=f"more than {csv.field_size_limit():,} characters",
                expected="the names of the columns in the first line",
                todo="see whether a quote or a line never ends there; or, if there is no header, "
                f"give {give('header', False)}",  # noqa: FBT003
            ) from error
        # The pass over all bytes names the fault and its line.
        Structure(path, ord(separator), 0, before).read([line + b"\n"])
        raise SourceError(
            f"{path} has no readable header",
            got=str(error),
            expected="the names of the columns in the first line",
            todo="check that the file is a CSV with a header, and that its quotes close",
        ) from error


def _sample(rest: bytes, separator: str) -> Rows:
    """The first rows, blank lines among them, as well as they can be parsed."""
    text = rest[: 1 << 16].decode(errors="replace")
    if len(rest) > 1 << 16:
        text = text.rpartition("\n")[0]
    rows: Rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) == _SAMPLE:
                break
    except csv.Error:
        pass  # the pass over all bytes names it
    return rows


def _must_be_no_title(path: str, cells: list[str], sample: Rows, before: int) -> None:
    """A line with fewer cells than all that follow, or with one alone, heads no table."""
    full = [row for row in sample if filled(row) > 1]
    width = Counter(map(len, full)).most_common(1)[0][0] if full else 0
    comment = cells[0].lstrip().startswith("#") and len(cells) < width
    lone = filled(cells) == 1 and bool(cells[0].strip()) and width > 1
    if lone and len(cells) > 1:  # padded with separators: then a line of names must follow
        lone = len(cells) == width and len(full) > 1 and not any(map(is_number, full[0]))
    if lone and len(cells) == 1:  # no title of numbers: a name above them, parted by their commas
        lone = not all(map(whole_numbers, full))
    if not (comment or lone):
        return
    if len(cells) == 1 and any(mark in cells[0] for mark in _MARKS) and not comment:
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


def _must_be_separated(path: str, separator: str, cells: list[str], sample: Rows) -> None:
    if len(cells) > 1:
        return
    if any(mark in cells[0] for mark in _MARKS if mark != separator):
        mark = next(mark for mark in _MARKS if mark in cells[0] and mark != separator)
        raise _otherwise(path, separator, f"one column, named {cells[0]!r}", mark)
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


def _otherwise(path: str, separator: str, got: str, mark: str) -> SourceError:
    other = {"\t": "name it .tsv, ", ",": "name it .csv, "}.get(mark, "")
    named = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", " ": "spaces"}
    return SourceError(
        f"{path} seems to separate its cells otherwise",
        got=got,
        expected=named.get(separator, repr(separator)),
        todo=f"{other}rewrite the file, or pass {give('separator', mark)}",
    )


def _named(path: str, heading: Heading) -> Heading:
    """Give each column one name."""
    cells, sample = list(heading.names), heading.sample
    notes = list(heading.notes)
    must_fit(path, heading.separator, cells, sample, heading.before)
    leading = next((n for n, name in enumerate(cells) if name.strip()), len(cells))
    nameless = len(cells) > leading + 1 and not cells[-1].strip() and no_cell(sample, -1)
    if nameless:
        notes.append(trailing_separator())
        cells[-1] = fresh("nothing", cells)
    for n in range(leading if leading < len(cells) else 0):
        cells[n] = fresh("index", cells)
        notes.append(index_named(cells[n]))
    empty = [position for position, name in enumerate(cells, 1) if not name.strip()]
    if empty:
        raise SourceError(
            f"{path} has a column without a name",
            got="nothing in the header for column " + ", ".join(map(str, empty)),
            expected="a name for each column, but for an index that comes first",
            todo="name it; if line "
            f"{heading.before + 1} is no header but a row, give {give('header', False)}",  # noqa: FBT003
        )
    _must_be_unique(path, cells, sample, heading.before)
    if len(cells) > 1 and cells_spaced(sample):
        notes.append(spaces_left(len(sample)))
    line = heading.line
    if headless_by(cells, sample):
        notes.append(headless(cells))
        line = b""  # a row may well stand there again
    elif units := units_in(sample):
        notes.append(second_header(units))
    elif name := index_name_in(sample):
        notes.append(index_name_row(name))
    return replace(heading, names=tuple(cells), line=line, nameless=nameless, notes=tuple(notes))


def spellings(line: bytes, separator: str) -> tuple[bytes, ...]:
    """A header as it stands, and as other writers quote it.

    >>> spellings(b'a,"b"', ",")
    (b'a,"b"', b'a,b', b'"a","b"')
    """
    if not line:
        return ()
    text = line.decode()
    cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    made = [text]
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=separator, quoting=quoting, lineterminator="").writerow(cells)
        made.append(file.getvalue())
    return tuple(dict.fromkeys(each.encode() for each in made))


def _must_be_unique(path: str, cells: list[str], sample: Rows, before: int) -> None:
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
