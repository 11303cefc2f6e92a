"""Which columns are missing in the same rows: a bounded count of the patterns of holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Patterns that are kept; beyond it, those with the smallest hashes stay.
KEPT = 512
_ALL = 2**64 - 1


@dataclass(slots=True)
class Gaps:
    """Patterns of missing cells: which set of columns is missing together, in how many rows.

    Attributes
    ----------
    patterns
        Hash of a pattern to its columns and the count of its rows.
    threshold
        Patterns with a hash up to this are kept; 2**64 - 1 while all are.
    """

    patterns: dict[int, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    threshold: int = _ALL

    def add(self, missing: Mapping[str, NDArray[np.bool_]], rows: int) -> None:
        """Take in the masks of the columns that miss cells, each of shape (rows,)."""
        if not missing:
            return
        marks = np.zeros(rows, dtype=np.uint64)
        for name, mask in missing.items():
            marks ^= np.where(mask, np.uint64(column_mark(name)), np.uint64(0))
        found, first, counts = np.unique(marks, return_index=True, return_counts=True)
        keep = (found != 0) & (found <= np.uint64(self.threshold))
        order = np.flatnonzero(keep)[:KEPT]
        for place in order:
            mark, row, count = int(found[place]), int(first[place]), int(counts[place])
            if mark in self.patterns:
                names, before = self.patterns[mark]
                self.patterns[mark] = names, before + count
            else:
                names = tuple(name for name, mask in missing.items() if mask[row])
                self.patterns[mark] = names, count
        if int(np.count_nonzero(keep)) > KEPT:
            self.threshold = int(found[order[-1]])
        self._bound()

    def _bound(self) -> None:
        if len(self.patterns) > KEPT:
            self.threshold = min(self.threshold, sorted(self.patterns)[KEPT - 1])
        self.patterns = {
            mark: pattern for mark, pattern in self.patterns.items() if mark <= self.threshold
        }

    def merged(self, other: Gaps) -> Gaps:
        """The patterns of both."""
        result = Gaps(dict(self.patterns), min(self.threshold, other.threshold))
        for mark, (names, count) in other.patterns.items():
            before = result.patterns.get(mark, ((), 0))[1]
            result.patterns[mark] = names, before + count
        result._bound()
        return result


def column_mark(name: str) -> int:
    """A 64-bit mark of a column: the marks of a row's missing columns, xored, mark its pattern."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
