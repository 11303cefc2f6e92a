"""A seeded sample of rows that depends on what the rows hold and on nothing else.

Each row has a hash of its cells; the sample is the rows with the least hashes, in that order. So
it is the same in whatever order and however parted the rows are read, and samples of parts merge.
"""

from __future__ import annotations

import numpy as np

from datacheck.arrays import Floats, Keys
from datacheck.numeric.ordered_bits import hashed, ordered

#: The key of a missing cell: that of no double, since it would be a NaN's.
_MISSING = np.uint64(2**64 - 1)


class Sample:
    """The `most` rows with the least hashes, by a seed, among all that were added."""

    def __init__(self, most: int, seed: int) -> None:
        self.most = most
        self.seed = seed
        self._rows: Floats | None = None
        self._hashes = np.zeros(0, np.uint64)

    def add(self, rows: Floats) -> None:
        """Take in rows, shape (n, features), NaN for missing; one without a value is passed by."""
        rows = rows[~np.isnan(rows).all(axis=1)] + 0.0
        hashes = self._hash(rows)
        if self._rows is not None:
            rows = np.concatenate([self._rows, rows])
            hashes = np.concatenate([self._hashes, hashes])
        # Equal hashes are told apart by the cells, so that equal samples are equal arrays.
        order = np.lexsort((*rows.T[::-1], hashes))[: self.most]
        self._rows, self._hashes = rows[order], hashes[order]

    def merge(self, other: Sample) -> None:
        """Take in what another sample of the same kind kept."""
        if other._rows is not None:
            self.add(other._rows)

    @property
    def rows(self) -> Floats:
        """What was kept, ascending by hash; shape (at most `most`, features)."""
        return np.zeros((0, 0)) if self._rows is None else self._rows

    def _hash(self, rows: Floats) -> Keys:
        mixed = np.full(len(rows), np.uint64(self.seed % 2**64))
        for column in rows.T:
            missing = np.isnan(column)
            keys = ordered(np.where(missing, 0.0, column))
            mixed = hashed(mixed ^ np.where(missing, _MISSING, keys))
        return mixed
