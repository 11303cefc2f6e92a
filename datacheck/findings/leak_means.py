"""Features made of the target by the group: means of the targets of a group's rows.

Such an encoding, made of the very rows that it stands in, holds each row's own answer: the smaller
the groups, the more of it. Three kinds are known by their arithmetic, which no honest feature has:

- the mean itself (`is_mean_of`): rows of one value are one group, or several of one mean;
- the mean drawn to that of all rows, the less the more rows a group has (m-estimates, and the
  logistic weights of category_encoders): the weight is one function of the groups' sizes;
- the mean of the *other* rows of a group: it falls as the row's own target rises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Flags, Floats, Indices, Keys
from datacheck.columns import in_blocks
from datacheck.rows.near import last_place

#: Different values that come more than once, at least, and the share of rows that they must have.
LEAST_VALUES, MOST_ROWS = 5, 0.8
#: Values that must be means, of those that come more than once.
HOLDS = 0.98
#: What is made of a target may be rounded to this part of its spread; else it is this exact.
_ROUNDED, _EXACT = 1e-2, 1e-9
#: Columns whose values may be groups.
MOST_GROUPS = 32
#: Rows on which a feature is tried first.
_PROBED = 64
#: A group's mean that is nearer to that of all rows, in spreads, says nothing of its weight.
_NEAR = 1e-6


class Encoding(NamedTuple):
    """How a feature is made of the target."""

    #: ``mean``, ``smoothed mean`` or ``mean of the others``.
    by: str
    #: The column whose values are the groups; None where the feature's own are.
    group: str | None = None


class _Grouping(NamedTuple):
    """The rows by the values of a column."""

    name: str | None
    of: Indices
    rows: Indices

    def sums(self, target: Floats) -> Floats:
        return np.bincount(self.of, target, minlength=len(self.rows)).astype(np.float64)

    def values(self, numbers: Floats) -> Floats | None:
        """The feature's value in each group; None where it has more than one."""
        first = np.zeros(len(self.rows))
        first[self.of] = numbers
        return first if (first[self.of] == numbers).all() else None

    def others(self, target: Floats) -> Floats:
        """The mean of the other rows of each row's group; NaN where it is alone."""
        rows = self.rows[self.of]
        rest = self.sums(target)[self.of] - target
        return np.where(rows > 1, rest / np.maximum(rows - 1, 1), np.nan)


