"""The keys of a table's rows, as a kernel: 128 bits a row, by groups of columns.

A row's key is a sum over its cells, each times a number that its column's name gives. So it does
not depend on the order of the columns, and the key of some columns is that of all less that of the
others: one look at a table serves every question about which of its rows are one.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from datacheck.rows.cells import codes_of
from datacheck.rows.store import Lanes
from datacheck.table import SeenWhole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import polars as pl

    from datacheck.rows.store import Keys
    from datacheck.table import Run

#: Rows whose keys are made at once: a column of them stays in the processor's cache.
_CHUNK = 2**15


def factors(name: str) -> tuple[np.uint64, np.uint64]:
    """Two odd numbers that a column's name gives."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    one, two = np.frombuffer(digest, np.uint64)
    return one | np.uint64(1), two | np.uint64(1)


class RowKeys(SeenWhole):
    """The keys of the rows so far, a kernel that keeps 16 bytes a row and group.

    Parameters
    ----------
    groups
        Names of groups with their columns; no column stands in two.
    """

    def __init__(self, groups: Mapping[str, Collection[str]]) -> None:
        self.groups = {group: tuple(names) for group, names in groups.items() if names}
        self.columns = frozenset(name for names in self.groups.values() for name in names)
        self.rows = 0
        self._factors = {name: factors(name) for name in self.columns}
        self._lanes = {group: Lanes() for group in self.groups}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - rows come in order
        """See `Kernel`."""
        starts = range(0, batch.height, _CHUNK)

        def one(start: int) -> list[Keys]:
            part = batch.slice(start, _CHUNK)
            return [keys_of(part, names, self._factors) for names in self.groups.values()]

        for made in run(one, starts):
            for lanes, keys in zip(self._lanes.values(), made, strict=True):
                lanes.append(keys)
        self.rows += batch.height

    def merge(self, other: RowKeys) -> None:
        """See `Kernel`: the rows of the other come later."""
        for group, lanes in other._lanes.items():
            for keys in lanes.chunks():
                self._lanes[group].append(keys)
        self.rows += other.rows

    def of(self, group: str) -> Iterator[Keys]:
        """The keys of the rows by the columns of a group, in parts and in order."""
        return self._lanes[group].chunks()


def keys_of(
    part: pl.DataFrame,
    names: Iterable[str],
    known: Mapping[str, tuple[np.uint64, np.uint64]] | None = None,
) -> Keys:
    """The keys of some rows by some columns, shape (2, rows)."""
    keys = np.zeros((2, part.height), np.uint64)
    for name, cells in codes_of(part, names).items():
        for lane, factor in enumerate(factors(name) if known is None else known[name]):
            keys[lane] += cells * factor
    return keys
