"""The lowest and highest cells of a column, with the rows in which they stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices

Ends = tuple[tuple[float, int], ...]
#: Tells the rows of some cells by their places.
Rows = Callable[[Indices], Indices]

#: Extremes that are kept on each side, with their rows.
EXTREMES = 5
#: Cells whose rows are listed sooner than searched.
FEW = 2**15


class Extremes:
    """The outermost of many blocks, from the outside in: (value, place), at most `EXTREMES`."""

    def __init__(self, lowest: Ends = (), highest: Ends = ()) -> None:
        self.lowest: Ends = ()
        self.highest: Ends = ()
        # Only what lies beyond these can count; of an earlier value a later one's tie can, too.
        self._below = math.nextafter(_last(lowest, math.inf), math.inf)
        self._above = math.nextafter(_last(highest, -math.inf), -math.inf)

    def add(self, values: Floats, low: float, high: float, start: int) -> None:
        """Take in a block of finite values between `low` and `high`, the first at place `start`."""
        if low < self._below:
            found = _pairs(values, _outermost(values, values < self._below, 1), start)
            self.lowest = lowest_of(self.lowest, found)
            self._below = min(self._below, _last(self.lowest, math.inf))
        if high > self._above:
            found = _pairs(values, _outermost(values, values > self._above, -1), start)
            self.highest = highest_of(self.highest, found)
            self._above = max(self._above, _last(self.highest, -math.inf))


def _last(ends: Ends, otherwise: float) -> float:
    """The innermost of so many ends as are kept; of fewer, any value counts."""
    return ends[-1][0] if len(ends) == EXTREMES else otherwise


def _outermost(values: Floats, beyond: Flags, sign: int) -> Indices:
    """Where the lowest of some values stand, or the highest, the first of ties: `EXTREMES`."""
    places = np.flatnonzero(beyond)
    if len(places) <= EXTREMES:
        return places
    few = sign * values[places]
    bound = np.partition(few, EXTREMES - 1)[EXTREMES - 1]
    tied = np.flatnonzero(few == bound)[:EXTREMES]
    chosen: Indices = places[np.concatenate([np.flatnonzero(few < bound), tied])]
    return chosen


def lowest_of(*ends: Iterable[tuple[float, int]]) -> Ends:
    """The lowest of several, each (value, row)."""
    return tuple(sorted({pair for each in ends for pair in each})[:EXTREMES])


def highest_of(*ends: Iterable[tuple[float, int]]) -> Ends:
    """The highest of several, each (value, row)."""
    pairs = {pair for each in ends for pair in each}
    return tuple(sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:EXTREMES])


def located(ends: Ends, rows: Rows) -> Ends:
    """The same extremes with their rows in the place of their places."""
    if not ends:
        return ends
    found = rows(np.array([place for _, place in ends], dtype=np.intp)).tolist()
    return tuple((value, row) for (value, _), row in zip(ends, found, strict=True))


def present_rows(cells: pl.Series, places: Indices) -> Indices:
    """The rows of cells by their places among those that are not null, by narrowing if many."""
    if len(cells) <= FEW:
        return np.flatnonzero(cells.is_not_null().to_numpy())[places]
    return np.array([_present_row(cells, int(place)) for place in places], dtype=np.intp)


def _present_row(cells: pl.Series, place: int) -> int:
    """By turns where it would be if nulls were spread evenly, and in the middle."""
    low, high, held, evenly = 0, len(cells), len(cells) - cells.null_count(), True
    while held < high - low:
        width = high - low
        step = (
            min(max(1, (2 * place + 1) * width // (2 * held)), width - 1) if evenly else width // 2
        )
        present = step - cells.slice(low, step).null_count()
        if place < present:
            high, held = low + step, present
        else:
            low, held, place = low + step, held - present, place - present
        evenly = not evenly
    return low + place


def _pairs(values: Floats, places: Indices, start: int) -> list[tuple[float, int]]:
    numbers = (values[places] + 0.0).tolist()
    return list(zip(numbers, (places + start).tolist(), strict=True))
