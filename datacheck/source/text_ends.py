"""What stands at the end of a text file: rows of separators alone, a total, a note."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from datacheck.source.notes import empty_at_end, footer_row, named_rows, total_row
from datacheck.source.summary_rows import summary_rows_in
from datacheck.source.totals import note_alone, summed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import polars as pl

    from datacheck.report import Finding
    from datacheck.source.headings import Heading


class TextEnd(NamedTuple):
    """The last rows of a file."""

    #: How many rows at the end hold separators alone.
    empty: int
    #: The cells of the last row above those; empty where it was not kept.
    last: tuple[str, ...]


#: Of a file whose end was not looked at.
NO_END = TextEnd(0, ())


def end_of(tail: bytes, width: int, separator: str) -> TextEnd:
    r"""What the last bytes of a file hold.

    >>> end_of(b"1,2\n3,4\n,\n", 2, ",")
    TextEnd(empty=1, last=('3', '4'))
    """
    lines = tail.rstrip(b"\r\n").split(b"\n")
    held = len(lines)
    nothing = f"{separator}\r ".encode()
    while width > 1 and held > 1 and not lines[held - 1].strip(nothing):
        held -= 1
    return TextEnd(len(lines) - held, _cells(lines[held - 1], width, separator))


def _cells(line: bytes, width: int, separator: str) -> tuple[str, ...]:
    if line.count(b'"') % 2:
        return ()
    try:
        cells = next(csv.reader([line.decode()], delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error):
        return ()
    return tuple(cells) if len(cells) == width else ()


def end_notes(
    end: TextEnd,
    cells: pl.LazyFrame,
    rows: tuple[int, int],
    heading: Heading,
    typed: Collection[str],
    decimal: str,
) -> Iterator[Finding]:
    """What is told of the end of a table, which is that of its last file.

    Every column of `cells` is text; `rows` is how many stand before that file, and how many in it;
    the heading is its top, and `typed` are the columns that are read.
    """
    before, held = rows[0], rows[1] - end.empty
    if end.empty and held > 0:
        yield empty_at_end(range(before + held, before + rows[1]))
    if before or held < 3 or not end.last:  # noqa: PLR2004
        return
    last = dict(zip(heading.names, end.last, strict=True))
    yield from no_observations(cells, held, heading.sample[: held - 1], last, typed, decimal)


def no_observations(
    cells: pl.LazyFrame,
    rows: int,
    sample: Sequence[Sequence[str]],
    last: Mapping[str, str],
    typed: Collection[str],
    decimal: str = ".",
) -> Iterator[Finding]:
    """What is told of rows that are named as statistics, or of a last one that is a total or note.

    Every column of `cells` is text; of its first `rows` rows, `sample` are those above the last.
    """
    summaries = summary_rows_in(cells.head(rows), sample, last, typed, decimal)
    columns = summed(cells.head(rows - 1), sample, last, typed, decimal)
    if summaries and not (columns and summaries.rows == (rows - 1,)):
        yield named_rows(*summaries)
    elif columns:
        yield total_row(rows - 1, columns)
    elif cell := note_alone(sample, last):
        yield footer_row(rows - 1, cell)
