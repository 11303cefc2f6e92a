"""Which readings of features cannot give a target away: asked of many at once.

No table of the target by value does better than the best one, that of the very rows it is judged
on; it is reckoned for all features together, from how often each value stands with each class.

By whatever rule a number tells the target, rows that are next to each other by it have much the
same target. Where neighbours differ as rows drawn by chance do, no rule needs to be tried, and of
thousands of columns nearly all are so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datacheck.columns import in_blocks
from datacheck.findings.leak_rules import OFTEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacheck.arrays import Flags, Floats, Keys
    from datacheck.findings.leak_means import Encodings
    from datacheck.findings.leak_readings import Reading
    from datacheck.findings.leak_rules import LeakRule

    Named = Sequence[tuple[str, Reading]]

#: Fewer rows are too few for chance to be told.
LEAST_ROWS = 100
#: The share of what chance makes neighbours differ: a rule that tells leaves less than half.
UNLIKE = 0.8
#: Every score that tells is beyond this, whatever its limit.
TELLS = 0.98
#: Cells that must be there for those that are to be judged by themselves.
LEAST_SEEN = 0.5


def telling_nothing(
    judge: LeakRule, encodings: Encodings | None, read: Named
) -> tuple[Flags, Flags]:
    """Of readings of features: whether no rule tells the target from one, and no mean makes one.

    `encodings` tells how a feature is made of the target; None where that is not asked.
    """
    if not read:
        return np.zeros(0, bool), np.zeros(0, bool)
    parts = [_of_block(judge, encodings, some) for some in in_blocks(read, len(read[0][1].kinds))]
    untold, unmade = zip(*parts, strict=True)
    return np.concatenate(untold), np.concatenate(unmade)


def _of_block(judge: LeakRule, encodings: Encodings | None, read: Named) -> tuple[Flags, Flags]:
    kinds = np.stack([reading.kinds for _, reading in read])
    untold, unmade = _by_kind(judge, kinds), np.ones(len(read), bool)
    given = [at for at, (_, reading) in enumerate(read) if reading.numbers is not None]
    if given:
        places = np.array(given)
        numbers = np.stack([cells for _, (_, _, cells) in read if cells is not None])
        seen = np.isfinite(numbers)
        untold[places] &= _by_size(judge, numbers, seen)
        holed = ~seen.all(axis=1) & (seen.mean(axis=1) >= LEAST_SEEN) & untold[places]
        if holed.any():
            untold[places[holed]] &= _by_kind(judge, kinds[places[holed]], seen[holed])
        if encodings is not None:
            unmade[places] = encodings.none_of([read[at][0] for at in given], numbers)
    return untold, unmade


def _by_kind(judge: LeakRule, kinds: Keys, seen: Flags | None = None) -> Flags:
    """Whether no rule by value tells the target: in all rows, or in those of a mask."""
    if seen is not None:
        kinds = np.where(seen, kinds, np.uint64(0))  # one more value, which is not asked for
    order = np.argsort(kinds, axis=1)
    ordered = np.take_along_axis(kinds, order, axis=1)
    begins = np.zeros(kinds.shape, np.intp)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    place = np.cumsum(begins, axis=1)
    distinct = place[:, -1] + (seen is None)
    untold = np.ones(len(kinds), bool)
    few = np.flatnonzero(distinct * OFTEN <= kinds.shape[1])  # no rule has more values than these
    if len(few):
        cells = np.empty((len(few), kinds.shape[1]), np.intp)
        np.put_along_axis(cells, order[few], place[few], axis=1)
        best = judge.best_by_kind(cells, distinct[few], None if seen is None else seen[few])
        untold[few] = best < TELLS
    return untold


def _by_size(judge: LeakRule, numbers: Floats, seen: Flags) -> Flags:
    """Whether no rule by size tells the target: in all rows, and in those that have a number."""
    rows = numbers.shape[1]
    if rows < LEAST_ROWS:
        return np.zeros(len(numbers), bool)
    order = np.argsort(np.where(seen, numbers, np.inf), axis=1)
    there = seen.sum(axis=1)
    unlike = judge.unlike_neighbours(order, np.full(len(order), rows))
    holed = np.flatnonzero(there < rows)
    if len(holed):
        among = judge.unlike_neighbours(order[holed], there[holed])
        # Of few cells nothing is asked.
        among[there[holed] < LEAST_SEEN * rows] = np.inf
        unlike[holed] = np.minimum(unlike[holed], among)
    untold: Flags = unlike > UNLIKE
    return untold
