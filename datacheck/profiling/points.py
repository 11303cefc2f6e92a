"""A column's finite values as weighted points: what the statistics of the detectors work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Flags, Floats, Ints
from datacheck.numeric import ordered_bits
from datacheck.numeric.numbers import Numbers
from datacheck.numeric.quantiles import interpolate, position

#: Significant digits that every float32 gives back, and so many that nearly all are told by.
_SINGLE_DIGITS, MOST_DIGITS = 6, 8
#: Tukey's letter values: the median, and on each side so many tails.
TAILS = (0.25, 0.15, 0.1, 0.05, 0.025)
LETTERS = (0.5, *TAILS, *(1 - tail for tail in TAILS))
_TENS = 10.0 ** np.arange(60.0)


@np.errstate(all="ignore")
def of_few_digits(single: NDArray[np.float32], most: int) -> Floats:
    """The shortest numbers, of at most so many digits, that float32 holds as these; or these.

    >>> of_few_digits(np.array([0.1, 1 / 3], np.float32), 6).tolist()
    [0.1, 0.3333333432674408]
    """
    values = single.astype(np.float64)
    shortest = values.copy()
    size = np.where(np.isfinite(values) & (values != 0), np.abs(values), 1.0)
    places = -1 - np.floor(np.log10(size)).astype(np.intp)  # that bring a number below 1
    for digits in range(most, _SINGLE_DIGITS - 1, -1):
        up, down = _TENS[np.maximum(places + digits, 0)], _TENS[np.maximum(-places - digits, 0)]
        near = np.rint(values * up / down) * down / up  # one of them is 1, and both are exact
        np.copyto(shortest, near, where=near.astype(np.float32) == single)
    return shortest


@dataclass(frozen=True)
class Points:
    """Values in ascending order, each with its weight."""

    #: Shape (n,), distinct, ascending.
    values: Floats
    #: Shape (n,): how many cells hold each value; shares of a bin's cells where not exact.
    weights: Floats
    #: Whether the points are the values themselves. If not, a value is off by at most the width
    #: of its bin (1/64 of itself), and each bin's weight is exact.
    exact: bool
    #: See `datacheck.profiling.facts`.
    facts: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @cached_property
    def total(self) -> float:
        """The number of cells."""
        return float(self.weights.sum())

    @cached_property
    def reached(self) -> Floats:
        """Shape (n + 1,): how many cells lie before each point, and all of them."""
        return np.concatenate([[0.0], np.cumsum(self.weights)])

    @cached_property
    def written(self) -> Floats:
        """Shape (n,): the values as they were written, if float32 has held most of them.

        A float32 stands for the number of few digits that it holds so: 0.1, of 0.10000000149.
        """
        single = self.values.astype(np.float32)
        same = single == self.values
        if not same.any() or self.held(same) < self.total / 2:
            return self.values
        return np.where(same, of_few_digits(single, _SINGLE_DIGITS), self.values)

    @cached_property
    def letters(self) -> list[float]:
        """The quantiles at `LETTERS`, which most columns are asked for more than once."""
        return self.quantiles(LETTERS)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The lower quartile and the upper."""
        return self.letters[1], self.letters[1 + len(TAILS)]

    @property
    def ends(self) -> tuple[float, float]:
        """The least value and the greatest."""
        return float(self.values[0]), float(self.values[-1])

    @property
    def estimated(self) -> dict[str, bool]:
        """What evidence says of a count by these points; nothing where it is exact."""
        return {} if self.exact else {"estimated": True}

    def held(self, mask: NDArray[Any]) -> float:
        """How many cells hold the points that a mask of shape (n,) chooses."""
        return float(self.weights[mask].sum())

    def share(self, mask: NDArray[Any]) -> float:
        """The share of the cells that hold them."""
        return self.held(mask) / self.total

    def up_to(self, where: Floats) -> Floats:
        """The share of the cells at or below each of `where`: the distribution function."""
        steps = self.reached
        shares: Floats = steps[np.searchsorted(self.values, where, "right")] / steps[-1]
        return shares

    def __len__(self) -> int:
        return len(self.values)

    @staticmethod
    def of_counts(counts: Mapping[float, int], *, exact: bool) -> Points:
        """The points of values, each with how many cells hold it."""
        values = sorted(counts)
        weights = [counts[value] for value in values]
        return Points(np.array(values), np.array(weights, dtype=np.float64), exact)

    def where(self, mask: Flags) -> Points:
        """The points that a mask of shape (n,) chooses."""
        return Points(self.values[mask], self.weights[mask], self.exact)

    def inside(self, low: float, high: float) -> Points:
        """The points from `low` to `high`, both included."""
        return self.where((self.values >= low) & (self.values <= high))

    def outside(self, low: float, high: float) -> Points:
        """The points below `low` or above `high`."""
        return self.where((self.values < low) | (self.values > high))

    def moved(self, values: Floats) -> Points:
        """The same cells at other values, of shape (n,); equal ones are joined."""
        distinct, inverse = np.unique(values, return_inverse=True)
        return Points(
            distinct, np.bincount(inverse, self.weights, len(distinct)).astype(float), self.exact
        )

    def quantile(self, level: float) -> float:
        """The quantile at a level in [0, 1] by linear interpolation (numpy's default)."""
        return self.quantiles([level])[0]

    def quantiles(self, levels: Sequence[float]) -> list[float]:
        """Several quantiles, in one search."""
        positions, ranks = _positions(tuple(levels), round(self.total))
        places = self.reached[1:].searchsorted(ranks)
        cells = self.values[np.minimum(places, len(self.values) - 1)].tolist()
        return [
            low if share == 0.0 else interpolate(low, high, share)
            for (_, share), low, high in zip(positions, cells[::2], cells[1::2], strict=True)
        ]


