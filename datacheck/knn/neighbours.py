"""KNN imputation: what donors give to the holes of other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from datacheck.knn.nearest import Pairs, Shortlister
from datacheck.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from datacheck.arrays import Flags, Floats, Indices
    from datacheck.ops import Donors


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
    """One hole of one row, with the bits that it has in any batch.

    `query` has the row's features in the donors' space, None for a hole; `target` is the one to
    fill.
    """
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
