"""The small rules by which one feature may tell a target: made on one half, tried on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.rows.sample import mixed

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

#: From here on no honest feature is so good by itself.
AUC, R2 = 0.99, 0.99
#: Rows of a class in a half from which on that AUC is enough; with fewer it must be nearer to 1.
SURE = 100
#: A half must hold so many rows of a class, and so many rows of a quantity; R2 is enough from
#: `SURE_ROWS` on, and must be nearer to 1 with fewer.
LEAST_CLASS, LEAST_ROWS, SURE_ROWS = 5, 12, 25
#: Intervals of a rule, each of at least so many rows of the half it is made on.
INTERVALS, IN_EACH = 64, 8
#: Values that are categories of a rule come so often on average.
OFTEN = 3
#: A target that its neighbours foretell so well follows the order of the rows; features that follow
#: it too are judged by their steps.
TREND = 0.9


class LeakRule:
    """Judges features: each rule is made on one half and tried on the other, and the other way."""

    measure, limit = "", 1.0

    def __init__(self, known: pl.Series, places: Places) -> None:
        self.known, self.places = known, places
        self.half = _halves(places)
        self.able = False

    def by_kind(self, kinds: NDArray[np.uint64]) -> float:
        """By a table of the target by value."""
        found, inverse = np.unique(kinds, return_inverse=True)
        if len(found) * OFTEN > self.half.sum() or len(found) < 2:  # noqa: PLR2004
            return 0.0
        return min(self._by_table(inverse, len(found), made) for made in (self.half, ~self.half))

    def by_number(self, numbers: Floats) -> float:
        """By its size."""
        return min(self._by_size(numbers, made) for made in (self.half, ~self.half))

    def order(self) -> float:
        """By the number of the row."""
        raise NotImplementedError

    def _by_table(self, cells: NDArray[np.intp], size: int, made: NDArray[np.bool_]) -> float:
        raise NotImplementedError

    def _by_size(self, numbers: Floats, made: NDArray[np.bool_]) -> float:
        raise NotImplementedError


class Classes(LeakRule):
    """Judges features by how well they tell classes: the AUC of the class that is told worst."""

    measure = "AUC"

    def __init__(self, known: pl.Series, labels: NDArray[np.uint64], places: Places) -> None:
        super().__init__(known, places)
        kinds, self.labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
        in_half = [
            min(np.sum(self.labels[side] == at) for side in (self.half, ~self.half))
            for at in range(len(kinds))
        ]
        self.classes = [at for at, many in enumerate(in_half) if many >= LEAST_CLASS]
        # What is rare is left out: chance tells it too easily.
        self.able = len(self.classes) > 1 and counts[self.classes].sum() >= TREND * counts.sum()
        kept = np.isin(self.labels, self.classes)
        self.known = self.known.clone()
        self.known[np.flatnonzero(self.known)[~kept]] = False
        self.labels, self.places, self.half = self.labels[kept], places[kept], self.half[kept]
        fewest = min((in_half[at] for at in self.classes), default=0)
        # Where a class has few rows, an honest feature may tell nearly all of them by chance.
        self.limit = 1 - (1 - AUC) * min(1.0, fewest / SURE)

    def order(self) -> float:
        """By the number of the row: rows that are sorted by class have as many runs as classes."""
        runs = 1 + int((np.diff(self.labels) != 0).sum())
        in_order = runs == len(self.classes)
        return 1.0 if in_order else self.by_number(self.places.astype(np.float64))

    def _by_size(self, numbers: Floats, made: NDArray[np.bool_]) -> float:
        filled = np.where(np.isfinite(numbers), numbers, -np.inf)
        edges = self._borders(filled[made], self.labels[made])
        cells = np.searchsorted(edges, filled, side="right")
        best = self._by_table(cells, len(edges) + 1, made)
        if len(self.classes) == 2:  # noqa: PLR2004 - two classes have an order
            positive = self.labels == self.classes[1]
            there = auc(filled[made], positive[made])
            held = auc(filled[~made], positive[~made])
            best = max(best, held if there > 0.5 else 1 - held)  # noqa: PLR2004
        return best

    def _borders(self, numbers: Floats, labels: NDArray[np.intp]) -> Floats:
        """Where the class changes, if it seldom does; else the intervals of as many rows each."""
        order = np.argsort(numbers, kind="stable")
        values, kinds = numbers[order], labels[order]
        changes = np.flatnonzero((np.diff(kinds) != 0) & (values[1:] > values[:-1]))
        if len(changes) > INTERVALS:
            return _edges(numbers)
        with np.errstate(invalid="ignore"):
            middles = values[changes] / 2 + values[changes + 1] / 2
        return np.where(np.isfinite(middles), middles, values[changes + 1])

    def _by_table(self, cells: NDArray[np.intp], size: int, made: NDArray[np.bool_]) -> float:
        rows = np.bincount(cells[made], minlength=size)
        worst = 1.0
        for at in self.classes:
            own = self.labels == at
            hits = np.bincount(cells[made & own], minlength=size)
            share = (hits + own.mean()) / (rows + 1.0)
            worst = min(worst, auc(share[cells[~made]], own[~made]))
            if worst < self.limit:
                break
        return worst


class Quantity(LeakRule):
    """Judges features by how well they tell a quantity: R2 on the half that was held back."""

    measure, limit = "R2", R2

    def __init__(
        self,
        known: pl.Series,
        values: Floats,
        places: Places,
        half: NDArray[np.bool_] | None = None,
    ) -> None:
        super().__init__(known, places)
        self.values = values
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
                self._steps = Quantity(known, steps, places[1:][pairs], self.half[1:][pairs])

    def by_number(self, numbers: Floats) -> float:
        """By a line, or by a curve; where the rows are a trend, its steps must tell as well."""
        seen = np.isfinite(numbers)
        if seen.mean() < TREND or len(np.unique(numbers[seen])) < 3:  # noqa: PLR2004
            return 0.0
        best = super().by_number(numbers)
        if best >= self.limit and self._steps is not None:
            return min(best, self._steps.by_number(np.diff(numbers)[self._pairs]))
        return best

    def order(self) -> float:
        """The order of the rows tells a quantity where they are sorted by it."""
        steps = np.diff(self.values)
        in_order = (steps >= 0).all() or (steps <= 0).all()
        return 1.0 if in_order else 0.0

    def _by_table(self, cells: NDArray[np.intp], size: int, made: NDArray[np.bool_]) -> float:
        rows = np.bincount(cells[made], minlength=size)
        sums = np.bincount(cells[made], self.values[made], minlength=size)
        whole = self.values[made].mean()
        means = np.where(rows > 0, sums / np.maximum(rows, 1), whole)
        return _r2(self.values[~made], means[cells[~made]])

    def _by_size(self, numbers: Floats, made: NDArray[np.bool_]) -> float:
        seen = np.isfinite(numbers)
        x, y = numbers[made & seen], self.values[made & seen]
        held, truth = numbers[~made & seen], self.values[~made & seen]
        # A curve says nothing beyond its ends.
        if not len(x) or not len(held):
            return 0.0
        within = (held >= x.min()) & (held <= x.max())
        curves = (_curve(x, y, _edges(x)), _curve(x, y, np.unique(x)))
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


def _halves(places: Places) -> NDArray[np.bool_]:
    """The rows that rules are made on: about every other, by a hash of the row's number."""
    return (mixed(places.astype(np.uint64) + np.uint64(1)) & np.uint64(1)).astype(bool)


def _edges(numbers: Floats) -> Floats:
    """Where the intervals of a rule begin."""
    parts = max(2, min(INTERVALS, len(numbers) // IN_EACH))
    ordered = np.sort(numbers)
    inner = np.arange(1, parts) * len(ordered) // parts
    return np.unique(ordered[inner])


def auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """The chance that a row of a class has a higher score than another; ties count half."""
    many, others = int(positive.sum()), int((~positive).sum())
    if not many or not others:
        return 0.5
    total = float(ranks_of(scores)[positive].sum())
    return (total - many * (many + 1) / 2) / (many * others)


def ranks_of(values: Floats) -> Floats:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    ranks: Floats = ((upto - counts + 1 + upto) / 2)[inverse]
    return ranks


def _r2(values: Floats, guesses: Floats) -> float:
    around = float(((values - values.mean()) ** 2).sum())
    if not around > 0:
        return 0.0
    return 1 - float(((values - guesses) ** 2).sum()) / around
