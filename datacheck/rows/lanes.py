"""Keys that rows share which are near each other: a half of their columns, or a box of a grid.

Two rows that differ in one cell agree in one half of their columns, whichever the cell. Rows that
differ by a rounding fall into one box of a coarse grid, if not of one then of another, shifted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from datacheck.arrays import Ints, Keys
from datacheck.columns import doubles
from datacheck.rows.cells import codes
from datacheck.rows.keys import factors
from datacheck.rows.sample import mixed
from datacheck.table import Run, SeenWhole

#: Rows of one box that are compared with each other; fuller boxes hold what is common.
MOST_IN_BOX = 16


class RowLanes(SeenWhole):
    """So many keys of each row so far, as a kernel of 8 bytes a row and key."""

    def __init__(self, columns: Iterable[str], many: int) -> None:
        self.columns = tuple(columns)
        self._many = many
        self._parts: list[Keys] = []

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - rows in order
        """See `Kernel`."""
        lanes = np.zeros((self._many, batch.height), np.uint64)
        cells = run(self._keys, map(batch.get_column, self.columns))
        for place, (name, keys) in enumerate(zip(self.columns, cells, strict=True)):
            lanes[self._lane(place)] += keys * factors(name)[0]
        self._parts.append(lanes)

    def _keys(self, cells: pl.Series) -> Keys:
        """What a column's cells add to the keys."""
        return codes(cells)

    def _lane(self, place: int) -> slice:  # noqa: ARG002 - every column counts in each
        """Which of the keys a column counts in, by its place."""
        return slice(None)

    def merge(self, other: RowLanes) -> None:
        """See `Kernel`: the rows of the other come later."""
        self._parts += other._parts

    def lanes(self) -> Keys:
        """The keys, shape (many, rows)."""
        return np.concatenate([np.zeros((self._many, 0), np.uint64), *self._parts], axis=1)


class Halves(RowLanes):
    """The keys of either half of the columns: every other column is of the first."""

    def __init__(self, columns: Iterable[str]) -> None:
        super().__init__(columns, 2)

    def _lane(self, place: int) -> slice:
        return slice(place % 2, place % 2 + 1)


class Boxes(RowLanes):
    """The boxes of the rows in so many shifted grids.

    `spreads` are those of the columns of numbers; the cells of others are boxes of their own.
    `level` is the side of a box, in parts of the spread.
    """

    def __init__(
        self, columns: Iterable[str], spreads: Mapping[str, float], level: float, shifts: int
    ) -> None:
        super().__init__(columns, shifts)
        self._sides = {name: spread * level for name, spread in spreads.items()}
        self._shifts = {
            name: np.random.default_rng(factors(name)[0]).random(shifts) for name in self._sides
        }

    def _keys(self, cells: pl.Series) -> Keys:
        side = self._sides.get(cells.name)
        if side is None:
            return codes(cells)
        numbers = doubles(cells)
        seen = np.isfinite(numbers)
        with np.errstate(all="ignore"):
            grid = np.floor(numbers / side + self._shifts[cells.name][:, None])
        # Bits of the double: a box of an empty cell is one that no number has.
        boxes = mixed(np.where(seen, grid + 0.0, np.nan).view(np.uint64))
        # What is missing and what is infinite are no near things.
        return np.where(seen, boxes, codes(cells))


def pairs_of(sides: Sequence[Keys]) -> Ints:
    """The pairs of rows that share a box of some grid, shape (2, pairs), each once."""
    found = [np.zeros((2, 0), np.int64)]
    for grid in zip(*sides, strict=True):
        boxes = np.concatenate(grid)
        order = np.argsort(boxes, kind="stable")
        ordered = boxes[order]
        for step in range(1, MOST_IN_BOX):
            same = np.flatnonzero(ordered[step:] == ordered[:-step])
            if not len(same):
                break
            # A box of more rows than may be is left out, whole.
            first = np.searchsorted(ordered, ordered[same], side="left")
            end = np.searchsorted(ordered, ordered[same], side="right")
            same = same[end - first <= MOST_IN_BOX]
            pairs = np.vstack([order[same], order[same + step]])
            if len(sides) > 1:
                many = len(grid[0])
                pairs = pairs[:, (pairs[0] < many) & (pairs[1] >= many)] - np.array(
                    [[0], [many]], np.int64
                )
            found.append(pairs)
    return np.unique(np.concatenate(found, axis=1), axis=1)
