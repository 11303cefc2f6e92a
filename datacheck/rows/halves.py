"""Rows by two halves of their columns: two that differ in one cell, whichever, share a half."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.rows.cells import codes
from datacheck.rows.keys import factors

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.table import Run

    Lanes = NDArray[np.uint64]


class Halves:
    """The keys of the rows so far by either half, as a kernel of 8 bytes a row and half.

    Parameters
    ----------
    columns
        By which rows are compared: every other one is of the first half.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        self._parts: list[Lanes] = []

    def add(self, batch: pl.DataFrame, offset: int, run: Run) -> None:  # noqa: ARG002 - rows in order
        """See `Kernel`."""
        lanes = np.zeros((2, batch.height), np.uint64)
        coded = run(codes, map(batch.get_column, self.columns))
        for place, (name, cells) in enumerate(zip(self.columns, coded, strict=True)):
            lanes[place % 2] += cells * factors(name)[0]
        self._parts.append(lanes)

    def merge(self, other: Halves) -> None:
        """See `Kernel`: the rows of the other come later."""
        self._parts += other._parts

    def seen_alone(self) -> Halves:
        """See `Kernel`."""
        return self

    def lanes(self) -> Lanes:
        """The keys, shape (2, rows)."""
        return np.concatenate([np.zeros((2, 0), np.uint64), *self._parts], axis=1)
