"""Quantities that two features make by arithmetic: a profit that is revenue less cost.

A sum, a difference, a product or a quotient that is the target in every row, but for a factor (of
units) and its rounding, is no chance and no honest feature. A few rows rule nearly all pairs out;
what is left is proved in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np

from datacheck.arrays import Floats, Indices
from datacheck.findings.leak_means import room_of
from datacheck.rows.near import last_place

#: So many features are paired: the first of a wider table.
MOST_PAIRED = 128
#: Rows that a pair is tried on first, and different values that a target must have.
_PROBED, LEAST_VALUES = 12, 12
#: The share of rows in which both features must be there.
_SEEN = 0.9
#: Rows that show whether a feature varies.
_ENOUGH = 1000

_RULES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


class Pair(NamedTuple):
    """Two features that make a target."""

    first: str
    second: str
    #: What stands between them: ``+``, ``-``, ``*`` or ``/``.
    sign: str
    factor: float


def pairs_of(target: Floats, features: Mapping[str, Floats]) -> Iterator[Pair]:
    """The pairs of features that make a target, each feature in one pair at most.

    The target is finite, and features are NaN where a cell is missing.

    >>> import numpy as np
    >>> cost, sold = np.arange(40.0) ** 2, 5000 - np.arange(40.0)
    >>> with np.errstate(all="ignore"):  # as `detect` does
    ...     list(pairs_of(sold - cost, {"cost": cost, "sold": sold}))
    [Pair(first='sold', second='cost', sign='-', factor=1.0)]
    """
    varied = (name for name, cells in features.items() if len(np.unique(cells[:_ENOUGH])) > 1)
    names = list(islice(varied, MOST_PAIRED))
    if len(names) < 2 or len(np.unique(target)) < LEAST_VALUES:  # noqa: PLR2004 - no pair
        return
    cells = np.array([features[name] for name in names])
    # Near the ends of a double, what overflows is no number, and makes nothing.
    yield from _made(target, names, cells)


def _made(target: Floats, names: list[str], cells: Floats) -> list[Pair]:
    room = room_of(last_place(target), target)
    probed = _probes(target, cells)
    found: list[Pair] = []
    told: set[int] = set()
    for sign in _RULES:
        for one, other in _likely(sign, target[probed], cells[:, probed], room):
            if {one, other} & told:
                continue
            factor = _factor(sign, target, cells[one], cells[other], room)
            if factor is not None:
                told |= {one, other}
                turned = sign == "-" and factor < 0
                first, second = (other, one) if turned else (one, other)
                factor = abs(factor) if turned else factor
                found.append(Pair(names[first], names[second], sign, factor))
    return found


def _probes(target: Floats, cells: Floats) -> Indices:
    """Some rows of all sizes of the target, the largest last, where most features are there."""
    lacking = (~np.isfinite(cells)).sum(axis=0)
    whole = np.flatnonzero(lacking <= np.partition(lacking, _PROBED - 1)[_PROBED - 1])
    by_size = whole[np.argsort(np.abs(target[whole]), kind="stable")]
    return by_size[np.linspace(0, len(by_size) - 1, _PROBED).astype(np.intp)]


def _likely(sign: str, target: Floats, cells: Floats, room: float) -> list[tuple[int, int]]:
    """The pairs that make the target in the rows that are tried."""
    made = _RULES[sign](cells[:, None], cells[None, :])
    factor = target[-1] / made[..., -1]
    # The factor is off by the rounding of the largest.
    apart = np.abs(target - factor[..., None] * made) > 2 * room
    seen = np.isfinite(made).sum(axis=-1) * 2 > _PROBED
    likely = ~apart.any(axis=-1) & seen & np.isfinite(factor)
    if sign != "/":
        likely = np.triu(likely)
    np.fill_diagonal(likely, val=False)
    return [(int(one), int(other)) for one, other in np.argwhere(likely)]


def _factor(sign: str, target: Floats, one: Floats, other: Floats, room: float) -> float | None:
    """What makes the target of the pair in every row that has both; None where nothing does."""
    both = np.isfinite(one) & np.isfinite(other)
    made = _RULES[sign](one[both], other[both])
    seen = np.isfinite(made)
    if seen.sum() < _SEEN * len(target):
        return None
    y, made = target[both][seen], made[seen]
    large = np.abs(made) >= np.median(np.abs(made))
    if not made[large].all() or len(np.unique(y)) < LEAST_VALUES:
        return None
    factor = float(np.median(y[large] / made[large]))
    # As short as it can be written: the median is off by the target's rounding.
    for digits in range(1, 17):
        short = float(f"{factor:.{digits}g}")
        if (np.abs(y - short * made) <= room).all():
            return short
    return None
