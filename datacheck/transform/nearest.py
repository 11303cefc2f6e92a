"""The nearest donors of many rows at once: exact, by a shortlist that is proven complete.

scikit-learn's nan-euclidean distance of a row x with mask m to a donor y with mask p is
``d2 = n * F / |m and p|``, with ``n`` the sum of squared differences over the common features.
``n`` is an inner product, ``[m x^2, m, -2 m x] . [p, p y^2, p y]``, so one matrix product gives it
for all pairs, in float32, with an error that is bounded below. Three facts make a shortlist safe:

- ``d2 >= n * F / |m|``, for a pair shares no more features than the row has;
- k donors picked from a thin sample and measured exactly bound the k-th distance from above;
- so every pair whose ``n``, less its error, is over that bound cannot be among the nearest.

What is left is ranked by direct differences in double, ties by donor order, exactly as one row
alone against all donors would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Indices = NDArray[np.intp]

#: Below this many pairs, measuring them all costs less than a shortlist.
DIRECT_PAIRS = 50_000
#: The thin sample that bounds the k-th distance: one donor in this many.
THINNING = 8
#: Pairs measured at once, which bounds the memory of a block.
PAIRS_AT_ONCE = 2_000_000

_UNIT = 2.0**-24  # half an ulp of a float32 in [1, 2)
_TINY = 1e-37  # over any absolute error that float32 underflow can bring
_ETA = 1e-6


class Pairs(NamedTuple):
    """Rows and donors with their squared distances: by row, then distance, then donor order."""

    row: Indices
    donor: Indices
    squared: Matrix


class Shortlister:
    """Finds, for rows with holes, every donor that can be among the nearest.

    Parameters
    ----------
    donors
        Shape (N, F), float64, NaN for a hole.
    k
        How many neighbours are wanted for each hole.
    """

    def __init__(self, donors: Matrix, k: int) -> None:
        self.donors = donors
        self.k = k
        self.present = ~np.isnan(donors)
        with np.errstate(all="ignore"):
            counts = np.maximum(self.present.sum(axis=0), 1)
            self._shift = np.where(self.present, donors, 0.0).sum(axis=0) / counts
            centered = np.where(self.present, donors - self._shift, 0.0)
            largest = float(np.abs(centered).max(initial=0.0))
        # Where doubles themselves near their limits there is no shortlist: all pairs are measured.
        self.usable = bool(np.isfinite(largest) and 1e-100 < largest < 1e100)  # noqa: PLR2004
        if not self.usable:
            return
        self._scale = 1.0 / largest
        y = centered * self._scale
        self._slack = 2.0 * (3 * donors.shape[1] + 4) * _UNIT * 1.1
        table = np.concatenate([self.present, (1.0 - self._slack) * y * y, y], axis=1)
        self._table = np.ascontiguousarray(table.T, dtype=np.float32)
        self._reach = np.abs(np.where(self.present, donors, 0.0)).max(axis=0, initial=0.0)

    def pairs(self, rows: Matrix, targets: Indices) -> Pairs:
        """Every pair of a row and a donor that may count, measured and in order.

        Parameters
        ----------
        rows
            Shape (b, F), float64, NaN for a hole.
        targets
            The features to be filled.
        """
        if not self.usable or len(rows) * len(self.donors) <= DIRECT_PAIRS:
            return self._measured(rows, *_all_pairs(len(rows), len(self.donors)))
        present = ~np.isnan(rows)
        x = np.where(present, rows - self._shift, 0.0) * self._scale
        if float(np.abs(x).max(initial=0.0)) > 1e15:  # noqa: PLR2004 - its square nears float32's end
            return self._measured(rows, *_all_pairs(len(rows), len(self.donors)))
        query = np.concatenate([(1.0 - self._slack) * x * x, present, -2.0 * x], axis=1)
        lower = query.astype(np.float32) @ self._table
        kth = self._kth(rows, present, lower, targets)
        bound = self._bound(rows, present, kth)
        # Flat positions: numpy finds those several times as fast as pairs of indices.
        flat = np.flatnonzero(lower <= bound[:, None])
        row = flat // len(self.donors)
        return self._measured(rows, row, flat - row * len(self.donors), kth)

    def _kth(
        self, rows: Matrix, present: NDArray[np.bool_], lower: NDArray[np.float32], targets: Indices
    ) -> Matrix:
        """What no k-th squared distance exceeds, by row: measured on a thin sample of donors."""
        thin = lower[:, ::THINNING]
        picks = min(2 * self.k + 8, thin.shape[1])
        near = np.argpartition(thin, picks - 1, axis=1)[:, :picks] * THINNING
        row = np.repeat(np.arange(len(rows)), picks)
        squared = self._squared(rows, row, near.ravel()).reshape(len(rows), picks)
        kth = np.zeros(len(rows))
        for target in targets:
            wanted = ~present[:, target]
            eligible = np.where(self.present[near[wanted], target], squared[wanted], np.inf)
            position = min(self.k, picks) - 1
            eligible = np.partition(eligible, position, axis=1)[:, position]
            kth[wanted] = np.maximum(kth[wanted], eligible if picks >= self.k else np.inf)
        return kth

    def _bound(self, rows: Matrix, present: NDArray[np.bool_], kth: Matrix) -> NDArray[np.float32]:
        """What the inner product of a pair that counts may be at most, by row."""
        features = self.donors.shape[1]
        # Centering rounds each difference by at most `error`; (d + e)^2 <= (1 + eta) d^2 + ...
        known = np.abs(np.where(present, rows, 0.0))
        error = 2.0**-51 * (self._reach + known + np.abs(self._shift))
        shifted = ((error * self._scale) ** 2).sum(axis=1) * (1.0 + 1.0 / _ETA)
        with np.errstate(over="ignore"):
            # A row without a value is out of reach of all: any bound serves it.
            shared = np.maximum(present.sum(axis=1), 1)
            most = kth * self._scale * self._scale * shared / features
            bound = (most * (1.0 + 2.0 * _ETA) + shifted) * (1.0 + 4.0 * _UNIT) + _TINY
            narrow: NDArray[np.float32] = bound.astype(np.float32)
            return np.nextafter(narrow, np.float32(np.inf), dtype=np.float32)

    def _measured(
        self, rows: Matrix, row: Indices, donor: Indices, kth: Matrix | None = None
    ) -> Pairs:
        squared = self._squared(rows, row, donor)
        within = np.isfinite(squared) if kth is None else squared <= kth[row]
        kept = np.flatnonzero(within & np.isfinite(squared))
        row, donor, squared = row[kept], donor[kept], squared[kept]
        order = np.lexsort((donor, squared, row))
        return Pairs(row[order], donor[order], squared[order])

    def _squared(self, rows: Matrix, row: Indices, donor: Indices) -> Matrix:
        """Squared distances by direct differences; inf for a pair that shares no feature."""
        out = np.empty(len(row))
        for start in range(0, len(row), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            out[part] = _nan_euclidean(rows, self.donors, row[part], donor[part])
        return out


def _all_pairs(rows: int, donors: int) -> tuple[Indices, Indices]:
    row, donor = np.indices((rows, donors))
    return row.ravel(), donor.ravel()


def _nan_euclidean(rows: Matrix, donors: Matrix, row: Indices, donor: Indices) -> Matrix:
    """Sum of squares feature by feature, so that a pair has the same bits in any company."""
    features = rows.shape[1]
    total = np.zeros(len(row))
    common = np.zeros(len(row))
    with np.errstate(over="ignore", invalid="ignore"):
        for j in range(features):
            difference = rows[row, j] - donors[donor, j]
            both = ~np.isnan(difference)
            np.multiply(difference, difference, out=difference)
            np.add(total, difference, out=total, where=both)
            common += both
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(common > 0, total * (features / common), np.inf)
