"""Mean and variance that merge: sums on grids that are fixed once for all tables.

Each term is cut into slices on the grids 2**(18 j), the same for every table and every batch, and
the sums of a grid's slices, and of the products of two grids' slices, are integers. So no order and
no partition of the rows changes a bit (Demmel and Nguyen, "Parallel Reproducible Summation", IEEE
Transactions on Computers 64, 2015). One rounding, last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from datacheck.arrays import Floats

#: Bits of a slice. A product of two has 36, so the sum of 2**16 of them is exact in a double. Fewer
#: would stay in a nearer cache, and threads would wait for each other more often.
WIDTH = 18
CHUNK = 2**16
#: Slices of a value, from the grid of the largest magnitude down; those that squares are made of.
#: A value as large as the largest is exact in four, a smaller one to 2**-55 of the largest.
SLICES, SQUARED = 6, 4
_ROUND = tuple(1.5 * 2.0 ** (52 - WIDTH * k) for k in range(SLICES + 1))
_PLAIN_POWER = 1000
#: Values that are looked at before all are.
_FIRST = 64
Place = TypeVar("Place")


@dataclass(slots=True)
class Sums:
    """Exact sums of values and of their squares.

    `first` has, by grid number j, the integer sum of the slices in units of ``2**(18 j)``;
    `second`, by grid numbers (j, k), j >= k, that of the products of those slices.
    """

    first: dict[int, int] = field(default_factory=dict)
    second: dict[tuple[int, int], int] = field(default_factory=dict)

    def add_chunk(self, values: Floats, largest: float, buffers: Floats) -> None:
        """Take in at most `CHUNK` finite values, the largest of which has this magnitude."""
        if largest == 0.0:
            return
        top = -(-math.frexp(largest)[1] // WIDTH)
        power = -WIDTH * top
        rest, slices = buffers[0, : len(values)], buffers[1:, : len(values)]
        # A product with a power of two is exact, and quicker than ldexp, where it is a double.
        if abs(power) < _PLAIN_POWER:
            np.multiply(values, math.ldexp(1.0, power), out=rest)
        else:
            np.ldexp(values, power, out=rest)
        used = _cut(rest, slices)
        for k, whole in enumerate(_sums(slices[:used]), 1):
            units = int(math.ldexp(whole, WIDTH * k))
            self.first[top - k] = self.first.get(top - k, 0) + units
        for one in range(1, SQUARED + 1):
            for other, dot in enumerate(_products(slices[:used], one), one):
                units = int(math.ldexp(dot, WIDTH * (one + other)))
                place = top - one, top - other
                self.second[place] = self.second.get(place, 0) + units

    def merged(self, other: Sums) -> Sums:
        """The sums of both."""
        return Sums(_joined(self.first, other.first), _joined(self.second, other.second))

    def mean(self, count: int) -> float:
        """The mean of `count` values, rounded once."""
        units, unit = _whole(self.first)
        return _ratio(units, count, WIDTH * unit)

    def std(self, count: int) -> float:
        """The standard deviation (ddof=0) of `count` values."""
        first, first_unit = _whole(self.first)
        squares, unit = self._squares()
        lower = min(2 * first_unit, unit)
        squares <<= WIDTH * (unit - lower)
        crossed = first * first << (WIDTH * (2 * first_unit - lower))
        numerator = max(squares * count - crossed, 0)
        unit = lower
        exponent = WIDTH * unit
        # An even exponent, so that the root of the power of two is exact.
        if exponent % 2:
            numerator, exponent = numerator * 2, exponent - 1
        return _root(numerator, count, exponent // 2)

    def _squares(self) -> tuple[int, int]:
        """The sum of squares as one integer in units of ``2**(18 unit)``, and that unit."""
        if not self.second:
            return 0, 0
        last = max(j for j, _ in self.second) - SQUARED + 1
        total = sum(
            units * (1 if j == k else 2) << (WIDTH * (j + k - 2 * last))
            for (j, k), units in self.second.items()
            if k >= last
        )
        return total, 2 * last


def _cut(rest: Floats, slices: Floats) -> int:
    """Cut values into slices, until nothing is left of them; returns how many that took."""
    for k, part in enumerate(slices, 1):
        np.add(rest, _ROUND[k], out=part)
        np.subtract(part, _ROUND[k], out=part)
        if k == SLICES:
            break
        rest -= part
        # Whole numbers are cut soon: the first few tell where it is worth to ask all.
        if not rest[:_FIRST].any() and not rest.any():
            return k
    return SLICES


def _sums(slices: Floats) -> list[float]:
    """The sum of each slice, of those too in which nothing is left."""
    sums: list[float] = slices.sum(axis=1).tolist()
    return sums + [0.0] * (SLICES - len(slices))


def _products(slices: Floats, one: int) -> list[float]:
    """The sums of a slice's products with itself and the following ones that squares have."""
    products: list[float] = []
    if one <= len(slices):
        products = (slices[one - 1 : SQUARED] @ slices[one - 1]).tolist()
    return products + [0.0] * (SQUARED - one + 1 - len(products))


def sums_of_each(values: Floats) -> list[Sums]:
    """What `Sums.add_chunk` comes to of each column; shape (columns, rows), all finite."""
    largest = np.abs(values).max(axis=1, initial=0.0)
    top = -(-np.frexp(largest)[1] // WIDTH)
    powers = -WIDTH * top
    plain = np.abs(powers) < _PLAIN_POWER
    rest = values * np.ldexp(1.0, np.where(plain, powers, 0))[:, None]
    rest[~plain] = np.ldexp(values[~plain], powers[~plain, None])
    slices: list[Floats] = []
    for grid in _ROUND[1:]:
        slices.append((rest + grid) - grid)
        rest -= slices[-1]
    first = [np.ldexp(part.sum(axis=1), WIDTH * k).tolist() for k, part in enumerate(slices, 1)]
    pairs = [(j, k) for j in range(1, SQUARED + 1) for k in range(j, SQUARED + 1)]
    second = [
        np.ldexp(np.einsum("ij,ij->i", slices[j - 1], slices[k - 1]), WIDTH * (j + k)).tolist()
        for j, k in pairs
    ]
    each = zip(
        top.tolist(),
        largest.tolist(),
        zip(*first, strict=True),
        zip(*second, strict=True),
        strict=True,
    )
    return [
        Sums(
            {at - k: int(units) for k, units in enumerate(ones, 1)},
            {(at - j, at - k): int(units) for (j, k), units in zip(pairs, twos, strict=True)},
        )
        if most
        else Sums()
        for at, most, ones, twos in each
    ]


def slice_buffers(size: int) -> Floats:
    """What `Sums.add_chunk` works in, for chunks of at most this size."""
    return np.empty((SLICES + 1, size))


def _joined(left: Mapping[Place, int], right: Mapping[Place, int]) -> dict[Place, int]:
    grids = dict(left)
    for place, units in right.items():
        grids[place] = grids.get(place, 0) + units
    return grids


def _whole(grids: Mapping[int, int]) -> tuple[int, int]:
    """The sum as one integer in units of the last grid that squares have, and that grid."""
    if not grids:
        return 0, 0
    last = max(grids) - SLICES + 1
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
