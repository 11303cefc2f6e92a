"""What digits give away: a conversion of some values leaves digits that nobody writes.

In a column of one decimal, 12.954 is odd; that a hundred such values all have one decimal once they
are divided by 2.54 is no chance. This sees units that lie among the others, and needs few rows; it
is blind where the column has all the digits of a computation, or was rounded after the conversion.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.findings.conversions import CONVERSIONS, Conversion, decimals_of, on_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datacheck.profiling.points import Points

#: Cells and distinct values that must speak, and the share of them that must agree.
CELLS, DISTINCT, AGREE = 4, 3, 0.95
#: The chance of it all (for some sixty conversions, in thousands of columns).
LEVEL = 1e-9
#: A value's neighbours, in units of its last digit: do they fall on the grid as well?
_NEIGHBOURS = (-13, -11, -7, -5, -3, -2, -1, 1, 2, 3, 5, 7, 11, 13)
#: Averages of so few whole numbers have many digits too.
_AVERAGED = range(2, 9)
#: Ratios of small numbers come of averages as well as of units.
_SMALL = 100
#: More decimals than these are digits of a computation, rounded.
PLACES = 3
#: What float32 may move a number by, of its size.
_FLOAT32 = 2.0**-23
#: Values that are looked at.
_MOST = 400


class Telltale(NamedTuple):
    """Values that have the column's decimals only once a conversion is undone.

    Parameters
    ----------
    conversion
        What was done to them.
    places
        The decimals of the others.
    cells
        How many they are.
    """

    conversion: Conversion
    places: int
    cells: int


def _telling(conversion: Conversion) -> bool:
    ratio = Fraction(conversion.factor).limit_denominator(_SMALL)
    simple = math.isclose(float(ratio), conversion.factor, rel_tol=1e-12)
    power = math.log10(conversion.factor)
    binary = math.log2(conversion.factor)
    return bool(conversion.offset) or not (
        (simple and ratio.numerator <= _SMALL)
        or abs(power - round(power)) < 1e-9  # noqa: PLR2004
        or abs(binary - round(binary)) < 1e-9  # noqa: PLR2004
        or conversion.factor.is_integer()
        or (1 / conversion.factor).is_integer()
    )


#: Conversions that leave digits of their own; the usual ones first.
TELLING: tuple[Conversion, ...] = tuple(
    sorted((c for c in CONVERSIONS if _telling(c)), key=lambda c: c.common)
)


def telltale(points: Points, places: int | None) -> Telltale | None:
    """The conversion that the digits of some values give away, if one does.

    Parameters
    ----------
    points
        A column's values, exact.
    places
        The decimals that values should have; None where they have all the digits of a computation.
    """
    if places is None or places > PLACES or not points.exact:
        return None
    off = points.where(~(on_grid(points.values, places) | _rounded(points.values, places)))
    if off.total < CELLS or len(off) < DISTINCT:
        return None
    cells = round(off.total)
    values, weights = off.values[:_MOST], off.weights[:_MOST]
    for conversion in TELLING:
        if conversion.factor == 1 and bool(on_grid(np.array([conversion.offset]), places)[0]):
            # Such a step leaves the digits as they were.
            continue
        fits = on_grid(conversion.back(values), places)
        if float(weights[fits].sum()) >= AGREE * float(weights.sum()):
            chance = _chance(values, weights, conversion, places)
            averaged = any(on_grid(values * n, places).mean() > 0.5 for n in _AVERAGED)  # noqa: PLR2004
            if chance < LEVEL and not averaged:
                return Telltale(conversion, places, cells)
    return None


def _rounded(values: NDArray[np.float64], places: int) -> NDArray[np.bool_]:
    """Which values are decimal numbers that were held in float32: 5.0409999 is 5.041."""
    near = np.rint(values * 10.0**places) / 10.0**places
    return np.asarray(np.abs(values - near) <= _FLOAT32 * np.abs(values))


def _chance(
    values: NDArray[np.float64], weights: NDArray[np.float64], conversion: Conversion, places: int
) -> float:
    """How probable it is that as many values fall on the grid, judged by their neighbours."""
    written = decimals_of(values, weights)
    step = 10.0**-written if written is not None else 1e-7 * np.abs(values)
    near = np.concatenate([values + k * step for k in _NEIGHBOURS])
    hits = float(on_grid(conversion.back(near), places).sum()) + 1
    return float((hits / (len(near) + 1)) ** len(values))


def usual_places(points: Points) -> int | None:
    """The decimals that most of a column's values are written with; None where too many."""
    for places in range(PLACES + 1):
        if float(points.weights[on_grid(points.values, places)].sum()) >= 0.5 * points.total:
            return places
    return None
