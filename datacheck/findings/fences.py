"""Fences that respect skew and tails, and the chance of a value far out.

The one-table fence follows Tukey's g-and-h distribution, fitted to letter values (Hoaglin,
"Summarizing Shape Numerically: the g-and-h Distributions", 1985): g bends it for skew, h for heavy
tails. Only the middle 80% are used, so one cell in ten may be wrong without moving it.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from datacheck.profile.points import Points

_NORMAL = NormalDist()
#: Letter values on each side.
_TAILS = (0.25, 0.175, 0.125, 0.1)
#: Fewer points or distinct values have no shape to speak of.
ENOUGH, DISTINCT = 20, 10
#: The least distance of a fence in standard units, and the chance that clean data cross one.
LEAST_Z, CROSSED = 3.5, 0.02
#: Tukey's own fences, in interquartile ranges.
TUKEY = 1.5
_STRAIGHT = 1e-3


class Fences(NamedTuple):
    """Where the expected values end.

    Parameters
    ----------
    low, high
        The fences.
    g, h
        The skew and the weight of the tails.
    """

    low: float
    high: float
    g: float
    h: float


def fences_of(points: Points) -> Fences | None:
    """The fences of a column; None where it is too short or too discrete to have any."""
    total = points.total
    if total < ENOUGH or len(points) < DISTINCT:
        return None
    middle = points.quantile(0.5)
    z = np.array([-_NORMAL.inv_cdf(tail) for tail in _TAILS])
    lower = np.array([middle - points.quantile(tail) for tail in _TAILS])
    upper = np.array([points.quantile(1 - tail) - middle for tail in _TAILS])
    if min(lower[0], upper[0]) <= 0 or not np.isfinite([lower, upper]).all():
        return None
    g = float(np.median(np.log(upper / lower) / z))
    stretch = _bent(g, z)
    tails = (upper / stretch, lower / _bent(-g, z))
    h = max(0.0, *(_slope(z * z / 2, np.log(tail)) for tail in tails))
    scale = float(np.exp(np.mean(np.log(tails[0]) - h * z * z / 2)))
    far = max(LEAST_Z, -_NORMAL.inv_cdf(CROSSED / (2 * total)))
    heavy = scale * math.exp(min(h * far * far / 2, 700.0))
    reach = np.array([far])
    # Never inside the plain fences: a light or cut tail must not make outliers of its last values.
    plain = TUKEY * (lower[0] + upper[0])
    return Fences(
        low=middle - max(lower[0] + plain, heavy * float(_bent(-g, reach)[0])),
        high=middle + max(upper[0] + plain, heavy * float(_bent(g, reach)[0])),
        g=g,
        h=h,
    )


def _bent(g: float, z: np.ndarray) -> np.ndarray:
    return z if abs(g) < _STRAIGHT else np.expm1(g * z) / g


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    centered = x - x.mean()
    return float((centered * (y - y.mean())).sum() / (centered * centered).sum())


class Tail(NamedTuple):
    """One tail of a reference: how probable a value far out is.

    Parameters
    ----------
    start, share
        Where the tail begins, and how much of the column lies in it.
    base
        What distances are measured from: the tail's own scale is relative to it.
    index
        Hill's estimate of the tail index, raised by its standard error.
    """

    start: float
    share: float
    base: float
    index: float

    def chance(self, value: float) -> float:
        """The chance that one cell lies beyond `value`, which lies beyond `start`."""
        ratio = (value - self.base) / (self.start - self.base)
        return self.share * ratio ** (-1.0 / self.index)


def upper_tail(points: Points) -> Tail | None:
    """The upper tail of a column by Hill's estimator ("A Simple General Approach...", 1975).

    Distances are from the lower quartile, which is kind to tails that are light.
    """
    total = points.total
    if total < ENOUGH or len(points) < DISTINCT:
        return None
    base = points.quantile(0.25)
    used = max(10.0, min(0.1 * total, 200.0))
    start = points.quantile(1 - used / total)
    beyond = points.where(points.values > start)
    if not len(beyond) or start <= base:
        return None
    ratios = np.log((beyond.values - base) / (start - base))
    held = beyond.total
    index = float((beyond.weights * ratios).sum()) / held
    index = max(index * (1 + 1.5 / math.sqrt(held)), 0.05)
    return Tail(start=start, share=held / total, base=base, index=index)


def mirrored(points: Points) -> Points:
    """The points with their signs turned: a lower tail becomes an upper one."""
    from dataclasses import replace

    return replace(points, values=-points.values[::-1], weights=points.weights[::-1])
