"""What a column of numbers is like, in the few words that choose its preparation.

Every word is a statement that can be tested on the column, since people are given it as a reason.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats
from datacheck.findings.affine import marks_of
from datacheck.findings.fences import fences_of
from datacheck.profiling.points import Points

#: (upper - lower part) / (upper + lower part) of the middle 90%: beyond it, a column is skewed.
SKEWED = 0.2
#: The skewness and the excess kurtosis of all cells: beyond either, mean and deviation are the
#: tails'. Of an exponential column they are 2 and 6.
LOPSIDED, HEAVY = 1.0, 3.0
#: Interquartile range over the range between the 5% and 95% quantiles: a normal column has 0.41,
#: an even one 0.56.
EVEN = 0.5
#: How far a column may lie from the distribution that it is said to have: Kolmogorov and Smirnov's
#: distance, besides what chance adds to so few rows.
LIKE, _CHANCE = 0.08, 0.7
#: From this share of outliers on, mean and deviation are not to be trusted.
OUTLYING = 0.005
#: A column of so few different values is one of codes or counts.
FEW = 10


class Shape(NamedTuple):
    """A column's shape."""

    #: "constant", "binary", "few", "scaled", "tied", "skewed", "heavy", "even", "flat", "normal",
    #: "plain" (no tails to speak of, and no shape that has a name).
    word: str
    #: From -1 to 1, of the middle 90%.
    skew: float
    #: The share of values beyond the fences.
    outliers: float
    #: The standardised third moment, and the fourth less 3, of all cells.
    skewness: float = 0.0
    kurtosis: float = 0.0
    #: Where both quartiles are one value: that value, and the share of the cells that hold it.
    tied: tuple[float, float] | None = None


def shape_of(points: Points) -> Shape:
    """The shape of a column's finite values."""
    if len(points) <= 2:  # noqa: PLR2004
        return Shape("constant" if len(points) < 2 else "binary", 0.0, 0.0)  # noqa: PLR2004
    low, first, middle, third, high = points.quantiles([0.05, 0.25, 0.5, 0.75, 0.95])
    wide = high - low
    skew = (high + low - 2 * middle) / wide if wide > 0 and math.isfinite(wide) else 0.0
    fences = fences_of(points)
    skewness, kurtosis = _moments(points)
    out, within = 0.0, skewness
    if fences is not None:
        out = points.outside(fences.low, fences.high).total / points.total
        within = _moments(points.inside(fences.low, fences.high))[0] if out else skewness
    tied = None
    if first == third:
        tied = middle, points.share(points.values == middle)
    if marks_of(points) and not np.array_equal(points.values, np.rint(points.values)):
        word = "scaled"
    elif len(points) <= FEW:
        word = "few"
    elif tied is not None:
        word = "tied"
    elif abs(skew) > SKEWED or (abs(skewness) > LOPSIDED and abs(within) > LOPSIDED):
        word = "skewed"
    elif out > OUTLYING or kurtosis > HEAVY or abs(skewness) > LOPSIDED:
        word = "heavy"
    else:
        word = _tailless(points, wide=wide > 0 and (third - first) / wide > EVEN)
    return Shape(word, skew, out, skewness, kurtosis, tied)


def _tailless(points: Points, *, wide: bool) -> str:
    """Of a column without tails: even or roughly normal, as it is nearer; flat; or neither."""
    room = LIKE + _CHANCE / math.sqrt(points.total)
    values = points.values / float(np.abs(points.values).max())  # so that nothing overflows
    weights = points.weights / points.total
    off = values - float((weights * values).sum())
    turns = off / math.sqrt(2 * float((weights * off**2).sum()))
    even = _apart(points, (values - values[0]) / (values[-1] - values[0]))
    normal = _apart(points, np.array([math.erfc(-turn) / 2 for turn in turns.tolist()]))
    if min(even, normal) <= room:
        return "even" if even < normal else "normal"
    return "flat" if wide and _moments(points)[1] < 0 else "plain"


def _apart(points: Points, shares: Floats) -> float:
    """The distance to a distribution that reaches these shares, in the middle of each step."""
    middle = (points.reached[1:] + points.reached[:-1]) / (2 * points.total)
    return float(np.abs(middle - shares).max())


class Moments(NamedTuple):
    """The standardised third moment of all cells, and the fourth less 3."""

    skewness: float
    kurtosis: float


def moments_of(points: Points) -> Moments:
    """Skewness and excess kurtosis; both 0 of a column that is constant or binary."""
    return Moments(0.0, 0.0) if len(points) <= 2 else _moments(points)  # noqa: PLR2004


def _moments(points: Points) -> Moments:
    """The moments, on a scale of the column's own so that nothing overflows."""
    reach = float(np.abs(points.values).max())
    if reach == 0 or not math.isfinite(reach):
        return Moments(0.0, 0.0)
    weights, values = points.weights / points.total, points.values / reach
    off = values - float((weights * values).sum())
    variance = float((weights * off**2).sum())
    if variance <= 0:
        return Moments(0.0, 0.0)
    unit = off / math.sqrt(variance)
    third, fourth = (float((weights * unit**power).sum()) for power in (3, 4))
    return Moments(third, fourth - 3.0)
