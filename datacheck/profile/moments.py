"""Mean and variance that merge: sums on grids that are fixed once for all tables.

Each term is cut into slices on the grids 2**(36 j), the same for every table and every batch, and
each grid's slices add up as integers, so no order and no partition of the rows changes a bit
(Demmel and Nguyen, "Parallel Reproducible Summation", IEEE Transactions on Computers 64, 2015).
Squares are first split into a product and its rounding error (Dekker, "A Floating-Point Technique
for Extending the Available Precision", 1971). One rounding, last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Bits of a slice. With at most 2**15 terms, the sum of a grid's slices is exact in a double.
WIDTH = 36
CHUNK = 2**15
#: Grids that are kept below the largest magnitude; of squares more, since a value may lie up to 35
#: bits below its first grid and its square twice as far.
KEPT, SQUARES_KEPT = 4, 6
_ROUND = tuple(1.5 * 2.0 ** (52 - WIDTH * k) for k in range(SQUARES_KEPT + 1))
_SPLIT = 2.0**27 + 1.0


@dataclass(slots=True)
class Sums:
    """Exact sums of values and of their squares.

    Attributes
    ----------
    first, second
        Grid number j to the integer sum of the slices in units of ``2**(36 j)``.
    """

    first: dict[int, int] = field(default_factory=dict)
    second: dict[int, int] = field(default_factory=dict)

    def add(self, values: NDArray[np.float64]) -> None:
        """Take in an array of finite values."""
        for start in range(0, len(values), CHUNK):
            self._add_chunk(values[start : start + CHUNK])

    def _add_chunk(self, values: NDArray[np.float64]) -> None:
        largest = max(float(values.max()), -float(values.min()))
        if largest == 0.0:
            return
        top = -(-math.frexp(largest)[1] // WIDTH)
        terms = np.ldexp(values, -WIDTH * top)
        _slice(self.first, terms, top, 1, KEPT)
        product = terms * terms
        high = terms * _SPLIT
        high -= high - terms
        low = terms - high
        error = high * high
        error -= product
        error += 2.0 * high * low
        error += low * low
        _slice(self.second, product, 2 * top, 1, SQUARES_KEPT)
        _slice(self.second, error, 2 * top, 2, SQUARES_KEPT)

    def merged(self, other: Sums) -> Sums:
        """The sums of both."""
        return Sums(_joined(self.first, other.first), _joined(self.second, other.second))

    def mean(self, count: int) -> float:
        """The mean of `count` values, rounded once."""
        units, unit = _whole(self.first, KEPT)
        return _ratio(units, count, WIDTH * unit)

    def std(self, count: int) -> float:
        """The standard deviation (ddof=0) of `count` values."""
        first, first_unit = _whole(self.first, KEPT)
        second, second_unit = _whole(self.second, SQUARES_KEPT)
        unit = min(2 * first_unit, second_unit)
        squares = second << (WIDTH * (second_unit - unit))
        crossed = first * first << (WIDTH * (2 * first_unit - unit))
        numerator = max(squares * count - crossed, 0)
        exponent = WIDTH * unit
        # An even exponent, so that the root of the power of two is exact.
        if exponent % 2:
            numerator, exponent = numerator * 2, exponent - 1
        return _root(numerator, count, exponent // 2)


def _slice(
    grids: dict[int, int], terms: NDArray[np.float64], top: int, begin: int, end: int
) -> None:
    rest = terms
    for k in range(begin, end + 1):
        part = rest + _ROUND[k]
        part -= _ROUND[k]
        units = int(math.ldexp(float(part.sum()), WIDTH * k))
        if units:
            grids[top - k] = grids.get(top - k, 0) + units
        rest = rest - part
        if not rest.any():
            return


def _joined(left: Mapping[int, int], right: Mapping[int, int]) -> dict[int, int]:
    grids = dict(left)
    for place, units in right.items():
        grids[place] = grids.get(place, 0) + units
    return grids


def _whole(grids: Mapping[int, int], kept: int) -> tuple[int, int]:
    """The sum as one integer in units of the last grid kept, and that grid's number."""
    if not grids:
        return 0, 0
    last = max(grids) - kept + 1
    total = sum(units << (WIDTH * (j - last)) for j, units in grids.items() if j >= last)
    return total, last


def _ratio(numerator: int, denominator: int, exponent: int) -> float:
    """``numerator / denominator * 2**exponent``, whatever the size of the integers."""
    shift = max(numerator.bit_length() - 1000, 0)
    return math.ldexp((numerator >> shift) / denominator, exponent + shift)


def _root(numerator: int, count: int, exponent: int) -> float:
    """``sqrt(numerator) / count * 2**exponent``."""
    shift = max(numerator.bit_length() - 900, 0) // 2
    root = math.sqrt(numerator >> (2 * shift)) / count
    try:
        return math.ldexp(root, exponent + shift)
    except OverflowError:
        return math.inf
