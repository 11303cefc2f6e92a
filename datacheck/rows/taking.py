"""Rows of a table by their numbers, as a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.columns import cols

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.table import Run


class TakeRows:
    """The rows with these numbers, in order.

    Parameters
    ----------
    places
        Their numbers, ascending.
    columns
        Those that are kept.
    """

    def __init__(self, places: NDArray[np.int64], columns: Iterable[str]) -> None:
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
        import polars as pl

        return pl.concat(self._parts) if self._parts else pl.DataFrame()
