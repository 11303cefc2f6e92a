"""Blocks of a CSV whose rows are plainly regular, told from the others at a fraction of the cost.

Of a block only its separators, newlines and quotes are kept, a tenth of it or less. Outside quotes
they must follow each other as in any other row. Whatever does not is looked at byte by byte.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

QUOTE, NEWLINE = 0x22, 0x0A


class Rows(NamedTuple):
    """What a regular block adds: rows that ended in it and where the last one did, and the rest.

    `end` is -1 where none ended; `cells` are the separators of the row that is still open, `quotes`
    and `lines` are all that the block holds, newlines inside quotes among them.
    """

    ended: int
    end: int
    cells: int
    quotes: int
    lines: int


class Regular:
    """Recognises regular blocks of rows of `width` cells."""

    def __init__(self, separator: int, width: int) -> None:
        self._width = width
        kept = {separator, NEWLINE, QUOTE}
        self._others = bytes(byte for byte in range(256) if byte not in kept)
        self._row = bytes([separator]) * (width - 1) + b"\n"
        self._rows = b""

    def rows(self, block: bytes, quotes: int, cells: int) -> Rows | None:
        """What a block adds after so many `quotes` and `cells`; None where it is not regular."""
        # In one column a blank line is a row; a row with too many cells is open.
        if self._width < 2 or cells >= self._width:  # noqa: PLR2004
            return None
        marks = block.translate(None, self._others)
        quoted, lines = marks.count(b'"'), marks.count(b"\n")
        if quoted or quotes & 1:
            codes = np.frombuffer(marks, np.uint8)
            is_quote = codes == QUOTE
            inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)) ^ np.uint8(quotes & 1)
            marks = codes[~is_quote & (inside == 0)].tobytes()
        upto = cells + len(marks)
        if len(self._rows) < upto:
            self._rows = self._row * (2 * upto // self._width + 1)
        if marks != self._rows[cells:upto]:
            return None
        ended, left = divmod(upto, self._width)
        end = self._end(block, quotes + quoted) if ended else -1
        return Rows(ended, end, left, quoted, lines)

    def _end(self, block: bytes, quotes: int) -> int:
        """Where the last newline outside quotes stands; `quotes` are all up to the block's end."""
        at = len(block)
        while True:
            below = block.rfind(b"\n", 0, at)
            quotes -= block.count(b'"', below, at)
            if not quotes & 1:
                return below
            at = below
