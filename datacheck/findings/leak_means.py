"""Features made of the target by the group: each of their values is the mean of its rows' targets.

Such an encoding, made of the very rows that it stands in, holds each row's own answer: the smaller
the groups, the more of it. Rows of one value are one group or several of one mean, so the groups
need not be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.rows.roundings import last_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Different values that come more than once, at least, and the share of rows that they must have.
LEAST_VALUES, MOST_ROWS = 5, 0.8
#: Values that must be means, of those that come more than once.
HOLDS = 0.98
#: A mean may be rounded to this part of the target's spread.
_ROUNDED, _EXACT = 1e-2, 1e-9


def is_mean_of(numbers: Floats, targets: Sequence[Floats]) -> bool:
    """Whether a feature's values are the means of a target among the rows that have them.

    Parameters
    ----------
    numbers
        The feature, shape (rows,).
    targets
        The target as numbers, each of shape (rows,): one is enough.

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
        near = place / 2 * (1 + 1e-9) if place <= _ROUNDED * float(np.std(target)) else 0.0
        means = np.bincount(group, target) / rows
        exact = _EXACT * float(np.abs(target).max())
        holds = np.abs(means - values)[again] <= near + exact
        if holds.mean() < HOLDS:
            continue
        # The target itself is no mean of it.
        mixed = np.bincount(group, np.abs(target - means[group]))[again] > exact * rows[again]
        if 2 * mixed.sum() >= len(mixed):
            return True
    return False