class Encodings:
    """How features may be made of a target, of which one column of numbers is enough."""

    def __init__(self, targets: Sequence[Floats], kinds: Iterable[tuple[str, Keys]]) -> None:
        self.targets = targets
        self._groupings: list[_Grouping] = []
        for name, codes in kinds:
            found, of, rows = np.unique(codes, return_inverse=True, return_counts=True)
            # Groups of two rows and more, on the whole.
            if LEAST_VALUES <= len(found) <= len(codes) // 2:
                self._groupings.append(_Grouping(name, of, rows))
            if len(self._groupings) == MOST_GROUPS:
                break
        size = len(targets[0]) if targets else 0
        self._probed = np.unique(np.linspace(0, size - 1, min(size, _PROBED)).astype(np.intp))
        self._left_out = [(grouping, target) for grouping in self._groupings for target in targets]
        probes = [grouping.others(target)[self._probed] for grouping, target in self._left_out]
        self._probes = np.array(probes).reshape(-1, len(self._probed))
        self._rooms = np.array([_most_room(target) for _, target in self._left_out])

    def of(self, name: str, numbers: Floats) -> Encoding | None:
        """How a feature is made of the target; None where it is not."""
        if is_mean_of(numbers, self.targets):
            return Encoding("mean")
        return self._smoothed(name, numbers) or self.of_others(name, numbers)

    def none_of(self, names: Sequence[str], numbers: Floats) -> Flags:
        """Of some features, shape (features, rows): whether `of` finds that one is no mean."""
        finite = np.isfinite(numbers).all(axis=1)
        ordered = np.sort(numbers, axis=1)
        # Whether each is the one before it, or the one after: NaN is none.
        same = np.zeros((len(numbers), numbers.shape[1] + 1), bool)
        same[:, 1:-1] = ordered[:, 1:] == ordered[:, :-1]
        rows = numbers.shape[1]
        distinct = rows - same.sum(axis=1)
        repeated = (same[:, 1:] | same[:, :-1]).sum(axis=1)
        again = (same[:, 1:] & ~same[:, :-1]).sum(axis=1)
        own = (again >= LEAST_VALUES) & (repeated >= MOST_ROWS * rows)
        drawn = (distinct >= LEAST_VALUES) & (distinct <= rows // 2)
        none: Flags = ~(finite & (own | drawn))
        for at, which in np.argwhere(self._near(numbers) & none[:, np.newaxis]).tolist():
            none[at] &= self._left_out[which][0].name == names[at]
        return none

    def _near(self, numbers: Floats) -> Flags:
        """Shape (features, means of others): which are such a mean where they are tried first."""
        found = np.zeros((len(numbers), len(self._left_out)), bool)
        for some in in_blocks(list(range(len(numbers))), self._probes.size):
            probed = numbers[some][:, np.newaxis, self._probed]
            known = np.isfinite(probed) & np.isfinite(self._probes)
            near = (np.abs(probed - self._probes) <= self._rooms[:, np.newaxis]) & known
            count = known.sum(axis=2)
            found[some] = near.sum(axis=2) / np.maximum(count, 1) >= HOLDS
        return found

    def _smoothed(self, name: str, numbers: Floats) -> Encoding | None:
        if not np.isfinite(numbers).all():
            return None
        values, of, rows = np.unique(numbers, return_inverse=True, return_counts=True)
        if not LEAST_VALUES <= len(values) <= len(numbers) // 2:
            return None
        place = last_place(values)
        for grouping in (_Grouping(None, of, rows), *self._groupings):
            if grouping.name == name or (each := grouping.values(numbers)) is None:
                continue
            for target in self.targets:
                room = room_of(place, target, 1.0)
                if _is_smoothed(each, grouping.rows, grouping.sums(target), target, room):
                    return Encoding("smoothed mean", grouping.name)
        return None

    def of_others(self, name: str, numbers: Floats) -> Encoding | None:
        """As `of`, where no value comes often: a mean of the other rows, or None."""
        probed = numbers[self._probed]
        for at in np.flatnonzero(self._near(numbers[np.newaxis])[0]).tolist():
            grouping, target = self._left_out[at]
            room = room_of(last_place(numbers[np.isfinite(numbers)]), target)
            if grouping.name == name or not _holds(probed, self._probes[at], room):
                continue
            others = grouping.others(target)
            known = np.isfinite(others) & np.isfinite(numbers)
            varied = len(np.unique(others[known])) >= LEAST_VALUES
            # Where a group's targets are all alike, the others say what the row's own does.
            own = np.abs(others - target)[known] > room
            enough = known.sum() >= MOST_ROWS * len(numbers)
            # Of a pair, the other's target is an honest thing to know: what its partner earns.
            enough &= (grouping.rows[grouping.of] > 2).mean() > 1 - MOST_ROWS  # noqa: PLR2004
            if varied and enough and own.mean() > 1 - MOST_ROWS and _holds(numbers, others, room):
                return Encoding("mean of the others", grouping.name)
        return None


def room_of(place: float, target: Floats, parts: float = 0.5) -> float:
    """How far what is made of a target may be off: by its rounding, in parts of its last place."""
    rounded = place <= _ROUNDED * float(np.std(target))
    near = place * parts * (1 + 1e-9) if rounded else 0.0
    return near + _EXACT * float(np.abs(target).max())


def _most_room(target: Floats) -> float:
    """How far a mean may be off at most, whatever it was rounded to."""
    return room_of(_ROUNDED * float(np.std(target)), target)


def _holds(numbers: Floats, means: Floats, room: float) -> bool:
    known = np.isfinite(means) & np.isfinite(numbers)
    return bool(known.any() and (np.abs(numbers - means)[known] <= room).mean() >= HOLDS)


def _is_smoothed(values: Floats, rows: Indices, sums: Floats, target: Floats, room: float) -> bool:
    """Whether the values of groups are their means, drawn to the mean of all rows by their size."""
    middle = float(target.mean())
    means = sums / rows
    told = np.abs(means - middle) > max(_NEAR * float(np.std(target)), room)
    if len(np.unique(values[told])) < LEAST_VALUES or rows[told].sum() < len(target) / 2:
        return False
    values, rows, means = values[told], rows[told], means[told]
    odds = (values - middle) / (means - values)
    between = np.isfinite(odds) & (odds > 0)
    if between.mean() < HOLDS:
        return False
    pseudo = float(np.median(rows[between] / odds[between]))
    if _holds(values, middle + rows / (rows + pseudo) * (means - middle), room):
        return True
    if len(np.unique(rows[between])) < LEAST_VALUES:
        return False
    # What a rounding makes of the logarithm: much where a value is near either end.
    apart = np.abs(values - middle), np.abs(means - values)
    exact = (apart[0] * apart[1] / (apart[0] + apart[1]))[between]
    slope, start = np.polyfit(rows[between], np.log(odds[between]), 1, w=exact)
    weights = 1 / (1 + np.exp(-(start + slope * rows)))
    return slope > 0 and _holds(values, middle + weights * (means - middle), room)


def is_mean_of(numbers: Floats, targets: Sequence[Floats]) -> bool:
    """Whether a feature's values are the means of a target among the rows that have them.

    All are of shape (rows,); one of the targets is enough.

    >>> import numpy as np
    >>> groups = np.repeat(np.arange(8), 3)
    >>> target = np.arange(24.0) ** 2
    >>> is_mean_of(np.bincount(groups, target)[groups] / 3, [target])
    True
    >>> is_mean_of(groups * 1.0, [target])
    False
    """
    if not np.isfinite(numbers).all():
        return False
    values, group, rows = np.unique(numbers, return_inverse=True, return_counts=True)
    again = rows > 1
    if again.sum() < LEAST_VALUES or rows[again].sum() < MOST_ROWS * len(numbers):
        return False
    place = last_place(values)
    for target in targets:
        room = room_of(place, target)
        means = np.bincount(group, target) / rows
        holds = np.abs(means - values)[again] <= room
        if holds.mean() < HOLDS:
            continue
        # The target itself is no mean of it.
        exact = _EXACT * float(np.abs(target).max())
        mixed = np.bincount(group, np.abs(target - means[group]))[again] > exact * rows[again]
        if 2 * mixed.sum() >= len(mixed):
            return True
    return False
