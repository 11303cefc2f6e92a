"""The small rules by which one feature may tell classes: made on one half, tried on the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import polars as pl

from datacheck.arrays import Flags, Floats, Indices, Ints, Keys
from datacheck.rows.sample import mixed

#: From here on no honest feature is so good by itself.
AUC = 0.99
#: Rows of a class in a half from which on that AUC is enough; with fewer it must be nearer to 1.
SURE = 100
#: A half must hold so many rows of a class.
LEAST_CLASS = 5
#: Other names for the classes are no rule that chance could have chosen among many: they may miss
#: so many times as much, from so many rows of each class in a half on.
RENAMED, SURE_RENAMED = 2.0, 40
#: Intervals of a rule, each of at least so many rows of the half it is made on.
INTERVALS, IN_EACH = 64, 8
#: Values that are categories of a rule come so often on average.
OFTEN = 3
#: The classes that are frequent enough to be told must have this share of the rows.
MOST_OF_THEM = 0.9


class Told(NamedTuple):
    """How well a feature tells the target."""

    #: On the half that was held back; the worse of both.
    score: float
    #: A row of the one class that is told; None where the whole target is.
    row: int | None = None
    #: The share of rows that it does not tell, and that the score leaves out.
    spared: float = 0.0


class LeakRule(ABC):
    """Judges features: each rule is made on one half and tried on the other, and the other way."""

    measure, limit = "", 1.0

    def __init__(self, known: pl.Series, places: Ints, units: Keys | None = None) -> None:
        self.known, self.places = known, places
        self.units = places.astype(np.uint64) if units is None else units
        # The rows that rules are made on: about every other, by a hash of the row's number; or all
        # rows of about every other unit, for a model knows the others of one that it has seen.
        self.half = (mixed(self.units + np.uint64(1)) & np.uint64(1)).astype(bool)
        self.able = False

    def by_kind(self, kinds: Keys) -> float:
        """By a table of the target by value."""
        found, inverse = np.unique(kinds, return_inverse=True)
        if len(found) * OFTEN > self.half.sum() or len(found) < 2:  # noqa: PLR2004
            return 0.0
        return min(self._by_table(inverse, len(found), made) for made in (self.half, ~self.half))

    def by_number(self, numbers: Floats) -> float:
        """By its size."""
        return min(self._by_size(numbers, made) for made in (self.half, ~self.half))

    @abstractmethod
    def order(self) -> float:
        """By the number of the row."""

    @abstractmethod
    def best_by_kind(self, cells: Indices, sizes: Indices, seen: Flags | None) -> Floats:
        """What no rule by value exceeds, be it made on a half, or of a part of the target."""

    @abstractmethod
    def unlike_neighbours(self, order: Indices, rows: Indices) -> Floats:
        """How unlike the first `rows` in each order are their next, beside rows drawn by chance."""

    def tells(self, kinds: Keys, numbers: Floats | None = None) -> Told | None:
        """How well a feature tells the target, where that is better than an honest one may."""
        score = self.by_kind(kinds)
        if score < self.limit and numbers is not None:
            score = max(score, self.by_number(numbers))
        return Told(score) if score >= self.limit else self.tells_in_part(kinds, numbers)

    @abstractmethod
    def tells_in_part(self, kinds: Keys, numbers: Floats | None) -> Told | None:
        """The same of a part of the target that no honest feature tells so well either."""

    @abstractmethod
    def among(self, seen: Flags) -> LeakRule:
        """The judge of some rows alone; which of them it takes is its `known`."""

    @abstractmethod
    def numbered(self) -> list[Floats]:
        """The target as numbers, of which a feature may be the mean."""

    @abstractmethod
    def _by_table(self, cells: Indices, size: int, made: Flags) -> float:
        """What a table made on one half scores on the other."""

    @abstractmethod
    def _by_size(self, numbers: Floats, made: Flags) -> float:
        """What a rule by size made on one half scores on the other."""


class Classes(LeakRule):
    """Judges features by how well they tell classes: the AUC of the class that is told worst."""

    measure = "AUC"

    def __init__(
        self, known: pl.Series, labels: Keys, places: Ints, units: Keys | None = None
    ) -> None:
        super().__init__(known, places, units)
        kinds, self.labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
        in_half = [
            min(np.sum(self.labels[side] == at) for side in (self.half, ~self.half))
            for at in range(len(kinds))
        ]
        self.classes = [at for at, many in enumerate(in_half) if many >= LEAST_CLASS]
        # What is rare is left out: chance tells it too easily.
        self._in_half = in_half
        self.able = (
            len(self.classes) > 1 and counts[self.classes].sum() >= MOST_OF_THEM * counts.sum()
        )
        kept = np.isin(self.labels, self.classes)
        self.known = self.known.clone()
        self.known[np.flatnonzero(self.known)[~kept]] = False
        self.labels, self.places = self.labels[kept], places[kept]
        self.units, self.half = self.units[kept], self.half[kept]
        fewest = min((in_half[at] for at in self.classes), default=0)
        self.limit = self._limit(fewest)

    @staticmethod
    def _limit(fewest: int) -> float:
        """Where a class has few rows, an honest feature may tell nearly all of them by chance."""
        return 1 - (1 - AUC) * min(1.0, fewest / SURE)

    def tells_in_part(self, kinds: Keys, numbers: Floats | None) -> Told | None:  # noqa: ARG002
        """All but a few rows, by other names of the classes; one class, by a yes or a no."""
        found, inverse = np.unique(kinds, return_inverse=True)
        fewest = min(self._in_half[at] for at in self.classes)
        if len(found) == len(self.classes) and fewest >= SURE_RENAMED:
            score = self._renamed(inverse, len(found))
            if score >= 1 - RENAMED * (1 - AUC):
                return Told(score)
        if len(found) == 2 < len(self.classes):  # noqa: PLR2004 - two classes are told as one is
            for at in self.classes:
                own = self.labels == at
                score = auc(inverse.astype(np.float64), own)
                score = max(score, 1 - score)
                if score >= self._limit(self._in_half[at]):
                    return Told(score, int(np.flatnonzero(own)[0]))
        return None

    def among(self, seen: Flags) -> Classes:
        """See `LeakRule`."""
        known = pl.repeat(value=True, n=int(seen.sum()), eager=True)
        labels = self.labels[seen].astype(np.uint64)
        return Classes(known, labels, self.places[seen], self.units[seen])

    def numbered(self) -> list[Floats]:
        """See `LeakRule`: whether the row is of a class."""
        return [(self.labels == at).astype(np.float64) for at in self.classes]

    def order(self) -> float:
        """By the number of the row: rows that are sorted by class have as many runs as classes."""
        runs = 1 + int((np.diff(self.labels) != 0).sum())
        in_order = runs == len(self.classes)
        return 1.0 if in_order else self.by_number(self.places.astype(np.float64))

    def best_by_kind(self, cells: Indices, sizes: Indices, seen: Flags | None) -> Floats:
        """See `LeakRule`: the AUC of a table that is made on the rows that it is judged on."""
        features, width = len(cells), int(cells.max()) + 1
        labels, size = self.labels.astype(np.intp), int(self.labels.max()) + 1
        at = (np.arange(features)[:, np.newaxis] * width + cells) * size + labels
        sides = []
        for side in (self.half, ~self.half):
            chosen = np.broadcast_to(side, at.shape) if seen is None else side & seen
            counts = np.bincount(at[chosen], minlength=features * width * size)
            sides.append(counts.reshape(features, width, size))
        whole = np.stack([best_auc(sides[0] + sides[1], each) for each in self.classes])
        held = np.stack([best_auc(side, each) for each in self.classes for side in sides])
        best: Floats = held.min(axis=0)
        best = np.where(sizes == len(self.classes), np.maximum(best, whole.min(axis=0)), best)
        best = np.where(sizes <= 2, np.maximum(best, whole.max(axis=0)), best)  # noqa: PLR2004 - a yes or a no
        if seen is not None:
            # Where a class is too rare among them, the others are judged without it.
            rows = np.minimum(*(side.sum(axis=1) for side in sides))
            best[(rows[:, self.classes] < LEAST_CLASS).any(axis=1)] = 1.0
        return best

    def unlike_neighbours(self, order: Indices, rows: Indices) -> Floats:
        """See `LeakRule`: how often the class changes."""
        ordered = self.labels.astype(np.int32)[order]
        among = np.arange(order.shape[1]) < rows[:, np.newaxis]
        changes = ((ordered[:, 1:] != ordered[:, :-1]) & among[:, 1:]).sum(axis=1)
        alike = np.zeros(len(order))
        for at in self.classes:
            alike += (((ordered == at) & among).sum(axis=1) / rows) ** 2
        unlike: Floats = changes / (rows - 1) / (1 - alike)
        return unlike

    def _by_size(self, numbers: Floats, made: Flags) -> float:
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

    def _borders(self, numbers: Floats, labels: Indices) -> Floats:
        """Where the class changes, if it seldom does; else the intervals of as many rows each."""
        order = np.argsort(numbers, kind="stable")
        values, kinds = numbers[order], labels[order]
        changes = np.flatnonzero((np.diff(kinds) != 0) & (values[1:] > values[:-1]))
        if len(changes) > INTERVALS:
            return edges_of(numbers)
        middles = values[changes] / 2 + values[changes + 1] / 2
        return np.where(np.isfinite(middles), middles, values[changes + 1])

    def _renamed(self, cells: Indices, size: int) -> float:
        """As `_by_table`, of all rows by all rows: names for classes fit to none of them."""
        rows = np.bincount(cells, minlength=size)
        worst = 1.0
        for at in self.classes:
            own = self.labels == at
            share = np.bincount(cells[own], minlength=size) / rows
            worst = min(worst, auc(share[cells], own))
        return worst

    def _by_table(self, cells: Indices, size: int, made: Flags) -> float:
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


def edges_of(numbers: Floats) -> Floats:
    """Where the intervals of a rule begin."""
    parts = max(2, min(INTERVALS, len(numbers) // IN_EACH))
    ordered = np.sort(numbers)
    inner = np.arange(1, parts) * len(ordered) // parts
    return np.unique(ordered[inner])


def auc(scores: Floats, positive: Flags) -> float:
    """The chance that a row of a class has a higher score than another; ties count half."""
    many, others = int(positive.sum()), int((~positive).sum())
    if not many or not others:
        return 0.5
    total = float(ranks_of(scores)[positive].sum())
    return (total - many * (many + 1) / 2) / (many * others)


def best_auc(counts: Indices, at: int) -> Floats:
    """By feature, the AUC of a class that no order of its kinds exceeds, by counts of rows."""
    own = counts[:, :, at]
    rest = counts.sum(axis=2) - own
    order = np.argsort(own / np.maximum(own + rest, 1), axis=1)
    own, rest = (np.take_along_axis(each, order, axis=1) for each in (own, rest))
    won = (own * (rest.cumsum(axis=1) - rest / 2)).sum(axis=1)
    pairs = own.sum(axis=1) * rest.sum(axis=1)
    return np.where(pairs > 0, won / np.maximum(pairs, 1), 0.5)


def ranks_of(values: Floats) -> Floats:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    return ((upto - counts + 1 + upto) / 2)[inverse]
