"""Features that give the target away: ``target.leak``.

A small exact rule is made on one half of some rows and judged on the other: the value itself where
it is larger or smaller with the target, a table of the target by value, category or interval, a
straight line. A feature that is honest and good stays well below; one that is beyond `AUC` or `R2`
by itself is the target in disguise, or was made from it. The same is asked of the fact that a cell
is missing, and of the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datacheck.columns import bare
from datacheck.findings.targets import classes_of, targets
from datacheck.report import fixes
from datacheck.report.finding import Finding
from datacheck.rows.cells import can_be_told, codes
from datacheck.rows.sample import mixed
from datacheck.text import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from datacheck.profiling.model import Profile

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

#: From here on no honest feature is so good by itself.
AUC, R2 = 0.99, 0.99
#: A half must hold so many rows of a class, and so many rows of a quantity.
LEAST_CLASS, LEAST_ROWS = 10, 40
#: Intervals of a rule, each of at least so many rows of the half it is made on.
INTERVALS, IN_EACH = 64, 8
#: Values that are categories of a rule come so often on average.
OFTEN = 3
#: A target that its neighbours foretell so well follows the order of the rows; features that follow
#: it too are judged by their steps.
TREND = 0.9


class Leak(NamedTuple):
    """A way in which the target is given away.

    Parameters
    ----------
    column
        The feature; None for the order of the rows.
    by
        ``value``, ``missing`` or ``order``.
    measure, score
        ``AUC`` (of the class that is told worst) or ``R2``, on the half that was held back.
    """

    column: str | None
    by: str
    measure: str
    score: float


def leaks(
    profile: Profile, places: Places, sample: pl.DataFrame, passed_over: Sequence[str] = ()
) -> Iterator[Finding]:
    """``target.leak`` of each target.

    Parameters
    ----------
    places, sample
        The numbers of some rows, ascending, and the rows.
    passed_over
        Columns that are not looked at.
    """
    for target in targets(profile):
        if target.name not in sample.columns:
            continue
        skipped = {*passed_over, *(each.name for each in targets(profile))}
        features = [n for n in sample.columns if n not in skipped and can_be_told(sample[n].dtype)]
        for leak in _leaks(profile, target.name, places, sample, features):
            yield _told(profile, target.name, leak)


def _leaks(
    profile: Profile, target: str, places: Places, sample: pl.DataFrame, features: Sequence[str]
) -> Iterator[Leak]:
    judge = _judge_of(profile, target, places, sample)
    if judge is None:
        return
    order = judge.order()
    if order >= judge.limit:
        yield Leak(None, "order", judge.measure, order)
    for name in features:
        cells = sample[name].filter(judge.known)
        numbers, kinds = _as_numbers(cells), codes(cells)
        missing = cells.is_null().to_numpy()
        if numbers is not None:
            missing = ~np.isfinite(numbers)
        if 0 < missing.sum() < len(missing):
            score = judge.by_kind(missing.astype(np.uint64))
            if score >= judge.limit:
                yield Leak(name, "missing", judge.measure, score)
                continue
        if order >= judge.limit and numbers is not None and _follows(numbers):
            continue  # a counter of the rows: their order has been told
        score = judge.by_kind(kinds)
        if score < judge.limit and numbers is not None:
            score = max(score, judge.by_number(numbers))
        if score >= judge.limit:
            yield Leak(name, "value", judge.measure, score)


def _follows(numbers: Floats) -> bool:
    steps = np.diff(numbers)
    return bool((steps > 0).all() or (steps < 0).all())


def _as_numbers(cells: pl.Series) -> Floats | None:
    import polars as pl

    if not (cells.dtype.is_numeric() or cells.dtype.is_temporal() or cells.dtype == pl.Boolean):
        return None
    cells = bare(cells.to_physical())
    return cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()


class _Classes:
    """Judges features by how well they tell classes: the AUC of the class that is told worst."""

    measure, limit = "AUC", AUC

    def __init__(self, known: pl.Series, labels: NDArray[np.uint64], places: Places) -> None:
        self.known = known
        self.places = places
        kinds, self.labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.half = _halves(places)
        enough = [
            min(np.sum(self.labels[side] == at) for side in (self.half, ~self.half)) >= LEAST_CLASS
            for at in range(len(kinds))
        ]
        self.classes = [at for at, many in enumerate(enough) if many]
        # What is rare is left out: chance tells it too easily.
        self.able = len(self.classes) > 1 and counts[self.classes].sum() >= TREND * counts.sum()

    def by_kind(self, kinds: NDArray[np.uint64]) -> float:
        """By a table of the classes by value."""
        found, inverse = np.unique(kinds, return_inverse=True)
        if len(found) * OFTEN > self.half.sum() or len(found) < 2:  # noqa: PLR2004
            return 0.0
        return self._by_table(inverse, len(found))

    def by_number(self, numbers: Floats) -> float:
        """By its size, or by a table of the classes by interval."""
        filled = np.where(np.isfinite(numbers), numbers, -np.inf)
        edges = _edges(filled[self.half])
        best = self._by_table(np.searchsorted(edges, filled, side="right"), len(edges) + 1)
        if len(self.classes) == 2:  # noqa: PLR2004 - two classes have an order
            positive = self.labels == self.classes[1]
            made = _auc(filled[self.half], positive[self.half])
            held = _auc(filled[~self.half], positive[~self.half])
            best = max(best, held if made > 0.5 else 1 - held)  # noqa: PLR2004
        return best

    def order(self) -> float:
        """By the number of the row: rows that are sorted by class have as many runs as classes."""
        runs = 1 + int((np.diff(self.labels) != 0).sum())
        return 1.0 if runs == len(self.classes) else self.by_number(self.places.astype(np.float64))

    def _by_table(self, cells: NDArray[np.intp], size: int) -> float:
        rows = np.bincount(cells[self.half], minlength=size)
        worst = 1.0
        for at in self.classes:
            own = self.labels == at
            hits = np.bincount(cells[self.half & own], minlength=size)
            share = (hits + own.mean()) / (rows + 1.0)
            worst = min(worst, _auc(share[cells[~self.half]], own[~self.half]))
            if worst < self.limit:
                break
        return worst


class _Quantity:
    """Judges features by how well they tell a quantity: R2 on the half that was held back."""

    measure, limit = "R2", R2

    def __init__(self, known: pl.Series, values: Floats, places: Places) -> None:
        self.known, self.values, self.places = known, values, places
        self.half = _halves(places)
        self.able = min(self.half.sum(), (~self.half).sum()) >= LEAST_ROWS
        self.able = self.able and float(np.std(values)) > 0
        self._steps: _Quantity | None = None
        if self.able and self._neighbours() >= TREND and places is not _STEPS:
            # Whatever grows with the rows tells what grows with them: their steps are compared.
            pairs = np.diff(places) == 1
            self._pairs = pairs
            if pairs.sum() >= 2 * LEAST_ROWS:
                self._steps = _Quantity(known, np.diff(values)[pairs], _STEPS)
                self._steps.half = self.half[1:][pairs]

    def _neighbours(self) -> float:
        return _r2(self.values[1:], self.values[:-1])

    def by_kind(self, kinds: NDArray[np.uint64]) -> float:
        """By the mean of the quantity by value."""
        found, inverse = np.unique(kinds, return_inverse=True)
        if len(found) * OFTEN > self.half.sum() or len(found) < 2:  # noqa: PLR2004
            return 0.0
        rows = np.bincount(inverse[self.half], minlength=len(found))
        sums = np.bincount(inverse[self.half], self.values[self.half], minlength=len(found))
        whole = self.values[self.half].mean()
        means = np.where(rows > 0, sums / np.maximum(rows, 1), whole)
        return _r2(self.values[~self.half], means[inverse[~self.half]])

    def by_number(self, numbers: Floats) -> float:
        """By a line, or by a curve that goes up or down from interval to interval."""
        seen = np.isfinite(numbers)
        if seen.mean() < TREND or len(np.unique(numbers[seen])) < 3:  # noqa: PLR2004
            return 0.0
        best = max(self._by_line(numbers, seen), self._by_curve(numbers, seen))
        if best >= self.limit and self._steps is not None:
            steps = np.diff(numbers)[self._pairs]
            return min(best, self._steps.by_number(steps))
        return best

    def order(self) -> float:
        """The order of the rows tells a quantity where they are sorted by it."""
        steps = np.diff(self.values)
        sorted_ = (steps >= 0).all() or (steps <= 0).all()
        return 1.0 if sorted_ else 0.0

    def _by_line(self, numbers: Floats, seen: NDArray[np.bool_]) -> float:
        made, held = self.half & seen, ~self.half & seen
        x, y = numbers[made], self.values[made]
        scale = float(np.abs(x).max()) or 1.0
        centered = x / scale - (x / scale).mean()
        spread = float((centered * centered).sum())
        if not spread > 0:
            return 0.0
        slope = float((centered * (y - y.mean())).sum()) / spread
        guess = y.mean() + slope * (numbers[held] / scale - (x / scale).mean())
        return _r2(self.values[held], guess)

    def _by_curve(self, numbers: Floats, seen: NDArray[np.bool_]) -> float:
        made, held = self.half & seen, ~self.half & seen
        edges = _edges(numbers[made])
        cells = np.searchsorted(edges, numbers[made], side="right")
        rows = np.bincount(cells)
        used = rows > 0
        middles = np.bincount(cells, numbers[made])[used] / rows[used]
        means = np.bincount(cells, self.values[made])[used] / rows[used]
        guess = np.interp(numbers[held], middles, means)
        return _r2(self.values[held], guess)


_STEPS: Places = np.zeros(0, np.int64)


def _judge_of(
    profile: Profile, target: str, places: Places, sample: pl.DataFrame
) -> _Classes | _Quantity | None:
    cells = sample[target]
    numbers = _as_numbers(cells)
    known = cells.is_not_null() if numbers is None else _series(np.isfinite(numbers))
    seen = known.to_numpy()
    places = places[seen]
    judge: _Classes | _Quantity
    if classes_of(profile.columns[target]) is not None:
        judge = _Classes(known, codes(cells)[seen], places)
    elif numbers is not None:
        judge = _Quantity(known, numbers[seen], places)
    else:
        return None
    return judge if judge.able else None


def _series(mask: NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return pl.Series(mask)


def _halves(places: Places) -> NDArray[np.bool_]:
    """The rows that rules are made on: about every other, by a hash of the row's number."""
    return (mixed(places.astype(np.uint64) + np.uint64(1)) & np.uint64(1)).astype(bool)


