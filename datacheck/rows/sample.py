"""Some rows of a table, all of them where it is small: the same ones however it is read.

Which rows are kept is decided by a hash of their number, so neither batches nor threads matter.

Whether what a sample shows of two columns holds in every row of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from datacheck.arrays import Ints, Keys
from datacheck.columns import cols, doubles
from datacheck.numeric.ordered_bits import hashed
from datacheck.rows.cells import codes
from datacheck.table import Run, SeenWhole

#: Rows that are kept at most, and cells; but so many rows of the widest table.
MOST_ROWS, MOST_CELLS, LEAST_ROWS = 20_000, 2**22, 500
_ALL = 2**64 - 1


def mixed(places: Keys) -> Keys:
    """A hash of whole numbers: the next number of splitmix64."""
    return hashed(places + np.uint64(0x9E3779B97F4A7C15))


class RowSample(SeenWhole):
    """The rows with the smallest hashes, by default few enough to look at each column."""

    def __init__(self, columns: Iterable[str], most: int | None = None) -> None:
        self.columns = tuple(columns)
        few = max(LEAST_ROWS, min(MOST_ROWS, MOST_CELLS // max(len(self.columns), 1)))
        self.most = few if most is None else most
        self.rows = 0
        self._kept: list[tuple[Keys, Keys, pl.DataFrame]] = []
        self._threshold = _ALL

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - a filter
        """See `Kernel`."""
        places = np.arange(offset, offset + batch.height, dtype=np.uint64)
        hashes = mixed(places)
        self.rows += batch.height
        chosen = np.flatnonzero(hashes <= np.uint64(self._threshold))
        if len(chosen) > self.most:
            chosen = np.sort(chosen[np.argpartition(hashes[chosen], self.most)[: self.most]])
        if len(chosen) and self.columns:
            rows = batch.select(cols(self.columns))[chosen]
            self._kept.append((hashes[chosen], places[chosen], rows))
        if sum(len(each[0]) for each in self._kept) > 2 * self.most:
            self._shrink()

    def _shrink(self) -> None:
        hashes, places, frame = self._joined()
        if len(hashes) > self.most:
            chosen = np.sort(np.argpartition(hashes, self.most)[: self.most])
            hashes, places, frame = hashes[chosen], places[chosen], frame[chosen]
            self._threshold = int(hashes.max())
        self._kept = [(hashes, places, frame)]

    def _joined(self) -> tuple[Keys, Keys, pl.DataFrame]:
        if len(self._kept) == 1:
            return self._kept[0]
        hashes, places, frames = zip(*self._kept, strict=True)
        return np.concatenate(hashes), np.concatenate(places), pl.concat(frames)

    def merge(self, other: RowSample) -> None:
        """See `Kernel`."""
        self._kept += other._kept
        self.rows += other.rows
        if self._kept:
            self._shrink()

    @property
    def whole(self) -> bool:
        """Whether every row is kept."""
        return self.rows <= self.most

    def taken(self) -> tuple[Ints, pl.DataFrame]:
        """The rows' numbers, ascending, and the rows."""
        if not self._kept:
            return np.zeros(0, np.int64), pl.DataFrame()
        self._shrink()
        _, places, frame = self._kept[0]
        order = np.argsort(places, kind="stable")
        return places[order].astype(np.int64), frame[order]


class TakeRows:
    """The rows with these numbers, ascending, and some columns of them."""

    def __init__(self, places: Ints, columns: Iterable[str]) -> None:
        self.places, self.columns = places, tuple(columns)
        self._parts: list[pl.DataFrame] = []

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - a gather
        """See `Kernel`."""
        first, end = np.searchsorted(self.places, [offset, offset + batch.height])
        if end > first:
            wanted = self.places[first:end] - offset
            self._parts.append(batch.select(cols(self.columns))[wanted])

    def merge(self, other: TakeRows) -> None:
        """See `Kernel`: the rows of the other come later."""
        self._parts += other._parts

    def seen_alone(self) -> TakeRows:
        """See `Kernel`."""
        taken = TakeRows(np.zeros(0, np.int64), self.columns)
        taken._parts = self._parts
        return taken

    def taken(self) -> pl.DataFrame:
        """The rows."""
        return pl.concat(self._parts) if self._parts else pl.DataFrame()


#: Pairs of categories that are kept; more are no renaming.
_MOST = 100_000


class RelationCheck(SeenWhole):
    """Which (column, of, kind, factor, offset, miss) hold in all rows so far, as a kernel."""

    def __init__(self, claims: Sequence[tuple[str, str, str, float, float, float]]) -> None:
        self.claims = list(claims)
        self.columns = frozenset(name for claim in claims for name in claim[:2])
        self.holds = [True] * len(claims)
        self._pairs: list[set[tuple[int, int]]] = [set() for _ in claims]

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - few columns
        """See `Kernel`."""
        for place, (column, of, kind, factor, shift, miss) in enumerate(self.claims):
            if not self.holds[place]:
                continue
            if kind == "linear":
                x, y = (doubles(batch[name]) for name in (of, column))
                with np.errstate(all="ignore"):
                    near = np.abs(x * factor + shift - y) <= miss
                neither = ~np.isfinite(x) & ~np.isfinite(y)
                self.holds[place] = bool((near | neither).all())
                continue
            one, two = codes(batch[of]), codes(batch[column])
            if kind == "equal":
                self.holds[place] = bool((one == two).all())
            else:
                pairs = np.unique(np.stack([one, two]), axis=1)
                self._pairs[place] |= set(zip(*pairs.tolist(), strict=True))
                self._judge(place)

    def _judge(self, place: int) -> None:
        pairs = self._pairs[place]
        sides = {one for one, _ in pairs}, {two for _, two in pairs}
        alike = len(sides[0]) == len(sides[1]) == len(pairs)
        self.holds[place] = self.holds[place] and alike and len(pairs) <= _MOST

    def merge(self, other: RelationCheck) -> None:
        """See `Kernel`."""
        for place, holds in enumerate(other.holds):
            self.holds[place] = self.holds[place] and holds
            self._pairs[place] |= other._pairs[place]
            if self.claims[place][2] == "renamed":
                self._judge(place)
