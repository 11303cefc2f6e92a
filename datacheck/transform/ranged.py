"""Min-max into a range of one's own, and its clip, as the `Affine` and the `Clip` that do it.

The clip stands before the scaling, at the numbers that are scaled to the ends of the range: so what
leaves never lies beyond them, whatever is served.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from datacheck.ops import Affine, Clip
from datacheck.schema import Prepare
from datacheck.transform.cell import power, unpower

#: How often the ends of a clip may move inwards, so that no rounding leaves the range.
_STEPS = 64
#: How often a move may double: from the least double to the largest.
_DOUBLED = 2_100


def into_range(affine: Affine, low: float, spread: float, ends: tuple[float, float]) -> Affine:
    """The `Affine`, of the nearest doubles, that takes ``low`` and its spread to the very ends."""
    a, b = ends
    inverse = (b - a) / spread
    if ends == (0.0, 1.0) or not (math.isfinite(inverse) and inverse > 0.0):
        return affine
    center = low - a / inverse
    if not math.isfinite(center):
        return affine
    high = low + spread
    for x in _near(center, 8):
        for y in (*_near(inverse, 2), *_near(_over(b, high - x), 2), *_near(_over(a, low - x), 2)):
            if y > 0.0 and ((low - x) * y, (high - x) * y) == (a, b):
                return Affine(x + 0.0, y, 1.0 / y)
    return Affine(center + 0.0, inverse, 1.0 / inverse)


def _over(end: float, distance: float) -> float:
    return end / distance if distance else 0.0


def _near(value: float, steps: int) -> list[float]:
    """The double and those next to it, the nearest first."""
    found, up, down = [value], value, value
    for _ in range(steps):
        up, down = math.nextafter(up, math.inf), math.nextafter(down, -math.inf)
        found += [up, down]
    return found


def clip_for(prepare: Prepare, affine: Affine, low: float, high: float) -> Clip:
    """The clip, of such ends before power and scaling, that keeps what leaves inside the range."""
    a, b = prepare.feature_range

    def leaves(x: float) -> float:
        y = x if prepare.power == "none" else power(prepare.power, x)
        return (y - affine.center) * affine.inverse_scale

    low = _inwards(low, math.inf, lambda x: leaves(x) >= a)
    high = _inwards(high, -math.inf, lambda x: leaves(x) <= b)
    return Clip(low, high, low, high)


def _inwards(end: float, towards: float, fits: Callable[[float], bool]) -> float:
    """The end of a clip, moved by ever larger steps until what leaves is within the range."""
    x = end
    for _ in range(_STEPS):
        if fits(x):
            return x
        x = math.nextafter(x, towards)
    move = x - end
    for _ in range(_DOUBLED):
        if fits(x):
            break
        move *= 2
        x = end + move
    return x


def entering(prepare: Prepare, powered: float) -> float:
    """What enters the power so that this enters the scaling."""
    return powered if prepare.power == "none" else unpower(prepare.power, powered)