def _edges(numbers: Floats) -> Floats:
    """Where the intervals of a rule begin."""
    parts = max(2, min(INTERVALS, len(numbers) // IN_EACH))
    ordered = np.sort(numbers)
    inner = np.arange(1, parts) * len(ordered) // parts
    return np.unique(ordered[inner])


def _auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """The chance that a row of a class has a higher score than another; ties count half."""
    many, others = int(positive.sum()), int((~positive).sum())
    if not many or not others:
        return 0.5
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    ranks = (upto - counts + 1 + upto) / 2
    total = float(ranks[inverse[positive]].sum())
    return (total - many * (many + 1) / 2) / (many * others)


def _r2(values: Floats, guesses: Floats) -> float:
    around = float(((values - values.mean()) ** 2).sum())
    if not around > 0:
        return 0.0
    return 1 - float(((values - guesses) ** 2).sum()) / around


def _told(profile: Profile, target: str, leak: Leak) -> Finding:
    of = shown_name(target)
    score = f"{leak.measure} {leak.score:.4f} on rows that the rule was not made on"
    evidence: dict[str, Any] = {
        "by": leak.by,
        "target": target,
        "measure": leak.measure,
        "score": leak.score,
    }
    if leak.column is None:
        return Finding(
            code="target.leak",
            severity="info",
            count=profile.rows,
            message=f"the order of the rows gives {of} away ({score}).",
            remedy="Shuffle the rows before they are split, and feed no number of a row.",
            evidence=evidence,
        )
    column = profile.columns[leak.column]
    what = "that a cell is missing" if leak.by == "missing" else "the column alone"
    fix = fixes.drop_column(leak.column)
    return Finding(
        code="target.leak",
        severity="warning",
        column=leak.column,
        count=column.missing if leak.by == "missing" else column.rows - column.missing,
        message=f"{what} gives {of} away ({score}).",
        remedy="See whether it is known before the target is; if not, a model must not have it: "
        f"{fix.sentence[0].lower()}{fix.sentence[1:]}",
        fix=fix,
        evidence={"where": {"is": "missing" if leak.by == "missing" else "cell"}, **evidence},
    )
