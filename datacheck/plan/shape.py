"""What a column of numbers is like, in the few words that choose its preparation.

Every word is a statement that can be tested on the column, for it is told to people as a reason.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.findings.affine import marks_of
from datacheck.findings.fences import fences_of

if TYPE_CHECKING:
    from datacheck.profiling.points import Points

#: (upper - lower part) / (upper + lower part) of the middle 90%: beyond it, a column is skewed.
SKEWED = 0.2
#: The skewness and the excess kurtosis of all cells: beyond either, mean and deviation are the
#: tails'. Of an exponential column they are 2 and 6.
LOPSIDED, HEAVY = 1.0, 3.0
#: Interquartile range over the range between the 5% and 95% quantiles: a normal column has 0.41,
#: an even one 0.56.
EVEN = 0.5
#: From this share of outliers on, mean and deviation are not to be trusted.
OUTLYING = 0.005
#: A column of so few different values is one of codes or counts.
FEW = 10


class Shape(NamedTuple):
    """A column's shape.

    Parameters
    ----------
    word
        "constant", "binary", "few", "scaled", "tied", "skewed", "heavy", "even", "normal".
    skew
        From -1 to 1, of the middle 90%.
    outliers
        The share of values beyond the fences.
    skewness, kurtosis
        The standardised third moment, and the fourth less 3, of all cells.
    tied
        Where both quartiles are one value: that value, and the share of the cells that hold it.
    """

    word: str
    skew: float
    outliers: float
    skewness: float = 0.0
    kurtosis: float = 0.0
    tied: tuple[float, float] | None = None


def shape_of(points: Points) -> Shape:
    """The shape of a column's finite values."""
    if len(points) <= 2:  # noqa: PLR2004
        return Shape("constant" if len(points) < 2 else "binary", 0.0, 0.0)  # noqa: PLR2004
    low, first, middle, third, high = points.quantiles([0.05, 0.25, 0.5, 0.75, 0.95])
    wide = high - low
    skew = (high + low - 2 * middle) / wide if wide > 0 and math.isfinite(wide) else 0.0
    fences = None if "outlier.value" in points.clear else fences_of(points)
    skewness, kurtosis = _moments(points)
    out, within = 0.0, skewness
    if fences is not None:
        beyond = (points.values < fences.low) | (points.values > fences.high)
        out = float(points.weights[beyond].sum()) / points.total
        within = _moments(points.where(~beyond))[0] if out else skewness
    tied = None
    if first == third:
        tied = middle, float(points.weights[points.values == middle].sum()) / points.total
    if marks_of(points):
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
        word = "even" if wide > 0 and (third - first) / wide > EVEN else "normal"
    return Shape(word, skew, out, skewness, kurtosis, tied)


def _moments(points: Points) -> tuple[float, float]:
    """Skewness and excess kurtosis, on a scale of the column's own so that nothing overflows."""
    reach = float(np.abs(points.values).max())
    if reach == 0 or not math.isfinite(reach):
        return 0.0, 0.0
    weights, values = points.weights / points.total, points.values / reach
    off = values - float((weights * values).sum())
    variance = float((weights * off**2).sum())
    if variance <= 0:
        return 0.0, 0.0
    unit = off / math.sqrt(variance)
    return float((weights * unit**3).sum()), float((weights * unit**4).sum()) - 3.0
