"""The small rules by which a feature may tell a quantity: made on one half, tried on the other."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices, Ints, Keys
from datacheck.findings.leak_rules import OFTEN, LeakRule, Told, edges_of, ranks_of
from datacheck.numeric.quantiles import interpolate, position

#: From here on no honest feature is so good by itself.
R2 = 0.99
#: A half must hold so many rows; with fewer than `SURE_ROWS` R2 must be nearer to 1.
LEAST_ROWS, SURE_ROWS = 12, 25
#: A target that its neighbours foretell so well follows the order of the rows; features that follow
#: it too are judged by their steps.
TREND = 0.9
#: So many cells must be there.
MOST_SEEN = 0.9
#: The target itself, but for some rows of another's: this share is left out, and the rest so exact.
SPARED, EXACT = 0.05, 0.9999
#: How often a line is drawn anew through the points that are nearest to it.
_DRAWN = 8


class Quantity(LeakRule):
    """Judges features by how well they tell a quantity: R2 on the half that was held back."""

    measure, limit = "R2", R2

    def __init__(
        self,
        known: pl.Series,
        values: Floats,
        places: Ints,
        units: Keys | None = None,
        half: Flags | None = None,
    ) -> None:
        super().__init__(known, places, units)
        self._given = values
        # A power of two changes no score, and keeps the squares of the largest doubles finite.
        self.values = values = np.ldexp(
            values, -math.frexp(float(np.abs(values).max(initial=0)))[1]
        )
        if half is not None:
            self.half = half
        fewest = min(self.half.sum(), (~self.half).sum())
        self.limit = 1 - (1 - R2) * min(1.0, fewest / SURE_ROWS)
        self.able = bool(fewest >= LEAST_ROWS and float(np.std(values)) > 0)
        self._steps: Quantity | None = None
        self._pairs = np.zeros(0, np.bool_)
        if self.able and half is None and _r2(values[1:], values[:-1]) >= TREND:
            # Whatever grows with the rows tells what grows with them: their steps are compared.
            pairs = np.diff(places) == 1
            if pairs.sum() >= 2 * LEAST_ROWS:
                self._pairs = pairs
                steps = np.diff(values)[pairs]
                self._steps = Quantity(known, steps, places[1:][pairs], half=self.half[1:][pairs])

    def by_kind(self, kinds: Keys) -> float:
        """By a table of the target by value, or by other names for the target's values."""
        score = super().by_kind(kinds)
        return score if score >= self.limit or not self._is_renamed(kinds) else 1.0

    def _is_renamed(self, kinds: Keys) -> bool:
        """Whether values that come again and again stand for one value of the target each."""
        names, inverse = np.unique(kinds, return_inverse=True)
        values, of = np.unique(self.values, return_inverse=True)
        if len(names) != len(values) or len(names) * OFTEN > len(kinds):
            return False
        return len(np.unique(inverse * len(values) + of)) == len(names)

    def by_number(self, numbers: Floats) -> float:
        """By a line, or by a curve; where the rows are a trend, its steps must tell as well."""
        seen = np.isfinite(numbers)
        if seen.mean() < MOST_SEEN or len(np.unique(numbers[seen])) < 3:  # noqa: PLR2004
            return 0.0
        best = super().by_number(numbers)
        if best >= self.limit and self._steps is not None:
            return min(best, self._steps.by_number(np.diff(numbers)[self._pairs]))
        return best

    def tells_in_part(self, kinds: Keys, numbers: Floats | None) -> Told | None:  # noqa: ARG002
        """All but a few rows, by a straight line."""
        if numbers is None or self._steps is not None:
            return None
        seen = np.isfinite(numbers)
        fewest = min((seen & self.half).sum(), (seen & ~self.half).sum())
        if seen.mean() < MOST_SEEN or fewest < SURE_ROWS:
            return None
        x, y, half = numbers[seen], self.values[seen], self.half[seen]
        score = math.inf
        for made in (half, ~half):
            score = min(score, _but_for_some(x[made], y[made], x[~made], y[~made]))
            if not score >= EXACT:
                return None
        return Told(score, spared=SPARED)

    def among(self, seen: Flags) -> Quantity:
        """See `LeakRule`."""
        known = pl.repeat(value=True, n=int(seen.sum()), eager=True)
        return Quantity(known, self._given[seen], self.places[seen], self.units[seen])

    def numbered(self) -> list[Floats]:
        """See `LeakRule`."""
        return [self._given]

    def order(self) -> float:
        """The order of the rows tells a quantity where they are sorted by it."""
        steps = np.diff(self.values)
        in_order = (steps >= 0).all() or (steps <= 0).all()
        return 1.0 if in_order else 0.0

    def best_by_kind(
        self,
        cells: Indices,
        sizes: Indices,  # noqa: ARG002 - names for the values are a table of all rows
        seen: Flags | None,
    ) -> Floats:
        """See `LeakRule`: the R2 of the means of the very rows that they are judged on."""
        features, width = len(cells), int(cells.max()) + 1
        at = np.arange(features)[:, np.newaxis] * width + cells
        parts = []
        for side in (self.half, ~self.half, np.ones(len(self.half), bool)):
            chosen = np.broadcast_to(side, at.shape) if seen is None else side & seen
            # From the middle of these rows, lest what they have in common swallow the rest.
            rows = np.maximum(chosen.sum(axis=1), 1)
            values = np.where(chosen, self.values, 0.0)
            values = np.where(chosen, values - (values.sum(axis=1) / rows)[:, np.newaxis], 0.0)
            sums = np.bincount(at.ravel(), values.ravel(), minlength=features * width)
            counts = np.bincount(at[chosen], minlength=features * width)
            told = (sums * sums / np.maximum(counts, 1)).reshape(features, width).sum(axis=1)
            around = (values * values).sum(axis=1)
            parts.append(np.where(around > 0, told / np.where(around > 0, around, 1.0), 0.0))
        return np.maximum(np.minimum(parts[0], parts[1]), parts[2])

    def unlike_neighbours(self, order: Indices, rows: Indices) -> Floats:
        """See `LeakRule`: the squares of the steps, of the values or of their ranks."""
        found = np.full(len(order), np.inf)
        among = np.arange(order.shape[1]) < rows[:, np.newaxis]
        for each in (self.values, ranks_of(self.values)):
            ordered = each[order]
            steps = np.where(among[:, 1:], np.diff(ordered, axis=1), 0.0)
            middle = np.where(among, ordered, 0.0).sum(axis=1) / rows
            apart = np.where(among, ordered - middle[:, np.newaxis], 0.0)
            around = 2 * (apart * apart).sum(axis=1)
            found = np.minimum(found, (steps * steps).sum(axis=1) / around)
        return found

    def _by_table(self, cells: Indices, size: int, made: Flags) -> float:
        rows = np.bincount(cells[made], minlength=size)
        sums = np.bincount(cells[made], self.values[made], minlength=size)
        whole = self.values[made].mean()
        means = np.where(rows > 0, sums / np.maximum(rows, 1), whole)
        return _r2(self.values[~made], means[cells[~made]])

    def _by_size(self, numbers: Floats, made: Flags) -> float:
        seen = np.isfinite(numbers)
        x, y = numbers[made & seen], self.values[made & seen]
        held, truth = numbers[~made & seen], self.values[~made & seen]
        # A curve says nothing beyond its ends.
        if not len(x) or not len(held):
            return 0.0
        within = (held >= x.min()) & (held <= x.max())
        curves = (_curve(x, y, edges_of(x)), _curve(x, y, np.unique(x)))
        guesses = [np.interp(held, *curve) for curve in curves]
        best = max(_r2(truth[within], guess[within]) for guess in guesses)
        # What grows with it, however, has the same ranks.
        varied = np.ptp(held) > 0 and np.ptp(truth) > 0
        ranks = float(np.corrcoef(ranks_of(held), ranks_of(truth))[0, 1]) if varied else 0.0
        return max(best, _r2(truth, _line(x, y, held)), ranks * ranks)


