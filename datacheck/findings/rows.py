"""Rows that are odd only as a whole: ``outlier.row``, on request.

An isolation forest needs scikit-learn and a pass over the rows, so no profile can find these, and
no detector looks for them unasked.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from datacheck.arrays import Floats
from datacheck.columns import col
from datacheck.errors import MissingExtraError
from datacheck.findings.folds import SEED
from datacheck.report.finding import LISTED, Finding

#: Rows that the forest grows on; all rows are scored.
GROWN_ON = 100_000
TREES = 200
#: A score is odd this many times as far from the median as the 90% quantile. The scores are bounded
#: and skewed: a thousand normal rows reach 3.0 times, one cell in ten may be odd without moving it.
REACH = 3.2
_LEAST_ROWS, _LEAST_COLUMNS = 50, 2


def outlying_rows(frame: pl.LazyFrame) -> Finding | None:
    """``outlier.row``: the rows that an isolation forest parts from the others far too soon.

    Liu, Ting and Zhou, "Isolation Forest", ICDM 2008. The columns of numbers take part. Missing
    cells stand at their column's median, and columns are compared by ranks of splits, so no scaling
    is needed. The scores are in ``values``; a `MissingExtraError` says that scikit-learn lacks.
    """
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError as error:
        raise MissingExtraError("sklearn", "finding odd rows") from error
    cells = _cells(frame)
    if cells.shape[0] < _LEAST_ROWS or cells.shape[1] < _LEAST_COLUMNS:
        return None
    step = max(1, len(cells) // GROWN_ON)
    forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(cells[::step])
    scores: Floats = -forest.score_samples(cells)
    middle, high = (float(score) for score in np.quantile(scores, [0.5, 0.9]))
    limit = middle + REACH * (high - middle)
    odd = np.flatnonzero(scores > limit)
    if not len(odd):
        return None
    return Finding(
        code="outlier.row",
        severity="warning",
        count=len(odd),
        rows=tuple(int(row) for row in odd[:LISTED]),
        values=tuple(float(score) for score in scores[odd[:LISTED]]),
        message=f"{len(odd):,} rows are far from all others when their columns are taken together.",
        remedy="Look at the rows: each value may be usual, and their combination not.",
        evidence={"limit": limit, "median_score": middle, "columns": cells.shape[1]},
    )


def _cells(frame: pl.LazyFrame) -> Floats:
    """The columns of numbers, shape (rows, columns), holes at the median."""
    names = [name for name, dtype in frame.collect_schema().items() if dtype.is_numeric()]
    if not names:
        return np.zeros((0, 0))
    cells: Floats = (
        frame.select(col(name).cast(pl.Float64) for name in names)
        .collect(engine="streaming")
        .to_numpy()
        .copy()
    )
    cells[~np.isfinite(cells)] = np.nan
    # A column without a value says nothing.
    cells = cells[:, ~np.isnan(cells).all(axis=0)]
    # The forest computes in float32: beyond its range nothing can be told apart anyway.
    cells = np.clip(cells, -1e38, 1e38)
    return np.where(np.isnan(cells), np.nanmedian(cells, axis=0), cells)
