"""Lower bounds of all pairs' distances, by one matrix product in float32.

The sum of squared differences of a row x (mask m) and a donor y (mask p) over the features that
both have is an inner product: ``[m x^2, m, -2 m x] . [p, p y^2, p y]``. float32 computes it with
an error of at most ``(3 F + 4) u`` of the sum of its terms' sizes (Higham, "Accuracy and Stability
of Numerical Algorithms", 2002, section 3.1), which the squares are shrunk by in advance; centering
adds rounding of its own, which `_rounding` bounds.

A worked example, two features and four donors, the third with a hole. From the row (0, 1) their
sums are 1, 18, 0 (over the one feature that both have) and 181; the bounds are a shade below, in
units of the largest donor:

>>> donors = np.array([[0.0, 0.0], [3.0, 4.0], [np.nan, 1.0], [10.0, 10.0]])
>>> bounds, row = LowerBounds(donors), np.array([[0.0, 1.0]])
>>> lower = bounds.lower(row)
>>> [float(bound) for bound in (lower[0] / bounds._scale**2).round(3)]
[1.0, 18.0, -0.0, 181.0]

If a first look has found one donor at a squared distance of 1, no other can be nearer but the
first and the third: the pairs that are measured in double. The other two are never looked at.

>>> bounds.within(lower, row, kth=np.array([1.0]))[1].tolist()
[0, 2]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datacheck.arrays import Floats, Indices

Lower = NDArray[np.float32]

#: The thin sample that bounds the k-th distance: one donor in this many.
THINNING = 4
#: Donors of that sample that share a stack: of each stack only the nearest is picked.
STACK = 16

_UNIT = 2.0**-24  # half an ulp of a float32 in [1, 2)
_TINY = 1e-37  # over any absolute error that float32 underflow can bring
_ETA = 1e-6
#: A float32 holds the square of what is below this.
_MOST = 1e15


class LowerBounds:
    """The donors' side of the product: shape (N, F), float64, NaN for a hole."""

    def __init__(self, donors: Floats) -> None:
        count, self._features = donors.shape
        # The sample stands first, so that its bounds lie together.
        places = np.arange(count)
        self._order = places[np.argsort(places % THINNING, kind="stable")]
        self._sample = len(places[::THINNING])
        present = ~np.isnan(donors)
        with np.errstate(all="ignore"):
            counts = np.maximum(present.sum(axis=0), 1)
            self._shift = np.where(present, donors, 0.0).sum(axis=0) / counts
            centered = np.where(present, donors - self._shift, 0.0)
            largest = float(np.abs(centered).max(initial=0.0))
        # Where doubles themselves near their limits there is no bound.
        self._usable = bool(np.isfinite(largest) and 1e-100 < largest < 1e100)  # noqa: PLR2004
        if not self._usable:
            return
        self._scale = 1.0 / largest
        y = centered * self._scale
        self._slack = 2.0 * (3 * self._features + 4) * _UNIT * 1.1
        table = np.concatenate([present, (1.0 - self._slack) * y * y, y], axis=1)
        self._table = np.ascontiguousarray(table[self._order].T, dtype=np.float32)
        self._reach = np.abs(np.where(present, donors, 0.0)).max(axis=0, initial=0.0)

    def lower(self, rows: Floats) -> Lower | None:
        """Bounds of the sums of squared differences, shape (b, N); None beyond float32."""
        if not self._usable:
            return None
        present = ~np.isnan(rows)
        x = np.where(present, rows - self._shift, 0.0) * self._scale
        if float(np.abs(x).max(initial=0.0)) > _MOST:
            return None
        query = np.concatenate([(1.0 - self._slack) * x * x, present, -2.0 * x], axis=1)
        return query.astype(np.float32) @ self._table

    def near(self, lower: Lower, picks: int) -> Indices:
        """Some donors of the sample that are near, shape (b, `picks` or all of the sample)."""
        width = self._sample // STACK
        if width < picks:
            sample = lower[:, : self._sample]
            picks = min(picks, self._sample)
            return self._order[np.argpartition(sample, picks - 1, axis=1)[:, :picks]]
        least = lower[:, :width].copy()
        for start in range(width, STACK * width, width):
            np.minimum(least, lower[:, start : start + width], out=least)
        stacks = np.argpartition(least, picks - 1, axis=1)[:, :picks]
        members = stacks[:, :, None] + width * np.arange(STACK)
        row = np.arange(len(lower))[:, None]
        best = lower[row[:, :, None], members].argmin(axis=2)
        chosen: Indices = self._order[stacks + width * best]
        return chosen

    def within(self, lower: Lower, rows: Floats, kth: Floats) -> tuple[Indices, Indices]:
        """Rows and donors of the pairs whose squared distance may be at most `kth` of the row."""
        # Flat positions: numpy finds those several times as fast as pairs of indices.
        flat = np.flatnonzero(lower <= self._limit(rows, kth)[:, None])
        row = flat // lower.shape[1]
        return row, self._order[flat - row * lower.shape[1]]

    def _limit(self, rows: Floats, kth: Floats) -> Lower:
        """What `lower` may be at most, by row."""
        present = ~np.isnan(rows)
        with np.errstate(over="ignore"):
            # A row without a value is out of reach of all: any limit serves it.
            shared = np.maximum(present.sum(axis=1), 1)
            most = kth * self._scale * self._scale * shared / self._features
            rounding = self._rounding(np.abs(np.where(present, rows, 0.0)))
            limit = (most * (1.0 + 2.0 * _ETA) + rounding) * (1.0 + 4.0 * _UNIT) + _TINY
            narrow: Lower = limit.astype(np.float32)
            return np.nextafter(narrow, np.float32(np.inf), dtype=np.float32)

    def _rounding(self, sizes: Floats) -> Floats:
        """What centering may add: it moves a difference by e, (d + e)^2 <= (1 + eta) d^2 + ..."""
        error = 2.0**-51 * (self._reach + sizes + np.abs(self._shift))
        added: Floats = ((error * self._scale) ** 2).sum(axis=1) * (1.0 + 1.0 / _ETA)
        return added
