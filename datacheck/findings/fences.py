"""Fences that respect skew and tails, and the chance of a value far out.

The one-table fence follows Tukey's g-and-h distribution, fitted to letter values (Hoaglin,
"Summarizing Shape Numerically: the g-and-h Distributions", 1985): g bends it for skew, h for heavy
tails. Only the middle 80% are used, so one cell in ten may be wrong without moving it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats
from datacheck.profiling.facts import fact
from datacheck.profiling.points import TAILS, Points

_NORMAL = NormalDist()
_Z = np.array([-_NORMAL.inv_cdf(tail) for tail in TAILS])
#: Fewer points or distinct values have no shape to speak of.
ENOUGH, DISTINCT = 20, 10
#: The least distance of a fence in standard units, and the chance that clean data cross one.
LEAST_Z, CROSSED = 3.5, 0.005
#: The middle of a column says little of the ends of its tails: they may be heavier by so much (of
#: h), from the outermost letter on.
HEAVIER = 0.04
#: Values beyond a gap of so many ranges of the others do not shape the tails, up to this share.
WIDE_GAP, CUT_OFF = 1.0, 0.1
#: Tukey's own fences, in interquartile ranges.
TUKEY = 1.5
#: Bounds of a tail's shape, and the standard errors (of one value) it is raised by.
LIGHTEST, HEAVIEST, HEDGE = 0.2, 2.0, 1.5
DOUBT = 6.0
#: The cells that a tail is fitted to: at least, as a part of the column, and at most.
TAIL = (12.0, 0.15, 400.0)
#: Up to this shape a tail's scale is told by its mean alone.
HALF = 0.5
_STRAIGHT = 1e-3
_PAIRS = np.triu_indices(len(TAILS), k=1)


class Fences(NamedTuple):
    """Where the expected values end."""

    low: float
    high: float
    #: The skew and the weight of the tails.
    g: float
    h: float


@fact
def fences_of(points: Points) -> Fences | None:
    """The fences of a column; None where it is too short or too discrete to have any."""
    (found,) = _fences_of([points])
    return found


def find_fences(columns: Iterable[Points]) -> None:
    """Find `fences_of` many columns at once: alone, each costs more in calls than in arithmetic."""
    asked = [points for points in columns if fences_of not in points.facts]
    for points, fences in zip(asked, _fences_of(asked), strict=True):
        points.facts[fences_of] = fences


def _fences_of(columns: Sequence[Points]) -> list[Fences | None]:
    found: list[Fences | None] = [None] * len(columns)
    shaped = {}
    for place, points in enumerate(columns):
        if points.total >= ENOUGH and len(points) >= DISTINCT:
            near = without_far(points)
            if len(near) >= DISTINCT:
                shaped[place] = near.letters, _far(points.total)
    if shaped:
        letters, far = (np.array(each) for each in zip(*shaped.values(), strict=True))
        fitted = _fitted(letters, far[:, None]).T.tolist()
        for place, fences in zip(shaped, fitted, strict=True):
            found[place] = None if math.isnan(fences[0]) else Fences(*fences)
    return found


def _fitted(letters: Floats, far: Floats) -> Floats:
    """The `Fences` of m columns, shape (4, m), NaN for none, of their `LETTERS`, shape (m, 11)."""
    middle, tails = letters[:, :1], len(TAILS)
    below, above = middle - letters[:, 1 : 1 + tails], letters[:, 1 + tails :] - middle
    sides = np.concatenate([below, above])
    g = _medians(np.log(above / below) / _Z)  # not a number of columns that have none
    reach, weight = _reach(sides, np.concatenate([-g, g]), np.concatenate([far, far]))
    # Never inside the plain fences: a light or cut tail must not make outliers of its last values.
    plain = TUKEY * (below[:, 0] + above[:, 0])
    down, up = np.maximum(sides[:, 0].reshape(2, -1) + plain, reach.reshape(2, -1))
    ends = [middle[:, 0] - down, middle[:, 0] + up]
    some = ((sides[:, 0] > 0) & np.isfinite(sides).all(axis=1)).reshape(2, -1).all(axis=0)
    return np.where(some, [*ends, g[:, 0], weight.reshape(2, -1).max(axis=0)], np.nan)


def _reach(letters: Floats, g: Floats, far: Floats) -> tuple[Floats, Floats]:
    """How far from the median one side's fence lies; its weight is Theil and Sen's slope."""
    first, second = _PAIRS
    half = _Z * _Z / 2
    stretched = np.log(letters / _bent(g, _Z))
    slopes = (stretched[:, second] - stretched[:, first]) / (half[second] - half[first])
    h = np.maximum(0.0, _medians(slopes))
    scale = np.exp(_medians(stretched - h * _Z * _Z / 2))
    bend = h * far * far / 2 + HEAVIER * (far * far - _Z[-1] * _Z[-1]) / 2
    return scale * _bent(g, far) * np.exp(np.minimum(bend, 700.0)), h


def _bent(g: Floats, z: Floats) -> Floats:
    return np.where(np.abs(g) < _STRAIGHT, z, np.expm1(g * z) / np.where(g == 0, 1.0, g))


def _medians(values: Floats) -> Floats:
    """The median of each of a few numbers, shape (m, k), as (m, 1); NaN where any is."""
    ordered, last = np.sort(values, axis=1), values.shape[1] - 1
    lower, upper = ordered[:, last // 2, None], ordered[:, (last + 1) // 2, None]
    return np.where(np.isnan(ordered[:, last:]), np.nan, (lower + upper) / 2)


@lru_cache(maxsize=256)
def _far(total: float) -> float:
    """How far in standard units a fence lies in a column of so many cells."""
    return max(LEAST_Z, -_NORMAL.inv_cdf(CROSSED / (2 * total)))


def without_far(points: Points) -> Points:
    """The points within the last wide gaps: values beyond must not shape their own fences.

    A gap is wide from the range of all values inside it on, and no more than `CUT_OFF` of the
    cells lie beyond.
    """
    values, reached, tenth = points.values, points.reached, len(points) // 10
    few = (CUT_OFF + 1e-9) * points.total  # somewhat more, for rounding
    first, last = (
        reached[:-1].searchsorted(few, "right") - 1,
        reached[1:].searchsorted(-few + reached[-1]),
    )
    middle = min(values[last] - values[tenth], values[-1 - tenth] - values[first])
    if np.diff(values).max(initial=0.0) <= middle:
        return points
    low = -_end_within(mirrored(points))
    high = _end_within(points)
    return points.inside(low, high)


def _end_within(points: Points) -> float:
    """The last value before the one wide gap of the upper side; the greatest where it has none."""
    values, beyond = points.values, 1 - points.reached[1:] / points.total
    first = float(values[len(values) // 10])
    wide = np.diff(values) > WIDE_GAP * (values[:-1] - first)
    gaps = np.flatnonzero(wide & (beyond[:-1] <= CUT_OFF) & (values[:-1] > first))
    # A column that spans decades has gap after gap: that is its shape.
    return float(values[gaps[0]] if len(gaps) == 1 else values[-1])


class Tail(NamedTuple):
    """One tail of a reference, as a generalised Pareto distribution of the excess over `start`."""

    #: Where the tail begins, and how much of the column lies in it.
    start: float
    share: float
    #: Of the excess; a shape above 0 is a heavy tail.
    scale: float
    shape: float
    #: How many times higher a chance may be, for so few values as the tail was fitted to.
    doubt: float

    def chance(self, value: float) -> float:
        """The chance that one cell lies beyond `value`, which lies beyond `start`."""
        reach = 1.0 + self.shape * (value - self.start) / self.scale
        return float(self.share * reach ** (-1.0 / self.shape))


def upper_tail(points: Points) -> Tail | None:
    """The upper tail of a column by probability-weighted moments.

    Hosking and Wallis, "Parameter and Quantile Estimation for the Generalized Pareto Distribution",
    Technometrics 29, 1987. The shape is raised by its standard error, and kept from being light:
    to call a value improbable needs a tail that is heavy enough.
    """
    total = points.total
    if total < ENOUGH or len(points) < DISTINCT:
        return None
    used = max(TAIL[0], min(TAIL[1] * total, TAIL[2]))
    start = points.quantile(1 - used / total)
    beyond = points.where(points.values > start)
    if len(beyond) < DISTINCT // 2:
        return None
    excess, weights = beyond.values - start, beyond.weights
    held = float(weights.sum())
    rank = np.cumsum(weights) - weights / 2
    first = float((weights * excess).sum()) / held
    second = float((weights * excess * (1 - rank / held)).sum()) / held
    if not first > 2 * second > 0:
        shape, scale = HEAVIEST, first
    else:
        shape = 2 - first / (first - 2 * second)
        shape = min(max(shape + HEDGE / math.sqrt(held), LIGHTEST), HEAVIEST)
        # The raised shape with the mean excess that was seen; in an order that cannot overflow.
        scale = first * (1 - shape if shape < HALF else 2 * second / (first - 2 * second))
    return Tail(
        start=start, share=held / total, scale=scale, shape=shape, doubt=1 + DOUBT / math.sqrt(held)
    )


def mirrored(points: Points) -> Points:
    """The points with their signs turned: a lower tail becomes an upper one."""
    return Points(-points.values[::-1], points.weights[::-1], points.exact)
