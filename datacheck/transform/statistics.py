"""The questions that fitting asks of a column, and their answers from one held in memory.

A question is plain data and every answer is exact and independent of the order of the rows, so
that whoever answers (an array here, a stream of batches, a cluster) gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from datacheck.arrays import Floats
from datacheck.numeric.quantiles import OrderStatistics
from datacheck.numeric.sums import chunks, squares, total
from datacheck.ops import Op
from datacheck.transform.arrays import run

T = TypeVar("T")


class Extent(NamedTuple):
    """How many rows and values there are, and between which finite ones they lie."""


class Pair(NamedTuple):
    """The values at a rank and at the next; of ``|x - about|`` where `about` is given."""

    rank: int
    about: float | None = None


class Below(NamedTuple):
    """How many values are less than this."""

    value: float


class Total(NamedTuple):
    """`sums.total` of the column after `ops`."""

    ops: tuple[Op, ...]
    exponent: int


class Squares(NamedTuple):
    """`sums.squares` of the column after `ops`."""

    ops: tuple[Op, ...]
    center: float
    exponent: int


class Mode(NamedTuple):
    """The most frequent value after `ops`; of several, the smallest."""

    ops: tuple[Op, ...]


class ExtentAnswer(NamedTuple):
    """`minimum` and `maximum` are of the finite values; NaN where there is none."""

    rows: int
    valid: int
    infinite: int
    minimum: float
    maximum: float


class ArrayAnswers:
    """Answers for one column in memory, shape (n,), NaN for missing. Infinities are values."""

    def __init__(self, values: Floats) -> None:
        self._values = values
        self._orders: dict[float | None, OrderStatistics] = {}
        self._totals: dict[Total, int] = {}

    def extent(self, question: Extent) -> ExtentAnswer:  # noqa: ARG002 - every answer has its question
        """Count the values and find the finite extremes."""
        values = self._values
        valid = self._order(None).count
        if not valid:
            return ExtentAnswer(len(values), 0, 0, np.nan, np.nan)
        low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
        if np.isfinite(low) and np.isfinite(high):
            return ExtentAnswer(len(values), valid, 0, low + 0.0, high + 0.0)
        finite = values[np.isfinite(values)]
        if not len(finite):
            return ExtentAnswer(len(values), valid, valid, np.nan, np.nan)
        low, high = float(finite.min()) + 0.0, float(finite.max()) + 0.0
        return ExtentAnswer(len(values), valid, valid - len(finite), low, high)

    def pair(self, question: Pair) -> tuple[float, float]:
        """Find two neighbouring order statistics."""
        return self._order(question.about).pair(question.rank)

    def below(self, question: Below) -> int:
        """Count the values under one."""
        return self._order(None).below(question.value)

    def total(self, question: Total) -> int:
        """Sum, exactly."""
        if question not in self._totals:
            pieces = self._mapped(question.ops)
            self._totals[question] = total(pieces, question.exponent)
        return self._totals[question]

    def squares(self, question: Squares) -> tuple[int, int]:
        """Sum deviations and their squares, exactly."""
        return squares(self._mapped(question.ops), question.center, question.exponent)

    def mode(self, question: Mode) -> float:
        """Find the most frequent value."""
        values = run(self._values, question.ops)
        distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        return float(distinct[np.argmax(counts)]) + 0.0

    def answer(self, question: Any) -> Any:
        """Answer any of the questions above."""
        return _ANSWERS[type(question)](self, question)

    def _mapped(self, ops: Sequence[Op]) -> Iterator[Floats]:
        return (run(chunk, ops) for chunk in chunks(self._values))

    def _order(self, about: float | None) -> OrderStatistics:
        if about not in self._orders:
            # A distance of two doubles may overflow to inf; it ranks last, where it belongs.
            with np.errstate(over="ignore"):
                values = self._values if about is None else np.abs(self._values - about)
            self._orders[about] = OrderStatistics(values)
        return self._orders[about]


_ANSWERS: dict[type, Callable[[ArrayAnswers, Any], Any]] = {
    Extent: ArrayAnswers.extent,
    Pair: ArrayAnswers.pair,
    Below: ArrayAnswers.below,
    Total: ArrayAnswers.total,
    Squares: ArrayAnswers.squares,
    Mode: ArrayAnswers.mode,
}


def ask(questions: Generator[Any, Any, T], answers: ArrayAnswers) -> T:
    """Answer a generator's questions until it returns, and give what it returns."""
    answer = None
    while True:
        try:
            answer = answers.answer(questions.send(answer))
        except StopIteration as done:
            result: T = done.value
            return result
