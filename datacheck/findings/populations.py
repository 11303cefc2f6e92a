"""Two populations in one column: where they part on the logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datacheck.profiling.points import Points

#: Rows that each population must have.
LEAST = 4
#: The gap between them, against the typical width of one of them (both in log units).
GAP_IN_WIDTHS = 0.5
#: A valley is so many decades wide, holds no more than this share, and parts no fewer than that.
VALLEY, EMPTY, LEAST_SHARE = 0.5, 0.01, 0.03


def splits(points: Points) -> Iterator[tuple[Points, Points]]:
    """Where two populations may part: at a wide gap, or in a valley far from either."""
    gap = _widest_gap(points)
    if gap is not None:
        yield gap
    valley = _valley(points)
    if valley is not None:
        yield valley


def _valley(points: Points) -> tuple[Points, Points] | None:
    """The two sides of the emptiest stretch of the logarithmic axis, between much fuller ones.

    Magnitudes of what lies around zero, and amounts that span decades, come close to their own
    multiples; but hardly any cell stands between.
    """
    logs, total = np.log10(points.values), points.total
    least = max(LEAST, LEAST_SHARE * total)
    reached = points.reached
    places = np.flatnonzero((reached[1:-1] >= least) & (total - reached[1:-1] >= least))
    if not len(places):
        return None
    middles = (logs[places] + logs[places + 1]) / 2
    firsts = np.searchsorted(logs, middles - VALLEY / 2)
    lasts = np.searchsorted(logs, middles + VALLEY / 2)
    held = reached[lasts] - reached[firsts]
    if held.min() > EMPTY * total:
        return None
    emptiest = places[held == held.min()]
    widest = emptiest[np.argmin(logs[emptiest] - logs[emptiest + 1])]
    inside = np.arange(len(points)) <= widest
    return points.where(inside), points.where(~inside)


def _widest_gap(points: Points) -> tuple[Points, Points] | None:
    """The two sides of the widest gap on the logarithmic axis, if it is wide enough."""
    logs = np.log(points.values)
    reached = np.cumsum(points.weights)
    enough = (reached[:-1] >= LEAST) & (points.total - reached[:-1] >= LEAST)
    gaps = np.where(enough, np.diff(logs), 0.0)
    if not len(gaps) or gaps.max() <= 0:
        return None
    place = int(gaps.argmax()) + 1
    inside = np.arange(len(points)) < place
    lower, upper = points.where(inside), points.where(~inside)
    wider = max(log_width(lower), log_width(upper))
    if gaps.max() < GAP_IN_WIDTHS * wider:
        return None
    return lower, upper


def log_width(points: Points) -> float:
    """How wide all but a few of positive values are, in log units."""
    low, high = points.quantiles([0.05, 0.95])
    return math.log(high / low)