@lru_cache(maxsize=256)
def _positions(
    levels: tuple[float, ...], count: int
) -> tuple[tuple[tuple[int, float], ...], Floats]:
    """Of quantiles of so many cells: their positions and the ranks to search."""
    positions = tuple(position(level, count) for level in levels)
    ranks = [near for rank, _ in positions for near in (rank, min(rank + 1, count - 1))]
    return positions, np.array(ranks) + 0.5


def points_of(numbers: Numbers | None, frequent: Sequence[tuple[float, int]] = ()) -> Points:
    """The points of a state: its values where all are kept, else its histogram refined by them."""
    if numbers is None or not numbers.count:
        return Points(np.zeros(0), np.zeros(0), exact=True)
    if numbers.exact:
        return Points(numbers.values, numbers.value_counts.astype(float), exact=True)
    # The extremes are exact in every state: one cell each at least.
    ends = {numbers.lowest[0][0]: 1, numbers.highest[0][0]: 1}
    pairs = (ends | dict(frequent)).items()
    known = np.array([value for value, _ in pairs], dtype=np.float64)
    known_counts = np.array([count for _, count in pairs], dtype=np.float64)
    rest = numbers.bin_counts.astype(float)
    np.subtract.at(rest, _bin_places(numbers, known), known_counts)
    fill, fill_weights = _spread(numbers, np.maximum(rest, 0.0), known)
    values, inverse = np.unique(np.concatenate([known, fill]), return_inverse=True)
    weights = np.bincount(inverse, np.concatenate([known_counts, fill_weights]), len(values))
    return Points(values, weights.astype(np.float64), exact=False)


def _bin_places(numbers: Numbers, values: Floats) -> Ints:
    return np.searchsorted(numbers.bins, ordered_bits.bins_of(ordered_bits.ordered(values)))


def _spread(numbers: Numbers, rest: Floats, known: Floats) -> tuple[Floats, Floats]:
    """Share each bin's cells among the kept values in it; a bin without any gets its middle."""
    chosen = ~np.isin(numbers.values, known)
    values, counts = numbers.values[chosen], numbers.value_counts[chosen].astype(float)
    places = _bin_places(numbers, values)
    mass = np.bincount(places, counts, len(rest))
    weights = counts * (rest / np.where(mass > 0, mass, 1.0))[places]
    empty = (mass == 0) & (rest > 0)
    low, high = ordered_bits.bin_edges(numbers.bins[empty])
    low = np.maximum(low, numbers.lowest[0][0])
    high = np.minimum(high, numbers.highest[0][0])
    middle = low / 2 + high / 2
    return np.concatenate([values, middle]), np.concatenate([weights, rest[empty]])
