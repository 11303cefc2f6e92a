"""KNN imputation: what donors give to the holes of other rows.

The nearest donors of many rows at once: exact, by a shortlist that is proven complete.

scikit-learn's nan-euclidean distance of a row x with mask m to a donor y with mask p is
``d2 = n * F / |m and p|``, with ``n`` the sum of squared differences over the common features.
``d2 >= n * F / |m|``, for a pair shares no more features than the row has. So a shortlist takes
three steps:

- one matrix product gives a lower bound of ``n`` for all pairs (`lower`);
- k donors picked from a thin sample and measured exactly bound the k-th distance from above;
- every pair whose lower bound is over that cannot be among the nearest, and is left out.

What remains is ranked by direct differences in double, ties by donor order, exactly as one row
alone against all donors would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from datacheck.arrays import Flags, Floats, Indices
from datacheck.knn.bounds import LowerBounds
from datacheck.ops import Donors
from datacheck.threads import threads

#: Cells of the matrix of pairs that one block of rows makes.
BLOCK_CELLS = 8_000_000


def fill_matrix(
    rows: Floats,
    donors: Donors,
    fallbacks: Mapping[int, float],
    done: Callable[[int], None] | None = None,
) -> dict[int, Floats]:
    """What the holes of some features are filled with, shape (n,) each, NaN where there is none.

    `rows` has shape (n, F), float64, in the donors' space, NaN for a hole. `fallbacks` gives, by
    feature to be filled, its value where no donor is in reach. `done` is called, by any thread,
    with how many more rows are done.
    """
    rows = np.where(np.isfinite(rows), rows, np.nan)
    targets = np.array(sorted(fallbacks), dtype=np.intp)
    fills = {j: np.full(len(rows), np.nan) for j in fallbacks}
    holed = np.flatnonzero(np.isnan(rows[:, targets]).any(axis=1))
    if done is not None:
        done(len(rows) - len(holed))
    if not len(holed):
        return fills
    table: Floats = donors.rows  # type: ignore[assignment]  # ops.py keeps numpy out of its types
    shortlister = Shortlister(table, donors.n_neighbors)
    size = max(1, BLOCK_CELLS // max(len(table), 1))
    blocks = [holed[start : start + size] for start in range(0, len(holed), size)]

    def fill(block: Indices) -> None:
        part = rows[block]
        pairs = shortlister.pairs(part, targets)
        for j in fallbacks:
            hole = np.isnan(part[:, j])
            found = _means(pairs, hole, table[:, j], donors)
            fills[j][block[hole]] = np.where(np.isnan(found), fallbacks[j], found)
        if done is not None:
            done(len(block))

    if len(blocks) == 1:
        fill(blocks[0])
        return fills
    # One thread a block: a product that asked for all cores as well would have them wait.
    with threadpool_limits(1, "blas"), threads() as pool:
        list(pool.map(fill, blocks))
    return fills


def fill_row(query: Sequence[float | None], target: int, donors: Donors, fallback: float) -> float:
    """One hole (`target`) of one row in the donors' space, with the bits of any batch."""
    row = np.array([[np.nan if cell is None else cell for cell in query]])
    return float(fill_matrix(row, donors, {target: fallback})[target][0])


def _means(pairs: Pairs, hole: Flags, values: Floats, donors: Donors) -> Floats:
    """For each row with this hole, the mean over its nearest donors that have a value, or NaN."""
    chosen = np.flatnonzero(hole[pairs.row])
    chosen = chosen[~np.isnan(values[pairs.donor[chosen]])]
    value, squared = values[pairs.donor[chosen]], pairs.squared[chosen]
    starts = np.searchsorted(pairs.row[chosen], np.flatnonzero(hole))
    height = len(starts)
    found = np.minimum(np.diff(np.append(starts, len(chosen))), donors.n_neighbors)
    exact = np.zeros(height, dtype=bool)
    if donors.weights == "distance" and len(chosen):
        nearest = np.minimum(starts, len(chosen) - 1)
        exact = (found > 0) & (squared[nearest] == 0.0)
    total, weights = np.zeros(height), np.zeros(height)
    # From the nearest on, one neighbour of every row at a time: the order of a row alone.
    for rank in range(int(found.max(initial=0))):
        rows = np.flatnonzero(found > rank)
        at = starts[rows] + rank
        weight = _weights(squared[at], exact[rows], donors.weights)
        total[rows] += weight * value[at]
        weights[rows] += weight
    with np.errstate(invalid="ignore"):
        return np.where(found > 0, total / weights, np.nan)


def _weights(squared: Floats, exact: Flags, kind: str) -> Floats:
    """1, or 1/distance; where some donors are at no distance, 1 for those and 0 for the others."""
    if kind == "uniform":
        return np.ones(len(squared))
    with np.errstate(divide="ignore"):
        inverse = 1.0 / np.sqrt(squared)
    return np.where(exact, (squared == 0.0).astype(np.float64), inverse)


