"""What exact values give away of a conversion, where decimals cannot: long digits, and pairs.

A number that was written to six digits has more of them once it is multiplied by 2.54, and six
again when that is undone. And where a column's values repeat, a cell that was converted is exactly
2.54 times another's value. Either sees units that lie among the others, in computed columns too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats, Ints
from datacheck.findings.conversions import Conversion, places_held
from datacheck.findings.digits import AGREE, CELLS, DISTINCT, LEVEL, TELLING
from datacheck.findings.statistics import at_least
from datacheck.profiling.points import Points

#: A double is told from another by this many digits, and writes any of fewer as it came.
SHORT = 15
#: Values whose digits are counted; and those of them that must be short, where it is usual.
LOOKED, USUAL = 400, 0.5
#: Two doubles are one number up to this part of their size: a few roundings of arithmetic.
SAME = 4e-16
#: Pairs must be so many of the different values: in a coarse column some are chance.
PAIRED = 0.2
#: A value's neighbours, in units of its last digit, say how often chance makes a pair.
_NEIGHBOURS = (*range(-61, 0, 2), *range(1, 62, 2))


#: Powers of ten that a double holds exactly; the least number of `SHORT` digits, and how near to
#: the next power a number's digits are not counted.
_TENS = np.array([float(f"1e{power}") for power in range(23)])
_LEAST, _NEAR = float(f"1e{SHORT - 1}"), 1e-6


class Converted(NamedTuple):
    """Values that a conversion has made."""

    conversion: Conversion
    points: Points


def converted_in(points: Points) -> Converted | None:
    """The values that long digits or pairs give away, if any do."""
    if not points.exact:
        return None
    return _long(points) or _paired(points)


def digits_in(values: Floats) -> Ints:
    """With how many digits each number is written, zeros at its ends aside.

    >>> digits_in(np.array([0.0345, 1200.0, 255.839424594576, 0.1 + 0.2])).tolist()
    [3, 2, 15, 17]
    """
    bodies = (repr(abs(value)).partition("e")[0] for value in values.tolist())
    counts = (len(body.replace(".", "").strip("0")) for body in bodies)
    return np.fromiter(counts, np.int64, len(values))


def is_surely_long(values: Floats) -> Flags:
    """Which numbers are certainly written with more than `SHORT` digits; some others are too."""
    size = np.abs(values)
    tens = SHORT - 1 - np.floor(np.log10(size))
    told = np.abs(tens) < len(_TENS)
    power = _TENS[np.where(told, np.abs(tens), 0.0).astype(np.intp)]
    scaled = np.where(tens > 0, size * power, size / power)
    told &= (scaled > _LEAST * (1 + _NEAR)) & (scaled < 10 * _LEAST * (1 - _NEAR))
    whole = np.rint(scaled)
    again = np.where(tens > 0, whole / power, whole * power)
    return np.asarray(told & (again != size))


def _long(points: Points) -> Converted | None:
    """The values with more digits than the others have, until a conversion is undone."""
    step = max(1, len(points) // LOOKED)
    long = points.weights[::step][is_surely_long(points.values[::step])].sum()
    if long > (1 - USUAL) * points.weights[::step].sum():
        return None  # as most computed columns are
    written = digits_in(points.values[::step])
    weights = points.weights[::step]
    order = np.argsort(written, kind="stable")
    reached = np.cumsum(weights[order])
    usual = int(written[order[np.searchsorted(reached, USUAL * reached[-1])]])
    if not usual or usual > SHORT:
        return None
    written = written if step == 1 else digits_in(points.values)
    off = points.where(written > usual)
    if off.total < CELLS or len(off) < DISTINCT or off.total > USUAL * points.total:
        return None
    halves = off.values.astype(np.float32) == off.values
    if _agreeing(off, off.values, usual) >= AGREE or halves.mean() > 1 - AGREE:
        # What arithmetic leaves of short numbers: 0.1 + 0.2; binary fractions, such as quarters.
        return None
    for conversion in TELLING:
        if _agreeing(off, conversion.back(off.values), usual) < AGREE:
            continue
        near = _neighbours(off.values)
        rate = (float(_is_short(conversion.back(near), usual).sum()) + 1) / (len(near) + 1)
        if rate ** len(off) < LEVEL:
            return Converted(conversion, off)
    return None


def _agreeing(off: Points, values: Floats, digits: int) -> float:
    return off.share(_is_short(values, digits))


def _is_short(values: Floats, digits: int) -> Flags:
    """Which values are numbers of so many digits, but for the rounding of arithmetic."""
    near = np.array([float(f"{value:.{digits}g}") for value in values.tolist()])
    return np.asarray(np.abs(values - near) <= SAME * np.abs(near))


def _neighbours(values: Floats) -> Floats:
    """Numbers beside some of the values, in steps of their last digit."""
    chosen = values[:: max(1, len(values) // LOOKED)]
    places = places_held(chosen, np.ones(len(chosen)))
    step = 10.0**-places if places is not None else 1e-7 * np.abs(chosen)
    return np.concatenate([chosen + k * step for k in _NEIGHBOURS])


def _paired(points: Points) -> Converted | None:
    """The values that are exactly another's, converted: in a column whose values repeat."""
    if points.total < 2 * len(points) or len(points) < 2 * CELLS:
        return None
    backs = np.array([conversion.back(points.values) for conversion in TELLING])
    places = _found(backs, points.values)
    least = max(CELLS, PAIRED * len(points))
    for at in np.flatnonzero((places >= 0).sum(axis=1) >= least):
        conversion, place = TELLING[at], places[at]
        made = points.where(place >= 0)
        if made.total > points.held(place[place >= 0]):
            continue
        near = _neighbours(made.values)
        rate = (int((_found(conversion.back(near), points.values) >= 0).sum()) + 1) / len(near)
        if at_least(len(made), rate * len(points)) < LEVEL:
            return Converted(conversion, made)
    return None


def _found(wanted: Floats, values: Floats) -> Ints:
    """Where each wanted number stands among ascending values; -1 where it does not, or is 0."""
    right = np.searchsorted(values, wanted)
    found = np.full(wanted.shape, -1, dtype=np.int64)
    for place in (right - 1, right):
        at = np.clip(place, 0, len(values) - 1)
        same = (np.abs(values[at] - wanted) <= SAME * np.abs(wanted)) & (wanted != 0)
        found[same] = at[same]
    return found
