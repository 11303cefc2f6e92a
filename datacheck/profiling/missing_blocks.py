"""Where in a table the missing cells of each column lie: counts by blocks of rows, bounded in size.

How long a table is shows only when it ends, so blocks are as wide as a power of two that grows with
the rows; counts of narrow blocks add up to those of wider ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacheck.arrays import Indices, Ints

#: Blocks that are kept of a table, at most twice as many.
_BLOCKS = 512
TENTHS = 10


@dataclass(slots=True)
class MissingBlocks:
    """Missing cells by column and block."""

    #: Rows of a block, a power of two.
    width: int = 1
    #: By column, how many cells are missing in each block; blocks without any may be left out at
    #: the end.
    counts: dict[str, Ints] = field(default_factory=dict)

    @staticmethod
    def of(missing: Mapping[str, Indices], offset: int, rows: int) -> MissingBlocks:
        """Those of a part of a table, whose first row is the table's row `offset`."""
        end = offset + rows
        width = 1 << max(0, (end // _BLOCKS).bit_length())
        counts = {
            name: np.bincount((holes + offset) // width).astype(np.int64)
            for name, holes in missing.items()
            if len(holes)
        }
        return MissingBlocks(width, counts)

    def merged(self, other: MissingBlocks) -> MissingBlocks:
        """Those of both parts."""
        width = max(self.width, other.width)
        made = {name: _coarser(each, width // self.width) for name, each in self.counts.items()}
        for name, each in other.counts.items():
            more = _coarser(each, width // other.width)
            made[name] = _added(made[name], more) if name in made else more
        return MissingBlocks(width, made)

    def tenths(self, rows: int) -> dict[str, list[float]]:
        """By column, the share of missing cells in each tenth of a table of so many rows."""
        edges = np.arange(TENTHS + 1) * rows / TENTHS
        lengths = np.maximum(np.diff(np.floor(edges)), 1)
        made = {}
        for name, counts in self.counts.items():
            middles = (np.arange(len(counts)) + 0.5) * self.width
            within = np.clip(np.searchsorted(edges, middles, "right") - 1, 0, TENTHS - 1)
            sums = np.bincount(within, counts, TENTHS)
            made[name] = [float(share) for share in np.minimum(sums / lengths, 1.0)]
        return made


def _coarser(counts: Ints, times: int) -> Ints:
    if times == 1:
        return counts
    summed: Ints = np.add.reduceat(counts, np.arange(0, len(counts), times))
    return summed


def _added(one: Ints, other: Ints) -> Ints:
    made = np.zeros(max(len(one), len(other)), dtype=np.int64)
    made[: len(one)] += one
    made[: len(other)] += other
    return made