#: Up to so many rows, or pairs, measuring them all costs less than a shortlist.
DIRECT_ROWS, DIRECT_PAIRS = 2, 50_000
#: Pairs measured at once, which bounds the memory of a block.
PAIRS_AT_ONCE = 2_000_000


class Pairs(NamedTuple):
    """Rows and donors with their squared distances: by row, then distance, then donor order."""

    row: Indices
    donor: Indices
    squared: Floats


class Shortlister:
    """Finds, for rows with holes, every one of (N, F) donors that can be a nearest."""

    def __init__(self, donors: Floats, k: int) -> None:
        # Feature by feature, to look single cells up quickly.
        self.donors = np.asfortranarray(donors)
        self.k = k

    @cached_property
    def _bounds(self) -> LowerBounds:
        return LowerBounds(self.donors)

    def pairs(self, rows: Floats, targets: Indices) -> Pairs:
        """Every pair of a row, of shape (b, F), and a donor that may count, measured in order."""
        few = len(rows) <= DIRECT_ROWS or len(rows) * len(self.donors) <= DIRECT_PAIRS
        lower = None if few else self._bounds.lower(rows)
        if lower is None:
            return self._direct(rows, targets)
        near = self._bounds.near(lower, 2 * self.k + 8)
        every = np.repeat(np.arange(len(rows)), near.shape[1])
        squared = self._squared(rows, every, near.ravel()).reshape(near.shape)
        kth = self._kth(rows, near, squared, targets)
        row, donor = self._bounds.within(lower, rows, kth)
        return _in_order(row, donor, self._squared(rows, row, donor), kth)

    def _direct(self, rows: Floats, targets: Indices) -> Pairs:
        """Measure all pairs, a few rows at a time."""
        count = len(self.donors)
        everyone = np.arange(count)
        size = max(1, PAIRS_AT_ONCE // max(count, 1))
        parts = []
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            differences = (part[:, j, None] - self.donors[:, j] for j in range(part.shape[1]))
            squared = _nan_euclidean(differences, part.shape[1], (len(part), count))
            kth = self._kth(part, np.broadcast_to(everyone, squared.shape), squared, targets)
            row, donor = np.nonzero(squared <= kth[:, None])
            found = _in_order(row, donor, squared[row, donor], kth)
            parts.append(found._replace(row=found.row + start))
        return Pairs(*map(np.concatenate, zip(*parts, strict=True)))

    def _kth(self, rows: Floats, near: Indices, squared: Floats, targets: Indices) -> Floats:
        """What no k-th squared distance exceeds, by row: `near` and `squared` of some donors."""
        kth = np.zeros(len(rows))
        for target in targets:
            wanted = np.flatnonzero(np.isnan(rows[:, target]))
            if not len(wanted):
                continue
            empty = np.isnan(self.donors[:, target])
            eligible = np.where(empty[near[wanted]], np.inf, squared[wanted])
            if eligible.shape[1] < self.k:
                kth[wanted] = np.inf
                continue
            eligible.partition(self.k - 1, axis=1)
            kth[wanted] = np.maximum(kth[wanted], eligible[:, self.k - 1])
        return kth

    def _squared(self, rows: Floats, row: Indices, donor: Indices) -> Floats:
        """Squared distances by direct differences; inf for a pair that shares no feature."""
        features = rows.shape[1]
        columns = np.ascontiguousarray(rows.T)
        out = np.empty(len(row))
        for start in range(0, len(row), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            ours, theirs = row[part], donor[part]
            differences = (
                columns[j].take(ours) - self.donors[:, j].take(theirs) for j in range(features)
            )
            out[part] = _nan_euclidean(differences, features, (len(ours),))
        return out


def _in_order(row: Indices, donor: Indices, squared: Floats, kth: Floats) -> Pairs:
    """The pairs that may count: by row, then distance, then donor."""
    kept = np.flatnonzero((squared <= kth[row]) & np.isfinite(squared))
    row, donor, squared = row[kept], donor[kept], squared[kept]
    order = np.lexsort((donor, squared, row))
    return Pairs(row[order], donor[order], squared[order])


def _nan_euclidean(differences: Iterable[Floats], features: int, shape: tuple[int, ...]) -> Floats:
    """Sum of squares feature by feature, so that a pair has the same bits in any company."""
    total, absent = np.zeros(shape), np.zeros(shape)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for difference in differences:
            missing = np.isnan(difference)
            if missing.any():
                difference[missing] = 0.0
                absent += missing
            np.multiply(difference, difference, out=difference)
            total += difference
        common = features - absent
        return np.where(common > 0, total * (features / common), np.inf)
