"""The lowest and highest cells of a column, with the rows in which they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl
    from numpy.typing import NDArray

    Ends = tuple[tuple[float, int], ...]
    #: Tells the rows of some cells by their places.
    Rows = Callable[[NDArray[np.intp]], NDArray[np.intp]]

#: Extremes that are kept on each side, with their rows.
EXTREMES = 5
#: Cells whose rows are listed sooner than searched.
FEW = 2**15


class Extremes:
    """The outermost of many blocks, from the outside in: (value, place), the first where they tie.

    Attributes
    ----------
    lowest, highest
        At most `EXTREMES` of each.
    """

    def __init__(self) -> None:
        self.lowest: Ends = ()
        self.highest: Ends = ()

    def add(self, values: NDArray[np.float64], low: float, high: float, start: int) -> None:
        """Take in a block of finite values between `low` and `high`, the first at place `start`."""
        full = len(self.lowest) == EXTREMES
        if not full or low < self.lowest[-1][0]:
            places = np.flatnonzero(values < self.lowest[-1][0]) if full else np.arange(len(values))
            chosen = places[np.argsort(values[places], kind="stable")[:EXTREMES]]
            self.lowest = lowest_of(self.lowest, _pairs(values, chosen, start))
        if not full or high > self.highest[-1][0]:
            places = (
                np.flatnonzero(values > self.highest[-1][0]) if full else np.arange(len(values))
            )
            chosen = places[np.argsort(-values[places], kind="stable")[:EXTREMES]]
            self.highest = highest_of(self.highest, _pairs(values, chosen, start))


def lowest_of(*ends: Iterable[tuple[float, int]]) -> Ends:
    """The lowest of several, each (value, row)."""
    return tuple(sorted({pair for each in ends for pair in each})[:EXTREMES])


def highest_of(*ends: Iterable[tuple[float, int]]) -> Ends:
    """The highest of several, each (value, row)."""
    pairs = {pair for each in ends for pair in each}
    return tuple(sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:EXTREMES])


def located(ends: Ends, rows: Rows) -> Ends:
    """The same extremes with their rows in the place of their places."""
    found = rows(np.array([place for _, place in ends], dtype=np.intp)).tolist()
    return tuple((value, row) for (value, _), row in zip(ends, found, strict=True))


def present_rows(cells: pl.Series, places: NDArray[np.intp]) -> NDArray[np.intp]:
    """The rows of cells that are told by their places among those that are not null.

    By halving, where they are many: counting the nulls of a stretch costs next to nothing, listing
    all rows does not.
    """
    if len(cells) <= FEW:
        present: NDArray[np.intp] = np.flatnonzero(cells.is_not_null().to_numpy())[places]
        return present
    return np.array([_present_row(cells, int(place)) for place in places], dtype=np.intp)


def _present_row(cells: pl.Series, place: int) -> int:
    low, high = 0, len(cells)
    while high - low > 1:
        middle = (low + high) // 2
        present = middle - low - cells.slice(low, middle - low).null_count()
        if place < present:
            high = middle
        else:
            low, place = middle, place - present
    return low


def _pairs(
    values: NDArray[np.float64], places: NDArray[np.intp], start: int
) -> list[tuple[float, int]]:
    numbers = (values[places] + 0.0).tolist()
    return list(zip(numbers, (places + start).tolist(), strict=True))
