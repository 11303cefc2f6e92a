"""The first look at a CSV: every byte once, for what polars would read wrongly and in silence.

polars pads short rows and blank lines with nulls. This pass finds ragged rows, blank lines, quotes
in odd places, bytes that are not UTF-8 and NUL bytes, with the line where each stands. It follows
RFC 4180, section 2, in blocks of bounded size with numpy: quotes pair up, so a byte is inside a
quoted cell exactly if an odd number of quotes stands before it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from datacheck.arrays import Bytes, Flags, Indices
from datacheck.errors import SourceError
from datacheck.source.odd_starts import OddStarts
from datacheck.source.options import give
from datacheck.source.regular import NEWLINE, QUOTE, Regular
from datacheck.text import plural

#: A longer row is no row of a table, in bytes: polars would take many times its length.
LONGEST_ROW = 2**25

RETURN = 0x0D

#: Bytes held back from a block, since what follows a closing quote must be seen: a return and
#: a newline at most.
_AHEAD = 2

#: Bytes of the file's end that are kept: they hold its last row, unless that is long.
_TAIL = 1 << 16


@dataclass
class Structure:
    """Checks the blocks of one file and remembers what crosses their borders."""

    #: The file, for messages.
    name: str
    #: The byte between cells.
    separator: int
    #: Cells in a row, from the header.
    width: int
    #: Lines before the blocks.
    skipped: int = 0
    #: The line that names the columns, in each of its spellings, to be seen again nowhere.
    header: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        self.rows = 0  # records that hold cells, the header among them
        self.blanks = 0  # blank lines since the last such record
        self.tail = b""  # the end of what was read
        self.odd = 0  # how many cells may be spelt as numbers that are to stay text
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = self.skipped  # newlines before the block
        self._quotes = 0  # quotes before the block
        self._opened = 0  # the line of the latest quote that is still open
        self._start = self.skipped + 1  # the line on which the open record begins
        self._cells = 0  # separators in the open record so far
        self._length = 0  # its bytes so far
        self._last = NEWLINE  # the byte before the block
        self._regular = Regular(self.separator, self.width)
        self._starts = OddStarts(self.separator)

    def read(self, blocks: Iterable[bytes]) -> None:
        """Check a whole file; a `SourceError` has the first fault of a block, with its line."""
        held = b""
        for block in blocks:
            data = held + block
            self.odd += self._starts.count(data if held else b"\n" + data)
            self._check(data, max(0, len(data) - _AHEAD))
            held = data[-_AHEAD:]
        self.odd += self._starts.count(b"\n" + held + b"\n\n")
        self._check(held, len(held))
        self._finish()

    def _check(self, data: bytes, size: int) -> None:
        if not size:
            return
        block = data[:size]
        self._check_text(block)
        self._check_header(data)
        array = np.frombuffer(data, np.uint8)
        if not self._pass(block, array):
            self._check_each(block, array)
        self.tail = (self.tail + block)[-_TAIL:] if size < _TAIL else block[-_TAIL:]
        self._last = block[-1]

    def _pass(self, block: bytes, array: Bytes) -> bool:
        """Let a block pass whose rows are plainly regular; nothing is remembered of another."""
        if self.blanks or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
            return False
        rows = self._regular.rows(block, self._quotes, self._cells)
        if rows is None:
            return False
        if rows.quotes:
            self._check_quotes(array, np.flatnonzero(array[: len(block)] == QUOTE), block)
        if rows.ended:
            self._start = self._lines + rows.lines - block.count(b"\n", rows.end + 1) + 1
            self._length = 0
        self.rows += rows.ended
        self._length += len(block) - 1 - rows.end
        self._must_end()
        self._cells, self._quotes = rows.cells, self._quotes + rows.quotes
        self._lines += rows.lines
        return True

    def _must_end(self) -> None:
        """Refuse a row that is longer than any row of a table is."""
        if self._length > LONGEST_ROW:
            raise SourceError(
                f"{self.name} has a row of more than {LONGEST_ROW:,} bytes",
                got=f"it begins on line {self._start}",
                expected="rows that fit in memory many times over",
                todo="see whether a quote is never closed there; or store such cells apart",
            )

    def _check_each(self, block: bytes, array: Bytes) -> None:
        codes = array[: len(block)]
        quotes, marks = self._find(codes, quoted=b'"' in block)
        if b"\r" in block:
            self._check_returns(array, quotes, block)
        if quotes.size:  # a quote that closes before a return alone is no stray one
            self._check_quotes(array, quotes, block)
        self._check_rows(codes, marks)
        self._quotes += int(quotes.size)
        self._lines += block.count(b"\n")

    def _find(self, codes: Bytes, *, quoted: bool) -> tuple[Indices, Indices]:
        """Where the quotes stand, and where the separators and newlines outside them."""
        wanted = (codes == self.separator) | (codes == NEWLINE)
        if not quoted:
            marks = np.flatnonzero(wanted)
            return marks[:0], marks[:0] if self._quotes & 1 else marks
        wanted |= codes == QUOTE
        found = np.flatnonzero(wanted)
        is_quote = codes[found] == QUOTE
        inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)) ^ np.uint8(self._quotes & 1)
        return found[is_quote], found[~is_quote & (inside == 0)]

    def _check_header(self, block: bytes) -> None:
        """Tables that were written one after another into a file repeat their header."""
        for header in self.header:
            at = block.find(b"\n" + header)
            if at < 0 or (self._quotes + block.count(b'"', 0, at)) & 1:
                continue
            if block[at + 1 + len(header) :][:1] in (b"\n", b"\r", b""):
                raise SourceError(
                    f"{self.name} repeats its header",
                    got="the names of the columns once more on line "
                    f"{self._line_at(block, at) + 1}",
                    expected="them on the first line alone",
                    todo="delete such lines; files are joined without them by naming a folder or "
                    "a glob of them",
                )

    def _check_text(self, block: bytes) -> None:
        at = block.find(b"\0")
        if at >= 0:
            wide = self._line_at(block, at) == self.skipped + 1  # UTF-16 has them from the start
            raise SourceError(
                f"{self.name} is not text",
                got=f"a NUL byte on line {self._line_at(block, at)}",
                expected="UTF-8 text",
                todo="if it is UTF-16, say so: " + give("encoding", "utf-16-le")
                if wide
                else "see whether it is whole, for a crash may leave such bytes; without them it "
                "is read: tr -d '\\0' < IN > OUT",
            )
        pending = len(self._decoder.getstate()[0])
        if pending or not block.isascii():
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError as error:
                at = max(error.start - pending, 0)
                raise self._not_utf8(f"byte 0x{block[at]:02X}", self._line_at(block, at)) from error

    def _not_utf8(self, seen: str, line: int) -> SourceError:
        return SourceError(
            f"{self.name} is not UTF-8",
            got=f"{seen} on line {line}",
            expected="UTF-8 text",
            todo="say in which encoding it is: "
            + give("encoding", "cp1252")
            + " in the West, shift_jis, gb18030, cp1251 or another elsewhere; or convert it: "
            "iconv -f CP1252 -t UTF-8 IN > OUT",
        )

    def _line_at(self, block: bytes, at: int) -> int:
        return self._lines + block.count(b"\n", 0, at) + 1

    def _check_quotes(self, array: Bytes, quotes: Indices, block: bytes) -> None:
        """A quote opens right after a border of cells, and closes right before one."""
        first = self._quotes & 1
        opening, closing = quotes[first::2], quotes[1 - first :: 2]
        before = np.where(opening > 0, array[np.maximum(opening - 1, 0)], self._last)
        good = (before == self.separator) | (before == NEWLINE) | (before == QUOTE)
        # The end of the file is a border too: pretend that newlines follow it.
        padded = np.append(array, np.array([NEWLINE] * _AHEAD, np.uint8))
        after, beyond = padded[closing + 1], padded[closing + 2]
        fine = (after == self.separator) | (after == NEWLINE) | (after == QUOTE)
        fine |= (after == RETURN) & (beyond == NEWLINE)
        stray = np.concatenate([opening[~good], closing[~fine]])
        if stray.size:
            raise SourceError(
                f"{self.name} has a stray quote",
                got=f'a " in the middle of a cell on line {self._line_at(block, stray.min())}',
                expected='quotes around a whole cell, and "" for a quote inside one',
                todo='put the cell in quotes and double those inside: 5" pipe is "5"" pipe"',
            )
        if (self._quotes + quotes.size) & 1:
            self._opened = self._line_at(block, int(quotes[-1]))

    def _check_returns(self, array: Bytes, quotes: Indices, block: bytes) -> None:
        """Outside quotes a return belongs before a newline; alone, readers differ on it."""
        returns = np.flatnonzero(array[: len(block)] == RETURN)
        follows = np.append(array, np.uint8(0))[returns + 1]
        alone = returns[follows != NEWLINE]
        alone = alone[(np.searchsorted(quotes, alone) + self._quotes) & 1 == 0]
        if alone.size:
            raise SourceError(
                f"{self.name} has a carriage return without a newline",
                got=f"one on line {self._line_at(block, int(alone[0]))}, outside quotes",
                expected="lines that end with a newline, with or without a return before it",
                todo="put a cell that holds one in quotes; a file of such lines can be "
                "converted: tr '\\r' '\\n' < IN > OUT",
            )

    def _check_rows(self, codes: Bytes, marks: Indices) -> None:
        ends = np.flatnonzero(codes[marks] == NEWLINE)
        if not ends.size:
            self._cells += int(marks.size)
            self._length += int(codes.size)
            self._must_end()
            return
        cells = np.diff(ends, prepend=-1)
        cells[0] += self._cells
        places = marks[ends]
        lengths = np.diff(places, prepend=-1) - 1
        lengths[0] += self._length
        before = np.where(places > 0, codes[np.maximum(places - 1, 0)], self._last)
        blank = (cells == 1) & ((lengths == 0) | ((lengths == 1) & (before == RETURN)))
        if self.width == 1:
            blank[:] = False  # where a row is one cell, a blank line is an empty cell
        self._judge(codes, places, cells, blank)
        self._start = self._line_of(codes, places, len(places))
        self._cells = int(marks.size - 1 - ends[-1])
        self._length = int(codes.size - 1 - places[-1])

    def _judge(self, codes: Bytes, places: Indices, cells: Indices, blank: Flags) -> None:
        full = np.flatnonzero(~blank)
        if not full.size:
            self.blanks += len(cells)
            return
        if self.blanks:
            raise self._blank_line(self._start - self.blanks)
        gaps = np.flatnonzero(blank[: full[-1]])
        ragged = full[cells[full] != self.width]
        if ragged.size and not (gaps.size and gaps[0] < ragged[0]):
            line = self._line_of(codes, places, int(ragged[0]))
            start = int(places[ragged[0] - 1]) + 1 if ragged[0] else 0
            text = codes[start : int(places[ragged[0]])].tobytes()
            if not ragged[0] and self._length:
                text = b"..."  # it began in another block
            raise self._ragged(line, int(cells[ragged[0]]), text)
        if gaps.size:
            raise self._blank_line(self._line_of(codes, places, int(gaps[0])))
        self.rows += int(full.size)
        self.blanks = int(len(cells) - 1 - full[-1])

    def _line_of(self, codes: Bytes, places: Indices, record: int) -> int:
        """The line on which a record of this block begins, counted from 1."""
        if record == 0:
            return self._start
        upto = int(places[record - 1]) + 1
        return self._lines + int(np.count_nonzero(codes[:upto] == NEWLINE)) + 1

    def _ragged(self, line: int, cells: int, text: bytes) -> SourceError:
        todo = "mend that line: a separator is missing, or a cell that holds one lacks quotes"
        if cells == 1 and not text.strip():
            todo = "delete that line, which holds nothing but spaces"
        elif cells == 1 and text.lstrip().startswith(b"#"):
            todo = "delete that line, which is a comment"
        elif cells < self.width:
            todo = f"if it is a note or a total and no row, delete it; else {todo}"
        if line == self.skipped + 2 and cells > self.width:
            title = f"if line {line - 1} is a comment or a title, delete it, or give "
            todo = f"{title}{give('skip_rows', line - 1)}; else {todo}"
        return SourceError(
            f"{self.name} has a ragged row",
            got=f"{plural(cells, 'cell')} on line {line}",
            expected=f"{self.width}, as in the header",
            todo=todo,
        )

    def _blank_line(self, line: int) -> SourceError:
        return SourceError(
            f"{self.name} has a blank line between rows",
            got=f"nothing on line {line}",
            expected=f"{self.width} cells, as in the header",
            todo="delete the line, and what stands below it where that is a note or a total and "
            "no row; or write the separators of an empty row",
        )

    def _finish(self) -> None:
        if self._decoder.getstate()[0]:
            raise self._not_utf8("a character cut off", self._lines + 1)
        if self._quotes & 1:
            raise SourceError(
                f"{self.name} has a quote that never closes",
                got=f'an opening " on line {self._opened}',
                todo="close the quote; the file may have been cut off",
            )
        if self._length:
            self._check_rows(np.array([NEWLINE], np.uint8), np.array([0]))
