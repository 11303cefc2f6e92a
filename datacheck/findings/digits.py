"""What digits give away: a conversion of some values leaves digits that nobody writes.

In a column of one decimal, 12.954 is odd; that a hundred such values all have one decimal once they
are divided by 2.54 is no chance. This sees units that lie among the others, and needs few rows; it
is blind where the column has all the digits of a computation, or was rounded after the conversion.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats
from datacheck.findings.conversions import (
    CONVERSIONS,
    Conversion,
    on_grid,
    places_held,
)
from datacheck.findings.statistics import distance_p
from datacheck.findings.unit_ratios import is_nearest
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
PLACES = 8
#: Where half of the values have so many decimals, the others may have so many more.
MORE_PLACES = 3
#: What float32 may move a number by, of its size.
_FLOAT32 = 2.0**-23
#: Divided by a power of ten, so many different cells must speak, and be like the others.
TEN_CELLS, ALIKE = 8, 0.01
#: ... in a column that spans no more than this.
WIDE = 300.0
#: An average is told from any number where what rounding leaves open is less than this.
_TOLD = 0.1
#: Values that are looked at.
_MOST = 400


class Telltale(NamedTuple):
    """Values that have the column's decimals only once a conversion is undone."""

    conversion: Conversion
    #: The decimals of the others.
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
    sorted((c for c in CONVERSIONS if _telling(c)), key=lambda c: c.rarity)
)


#: Divisions by a power of ten, the usual ones first.
_DIVIDED: tuple[Conversion, ...] = tuple(
    Conversion(f"times 10^-{power}", 10.0**-power) for power in (3, 2, 6)
)


def telltale(points: Points, places: int | None) -> Telltale | None:
    """The conversion that digits beyond `places` decimals give away, if one does."""
    off = _beside(points, places)
    if places is None or off.total < CELLS or len(off) < DISTINCT:
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
            if chance < LEVEL and not _averaged(values, weights, places):
                return Telltale(conversion, places, cells)
    return None


def tens_told(points: Points, places: int | None) -> Telltale | None:
    """A power of ten that some values were divided by: the one that makes them like the others.

    Their digits alone tell nothing, since any number of two more decimals is a hundredth of one of
    none. But finer readings of the same thing would lie among the others as they stand.
    """
    off = _beside(points, places)
    if places is None or not len(off):
        return None
    rest = points.where(on_grid(points.values, places) & (points.values != 0))
    if min(off.total, len(off), rest.total) < TEN_CELLS or off.total > rest.total:
        return None
    if distance_p(rest, off) > LEVEL:
        return None
    low, high = rest.quantiles([0.05, 0.95])
    # Numbers of so many digits in all have the more decimals, the smaller they are.
    if low <= 0 or high > WIDE * low or float(off.values[-1]) < low:
        return None
    for conversion in _DIVIDED:
        back = off.moved(conversion.back(off.values))
        if back.held(on_grid(back.values, places)) < AGREE * off.total:
            continue
        # The round ones of them stay among the others.
        alike = distance_p(rest, back) >= ALIKE
        if alike and is_nearest(conversion, rest, off):
            return Telltale(conversion, places, round(off.total))
    return None


def _beside(points: Points, places: int | None) -> Points:
    """The points that have more decimals than these; none where nothing can be told of them."""
    if places is None or places > PLACES or not points.exact:
        return points.where(np.zeros(len(points), bool))
    return points.where(~(on_grid(points.written, places) | _rounded(points.values, places)))


def _averaged(values: Floats, weights: Floats, places: int) -> bool:
    """Whether most values are averages of a few decimal numbers, as they were rounded."""
    written = places_held(values, weights)
    step = 0.5 * 10.0**-written if written is not None else 1e-7 * float(np.abs(values).max())
    for n in _AVERAGED:
        scaled = values * n * 10.0**places
        exact = on_grid(values * n, places)
        room = max(n * step * 10.0**places, 1e-9 * float(np.abs(scaled).max()))
        nearly = np.abs(scaled - np.rint(scaled)) <= (room if room < _TOLD else 0.0)
        if (exact | nearly).mean() > 0.5:  # noqa: PLR2004
            return True
    return False


def _rounded(values: Floats, places: int) -> Flags:
    """Which values are decimal numbers that were held in float32: 5.0409999 is 5.041."""
    near = np.rint(values * 10.0**places) / 10.0**places
    # Where the last place is no larger than float32's own step, nothing can be told.
    told = _FLOAT32 * np.abs(values) < 0.01 * 10.0**-places
    return np.asarray(told & (np.abs(values - near) <= _FLOAT32 * np.abs(values)))


def _chance(values: Floats, weights: Floats, conversion: Conversion, places: int) -> float:
    """How probable it is that as many values fall on the grid, judged by their neighbours."""
    written = places_held(values, weights)
    step = 10.0**-written if written is not None else 1e-7 * np.abs(values)
    near = np.concatenate([values + k * step for k in _NEIGHBOURS])
    hits = float(on_grid(conversion.back(near), places).sum()) + 1
    return float((hits / (len(near) + 1)) ** len(values))


def usual_places(points: Points) -> int | None:
    """The decimals that most of a column's values are written with; None where too many."""
    return places_held(points.written, points.weights, 0.5, PLACES)
