"""The points of many short columns as one: what every column is asked is asked of all at once.

At thousands of columns each step of numpy on one column alone costs more than its arithmetic. Here
the columns lie one behind the other, and a step is one for all of them.

Short columns of two tables side by side, many at once: a stack of pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from datacheck.arrays import Flags, Floats, Indices
from datacheck.profiling.points import Points

Pair = tuple[Points, Points]


T = TypeVar("T")
#: Columns of more different values are looked at alone: there the arithmetic costs more.
SHORT = 800
#: Values that are looked at together: they stay in the cache from one step to the next.
TOGETHER = 2**15
#: What rounding may have moved between a stack and a column alone, in parts of a number. What is
#: not a number clears no column, so a test of a stack is of what rules a finding out.
ROOM = 1e-6


def is_short(points: Points) -> bool:
    """Whether a column gains by being looked at with others."""
    return points.exact and 0 < len(points) < SHORT


class Stack:
    """Columns of exact points, each of one value at least: m columns of n values in all.

    Values and weights, shape (n,), are those of the columns, one behind the other; the weights are
    whole numbers, so that their sums are exact in any order. Each column has so many values
    (`lengths`, shape (m,)), from `starts` to `ends`.
    """

    def __init__(self, values: Floats, weights: Floats, lengths: Sequence[int] | Indices) -> None:
        self.values, self.weights = values, weights
        self.lengths = np.asarray(lengths, dtype=np.intp)
        self.ends = np.cumsum(self.lengths)
        self.starts = self.ends - self.lengths

    @staticmethod
    def of(columns: Sequence[Points]) -> Stack:
        """The columns as one."""
        return Stack(
            np.concatenate([each.values for each in columns]),
            np.concatenate([each.weights for each in columns]),
            [len(each) for each in columns],
        )

    @cached_property
    def reached(self) -> Floats:
        """Shape (n + 1,): the cells before each value, those of earlier columns as well."""
        return np.concatenate([[0.0], np.cumsum(self.weights)])

    @cached_property
    def before(self) -> Floats:
        """Shape (m,): how many cells the earlier columns have."""
        cells: Floats = self.reached[self.starts]
        return cells

    @cached_property
    def totals(self) -> Floats:
        """Shape (m,): the cells of each column."""
        return self.reached[self.ends] - self.before

    @cached_property
    def column(self) -> Indices:
        """Shape (n,): to which column each value belongs."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def before_each(self) -> Floats:
        """Shape (n,): how many cells of its own column lie before each value."""
        return self.reached[:-1] - self.spread(self.before)

    def spread(self, each: Floats) -> Floats:
        """Shape (n,): what each column has, of shape (m,), for each of its values."""
        return np.repeat(each, self.lengths)

    def between(self, numbers: Floats) -> Floats:
        """Shape (n,): each of (n,) numbers less the one before in its column; 0 for a first one."""
        steps = np.zeros(len(numbers))
        np.subtract(numbers[1:], numbers[:-1], out=steps[1:])
        steps[self.starts] = 0.0
        return steps

    def held(self, where: Flags) -> Floats:
        """Shape (m,): how many cells hold a value that a mask of (n,) chooses."""
        return np.add.reduceat(np.where(where, self.weights, 0.0), self.starts)

    def number(self, where: Flags) -> Indices:
        """Shape (m,): how many values a mask of (n,) chooses."""
        return np.add.reduceat(where, self.starts, dtype=np.intp)

    def any(self, where: Flags) -> Flags:
        """Shape (m,): whether a mask of (n,) chooses any value."""
        return np.logical_or.reduceat(where, self.starts)

    def at(self, cells: Floats) -> Floats:
        """The values that the cells of these numbers hold, counted from 0 through all columns."""
        return self.values[np.searchsorted(self.reached[1:], cells + 0.5)]

    def quantile(
        self, level: float | Floats, first: Floats | None = None, count: Floats | None = None
    ) -> Floats:
        """The quantile of each column, as `Points.quantile` has it, where no difference overflows.

        The level, in [0, 1], may be of shape (m,). Of some cells alone, `first` is the number of
        the first, and `count` how many they are.
        """
        first = self.before if first is None else first
        count = self.totals if count is None else count
        exact = (count - 1) * level
        rank = np.floor(exact)
        low = self.at(first + rank)
        high = self.at(first + np.minimum(rank + 1, count - 1))
        share, difference = exact - rank, high - low
        return np.where(share >= 0.5, high - difference * (1 - share), low + difference * share)  # noqa: PLR2004 - from the nearer end

    def some(self, where: Flags) -> Some:
        """The values that a mask of (n,) chooses, where they are few."""
        at = np.flatnonzero(where)
        return Some(self.values[at], self.weights[at], self.column[at], len(self.lengths))

    def chosen(self, where: Flags) -> Stack:
        """The columns with only the values that a mask of (n,) chooses; empty ones are none."""
        lengths = self.number(where)
        return Stack(self.values[where], self.weights[where], lengths[lengths > 0])


class Some(NamedTuple):
    """Some values of a stack of m columns, shape (k,) each."""

    values: Floats
    weights: Floats
    #: To which column each belongs.
    column: Indices
    columns: int

    def held(self, where: Flags) -> Floats:
        """Shape (m,): how many cells hold a value that a mask of (k,) chooses."""
        cells = np.bincount(self.column[where], self.weights[where], self.columns)
        return cells.astype(np.float64, copy=False)

    def number(self, where: Flags) -> Indices:
        """Shape (m,): how many values a mask of (k,) chooses."""
        return np.bincount(self.column[where], minlength=self.columns)


def stacked(columns: Iterable[Points]) -> Iterator[tuple[list[Points], Stack]]:
    """Columns in stacks of about `TOGETHER` values."""
    for some in in_parts(columns, len):
        yield some, Stack.of(some)


def in_parts(columns: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Columns in parts of about `TOGETHER` values, each of a given number of them."""
    some: list[T] = []
    held = 0
    for each in columns:
        some.append(each)
        held += size(each)
        if held >= TOGETHER:
            yield some
            some, held = [], 0
    if some:
        yield some


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
