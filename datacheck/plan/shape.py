"""What a column of numbers is like, in the few words that choose its preparation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from datacheck.findings.affine import marks_of
from datacheck.findings.fences import fences_of

if TYPE_CHECKING:
    from datacheck.profiling.points import Points

#: (upper - lower part) / (upper + lower part) of the middle 90%: beyond it, a column is skewed.
SKEWED = 0.2
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
        "constant", "binary", "few", "scaled", "skewed", "even", "normal".
    skew
        From -1 to 1, of the middle 90%.
    outliers
        The share of values beyond the fences.
    """

    word: str
    skew: float
    outliers: float


def shape_of(points: Points) -> Shape:
    """The shape of a column's finite values."""
    if len(points) <= 2:  # noqa: PLR2004
        return Shape("constant" if len(points) < 2 else "binary", 0.0, 0.0)  # noqa: PLR2004
    low, first, middle, third, high = points.quantiles([0.05, 0.25, 0.5, 0.75, 0.95])
    wide = high - low
    skew = (high + low - 2 * middle) / wide if wide > 0 and math.isfinite(wide) else 0.0
    fences = fences_of(points)
    out = 0.0
    if fences is not None:
        beyond = (points.values < fences.low) | (points.values > fences.high)
        out = float(points.weights[beyond].sum()) / points.total
    if marks_of(points):
        word = "scaled"
    elif len(points) <= FEW:
        word = "few"
    elif abs(skew) > SKEWED or out > OUTLYING:
        word = "skewed"
    else:
        word = "even" if wide > 0 and (third - first) / wide > EVEN else "normal"
    return Shape(word, skew, out)
