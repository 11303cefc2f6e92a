"""Trials: rows changed on purpose, sent through the model to see what that changes."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.diagnosis.judge import Judge
from datacheck.diagnosis.model import end_is_bad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datacheck.arrays import Flags, Floats
    from datacheck.diagnosis.feed import Feed
    from datacheck.diagnosis.model import Model


#: Cells in one batch of trials.
CELLS = 4_000_000
#: Rows, evenly spaced, that say what is typical; up to twice as many.
TYPICAL = 1_024


@contextmanager
def quiet() -> Iterator[None]:
    """Let a model and its arithmetic warn of nothing: what is not finite is looked for."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Trials:
    """Runs changed rows of a feed through its model.

    `center` is a typical row, of medians, and `spread` how far values usually lie from there.
    """

    def __init__(self, model: Model, feed: Feed, center: Floats, spread: Floats) -> None:
        self.model, self.feed, self.center, self.spread = model, feed, center, spread

    @classmethod
    def of(cls, model: Model, feed: Feed, failed: Flags, reference: Floats | None) -> Trials:
        """Trials around the rows that have not failed, and around all of a reference."""
        known, good = feed.cast(), ~failed
        if reference is not None:
            known = np.vstack([reference, known])
            good = np.r_[np.ones(len(reference), bool), good]
        return cls(model, feed, *typical(known, good))

    def bad(self, rows: Floats, *, at: int | None = None) -> Flags:
        """By row, whether its answer is not finite; or what step `at` gave, where one is named."""
        if not len(rows):
            return np.zeros(0, bool)
        size = max(1, CELLS // max(rows.shape[1], 1) // 8)
        parts = [self._bad(rows[start : start + size], at) for start in range(0, len(rows), size)]
        return np.concatenate(parts)

    def _bad(self, rows: Floats, at: int | None) -> Flags:
        arrays = self.feed.arrays(rows)
        if not self.model.traces:
            return end_is_bad(self.model.run(arrays), len(rows))
        judge = Judge(len(rows))
        if at is None:
            _, codes = self.model.trace(arrays, judge)
            return judge.own(codes)
        judge.watched[at] = np.zeros(len(rows), bool)
        self.model.trace(arrays, judge)
        found: Flags = judge.watched[at]
        return found

    def alone(self, row: Floats) -> bool:
        """Whether a row fails in no other company than its own copy."""
        ends = self.model.run(self.feed.arrays(np.stack([row, row])))
        return bool(end_is_bad(ends, 2).any())

    def distance(self, row: Floats) -> Floats:
        """By column, how far a row is from the typical one; what is not finite is farthest."""
        far = np.abs(row - self.center) / self.spread
        return np.where(np.isfinite(far), far, np.inf)


def evenly(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows, or numbers of rows, evenly spaced: enough of them to say what is typical."""
    return rows[:: max(1, len(rows) // TYPICAL)]


def typical(cast: Floats, good: Flags) -> tuple[Floats, Floats]:
    """A typical row and the spread around it, of rows that predict a number where there are any."""
    finite = np.isfinite(cast).all(axis=1)
    chosen = cast[good & finite] if (good & finite).any() else cast[finite]
    chosen = evenly(chosen)
    # Of rows without holes the median is found for all columns at once.
    median = np.median if len(chosen) else np.nanmedian
    if not len(chosen):
        chosen = np.where(np.isfinite(cast), cast, np.nan)
    center = median(chosen, axis=0)
    spread = median(np.abs(chosen - center), axis=0)
    wide = np.nanstd(chosen, axis=0)
    center = np.where(np.isfinite(center), center, 0.0)
    spread = np.where(spread > 0, spread, np.where(wide > 0, wide, np.abs(center) * 1e-3 + 1e-9))
    return center, np.where(np.isfinite(spread), spread, 1.0)


#: How many rows are run alone.
TRIED = 64


def culprits(trials: Trials, matrix: Floats, bad: Flags) -> list[int]:
    """The rows that fail by themselves, where others fail in their company alone; else none.

    Rows whose own inputs are not finite are tried first.
    """
    rows = np.flatnonzero(bad)
    odd = ~np.isfinite(matrix[rows]).all(axis=1)
    if odd.any() and not odd.all():
        healthy = matrix[rows[~odd][:TRIED]]
        if not trials.bad(healthy).any():
            return [int(row) for row in rows[odd]]
    tried = np.concatenate([rows[odd], rows[~odd]])[:TRIED]
    alone = [int(row) for row in tried if trials.alone(matrix[row])]
    return alone if len(alone) < len(tried) else []
