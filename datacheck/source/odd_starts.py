"""Numbers that are spelt as no program spells a number: `007`, `+7`, `-0`, ` 7`.

polars' reader of CSV takes them for numbers, and their spelling would be lost. They are told by the
first bytes of their cells, at a fraction of what a look at each cell costs. What is counted may be
none of them, as in a quoted text; what is not counted is none for sure. So where cells of text
(`08:30`, `01234`) begin so as often as was counted, no number does.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from datacheck.arrays import Bytes, Flags, Indices
from datacheck.columns import bare
from datacheck.source.regular import NEWLINE, QUOTE

_COMMA, _ZERO, _MINUS, _SPACE, _PLUS = 0x2C, 0x30, 0x2D, 0x20, 0x2B
_DIGITS = b"0123456789"


#: A cell of text that is counted for sure, where neither a space nor a plus parts cells.
SURE = r"^(?:0[0-9]|-0(?:$|[0-9])|[ +][\t +\-.0-9nNiI])"


def sure_in(cells: pl.Series) -> int:
    """How many cells `SURE` finds, by the first bytes of each in a tenth of its time.

    >>> import polars as pl
    >>> sure_in(pl.Series(["007", "-0", " x", "7", None, "-05", "+1", "0"]))
    4
    """
    views = bare(cells).drop_nulls().to_arrow(compat_level=pl.CompatLevel.newest())
    # A view is the cell's length and its first four bytes, and more; short ones end in zeros.
    whole = np.frombuffer(views.buffers()[1], np.uint8).reshape(-1, 16)
    heads = whole[views.offset : views.offset + len(views), 4:7]
    first, second, third = np.ascontiguousarray(heads.T)
    zeros = (first == _ZERO) & _is_digit(second)
    minus = (first == _MINUS) & (second == _ZERO) & (_is_digit(third) | (third == 0))
    blanks = second[(first == _SPACE) | (first == _PLUS)]
    return int(np.count_nonzero(zeros | minus) + np.count_nonzero(_BEGINS[blanks]))


def _is_digit(codes: Bytes) -> Flags:
    return (codes - np.uint8(_ZERO)) < len(_DIGITS)


class OddStarts:
    """Looks for cells that begin as a number does that is to stay text."""

    def __init__(self, separator: int) -> None:
        self._separator = separator
        # Whatever stands before a cell has no higher code than a comma, or is the separator.
        self._border = _among(bytes([separator, NEWLINE, QUOTE]))
        self._blank = _among(bytes(set(b"\t +") - {separator}))
        self._ends = _among(bytes([separator, NEWLINE, QUOTE]) + b"\r" + _DIGITS)

    def count(self, data: bytes) -> int:
        """How many may be in these bytes, from their second to the one before their last."""
        codes = np.frombuffer(data, np.uint8)
        first, second = codes[1:-1], codes[2:]
        border = codes[:-2] <= _COMMA
        if self._separator > _COMMA:
            border |= codes[:-2] == self._separator
        zeros = first == _ZERO
        zeros &= border
        zeros &= _is_digit(second)
        count = self._cells(codes, zeros).size
        if b"-" in data:
            minus = first == _MINUS
            minus &= border
            minus &= second == _ZERO
            third = self._cells(codes, minus) + 3
            # Beyond the block stands what is not known.
            known = third[third < codes.size]
            count += third.size - known.size + int(np.count_nonzero(self._ends[codes[known]]))
        if b" " not in data and b"+" not in data and b"\t" not in data:
            return count
        blanks = self._cells(codes, border & (first <= _COMMA))
        blanks = blanks[self._blank[codes[blanks + 1]]]
        return count + int(np.count_nonzero(_BEGINS[codes[blanks + 2]]))

    def _cells(self, codes: Bytes, found: Flags) -> Indices:
        """Of what was found, where it is right behind a border."""
        at = np.flatnonzero(found)
        return at[self._border[codes[at]]]


def _among(wanted: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(wanted)] = True
    return table


_BEGINS = _among(b"\t +-." + _DIGITS + b"nNiI")  # nan, inf
