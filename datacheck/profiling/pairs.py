"""Short columns of two tables side by side, many at once: a stack of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datacheck.profiling.stack import Stack, in_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datacheck.arrays import Flags, Floats, Indices
    from datacheck.profiling.points import Points

    Pair = tuple[Points, Points]


class Side(NamedTuple):
    """The cells of one table at the values of both."""

    #: Shape (n,): how many cells it has at each value, and up to it in the column.
    weights: Floats
    reached: Floats
    #: Shape (m,): the cells of each column.
    totals: Floats


class Pairs(NamedTuple):
    """The values of two tables' columns as one stack, each value with the cells of either table."""

    #: The distinct values, ascending.
    stack: Stack
    #: The cells of the reference, and of the data.
    theirs: Side
    ours: Side

    @staticmethod
    def of(theirs: Stack, ours: Stack) -> Pairs:
        """The columns of two stacks, pair by pair."""
        # Column after column, the reference's values first.
        places = (
            np.arange(len(theirs.values)) + ours.starts[theirs.column],
            np.arange(len(ours.values)) + theirs.ends[ours.column],
        )
        made = np.zeros((3, len(theirs.values) + len(ours.values)))
        for row, (side, place) in enumerate(zip((theirs, ours), places, strict=True), 1):
            made[0, place] = side.values
            made[row, place] = side.weights
        return _joined(made[0], made[1:], theirs.lengths + ours.lengths)

    def moved(self, values: Floats) -> Pairs:
        """The same cells at other values, of shape (n,)."""
        weights = np.array([self.theirs.weights, self.ours.weights])
        return _joined(values, weights, self.stack.lengths)

    def where(self, chosen: Flags) -> Pairs:
        """The same values with the cells at those that a mask of (n,) chooses, and no others."""
        sides = (
            _side(self.stack, np.where(chosen, side.weights, 0.0))
            for side in (self.theirs, self.ours)
        )
        return Pairs(self.stack, *sides)


def paired(columns: Iterable[Pair]) -> Iterator[tuple[list[Pair], Stack, Stack]]:
    """Pairs of columns in stacks of about `TOGETHER` values on both sides."""
    for some in in_parts(columns, lambda pair: len(pair[0]) + len(pair[1])):
        theirs, ours = zip(*some, strict=True)
        yield some, Stack.of(theirs), Stack.of(ours)


def _joined(values: Floats, weights: Floats, lengths: Indices) -> Pairs:
    """Pairs of values in any order, those of a column together, with two rows of weights."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    # Sorted column by column: few sorted runs are merged in a walk or two.
    order = np.concatenate(
        [
            values[start:end].argsort(kind="stable") + start
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
    )
    values = values[order]
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    new[starts] = True
    firsts = np.flatnonzero(new)
    held = np.add.reduceat(weights[:, order], firsts, axis=1)
    stack = Stack(values[firsts], held[0] + held[1], np.add.reduceat(new, starts, dtype=np.intp))
    return Pairs(stack, _side(stack, held[0]), _side(stack, held[1]))


def _side(stack: Stack, weights: Floats) -> Side:
    reached = np.cumsum(weights)
    before = reached[stack.starts] - weights[stack.starts]
    return Side(weights, reached - stack.spread(before), reached[stack.ends - 1] - before)
