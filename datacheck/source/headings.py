"""What stands at the top of a delimited file: the names of the columns, and all that is no name.

Hints to Excel, titles, comments, index columns without a name, spaces after the separators: each
is read as its writer meant it, and told, or refused with its own reason.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, replace

from datacheck.errors import SourceError
from datacheck.report import Finding
from datacheck.source.first_rows import cells_spaced, free_name, is_spaced, no_cell
from datacheck.source.names_once import must_be_named
from datacheck.source.no_heading import (
    must_be_no_title,
    must_be_separated,
    must_be_unique,
    must_fit,
)
from datacheck.source.notes import (
    name_leading,
    of_first_rows,
    separator_hint,
    spaces_left,
    trailing_separator,
)
from datacheck.source.options import ReadOptions, give
from datacheck.source.structure import Structure

Rows = list[list[str]]

#: A header that is longer is none: its first quote never closes.
_HEADER_LIMIT = 8 << 20

#: Rows that are looked at to see what the first lines are.
_SAMPLE = 100

#: Excel's hint, behind which other programs put separators to fill the row.
_HINT = re.compile(rb'"?sep= ?([^\w\r\n])"?\1*[ \t]*\r?\n', re.IGNORECASE)

_BLANK = re.compile(rb" *\r?\n")


@dataclass(frozen=True)
class Heading:
    """The top of a file."""

    #: Of the columns, each once.
    names: tuple[str, ...]
    #: Between cells.
    separator: str
    #: Before the first row.
    lines: int
    #: The header's own bytes; empty where there is none.
    line: bytes
    #: Lines before the header.
    before: int
    #: The bytes from the header on that have been read for it.
    first: bytes
    #: The first rows, as text.
    sample: Rows
    #: Whether the last column has neither a name nor, so far, a cell.
    nameless: int = 0
    #: Whether a space follows each separator.
    spaced: bool = False
    #: What is to be told of it.
    notes: tuple[Finding, ...] = ()


def read_heading(
    path: str, separator: str, options: ReadOptions, blocks: Iterator[bytes]
) -> Heading:
    """Read the top of a file; the blocks are then advanced to what comes after `first`."""
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
    must_be_no_title(path, separator, cells, sample, before)
    must_be_separated(path, separator, cells, sample)
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
    first = next(blocks, b"")
    while first.startswith(BOM_UTF8):  # programs that put one before a text that has one
        first = first.removeprefix(BOM_UTF8)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{path} is not UTF-8",
            got="UTF-16 text",
            expected="UTF-8 text",
            todo=f"give {give('encoding', 'utf-16')}",
        )
    lines = 0
    while lines < rows or _BLANK.match(first):
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


def _named(path: str, heading: Heading) -> Heading:
    """Give each column one name."""
    cells, sample = list(heading.names), heading.sample
    notes = list(heading.notes)
    must_fit(path, heading.separator, cells, sample, heading.before)
    some = any(map(str.strip, cells[:-1]))
    nameless = _without_cells(cells, sample) if some else 0
    if nameless:
        notes.append(trailing_separator(nameless))
        for at in range(-nameless, 0):
            cells[at] = free_name("nothing", cells)
    notes += name_leading(cells)
    row = f"if line {heading.before + 1} is no header but a row, give {give('header', False)}"  # noqa: FBT003
    must_be_named(path, cells, f"name it; {row}")
    must_be_unique(path, cells, sample, heading.before)
    if len(cells) > 1 and cells_spaced(sample):
        notes.append(spaces_left(len(sample)))
    line = heading.line
    if first := of_first_rows(cells, sample):
        notes.append(first)
        if first.code == "source.header":
            line = b""  # a row may well stand there again
    return replace(heading, names=tuple(cells), line=line, nameless=nameless, notes=tuple(notes))


def _without_cells(cells: list[str], sample: Rows) -> int:
    """How many columns at the end have neither a name nor a cell."""
    backwards = range(-1, -len(cells), -1)
    empty = itertools.takewhile(lambda at: not cells[at].strip() and no_cell(sample, at), backwards)
    return sum(1 for _ in empty)


def spellings(line: bytes, separator: str) -> tuple[bytes, ...]:
    """A header as it stands, as other writers quote it, and with the mark that may lead a file.

    >>> spellings(b'a,"b"', ",")[:3], len(spellings(b'a,"b"', ","))
    ((b'a,"b"', b'a,b', b'"a","b"'), 6)
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
    once = dict.fromkeys(each.encode() for each in made)
    return (*once, *(BOM_UTF8 + each for each in once))
