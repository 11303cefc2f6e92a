"""Keys in the order of their rows: in memory up to a bound, in a file of their own beyond it."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from weakref import finalize

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    #: Two lanes of 64 bits a row, shape (2, rows).
    Keys = NDArray[np.uint64]

#: Rows that a store holds before it writes them to a file, which is gone when the store is.
HELD = 2**22
#: Rows that are given back at once.
PART = 2**18


class Lanes:
    """Keys that are appended, and read again in order, in parts of `PART` rows."""

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
