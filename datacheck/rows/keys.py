"""The keys of a table's rows, as a kernel: 128 bits a row, by groups of columns.

A row's key is a sum over its cells, each times a number that its column's name gives. So the order
of the columns does not matter, and the key of some is that of all less that of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import IO
from weakref import finalize

import numpy as np
import polars as pl

from datacheck.arrays import Keys
from datacheck.columns import col
from datacheck.rows.cells import codes_of
from datacheck.table import Run, SeenWhole

#: Rows whose keys are made at once: a column of them stays in the processor's cache.
_CHUNK = 2**15


def factors(name: str) -> tuple[np.uint64, np.uint64]:
    """Two odd numbers that a column's name gives."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    one, two = np.frombuffer(digest, np.uint64)
    return one | np.uint64(1), two | np.uint64(1)


def halved(one: Mapping[str, pl.DataType], other: Mapping[str, pl.DataType]) -> frozenset[str]:
    """The columns that one table holds as float32 and the other as doubles: alike as float32."""
    kinds = {pl.Float32, pl.Float64}
    return frozenset(
        name for name, dtype in one.items() if name in other and {dtype, other[name]} == kinds
    )


class RowKeys(SeenWhole):
    """The keys of the rows so far, 16 bytes a row and group; those of `single` as float32."""

    def __init__(self, groups: Mapping[str, Collection[str]], single: Collection[str] = ()) -> None:
        self.groups = {group: tuple(names) for group, names in groups.items() if names}
        self.columns = frozenset(name for names in self.groups.values() for name in names)
        self.rows = 0
        self._single = single
        self._factors = {name: factors(name) for name in self.columns}
        self._lanes = {group: Lanes() for group in self.groups}

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - rows come in order
        """See `Kernel`."""
        starts = range(0, batch.height, _CHUNK)

        def one(start: int) -> list[Keys]:
            part = batch.slice(start, _CHUNK)
            groups = self.groups.values()
            return [keys_of(part, names, self._factors, self._single) for names in groups]

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
    single: Collection[str] = (),
) -> Keys:
    """The keys of some rows by some columns, `single` ones as float32; shape (2, rows)."""
    if single:
        part = part.with_columns(col(name).cast(pl.Float32) for name in names if name in single)
    keys = np.zeros((2, part.height), np.uint64)
    for name, cells in codes_of(part, names).items():
        for lane, factor in enumerate(factors(name) if known is None else known[name]):
            keys[lane] += cells * factor
    return keys


#: Rows that a store holds before it writes them to a file, which is gone when the store is.
HELD = 2**22
#: Rows that are given back at once.
PART = 2**18


class Lanes:
    """Keys in the order of their rows: in memory up to a bound, in a file of its own beyond it."""

    def __init__(self) -> None:
        self._held: list[Keys] = []
        self._rows = 0
        self._file: IO[bytes] | None = None

    def append(self, keys: Keys) -> None:
        """Take in the keys of the next rows."""
        self._held.append(keys)
        self._rows += keys.shape[1]
        if self._rows > HELD:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the store
            finalize(self, self._file.close)
        self._file.seek(0, 2)
        for keys in self._held:
            self._file.write(keys.T.tobytes())
        self._held, self._rows = [], 0

    def chunks(self) -> Iterator[Keys]:
        """The keys in parts of `PART` rows; the last holds what is left."""
        waiting: list[Keys] = []
        rows = 0
        for keys in self._parts():
            waiting.append(keys)
            rows += keys.shape[1]
            if rows >= PART:
                joined = np.concatenate(waiting, axis=1)
                whole = rows - rows % PART
                for start in range(0, whole, PART):
                    yield joined[:, start : start + PART]
                waiting, rows = [joined[:, whole:]], rows - whole
        if rows:
            yield np.concatenate(waiting, axis=1)

    def _parts(self) -> Iterator[Keys]:
        if self._file is not None:
            place = 0
            while True:
                self._file.seek(place)
                read = self._file.read(PART * 16)
                if not read:
                    break
                place += len(read)
                yield np.frombuffer(read, np.uint64).reshape(-1, 2).T
        yield from self._held