def _line(x: Floats, y: Floats, held: Floats) -> Floats:
    """What a straight line through the points of one half says of the other."""
    scale = float(np.abs(x).max()) or 1.0
    middle = float((x / scale).mean())
    centered = x / scale - middle
    spread = float((centered * centered).sum())
    slope = float((centered * (y - y.mean())).sum()) / spread if spread > 0 else 0.0
    line: Floats = y.mean() + slope * (held / scale - middle)
    return line


def _curve(x: Floats, y: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """The mean of the points of each interval."""
    cells = np.searchsorted(edges, x, side="right")
    rows = np.bincount(cells)
    used = rows > 0
    return np.bincount(cells, x)[used] / rows[used], np.bincount(cells, y)[used] / rows[used]


def _but_for_some(x: Floats, y: Floats, held: Floats, truth: Floats) -> float:
    """The R2 of a line through most points of one half, of the points of the other next to it."""
    keep = np.ones(len(x), bool)
    for _ in range(_DRAWN):
        if not np.ptp(x[keep]) > 0:
            return 0.0
        apart = np.abs(y - _line(x[keep], y[keep], x))
        keep = apart <= _quantile(apart, 1 - SPARED)
    guess = _line(x[keep], y[keep], held)
    apart = np.abs(truth - guess)
    near = apart <= _quantile(apart, 1 - SPARED)
    return _r2(truth[near], guess[near])


def _quantile(values: Floats, level: float) -> float:
    """Numpy's quantile of a few numbers, at a tenth of its cost; NaN where any is."""
    ordered = np.sort(values)
    if np.isnan(ordered[-1]):
        return math.nan
    rank, share = position(level, len(ordered))
    low, high = ordered[rank], ordered[min(rank + 1, len(ordered) - 1)]
    return interpolate(float(low), float(high), share)


def _r2(values: Floats, guesses: Floats) -> float:
    around = float(((values - values.mean()) ** 2).sum())
    if not around > 0:
        return 0.0
    return 1 - float(((values - guesses) ** 2).sum()) / around
