"""Fitting by scans: what the columns ask is answered together, a scan at a time.

The questions of all columns (`learn`) are turned into states (`scan_state`) that one scan of the
table fills, whoever scans (a stream of batches here, a cluster elsewhere), and the answers let the
columns ask on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np

from datacheck.numeric.quantiles import position
from datacheck.transform.learn import Learned
from datacheck.transform.scan_state import Histogram, ScanState, SquareSum, Sum
from datacheck.transform.search import RankSearch
from datacheck.transform.statistics import Below, Extent, ExtentAnswer, Mode, Pair, Squares, Total

#: Yields lists of states, is sent them filled, returns an answer.
Scanning = Generator[list[ScanState], None, Any]
Scan = Callable[[Mapping[str, list[ScanState]]], None]
ModeOf = Callable[[str, Mode], float]

#: Quantiles that fitting is likely to ask for, so that one scan serves them all.
LIKELY = (0.25, 0.5, 0.75)


def learn_by_scans(
    questions: Mapping[str, Generator[Any, Any, Learned]],
    scan: Scan,
    mode_of: ModeOf,
    gathered: int | None = None,
) -> dict[str, Learned]:
    """Fit columns, each by its `learn_number`, together; `gathered` is that of `RankSearch`.

    `scan` is called with states by column, and must add every value of those columns to them;
    `mode_of` finds the most frequent value of a column after some ops.
    """
    learned: dict[str, Learned] = {}
    runs = {
        name: _fitting(asking, _Column(name, mode_of, gathered), learned)
        for name, asking in questions.items()
    }
    wanted = {name: states for name, run in runs.items() if (states := next(run, None))}
    while wanted:
        scan(wanted)
        wanted = {name: states for name in wanted if (states := next(runs[name], None))}
    return learned


def _fitting(
    asking: Generator[Any, Any, Learned], column: _Column, learned: dict[str, Learned]
) -> Generator[list[ScanState], None, None]:
    """One column's fitting, as a generator of the states that it still wants."""
    answer = None
    while True:
        try:
            question = asking.send(answer)
        except StopIteration as done:
            learned[column.name] = done.value
            return
        answer = yield from column.answer(question)


class _Column:
    """What is known of a column so far."""

    def __init__(self, name: str, mode_of: ModeOf, gathered: int | None) -> None:
        self.name = name
        self._mode_of = mode_of
        self._gathered = gathered
        self._rows = 0
        self._searches: dict[float | None, RankSearch] = {}
        self._totals: dict[Total, int] = {}

    def answer(self, question: Any) -> Scanning:
        if isinstance(question, Mode):
            return self._mode_of(self.name, question)
        return (yield from _ANSWERS[type(question)](self, question))

    def extent(self, _: Extent) -> Scanning:
        state = Histogram()
        yield [state]
        self._rows = state.rows
        self._searches[None] = RankSearch(state, self._gathered)
        low, high = state.minimum, state.maximum
        if state.infinite == state.valid:
            low = high = np.nan
        return ExtentAnswer(state.rows, state.valid, state.infinite, low + 0.0, high + 0.0)

    def pair(self, question: Pair) -> Scanning:
        search = yield from self._search(question.about)
        while states := search.states_for([question.rank]):
            states = search.states_for([question.rank, *self._likely(search)])
            yield states
            for state in states:
                search.learn(state)
        return search.pair(question.rank)

    def below(self, question: Below) -> Scanning:
        search = self._searches[None]
        while states := search.states_for([], question.value):
            yield states
            for state in states:
                search.learn(state)
        return search.below(question.value)

    def total(self, question: Total) -> Scanning:
        if question not in self._totals:
            state = Sum(question.ops, question.exponent)
            yield [state]
            self._totals[question] = state.units
        return self._totals[question]

    def squares(self, question: Squares) -> Scanning:
        state = SquareSum(question.ops, question.center, question.exponent)
        yield [state]
        return state.first, state.second

    def _search(self, about: float | None) -> Scanning:
        if about not in self._searches:
            state = Histogram(about)
            yield [state]
            self._searches[about] = RankSearch(state, self._gathered)
        return self._searches[about]

    def _likely(self, search: RankSearch) -> list[int]:
        """Ranks of the likely quantiles, before the holes are filled and after."""
        holes = self._rows - search.count
        ranks = {position(q, search.count)[0] for q in LIKELY}
        after = [position(q, self._rows)[0] for q in LIKELY]
        ranks |= {rank for rank in after if rank < search.count}
        ranks |= {rank - holes for rank in after if rank >= holes}
        return sorted(rank for rank in ranks if 0 <= rank < search.count)


_ANSWERS: dict[type, Callable[[_Column, Any], Scanning]] = {
    Extent: _Column.extent,
    Pair: _Column.pair,
    Below: _Column.below,
    Total: _Column.total,
    Squares: _Column.squares,
}
