"""Exact ranks by bisection of the ordered keys: counts by leading bits, then ever narrower.

Each scan counts by a few more leading bits inside the intervals that hold a wanted rank, until one
holds few enough values to be gathered: memory is bounded, and nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datacheck.arrays import Floats, Ints
from datacheck.errors import DataError
from datacheck.numeric import ordered_bits
from datacheck.transform.scan_state import STEP, Gather, Histogram, Narrow, Node, ScanState

#: An interval with at most this many values is gathered, whatever its source; more are narrowed.
GATHERED = 2**14


def changed(what: str, got: int, expected: int) -> DataError:
    """The error for an input of which a later pass sees more or fewer rows or values."""
    return DataError(
        "The input changed while it was read",
        got=f"{got} {what} where an earlier pass saw {expected}",
        todo="fit on a table that stands still, such as a snapshot, a copy or a cached DataFrame",
    )


class NeedError(Exception):
    """A rank lies in an interval that no scan has looked into yet."""

    def __init__(self, node: Node, count: int) -> None:
        super().__init__(node)
        self.node, self.count = node, count


class RankSearch:
    """The order statistics of a column as far as scans, the first its histogram, have told them."""

    def __init__(self, histogram: Histogram, gathered: int | None = None) -> None:
        self._gathered = GATHERED if gathered is None else gathered
        self.about = histogram.about
        self.count = histogram.valid
        self._bins = histogram.bins
        self._reached = np.concatenate([[0], np.cumsum(histogram.counts)])
        self._inside: dict[Node, Ints] = {}
        self._values: dict[Node, Floats] = {}
        #: How many values lie in each interval that a scan was asked to look into.
        self._counts: dict[Node, int] = {}

    def pair(self, rank: int) -> tuple[float, float]:
        """The values at a rank and at the next; raises `NeedError` where a scan is wanting."""
        return self._at(rank), self._at(min(rank + 1, self.count - 1))

    def below(self, value: float) -> int:
        """How many values are less than `value`; raises `NeedError` where a scan is wanting."""
        key = int(ordered_bits.ordered(np.array([value]))[0])
        bits = ordered_bits.KEY_BITS
        place = int(np.searchsorted(self._bins, key >> (64 - bits)))
        before = int(self._reached[place])
        if place == len(self._bins) or int(self._bins[place]) != key >> (64 - bits):
            return before
        count = int(self._reached[place + 1]) - before
        while bits < 64:  # noqa: PLR2004 - the bits of a double
            node = (bits, key >> (64 - bits))
            if node in self._values:
                return before + int(np.searchsorted(self._values[node], value, side="left"))
            if node not in self._inside:
                raise NeedError(node, count)
            step = min(STEP, 64 - bits)
            bits += step
            child = (key >> (64 - bits)) & ((1 << step) - 1)
            before += int(self._inside[node][:child].sum())
            count = int(self._inside[node][child])
            if not count:
                return before
        return before

    def states_for(self, ranks: Sequence[int], value: float | None = None) -> list[ScanState]:
        """What the next scan must fill to come nearer to these; empty where all is known."""
        needs: dict[Node, int] = {}
        for rank in ranks:
            for each in (rank, min(rank + 1, self.count - 1)):
                try:
                    self._at(each)
                except NeedError as need:
                    needs[need.node] = need.count
        if value is not None:
            try:
                self.below(value)
            except NeedError as need:
                needs[need.node] = need.count
        self._counts |= needs
        few = tuple(node for node, count in needs.items() if count <= self._gathered)
        many = tuple(node for node, count in needs.items() if count > self._gathered)
        states: list[ScanState] = [Gather(few, self.about)] if few else []
        return [*states, Narrow(many, self.about)] if many else states

    def learn(self, state: ScanState) -> None:
        """Take in what a scan has seen; raises `DataError` where it contradicts earlier ones."""
        if isinstance(state, Gather):
            for node in state.nodes:
                self._values[node] = state.ordered(node)
                self._check(node, len(self._values[node]))
        elif isinstance(state, Narrow):
            for node in state.nodes:
                step = min(STEP, 64 - node[0])
                self._inside[node] = state.counts.get(node, np.zeros(1 << step, np.int64))
                self._check(node, int(self._inside[node].sum()))

    def _check(self, node: Node, count: int) -> None:
        if self._counts[node] != count:
            raise changed("values", count, self._counts[node])

    def _at(self, rank: int) -> float:
        place = int(np.searchsorted(self._reached, rank, side="right")) - 1
        bits, prefix = ordered_bits.KEY_BITS, int(self._bins[place])
        left = rank - int(self._reached[place])
        count = int(self._reached[place + 1] - self._reached[place])
        while bits < 64:  # noqa: PLR2004 - the bits of a double
            node = (bits, prefix)
            if node in self._values:
                return float(self._values[node][left]) + 0.0
            if node not in self._inside:
                raise NeedError(node, count)
            reached = np.cumsum(self._inside[node])
            child = int(np.searchsorted(reached, left, side="right"))
            left -= int(reached[child - 1]) if child else 0
            count = int(self._inside[node][child])
            step = min(STEP, 64 - bits)
            bits, prefix = bits + step, (prefix << step) | child
        return float(ordered_bits.value_of(np.array([prefix], dtype=np.uint64))[0]) + 0.0
