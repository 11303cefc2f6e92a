"""Which columns are missing in the same rows: a bounded count of the patterns of holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from datacheck.arrays import Flags, Indices, Keys

#: Patterns that are kept; beyond it, those with the smallest hashes stay.
KEPT = 512
_ALL = 2**64 - 1


@dataclass(slots=True)
class MissingPatterns:
    """Patterns of missing cells: which set of columns is missing together, in how many rows."""

    #: Hash of a pattern to its columns and the count of its rows.
    patterns: dict[int, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    #: Patterns with a hash up to this are kept; 2**64 - 1 while all are.
    threshold: int = _ALL

    def add(self, missing: Mapping[str, Indices], rows: int) -> None:
        """Take in the rows, ascending and counted from 0, in which columns miss their cells."""
        if not missing:
            return
        marks = np.zeros(rows, dtype=np.uint64)
        for name, holes in missing.items():
            marks[holes] ^= np.uint64(column_mark(name))
        # One less than 0, of a row without holes, lies beyond any threshold.
        places = np.flatnonzero(marks - np.uint64(1) < np.uint64(self.threshold))
        marks = marks[places]
        found, counts = np.unique(marks, return_counts=True)
        if len(found) > KEPT:
            self.threshold = int(found[KEPT - 1])
        tallied = dict(zip(found[:KEPT].tolist(), counts[:KEPT].tolist(), strict=True))
        new = [mark for mark in tallied if mark not in self.patterns]
        self.patterns |= {mark: (names, 0) for mark, names in _named(new, marks, places, missing)}
        for mark, count in tallied.items():
            names, before = self.patterns[mark]
            self.patterns[mark] = names, before + count
        self._bound()

    def _bound(self) -> None:
        if len(self.patterns) > KEPT:
            self.threshold = min(self.threshold, sorted(self.patterns)[KEPT - 1])
        self.patterns = {
            mark: pattern for mark, pattern in self.patterns.items() if mark <= self.threshold
        }

    def nothing_yet(self) -> MissingPatterns:
        """What counts a further part of the same table, and looks for what can still be kept."""
        return MissingPatterns(
            {mark: (names, 0) for mark, (names, _) in self.patterns.items()}, self.threshold
        )

    def merged(self, other: MissingPatterns) -> MissingPatterns:
        """The patterns of both."""
        result = MissingPatterns(dict(self.patterns), min(self.threshold, other.threshold))
        for mark, (names, count) in other.patterns.items():
            before = result.patterns.get(mark, ((), 0))[1]
            result.patterns[mark] = names, before + count
        result._bound()
        return result


def _named(
    new: list[int], marks: Keys, rows: Indices, missing: Mapping[str, Indices]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The columns of patterns not seen before, each read off the first row that has it."""
    if not new:
        return
    places = np.flatnonzero(marks <= np.uint64(max(new)))
    places = places[_among(marks[places], np.array(sorted(new), dtype=np.uint64))]
    found, first = np.unique(marks[places], return_index=True)
    own = rows[places[first]]
    empty = np.array([_among(own, holes) for holes in missing.values()])
    for mark, holed in zip(found.tolist(), empty.T.tolist(), strict=True):
        yield mark, tuple(compress(missing, holed))


def _among(values: NDArray[Any], ascending: NDArray[Any]) -> Flags:
    """Which values occur in another array, which is ascending."""
    places = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    found: Flags = ascending[places] == values
    return found


def column_mark(name: str) -> int:
    """A 64-bit mark of a column: the marks of a row's missing columns, xored, mark its pattern."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
