"""Sums that do not depend on the order of their terms, so a fit is a property of the data alone.

Each term is cut into two parts on fixed grids (Demmel and Nguyen, "Parallel Reproducible
Summation", IEEE Transactions on Computers 64, 2015). On a grid every partial sum of a chunk is
exact in a double, whatever the order, and chunks add up as Python integers. One rounding, last.

Terms are first scaled by a power of two to at most 1 in magnitude. A term is then known to
2**-74 of the largest magnitude; a sum of n of them to n * 2**-75.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from datacheck.arrays import Floats

#: Terms in a chunk, and bits of a grid: their product fits the 52 bits of a double's fraction.
CHUNK = 2**15
BITS = 37
#: A sum's unit in the last place: two grids below 1.
UNIT_EXPONENT = -2 * BITS

_COARSE = 1.5 * 2.0 ** (52 - BITS)
_FINE = 1.5 * 2.0 ** (52 - 2 * BITS)
#: Beyond this exponent a difference of two doubles may overflow: they are quartered first.
_NEAR_OVERFLOW = 1020


def exponent(magnitude: float) -> int:
    """The least e with ``magnitude < 2**e``.

    >>> exponent(1.0), exponent(0.0)
    (1, 0)
    """
    return math.frexp(magnitude)[1]


def grid_sum(terms: Floats) -> int:
    """The sum of at most `CHUNK` terms of magnitude at most 1, in units of 2**UNIT_EXPONENT."""
    coarse = terms + _COARSE
    coarse -= _COARSE
    fine = terms - coarse
    fine += _FINE
    fine -= _FINE
    high = int(math.ldexp(float(coarse.sum()), BITS)) << BITS
    return high + int(math.ldexp(float(fine.sum()), 2 * BITS))


def chunks(values: Floats) -> Iterator[Floats]:
    """Cut a column into pieces that `total` and `squares` take, and that stay in the cache."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def total(pieces: Iterable[Floats], scale_exponent: int) -> int:
    """Sum of ``values * 2**-scale_exponent`` in units of 2**UNIT_EXPONENT; NaN counts as 0.

    The pieces hold at most `CHUNK` values, finite or NaN, of magnitude below ``2**scale_exponent``.
    """
    result = 0
    for chunk in pieces:
        terms = _scaled(chunk, -scale_exponent)
        np.copyto(terms, 0.0, where=np.isnan(terms))
        result += grid_sum(terms)
    return result


def squares(pieces: Iterable[Floats], center: float, scale_exponent: int) -> tuple[int, int]:
    """Sums of d and d*d, where ``d = (values - center) * 2**-scale_exponent``; NaN counts as 0.

    The pieces hold at most `CHUNK` values, finite or NaN, each nearer to `center` than
    ``2**scale_exponent``.
    """
    first = second = 0
    quarter = scale_exponent > _NEAR_OVERFLOW
    for chunk in pieces:
        if quarter:
            deviations = _scaled(chunk * 0.25 - center * 0.25, 2 - scale_exponent)
        else:
            deviations = _scaled(chunk - center, -scale_exponent)
        np.copyto(deviations, 0.0, where=np.isnan(deviations))
        first += grid_sum(deviations)
        deviations *= deviations
        second += grid_sum(deviations)
    return first, second


def mean_of(sum_units: int, count: int, scale_exponent: int) -> float:
    """The mean from a `total`, rounded once (a division of integers rounds correctly)."""
    return math.ldexp(sum_units / count, scale_exponent + UNIT_EXPONENT)


def std_of(first: int, second: int, count: int, scale_exponent: int) -> float:
    """The standard deviation (ddof=0) from `squares`.

    By the corrected two-pass algorithm: what `center` misses of the mean is taken off
    (Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", 1983).
    """
    numerator = (second * count << -UNIT_EXPONENT) - first * first
    variance = math.ldexp(max(numerator, 0) / (count * count), 2 * UNIT_EXPONENT)
    return math.ldexp(math.sqrt(variance), scale_exponent)


def _scaled(values: Floats, power: int) -> Floats:
    if -1022 <= power <= 1023:  # noqa: PLR2004 - the exponents of a normal double
        return values * math.ldexp(1.0, power)
    return np.ldexp(values, power)
